#include "broker/relay.h"

#include "base/alloc.h"
#include "base/err.h"
#include "base/own.h"

#include <stdbool.h>

enum { RELAY_BUFFER_SIZE = 65536 };

/* One direction: reading `from`, then writing what was read, then reading on. */
struct relay_flow {
	struct relay_pair *pair;
	uv_tcp_t *from, *to;
	uv_write_t write;
	uv_shutdown_t shutdown;
	bool done;
	char buffer[RELAY_BUFFER_SIZE];
};

struct relay_pair {
	struct relay *relay;
	struct relay_pair *next, **link;
	uv_tcp_t a, b;
	struct relay_flow there, back; /* a to b, b to a */
	int n_open;		       /* handles not closed yet */
	bool closing;
};

static void flow_read(struct relay_flow *f);

static void on_closed(uv_handle_t *handle)
{
	struct relay_pair *p = handle->data;

	if (--p->n_open == 0)
		free(p);
}

static void pair_close(struct relay_pair *p)
{
	if (p->closing)
		return;
	p->closing = true;
	*p->link = p->next;
	if (p->next)
		p->next->link = p->link;
	p->relay->n_pairs--;
	uv_close((uv_handle_t *)&p->a, on_closed);
	uv_close((uv_handle_t *)&p->b, on_closed);
}

static void on_shutdown(uv_shutdown_t *req, int status)
{
	struct relay_flow *f = req->data;

	f->done = true;
	if (status < 0 || (f->pair->there.done && f->pair->back.done))
		pair_close(f->pair);
}

static void on_written(uv_write_t *req, int status)
{
	struct relay_flow *f = req->data;

	if (f->pair->closing)
		return;
	if (status < 0)
		pair_close(f->pair);
	else
		flow_read(f);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *ret)
{
	struct relay_pair *p = handle->data;
	struct relay_flow *f = (uv_tcp_t *)handle == &p->a ? &p->there : &p->back;

	*ret = uv_buf_init(f->buffer, sizeof f->buffer);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *bytes)
{
	struct relay_pair *p = stream->data;
	struct relay_flow *f = (uv_tcp_t *)stream == &p->a ? &p->there : &p->back;
	uv_buf_t out;
	int r;

	if (n == 0)
		return;
	(void)uv_read_stop(stream);
	if (n == UV_EOF) {
		r = uv_shutdown(&f->shutdown, (uv_stream_t *)f->to, on_shutdown);
	} else if (n < 0) {
		r = (int)n;
	} else {
		out = uv_buf_init(f->buffer, (unsigned)n);
		r = uv_write(&f->write, (uv_stream_t *)f->to, &out, 1, on_written);
	}
	if (r < 0)
		pair_close(p);
}

static void flow_read(struct relay_flow *f)
{
	if (uv_read_start((uv_stream_t *)f->from, on_alloc, on_read) < 0)
		pair_close(f->pair);
}

static void flow_init(struct relay_flow *f, struct relay_pair *p, uv_tcp_t *from, uv_tcp_t *to)
{
	f->pair = p;
	f->from = from;
	f->to = to;
	f->write.data = f;
	f->shutdown.data = f;
}

static void end_init(struct relay_pair *p, uv_tcp_t *end)
{
	(void)uv_tcp_init(p->relay->loop, end); /* makes no system call: cannot fail */
	end->data = p;
	p->n_open++;
}

/* On success the handle owns the descriptor. libuv's TCP handle takes any stream socket: Unix ones
 * are relayed by it, too. */
static int end_open(uv_tcp_t *end, int *fd)
{
	int r = uv_tcp_open(end, *fd);

	if (r < 0)
		return r;
	(void)TAKE_FD(*fd);
	(void)uv_tcp_nodelay(end, 1); /* the ends have done their own delaying */
	return 0;
}

void relay_init(struct relay *r, uv_loop_t *loop)
{
	*r = (struct relay){ .loop = loop };
}

int relay_add(struct relay *r, int a_fd, int b_fd)
{
	AUTO_CLOSE int a = a_fd;
	AUTO_CLOSE int b = b_fd;
	struct relay_pair *p;

	if (r->n_pairs >= RELAY_PAIRS_MAX)
		return -EMFILE;
	p = xalloc(sizeof *p);
	p->relay = r;
	p->next = r->pairs;
	p->link = &r->pairs;
	if (p->next)
		p->next->link = &p->next;
	r->pairs = p;
	r->n_pairs++;
	end_init(p, &p->a);
	end_init(p, &p->b);
	flow_init(&p->there, p, &p->a, &p->b);
	flow_init(&p->back, p, &p->b, &p->a);
	if (end_open(&p->a, &a) < 0 || end_open(&p->b, &b) < 0) {
		pair_close(p);
		return -EIO;
	}
	flow_read(&p->there);
	if (!p->closing)
		flow_read(&p->back);
	return 0;
}

void relay_stop(struct relay *r)
{
	while (r->pairs)
		pair_close(r->pairs);
}
