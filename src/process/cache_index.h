/* Remembers what files held, so that one that has not changed since is not read again: a module, or
 * a compiled module that was found whole.
 *
 * A file of the cache folder for each of them, named by its device and inode: its size, its two
 * times, its first bytes and its SHA-256. As git's index does, it goes by the times, of which
 * nobody can set ctime; and what changed less than two seconds before it was read is not
 * remembered, since a further change might show the same times.
 */
#pragma once

#include "process/cache_dir.h"

#include <nettle/sha2.h>
#include <stdbool.h>
#include <stdint.h>

enum { FINGERPRINT_HEADER_LEN = 8 };

/* What one reading of a module told. */
struct fingerprint {
	uint8_t header[FINGERPRINT_HEADER_LEN]; /* zeroes behind a shorter file */
	uint8_t sha256[SHA256_DIGEST_SIZE];
};

/* Whether the open file's content is remembered. */
bool cache_index_find(const struct cache_dir *dir, int fd, struct fingerprint *ret);
/* Remembers it. `fd` has been read to its end since. What cannot be written is not remembered. */
void cache_index_store(const struct cache_dir *dir, int fd, const struct fingerprint *print);
