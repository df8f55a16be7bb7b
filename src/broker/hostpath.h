/* A published Unix socket: a name in the host's file system, reserved for as long as the process
 * lives.
 *
 * It is bound and does not listen, so clients are refused until the guest listens. Its mode is
 * 0600: as with a forward that names no address, the narrowest circle until somebody widens it.
 *
 * A name that is taken is looked into: a socket of this user's that nobody holds any more (its
 * process was killed) is replaced; anything else stays, and is an error. That nobody holds it is
 * asked with a datagram socket: the kernel then answers EPROTOTYPE for a stream socket that lives,
 * listening or not, without its owner noticing (unix(7)). Those who replace one lock the folder
 * meanwhile, lest two replace each other.
 */
#pragma once

#include "base/err.h"

#include <sys/stat.h>

struct hostpath {
	int fd; /* bound; owned; -EBADF without one */
	dev_t dev;
	ino_t ino;
};

int hostpath_reserve(const char *path, struct hostpath *ret, struct err *e);
/* Removes the name, if it still stands for this socket, and closes it. */
void hostpath_release(struct hostpath *h, const char *path);
