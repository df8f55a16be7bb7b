/* Clients that wait while a process is started again: see held.h, and RESERVED in internal.h. */
#include "base/log.h"
#include "base/own.h"
#include "broker/hostport.h"
#include "broker/internal.h"
#include "net/tcp_table.h"

#include <fcntl.h>
#include <sys/socket.h>

static void on_hold_over(uv_timer_t *timer)
{
	struct broker *b = timer->data;

	for (size_t i = 0; i < b->n_published; i++) {
		struct publish *p = &b->published[i];

		if (p->state != PUBLISH_RESERVED || p->held_fd < 0)
			continue;
		log_line("%s does not listen on port %u since it was started again: its clients "
			 "are refused",
			 b->config.name, p->forward->guest_port);
		p->held_fd = fd_close(p->held_fd);
	}
}

void holding_start(struct broker *b)
{
	(void)uv_timer_init(b->config.loop, &b->hold_timer); /* makes no system call */
	b->hold_timer.data = b;
	b->hold_timed = true;
	(void)uv_timer_start(&b->hold_timer, on_hold_over, HOLD_MS, 0);
}

void holding_stop(struct broker *b)
{
	if (b->hold_timed)
		uv_close((uv_handle_t *)&b->hold_timer, NULL);
	b->hold_timed = false;
}

static void hold_relayed(struct publish *p)
{
	/* A Unix socket listens by itself, not by a copy. */
	if (p->acceptor && p->held_fd < 0 && p->forward->kind == FORWARD_TCP)
		p->held_fd = fcntl(p->acceptor->fd, F_DUPFD_CLOEXEC, 0);
}

void broker_hold(struct broker *b)
{
	for (size_t i = 0; i < b->n_published; i++) {
		struct publish *p = &b->published[i];
		int fd = p->state == PUBLISH_LENT ? publish_find_lent(p) : -1;

		if (fd >= 0 && p->held_fd < 0)
			(void)notify_get_fd(&b->notify, NULL, fd, &p->held_fd);
		if (p->state == PUBLISH_RELAYED) {
			hold_relayed(p);
			acceptor_stop(p);
		}
	}
}

/* After a guest that ended unforeseen: who was in its queue has been reset by the kernel. */
static int listen_again(const struct publish *p, int *ret_fd)
{
	AUTO_CLOSE int fd = -EBADF;
	int r = hostport_bind(p->reserve_fd, &p->forward->host, p->lent_family, &fd);

	if (r == 0)
		r = publish_attach_filter(p, fd);
	if (r == 0)
		r = hostport_listen(p->reserve_fd, fd, SOMAXCONN);
	if (r == 0)
		*ret_fd = TAKE_FD(fd);
	return r;
}

void holding_begin(struct broker *b)
{
	for (size_t i = 0; i < b->n_published; i++) {
		struct publish *p = &b->published[i];

		if (p->state == PUBLISH_LENT && p->held_fd < 0 && listen_again(p, &p->held_fd) < 0)
			log_verbose("%s: clients of port %u are refused meanwhile", b->config.name,
				    addr_port(&p->forward->host));
		if (p->state == PUBLISH_RELAYED)
			hold_relayed(p);
	}
}

/* Where the kernel does not tell, nothing seems to be on its way: its clients may be cut off. */
static size_t count_accepted(const struct publish *p)
{
	ssize_t n = tcp_table_count_accepted((uint16_t)addr_port(&p->forward->host));

	return n < 0 ? 0 : (size_t)n;
}

size_t broker_count_in_flight(const struct broker *b)
{
	size_t n = b->relay.n_pairs + b->n_clients;

	for (size_t i = 0; i < b->n_published; i++)
		if (b->published[i].state == PUBLISH_LENT)
			n += count_accepted(&b->published[i]);
	return n;
}
