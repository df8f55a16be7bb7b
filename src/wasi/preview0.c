/* wasi_unstable ("preview0"): what differs from the snapshot after it. The functions themselves
 * stand beside their younger forms. */
#include "wasi/preview1_calls.h"

#define ROW(name, params, args)                                                                    \
	{                                                                                          \
#name, params, "i", args, DIALECT_UNSTABLE, p0_##name                              \
	}

const struct import preview0_imports[] = {
	ROW(fd_seek, "iIii", "fd offset whence ret_offset"),
	ROW(fd_filestat_get, "ii", "fd ret_filestat"),
	ROW(path_filestat_get, "iiiii", "fd lookupflags path path_len ret_filestat"),
	ROW(poll_oneoff, "iiii", "subscriptions ret_events n ret_n"),
	{ 0 },
};
