/* The socket functions of WasmEdge, second form, as a guest imports them.
 * TCP and UDP over IPv4 and IPv6. */
#pragma once

#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IMPORT(name) __attribute__((import_module("wasi_snapshot_preview1"), import_name(name)))

enum { FAMILY_INET = 1, FAMILY_INET6 = 2 };
enum { TYPE_DGRAM = 1, TYPE_STREAM = 2 };
enum { LEVEL_SOCKET = 0, LEVEL_TCP = 6 };
enum {
	OPTION_ERROR = 2,
	OPTION_SNDBUF = 5,
	OPTION_RCVBUF = 6,
	OPTION_KEEPALIVE = 7,
	OPTION_NODELAY = 15
};
enum { STORAGE_SIZE = 128 };

struct edge_addr {
	uint8_t *bytes;
	uint32_t len;
};

int sock_open(int family, int type, int *ret_fd) IMPORT("sock_open");
int sock_bind(int fd, const struct edge_addr *a, int port) IMPORT("sock_bind");
int sock_listen(int fd, int backlog) IMPORT("sock_listen");
int sock_accept(int fd, int flags, int *ret_fd) IMPORT("sock_accept");
int sock_connect(int fd, const struct edge_addr *a, int port) IMPORT("sock_connect");
int sock_getlocaladdr(int fd, struct edge_addr *a, uint32_t *port) IMPORT("sock_getlocaladdr");
int sock_getpeeraddr(int fd, struct edge_addr *a, uint32_t *port) IMPORT("sock_getpeeraddr");
int sock_setsockopt(int fd, int level, int name, const void *value, uint32_t len)
	IMPORT("sock_setsockopt");
int sock_getsockopt(int fd, int level, int name, void *value, uint32_t len)
	IMPORT("sock_getsockopt");

/* One address in storage form: a little-endian family, then the address. */
struct edge_storage {
	uint8_t bytes[STORAGE_SIZE];
	struct edge_addr addr;
};

/* "127.0.0.1", "0.0.0.0", "::1", "::": returns the family. Enough for tests, no general parser. */
static inline int edge_from_text(struct edge_storage *s, const char *text)
{
	unsigned int octets[4] = { 0 };

	memset(s, 0, sizeof(*s));
	s->addr = (struct edge_addr){ s->bytes, STORAGE_SIZE };
	if (strchr(text, ':')) {
		s->bytes[0] = FAMILY_INET6;
		(void)inet_pton(AF_INET6, text, s->bytes + 2);
		return FAMILY_INET6;
	}
	(void)sscanf(text, "%u.%u.%u.%u", &octets[0], &octets[1], &octets[2], &octets[3]);
	s->bytes[0] = FAMILY_INET;
	for (int i = 0; i < 4; i++)
		s->bytes[2 + i] = (uint8_t)octets[i];
	return FAMILY_INET;
}

/* "127.0.0.1:80", "[::1]:80" */
static inline const char *edge_to_text(const struct edge_storage *s, uint32_t port, char out[64])
{
	const uint8_t *at = s->bytes + 2;
	char ip[46] = "?";

	(void)inet_ntop(s->bytes[0] == FAMILY_INET ? AF_INET : AF_INET6, at, ip, sizeof(ip));
	if (s->bytes[0] == FAMILY_INET)
		(void)snprintf(out, 64, "%s:%u", ip, port);
	else
		(void)snprintf(out, 64, "[%s]:%u", ip, port);
	return out;
}
