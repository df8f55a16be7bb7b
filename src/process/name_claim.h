/* Names of running processes: each is one process's among those of its user.
 *
 * A file in the state folder has a record for each running process. Whoever holds the lock on a
 * record (F_OFD_SETLK in fcntl(2)) has the name in it; a record that nobody has locked is free. So
 * there is nothing to clean up: the kernel drops the lock when the last holder of the descriptor,
 * the supervisor or pid 1, has ended, whatever ended it. The lock on record 0 guards the others.
 */
#pragma once

#include "base/err.h"
#include "net/pin.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct name_claim {
	int fd; /* owned, and of this claim alone; -EBADF as long as there is no claim */
	char wanted[PIN_NAME_MAX];
	char name[PIN_NAME_MAX]; /* "WANTED", or "WANTED-2" and so on if that is taken */
};

#define NAME_CLAIM_EMPTY ((struct name_claim){ .fd = -EBADF })

/* Claims "PREFIX-NAME"; what `c` claimed before is given up unless it is that. With `is_chosen` a
 * name that is taken is an error, which says what to do. */
int name_claim_take(struct name_claim *c, const char *prefix, const char *name, bool is_chosen,
		    struct err *e);
void name_claim_release(struct name_claim *c);

struct named_process {
	char name[PIN_NAME_MAX]; /* with its prefix */
	size_t own_at;		 /* where the name behind the prefix begins */
	pid_t pid;		 /* of the supervisor */
	int64_t started_s;	 /* when the name was claimed (CLOCK_BOOTTIME) */
};

/* The processes that have names now. The caller frees *ret. */
int name_claim_list(struct named_process **ret, size_t *ret_n, struct err *e);
