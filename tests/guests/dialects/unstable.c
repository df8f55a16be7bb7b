/* The module before preview1, wasi_unstable, where it differs: the order of whence, filestat, and
 * the subscriptions of a poll. The file of the first argument has six bytes: unstable FILE. */
#include "check.h"

#include <fcntl.h>
#include <unistd.h>

#define OLD(name) __attribute__((import_module("wasi_unstable"), import_name(name)))

enum { CUR = 0, END = 1, SET = 2, BADF = 8 };

int fd_seek(int fd, int64_t offset, int whence, uint64_t *ret) OLD("fd_seek");
int fd_filestat_get(int fd, void *ret) OLD("fd_filestat_get");
int poll_oneoff(const void *subscriptions, void *events, int n, uint32_t *ret_n) OLD("poll_oneoff");
int sock_shutdown(int fd, int how) OLD("sock_shutdown");

static void seeking(int fd)
{
	uint64_t at = 99;

	OK(fd_seek(fd, 0, END, &at));
	IS(at, 6);
	OK(fd_seek(fd, 2, SET, &at));
	IS(at, 2);
	OK(fd_seek(fd, 1, CUR, &at));
	IS(at, 3);
}

static void describing(int fd)
{
	uint8_t stat[64];
	uint64_t size;
	uint32_t n_links;

	memset(stat, 0xee, sizeof(stat));
	OK(fd_filestat_get(fd, stat));
	IS(stat[16], 4); /* a regular file */
	memcpy(&n_links, stat + 20, sizeof(n_links));
	memcpy(&size, stat + 24, sizeof(size));
	IS(n_links, 1);
	IS(size, 6);
	IS(stat[56], 0xee); /* it ends there */
}

static void waiting(int fd)
{
	uint64_t subs[14] = { 0 }, events[8] = { 0 }; /* two of 56 bytes, two of 32 */
	uint32_t n = 0;

	subs[0] = 1;
	subs[1] = 1; /* tag: reading */
	subs[2] = (uint64_t)fd;
	subs[7] = 2; /* a clock: the monotonic one, due at once */
	subs[7 + 3] = 1;
	OK(poll_oneoff(subs, events, 2, &n));
	IS(n, 2);
	IS(events[0], 1);
	IS(events[4], 2);
}

int main(int argc, char **argv)
{
	int fd = argc == 2 ? open(argv[1], O_RDONLY) : -1;

	IS(fd >= 0, true);
	seeking(fd);
	describing(fd);
	waiting(fd);
	IS(sock_shutdown(99, 1), BADF);
	return report();
}
