/* poll_oneoff. */
#include "wasi/preview1_calls.h"

#include <errno.h>

#include "wasi/codec.h"
#include "wasi/errno.h"
#include "wasi/preview1.h"

enum { EVENT_SIZE = 32 };

/* subscription: userdata u64@0, tag u8@8; a descriptor's: fd u32@16; a clock's: id u32,
 * timeout u64, precision u64, flags u16, which wasi_unstable puts behind an identifier u64@16. */
struct subscription_form {
	uint32_t size;
	uint32_t clock_id; /* offsets */
	uint32_t clock_timeout;
	uint32_t clock_flags;
};

static int subscription_load(const uint8_t *p, const struct subscription_form *form,
			     struct poll_sub *ret)
{
	struct poll_sub sub = { .userdata = gmem_load64(p) };

	switch (p[8]) {
	case P1_EVENT_CLOCK:
		sub.kind = POLL_CLOCK;
		sub.error = codec_clock(gmem_load32(p + form->clock_id), &sub.clock);
		sub.timeout_ns = gmem_load64(p + form->clock_timeout);
		sub.absolute = gmem_load16(p + form->clock_flags) & P1_CLOCK_ABSTIME;
		break;
	case P1_EVENT_READ:
		sub.kind = POLL_READ;
		sub.number = gmem_load32(p + 16);
		break;
	case P1_EVENT_WRITE:
		sub.kind = POLL_WRITE;
		sub.number = gmem_load32(p + 16);
		break;
	default:
		return -EINVAL;
	}
	*ret = sub;
	return 0;
}

/* event: userdata u64@0, error u16@8, type u8@10, nbytes u64@16, flags u16@24. */
static void event_store(uint8_t *p, const struct poll_event *event)
{
	static const uint8_t types[] = {
		[POLL_CLOCK] = P1_EVENT_CLOCK,
		[POLL_READ] = P1_EVENT_READ,
		[POLL_WRITE] = P1_EVENT_WRITE,
	};

	memset(p, 0, EVENT_SIZE);
	gmem_store64(p, event->userdata);
	gmem_store16(p + 8, (uint16_t)errno_to_guest(event->error));
	p[10] = types[event->kind];
	gmem_store64(p + 16, event->n_bytes);
	gmem_store16(p + 24, event->hangup ? P1_EVENT_HANGUP : 0);
}

static uint32_t poll_oneoff(struct sys *s, struct gmem mem, const uint64_t *args,
			    const struct subscription_form *form)
{
	uint32_t n = (uint32_t)args[2];
	const uint8_t *in = gmem_view(mem, (uint32_t)args[0], (uint64_t)n * form->size);
	uint8_t *out = gmem_view(mem, (uint32_t)args[1], (uint64_t)n * EVENT_SIZE);
	uint8_t *ret_n = gmem_view(mem, (uint32_t)args[3], 4);
	size_t n_events = 0;
	int r;

	if (!in || !out || !ret_n)
		return P1_FAULT;
	r = poller_reserve(&s->poller, n);
	for (uint32_t i = 0; r == 0 && i < n; i++)
		r = subscription_load(in + (size_t)i * form->size, form, &s->poller.subs[i]);
	if (r == 0)
		r = poller_wait(&s->poller, &s->table, n, &n_events);
	if (r < 0)
		return errno_to_guest(r);
	for (size_t i = 0; i < n_events; i++)
		event_store(out + i * EVENT_SIZE, &s->poller.events[i]);
	gmem_store32(ret_n, (uint32_t)n_events);
	return P1_SUCCESS;
}

uint32_t p1_poll_oneoff(struct sys *s, struct gmem mem, const uint64_t *args)
{
	return poll_oneoff(s, mem, args, &(const struct subscription_form){ 48, 16, 24, 40 });
}

uint32_t p0_poll_oneoff(struct sys *s, struct gmem mem, const uint64_t *args)
{
	return poll_oneoff(s, mem, args, &(const struct subscription_form){ 56, 24, 32, 48 });
}

const struct import preview1_poll_imports[] = {
	PREVIEW1_ROW(poll_oneoff, "iiii", "i", "subscriptions ret_events n ret_n"),
	{ 0 },
};
