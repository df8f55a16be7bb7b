/* Compiles QuickJS into this file, so that its inside is in reach without a change to it.
 * engine_*.h are parts of it, one subject each: they need that inside too. */
#include "quickjs.h"

/* Called by what runtimes/nodejs/build puts into quickjs.c. */
static JSValue engine_context(JSContext *ctx);
static JSValue engine_reaction_job(JSContext *ctx, int argc, JSValueConst *argv);
static void engine_keep(JSContext *ctx, JSValueConst target);

#include "cutils.h"
static int64_t engine_time_us(void);
static uint64_t engine_time_ns(void);
#define js__gettimeofday_us engine_time_us
#define js__hrtime_ns engine_time_ns

#include "quickjs.c"

#include "engine.h"

#undef js__gettimeofday_us
#undef js__hrtime_ns

bool engine_is_snapshot;

static int64_t engine_time_us(void)
{
	return engine_is_snapshot ? 0 : js__gettimeofday_us();
}

static uint64_t engine_time_ns(void)
{
	return engine_is_snapshot ? 0 : js__hrtime_ns();
}

bool engine_text(JSContext *ctx, JSValueConst value, struct text *ret)
{
	JSValue flat;
	JSString *s;

	if (JS_VALUE_GET_TAG(value) == JS_TAG_STRING_ROPE)
		flat = js_linearize_string_rope(ctx, value);
	else if (JS_VALUE_GET_TAG(value) == JS_TAG_STRING)
		flat = js_dup(value);
	else
		flat = JS_ThrowTypeError(ctx, "argument must be a string");
	if (JS_IsException(flat))
		return false;
	s = JS_VALUE_GET_STRING(flat);
	*ret = (struct text){ .len = s->len, .held = flat };
	if (s->is_wide_char)
		ret->wide = str16(s);
	else
		ret->narrow = str8(s);
	return true;
}

void engine_text_free(JSContext *ctx, struct text *text)
{
	JS_FreeValue(ctx, text->held);
}

JSValue engine_narrow(JSContext *ctx, const uint8_t *units, size_t len)
{
	return js_new_string8_len(ctx, (const char *)units, (int)len);
}

JSValue engine_wide(JSContext *ctx, const uint16_t *units, size_t len)
{
	return js_new_string16_len(ctx, units, (int)len);
}

void engine_seed(JSContext *ctx, uint64_t seed)
{
	ctx->random_state = seed ? seed : 1; /* 0 would give nothing but 0 */
}

JSValue engine_clone(JSContext *ctx, JSValueConst template)
{
	JSObject *from = JS_VALUE_GET_OBJ(template), *to;
	JSValue r = JS_NewObjectFromShape(ctx, js_dup_shape(from->shape), from->class_id, NULL);

	if (JS_IsException(r))
		return r;
	to = JS_VALUE_GET_OBJ(r);
	for (int i = 0; i < from->shape->prop_count; i++)
		to->prop[i].u.value = js_dup(from->prop[i].u.value);
	if (from->class_id == JS_CLASS_BOUND_FUNCTION) {
		const JSBoundFunction *old = from->u.bound_function;
		size_t size = sizeof *old + (size_t)old->argc * sizeof(JSValue);
		JSBoundFunction *new = js_malloc(ctx, size);

		if (!new)
			abort(); /* half an object cannot be freed; there is no memory anyway */
		memcpy(new, old, size);
		js_dup(new->func_obj);
		js_dup(new->this_val);
		for (int i = 0; i < new->argc; i++)
			js_dup(new->argv[i]);
		to->u.bound_function = new;
	}
	return r;
}

/* clone(ordinary object) */
static JSValue clone(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	return engine_clone(ctx, argv[0]);
}

JSValue *engine_bound(JSValueConst function, int *ret_n)
{
	if (JS_VALUE_GET_TAG(function) != JS_TAG_OBJECT ||
	    JS_VALUE_GET_OBJ(function)->class_id != JS_CLASS_BOUND_FUNCTION)
		return NULL;
	*ret_n = JS_VALUE_GET_OBJ(function)->u.bound_function->argc;
	return JS_VALUE_GET_OBJ(function)->u.bound_function->argv;
}

/* boundParts(function): [target, arguments...] of a bound one */
static JSValue bound_parts(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	int n;
	const JSValue *args = engine_bound(argv[0], &n);
	JSValue r;

	if (!args)
		return JS_UNDEFINED;
	r = JS_NewArray(ctx);
	JS_SetPropertyUint32(ctx, r, 0,
			     js_dup(JS_VALUE_GET_OBJ(argv[0])->u.bound_function->func_obj));
	for (int i = 0; i < n; i++)
		JS_SetPropertyUint32(ctx, r, (uint32_t)i + 1, js_dup(args[i]));
	return r;
}

/* closureVariable(function, name): what a function sees under that name outside of it;
 * closureVariable(function, name, value) changes it */
