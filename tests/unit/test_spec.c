/* The run specification, from one program to the other. */
#include "spec/spec.h"

#include "base/alloc.h"
#include "base/own.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void encode_example(struct buf *b)
{
	struct tcplisten listener;
	struct spec s;

	spec_init(&s);
	s.kind = SPEC_COMPONENT;
	s.module = xstrdup("/module");
	spec_add_arg(&s, "web");
	spec_add_arg(&s, "");
	spec_add_env(&s, "A=b=c");
	spec_add_dir(&s, "/dirs/0", "/", false);
	spec_add_dir(&s, "/dirs/1", "/tmp", true);
	assert_int_equal(tcplisten_parse("[::1]:8080,first", &listener, NULL), 0);
	spec_add_listener(&s, &listener);
	s.memory_max = 64 << 20;
	s.connections_max = 7;
	buf_init(b, SPEC_SIZE_MAX);
	assert_int_equal(spec_encode(&s, b), 0);
	spec_deinit(&s);
}

static void what_was_encoded_is_decoded(void **state)
{
	char text[TCPLISTEN_TEXT_MAX];
	struct spec s;
	struct buf b;

	encode_example(&b);
	assert_int_equal(spec_decode(&s, b.bytes, b.len, NULL), 0);
	assert_int_equal(s.kind, SPEC_COMPONENT);
	assert_string_equal(s.module, "/module");
	assert_int_equal(s.n_args, 2);
	assert_string_equal(s.args[0], "web");
	assert_string_equal(s.args[1], "");
	assert_int_equal(s.n_env, 1);
	assert_string_equal(s.env[0], "A=b=c");
	assert_int_equal(s.n_dirs, 2);
	assert_string_equal(s.dirs[0].path, "/dirs/0");
	assert_string_equal(s.dirs[0].guest, "/");
	assert_false(s.dirs[0].writable);
	assert_string_equal(s.dirs[1].guest, "/tmp");
	assert_true(s.dirs[1].writable);
	assert_int_equal(s.n_listeners, 1);
	assert_int_equal(s.memory_max, 64 << 20);
	assert_int_equal(s.connections_max, 7);
	assert_string_equal(tcplisten_format(&s.listeners[0], text), "[::1]:8080,first");
	spec_deinit(&s);
	buf_deinit(&b);
}

static void many_items_are_kept_in_order(void **state)
{
	struct spec s, decoded;
	struct buf b;

	spec_init(&s);
	s.module = xstrdup("m");
	for (int i = 0; i < 1000; i++) {
		AUTO_FREE char *arg = xprintf("%d", i);

		spec_add_arg(&s, arg);
	}
	buf_init(&b, SPEC_SIZE_MAX);
	assert_int_equal(spec_encode(&s, &b), 0);
	assert_int_equal(spec_decode(&decoded, b.bytes, b.len, NULL), 0);
	assert_int_equal(decoded.n_args, 1000);
	assert_string_equal(decoded.args[8], "8");
	assert_string_equal(decoded.args[999], "999");
	spec_deinit(&decoded);
	spec_deinit(&s);
	buf_deinit(&b);
}

static void a_specification_that_is_too_large_is_not_encoded(void **state)
{
	struct spec s;
	struct buf b;

	spec_init(&s);
	s.module = xstrdup("a module with a path that does not fit");
	buf_init(&b, 50);
	assert_int_equal(spec_encode(&s, &b), -ENOSPC);
	buf_deinit(&b);
	spec_deinit(&s);
}

static void every_cut_is_refused(void **state)
{
	struct buf b;

	encode_example(&b);
	for (size_t len = 0; len < b.len; len++) {
		struct err e = { 0 };
		struct spec s;

		assert_true(spec_decode(&s, b.bytes, len, &e) < 0);
		assert_non_null(strstr(e.text, "damaged"));
		assert_null(s.module);
		assert_int_equal(s.n_args, 0);
	}
	buf_deinit(&b);
}

#define BYTES(text) (const uint8_t *)text, sizeof(text) /* with the last string's NUL */

static void what_cannot_have_been_encoded_is_refused(void **state)
{
	static const struct {
		const uint8_t *bytes;
		size_t len;
	} cases[] = {
		{ BYTES("") },
		{ BYTES("wasmrun-spec\0002\0module\0m\0end\0") },
		{ BYTES("module\0m\0end\0") },
		{ BYTES("wasmrun-spec\0001\0wasmrun-spec\0001\0module\0m\0end\0") },
		{ BYTES("wasmrun-spec\0001\0end\0") },
		{ BYTES("wasmrun-spec\0001\0module\0m\0module\0n\0end\0") },
		{ BYTES("wasmrun-spec\0001\0module\0m\0kind\0other\0end\0") },
		{ BYTES("wasmrun-spec\0001\0module\0m\0color\0red\0end\0") },
		{ BYTES("wasmrun-spec\0001\0module\0m\0env\0novalue\0end\0") },
		{ BYTES("wasmrun-spec\0001\0module\0m\0dir-rw\0/x\0end\0") },
		{ BYTES("wasmrun-spec\0001\0module\0m\0tcplisten\0localhost:80\0end\0") },
		{ BYTES("wasmrun-spec\0001\0module\0m\0dir-guest\0/x\0end\0") },
		{ BYTES("wasmrun-spec\0001\0module\0m\0end\0\0more") },
	};
	struct spec s;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_true(spec_decode(&s, cases[i].bytes, cases[i].len, NULL) < 0);
	assert_int_equal(spec_decode(&s, BYTES("wasmrun-spec\0001\0module\0m\0end\0"), NULL), 0);
	spec_deinit(&s);
}

static void listeners_are_taken_and_told_in_one_form(void **state)
{
	static const struct {
		const char *text, *told; /* NULL: refused */
	} cases[] = {
		{ "8080", "127.0.0.1:8080" },
		{ "0.0.0.0:80,nonblock", "0.0.0.0:80,nonblock" },
		{ "[::1]:80,nonblock,first", "[::1]:80,first,nonblock" },
		{ "[::]:65535,first", "[::]:65535,first" },
		{ "", NULL },
		{ ":80", NULL },
		{ "0", NULL },
		{ "65536", NULL },
		{ "80,", NULL },
		{ "80,last", NULL },
		{ "80,first,first", NULL },
		{ "80,firs", NULL },
		{ "::1:80", NULL },
		{ "[::1]", NULL },
		{ "host.test:80", NULL },
		{ "127.0.0.1:80:80", NULL },
	};
	char text[TCPLISTEN_TEXT_MAX];
	struct tcplisten l;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct err e = { 0 };
		int r = tcplisten_parse(cases[i].text, &l, &e);

		if ((r == 0) != (cases[i].told != NULL))
			fail_msg("'%s': %d", cases[i].text, r);
		if (cases[i].told)
			assert_string_equal(tcplisten_format(&l, text), cases[i].told);
		else
			assert_non_null(strstr(e.text, "no address to listen on"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_encoded_is_decoded),
		cmocka_unit_test(many_items_are_kept_in_order),
		cmocka_unit_test(a_specification_that_is_too_large_is_not_encoded),
		cmocka_unit_test(every_cut_is_refused),
		cmocka_unit_test(listeners_are_taken_and_told_in_one_form),
		cmocka_unit_test(what_cannot_have_been_encoded_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
