#include "broker/held.h"

#include "base/alloc.h"
#include "base/own.h"

#include <string.h>

static bool has_same_host(const struct forward *a, const struct forward *b)
{
	if (a->kind != b->kind)
		return false;
	return a->kind == FORWARD_UNIX ? strcmp(a->path, b->path) == 0
				       : addr_equal(&a->host, &b->host);
}

bool held_take(struct held *h, const struct forward *f, struct held_port *ret)
{
	for (size_t i = 0; h && i < h->n; i++) {
		if (!has_same_host(&h->ports[i].forward, f))
			continue;
		*ret = h->ports[i];
		h->ports[i] = h->ports[--h->n];
		return true;
	}
	return false;
}

void held_put(struct held *h, const struct held_port *p)
{
	struct held_port *ports = xalloc((h->n + 1) * sizeof *ports);

	if (h->n)
		memcpy(ports, h->ports, h->n * sizeof *ports);
	free(h->ports);
	h->ports = ports;
	h->ports[h->n++] = *p;
}

void held_release(struct held *h)
{
	for (size_t i = 0; i < h->n; i++) {
		struct held_port *p = &h->ports[i];

		(void)fd_close(p->reserve_fd);
		(void)fd_close(p->listener_fd);
		(void)fd_close(p->udp_fd);
		if (p->forward.kind == FORWARD_UNIX)
			hostpath_release(&p->path, p->forward.path);
	}
	free(h->ports);
	*h = (struct held){ .n = 0 };
}
