/* Listeners of the broker's own: connections that come in here are relayed.
 *
 * An acceptor of a lent forward is the guest's original listener in its namespace: what connects
 * there goes to the host's listener, which the guest now accepts from. An acceptor of a relayed
 * forward is the host's: what connects there goes to another forward of the same port that is lent,
 * else into the namespace.
 */
#include "base/alloc.h"
#include "base/log.h"
#include "base/own.h"
#include "broker/internal.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>

/* A client that waits for its way into the guest. */
struct client {
	struct publish *publish;
	int fd;
	int family; /* being tried in the namespace */
};

static void client_free(struct client *c)
{
	(void)fd_close(c->fd);
	c->publish->broker->n_clients--;
	free(c);
}

static void dial(struct client *c, int family);

static void on_connected(void *ctx, int fd, int error)
{
	struct client *c = ctx;

	if (error == 0) {
		(void)relay_add(&c->publish->broker->relay, TAKE_FD(c->fd), fd);
	} else {
		(void)fd_close(fd);
		/* The guest may listen on IPv6 alone. */
		if (c->family == AF_INET && error != ECANCELED) {
			dial(c, AF_INET6);
			return;
		}
	}
	client_free(c);
}

/* Connects `fd` to `to` and goes on in on_connected(). Takes `fd`. */
static void connect_client(struct client *c, int fd, const struct addr *to)
{
	int error = connect(fd, &to->sa, to->len) < 0 ? errno : 0;

	if (error != 0 && error != EINPROGRESS) {
		on_connected(c, fd, error);
		return;
	}
	if (connecting_start(c->publish->broker, fd, DIAL_TIMEOUT_MS, on_connected, c) < 0)
		client_free(c);
}

static void on_dialled(void *ctx, int fd)
{
	struct client *c = ctx;
	struct addr to = { .len = 0 };

	if (fd < 0) {
		client_free(c);
		return;
	}
	(void)addr_parse_ip(c->family == AF_INET ? "127.0.0.1" : "::1", &to, NULL);
	addr_set_port(&to, c->publish->forward->guest_port);
	connect_client(c, fd, &to);
}

static void dial(struct client *c, int family)
{
	struct broker *b = c->publish->broker;

	c->family = family;
	b->config.dial(b->config.dial_ctx, family, SOCK_STREAM, on_dialled, c);
}

/* The forward whose host listener the guest accepts from, for connections that came in at `p`. */
static const struct publish *find_lent(const struct publish *p)
{
	struct broker *b = p->broker;

	for (size_t i = 0; i < b->n_published; i++)
		if (b->published[i].state == PUBLISH_LENT &&
		    b->published[i].forward->guest_port == p->forward->guest_port)
			return &b->published[i];
	return NULL;
}

/* Closes the connection so that its client sees a failure, not an end. */
static void reset(int fd)
{
	struct linger none = { .l_onoff = 1, .l_linger = 0 };

	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
	(void)fd_close(fd);
}

/* The host's listener has the rules as a filter, too, if this user may attach one (sockfilter.h):
 * then all that is left to do for a client with an address is to count it. */
static bool is_admitted(const struct publish *p, const struct sockaddr_storage *from, socklen_t len)
{
	const struct broker_config *config = &p->broker->config;
	struct firewall_flow flow = { FIREWALL_IN, FIREWALL_TCP, NULL, p->forward->guest_port };
	struct addr client;

	if (p->state == PUBLISH_LENT)
		return true; /* of the namespace, where nftables has judged */
	if (addr_from_sockaddr(from, len, &client) == 0)
		flow.peer = &client;
	return firewall_judge(config->firewall, &flow, config->tally) == FIREWALL_ACCEPT;
}

static void serve(struct publish *p, int fd)
{
	const struct publish *lent = find_lent(p);
	struct client *c = xalloc(sizeof *c);
	struct addr to;
	int sock;

	*c = (struct client){ .publish = p, .fd = fd };
	p->broker->n_clients++;
	if (!lent) {
		dial(c, AF_INET);
		return;
	}
	to = addr_reachable(&lent->forward->host);
	sock = socket(to.sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (sock < 0)
		client_free(c);
	else
		connect_client(c, sock, &to);
}

/* Out of descriptors, a pending connection would wake the loop for ever. With the spare one it is
 * taken and closed, so that its client learns. */
static void shed(struct broker *b, int listener)
{
	if (b->spare_fd < 0)
		return;
	(void)fd_close(b->spare_fd);
	(void)fd_close(accept4(listener, NULL, NULL, SOCK_CLOEXEC));
	b->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void on_acceptable(uv_poll_t *poll, int status, int events)
{
	struct acceptor *a = poll->data;
	struct sockaddr_storage from;
	socklen_t len = sizeof from;
	int fd = accept4(a->fd, (struct sockaddr *)&from, &len, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd >= 0 && is_admitted(a->publish, &from, len))
		serve(a->publish, fd);
	else if (fd >= 0)
		reset(fd);
	else if (errno == EMFILE || errno == ENFILE)
		shed(a->publish->broker, a->fd);
}

static void on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

int acceptor_start(struct publish *p, int listener_fd)
{
	struct acceptor *a;
	int r;

	/* accept() must not block when a client has gone again; the flag is this open file's, ours
	 * alone by now. */
	if (fcntl(listener_fd, F_SETFL, O_NONBLOCK) < 0) {
		r = neg_errno();
		(void)fd_close(listener_fd);
		return r;
	}
	a = xalloc(sizeof *a);
	*a = (struct acceptor){ .publish = p, .fd = listener_fd };
	r = uv_poll_init(p->broker->config.loop, &a->poll, listener_fd);
	if (r < 0) {
		(void)fd_close(listener_fd);
		free(a);
		return r;
	}
	a->poll.data = a;
	p->acceptor = a;
	r = uv_poll_start(&a->poll, UV_READABLE, on_acceptable);
	if (r < 0)
		acceptor_stop(p);
	return r;
}

void acceptor_stop(struct publish *p)
{
	if (!p->acceptor)
		return;
	uv_close((uv_handle_t *)&p->acceptor->poll, on_closed);
	/* Now, not when the loop comes around: the guest may bind the port again at once, and a
	 * socket that is only shut down still holds it. uv_close() has let go of the descriptor. */
	(void)fd_close(p->acceptor->fd);
	p->acceptor = NULL;
}