static JSValue closure_variable(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	JSAtom name = JS_ValueToAtom(ctx, argv[1]);
	JSValue r = JS_UNDEFINED;
	const JSObject *f =
		JS_VALUE_GET_TAG(argv[0]) == JS_TAG_OBJECT ? JS_VALUE_GET_OBJ(argv[0]) : NULL;

	if (f && js_class_has_bytecode(f->class_id)) {
		const JSFunctionBytecode *b = f->u.func.function_bytecode;

		for (int i = 0; i < b->closure_var_count; i++) {
			JSValue *at = f->u.func.var_refs[i]->pvalue;

			if (b->closure_var[i].var_name != name)
				continue;
			r = js_dup(*at);
			if (argc > 2)
				set_value(ctx, at, js_dup(argv[2]));
			break;
		}
	}
	JS_FreeAtom(ctx, name);
	return r;
}

JSValue *engine_slot(JSValueConst object, JSAtom name)
{
	JSProperty *property;
	const JSShapeProperty *shape;

	if (JS_VALUE_GET_TAG(object) != JS_TAG_OBJECT)
		return NULL;
	shape = find_own_property(&property, JS_VALUE_GET_OBJ(object), name);
	return shape && (shape->flags & JS_PROP_TMASK) == JS_PROP_NORMAL ? &property->u.value
									 : NULL;
}

/* The collector looks for cycles among the objects of one list; what others hold counts as in use.
 * One of the others that only a new object holds may be taken into the list; what it holds then is
 * never freed. */
void engine_keep_all(JSContext *ctx)
{
	static struct list_head kept;
	struct list_head *all = &ctx->rt->gc_obj_list;

	if (list_empty(all))
		return;
	kept = *all;
	kept.next->prev = kept.prev->next = &kept;
	init_list_head(all);
}

static JSValue private_symbol(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	JSAtom name = JS_ValueToAtom(ctx, argv[0]);
	JSValue symbol = JS_NewSymbolFromAtom(ctx, name, JS_ATOM_TYPE_PRIVATE);

	JS_FreeAtom(ctx, name);
	return symbol;
}

static JSValue class_of(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	if (JS_VALUE_GET_TAG(argv[0]) != JS_TAG_OBJECT)
		return js_int32(0);
	return js_int32(JS_VALUE_GET_OBJ(argv[0])->class_id);
}

static JSValue promise_details(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	int state = JS_PromiseState(ctx, argv[0]);
	JSValue r;

	if (state < 0)
		return JS_UNDEFINED;
	r = JS_NewArray(ctx);
	JS_SetPropertyUint32(ctx, r, 0, js_int32(state));
	if (state != JS_PROMISE_PENDING)
		JS_SetPropertyUint32(ctx, r, 1, JS_PromiseResult(ctx, argv[0]));
	return r;
}

static JSValue proxy_details(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	const JSProxyData *proxy = JS_GetOpaque(argv[0], JS_CLASS_PROXY);
	JSValue r;

	if (!proxy)
		return JS_UNDEFINED;
	r = JS_NewArray(ctx);
	JS_SetPropertyUint32(ctx, r, 0, proxy->is_revoked ? JS_NULL : js_dup(proxy->target));
	JS_SetPropertyUint32(ctx, r, 1, proxy->is_revoked ? JS_NULL : js_dup(proxy->handler));
	return r;
}

/* iteratorState(iterator of a map or a set): [the collection, kind, records already visited] */
static JSValue iterator_state(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	JSObject *o = JS_VALUE_GET_OBJ(argv[0]);
	const JSMapIteratorData *it;
	struct list_head *el;
	JSValue r;
	int visited = 0;

	if (o->class_id != JS_CLASS_MAP_ITERATOR && o->class_id != JS_CLASS_SET_ITERATOR)
		return JS_UNDEFINED;
	it = o->u.map_iterator_data;
	r = JS_NewArray(ctx);
	JS_SetPropertyUint32(ctx, r, 0, js_dup(it->obj));
	JS_SetPropertyUint32(ctx, r, 1, js_int32(it->kind));
	if (!JS_IsUndefined(it->obj) && it->cur_record) {
		const JSMapState *s = JS_VALUE_GET_OBJ(it->obj)->u.map_state;

		list_for_each(el, &s->records)
		{
			const JSMapRecord *record = list_entry(el, JSMapRecord, link);

			if (!record->empty)
				visited++;
			if (record == it->cur_record)
				break;
		}
	}
	JS_SetPropertyUint32(ctx, r, 2, js_int32(visited));
	return r;
}

static JSValue mark_handled(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	JS_PromiseMarkAsHandled(ctx, argv[0]);
	return JS_UNDEFINED;
}

/* importSync(url): the namespace of a module, evaluated now; undefined if it waits for something.
 */
