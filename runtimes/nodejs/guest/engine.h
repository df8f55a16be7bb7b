/* QuickJS, and what Node's library needs of an engine's inside that its public interface does not
 * give. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "quickjs.h"

/* The units of a string: `wide` or `narrow` (Latin-1) is set, never both. */
struct text {
	const uint8_t *narrow;
	const uint16_t *wide;
	size_t len;
	JSValue held; /* what engine_text_free() gives back */
};

/* False, with an exception, if `value` is not a string. */
bool engine_text(JSContext *ctx, JSValueConst value, struct text *ret);
void engine_text_free(JSContext *ctx, struct text *text);
JSValue engine_narrow(JSContext *ctx, const uint8_t *units, size_t len);
JSValue engine_wide(JSContext *ctx, const uint16_t *units, size_t len);

/* Is the snapshot being made? Then all clocks stand at 0. */
extern bool engine_is_snapshot;

/* Where Math.random() goes on from. The engine's other seed, of its hash tables, is only XORed to a
 * hash: it changes the order of the buckets, not which keys share one, so it may stay the
 * snapshot's. */
void engine_seed(JSContext *ctx, uint64_t seed);

/* Another object with the same shape and values; `template` is an ordinary one without accessors of
 * its own, or a bound function. */
JSValue engine_clone(JSContext *ctx, JSValueConst template);
/* What a bound function gives to its target; NULL if it is another one. */
JSValue *engine_bound(JSValueConst function, int *ret_n);
/* Where an object's own plain property is, until it gets another one; NULL if there is none. */
JSValue *engine_slot(JSValueConst object, JSAtom name);
/* Makes `next` what AsyncLocalStorage sees; gives what it was. */
JSValue engine_swap_context(JSContext *ctx, JSValueConst next);
bool engine_has_context(void);
/* The garbage collector does not look at what there is now any more. Reference counts free it as
 * before. */
void engine_keep_all(JSContext *ctx);

/* Adds the functions about the engine to `target`. */
void engine_add(JSContext *ctx, JSValueConst target);
