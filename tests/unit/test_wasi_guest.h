/* A guest without WebAssembly: memory between two guard pages, and calls by name through the import
 * tables. Its directories lie in a fresh folder:
 *	folder/	descriptor 3, "/": writable
 *	ro/	descriptor 4, "/ro": read-only
 *	secret	a file that no call may reach
 */
#pragma once

#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/own.h"
#include "wasi/imports.h"
#include "wasi/preview1.h"
#include "wasi/sys.h"

#include "test_wasi_lookup.h"

enum {
	WORK = 3,
	RO = 4,
	PAGE = 4096,
	MEM_SIZE = 64 * PAGE,
	/* Where the tests put things in guest memory. */
	RET = 256, /* small results */
	RET2 = 320,
	RET3 = 384,
	IOVS = 512,
	PATH = 1024,
	PATH2 = 6144,
	BUF = 16384,
	BUF2 = 65536,
	OUT = 131072,
	READ = P1_RIGHT_FD_READ,
	WRITE = P1_RIGHT_FD_WRITE,
};

struct guest {
	struct sys *sys;
	struct gmem mem;
	uint8_t *map; /* the memory with its guard pages */
	char root[64];
	char work[80];
	char ro[80];
	struct sys_dir dirs[2];
	struct sys_config config;
};

