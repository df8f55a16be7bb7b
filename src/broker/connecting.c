/* Connects that are under way on the supervisor's loop: those it makes for relays, and those that a
 * guest's blocking socket waits for. */
#include "base/alloc.h"
#include "base/own.h"
#include "broker/internal.h"

#include <sys/socket.h>

static void on_closed(uv_handle_t *handle)
{
	struct connecting *c = handle->data;

	if (--c->n_open)
		return;
	(void)fd_close(c->fd);
	free(c);
}

/* Takes it off the list and closes the handles; returns the descriptor, which has to outlive the
 * poll. */
static void leave(struct connecting *c)
{
	*c->link = c->next;
	if (c->next)
		c->next->link = c->link;
	c->broker->n_connects--;
	uv_close((uv_handle_t *)&c->poll, on_closed);
	uv_close((uv_handle_t *)&c->timer, on_closed);
}

static void finish(struct connecting *c, int error)
{
	int fd = TAKE_FD(c->fd);

	leave(c); /* takes the poll off the loop before the descriptor goes on */
	c->connected(c->ctx, fd, error);
}

static void on_writable(uv_poll_t *poll, int status, int events)
{
	struct connecting *c = poll->data;
	int error = 0;
	socklen_t len = sizeof error;

	if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
		error = errno;
	finish(c, error);
}

static void on_timeout(uv_timer_t *timer)
{
	finish(timer->data, EINPROGRESS); /* what a socket with SO_SNDTIMEO says (socket(7)) */
}

int connecting_start(struct broker *b, int fd, uint64_t timeout_ms, connected_fn *connected,
		     void *ctx)
{
	struct connecting *c;
	int r;

	if (b->n_connects >= CONNECTS_MAX) {
		(void)fd_close(fd);
		return -ENOBUFS;
	}
	c = xalloc(sizeof *c);
	*c = (struct connecting){ .broker = b, .fd = fd, .connected = connected, .ctx = ctx };
	r = uv_poll_init(b->config.loop, &c->poll, fd);
	if (r < 0) {
		(void)fd_close(fd);
		free(c);
		return r;
	}
	(void)uv_timer_init(b->config.loop, &c->timer);
	c->poll.data = c;
	c->timer.data = c;
	c->n_open = 2;
	c->next = b->connects;
	c->link = &b->connects;
	if (c->next)
		c->next->link = &c->next;
	b->connects = c;
	b->n_connects++;
	r = uv_poll_start(&c->poll, UV_WRITABLE, on_writable);
	if (r < 0) {
		leave(c);
		return r;
	}
	if (timeout_ms)
		(void)uv_timer_start(&c->timer, on_timeout, timeout_ms, 0);
	return 0;
}

void connecting_stop_all(struct broker *b)
{
	while (b->connects)
		finish(b->connects, ECANCELED);
}
