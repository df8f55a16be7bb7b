/* Unix-domain sockets: from the guest's names to the kernel's, and back.
 *
 * A pathname lies beneath the directories that the guest was granted, as a
 * file's does: the granted directory with the longest name in front of it is
 * taken, as libraries do, and the parent is opened beneath that (wasi/path.h).
 * Linux has no bindat() and the guest's file system no /proc, so this process
 * goes to the parent for the length of one call, and the kernel, and below us
 * the supervisor, get the last component alone. What follows the last component,
 * connecting and sending, refuses a symbolic link; between that check and the
 * call only someone else who may write the same directory could put one there.
 *
 * The kernel tells that last component as the socket's name. The guest's own
 * path is kept with its descriptor.
 *
 * An abstract name has no place but the network namespace, and is passed on.
 */
#pragma once

#include <sys/un.h>

#include "wasi/table.h"

enum { UNIX_NAME_MAX = 126 }; /* the longest that a dialect can pass */

/* A path; or a NUL and an abstract name; or nothing, for a socket without a name. */
struct unix_name {
	size_t len; /* without the NUL behind a path */
	char bytes[UNIX_NAME_MAX + 1];
};

enum unix_use {
	UNIX_BIND,  /* makes the name */
	UNIX_REACH, /* connects or sends to it */
};

/* A name as the kernel takes it, for as long as this process is where that holds. */
struct unix_place {
	struct sockaddr_un sun;
	socklen_t len;
	int back_fd; /* the working directory to return to; -EBADF if it was not left */
};

/* -ENOENT if no granted directory holds it, -EROFS (bind) or -EACCES (reach) if that is read-only,
 * -ELOOP at a symbolic link, -EISDIR if it names no entry, -ENAMETOOLONG if the last component is
 * longer than 107 bytes. Each success is followed by unix_leave() before anything else is done. */
int unix_enter(struct table *t, const struct unix_name *name, enum unix_use use,
	       struct unix_place *ret);
void unix_leave(struct unix_place *p);

/* What the guest is told: the path of its socket with this last component if it has one, else the
 * name itself. Another process's socket has no other name that we could know. */
void unix_name_from_kernel(struct table *t, const struct sockaddr_un *sun, socklen_t len,
			   struct unix_name *ret);
void unix_name_from_path(const char *path, struct unix_name *ret);
/* A copy of the path for a descriptor to keep, or NULL if the name is none. The caller owns it. */
char *unix_name_keep(const struct unix_name *name);