static inline void write_file(const char *dir, const char *name, const char *text)
{
	char path[256];
	int fd;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static inline void make_dir(const char *dir, const char *name)
{
	char path[256];

	snprintf(path, sizeof path, "%s/%s", dir, name);
	assert_int_equal(mkdir(path, 0755), 0);
}

static inline void make_link(const char *target, const char *dir, const char *name)
{
	char path[256];

	snprintf(path, sizeof path, "%s/%s", dir, name);
	assert_int_equal(symlink(target, path), 0);
}

static inline void guest_memory_new(struct guest *g)
{
	g->map = mmap(NULL, MEM_SIZE + 2 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(g->map, MAP_FAILED);
	g->mem = (struct gmem){ g->map + PAGE, MEM_SIZE };
	assert_int_equal(mprotect(g->mem.base, MEM_SIZE, PROT_READ | PROT_WRITE), 0);
}

static inline int guest_setup(void **state)
{
	static const char *const args[] = { "prog", "one" };
	static const char *const env[] = { "A=1", "LONG=23" };
	struct guest *g = calloc(1, sizeof *g);
	struct err e = { .text = "" };

	snprintf(g->root, sizeof g->root, "/tmp/wasmrun-test-XXXXXX");
	assert_non_null(mkdtemp(g->root));
	snprintf(g->work, sizeof g->work, "%s/folder", g->root);
	snprintf(g->ro, sizeof g->ro, "%s/ro", g->root);
	make_dir(g->root, "folder");
	make_dir(g->root, "ro");
	write_file(g->root, "secret", "secret");
	write_file(g->work, "file", "0123456789");
	write_file(g->ro, "file", "abc");
	guest_memory_new(g);
	g->dirs[0] = (struct sys_dir){ g->work, "/", true };
	g->dirs[1] = (struct sys_dir){ g->ro, "/ro", false };
	g->config = (struct sys_config){ args, 2, env, 2, g->dirs, 2 };
	g->config.lookup = fake_lookup;
	if (sys_new(&g->config, &g->sys, &e) < 0)
		fail_msg("%s", e.text);
	*state = g;
	return 0;
}

static inline int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

static inline int guest_teardown(void **state)
{
	struct guest *g = *state;

	sys_free(g->sys);
	munmap(g->map, MEM_SIZE + 2 * PAGE);
	nftw(g->root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(g);
	return 0;
}

/* The first import of this name and number of parameters. */
static inline uint32_t guest_call(struct guest *g, const char *name, const uint64_t *args, size_t n)
{
	const struct import *im = NULL;

	while ((im = import_next(NULL, name, im))) {
		if (strlen(im->params) == n)
			return im->call(g->sys, g->mem, args);
	}
	fail_msg("no import '%s' with %zu parameters", name, n);
	return 0;
}

#define CALL(g, name, ...)                                                                         \
	guest_call(g, name, (const uint64_t[]){ __VA_ARGS__ },                                     \
		   sizeof((const uint64_t[]){ __VA_ARGS__ }) / sizeof(uint64_t))

static inline void put32(struct guest *g, uint32_t at, uint32_t v)
{
	gmem_store32(gmem_view(g->mem, at, 4), v);
}

static inline void put64(struct guest *g, uint32_t at, uint64_t v)
{
	gmem_store64(gmem_view(g->mem, at, 8), v);
}

static inline uint32_t get32(struct guest *g, uint32_t at)
{
	return gmem_load32(gmem_view(g->mem, at, 4));
}

static inline uint64_t get64(struct guest *g, uint32_t at)
{
	return gmem_load64(gmem_view(g->mem, at, 8));
}

static inline uint32_t put_text(struct guest *g, uint32_t at, const char *text)
{
	memcpy(gmem_view(g->mem, at, strlen(text)), text, strlen(text));
	return (uint32_t)strlen(text);
}

static inline void put_iov(struct guest *g, unsigned i, uint32_t ptr, uint32_t len)
{
	put32(g, IOVS + i * 8, ptr);
	put32(g, IOVS + i * 8 + 4, len);
}

/* A call whose last parameters are a directory and a path, or a path behind other parameters. */
#define PATH_OF(g, text) PATH, put_text(g, PATH, text)
#define PATH2_OF(g, text) PATH2, put_text(g, PATH2, text)

/* path_open that follows links. The descriptor is at RET. */
static inline uint32_t open_path(struct guest *g, uint32_t dir, const char *path, uint32_t oflags,
				 uint64_t rights)
{
	return CALL(g, "path_open", dir, P1_LOOKUP_FOLLOW, PATH_OF(g, path), oflags, rights, 0, 0,
		    RET);
}

static inline uint32_t must_open(struct guest *g, uint32_t dir, const char *path, uint32_t oflags,
				 uint64_t rights)
{
	assert_int_equal(open_path(g, dir, path, oflags, rights), P1_SUCCESS);
	return get32(g, RET);
}

/* Reads into BUF; the count is at RET2. */
static inline uint32_t read_buf(struct guest *g, uint32_t fd, uint32_t len)
{
	put_iov(g, 0, BUF, len);
	return CALL(g, "fd_read", fd, IOVS, 1, RET2);
}

static inline uint32_t write_text(struct guest *g, uint32_t fd, const char *text)
{
	put_iov(g, 0, BUF2, put_text(g, BUF2, text));
	return CALL(g, "fd_write", fd, IOVS, 1, RET2);
}

/* Reads once, which must succeed, and compares. */
static inline void assert_reads(struct guest *g, uint32_t fd, const char *text)
{
	assert_int_equal(read_buf(g, fd, 4096), P1_SUCCESS);
	assert_int_equal(get32(g, RET2), strlen(text));
	assert_memory_equal(gmem_view(g->mem, BUF, strlen(text)), text, strlen(text));
}

enum {
	ADDR = 768, /* WasmEdge's address argument: {ADDR_BUF, 128} */
	ADDR_BUF = 800,
	INET4 = 1,
	INET6 = 2,
	DGRAM = 1,
	STREAM = 2,
};

/* An IPv4 address in WasmEdge's storage form. Returns ADDR. */
static inline uint32_t put_inet4(struct guest *g, uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
	uint8_t *p = gmem_view(g->mem, ADDR_BUF, 128);

	put32(g, ADDR, ADDR_BUF);
	put32(g, ADDR + 4, 128);
	memset(p, 0, 128);
	gmem_store16(p, INET4);
	memcpy(p + 2, (uint8_t[]){ a, b, c, d }, 4);
	return ADDR;
}

#define LOOPBACK(g) put_inet4(g, 127, 0, 0, 1)

static inline uint32_t must_socket(struct guest *g, uint32_t type)
{
	assert_int_equal(CALL(g, "sock_open", INET4, type, RET), P1_SUCCESS);
	return get32(g, RET);
}

static inline uint32_t local_port(struct guest *g, uint32_t fd)
{
	LOOPBACK(g);
	assert_int_equal(CALL(g, "sock_getlocaladdr", fd, ADDR, RET), P1_SUCCESS);
	return get32(g, RET);
}

/* A listener on 127.0.0.1 and a free port. */
static inline uint32_t must_listen(struct guest *g, uint32_t *ret_port)
{
	uint32_t fd = must_socket(g, STREAM);

	assert_int_equal(CALL(g, "sock_bind", fd, LOOPBACK(g), 0), P1_SUCCESS);
	assert_int_equal(CALL(g, "sock_listen", fd, 16), P1_SUCCESS);
	*ret_port = local_port(g, fd);
	return fd;
}

static inline uint32_t must_connect(struct guest *g, uint32_t port)
{
	uint32_t fd = must_socket(g, STREAM);

	assert_int_equal(CALL(g, "sock_connect", fd, LOOPBACK(g), port), P1_SUCCESS);
	return fd;
}

/* Both ends of a TCP connection. */
static inline void must_pair(struct guest *g, uint32_t *ret_server, uint32_t *ret_client)
{
	uint32_t port;
	uint32_t listener = must_listen(g, &port);

	*ret_client = must_connect(g, port);
	assert_int_equal(CALL(g, "sock_accept", listener, 0, RET), P1_SUCCESS);
	*ret_server = get32(g, RET);
	assert_int_equal(CALL(g, "fd_close", listener), P1_SUCCESS);
}

#define GUEST_TEST(f) cmocka_unit_test_setup_teardown(f, guest_setup, guest_teardown)
