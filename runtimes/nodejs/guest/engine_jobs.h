/* Part of engine.c: the queue of jobs, what AsyncLocalStorage sees in them, what a WeakRef keeps
 * until their end, and whom a rejection is told. */
#pragma once

static JSValue embedder_data;

static JSValue get_context(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	return js_dup(embedder_data);
}

static JSValue set_context(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	set_value(ctx, &embedder_data, js_dup(argv[0]));
	return JS_UNDEFINED;
}

static JSValue engine_context(JSContext *ctx)
{
	return js_dup(embedder_data);
}

bool engine_has_context(void)
{
	return !JS_IsUndefined(embedder_data);
}

JSValue engine_swap_context(JSContext *ctx, JSValueConst next)
{
	JSValue before = embedder_data;

	embedder_data = js_dup(next);
	return before;
}

static JSValue engine_reaction_job(JSContext *ctx, int argc, JSValueConst *argv)
{
	JSValue before = engine_swap_context(ctx, argv[5]), r;

	r = promise_reaction_job(ctx, 5, argv);
	set_value(ctx, &embedder_data, before);
	return r;
}

/* The kept objects of the language's specification. Without them, what only a WeakRef knows is gone
 * at once, for the engine counts references. */
static struct {
	JSValue *at;
	size_t n, cap;
} kept;

static void engine_keep(JSContext *ctx, JSValueConst target)
{
	size_t cap = kept.cap ? kept.cap * 2 : 64;

	if (kept.n > 0 && js_same_value(ctx, kept.at[kept.n - 1], target))
		return;
	if (kept.n == kept.cap) {
		JSValue *more = js_realloc_rt(ctx->rt, kept.at, cap * sizeof *more);

		if (!more)
			return; /* then it lives as long as others hold it */
		kept.at = more;
		kept.cap = cap;
	}
	kept.at[kept.n++] = js_dup(target);
}

static void let_go_of_kept(JSContext *ctx)
{
	while (kept.n > 0)
		JS_FreeValue(ctx, kept.at[--kept.n]);
}

static JSValue run_microtasks(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	JSContext *job_ctx;
	int r;

	do
		r = JS_ExecutePendingJob(ctx->rt, &job_ctx);
	while (r > 0);
	let_go_of_kept(ctx);
	return r < 0 ? JS_EXCEPTION : JS_UNDEFINED;
}

static JSValue call_job(JSContext *ctx, int argc, JSValueConst *argv)
{
	JSValue before = engine_swap_context(ctx, argv[1]);
	JSValue r = JS_Call(ctx, argv[0], JS_UNDEFINED, 0, NULL);

	set_value(ctx, &embedder_data, before);
	return r;
}

static JSValue enqueue_microtask(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	JSValueConst args[2] = { argv[0], embedder_data };

	JS_EnqueueJob(ctx, call_job, 2, args);
	return JS_UNDEFINED;
}

static JSValue tracker;

static void track_rejection(JSContext *ctx, JSValueConst promise, JSValueConst reason,
			    bool is_handled, void *opaque)
{
	JSValueConst args[3] = { promise, reason, is_handled ? JS_TRUE : JS_FALSE };

	JS_FreeValue(ctx, JS_Call(ctx, tracker, JS_UNDEFINED, 3,
				  args)); /* Node's callback does not throw */
}

/* setRejectionTracker(callback(promise, reason, is handled after all)) */
static JSValue set_rejection_tracker(JSContext *ctx, JSValueConst self, int argc,
				     JSValueConst *argv)
{
	tracker = js_dup(argv[0]);
	JS_SetHostPromiseRejectionTracker(ctx->rt, track_rejection, NULL);
	return JS_UNDEFINED;
}
