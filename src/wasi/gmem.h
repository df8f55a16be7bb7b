/* The guest's linear memory, seen through bounds checks.
 *
 * Nothing else in this program touches guest memory. A view is valid until the
 * guest runs again (its memory may move when it grows), so no view outlives
 * the call that made it. Every pointer of a call is checked before its system
 * call is made: a datagram that was received and then lost to EFAULT is gone.
 * Addresses and lengths are the guest's, so any value may come; integers are
 * little-endian and need no alignment (WebAssembly core, "Memory Instructions").
 */
#pragma once

#include <endian.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct gmem {
	uint8_t *base; /* borrowed from the engine for one call */
	uint64_t size; /* bytes that may be touched from base on */
};

/* The host's pointer to `len` bytes at `ptr`, or NULL if they are not all inside. A view of no
 * bytes is never NULL when `ptr` is at most the size. */
static inline uint8_t *gmem_view(struct gmem mem, uint64_t ptr, uint64_t len)
{
	if (ptr > mem.size || len > mem.size - ptr)
		return NULL;
	return mem.base + ptr;
}

static inline bool gmem_holds(struct gmem mem, uint64_t ptr, uint64_t len)
{
	return gmem_view(mem, ptr, len) != NULL;
}

/* Loads and stores take a pointer into a view that is known to be large enough. */

static inline uint16_t gmem_load16(const uint8_t *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof v);
	return le16toh(v);
}

static inline uint32_t gmem_load32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof v);
	return le32toh(v);
}

static inline uint64_t gmem_load64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof v);
	return le64toh(v);
}

static inline void gmem_store16(uint8_t *p, uint16_t v)
{
	v = htole16(v);
	memcpy(p, &v, sizeof v);
}

static inline void gmem_store32(uint8_t *p, uint32_t v)
{
	v = htole32(v);
	memcpy(p, &v, sizeof v);
}

static inline void gmem_store64(uint8_t *p, uint64_t v)
{
	v = htole64(v);
	memcpy(p, &v, sizeof v);
}
