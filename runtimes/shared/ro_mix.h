/* The part of scrypt that takes time and memory (RFC 7914, section 5). */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* `b` is 32 * r words, `v` has room for n + 1 times as many; `n` is a power of 2. */
void ro_mix(uint32_t *b, uint32_t *v, size_t n, size_t r);
