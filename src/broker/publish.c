/* Forwards at work: the states of struct publish (internal.h). */
#include "base/alloc.h"
#include "base/log.h"
#include "base/num.h"
#include "base/own.h"
#include "broker/hostport.h"
#include "broker/internal.h"
#include "broker/sockfilter.h"
#include "broker/sockopt.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static int reserve(struct publish *p, struct err *e)
{
	struct held_port held;

	if (held_take(p->broker->config.held, p->forward, &held)) {
		p->reserve_fd = held.reserve_fd;
		p->held_fd = held.listener_fd;
		p->path = held.path;
		/* Who waits has been let in by the last run's firewall rules. Where no filter can
		 * be attached, the acceptor judges them. */
		if (p->held_fd >= 0 && sockfilter_is_possible() &&
		    !sockfilter_is_attached(p->held_fd, p->broker->config.firewall, FIREWALL_TCP,
					    p->forward->guest_port))
			p->held_fd = fd_close(p->held_fd);
		return 0;
	}
	if (p->forward->kind == FORWARD_UNIX)
		return hostpath_reserve(p->forward->path, &p->path, e);
	return hostport_reserve(&p->forward->host, &p->reserve_fd, e);
}

int publish_reserve_all(struct broker *b, struct err *e)
{
	b->published = xalloc((b->config.n_forwards + 1) * sizeof *b->published);
	for (size_t i = 0; i < b->config.n_forwards; i++) {
		struct publish *p = &b->published[b->n_published];
		int r;

		if (b->config.forwards[i].kind == FORWARD_UDP)
			continue;
		*p = (struct publish){ .broker = b,
				       .forward = &b->config.forwards[i],
				       .reserve_fd = -EBADF,
				       .held_fd = -EBADF,
				       .path.fd = -EBADF };
		r = reserve(p, e);
		if (r < 0)
			return r;
		b->n_published++;
	}
	return 0;
}

void publish_release_all(struct broker *b)
{
	struct held mine = { .n = 0 };

	for (size_t i = 0; i < b->n_published; i++) {
		struct publish *p = &b->published[i];
		struct held_port held = HELD_PORT_EMPTY;

		held.forward = *p->forward;
		held.reserve_fd = p->reserve_fd;
		held.listener_fd = p->held_fd;
		held.path = p->path;
		held_put(b->config.held ? b->config.held : &mine, &held);
	}
	held_release(&mine);
	free(b->published);
}

void publish_stop_all(struct broker *b)
{
	for (size_t i = 0; i < b->n_published; i++)
		acceptor_stop(&b->published[i]);
}

static struct publish *find(struct broker *b, uint16_t port, enum publish_state state)
{
	for (size_t i = 0; i < b->n_published; i++)
		if (b->published[i].state == state && b->published[i].forward->guest_port == port)
			return &b->published[i];
	return NULL;
}

static bool is_forwarded(const struct broker *b, uint16_t port)
{
	for (size_t i = 0; i < b->n_published; i++)
		if (b->published[i].forward->guest_port == port)
			return true;
	return false;
}

bool publish_any_lent(const struct broker *b)
{
	for (size_t i = 0; i < b->n_published; i++)
		if (b->published[i].state == PUBLISH_LENT)
			return true;
	return false;
}

static void say_published(const struct publish *p, const char *how)
{
	struct addr reachable;
	char text[FORWARD_TEXT_MAX];

	if (p->forward->kind == FORWARD_UNIX) {
		log_line("%s is listening on %s (port %u of the guest)", p->broker->config.name,
			 forward_format_host(p->forward, text), p->forward->guest_port);
	} else {
		reachable = addr_reachable(&p->forward->host);
		log_line("%s is listening on http://%s (port %u of the guest)",
			 p->broker->config.name, addr_format(&reachable, text),
			 p->forward->guest_port);
	}
	log_verbose("%s: forward of port %u: %s", p->broker->config.name, p->forward->guest_port,
		    how);
}

/* The kernel's own choice for a program that asks for any port: ip_local_port_range(ip(7)). */
enum { EPHEMERAL_FIRST = 32768 };

/* Tells the user, once a port, about a listener that nothing can reach. */
static void hint(struct broker *b, uint16_t port)
{
	for (size_t i = 0; i < b->n_hinted; i++)
		if (b->hinted[i] == port)
			return;
	if (b->n_hinted == HINTS_MAX)
		return;
	b->hinted[b->n_hinted++] = port;
	/* Nobody publishes a port that is another one at each run. */
	if (port >= EPHEMERAL_FIRST) {
		log_verbose("%s listens on port %u inside its own namespace", b->config.name, port);
		return;
	}
	log_line("%s listens on port %u inside its own namespace; publish it with --forward %u:%u",
		 b->config.name, port, port, port);
}

int publish_attach_filter(const struct publish *p, int fd)
{
	return sockfilter_attach(fd, p->broker->config.firewall, FIREWALL_TCP,
				 p->forward->guest_port);
}

