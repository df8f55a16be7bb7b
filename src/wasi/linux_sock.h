/* Linux's socket calls for a component that is one of our language runtimes: the functions of
 * wasmrun:net/sockets (runtimes/python/wit/deps/net.wit), which says what is passed. The Rust crate
 * calls them by name (crate/src/net.rs).
 *
 * A component's own files are not in our table, and its library gives them numbers from 3 up. What
 * is opened here therefore has numbers from LINUX_FD_FIRST up; 0 to 2 are the standard streams.
 *
 * Every descriptor is non-blocking for the kernel; a call that may wait does so in poll(), so that
 * a time limit holds for all of them. They return a result, or minus an errno of the guest's.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "wasi/sys.h"

enum { LINUX_FD_FIRST = 65536 };

/* Room for the bytes that a call gives; it writes at most `size` and says how many in `len`. */
struct linux_bytes {
	uint8_t *at;
	size_t size;
	size_t len;
};

int32_t linux_open(struct sys *s, uint32_t family, uint32_t type, uint32_t protocol);
int32_t linux_pair(struct sys *s, uint32_t family, uint32_t type, int32_t *ret_second);
/* First the end to read from. */
int32_t linux_pipe(struct sys *s, int32_t *ret_second);
int32_t linux_close(struct sys *s, uint32_t number);
int32_t linux_duplicate(struct sys *s, uint32_t number);

int32_t linux_bind(struct sys *s, uint32_t number, const uint8_t *address, size_t len);
int32_t linux_listen(struct sys *s, uint32_t number, int32_t backlog);
/* EINPROGRESS if the time limit is over before it is decided; one of 0 included. EINTR does not end
 * it, but for a Unix socket, which is to call again. */
int32_t linux_connect(struct sys *s, uint32_t number, const uint8_t *address, size_t len,
		      int64_t wait_us);
/* EAGAIN if the time limit is over, here and below. */
int32_t linux_accept(struct sys *s, uint32_t number, int64_t wait_us, struct linux_bytes *ret_peer);
int32_t linux_shutdown(struct sys *s, uint32_t number, uint32_t how);

/* The two work on pipes, too. `ret_from` may be NULL. */
int32_t linux_receive(struct sys *s, uint32_t number, uint32_t flags, int64_t wait_us,
		      struct linux_bytes *ret, uint32_t *ret_flags, struct linux_bytes *ret_from);
/* To the connected peer if `address_len` is 0. */
int32_t linux_send(struct sys *s, uint32_t number, const uint8_t *bytes, size_t len, uint32_t flags,
		   const uint8_t *address, size_t address_len, int64_t wait_us);

int32_t linux_own_name(struct sys *s, uint32_t number, struct linux_bytes *ret);
int32_t linux_peer_name(struct sys *s, uint32_t number, struct linux_bytes *ret);
/* Only options of the list in raw_option.c. */
int32_t linux_get_option(struct sys *s, uint32_t number, int32_t level, int32_t name,
			 struct linux_bytes *ret);
int32_t linux_set_option(struct sys *s, uint32_t number, int32_t level, int32_t name,
			 const uint8_t *value, size_t len);
