/* One callback serves every import; what it calls is in the import's binding. It is the hot path
 * of a server: it looks nothing up by name, and allocates nothing unless the guest ends. */
#include "engine/link.h"

#include "base/alloc.h"
#include "base/log.h"
#include "wasi/imports.h"

#include <stdio.h>
#include <string.h>

struct binding {
	const struct import *import;
	struct link *link;
};

struct link {
	struct sys *sys;
	struct binding *bindings; /* of `externs`, in the same order */
	wasmtime_extern_t *externs;
	size_t n;
	wasmtime_memory_t memory; /* the guest's, once `memory_found` */
	bool memory_found;
};

/* The memory cannot be looked up before the module is instantiated, but its start function may
 * call us even then. */
static bool find_memory(struct link *l, wasmtime_caller_t *caller)
{
	wasmtime_extern_t item;

	if (!wasmtime_caller_export_get(caller, "memory", strlen("memory"), &item))
		return false;
	if (item.kind == WASMTIME_EXTERN_MEMORY) {
		l->memory = item.of.memory;
		l->memory_found = true;
	}
	wasmtime_extern_delete(&item);
	return l->memory_found;
}

/* Memory may move whenever the guest runs, so each call asks anew. */
static struct gmem guest_memory(struct link *l, wasmtime_caller_t *caller)
{
	wasmtime_context_t *store = wasmtime_caller_context(caller);

	if (!l->memory_found && !find_memory(l, caller))
		return (struct gmem){ NULL, 0 };
	return (struct gmem){
		.base = wasmtime_memory_data(store, &l->memory),
		.size = wasmtime_memory_data_size(store, &l->memory),
	};
}

static wasm_trap_t *host_call(void *env, wasmtime_caller_t *caller, wasmtime_val_raw_t *raw,
			      size_t n_raw)
{
	const struct binding *b = env;
	const char *params = b->import->params;
	uint64_t args[IMPORT_PARAMS_MAX];
	uint32_t result, exit_code;

	for (size_t i = 0; params[i]; i++)
		args[i] = params[i] == 'I' ? (uint64_t)raw[i].i64 : (uint32_t)raw[i].i32;
	result = b->import->call(b->link->sys, guest_memory(b->link, caller), args);
	if (sys_exit_status(b->link->sys, &exit_code))
		return wasmtime_trap_new(
			"exit", strlen("exit")); /* unwinds the guest; nobody reads the words */
	if (b->import->results[0])
		raw[0].i32 = (int32_t)result;
	return NULL;
}

static char type_letter(const wasm_valtype_t *type)
{
	switch (wasm_valtype_kind(type)) {
	case WASM_I32:
		return 'i';
	case WASM_I64:
		return 'I';
	case WASM_F32:
		return 'f';
	case WASM_F64:
		return 'F';
	default:
		return 'r';
	}
}

/* One letter a type, as in wasi/imports.h. Cut at the size: no import of ours has as many. */
static void type_letters(const wasm_valtype_vec_t *types, size_t size, char *ret)
{
	size_t n = types->size < size ? types->size : size - 1;

	for (size_t i = 0; i < n; i++)
		ret[i] = type_letter(types->data[i]);
	ret[n] = '\0';
}

static const char *letter_name(char letter)
{
	switch (letter) {
	case 'i':
		return "i32";
	case 'I':
		return "i64";
	case 'f':
		return "f32";
	case 'F':
		return "f64";
	default:
		return "ref";
	}
}

static size_t append(char *out, size_t size, size_t len, const char *text)
{
	int n = snprintf(out + len, size - len, "%s", text);

	return len + (size_t)n < size ? len + (size_t)n : size - 1;
}

/* "(i32, i64) -> i32", behind the first `len` bytes of `out`. */
static size_t append_type(char *out, size_t size, size_t len, const char *params,
			  const char *results)
{
	len = append(out, size, len, "(");
	for (size_t i = 0; params[i]; i++) {
		len = append(out, size, len, i ? ", " : "");
		len = append(out, size, len, letter_name(params[i]));
	}
	len = append(out, size, len, ")");
	for (size_t i = 0; results[i]; i++) {
		len = append(out, size, len, i ? ", " : " -> ");
		len = append(out, size, len, letter_name(results[i]));
	}
	return len;
}

