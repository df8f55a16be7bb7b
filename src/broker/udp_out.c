#include "broker/udp_out.h"

#include "base/alloc.h"
#include "base/own.h"
#include "net/udp_packet.h"
#include "policy/special.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

enum {
	BUCKETS = 256,
	DATAGRAMS_PER_TURN =
		32, /* so that one busy socket does not keep the loop from the others */
	SWEEP_MS = 10000,
};

struct udp_flow {
	struct udp_out *relay;
	struct udp_flow *next, **link; /* in its bucket */
	struct addr guest, remote;
	uint64_t used_ms; /* uv_now() */
	uv_poll_t poll;
	int fd; /* of the host, connected to `remote` */
};

struct udp_out {
	struct udp_out_config config;
	uv_poll_t poll;
	uv_timer_t sweep;
	struct udp_flow *buckets[BUCKETS];
	size_t n_flows;
	size_t n_open; /* handles not closed yet, the flows' among them */
	uint8_t bytes[UDP_PACKET_MAX];
};

static void release(struct udp_out *r)
{
	if (--r->n_open)
		return;
	(void)fd_close(r->config.packet_fd);
	(void)fd_close(r->config.raw4_fd);
	(void)fd_close(r->config.raw6_fd);
	free(r);
}

static void on_closed(uv_handle_t *handle)
{
	release(handle->data);
}

static void on_flow_closed(uv_handle_t *handle)
{
	struct udp_flow *f = handle->data;
	struct udp_out *r = f->relay;

	(void)fd_close(f->fd);
	free(f);
	release(r);
}

static void flow_end(struct udp_flow *f)
{
	*f->link = f->next;
	if (f->next)
		f->next->link = f->link;
	f->relay->n_flows--;
	uv_close((uv_handle_t *)&f->poll, on_flow_closed);
}

static uint32_t hash_addr(uint32_t hash, const struct addr *a)
{
	bool is4 = a->sa.sa_family == AF_INET;
	const uint8_t *ip = is4 ? (const uint8_t *)&a->in4.sin_addr : a->in6.sin6_addr.s6_addr;

	hash ^= addr_port(a);
	for (size_t i = 0; i < (is4 ? 4 : 16); i++)
		hash = (hash ^ ip[i]) * 16777619; /* FNV-1a */
	return hash;
}

static struct udp_flow **bucket_of(struct udp_out *r, const struct addr *guest,
				   const struct addr *remote)
{
	return &r->buckets[hash_addr(hash_addr(2166136261, guest), remote) % BUCKETS];
}

static struct udp_flow *flow_find(struct udp_out *r, const struct addr *guest,
				  const struct addr *remote)
{
	struct udp_flow *f = *bucket_of(r, guest, remote);

	while (f && !(addr_equal(&f->guest, guest) && addr_equal(&f->remote, remote)))
		f = f->next;
	return f;
}

/* Ends the flows that were last used before `before_ms`. */
static void end_idle(struct udp_out *r, uint64_t before_ms)
{
	for (size_t i = 0; i < BUCKETS; i++) {
		struct udp_flow *next;

		for (struct udp_flow *f = r->buckets[i]; f; f = next) {
			next = f->next;
			if (f->used_ms < before_ms)
				flow_end(f);
		}
	}
}

static void on_sweep(uv_timer_t *timer)
{
	struct udp_out *r = timer->data;
	uint64_t now_ms = uv_now(r->config.loop);

	if (now_ms > UDP_OUT_IDLE_MS)
		end_idle(r, now_ms - UDP_OUT_IDLE_MS);
}

static void end_oldest(struct udp_out *r)
{
	struct udp_flow *oldest = NULL;

	for (size_t i = 0; i < BUCKETS; i++)
		for (struct udp_flow *f = r->buckets[i]; f; f = f->next)
			if (!oldest || f->used_ms < oldest->used_ms)
				oldest = f;
	if (oldest)
		flow_end(oldest);
}

/* Writes a packet into the guest's namespace. What cannot be taken is lost, as datagrams are. */
static void inject(const struct udp_out *r, const struct addr *to, struct iovec *iov, size_t n)
{
	struct addr at = *to;
	struct msghdr msg = {
		.msg_name = &at.sa, .msg_namelen = at.len, .msg_iov = iov, .msg_iovlen = n
	};
	bool is4 = at.sa.sa_family == AF_INET;

	addr_set_port(&at, 0); /* raw(7): a protocol, in IPv6's case */
	(void)sendmsg(is4 ? r->config.raw4_fd : r->config.raw6_fd, &msg, MSG_DONTWAIT);
}

static void answer(const struct udp_flow *f, const uint8_t *payload, size_t len)
{
	const struct udp_packet d = {
		.from = f->remote, .to = f->guest, .payload = payload, .len = len
	};
	uint8_t head[UDP_PACKET_HEAD_MAX];
	int head_len = udp_packet_encode(&d, head);
	struct iovec iov[] = { { .iov_base = head },
			       { .iov_base = (void *)payload, .iov_len = len } };

	if (head_len < 0)
		return;
	iov[0].iov_len = (size_t)head_len;
	inject(f->relay, &f->guest, iov, ARRAY_LEN(iov));
}

/* Nobody listens there: the guest's socket hears of it as it would have on the host. */
static void answer_unreachable(const struct udp_flow *f)
{
	const struct udp_packet d = {
		.from = f->guest, .to = f->remote, .payload = NULL, .len = 0
	};
	uint8_t packet[UDP_PACKET_ERROR_MAX];
	struct iovec iov = { .iov_base = packet,
			     .iov_len = udp_packet_encode_unreachable(&d, packet) };

	inject(f->relay, &f->guest, &iov, 1);
}

