/* The engine's connects: inside the namespace, out of it under a grant, or refused. */
#include "base/alloc.h"
#include "base/log.h"
#include "base/own.h"
#include "broker/internal.h"
#include "broker/sockopt.h"
#include "spec/connect.h"

#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>

/* A guest's blocking connect, answered when it is done. */
struct waiting {
	struct broker *broker;
	uint64_t id;
	int engine_fd; /* to be swapped for the host socket that connects, or -1 */
};

static void on_connected(void *ctx, int fd, int error)
{
	AUTO_FREE struct waiting *w = ctx;
	AUTO_CLOSE int sock = fd;
	int r = -error;

	if (r == 0 && w->engine_fd >= 0) {
		/* It was non-blocking for our sake only. */
		r = fcntl(sock, F_SETFL, 0) < 0
			    ? neg_errno()
			    : notify_swap(&w->broker->notify, w->id, sock, w->engine_fd);
	}
	notify_reply(&w->broker->notify, w->id, r);
}

static uint64_t send_timeout_ms(int sock)
{
	struct timeval tv = { .tv_sec = 0 };
	socklen_t len = sizeof tv;

	if (getsockopt(sock, SOL_SOCKET, SO_SNDTIMEO, &tv, &len) < 0)
		return 0;
	return (uint64_t)tv.tv_sec * 1000 + (uint64_t)(tv.tv_usec + 999) / 1000;
}

/* Answers `j` once the connect on `sock` is done. Takes `sock`. `engine_fd` as in struct waiting.
 */
static int wait_connected(struct judged *j, int sock, int engine_fd)
{
	struct waiting *w = xalloc(sizeof *w);
	uint64_t timeout_ms = send_timeout_ms(sock);
	int r;

	*w = (struct waiting){ .broker = j->broker, .id = j->call->id, .engine_fd = engine_fd };
	r = connecting_start(j->broker, sock, timeout_ms, on_connected, w);
	if (r < 0) {
		free(w);
		return r;
	}
	return JUDGE_PENDING;
}

static bool is_blocking(int sock)
{
	int flags = fcntl(sock, F_GETFL);

	return flags >= 0 && !(flags & O_NONBLOCK);
}

/* Connects a non-blocking socket. Over loopback the outcome is there by the time that connect()
 * says EINPROGRESS: taking it now, from a second call, spares the guest a round through an event
 * loop. */
static int connect_now(int sock, const struct sockaddr_storage *to, socklen_t len)
{
	int r = connect(sock, (const struct sockaddr *)to, len) < 0 ? neg_errno() : 0;

	if (r == -EINPROGRESS)
		r = connect(sock, (const struct sockaddr *)to, len) < 0 ? neg_errno() : 0;
	return r == -EALREADY ? -EINPROGRESS : r;
}

/* A blocking socket must not block the supervisor: it is made non-blocking for the one call, while
 * its owner waits in that very call. */
int connect_own(struct judged *j, const struct sockaddr_storage *to, socklen_t len)
{
	bool blocking = is_blocking(j->sock);
	int copy, r;

	if (!blocking)
		return connect(j->sock, (const struct sockaddr *)to, len) < 0 ? neg_errno() : 0;
	/* The flag belongs to the open file; a copy of the descriptor sees it through the wait. */
	copy = fcntl(j->sock, F_DUPFD_CLOEXEC, 0);
	if (copy < 0)
		return neg_errno();
	(void)fcntl(j->sock, F_SETFL, O_NONBLOCK);
	r = connect_now(j->sock, to, len);
	if (r == -EINPROGRESS)
		r = wait_connected(j, copy,
				   -1); /* the loop makes what it watches non-blocking, too */
	else
		(void)fd_close(copy);
	(void)fcntl(j->sock, F_SETFL, 0);
	return r;
}

static int open_host_socket(struct judged *j, int *ret_fd)
{
	struct broker *b = j->broker;
	uint32_t options = connect_word_options(j->call->args[CONNECT_ARG_WORD]);
	int family = publish_family_of(j->sock);
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return neg_errno();
	sockopt_copy(j->sock, options, family == AF_INET ? &b->untouched4 : &b->untouched6, fd);
	*ret_fd = fd;
	return 0;
}

/* Gives the engine `host`, which has connected (0) or still does (-EINPROGRESS). Returns what
 * judge_connect() does. */
static int hand_over(struct judged *j, int host, int connected)
{
	struct notify *n = &j->broker->notify;
	int r = -EINVAL;

	if (connected == 0 && connect_is_word(j->call->args[CONNECT_ARG_WORD]))
		r = notify_swap_and_reply(n, j->call->id, host, j->engine_fd);
	if (r == 0)
		return JUDGE_ANSWERED;
	if (r == -EINVAL)
		r = notify_swap(n, j->call->id, host, j->engine_fd);
	return r < 0 ? r : connected;
}

