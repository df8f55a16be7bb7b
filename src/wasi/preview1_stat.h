/* preview1's descriptions of files: filestat, fdstat, timestamps to set. */
#pragma once

#include <stdint.h>
#include <sys/stat.h>
#include <time.h>

#include "wasi/table.h"

enum {
	PREVIEW1_FILESTAT_SIZE = 64,
	PREVIEW1_FDSTAT_SIZE = 24,
	PREVIEW1_DIRENT_SIZE = 24,
};

/* filestat: dev u64@0, ino u64@8, filetype u8@16, nlink u64@24, size u64@32, atim@40, mtim@48,
 * ctim@56. */
void preview1_filestat_store(uint8_t *p, const struct stat *st, uint8_t filetype);
/* fdstat: filetype u8@0, flags u16@2, rights_base u64@8, rights_inheriting u64@16. `flags` are
 * open(2)'s. */
void preview1_fdstat_store(uint8_t *p, const struct desc *d, int flags);
/* Flags and two times to what utimensat(2) takes. -EINVAL if a time is both given and now. */
int preview1_times_load(uint64_t atim, uint64_t mtim, uint32_t fstflags, struct timespec ret[2]);
/* fdflags to open(2)'s flags, and back. -EINVAL for a flag that there is not. */
int preview1_fdflags_load(uint32_t fdflags, int *ret_flags);
uint16_t preview1_fdflags(int flags);