static void on_answers(uv_poll_t *poll, int status, int events);

static int flow_watch(struct udp_flow *f)
{
	return uv_poll_start(&f->poll, UV_READABLE, on_answers);
}

static void on_answers(uv_poll_t *poll, int status, int events)
{
	struct udp_flow *f = poll->data;
	struct udp_out *r = f->relay;

	f->used_ms = uv_now(r->config.loop);
	for (int i = 0; i < DATAGRAMS_PER_TURN; i++) {
		ssize_t n = recv(f->fd, r->bytes, sizeof r->bytes, MSG_DONTWAIT);

		if (n >= 0)
			answer(f, r->bytes, (size_t)n);
		else if (errno == ECONNREFUSED)
			answer_unreachable(f);
		else
			break;
	}
	/* libuv stops watching what has an error, which has been taken just now. */
	if (status < 0 && flow_watch(f) < 0)
		flow_end(f);
}

static int open_socket(const struct addr *remote, int *ret_fd)
{
	AUTO_CLOSE int fd =
		socket(remote->sa.sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || connect(fd, &remote->sa, remote->len) < 0)
		return neg_errno();
	*ret_fd = TAKE_FD(fd);
	return 0;
}

static int flow_start(struct udp_out *r, const struct udp_packet *d, struct udp_flow **ret)
{
	struct udp_flow **bucket = bucket_of(r, &d->from, &d->to), *f;
	int fd = -EBADF, e = open_socket(&d->to, &fd);

	if (e < 0)
		return e;
	if (r->n_flows == UDP_OUT_FLOWS_MAX)
		end_oldest(r);
	f = xalloc(sizeof *f);
	*f = (struct udp_flow){ .relay = r, .guest = d->from, .remote = d->to, .fd = fd };
	e = uv_poll_init(r->config.loop, &f->poll, fd);
	if (e < 0) {
		(void)fd_close(fd);
		free(f);
		return e;
	}
	f->poll.data = f;
	f->next = *bucket;
	f->link = bucket;
	if (f->next)
		f->next->link = &f->next;
	*bucket = f;
	r->n_flows++;
	r->n_open++;
	e = flow_watch(f);
	if (e < 0)
		flow_end(f);
	else
		*ret = f;
	return e;
}

/* Whether a new flow may begin, and by which rule. Datagrams to many at once stay inside: their
 * answers come from elsewhere, and the rules for them are about single machines. */
static bool judge(struct udp_out *r, const struct addr *to, struct egress_answer *ret)
{
	const char *kind = special_kind(to), *limit;

	*ret = egress_judge(r->config.egress, GRANT_UDP, to);
	if (ret->verdict != EGRESS_ALLOWED)
		report_refused(r->config.report, GRANT_UDP, to, ret);
	else if (kind && (strcmp(kind, "multicast") == 0 || strcmp(kind, "broadcast") == 0))
		report_limited(r->config.report, GRANT_UDP, to, ret, "many receivers at once");
	else if ((limit = throttle_refuse_flow(r->config.throttle)))
		report_limited(r->config.report, GRANT_UDP, to, ret, limit);
	else
		return true;
	return false;
}

static void relay_out(struct udp_out *r, const struct udp_packet *d)
{
	struct udp_flow *f = flow_find(r, &d->from, &d->to);
	struct egress_answer a;

	if (!f) {
		if (!judge(r, &d->to, &a) || flow_start(r, d, &f) < 0)
			return;
		report_reached(r->config.report, GRANT_UDP, &d->to, &a);
	}
	f->used_ms = uv_now(r->config.loop);
	/* An error of an earlier datagram comes first; on_answers() is for it, so try once more. */
	if (send(f->fd, d->payload, d->len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 &&
	    errno == ECONNREFUSED) {
		answer_unreachable(f);
		(void)send(f->fd, d->payload, d->len, MSG_DONTWAIT | MSG_NOSIGNAL);
	}
}

static void on_packets(uv_poll_t *poll, int status, int events)
{
	struct udp_out *r = poll->data;

	for (int i = 0; i < DATAGRAMS_PER_TURN; i++) {
		ssize_t n = recv(r->config.packet_fd, r->bytes, sizeof r->bytes, MSG_DONTWAIT);
		struct udp_packet d;

		if (n < 0)
			break;
		if (udp_packet_decode(r->bytes, (size_t)n, &d) == 0)
			relay_out(r, &d);
	}
}

int udp_out_new(const struct udp_out_config *config, struct udp_out **ret)
{
	struct udp_out *r = xalloc(sizeof *r);
	int e;

	*r = (struct udp_out){ .config = *config, .n_open = 1 };
	e = uv_poll_init(config->loop, &r->poll, config->packet_fd);
	if (e < 0) {
		release(r);
		return e;
	}
	(void)uv_timer_init(config->loop, &r->sweep); /* makes no system call */
	r->n_open++;
	r->poll.data = r;
	r->sweep.data = r;
	e = uv_poll_start(&r->poll, UV_READABLE, on_packets);
	if (e == 0)
		e = uv_timer_start(&r->sweep, on_sweep, SWEEP_MS, SWEEP_MS);
	if (e < 0)
		udp_out_stop(r);
	else
		*ret = r;
	return e;
}

void udp_out_stop(struct udp_out *r)
{
	if (!r)
		return;
	end_idle(r, UINT64_MAX);
	uv_close((uv_handle_t *)&r->sweep, on_closed);
	uv_close((uv_handle_t *)&r->poll, on_closed);
}
