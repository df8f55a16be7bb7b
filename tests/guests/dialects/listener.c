/* A preview1 server that finds its listeners open: listener FD. Tells its environment and what the
 * descriptors from 3 up are, then says the same as the first client that FD accepts. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <wasi/api.h>

/* wasi-libc of 2022 does not declare it. */
int32_t sock_accept(int32_t fd, int32_t flags, int32_t *ret_fd)
	__attribute__((import_module("wasi_snapshot_preview1"), import_name("sock_accept")));

static void describe(int fd)
{
	__wasi_fdstat_t stat;
	__wasi_prestat_t prestat;
	int r = __wasi_fd_fdstat_get((__wasi_fd_t)fd, &stat);
	int pre;

	if (r) {
		printf("%d: error %d\n", fd, r);
		return;
	}
	pre = __wasi_fd_prestat_get((__wasi_fd_t)fd, &prestat);
	printf("%d: type %d, flags %d, prestat ", fd, stat.fs_filetype, stat.fs_flags);
	if (pre)
		printf("error %d\n", pre);
	else
		printf("tag %d\n", prestat.tag);
}

int main(int argc, char **argv)
{
	int listener = argc > 1 ? atoi(argv[1]) : 3;
	char bytes[100];
	int32_t fd;
	ssize_t n;
	int r;

	printf("LISTEN_FDS=%s LISTEN_FDNAMES=%s\n", getenv("LISTEN_FDS"), getenv("LISTEN_FDNAMES"));
	for (int i = 3; i < 8; i++)
		describe(i);
	printf("accepting\n");
	(void)fflush(stdout);
	r = sock_accept(listener, 0, &fd);
	if (r) {
		printf("accept: error %d\n", r);
		return 0;
	}
	n = read(fd, bytes, sizeof(bytes));
	if (n > 0 && write(fd, bytes, (size_t)n) == n)
		(void)close(fd);
	return 0;
}
