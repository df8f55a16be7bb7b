/* The import tables against the witx, and the choice by type. */
#include "test_wasi_guest.h"

/* Every function of wasi_snapshot_preview1.witx with its core type. */
static const char *const witx[][3] = {
	{ "args_get", "ii", "i" },
	{ "args_sizes_get", "ii", "i" },
	{ "environ_get", "ii", "i" },
	{ "environ_sizes_get", "ii", "i" },
	{ "clock_res_get", "ii", "i" },
	{ "clock_time_get", "iIi", "i" },
	{ "fd_advise", "iIIi", "i" },
	{ "fd_allocate", "iII", "i" },
	{ "fd_close", "i", "i" },
	{ "fd_datasync", "i", "i" },
	{ "fd_fdstat_get", "ii", "i" },
	{ "fd_fdstat_set_flags", "ii", "i" },
	{ "fd_fdstat_set_rights", "iII", "i" },
	{ "fd_filestat_get", "ii", "i" },
	{ "fd_filestat_set_size", "iI", "i" },
	{ "fd_filestat_set_times", "iIIi", "i" },
	{ "fd_pread", "iiiIi", "i" },
	{ "fd_prestat_get", "ii", "i" },
	{ "fd_prestat_dir_name", "iii", "i" },
	{ "fd_pwrite", "iiiIi", "i" },
	{ "fd_read", "iiii", "i" },
	{ "fd_readdir", "iiiIi", "i" },
	{ "fd_renumber", "ii", "i" },
	{ "fd_seek", "iIii", "i" },
	{ "fd_sync", "i", "i" },
	{ "fd_tell", "ii", "i" },
	{ "fd_write", "iiii", "i" },
	{ "path_create_directory", "iii", "i" },
	{ "path_filestat_get", "iiiii", "i" },
	{ "path_filestat_set_times", "iiiiIIi", "i" },
	{ "path_link", "iiiiiii", "i" },
	{ "path_open", "iiiiiIIii", "i" },
	{ "path_readlink", "iiiiii", "i" },
	{ "path_remove_directory", "iii", "i" },
	{ "path_rename", "iiiiii", "i" },
	{ "path_symlink", "iiiii", "i" },
	{ "path_unlink_file", "iii", "i" },
	{ "poll_oneoff", "iiii", "i" },
	{ "proc_exit", "i", "" },
	{ "proc_raise", "i", "i" },
	{ "sched_yield", "", "i" },
	{ "random_get", "ii", "i" },
	{ "sock_accept", "iii", "i" },
	{ "sock_recv", "iiiiii", "i" },
	{ "sock_send", "iiiii", "i" },
	{ "sock_shutdown", "ii", "i" },
};

static void preview1_has_all_46_functions_and_no_others(void **state)
{
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(witx); i++) {
		const struct import *im =
			import_find("wasi_snapshot_preview1", witx[i][0], witx[i][1], witx[i][2]);

		if (!im)
			fail_msg("%s is missing", witx[i][0]);
		assert_true(im->dialects & DIALECT_PREVIEW1);
	}
	for (const struct import *im = import_next(NULL, NULL, NULL); im;
	     im = import_next(NULL, NULL, im))
		n += (im->dialects & DIALECT_PREVIEW1) != 0;
	assert_int_equal(ARRAY_LEN(witx), 46);
	assert_int_equal(n, 46);
}

static void wasmedge_has_what_gos_net_imports(void **state)
{
	static const char *const wanted[][2] = {
		{ "sock_open", "iii" },
		{ "sock_bind", "iii" },
		{ "sock_listen", "ii" },
		{ "sock_connect", "iii" },
		{ "sock_getsockopt", "iiiii" },
		{ "sock_setsockopt", "iiiii" },
		{ "sock_getlocaladdr", "iii" },
		{ "sock_getpeeraddr", "iii" },
		{ "sock_recv_from", "iiiiiiii" },
		{ "sock_send_to", "iiiiiii" },
		{ "sock_getaddrinfo", "iiiiiiii" },
	};

	for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
		const struct import *im =
			import_find("wasi_snapshot_preview1", wanted[i][0], wanted[i][1], "i");

		if (!im)
			fail_msg("%s is missing", wanted[i][0]);
		assert_true(im->dialects & DIALECT_WASMEDGE2);
	}
}

/* The module before preview1 lacks sock_accept, and gives four functions another meaning. */
static void wasi_unstable_has_45_functions_with_its_own_forms(void **state)
{
	static const char *const changed[] = { "fd_seek", "fd_filestat_get", "path_filestat_get",
					       "poll_oneoff" };
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(witx); i++) {
		const struct import *im =
			import_find("wasi_unstable", witx[i][0], witx[i][1], witx[i][2]);

		n += im != NULL;
	}
	assert_int_equal(n, 45);
	assert_null(import_find("wasi_unstable", "sock_accept", "iii", "i"));
	assert_null(import_find("wasi_unstable", "sock_open", "iii", "i"));
	for (size_t i = 0; i < ARRAY_LEN(changed); i++) {
		const struct import *old = import_next("wasi_unstable", changed[i], NULL);

		assert_ptr_not_equal(old->call,
				     import_next("wasi_snapshot_preview1", changed[i], NULL)->call);
		assert_null(import_next("wasi_unstable", changed[i], old));
	}
}

static size_t count_functions(unsigned dialect, const char *prefix)
{
	size_t n = 0;

	for (const struct import *im = import_next(NULL, NULL, NULL); im;
	     im = import_next(NULL, NULL, im))
		n += im->dialects & dialect && strncmp(im->name, prefix, strlen(prefix)) == 0;
	return n;
}

