/* Every argument of every socket function, wrong in each way that it can be.
 *
 * The cases come from the import tables: a function's row names its parameters, and each name has
 * what is good for it and what is bad. Each function is also called with good arguments, and with
 * each pointer as far up in memory as it may be: without these a refusal would prove nothing. After
 * a refusal the guest's memory is as it was. */
#include "talker.h"

enum how {
	GOOD,
	NOT_OPEN,	 /* the descriptor */
	A_FILE,		 /* the descriptor */
	OUTSIDE,	 /* the pointer, altogether */
	STRADDLING,	 /* the pointer's last byte */
	AT_END,		 /* the pointer, and this is fine */
	BUF_OUTSIDE,	 /* what the pointer leads to */
	BUF_TOO_LONG,	 /* likewise, its end */
	LEN_UNKNOWN,	 /* of an address: a length that no form has */
	COUNT_TOO_LARGE, /* of buffers */
	FLAG_UNKNOWN,
	LEN_TOO_SHORT, /* of an option's value */
	HOW_COUNT
};

static const char *const how_names[] = {
	[GOOD] = "good arguments",
	[NOT_OPEN] = "is not open",
	[A_FILE] = "is a file",
	[OUTSIDE] = "lies outside of memory",
	[STRADDLING] = "ends a byte behind memory",
	[AT_END] = "ends with memory",
	[BUF_OUTSIDE] = "leads outside of memory",
	[BUF_TOO_LONG] = "leads too far",
	[LEN_UNKNOWN] = "has a length of no form",
	[COUNT_TOO_LARGE] = "is more than memory holds",
	[FLAG_UNKNOWN] = "has another flag",
	[LEN_TOO_SHORT] = "is too short",
};
_Static_assert(ARRAY_LEN(how_names) == HOW_COUNT, "a name a way");

static const uint32_t errors[] = {
	[GOOD] = P1_SUCCESS,	      [NOT_OPEN] = P1_BADF,	 [A_FILE] = P1_NOTSOCK,
	[OUTSIDE] = P1_FAULT,	      [STRADDLING] = P1_FAULT,	 [AT_END] = P1_SUCCESS,
	[BUF_OUTSIDE] = P1_FAULT,     [BUF_TOO_LONG] = P1_FAULT, [LEN_UNKNOWN] = P1_INVAL,
	[COUNT_TOO_LARGE] = P1_FAULT, [FLAG_UNKNOWN] = P1_INVAL, [LEN_TOO_SHORT] = P1_INVAL,
};
_Static_assert(ARRAY_LEN(errors) == HOW_COUNT, "an error a way");

#define POINTER (1u << OUTSIDE | 1u << STRADDLING | 1u << AT_END)
#define ADDRESS (POINTER | 1u << BUF_OUTSIDE | 1u << BUF_TOO_LONG | 1u << LEN_UNKNOWN)
#define WAMRS(word) "WAMR " word /* a parameter that has another meaning there */

