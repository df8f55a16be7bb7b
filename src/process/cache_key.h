/* The name of a compiled module: what it was made of, and what it is valid for. */
#pragma once

#include <nettle/sha2.h>

enum { CACHE_KEY_MAX = 2 * SHA256_DIGEST_SIZE + 1 + 16 + sizeof ".cwasm" };

/* "<SHA-256 of the module>-<hash of the engine's version and this machine's CPU features>.cwasm" */
void cache_key_format(const uint8_t module_sha256[SHA256_DIGEST_SIZE], char ret[CACHE_KEY_MAX]);
