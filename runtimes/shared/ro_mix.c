#include "ro_mix.h"

/* Without the C library's headers, which not every runtime is compiled with. */
static void copy(uint32_t *to, const uint32_t *from, size_t n_words)
{
	for (size_t i = 0; i < n_words; i++)
		to[i] = from[i];
}

static uint32_t rotate(uint32_t v, int n)
{
	return v << n | v >> (32 - n);
}

static void salsa8(uint32_t b[16])
{
	static const uint8_t steps[][4] = {
		{ 4, 0, 12, 7 },   { 8, 4, 0, 9 },    { 12, 8, 4, 13 },	  { 0, 12, 8, 18 },
		{ 9, 5, 1, 7 },	   { 13, 9, 5, 9 },   { 1, 13, 9, 13 },	  { 5, 1, 13, 18 },
		{ 14, 10, 6, 7 },  { 2, 14, 10, 9 },  { 6, 2, 14, 13 },	  { 10, 6, 2, 18 },
		{ 3, 15, 11, 7 },  { 7, 3, 15, 9 },   { 11, 7, 3, 13 },	  { 15, 11, 7, 18 },
		{ 1, 0, 3, 7 },	   { 2, 1, 0, 9 },    { 3, 2, 1, 13 },	  { 0, 3, 2, 18 },
		{ 6, 5, 4, 7 },	   { 7, 6, 5, 9 },    { 4, 7, 6, 13 },	  { 5, 4, 7, 18 },
		{ 11, 10, 9, 7 },  { 8, 11, 10, 9 },  { 9, 8, 11, 13 },	  { 10, 9, 8, 18 },
		{ 12, 15, 14, 7 }, { 13, 12, 15, 9 }, { 14, 13, 12, 13 }, { 15, 14, 13, 18 },
	};
	uint32_t x[16];

	copy(x, b, 16);
	for (int round = 0; round < 4; round++)
		for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
			x[steps[i][0]] ^= rotate(x[steps[i][1]] + x[steps[i][2]], steps[i][3]);
	for (int i = 0; i < 16; i++)
		b[i] += x[i];
}

/* `b` and `y` are 2 * r blocks of 16 words. */
static void block_mix(uint32_t *b, uint32_t *y, size_t r)
{
	uint32_t x[16];

	copy(x, b + (2 * r - 1) * 16, 16);
	for (size_t i = 0; i < 2 * r; i++) {
		for (int j = 0; j < 16; j++)
			x[j] ^= b[i * 16 + (size_t)j];
		salsa8(x);
		copy(y + (i / 2 + (i & 1) * r) * 16, x, 16);
	}
	copy(b, y, 2 * r * 16);
}

void ro_mix(uint32_t *b, uint32_t *v, size_t n, size_t r)
{
	size_t words = 32 * r;
	uint32_t *y = v + n * words;

	for (size_t i = 0; i < n; i++) {
		copy(v + i * words, b, words);
		block_mix(b, y, r);
	}
	for (size_t i = 0; i < n; i++) {
		const uint32_t *from = v + (b[(2 * r - 1) * 16] & (n - 1)) * words;

		for (size_t j = 0; j < words; j++)
			b[j] ^= from[j];
		block_mix(b, y, r);
	}
}
