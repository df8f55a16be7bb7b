/* Compiles scripts to bytecode, natively, with the same QuickJS as the guest's.
 *
 * usage: mkblob OUT NAME=FILE...	a FILE that does not end in .js goes in as it is
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "blob.h"
#include "quickjs.h"

static void fail(const char *what, const char *name)
{
	fprintf(stderr, "mkblob: error: %s '%s'\n", what, name);
	exit(1);
}

static char *read_file(const char *path, size_t *ret_len)
{
	FILE *f = fopen(path, "rb");
	char *at;
	long len;

	if (!f || fseek(f, 0, SEEK_END) < 0 || (len = ftell(f)) < 0)
		fail("cannot read", path);
	rewind(f);
	at = malloc((size_t)len + 1);
	if (!at || fread(at, 1, (size_t)len, f) != (size_t)len)
		fail("cannot read", path);
	fclose(f);
	at[len] = 0;
	*ret_len = (size_t)len;
	return at;
}

static void put_number(FILE *out, size_t n)
{
	for (int i = 0; i < 4; i++)
		putc((int)(n >> 8 * i & 255), out);
}

static void put(FILE *out, const char *name, const void *at, size_t len)
{
	put_number(out, strlen(name));
	put_number(out, len);
	fwrite(name, 1, strlen(name), out);
	fwrite(at, 1, len, out);
}

static void compile(JSContext *ctx, FILE *out, const char *name, const char *source, size_t len)
{
	const char *parameters = blob_parameters(name);
	size_t size = len + strlen(parameters) + 32, code_len;
	char *text = malloc(size), file[256];
	JSValue function;
	uint8_t *code;

	if (!text)
		fail("no memory for", name);
	len = (size_t)snprintf(text, size, "(function (%s) {%s\n})", parameters, source);
	snprintf(file, sizeof file, "node:%s", name);
	function = JS_Eval(ctx, text, len, file, JS_EVAL_TYPE_GLOBAL | JS_EVAL_FLAG_COMPILE_ONLY);
	if (JS_IsException(function)) {
		JSValue e = JS_GetException(ctx);

		fprintf(stderr, "%s\n", JS_ToCString(ctx, e));
		fail("cannot compile", name);
	}
	code = JS_WriteObject(ctx, &code_len, function,
			      JS_WRITE_OBJ_BYTECODE | JS_WRITE_OBJ_STRIP_SOURCE);
	if (!code)
		fail("cannot write", name);
	put(out, name, code, code_len);
	js_free(ctx, code);
	JS_FreeValue(ctx, function);
	free(text);
}

static bool is_script(const char *file)
{
	size_t len = strlen(file);

	return len > 3 && strcmp(file + len - 3, ".js") == 0;
}

int main(int argc, char **argv)
{
	JSContext *ctx = JS_NewContext(JS_NewRuntime());
	FILE *out = argc > 2 ? fopen(argv[1], "wb") : NULL;

	if (!out)
		fail("cannot write", argc > 2 ? argv[1] : "OUT");
	for (int i = 2; i < argc; i++) {
		char *file = strchr(argv[i], '='), *source;
		size_t len;

		if (!file)
			fail("not NAME=FILE:", argv[i]);
		*file++ = 0;
		source = read_file(file, &len);
		if (!is_script(file))
			put(out, argv[i], source, len);
		else
			compile(ctx, out, argv[i], source, len);
		free(source);
	}
	put_number(out, 0);
	put_number(out, 0);
	if (fclose(out) != 0)
		fail("cannot write", argv[1]);
	return 0;
}