static JSValue import_sync(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	const char *url = JS_ToCString(ctx, argv[0]);
	JSModuleDef *m = url ? js_host_resolve_imported_module(ctx, url, url, JS_UNDEFINED) : NULL;
	JSValue promise, r;

	JS_FreeCString(ctx, url);
	if (!m || js_resolve_module(ctx, m) < 0)
		return JS_EXCEPTION;
	promise = JS_EvalFunction(ctx, js_dup(JS_MKPTR(JS_TAG_MODULE, m)));
	if (JS_IsException(promise))
		return promise;
	r = JS_UNDEFINED;
	if (JS_PromiseState(ctx, promise) == JS_PROMISE_FULFILLED)
		r = JS_GetModuleNamespace(ctx, m);
	if (JS_PromiseState(ctx, promise) == JS_PROMISE_REJECTED) {
		JS_PromiseMarkAsHandled(ctx, promise);
		r = JS_Throw(ctx, JS_PromiseResult(ctx, promise));
	}
	JS_FreeValue(ctx, promise);
	return r;
}

static JSValue memory_used(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	return JS_NewInt64(ctx, (int64_t)ctx->rt->malloc_state.malloc_size);
}

#include "engine_errors.h"
#include "engine_jobs.h"
#include "engine_realms.h"

static const JSCFunctionListEntry functions[] = {
	JS_CFUNC_DEF("errorData", 2, error_data),
	JS_CFUNC_DEF("errorSites", 2, error_sites),
	JS_CFUNC_DEF("stackAccessor", 2, stack_accessor),
	JS_CFUNC_DEF("privateSymbol", 1, private_symbol),
	JS_CFUNC_DEF("classOf", 1, class_of),
	JS_CFUNC_DEF("promiseDetails", 1, promise_details),
	JS_CFUNC_DEF("proxyDetails", 1, proxy_details),
	JS_CFUNC_DEF("iteratorState", 1, iterator_state),
	JS_CFUNC_DEF("markHandled", 1, mark_handled),
	JS_CFUNC_DEF("getContext", 0, get_context),
	JS_CFUNC_DEF("setContext", 1, set_context),
	JS_CFUNC_DEF("runMicrotasks", 0, run_microtasks),
	JS_CFUNC_DEF("enqueueMicrotask", 1, enqueue_microtask),
	JS_CFUNC_DEF("importSync", 1, import_sync),
	JS_CFUNC_DEF("clone", 1, clone),
	JS_CFUNC_DEF("closureVariable", 2, closure_variable),
	JS_CFUNC_DEF("boundParts", 1, bound_parts),
	JS_CFUNC_DEF("realm", 0, realm_new),
	JS_CFUNC_DEF("realmGlobal", 1, realm_global),
	JS_CFUNC_DEF("realmScript", 3, realm_script),
	JS_CFUNC_DEF("setRejectionTracker", 1, set_rejection_tracker),
	JS_CFUNC_DEF("memoryUsed", 0, memory_used),
};

#define CLASS(name)                                                                                \
	{                                                                                          \
#name, JS_CLASS_##name                                                             \
	}
static const struct class_row {
	const char *name;
	int id;
} classes[] = {
	CLASS(ARRAY),
	CLASS(ERROR),
	CLASS(NUMBER),
	CLASS(STRING),
	CLASS(BOOLEAN),
	CLASS(SYMBOL),
	CLASS(ARGUMENTS),
	CLASS(MAPPED_ARGUMENTS),
	CLASS(DATE),
	CLASS(MODULE_NS),
	CLASS(GENERATOR_FUNCTION),
	CLASS(REGEXP),
	CLASS(ARRAY_BUFFER),
	CLASS(SHARED_ARRAY_BUFFER),
	CLASS(DATAVIEW),
	CLASS(BIG_INT),
	CLASS(MAP),
	CLASS(SET),
	CLASS(WEAKMAP),
	CLASS(WEAKSET),
	CLASS(MAP_ITERATOR),
	CLASS(SET_ITERATOR),
	CLASS(GENERATOR),
	CLASS(PROXY),
	CLASS(PROMISE),
	CLASS(ASYNC_FUNCTION),
	CLASS(ASYNC_GENERATOR_FUNCTION),
	CLASS(ASYNC_GENERATOR),
	CLASS(WEAK_REF),
	CLASS(CALL_SITE),
};

void engine_add(JSContext *ctx, JSValueConst target)
{
	static const JSClassDef realm_class = { "Realm", .finalizer = realm_finalize };
	JSValue ids = JS_NewObject(ctx);

	JS_NewClassID(ctx->rt, &realm_class_id);
	JS_NewClass(ctx->rt, realm_class_id, &realm_class);
	JS_SetClassProto(ctx, realm_class_id, JS_NewObject(ctx));
	embedder_data = stack_get = stack_set = JS_UNDEFINED;
	for (size_t i = 0; i < countof(classes); i++)
		JS_SetPropertyStr(ctx, ids, classes[i].name, js_int32(classes[i].id));
	JS_SetPropertyStr(ctx, target, "classes", ids);
	JS_SetPropertyStr(ctx, target, "callSitePrototype",
			  js_dup(ctx->class_proto[JS_CLASS_CALL_SITE]));
	JS_SetPropertyFunctionList(ctx, target, functions, countof(functions));
	set_value(ctx, &ctx->error_prepare_stack, JS_NewCFunction(ctx, keep_sites, "", 2));
}