static int make_unix_listener(const struct publish *p, int *ret_fd)
{
	AUTO_CLOSE int fd = fcntl(p->path.fd, F_DUPFD_CLOEXEC, 0);

	if (fd < 0 || listen(fd, SOMAXCONN) < 0)
		return neg_errno();
	*ret_fd = TAKE_FD(fd);
	return 0;
}

static int make_relay_listener(struct publish *p, int *ret_fd)
{
	AUTO_CLOSE int fd = -EBADF;
	const struct addr *host = &p->forward->host;
	int r;

	if (p->forward->kind == FORWARD_UNIX)
		return make_unix_listener(p, ret_fd);
	if (p->held_fd >= 0) {
		*ret_fd = TAKE_FD(p->held_fd);
		return 0;
	}
	r = hostport_bind(p->reserve_fd, host, host->sa.sa_family, &fd);
	if (r == 0)
		(void)publish_attach_filter(p, fd); /* where it cannot be, the acceptor judges */
	if (r == 0)
		r = hostport_listen(p->reserve_fd, fd, SOMAXCONN);
	if (r == 0)
		*ret_fd = TAKE_FD(fd);
	return r;
}

static int publish_relay(struct publish *p)
{
	int fd, r = make_relay_listener(p, &fd);

	if (r == 0)
		r = acceptor_start(p, fd);
	if (r < 0)
		return r;
	p->state = PUBLISH_RELAYED;
	say_published(p, "the supervisor relays");
	return 0;
}

static bool is_socket(int dir_fd, const char *name, uint64_t ino)
{
	struct stat st;

	return fstatat(dir_fd, name, &st, 0) == 0 && S_ISSOCK(st.st_mode) && st.st_ino == ino;
}

/* It is where it was put, or anywhere. */
int publish_find_lent(const struct publish *p)
{
	int found = -1;
	char name[64];
	uint64_t fd;
	DIR *dir;

	(void)snprintf(name, sizeof name, "/proc/%d/fd", (int)p->broker->engine_pid);
	dir = opendir(name);
	if (!dir)
		return -1;
	(void)snprintf(name, sizeof name, "%d", p->lent_as);
	if (is_socket(dirfd(dir), name, p->lent_ino))
		found = p->lent_as;
	for (struct dirent *d = readdir(dir); d && found < 0; d = readdir(dir))
		if (is_socket(dirfd(dir), d->d_name, p->lent_ino) &&
		    num_parse_u64(d->d_name, INT_MAX, &fd))
			found = (int)fd;
	(void)closedir(dir);
	return found;
}

void publish_drop_closed(struct broker *b, uint16_t port)
{
	struct publish *p = find(b, port, PUBLISH_LENT);

	if (!p || publish_find_lent(p) >= 0)
		return;
	log_verbose("%s: the guest has closed its listener on port %u", b->config.name, port);
	acceptor_stop(p);
	p->state = PUBLISH_RESERVED;
	for (size_t i = 0; i < b->n_published; i++) {
		p = &b->published[i];
		if (p->state != PUBLISH_RELAYED || p->forward->guest_port != port ||
		    p->forward->kind == FORWARD_UNIX)
			continue;
		acceptor_stop(p);
		p->state = PUBLISH_RESERVED;
	}
}

int publish_family_of(int sock)
{
	int family = AF_INET;
	socklen_t len = sizeof family;

	(void)getsockopt(sock, SOL_SOCKET, SO_DOMAIN, &family,
			 &len); /* it is a socket: cannot fail */
	return family;
}

/* Whether the firewall stands in the way of lending. Clients of a second forward would reach a lent
 * listener from the supervisor's address, and its filter would judge that one. */
static bool must_relay_for_firewall(const struct broker *b, uint16_t port)
{
	size_t n = 0;

	if (!sockfilter_is_needed(b->config.firewall, FIREWALL_TCP, port))
		return false;
	for (size_t i = 0; i < b->n_published; i++)
		n += b->published[i].forward->guest_port == port;
	if (n == 1 && sockfilter_is_possible())
		return false;
	log_verbose("%s: firewall rules on port %u: %s", b->config.name, port,
		    n > 1 ? "it has several forwards, which are relayed"
			  : "this user may not attach them to a socket, so it is relayed");
	return true;
}

/* A forward of `port` whose host listener can take the place of `sock`: one of the same family,
 * else one of IPv4 in IPv6's clothes. A guest that accepts a connection of another family than it
 * knows of is lost (wasi-libc aborts), so a forward of IPv6 is relayed to a guest that listens on
 * IPv4. */
static struct publish *find_lendable(struct broker *b, uint16_t port, int sock)
{
	struct publish *mapped = NULL;
	int family = publish_family_of(sock);

	if (must_relay_for_firewall(b, port))
		return NULL;