/* What can be wrong with a parameter of this name, and how long what it points to is. */
static const struct {
	const char *word;
	unsigned hows;
	uint32_t size;
	uint64_t good; /* where or what it is, unless prepare() says */
} words[] = {
	{ "fd", 1u << NOT_OPEN | 1u << A_FILE, 0, 0 },
	{ "iovs", POINTER | 1u << BUF_OUTSIDE | 1u << BUF_TOO_LONG, 8, IOVS },
	{ "n_iovs", 1u << COUNT_TOO_LARGE, 0, 1 },
	{ "addr", ADDRESS, 8, ADDR },
	{ WAMRS("addr"), POINTER, 24, ADDR },
	{ "group", POINTER, 20, ADDR },
	{ "ret_addr", POINTER, 24, OUT },
	{ "ret_fd", POINTER, 4, RET },
	{ "ret_n", POINTER, 4, RET },
	{ "ret_port", POINTER, 4, RET2 },
	{ "ret_type", POINTER, 4, RET3 },
	{ "ret_roflags", POINTER, 2, RET3 },
	{ "ret_microseconds", POINTER, 8, OUT },
	{ "ret_enabled", POINTER, 1, OUT },
	{ "ret_seconds", POINTER, 4, RET },
	{ "ret_value", POINTER, 1, OUT }, /* at least: size_of() */
	{ "value", POINTER, 4, OUT },
	{ WAMRS("value"), 0, 0, 1 },
	{ "len", 1u << LEN_TOO_SHORT, 0, 4 },
	{ "len_or_ptr", 1u << LEN_TOO_SHORT, 0, 4 },
	{ "fdflags", 1u << FLAG_UNKNOWN, 0, 0 },
	{ "riflags", 1u << FLAG_UNKNOWN, 0, 0 },
	{ "siflags", 1u << FLAG_UNKNOWN, 0, 0 },
	{ "how", 1u << FLAG_UNKNOWN, 0, 1 },
	{ "hints", POINTER, 28, BUF2 + 256 },
	{ WAMRS("hints"), POINTER, 12, BUF2 + 256 },
	{ "res", POINTER, 4, BUF2 + 512 },
	{ "node", POINTER, 9, PATH },
	{ WAMRS("node"), 1u << OUTSIDE, 0, PATH },
	{ "service", POINTER, 2, PATH2 },
	{ WAMRS("service"), 1u << OUTSIDE, 0, PATH2 },
	{ "ret_infos", POINTER, 28, OUT },
	{ "subscriptions", POINTER, 48, BUF2 },
	{ "ret_events", POINTER, 32, OUT },
	/* Numbers that cannot be wrong in a way of these. */
	{ "pool", 0, 0, UINT32_MAX },
	{ "port", 0, 0, 0 },
	{ "backlog", 0, 0, 4 },
	{ "level", 0, 0, 0 },
	{ "name", 0, 0, 0 },
	{ "max", 0, 0, 1 },
	{ "node_len", 0, 0, 9 },
	{ "service_len", 0, 0, 2 },
	{ "n_infos", 0, 0, 1 },
	{ "n", 0, 0, 1 },
	{ "is_ipv6", 0, 0, 0 },
	{ "interface", 0, 0, 0x0100007f },
	{ "microseconds", 0, 0, 1000 },
	{ "enabled", 0, 0, 1 },
	{ "seconds", 0, 0, 1 },
	{ "family", 0, 0, 1 },
	{ "type", 0, 0, 1 },
};

static bool is_of_wamr(const struct import *im)
{
	return im->dialects == DIALECT_WAMR;
}

static size_t word_find(const struct import *im, const char *word, size_t len)
{
	for (int wamrs = is_of_wamr(im); wamrs >= 0; wamrs--) {
		for (size_t i = 0; i < ARRAY_LEN(words); i++) {
			const char *name = words[i].word;

			if (wamrs != (strncmp(name, "WAMR ", 5) == 0))
				continue;
			name += wamrs ? 5 : 0;
			if (strlen(name) == len && memcmp(name, word, len) == 0)
				return i;
		}
	}
	fail_msg("%s: what is '%.*s'?", im->name, (int)len, word);
	return 0;
}

/* The row of a function's parameter. */
static size_t word_of(const struct import *im, size_t param)
{
	const char *word = im->args;

	while (param--)
		word += strcspn(word, " ") + 1;
	return word_find(im, word, strcspn(word, " "));
}

static bool name_has(const struct import *im, const char *part)
{
	return strstr(im->name, part) != NULL;
}

static bool name_is(const struct import *im, const char *name)
{
	size_t len = strlen(name);

	return strncmp(im->name, name, len) == 0 &&
	       (im->name[len] == '\0' || strcmp(im->name + len, "_v2") == 0);
}

static uint32_t size_of(const struct import *im, size_t param)
{
	static const char *const numbers[] = { "buf_size", "keep_idle", "keep_intvl" };
	size_t word = word_of(im, param);

	if (strcmp(words[word].word, "subscriptions") == 0 && im->dialects == DIALECT_UNSTABLE)
		return 56;
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		if (strcmp(words[word].word, "ret_value") == 0 && name_has(im, numbers[i]))
			return 4;
	}
	return words[word].size;
}