/* The names are the module's, so they are bounded and escaped for the message. */
static int missing(const char *module, const char *name, const char *params, const char *results,
		   struct err *e)
{
	const struct import *i = import_next(module, name, NULL);
	char module_text[120], name_text[120], types[512];
	size_t len;

	log_escape(module_text, sizeof module_text, module, strlen(module));
	log_escape(name_text, sizeof name_text, name, strlen(name));
	len = append_type(types, sizeof types, 0, params, results);
	len = append(types, sizeof types, len,
		     i ? ", but wasmrun has it as " : ", which wasmrun does not have");
	for (; i; i = import_next(module, name, i)) {
		len = append_type(types, sizeof types, len, i->params, i->results);
		len = append(types, sizeof types, len, import_next(module, name, i) ? " or " : "");
	}
	return err_exit(e, EXIT_CANNOT_RUN,
			err_set(e, 0, "the module imports '%s' of '%s' as %s", name_text,
				module_text, types));
}

/* Longer than any import of ours, so that a cut name matches none. */
enum { NAME_MAX_LEN = 256, TYPES_MAX = 64 };

static void copy_name(const wasm_name_t *name, char ret[static NAME_MAX_LEN])
{
	size_t len = name->size < NAME_MAX_LEN ? name->size : NAME_MAX_LEN - 1;

	/* A NUL inside cuts the name too, but must not turn it into another one that we have. */
	memcpy(ret, name->data, len);
	for (size_t i = 0; i < len; i++)
		if (!ret[i])
			ret[i] = '?';
	ret[len] = '\0';
}

static int bind_import(struct link *l, wasmtime_context_t *store, const wasm_importtype_t *wanted,
		       struct err *e)
{
	const wasm_functype_t *type =
		wasm_externtype_as_functype_const(wasm_importtype_type(wanted));
	char module[NAME_MAX_LEN], name[NAME_MAX_LEN], params[TYPES_MAX], results[TYPES_MAX];
	struct binding *b = &l->bindings[l->n];

	copy_name(wasm_importtype_module(wanted), module);
	copy_name(wasm_importtype_name(wanted), name);
	if (!type)
		return err_exit(e, EXIT_CANNOT_RUN,
				err_set(e, 0,
					"the module imports '%s' of '%s', which is not a function, "
					"and wasmrun "
					"provides only functions",
					name, module));
	type_letters(wasm_functype_params(type), sizeof params, params);
	type_letters(wasm_functype_results(type), sizeof results, results);
	b->import = import_find(module, name, params, results);
	if (!b->import)
		return missing(module, name, params, results, e);
	b->link = l;
	l->externs[l->n].kind = WASMTIME_EXTERN_FUNC;
	wasmtime_func_new_unchecked(store, type, host_call, b, NULL, &l->externs[l->n].of.func);
	l->n++;
	return 0;
}

int link_new(wasmtime_context_t *store, const wasmtime_module_t *module, struct sys *sys,
	     struct link **ret, struct err *e)
{
	AUTO(link_free) struct link *l = xalloc(sizeof *l);
	wasm_importtype_vec_t imports;
	int r = 0;

	wasmtime_module_imports(module, &imports);
	l->sys = sys;
	l->bindings = xalloc((imports.size + 1) * sizeof *l->bindings);
	l->externs = xalloc((imports.size + 1) * sizeof *l->externs);
	for (size_t i = 0; r == 0 && i < imports.size; i++)
		r = bind_import(l, store, imports.data[i], e);
	wasm_importtype_vec_delete(&imports);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(l);
	return 0;
}

struct link *link_free(struct link *l)
{
	if (!l)
		return NULL;
	free(l->externs);
	free(l->bindings);
	free(l);
	return NULL;
}

const wasmtime_extern_t *link_imports(const struct link *l, size_t *ret_n)
{
	*ret_n = l->n;
	return l->externs;
}
