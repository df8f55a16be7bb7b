/* What the codecs of all dialects share: from the guest's bytes to the core's types and back.
 *
 * A codec decodes a call and checks every pointer of it, calls one core
 * function, and encodes the answer. It makes no system call of its own.
 */
#pragma once

#include <limits.h>
#include <stdint.h>
#include <sys/stat.h>
#include <time.h>

#include "wasi/gmem.h"
#include "wasi/io.h"
#include "wasi/sock.h"
#include "wasi/state.h"

/* -EBADF if there is no such descriptor, -ENOTDIR or -ENOTSOCK if it is something else. */
int codec_desc(struct sys *s, uint32_t number, struct desc **ret);
int codec_dir(struct sys *s, uint32_t number, struct desc **ret);
int codec_sock(struct sys *s, uint32_t number, struct desc **ret);

/* An array of `n` {ptr u32@0, len u32@4}; more than IOV_MAX are cut off, which makes the count
 * short. -EFAULT if any of the array or of the buffers is outside. */
int codec_bufs(struct gmem mem, uint32_t iovs, uint32_t n, struct io_bufs *ret);

/* A path as path_copy() gives it; -EFAULT too. */
int codec_path(struct gmem mem, uint32_t ptr, uint32_t len, char ret[PATH_MAX]);

/* preview1's filetype. A pipe has none there and is UNKNOWN, as in Wasmtime. */
uint8_t codec_filetype(mode_t type, int sock_type);

/* preview1's clock identifier. -EINVAL for one that it does not have. */
int codec_clock(uint32_t id, clockid_t *ret);

/* Gives a new descriptor a number and stores that at `ret_number` (4 bytes, checked before).
 * Takes over what it owns, also when the table is full (-EMFILE): it is closed then. */
int codec_add(struct sys *s, struct desc *d, uint8_t *ret_number);

/* An internet address: `octets` are 4 or 16 bytes in the order of the wire. */
struct sock_addr codec_inet(int family, const uint8_t *octets, uint16_t port);
const uint8_t *codec_inet_octets(const struct addr *a);

/* preview1's riflags, which the socket dialects took over, to recvmsg(2)'s. -EINVAL for others. */
int codec_riflags(uint32_t riflags, int *ret_flags);