/* A descriptor that the function works on, in a state in which it does; and what stands at ADDR. */
static uint32_t prepare_fd(const struct talker *t, const struct import *im, uint32_t *ret_port)
{
	uint32_t a, b, port;

	if (name_is(im, "sock_accept") || name_is(im, "sock_connect")) {
		a = listening(t, 4, &port);
		*ret_port = port;
		b = name_is(im, "sock_accept") ? connected(t, 4, port) : opened(t, 4, SOCK_STREAM);
		put_where(t, "127.0.0.1", port);
		return name_is(im, "sock_accept") ? a : b;
	}
	if (name_is(im, "sock_bind") || name_is(im, "sock_listen") || name_has(im, "fastopen")) {
		a = opened(t, 4, SOCK_STREAM);
		put_where(t, "127.0.0.1", 0);
		return a;
	}
	if (name_is(im, "sock_recv_from") || name_is(im, "sock_send_to") ||
	    name_has(im, "multicast") || name_has(im, "membership")) {
		a = bound(t, 4, SOCK_DGRAM, &port);
		assert_int_equal(do_send_to(t, a, "four", "127.0.0.1", port), P1_SUCCESS);
		put_where(t, "224.0.0.123", 0);
		if (name_has(im, "drop_membership"))
			assert_int_equal(
				DO(t, "sock_set_ip_add_membership", "iii", a, ADDR, 0x0100007f),
				P1_SUCCESS);
		if (!name_has(im, "membership"))
			put_where(t, "127.0.0.1", port);
		*ret_port = port;
		return a;
	}
	if (name_has(im, "ipv6_only"))
		return opened(t, 6, SOCK_STREAM);
	paired(t, 4, &a, &b);
	if (name_is(im, "sock_recv"))
		assert_int_equal(do_send(t, b, "four"), P1_SUCCESS);
	put_where(t, "127.0.0.1", 0); /* a place, for names that are told */
	return a;
}

/* Good arguments, and the memory that they lead to. */
static void prepare(const struct talker *t, const struct import *im, uint64_t *args)
{
	enum { NODE = BUF2 + 600, SOCKADDR = BUF2 + 640, DATA = BUF2 + 660 };
	struct guest *g = t->g;
	uint32_t port = 0;
	uint32_t fd = prepare_fd(t, im, &port);

	for (size_t i = 0; im->params[i]; i++) {
		size_t word = word_of(im, i);

		args[i] = words[word].good;
		if (strcmp(words[word].word, "fd") == 0)
			args[i] = fd;
		if (strcmp(words[word].word, "port") == 0)
			args[i] = port;
	}
	memset(gmem_view(g->mem, BUF2, 1024), 0, 1024);
	put32(g, OUT, 1);
	if (name_has(im, "_getlocaladdr") || name_has(im, "_getpeeraddr") ||
	    name_is(im, "sock_recv_from"))
		if (!is_of_wamr(im))
			put32(g, ADDR + 4, im->dialects == DIALECT_WASMEDGE1 ? 16 : STORAGE);
	put_iov(g, 0, BUF, 4);
	(void)put_text(g, PATH, "host.test");
	(void)put_text(g, PATH2, "80");
	/* A stream is asked for. */
	if (is_of_wamr(im))
		memcpy(gmem_view(g->mem, BUF2 + 256, 9), "\1\0\0\0\2\0\0\0\1", 9);
	else
		*gmem_view(g->mem, BUF2 + 256 + 3, 1) = 2;
	put32(g, BUF2 + 512, NODE);
	put32(g, NODE + 12, SOCKADDR);
	put32(g, SOCKADDR + 8, DATA);
}

