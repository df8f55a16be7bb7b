/* What a call may change of the guest's memory: what its arguments name, by the words that the
 * import tables have for them, and nothing at all if it fails. */
#pragma once

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wasi/imports.h"

#define REQUIRE(what)                                                                              \
	do {                                                                                       \
		if (!(what)) {                                                                     \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #what);                 \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

enum {
	CHANGES_MEM_MAX = 65536,
	CHANGES_RANGES_MAX = IOV_MAX + IMPORT_PARAMS_MAX,
	RESULT_SIZE = 64, /* no result is larger */
};

struct changes {
	uint8_t before[CHANGES_MEM_MAX];
	size_t n;
	struct {
		uint64_t at, len;
	} ranges[CHANGES_RANGES_MAX]; /* that may change */
};

static inline void changes_allow(struct changes *c, struct gmem mem, uint64_t at, uint64_t len)
{
	if (at > mem.size)
		return;
	if (len > mem.size - at)
		len = mem.size - at;
	c->ranges[c->n].at = at;
	c->ranges[c->n++].len = len;
}

/* A place {ptr u32@0, len u32@4} at `at`. */
static inline void changes_allow_place(struct changes *c, struct gmem mem, uint64_t at)
{
	const uint8_t *p = gmem_view(mem, at, 8);

	if (p)
		changes_allow(c, mem, gmem_load32(p), gmem_load32(p + 4));
}

static inline bool word_is(const char *word, const char *text)
{
	return strncmp(word, text, strlen(text)) == 0 &&
	       (word[strlen(text)] == ' ' || word[strlen(text)] == '\0');
}

static inline void changes_allow_arg(struct changes *c, struct gmem mem, const char *word,
				     const uint64_t *arg)
{
	uint64_t n = arg[1] < IOV_MAX ? arg[1] : IOV_MAX;

	if (word_is(word, "ret_events"))
		changes_allow(c, mem, arg[0], arg[1] * 32);
	else if (word_is(word, "ret_infos"))
		changes_allow(c, mem, arg[0], arg[1] * 28);
	else if (strncmp(word, "ret_", 4) == 0)
		changes_allow(c, mem, arg[0], RESULT_SIZE);
	else if (word_is(word, "buf") || word_is(word, "name") || word_is(word, "argv") ||
		 word_is(word, "argv_buf") || word_is(word, "environ") ||
		 word_is(word, "environ_buf"))
		changes_allow(c, mem, arg[0], word[0] == 'b' || word[0] == 'n' ? arg[1] : 64);
	else if (word_is(word, "value"))
		changes_allow(c, mem, arg[0], 128);
	else if (word_is(word, "len_or_ptr"))
		changes_allow(c, mem, arg[0], 4);
	else if (word_is(word, "addr"))
		changes_allow_place(c, mem, arg[0]);
	for (uint64_t i = 0; word_is(word, "iovs") && i < n; i++)
		changes_allow_place(c, mem, arg[0] + i * 8);
}

/* To be called before the call: it may overwrite the places that say where it may write. */
static inline void changes_expect(struct changes *c, struct gmem mem, const struct import *im,
				  const uint64_t *args)
{
	const char *word = im->args;

	memcpy(c->before, mem.base, mem.size);
	c->n = 0;
	for (size_t i = 0; im->params[i]; i++) {
		changes_allow_arg(c, mem, word, &args[i]);
		word += strcspn(word, " ");
		word += *word == ' ';
	}
}

/* A call that stores a list, which an argument does not measure, or that fails half-way, is not
 * judged. */
static inline void changes_check(struct changes *c, struct gmem mem, const struct import *im,
				 uint32_t result)
{
	if (strcmp(im->name, "sock_getaddrinfo") == 0 || strcmp(im->name, "fd_readdir") == 0)
		return;
	for (size_t i = 0; result == 0 && i < c->n; i++)
		memcpy(c->before + c->ranges[i].at, mem.base + c->ranges[i].at, c->ranges[i].len);
	if (memcmp(c->before, mem.base, mem.size) != 0)
		fprintf(stderr, "%s (%s) returned %u\n", im->name, im->params, result);
	REQUIRE(memcmp(c->before, mem.base, mem.size) == 0);
}