/* A granted destination: a socket of the host connects, and takes the place of the guest's. */
static int connect_out(struct judged *j, const struct sockaddr_storage *to, socklen_t len)
{
	struct broker *b = j->broker;
	AUTO_CLOSE int host = -EBADF;
	bool blocking = is_blocking(j->sock);
	int r = open_host_socket(j, &host);

	if (r < 0)
		return r;
	if (b->swap_broken) {
		log_line("%s: cannot connect out: sockets cannot be handed over here",
			 b->config.name);
		return -EACCES;
	}
	r = connect_now(host, to, len);
	if (r < 0 && r != -EINPROGRESS)
		return r;
	throttle_add(&b->throttle, host);
	if (blocking && r == -EINPROGRESS)
		return wait_connected(j, TAKE_FD(host), j->engine_fd);
	if (blocking)
		(void)fcntl(host, F_SETFL, 0);
	return hand_over(j, host, r);
}

/* Rules on what goes out. What stays in the namespace meets nftables, too, but from here the guest
 * is told at once. Over TCP, a granted connection does not: it is counted here. */
static int ask_firewall(struct judged *j, enum grant_protocol protocol, const struct addr *to,
			const struct egress_answer *answer)
{
	struct broker_config *config = &j->broker->config;
	const struct firewall_flow flow = { FIREWALL_OUT,
					    protocol == GRANT_TCP ? FIREWALL_TCP : FIREWALL_UDP, to,
					    addr_port(to) };
	bool leaves = protocol == GRANT_TCP && answer->verdict == EGRESS_ALLOWED;
	struct firewall_tally unused = { 0 };
	enum firewall_action action = firewall_judge(config->firewall, &flow, &unused);

	if (action != FIREWALL_ACCEPT || leaves)
		(void)firewall_judge(config->firewall, &flow, config->tally);
	if (action == FIREWALL_ACCEPT)
		return 0;
	report_limited(&j->broker->report, protocol, to, answer, "a firewall rule forbids it");
	return action == FIREWALL_REJECT ? -ECONNREFUSED : -EACCES;
}

/* Whether nobody listened, without taking the error from the guest. */
static bool is_refused(int sock, int r)
{
	struct tcp_info info;
	socklen_t len = sizeof info;

	if (r != -EINPROGRESS)
		return r == -ECONNREFUSED;
	return getsockopt(sock, IPPROTO_TCP, TCP_INFO, &info, &len) == 0 &&
	       info.tcpi_state == TCP_CLOSE;
}

/* Tells the user, once a port, why this machine's own server was not reached. */
static void hint_loopback(struct broker *b, const struct addr *to)
{
	char text[ADDR_TEXT_MAX];

	for (size_t i = 0; i < b->n_missed; i++)
		if (b->missed[i] == addr_port(to))
			return;
	if (b->n_missed == HINTS_MAX)
		return;
	b->missed[b->n_missed++] = addr_port(to);
	(void)addr_format(to, text);
	log_line("%s: nobody listens on %s inside its own namespace; if this machine's is meant, "
		 "allow it with --allow-net=%s",
		 b->config.name, text, text);
}

int judge_connect(struct judged *j)
{
	struct sockaddr_storage ss = { .ss_family = AF_UNSPEC };
	int len = judge_read_sockaddr(j, &ss);
	struct broker *b = j->broker;
	struct egress_answer answer;
	enum grant_protocol protocol;
	const char *limit;
	struct addr to;
	bool inside;
	int r;

	if (len < 0)
		return len;
	/* On a socket of the host's, AF_UNSPEC would free a connection for another use. */
	if (ss.ss_family == AF_UNSPEC)
		return j->of_guest ? connect_own(j, &ss, (socklen_t)len) : -EACCES;
	if (ss.ss_family == AF_UNIX)
		return j->of_guest ? unix_connect(j, &ss, (socklen_t)len) : -EACCES;
	r = addr_from_sockaddr(&ss, (socklen_t)len, &to);
	if (r < 0)
		return r;
	protocol = j->protocol == IPPROTO_TCP ? GRANT_TCP : GRANT_UDP;
	answer = egress_judge(&b->egress, protocol, &to);
	inside = answer.verdict == EGRESS_NO_RULE && j->of_guest &&
		 (addr_is_loopback(&to) || addr_is_wildcard(&to));
	if (!inside && answer.verdict != EGRESS_ALLOWED) {
		report_refused(&b->report, protocol, &to, &answer);
		return -EACCES;
	}
	r = ask_firewall(j, protocol, &to, &answer);
	if (r < 0)
		return r;
	if (inside) {
		publish_drop_closed(b, addr_port(&to));
		r = connect_own(j, &ss, (socklen_t)len);
		if (protocol == GRANT_TCP && is_refused(j->sock, r))
			hint_loopback(b, &to);
		return r;
	}
	if (protocol == GRANT_UDP)
		return connect_own(j, &ss, (socklen_t)len); /* leads to udp_out.c */
	limit = throttle_refuse_connection(&b->throttle);
	if (limit) {
		report_limited(&b->report, protocol, &to, &answer, limit);
		return -ECONNREFUSED; /* what clients try again after a while */
	}
	report_reached(&b->report, protocol, &to, &answer);
	/* Once a host's socket, it is one: a second try is judged like the first. */
	return j->of_guest ? connect_out(j, &ss, (socklen_t)len)
			   : connect_own(j, &ss, (socklen_t)len);
}
