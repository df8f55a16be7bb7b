/* Name lookups, which test_wasi_lookup.h answers. */
#include "behaviour.h"

/* Nodes from OUT on; the first result's address goes to `ret`, the number to *ret_n. */
static uint32_t look_up(const struct talker *t, const char *node, const char *service,
			uint32_t room, struct where *ret, uint32_t *ret_n)
{
	enum { HINTS = OUT, LIST = OUT + 64, NODES = OUT + 128, EACH = 128 };
	struct guest *g = t->g;
	uint8_t *hints = gmem_view(g->mem, HINTS, 28);
	uint8_t *p;
	uint32_t r;

	memset(gmem_view(g->mem, OUT, 65536), 0, 65536);
	if (is_wamr(t)) {
		gmem_store32(hints, 1);
		gmem_store32(hints + 4, 2);
		hints[8] = 1;
		(void)put_text(g, PATH, node);
		(void)put_text(g, PATH2, service);
		*gmem_view(g->mem, PATH + (uint32_t)strlen(node), 1) = 0;
		*gmem_view(g->mem, PATH2 + (uint32_t)strlen(service), 1) = 0;
		r = DO(t, "sock_addr_resolve", "iiiiii", PATH, PATH2, HINTS, NODES, room, RET);
		if (r == 0)
			get_wamr(gmem_view(g->mem, NODES, 24), ret);
		*ret_n = get32(g, RET);
		return r;
	}
	hints[3] = 2;
	put32(g, LIST, NODES);
	for (uint32_t i = 0; i < room; i++) {
		uint32_t at = NODES + i * EACH;

		put32(g, at + 12, at + 32);
		put32(g, at + 32 + 8, at + 64);
		put32(g, at + 24, at + EACH);
	}
	r = DO(t, "sock_getaddrinfo", "iiiiiiii", PATH_OF(g, node), PATH2_OF(g, service), HINTS,
	       LIST, room, RET);
	p = gmem_view(g->mem, NODES + 64, 26);
	*ret = (struct where){ .port = (uint32_t)p[0] << 8 | p[1] };
	if (r == 0)
		assert_non_null(inet_ntop(AF_INET, p + 2, ret->text, sizeof ret->text));
	*ret_n = get32(g, RET);
	return r;
}

static uint32_t lookup_name(const struct talker *t)
{
	struct where at;
	uint32_t n;
	uint32_t r = look_up(t, "host.test", "8080", 4, &at, &n);

	assert_string_equal(at.text, "192.0.2.7");
	assert_int_equal(at.port, 8080);
	assert_int_equal(n, 2);
	return r;
}

static uint32_t lookup_literal(const struct talker *t)
{
	struct where at;
	uint32_t n;
	uint32_t r = look_up(t, "203.0.113.9", "http", 4, &at, &n);

	assert_string_equal(at.text, "203.0.113.9");
	assert_int_equal(at.port, 80);
	return r;
}

/* WAMR tells how many there are, so that the guest can ask again; WasmEdge how many it stored. */
static uint32_t lookup_more_than_fits(const struct talker *t)
{
	struct where at;
	uint32_t n;
	uint32_t r = look_up(t, "many.test", "1", 3, &at, &n);

	assert_int_equal(n, is_wamr(t) ? SYS_LOOKUP_MAX : 3);
	return r;
}

static uint32_t lookup_denied(const struct talker *t)
{
	struct where at;
	uint32_t n;

	return look_up(t, "denied.test", "1", 1, &at, &n);
}

static uint32_t lookup_failed(const struct talker *t, const char *node, const char *service,
			      uint32_t edge, uint32_t wamr)
{
	struct where at;
	uint32_t n;
	uint32_t r = look_up(t, node, service, 1, &at, &n);

	assert_int_equal(r, is_wamr(t) ? wamr : edge);
	return P1_SUCCESS;
}

static uint32_t lookup_nobody(const struct talker *t)
{
	return lookup_failed(t, "nobody.test", "1", 84, P1_NOENT);
}

static uint32_t lookup_later(const struct talker *t)
{
	return lookup_failed(t, "later.test", "1", 78, P1_AGAIN);
}

static uint32_t lookup_no_service(const struct talker *t)
{
	return lookup_failed(t, "host.test", "no-service", 85, P1_INVAL);
}

const struct behaviour lookup_behaviours[] = {
	{ "a name is looked up", LOOKUP, lookup_name, OK },
	{ "a literal address and a service are looked up", LOOKUP, lookup_literal, OK },
	{ "more addresses than room are cut", LOOKUP, lookup_more_than_fits, OK },
	{ "a name that is not granted is EACCES", LOOKUP, lookup_denied, P1_ACCES },
	{ "a name that nobody has is told so", LOOKUP, lookup_nobody, OK },
	{ "a name server without an answer is told so", LOOKUP, lookup_later, OK },
	{ "a service that nobody has is told so", LOOKUP, lookup_no_service, OK },
	{ 0 },
};