static void make_wrong(const struct talker *t, const struct import *im, size_t param, enum how how,
		       uint64_t *args)
{
	struct guest *g = t->g;
	uint64_t *arg = &args[param];
	uint32_t size = size_of(im, param);

	switch (how) {
	case NOT_OPEN:
		*arg = 999;
		break;
	case A_FILE:
		*arg = must_open(g, WORK, "file", 0, READ);
		break;
	case OUTSIDE:
		*arg = UINT32_MAX;
		break;
	case STRADDLING:
		*arg = MEM_SIZE - size + 1;
		break;
	case AT_END:
		memcpy(gmem_view(g->mem, MEM_SIZE - size, size), gmem_view(g->mem, *arg, size),
		       size);
		*arg = MEM_SIZE - size;
		break;
	case BUF_OUTSIDE:
		put32(g, (uint32_t)*arg, MEM_SIZE - 1);
		break;
	case BUF_TOO_LONG:
		put32(g, (uint32_t)*arg + 4, MEM_SIZE);
		break;
	case LEN_UNKNOWN:
		put32(g, (uint32_t)*arg + 4, 5);
		break;
	case COUNT_TOO_LARGE:
		*arg = UINT32_MAX;
		break;
	case FLAG_UNKNOWN:
		*arg = 256;
		break;
	case LEN_TOO_SHORT:
		*arg = 3;
		break;
	default:
		break;
	}
}

struct row {
	const struct import *import;
	size_t param;
	enum how how;
	struct guest *g;
};

static int row_setup(void **state)
{
	struct row *row = *state;
	void *g = NULL;
	int r = guest_setup(&g);

	row->g = g;
	return r;
}

static int row_teardown(void **state)
{
	struct row *row = *state;
	void *g = row->g;

	return guest_teardown(&g);
}

static void row_run(void **state)
{
	static uint8_t before[MEM_SIZE];
	const struct row *row = *state;
	const struct import *im = row->import;
	struct talker t = { row->g, is_of_wamr(im) ? FORM_WAMR : FORM_EDGE2 };
	uint64_t args[IMPORT_PARAMS_MAX] = { 0 };
	uint32_t r;

	prepare(&t, im, args);
	make_wrong(&t, im, row->param, row->how, args);
	memcpy(before, t.g->mem.base, MEM_SIZE);
	r = im->call(t.g->sys, t.g->mem, args);
	assert_int_equal(r, errors[row->how]);
	if (r != P1_SUCCESS)
		assert_memory_equal(before, t.g->mem.base, MEM_SIZE);
}

enum { ROWS_MAX = 4000 };

static struct CMUnitTest tests[ROWS_MAX];
static struct row rows[ROWS_MAX];
static size_t n_rows;

static void add_row(const struct import *im, size_t param, enum how how, const char *word)
{
	char *name; /* lives as long as the program */

	if (n_rows == ROWS_MAX || asprintf(&name, "%s(%s): %s%s%s", im->name, im->params, word,
					   *word ? " " : "", how_names[how]) < 0)
		abort();
	rows[n_rows] = (struct row){ .import = im, .param = param, .how = how };
	tests[n_rows] =
		(struct CMUnitTest){ name, row_run, row_setup, row_teardown, &rows[n_rows] };
	n_rows++;
}

static void add_function(const struct import *im)
{
	add_row(im, 0, GOOD, "");
	for (size_t i = 0; im->params[i]; i++) {
		size_t word = word_of(im, i);

		for (unsigned how = 0; how < HOW_COUNT; how++) {
			if (words[word].hows & 1u << how)
				add_row(im, i, (enum how)how, words[word].word);
		}
	}
}

int main(void)
{
	if (!enter_network())
		printf("# no network namespace: this runs on the machine's loopback\n");
	for (const struct import *im = import_next(NULL, NULL, NULL); im;
	     im = import_next(NULL, NULL, im)) {
		if (im->dialects == DIALECT_WASMRUN || !*im->results)
			continue; /* they have tests of their own, or cannot say what was wrong */
		if (strncmp(im->name, "sock_", 5) == 0 || name_has(im, "_oneoff"))
			add_function(im);
	}
	return _cmocka_run_group_tests("arguments", tests, n_rows, NULL, NULL);
}