	for (size_t i = 0; i < b->n_published; i++) {
		struct publish *p = &b->published[i];

		if (p->state != PUBLISH_RESERVED || p->forward->guest_port != port ||
		    p->forward->kind == FORWARD_UNIX)
			continue;
		if (p->held_fd >= 0 && publish_family_of(p->held_fd) != family)
			continue; /* who waits there cannot move to another socket */
		if (p->forward->host.sa.sa_family == family)
			return p;
		if (family == AF_INET6 && !mapped)
			mapped = p;
	}
	return mapped;
}

/* All that is left RESERVED of the port. */
static int relay_rest(struct broker *b, uint16_t port)
{
	for (struct publish *p = find(b, port, PUBLISH_RESERVED); p;
	     p = find(b, port, PUBLISH_RESERVED)) {
		int r = publish_relay(p);

		if (r < 0)
			return r;
	}
	return 0;
}

static int make_host_listener(struct publish *p, int sock, int backlog, int *ret_fd)
{
	struct broker *b = p->broker;
	AUTO_CLOSE int fd = -EBADF;
	bool was_held = p->held_fd >= 0;
	int family = publish_family_of(sock), r = 0;

	if (was_held) {
		fd = TAKE_FD(p->held_fd);
	} else {
		r = hostport_bind(p->reserve_fd, &p->forward->host, family, &fd);
	}
	if (r < 0)
		return r;
	/* A held one has the last guest's. */
	sockopt_copy(sock, CONNECT_OPTIONS_ALL, family == AF_INET ? &b->untouched4 : &b->untouched6,
		     fd);
	sockopt_copy_blocking(sock, fd);
	r = was_held ? 0 : publish_attach_filter(p, fd);
	if (r < 0)
		return r;
	r = hostport_listen(p->reserve_fd, fd, backlog);
	if (r < 0)
		return r;
	*ret_fd = TAKE_FD(fd);
	return 0;
}

int publish_relay_all(struct broker *b, struct err *e)
{
	for (size_t i = 0; i < b->n_published; i++) {
		struct publish *p = &b->published[i];
		char text[FORWARD_TEXT_MAX];
		int r = p->state == PUBLISH_RESERVED ? publish_relay(p) : 0;

		if (r < 0)
			return err_set(e, -r, "listening on %s",
				       forward_format_host(p->forward, text));
	}
	return 0;
}

static int lend(struct publish *p, const struct notify_call *call, int engine_fd, int sock,
		int backlog)
{
	struct broker *b = p->broker;
	AUTO_CLOSE int host = -EBADF;
	struct stat st;
	int r = make_host_listener(p, sock, backlog, &host);

	if (r == 0 && fstat(host, &st) < 0)
		r = neg_errno();
	if (r < 0) {
		log_line("%s: cannot publish port %u: %s", b->config.name, p->forward->guest_port,
			 strerror(-r));
		return r;
	}
	r = notify_swap(&b->notify, call->id, host, engine_fd);
	if (r < 0) {
		p->held_fd = TAKE_FD(host); /* for a relay, or the next run */
		return r;
	}
	p->state = PUBLISH_LENT;
	p->lent_ino = st.st_ino;
	p->lent_as = engine_fd;
	p->lent_family = publish_family_of(sock);
	return 0;
}

int publish_listen(struct broker *b, const struct notify_call *call, int engine_fd, int sock,
		   uint16_t port, int backlog)
{
	struct publish *p;
	int kept, r;

	publish_drop_closed(b, port);
	p = b->swap_broken || find(b, port, PUBLISH_LENT) ? NULL : find_lendable(b, port, sock);
	if (listen(sock, backlog) < 0)
		return neg_errno();
	if (!is_forwarded(b, port))
		hint(b, port);
	if (!p)
		return find(b, port, PUBLISH_LENT) ? 0 : relay_rest(b, port);
	r = lend(p, call, engine_fd, sock, backlog);
	if ((r == -EINVAL || r == -ENOTTY) && !publish_any_lent(b)) {
		log_verbose("%s: this kernel hands over no sockets (%s): forwards are relayed",
			    b->config.name, strerror(-r));
		b->swap_broken = true;
		return relay_rest(b, port);
	}
	if (r < 0)
		return r;
	/* From here the guest's own listener is ours alone. */
	kept = fcntl(sock, F_DUPFD_CLOEXEC, 0);
	if (kept >= 0 && acceptor_start(p, kept) < 0)
		log_verbose("%s: connections inside the namespace to port %u will not be relayed",
			    b->config.name, port);
	say_published(p, "the guest accepts from the host's listener itself");
	return relay_rest(b, port);
}

int publish_listen_again(struct broker *b, uint64_t ino, int sock, int backlog)
{
	for (size_t i = 0; i < b->n_published; i++) {
		struct publish *p = &b->published[i];

		if (p->state == PUBLISH_LENT && p->lent_ino == ino)
			return hostport_listen(p->reserve_fd, sock, backlog);
	}
	return -ENOENT;
}
