/* preview1's descriptions of files: filestat, fdstat, timestamps to set. */
#pragma once

#include <stdint.h>
#include <sys/stat.h>
#include <time.h>

#include "wasi/table.h"

enum {
	PREVIEW1_FDSTAT_SIZE = 24,
	PREVIEW1_DIRENT_SIZE = 24,
};

/* How a snapshot lays filestat out. */
struct filestat_form {
	uint32_t size;
	void (*store)(uint8_t *p, const struct stat *st, uint8_t filetype);
};

extern const struct filestat_form preview1_filestat;
extern const struct filestat_form preview0_filestat; /* wasi_unstable's */
/* fdstat: filetype u8@0, flags u16@2, rights_base u64@8, rights_inheriting u64@16. `flags` are
 * open(2)'s. */
void preview1_fdstat_store(uint8_t *p, const struct desc *d, int flags);
/* Flags and two times to what utimensat(2) takes. -EINVAL if a time is both given and now. */
int preview1_times_load(uint64_t atim, uint64_t mtim, uint32_t fstflags, struct timespec ret[2]);
/* fdflags to open(2)'s flags, and back. -EINVAL for a flag that there is not. */
int preview1_fdflags_load(uint32_t fdflags, int *ret_flags);
uint16_t preview1_fdflags(int flags);
