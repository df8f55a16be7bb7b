/* Strict numbers: the whole string is a number in range, or it is refused. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Decimal digits only: no sign, no space, no leading '+', nothing behind. Overflow is refused. */
bool num_parse_u64(const char *s, uint64_t max, uint64_t *ret);
bool num_parse_u16(const char *s, uint16_t *ret);
