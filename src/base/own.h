/* Ownership: locals that clean up after themselves, and the words for giving them away.
 *
 *	AUTO_CLOSE int fd = -EBADF;
 *	AUTO_FREE char *text = NULL;
 *	AUTO(foo_free) struct foo *f = NULL;	(foo_free takes NULL and returns NULL)
 *	*ret_fd = TAKE_FD(fd);			(ownership leaves)
 */
#pragma once

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

/* Closes `fd` if it is one, keeps errno, returns -EBADF. */
static inline int fd_close(int fd)
{
	int saved = errno;

	if (fd >= 0)
		(void)close(fd); /* Linux frees the number even when close reports an error */
	errno = saved;
	return -EBADF;
}

static inline void own_close_fd(int *fd)
{
	(void)fd_close(*fd);
}

static inline void own_free_ptr(void *p)
{
	free(*(void **)p);
}

#define AUTO_CLOSE __attribute__((cleanup(own_close_fd)))
#define AUTO_FREE __attribute__((cleanup(own_free_ptr)))
#define AUTO(fn) __attribute__((cleanup(fn##_p)))

/* Makes the function that AUTO(fn) needs. */
#define OWN_DEFINE(fn, type)                                                                       \
	__attribute__((unused)) static inline void fn##_p(type **p)                                \
	{                                                                                          \
		(void)fn(*p);                                                                      \
	}

#define TAKE_FD(fd)                                                                                \
	({                                                                                         \
		int taken_fd_ = (fd);                                                              \
		(fd) = -EBADF;                                                                     \
		taken_fd_;                                                                         \
	})

#define TAKE_PTR(p)                                                                                \
	({                                                                                         \
		typeof(p) taken_ptr_ = (p);                                                        \
		(p) = NULL;                                                                        \
		taken_ptr_;                                                                        \
	})

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
