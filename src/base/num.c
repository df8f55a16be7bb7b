#include "base/num.h"

bool num_parse_u64(const char *s, uint64_t max, uint64_t *ret)
{
	uint64_t v = 0;

	if (!*s)
		return false;
	for (; *s; s++) {
		if (*s < '0' || *s > '9')
			return false;
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(*s - '0'), &v))
			return false;
	}
	if (v > max)
		return false;
	*ret = v;
	return true;
}

bool num_parse_u16(const char *s, uint16_t *ret)
{
	uint64_t v;

	if (!num_parse_u64(s, UINT16_MAX, &v))
		return false;
	*ret = (uint16_t)v;
	return true;
}
