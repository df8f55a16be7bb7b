#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Decimal digits only. False for anything else, and beyond `max`. */
static inline bool number_parse(const char *text, uint32_t max, uint32_t *ret)
{
	uint64_t n = 0;

	if (!*text)
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return false;
		n = n * 10 + (uint64_t)(*text - '0');
		if (n > max)
			return false;
	}
	*ret = (uint32_t)n;
	return true;
}
