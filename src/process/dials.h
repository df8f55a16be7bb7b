/* Sockets of the guest's namespace that the broker has asked for. pid 1 opens them, and answers in
 * order (control.h). */
#pragma once

#include "broker/broker.h"
#include "process/control.h"

enum { DIALS_MAX = 1024 }; /* without an answer, at once */

struct dials {
	int control_fd; /* borrowed; -EBADF: there is no namespace but ours */
	bool stopped;
	struct dial {
		broker_dialled_fn *dialled;
		void *ctx;
	} waiting[DIALS_MAX]; /* a ring */
	size_t first, n;
};

/* A broker_dial_fn: `ctx` is a struct dials. */
void dials_ask(void *ctx, int family, int type, broker_dialled_fn *dialled, void *dialled_ctx);
/* A CONTROL_SOCKET; takes its descriptor. */
void dials_answer(struct dials *d, struct control_msg *m);
/* Answers -ECANCELED to all, and from now on at once. */
void dials_stop(struct dials *d);