static void wamr_has_all_52_functions(void **state)
{
	assert_int_equal(count_functions(DIALECT_WAMR, "sock_"), 52);
	assert_non_null(import_find("wasi_snapshot_preview1", "sock_set_recv_timeout", "iI", "i"));
	assert_non_null(import_find("wasi_snapshot_preview1", "sock_addr_resolve", "iiiiii", "i"));
}

/* The crate wasmedge_wasi_socket 0.5 imports all of these in one module. */
static void the_crates_mixture_finds_the_form_of_each_function(void **state)
{
	static const struct {
		const char *name;
		const char *params;
		unsigned dialect;
	} mixed[] = {
		{ "sock_open", "iii", DIALECT_WASMEDGE1 },
		{ "sock_accept", "ii", DIALECT_WASMEDGE1 },
		{ "sock_getpeeraddr", "iiii", DIALECT_WASMEDGE1 },
		{ "sock_getlocaladdr", "iiii", DIALECT_WASMEDGE1 },
		{ "sock_recv_from", "iiiiiiii", DIALECT_WASMEDGE2 },
		{ "sock_send_to", "iiiiiii", DIALECT_WASMEDGE2 },
		{ "epoll_oneoff", "iiii", DIALECT_WASMEDGE1 },
	};

	for (size_t i = 0; i < ARRAY_LEN(mixed); i++) {
		const struct import *im =
			import_find("wasi_snapshot_preview1", mixed[i].name, mixed[i].params, "i");

		if (!im)
			fail_msg("%s is missing", mixed[i].name);
		assert_true(im->dialects & mixed[i].dialect);
	}
	assert_non_null(import_find("wasi_snapshot_preview1", "sock_close", "i", ""));
	assert_non_null(import_find("wasi_snapshot_preview1", "sock_close", "i", "i"));
}

static void wasmedge_has_eleven_names_that_end_in_v2(void **state)
{
	static const char *const names[] = {
		"sock_open",	"sock_bind",	     "sock_connect",	 "sock_listen",
		"sock_accept",	"sock_recv",	     "sock_send",	 "sock_recv_from",
		"sock_send_to", "sock_getlocaladdr", "sock_getpeeraddr",
	};
	char name[64];

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const struct import *im;

		(void)snprintf(name, sizeof name, "%s_v2", names[i]);
		im = import_next("wasi_snapshot_preview1", name, NULL);
		if (!im)
			fail_msg("%s is missing", name);
		/* The same function as under the plain name with that type. */
		assert_ptr_equal(
			im->call,
			import_find("wasi_snapshot_preview1", names[i], im->params, "i")->call);
	}
	assert_int_equal(ARRAY_LEN(names), 11);
}

static void another_type_module_or_name_finds_nothing(void **state)
{
	assert_non_null(import_find("wasi_snapshot_preview1", "fd_read", "iiii", "i"));
	assert_null(import_find("wasi_snapshot_preview1", "fd_read", "iii", "i"));
	assert_null(import_find("wasi_snapshot_preview1", "fd_read", "iiiI", "i"));
	assert_null(import_find("wasi_snapshot_preview1", "fd_read", "iiii", ""));
	assert_null(import_find("wasi_snapshot_preview1", "fd_reads", "iiii", "i"));
	assert_null(import_find("env", "fd_read", "iiii", "i"));
}

static void every_row_describes_its_parameters(void **state)
{
	for (const struct import *im = import_next(NULL, NULL, NULL); im;
	     im = import_next(NULL, NULL, im)) {
		size_t words = *im->args ? 1 : 0;

		for (const char *p = im->args; *p; p++)
			words += *p == ' ';
		if (words != strlen(im->params))
			fail_msg("%s: %zu names for %zu parameters", im->name, words,
				 strlen(im->params));
		assert_true(strlen(im->params) <= IMPORT_PARAMS_MAX);
		assert_int_equal(strspn(im->params, "iI"), strlen(im->params));
		assert_non_null(im->call);
	}
}

static const char *module_of(const struct import *im)
{
	return im->dialects == DIALECT_UNSTABLE	 ? "wasi_unstable"
	       : im->dialects == DIALECT_WASMRUN ? "wasmrun_net"
						 : "wasi_snapshot_preview1";
}

static void no_type_is_there_twice(void **state)
{
	for (const struct import *im = import_next(NULL, NULL, NULL); im;
	     im = import_next(NULL, NULL, im))
		assert_ptr_equal(import_find(module_of(im), im->name, im->params, im->results), im);
}

static void a_name_lists_its_types_in_turn(void **state)
{
	const struct import *im = import_next("wasi_snapshot_preview1", "sock_open", NULL);

	assert_non_null(im);
	assert_string_equal(im->params, "iii");
	im = import_next("wasi_snapshot_preview1", "sock_open", im);
	assert_non_null(im);
	assert_string_equal(im->params, "iiii");
	assert_null(import_next("wasi_snapshot_preview1", "sock_open", im));
	assert_null(import_next("wasi_snapshot_preview1", "no_such_call", NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(preview1_has_all_46_functions_and_no_others),
		cmocka_unit_test(wasmedge_has_what_gos_net_imports),
		cmocka_unit_test(wasi_unstable_has_45_functions_with_its_own_forms),
		cmocka_unit_test(wamr_has_all_52_functions),
		cmocka_unit_test(the_crates_mixture_finds_the_form_of_each_function),
		cmocka_unit_test(wasmedge_has_eleven_names_that_end_in_v2),
		cmocka_unit_test(another_type_module_or_name_finds_nothing),
		cmocka_unit_test(every_row_describes_its_parameters),
		cmocka_unit_test(no_type_is_there_twice),
		cmocka_unit_test(a_name_lists_its_types_in_turn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
