/* Waiting: the descriptors that the event loop polls, and who is told.
 *
 * An entry is an object with the method onEvent(happened); it is kept until it is unwatched. What
 * happens while those that are ready are told (one is closed, its number used again) is seen,
 * because each is looked up again by its number and turn.
 */
#include "native.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "serve.h"

enum { READABLE = 1, WRITABLE = 2, WATCHED_MAX = 16384 };

struct watched {
	JSValue handler;
	uint32_t turn; /* in which it was added */
	bool is_ref;
};

static struct pollfd *polled;
static struct watched *watched;
static int *place; /* of a descriptor in both, or -1 */
static size_t n_watched, n_ref, cap, n_places;
static uint32_t turn;
static JSAtom on_event;

static int int_get(JSContext *ctx, JSValueConst value)
{
	int32_t n = 0;

	JS_ToInt32(ctx, &n, value);
	return n;
}

static void *grown(void *at, size_t n, size_t size)
{
	void *more = realloc(at, n * size);

	if (!more)
		abort();
	return more;
}

static int *place_of(int fd)
{
	if ((size_t)fd >= n_places) {
		size_t n = (size_t)fd * 2 + 64;

		place = grown(place, n, sizeof *place);
		for (size_t i = n_places; i < n; i++)
			place[i] = -1;
		n_places = n;
	}
	return &place[fd];
}

static size_t entry_of(int fd)
{
	int *at = place_of(fd);

	if (*at >= 0)
		return (size_t)*at;
	if (n_watched == cap) {
		cap = cap * 2 + 16;
		polled = grown(polled, cap, sizeof *polled);
		watched = grown(watched, cap, sizeof *watched);
	}
	*at = (int)n_watched;
	polled[n_watched] = (struct pollfd){ .fd = fd };
	watched[n_watched] = (struct watched){ .handler = JS_UNDEFINED, .turn = turn };
	return n_watched++;
}

/* watch(fd, events, handler, does it keep the loop alive) */
static JSValue loop_watch(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	int fd = int_get(ctx, argv[0]), events = int_get(ctx, argv[1]);
	bool is_ref = JS_ToBool(ctx, argv[3]);
	size_t i;

	if (fd < 0 || (n_watched >= WATCHED_MAX && *place_of(fd) < 0))
		return JS_ThrowRangeError(ctx, "too many descriptors");
	i = entry_of(fd);
	polled[i].events =
		(short)((events & READABLE ? POLLIN : 0) | (events & WRITABLE ? POLLOUT : 0));
	n_ref += (size_t)is_ref - (size_t)watched[i].is_ref;
	watched[i].is_ref = is_ref;
	JS_FreeValue(ctx, watched[i].handler);
	watched[i].handler = JS_DupValue(ctx, argv[2]);
	return JS_UNDEFINED;
}

static JSValue loop_unwatch(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	int fd = int_get(ctx, argv[0]);
	JSValue handler;
	size_t i;

	if (fd < 0 || (size_t)fd >= n_places || place[fd] < 0)
		return JS_UNDEFINED;
	i = (size_t)place[fd];
	handler = watched[i].handler;
	n_ref -= watched[i].is_ref;
	place[fd] = -1;
	n_watched--;
	if (i != n_watched) {
		polled[i] = polled[n_watched];
		watched[i] = watched[n_watched];
		place[polled[i].fd] = (int)i;
	}
	JS_FreeValue(ctx, handler);
	return JS_UNDEFINED;
}

static JSValue loop_has_ref(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	return JS_NewBool(ctx, n_ref > 0);
}

static int happened(short revents)
{
	enum { BOTH = POLLHUP | POLLERR | POLLNVAL };

	return (revents & (POLLIN | BOTH) ? READABLE : 0) |
	       (revents & (POLLOUT | BOTH) ? WRITABLE : 0);
}

/* False with an exception. */
static bool tell(JSContext *ctx, JSValueConst handler, int events)
{
	JSValue arg = JS_NewInt32(ctx, events), r;

	if (events & READABLE) {
		int served = serve_ready(ctx, handler);

		if (served < 0)
			return false;
		if (served > 0)
			return true;
	}
	r = JS_Invoke(ctx, handler, on_event, 1, (JSValueConst *)&arg);
	if (JS_IsException(r))
		return false;
	JS_FreeValue(ctx, r);
	return true;
}

/* wait(milliseconds, -1 for ever): tells all that are ready */
static JSValue loop_wait(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	static struct {
		int fd, events;
	} ready[WATCHED_MAX];
	int timeout = int_get(ctx, argv[0]), n_ready, n = 0;
	JSValue r = JS_UNDEFINED;

	turn++;
	if (n_watched == 0 && timeout <= 0)
		return r;
	n_ready = poll(polled, (nfds_t)n_watched, serve_timeout(timeout));
	serve_wake();
	for (size_t i = 0; i < n_watched && n < n_ready; i++) {
		if (polled[i].revents == 0)
			continue;
		ready[n].fd = polled[i].fd;
		ready[n++].events = happened(polled[i].revents);
	}
	for (int i = 0; i < n && !JS_IsException(r); i++) {
		int at = place[ready[i].fd];
		JSValue handler;

		if (at < 0 || watched[at].turn == turn)
			continue;
		handler = JS_DupValue(ctx, watched[at].handler);
		if (!tell(ctx, handler, ready[i].events))
			r = JS_EXCEPTION;
		JS_FreeValue(ctx, handler);
	}
	if (!JS_IsException(r) && serve_expire(ctx) < 0)
		r = JS_EXCEPTION;
	return r;
}

static const JSCFunctionListEntry functions[] = {
	JS_CFUNC_DEF("watch", 4, loop_watch),
	JS_CFUNC_DEF("unwatch", 1, loop_unwatch),
	JS_CFUNC_DEF("hasRef", 0, loop_has_ref),
	JS_CFUNC_DEF("wait", 1, loop_wait),
};

void loop_add(JSContext *ctx, JSValueConst target)
{
	JSValue loop = JS_NewObject(ctx);

	on_event = JS_NewAtom(ctx, "onEvent");
	JS_SetPropertyFunctionList(ctx, loop, functions, sizeof functions / sizeof *functions);
	JS_SetPropertyStr(ctx, target, "loop", loop);
}
