#include "broker/udp.h"

#include "base/alloc.h"
#include "base/log.h"
#include "base/own.h"
#include "broker/datagram.h"
#include "broker/hostport.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

enum {
	DATAGRAM_MAX = 65535, /* no UDP datagram is larger */
	BUCKETS = 1024,
	BATCH_MAX = 32, /* datagrams of one socket before others have their turn */
	KEPT_MAX = 8,	/* datagrams of a peer that is dialling */
	EXPIRY_INTERVAL_MS = 5000,
};

struct kept {
	struct kept *next;
	size_t len;
	char bytes[];
};

/* A published port. */
struct port {
	struct udp *udp;
	const struct forward *forward;
	int fd;
	uv_poll_t poll;
	bool polled;
	bool announced;
	struct addr guest; /* where the guest listens, as far as we know */
};

struct peer {
	struct udp *udp;
	struct peer *next_in_bucket;
	struct peer *older, *newer; /* by last use */
	struct datagram_route route;
	uint64_t used_ms;
	int fd; /* connected to the guest's port; -EBADF while dialling */
	uv_poll_t poll;
	struct kept *kept, **kept_end;
	size_t n_kept;
	bool dialling;
	bool gone; /* off the tables; to be freed when the dialled socket arrives */
};

struct udp {
	struct broker_config config;
	struct port *ports;
	size_t n_ports;
	struct peer *buckets[BUCKETS];
	struct peer *oldest, *newest;
	size_t n_peers;
	uv_timer_t expiry;
	bool started;
	char datagram[DATAGRAM_MAX];
};

/* FNV-1a */
static struct peer **bucket_of(struct udp *u, const struct datagram_route *route)
{
	const unsigned char *bytes = (const unsigned char *)route;
	uint32_t hash = 2166136261;

	for (size_t i = 0; i < sizeof *route; i++)
		hash = (hash ^ bytes[i]) * 16777619;
	return &u->buckets[hash % BUCKETS];
}

static struct peer *find(struct udp *u, const struct datagram_route *route)
{
	struct peer *p = *bucket_of(u, route);

	while (p && memcmp(&p->route, route, sizeof *route) != 0)
		p = p->next_in_bucket;
	return p;
}

static void list_append(struct peer *p)
{
	struct udp *u = p->udp;

	p->older = u->newest;
	p->newer = NULL;
	*(u->newest ? &u->newest->newer : &u->oldest) = p;
	u->newest = p;
}

static void list_remove(struct peer *p)
{
	struct udp *u = p->udp;

	*(p->older ? &p->older->newer : &u->oldest) = p->newer;
	*(p->newer ? &p->newer->older : &u->newest) = p->older;
}

static void peer_touch(struct peer *p)
{
	p->used_ms = uv_now(p->udp->config.loop);
	list_remove(p);
	list_append(p);
}

static void peer_free(struct peer *p)
{
	while (p->kept) {
		struct kept *k = p->kept;

		p->kept = k->next;
		free(k);
	}
	free(p);
}

static void on_peer_closed(uv_handle_t *handle)
{
	peer_free(handle->data);
}

static void peer_close(struct peer *p)
{
	struct peer **link = bucket_of(p->udp, &p->route);

	while (*link != p)
		link = &(*link)->next_in_bucket;
	*link = p->next_in_bucket;
	list_remove(p);
	p->udp->n_peers--;
	p->gone = true;
	if (p->dialling)
		return;
	uv_close((uv_handle_t *)&p->poll, on_peer_closed);
	p->fd = fd_close(p->fd); /* uv_close() has let go of it */
}

static bool is_lasting(int r)
{
	return r != EAGAIN && r != EINTR && r != ECONNREFUSED && r != EMSGSIZE && r != ENOBUFS;
}

static void peer_send(struct peer *p, const char *bytes, size_t len)
{
	ssize_t n = send(p->fd, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL);

	/* The refusal of an earlier datagram, which this one has taken note of. */
	if (n < 0 && errno == ECONNREFUSED)
		n = send(p->fd, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n < 0 && is_lasting(errno))
		peer_close(p);
}

static void pass_answers(struct peer *p)
{
	const struct port *port = &p->udp->ports[p->route.port];

	for (int i = 0; i < BATCH_MAX && !p->gone; i++) {
		ssize_t n = recv(p->fd, p->udp->datagram, DATAGRAM_MAX, MSG_DONTWAIT);

		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0 && is_lasting(errno))
			peer_close(p);
		if (n < 0)
			continue;
		peer_touch(p);
		datagram_answer(port->fd, &p->route, p->udp->datagram, (size_t)n);
	}
}

