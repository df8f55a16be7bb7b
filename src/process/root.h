/* The private root: all that the engine's mount namespace holds.
 *
 *	/		tmpfs, read-only, empty but for:
 *	/module		the compiled module (a bind mount of one file, read-only)
 *	/dir/N		directory N of the process: a bind mount, or a private tmpfs
 *
 * No /proc, no /dev, no program, no library: an escape from a preopened directory ends here.
 *
 * Order (mount_namespaces(7)): root_open_sources() clones every source mount to a descriptor while
 * the host's tree is still in sight; root_enter() makes the tmpfs, attaches the clones, makes all
 * that is not writable read-only, and lets go of the host's tree. Both run in the cloned child.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ROOT_MODULE "/module"
#define ROOT_DIR_FORMAT "/dir/%zu"

enum { ROOT_DIRS_MAX = 64 };

struct root_dir {
	const char *host; /* absolute path of a directory, or NULL for a private tmpfs */
	bool writable;
	uint64_t size_max; /* of a tmpfs, in bytes; 0: the kernel's default */
	int mount_fd;	   /* set by root_open_sources */
};

struct root {
	const char *module; /* host path of the compiled module */
	int module_fd;	    /* set by root_open_sources */
	struct root_dir *dirs;
	size_t n_dirs;
	/* After a failure: what was being done; static text, or a path of this struct. */
	const char *failed;
};

int root_open_sources(struct root *root);
int root_enter(struct root *root);
