/* Waiting for descriptors, and questions about names: the rest of wasmrun:net/sockets. See
 * linux_sock.h. */
#pragma once

#include "wasi/linux_sock.h"
#include "wasi/table.h"

enum { LINUX_POLL_MAX = 65536, LINUX_EPOLL_MAX = 4096 };

/* As the guest packs it. */
struct linux_pollfd {
	uint32_t number;
	uint16_t events;
	uint16_t revents;
};

struct linux_event {
	uint32_t number;
	uint32_t events;
};

/* What a call returns for `r`, which is a result or -errno. */
int32_t linux_answer(int r);
/* The descriptor of a guest's number, or NULL. */
struct desc *linux_desc(struct sys *s, uint32_t number);
/* The guest's number for one that is new. Takes over what it owns, also when the table is full. */
int32_t linux_add(struct sys *s, struct desc *d);
/* 0 when one of the events has come; -EAGAIN when the time is over, -EINTR when a signal has
 * come. A negative `fd` has no events. */
int linux_wait(struct sys *s, int fd, short events, int64_t wait_us);

/* Takes `n` structs and leaves those with events in front; their number is the result. */
int32_t linux_poll(struct sys *s, struct linux_pollfd *fds, size_t n, int64_t wait_us);
int32_t linux_epoll_open(struct sys *s);
int32_t linux_epoll_control(struct sys *s, uint32_t epoll, int32_t operation, uint32_t number,
			    uint32_t events);
/* `n` is at most LINUX_EPOLL_MAX. A signal that has come is the first event, of the number
 * UINT32_MAX. */
int32_t linux_epoll_wait(struct sys *s, uint32_t epoll, struct linux_event *ret, size_t n,
			 int64_t wait_us);

/* The next signal, or 0. `ret_left_us` is what was left of the wait that a signal has ended. */
uint32_t linux_signal_take(struct sys *s, int64_t *ret_left_us);

/* The result is 0 or one of EAI_...; `ret_canonical` has room for 256 bytes and is NUL-ended.
 * Names that are too long are names that nobody has. */
int32_t linux_look_up(struct sys *s, const uint8_t *node, size_t node_len, const uint8_t *service,
		      size_t service_len, const int32_t hints[3], struct linux_bytes *ret,
		      int32_t *ret_errno, char *ret_canonical);
/* The number, or 0 behind the last one. `ret_name` has room for IF_NAMESIZE bytes. */
uint32_t linux_interface_after(uint32_t after, char *ret_name);
/* `ret` has room for 65 bytes. */
void linux_host_name(char *ret);