static void on_answer(uv_poll_t *poll, int status, int events)
{
	struct peer *p = poll->data;

	pass_answers(p);
	/* libuv stops a poll that reports an error: here, that nobody listened. */
	if (status < 0 && !p->gone && uv_poll_start(poll, UV_READABLE, on_answer) < 0)
		peer_close(p);
}

static int peer_open(struct peer *p, int fd)
{
	const struct addr *to = &p->udp->ports[p->route.port].guest;
	int r;

	if (connect(fd, &to->sa, to->len) < 0)
		return neg_errno();
	r = uv_poll_init(p->udp->config.loop, &p->poll, fd);
	if (r < 0)
		return r;
	p->poll.data = p;
	p->fd = fd;
	p->dialling = false;
	r = uv_poll_start(&p->poll, UV_READABLE, on_answer);
	if (r < 0)
		peer_close(p);
	return 0;
}

/* Its table entry goes; there is no handle yet. */
static void peer_abandon(struct peer *p)
{
	if (!p->gone)
		peer_close(p);
	peer_free(p);
}

static void on_dialled(void *ctx, int fd)
{
	struct peer *p = ctx;

	if (fd < 0 || p->gone || peer_open(p, fd) < 0) {
		(void)fd_close(fd);
		peer_abandon(p);
		return;
	}
	for (struct kept *k = p->kept; k && !p->gone; k = k->next)
		peer_send(p, k->bytes, k->len);
	while (p->kept && !p->gone) {
		struct kept *k = p->kept;

		p->kept = k->next;
		free(k);
	}
}

static void keep(struct peer *p, const char *bytes, size_t len)
{
	struct kept *k;

	if (p->n_kept == KEPT_MAX)
		return;
	k = xalloc(sizeof *k + len);
	k->len = len;
	memcpy(k->bytes, bytes, len);
	*p->kept_end = k;
	p->kept_end = &k->next;
	p->n_kept++;
}

static void peer_new(struct udp *u, const struct datagram_route *route, size_t len)
{
	struct peer *p;
	struct peer **bucket = bucket_of(u, route);
	const struct firewall_flow flow = { FIREWALL_IN, FIREWALL_UDP, &route->client,
					    u->ports[route->port].forward->guest_port };

	if (firewall_judge(u->config.firewall, &flow, u->config.tally) != FIREWALL_ACCEPT)
		return;
	if (u->n_peers == UDP_PEERS_MAX)
		peer_close(u->oldest);
	p = xalloc(sizeof *p);
	*p = (struct peer){ .udp = u,
			    .next_in_bucket = *bucket,
			    .route = *route,
			    .used_ms = uv_now(u->config.loop),
			    .fd = -EBADF,
			    .dialling = true };
	p->kept_end = &p->kept;
	*bucket = p;
	list_append(p);
	u->n_peers++;
	keep(p, u->datagram, len);
	/* The last thing: the answer may come, and the peer go, at once. */
	u->config.dial(u->config.dial_ctx, u->ports[route->port].guest.sa.sa_family, SOCK_DGRAM,
		       on_dialled, p);
}

static void on_request(struct udp *u, const struct datagram_route *route, size_t len)
{
	struct peer *p = find(u, route);

	if (!p) {
		peer_new(u, route, len);
		return;
	}
	peer_touch(p);
	if (p->dialling)
		keep(p, u->datagram, len);
	else
		peer_send(p, u->datagram, len);
}

static void on_port_readable(uv_poll_t *poll, int status, int events)
{
	struct port *port = poll->data;
	struct datagram_route route;

	for (int i = 0; i < BATCH_MAX; i++) {
		ssize_t n = datagram_receive(port->fd, port->udp->datagram, DATAGRAM_MAX, &route);

		if (n == -EAGAIN)
			return;
		route.port = (uint32_t)(port - port->udp->ports);
		if (n >= 0)
			on_request(port->udp, &route, (size_t)n);
	}
}

static int port_open(struct udp *u, const struct forward *f, struct err *e)
{
	struct port *port = &u->ports[u->n_ports];
	struct held_port held;
	int r = 0;

	*port = (struct port){ .udp = u, .forward = f };
	if (held_take(u->config.held, f, &held))
		port->fd = held.udp_fd;
	else
		r = hostport_open_udp(&f->host, &port->fd, e);
	if (r < 0)
		return r;
	u->n_ports++;
	(void)addr_parse_ip("127.0.0.1", &port->guest, NULL);
	addr_set_port(&port->guest, f->guest_port);
	r = datagram_ask_for_local(port->fd, &f->host);
	return r < 0 ? err_set(e, -r, "asking for the addresses of datagrams") : 0;
}

