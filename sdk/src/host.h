/* What the host gives us, and the few things that all files here share.
 *
 * Sockets are the WasmEdge extension of wasi_snapshot_preview1, in its second form, so that a
 * program also runs on other hosts that have it. What no dialect can express is in the module
 * wasmrun_net, or is passed through the extension's calls in a way that other hosts refuse or
 * ignore: docs/sdk.md. The linker drops what a program does not reach, imports included, so
 * only a program that calls socketpair() needs a host that has it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/uio.h>

/* In every call: 0, or an errno, which is wasi-libc's. */
#define HOST_IMPORT(module, name) __attribute__((import_module(module), import_name(name)))
#define WASMEDGE(name) HOST_IMPORT("wasi_snapshot_preview1", name)
#define WASMRUN_NET(name) HOST_IMPORT("wasmrun_net", name)

/* A pointer to one of these is an address to the host. */
struct host_buf {
	void *buf;
	uint32_t len;
};

int host_open(int family, int type, int *ret_fd) WASMEDGE("sock_open");
int host_bind(int fd, const struct host_buf *address, uint32_t port) WASMEDGE("sock_bind");
int host_connect(int fd, const struct host_buf *address, uint32_t port) WASMEDGE("sock_connect");
int host_listen(int fd, int backlog) WASMEDGE("sock_listen");
int host_local(int fd, struct host_buf *address, uint32_t *ret_port) WASMEDGE("sock_getlocaladdr");
int host_peer(int fd, struct host_buf *address, uint32_t *ret_port) WASMEDGE("sock_getpeeraddr");
int host_recv_from(int fd, const struct iovec *iovs, uint32_t n, struct host_buf *from, int flags,
		   uint32_t *ret_port, size_t *ret_n, uint16_t *ret_flags)
	WASMEDGE("sock_recv_from");
int host_send_to(int fd, const struct iovec *iovs, uint32_t n, const struct host_buf *to,
		 uint32_t port, int flags, size_t *ret_n) WASMEDGE("sock_send_to");
int host_getsockopt(int fd, int level, int name, void *value, uint32_t *len)
	WASMEDGE("sock_getsockopt");
int host_setsockopt(int fd, int level, int name, const void *value, uint32_t len)
	WASMEDGE("sock_setsockopt");
struct host_addrinfo;
int host_getaddrinfo(const char *node, uint32_t node_len, const char *service, uint32_t service_len,
		     const struct host_addrinfo *hints, struct host_addrinfo **results,
		     uint32_t max, uint32_t *ret_n) WASMEDGE("sock_getaddrinfo");

int host_socketpair(int family, int type, int *ret_fds) WASMRUN_NET("sock_pair");
int host_next_interface(uint32_t after, uint32_t *ret_index, char *ret_name)
	WASMRUN_NET("interface_next");
int host_signal_open(int *ret_fd) WASMRUN_NET("signal_open");
int host_signal_catch(int signal, int is_caught) WASMRUN_NET("signal_catch");
int host_hostname(char *ret_name, uint32_t size, uint32_t *ret_len) WASMRUN_NET("hostname");

/* The extension's own numbers; families are wasi-libc's. */
enum {
	HOST_DGRAM = 1,
	HOST_STREAM = 2,
};

/* -1 with errno for a call that failed, else 0. */
int host_result(int error);

/* The type of a new socket, of the host's, for socket() and socketpair(). -1 with errno. */
int host_type(int family, int type, int protocol);
/* What SOCK_NONBLOCK asks for. Closes the descriptor if it fails. */
int apply_type_flags(int fd, int type);
