#include "process/dials.h"

#include "base/err.h"

#include <sys/socket.h>

static struct dial take_first(struct dials *d)
{
	struct dial first = d->waiting[d->first];

	d->first = (d->first + 1) % DIALS_MAX;
	d->n--;
	return first;
}

void dials_ask(void *ctx, int family, int type, broker_dialled_fn *dialled, void *dialled_ctx)
{
	struct dials *d = ctx;
	struct control_msg m = { .type = CONTROL_OPEN, .value = family, .socket_type = type };

	if (d->control_fd < 0) {
		int fd = socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

		dialled(dialled_ctx, fd < 0 ? neg_errno() : fd);
		return;
	}
	if (d->stopped || d->n == DIALS_MAX || control_send(d->control_fd, &m) < 0) {
		dialled(dialled_ctx, -ECANCELED);
		return;
	}
	d->waiting[(d->first + d->n++) % DIALS_MAX] = (struct dial){ dialled, dialled_ctx };
}

void dials_answer(struct dials *d, struct control_msg *m)
{
	struct dial first;

	if (d->n == 0) {
		control_close_fds(m);
		return;
	}
	first = take_first(d);
	first.dialled(first.ctx, m->n_fds ? m->fds[0] : -m->value);
}

void dials_stop(struct dials *d)
{
	d->stopped = true;
	while (d->n) {
		struct dial first = take_first(d);

		first.dialled(first.ctx, -ECANCELED);
	}
}