int udp_new(const struct broker_config *config, struct udp **ret, struct err *e)
{
	struct udp *u = xalloc(sizeof *u);
	int r = 0;

	u->config = *config;
	u->ports = xalloc((config->n_forwards + 1) * sizeof *u->ports);
	for (size_t i = 0; i < config->n_forwards && r == 0; i++)
		if (config->forwards[i].kind == FORWARD_UDP)
			r = port_open(u, &config->forwards[i], e);
	if (r < 0) {
		(void)udp_free(u);
		return r;
	}
	*ret = u;
	return 0;
}

void udp_expire(struct udp *u, uint64_t now_ms)
{
	while (u->oldest && u->oldest->used_ms + UDP_IDLE_MS <= now_ms)
		peer_close(u->oldest);
}

static void on_expiry(uv_timer_t *timer)
{
	struct udp *u = timer->data;

	udp_expire(u, uv_now(u->config.loop));
}

int udp_start(struct udp *u, struct err *e)
{
	if (u->started || u->n_ports == 0)
		return 0;
	u->started = true;
	(void)uv_timer_init(u->config.loop, &u->expiry); /* makes no system call */
	u->expiry.data = u;
	(void)uv_timer_start(&u->expiry, on_expiry, EXPIRY_INTERVAL_MS, EXPIRY_INTERVAL_MS);
	for (size_t i = 0; i < u->n_ports; i++) {
		struct port *port = &u->ports[i];
		int r = uv_poll_init(u->config.loop, &port->poll, port->fd);

		if (r == 0) {
			port->polled = true;
			port->poll.data = port;
			r = uv_poll_start(&port->poll, UV_READABLE, on_port_readable);
		}
		if (r < 0)
			return err_set(e, -r, "watching a UDP port");
		log_verbose("%s: forward of UDP port %u: the supervisor relays", u->config.name,
			    port->forward->guest_port);
	}
	return 0;
}

/* Their sockets are connected to where the guest was. */
static void drop_peers_of(struct udp *u, const struct port *port)
{
	struct peer *newer;

	for (struct peer *p = u->oldest; p; p = newer) {
		newer = p->newer;
		if (&u->ports[p->route.port] == port)
			peer_close(p);
	}
}

void udp_note_bound(struct udp *u, const struct addr *local)
{
	struct addr to = addr_reachable(local);
	char text[ADDR_TEXT_MAX];

	for (size_t i = 0; i < u->n_ports; i++) {
		struct port *port = &u->ports[i];
		struct addr shown = addr_reachable(&port->forward->host);

		if (port->forward->guest_port != addr_port(local))
			continue;
		if (!addr_equal(&port->guest, &to))
			drop_peers_of(u, port);
		port->guest = to;
		if (!port->announced)
			log_line("%s is listening on udp://%s (port %u of the guest)",
				 u->config.name, addr_format(&shown, text), addr_port(local));
		port->announced = true;
	}
}

size_t udp_n_peers(const struct udp *u)
{
	return u->n_peers;
}

/* What comes in between two runs stays in the socket's buffer. */
static void port_let_go(struct port *port)
{
	struct held_port held = HELD_PORT_EMPTY;

	if (port->fd >= 0 && port->udp->config.held) {
		held.forward = *port->forward;
		held.udp_fd = TAKE_FD(port->fd);
		held_put(port->udp->config.held, &held);
	}
	port->fd = fd_close(port->fd);
}

void udp_stop(struct udp *u)
{
	while (u->oldest)
		peer_close(u->oldest);
	for (size_t i = 0; i < u->n_ports; i++) {
		if (u->ports[i].polled)
			uv_close((uv_handle_t *)&u->ports[i].poll, NULL);
		u->ports[i].polled = false;
		port_let_go(&u->ports[i]);
	}
	if (u->started)
		uv_close((uv_handle_t *)&u->expiry, NULL);
	u->started = false;
}

struct udp *udp_free(struct udp *u)
{
	if (!u)
		return NULL;
	for (size_t i = 0; i < u->n_ports; i++)
		port_let_go(&u->ports[i]);
	free(u->ports);
	free(u);
	return NULL;
}
