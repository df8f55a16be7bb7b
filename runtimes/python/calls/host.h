/* The imports of wasmrun:net/sockets that calls.c makes, as the canonical ABI lowers them: a list
 * is a pointer and a length, and a tuple is written to where the last parameter points.
 * ../wit/deps/net.wit says what they do. */
#pragma once

#include <stdint.h>

#define IMPORT(name) __attribute__((import_module("wasmrun:net/sockets@0.1.0"), import_name(name)))

/* A tuple<s32, list<u8>>. */
struct answer {
	int32_t result;
	uint8_t *bytes;
	uint32_t len;
};

IMPORT("close") int32_t host_close(uint32_t fd);
IMPORT("accept") void host_accept(uint32_t fd, int64_t wait, struct answer *ret);
IMPORT("shutdown") int32_t host_shutdown(uint32_t fd, uint32_t how);
IMPORT("receive")
void host_receive(uint32_t fd, uint32_t size, uint32_t options, int64_t wait, struct answer *ret);
IMPORT("send")
int32_t host_send(uint32_t fd, const char *bytes, uint32_t len, uint32_t options, int64_t wait);
IMPORT("get-option")
void host_get_option(uint32_t fd, int32_t level, int32_t name, uint32_t size, struct answer *ret);
IMPORT("set-option")
int32_t host_set_option(uint32_t fd, int32_t level, int32_t name, const char *bytes, uint32_t len);
IMPORT("poll") void host_poll(const char *fds, uint32_t len, int64_t wait, struct answer *ret);
IMPORT("epoll-control")
int32_t host_epoll_control(uint32_t epoll, int32_t operation, uint32_t fd, uint32_t events);
IMPORT("epoll-wait")
void host_epoll_wait(uint32_t epoll, uint32_t n_max, int64_t wait, struct answer *ret);
