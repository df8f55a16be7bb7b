/* The few socket calls that calls.c measures. Implemented twice, and this is all in which the two
 * programs differ: natively, and on the socket functions of WasmEdge and WASI's own poll_oneoff.
 *
 * IPv4 on 127.0.0.1. Everything blocks. -1 with errno on failure, as POSIX does it.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

int datagram_open(void);
/* Binds to a free port. */
int datagram_bind(int fd, uint16_t *ret_port);
ssize_t datagram_send(int fd, const void *bytes, size_t len, uint16_t port);
ssize_t datagram_receive(int fd, void *bytes, size_t len, uint16_t *ret_from);

/* Waits until one of them can be read; returns how many can, and the number in `fds` of the last.
 * Which they are is told once, by watch_init(), so that only the waiting is measured. */
enum { WATCHED_MAX = 5001 };
int watch_init(const int *fds, size_t n);
int watch_wait(size_t *ret_index);

int stream_connect(uint16_t port);
