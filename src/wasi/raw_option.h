/* Socket options that no dialect names, by Linux's own numbers: what our SDK for C passes on.
 *
 * They come through WasmEdge's two calls, with Linux's level raised by RAW_LEVEL and the value as
 * Linux has it (docs/sdk.md). Only options of the list in raw_option.c pass.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
	RAW_LEVEL = 0x10000,
	RAW_VALUE_MAX = 32, /* bytes of a value; the longest is a struct ipv6_mreq */
};

static inline bool raw_option_is(uint32_t level)
{
	return level >> 16 == RAW_LEVEL >> 16;
}

/* `level` is Linux's. */
bool raw_option_is_allowed(int level, int name, int sock_type);
