/* The guest's descriptors: which number stands for which kernel object.
 *
 * All dialects share this table. New descriptors get the lowest free number,
 * as POSIX promises and CPython's select() needs. Entries do not move, so a
 * pointer stays good until its number is closed or renumbered.
 */
#pragma once

#include "base/addr.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { TABLE_MAX = 32768 }; /* descriptors of one guest; RLIMIT_NOFILE is usually lower */

enum desc_kind {
	DESC_FREE,
	DESC_FILE, /* a file, device, pipe or terminal */
	DESC_DIR,
	DESC_SOCKET,
};

/* How much of a socket's local address we know better than the kernel does. After listen() the
 * supervisor may have put a listener of the host's behind the same number, and getsockname() would
 * then tell the host's address. */
enum local_known {
	LOCAL_NONE, /* nothing: ask the kernel */
	LOCAL_PORT, /* the port of `local`, the kernel's address */
	LOCAL_ALL,  /* `local` */
};

struct desc {
	enum desc_kind kind;
	int fd;		     /* owned, unless `shared` */
	mode_t type;	     /* S_IFMT bits, as fstat() told when it was opened */
	bool readable;	     /* opened for reading */
	bool writable;	     /* opened for writing */
	bool seekable;	     /* neither a pipe, a socket nor a terminal */
	bool read_only;	     /* lies beneath a directory that was granted read-only */
	bool shared;	     /* one of the user's 0 to 2: its O_NONBLOCK is never touched, ... */
	bool nonblock;	     /* ... this stands for it */
	const char *preopen; /* the guest's name of a granted directory; borrowed; else NULL */
	bool precedes_dirs;  /* a listener whose number is below the directories' */
	int family;	     /* of a socket: AF_INET, AF_INET6, ... */
	int sock_type;	     /* SOCK_STREAM, SOCK_DGRAM, ... */
	bool listening;
	enum local_known local_known;
	struct addr local;
	/* Of a Unix socket: the pathnames by which the guest bound it and reached its peer; owned;
	 * NULL where the kernel knows the name as the guest does. */
	char *unix_local;
	char *unix_peer;
	uint32_t poll_slot; /* scratch of poll.c */
};

struct table {
	struct desc *slots; /* TABLE_MAX of them; pages that no descriptor used cost nothing */
	uint64_t used[TABLE_MAX / 64]; /* bit n: number n is taken */
};

/* -ENOMEM */
int table_init(struct table *t);
void table_deinit(struct table *t);

static inline struct desc *table_get(struct table *t, uint32_t number)
{
	if (number >= TABLE_MAX || t->slots[number].kind == DESC_FREE)
		return NULL;
	return &t->slots[number];
}

/* The open descriptors in turn, from number *at on, which is moved behind the one returned; NULL at
 * the end. */
struct desc *table_next(struct table *t, uint32_t *at);

/* Closes what a descriptor that is not in the table owns. */
void desc_close(struct desc *d);

/* Takes over what `d` owns. -EMFILE when the table is full; the caller keeps it then. */
int table_add(struct table *t, const struct desc *d, uint32_t *ret_number);
/* Likewise under this number, which must be free. */
void table_put(struct table *t, uint32_t number, const struct desc *d);
/* -EBADF if there is no such descriptor. */
int table_close(struct table *t, uint32_t number);
/* Closes `to` and gives its number to `from`. Both must be open (-EBADF); equal numbers are
 * fine. */
int table_renumber(struct table *t, uint32_t from, uint32_t to);
