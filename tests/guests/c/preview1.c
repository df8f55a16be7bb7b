/* Every function of wasi_snapshot_preview1, called by itself in the writable directory with the
 * descriptor that the first argument names. A check that fails is printed; without any, the last
 * line is "all is well".
 * (proc_exit ends this program; proc_raise says that there are no signals.) */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wasi/api.h>

/* wasi-libc of 2022 does not declare it any more. */
int32_t proc_raise(int32_t number)
	__attribute__((import_module("wasi_snapshot_preview1"), import_name("proc_raise")));
/* The C wrappers measure a path; these take it as it is. */
int32_t raw_create_directory(int32_t fd, const char *path, int32_t len)
	__attribute__((import_module("wasi_snapshot_preview1"),
		       import_name("path_create_directory")));
int32_t raw_random_get(uint32_t at, uint32_t len)
	__attribute__((import_module("wasi_snapshot_preview1"), import_name("random_get")));

static int n_failed;
static __wasi_fd_t dir;

#define IS(call, wanted) is((long long)(call), (long long)(wanted), #call, __LINE__)
#define OK(call) IS(call, __WASI_ERRNO_SUCCESS)

static bool is(long long got, long long wanted, const char *what, int line)
{
	if (got == wanted)
		return true;
	printf("%d: %s is %lld, expected %lld\n", line, what, got, wanted);
	n_failed++;
	return false;
}

static __wasi_fd_t open_file(const char *path, __wasi_oflags_t flags, __wasi_fdflags_t fdflags)
{
	__wasi_fd_t fd = 0;
	__wasi_rights_t rights =
		__WASI_RIGHTS_FD_READ | __WASI_RIGHTS_FD_WRITE | __WASI_RIGHTS_FD_SEEK |
		__WASI_RIGHTS_FD_TELL | __WASI_RIGHTS_FD_FILESTAT_GET |
		__WASI_RIGHTS_FD_FILESTAT_SET_SIZE | __WASI_RIGHTS_FD_FILESTAT_SET_TIMES |
		__WASI_RIGHTS_FD_ALLOCATE | __WASI_RIGHTS_FD_ADVISE | __WASI_RIGHTS_FD_SYNC |
		__WASI_RIGHTS_FD_DATASYNC | __WASI_RIGHTS_FD_FDSTAT_SET_FLAGS |
		__WASI_RIGHTS_POLL_FD_READWRITE;

	OK(__wasi_path_open(dir, 0, path, flags, rights, 0, fdflags, &fd));
	return fd;
}

static void arguments_and_environment(char **argv)
{
	__wasi_size_t n = 0, size = 0;
	uint8_t *pointers[16], bytes[4096];

	OK(__wasi_args_sizes_get(&n, &size));
	if (n <= 16 && size <= sizeof(bytes) && OK(__wasi_args_get(pointers, bytes)))
		IS(strcmp((char *)pointers[1], argv[1]), 0);
	OK(__wasi_environ_sizes_get(&n, &size));
	IS(n, 1);
	IS(size, sizeof("COLOUR=green"));
	if (n == 1 && OK(__wasi_environ_get(pointers, bytes)))
		IS(strcmp((char *)pointers[0], "COLOUR=green"), 0);
}

static void clocks_and_chance(void)
{
	__wasi_timestamp_t first = 0, second = 0, step = 0;
	uint8_t some[64] = { 0 }, none[64] = { 0 };

	for (__wasi_clockid_t id = 0; id < 4; id++) {
		OK(__wasi_clock_res_get(id, &step));
		IS(step > 0, true);
		OK(__wasi_clock_time_get(id, 1, &first));
		OK(__wasi_clock_time_get(id, 1, &second));
		IS(second >= first, true);
	}
	OK(__wasi_clock_time_get(__WASI_CLOCKID_REALTIME, 1, &first));
	IS(first > 1700000000ULL * 1000000000, true);
	IS(__wasi_clock_time_get(99, 1, &first), __WASI_ERRNO_INVAL);
	OK(__wasi_random_get(some, sizeof(some)));
	IS(memcmp(some, none, sizeof(some)) != 0, true);
	IS(raw_random_get(0xfffffff0, 0x100), __WASI_ERRNO_FAULT);
	OK(__wasi_sched_yield());
}

static void contents(void)
{
	uint8_t text[16] = { 0 };
	__wasi_ciovec_t parts[] = { { (const uint8_t *)"one ", 4 }, { (const uint8_t *)"two", 3 } };
	__wasi_iovec_t to = { text, sizeof(text) };
	__wasi_size_t n = 0;
	__wasi_filesize_t at = 99;
	__wasi_fd_t fd = open_file("text", __WASI_OFLAGS_CREAT | __WASI_OFLAGS_EXCL, 0);

	OK(__wasi_fd_write(fd, parts, 2, &n));
	IS(n, 7);
	OK(__wasi_fd_tell(fd, &at));
	IS(at, 7);
	OK(__wasi_fd_pwrite(fd, parts, 1, 8, &n));
	IS(n, 4);
	OK(__wasi_fd_seek(fd, -4, __WASI_WHENCE_END, &at));
	IS(at, 8);
	OK(__wasi_fd_seek(fd, 1, __WASI_WHENCE_CUR, &at));
	IS(at, 9);
	IS(__wasi_fd_seek(fd, -1, __WASI_WHENCE_SET, &at), __WASI_ERRNO_INVAL);
	IS(__wasi_fd_seek(fd, 0, 7, &at), __WASI_ERRNO_INVAL);
	OK(__wasi_fd_read(fd, &to, 1, &n));
	IS(n, 3);
	IS(memcmp(text, "ne ", 3), 0);
	OK(__wasi_fd_read(fd, &to, 1, &n));
	IS(n, 0);
	OK(__wasi_fd_pread(fd, &to, 1, 4, &n));
	IS(n, 8);
	IS(memcmp(text, "two\0one ", 8), 0);
	OK(__wasi_fd_sync(fd));
	OK(__wasi_fd_datasync(fd));
	OK(__wasi_fd_advise(fd, 0, 12, __WASI_ADVICE_SEQUENTIAL));
	IS(__wasi_fd_advise(fd, 0, 12, 77), __WASI_ERRNO_INVAL);
	OK(__wasi_fd_close(fd));
	IS(__wasi_fd_read(fd, &to, 1, &n), __WASI_ERRNO_BADF);
	IS(__wasi_path_open(dir, 0, "text", __WASI_OFLAGS_CREAT | __WASI_OFLAGS_EXCL,
			    __WASI_RIGHTS_FD_WRITE, 0, 0, &fd),
	   __WASI_ERRNO_EXIST);
}

static void attributes(void)
{
	__wasi_filestat_t st;
	__wasi_fdstat_t fdst;
	__wasi_errno_t allocated;
	const __wasi_timestamp_t then = 1000000000ULL * 1000000000;
	__wasi_fd_t fd = open_file("text", 0, 0);

	OK(__wasi_fd_filestat_get(fd, &st));
	IS(st.size, 12);
	IS(st.filetype, __WASI_FILETYPE_REGULAR_FILE);
	IS(st.nlink, 1);
	OK(__wasi_fd_filestat_set_size(fd, 5));
	allocated = __wasi_fd_allocate(fd, 0, 9); /* a file system may not know how */
	IS(allocated == __WASI_ERRNO_SUCCESS || allocated == __WASI_ERRNO_NOTSUP, true);
	OK(__wasi_fd_filestat_set_size(fd, 9));
	OK(__wasi_fd_filestat_set_times(fd, then, then,
					__WASI_FSTFLAGS_ATIM | __WASI_FSTFLAGS_MTIM));
	IS(__wasi_fd_filestat_set_times(fd, then, then,
					__WASI_FSTFLAGS_ATIM | __WASI_FSTFLAGS_ATIM_NOW),
	   __WASI_ERRNO_INVAL);
	OK(__wasi_path_filestat_get(dir, 0, "text", &st));
	IS(st.size, 9);
	IS(st.mtim, then);
	OK(__wasi_path_filestat_set_times(dir, 0, "text", 2 * then / 2, then + 1,
					  __WASI_FSTFLAGS_MTIM));
	OK(__wasi_path_filestat_get(dir, 0, "text", &st));
	IS(st.mtim, then + 1);
	IS(__wasi_path_filestat_get(dir, 0, "none", &st), __WASI_ERRNO_NOENT);
	OK(__wasi_fd_fdstat_get(fd, &fdst));
	IS(fdst.fs_filetype, __WASI_FILETYPE_REGULAR_FILE);
	IS(fdst.fs_flags, 0);
	OK(__wasi_fd_fdstat_set_flags(fd, __WASI_FDFLAGS_APPEND));
	OK(__wasi_fd_fdstat_get(fd, &fdst));
	IS(fdst.fs_flags, __WASI_FDFLAGS_APPEND);
	/* Rights are not kept, so giving one up would be a promise that nobody holds. */
	IS(__wasi_fd_fdstat_set_rights(fd, fdst.fs_rights_base & ~__WASI_RIGHTS_FD_SEEK, 0),
	   __WASI_ERRNO_NOTSUP);
	OK(__wasi_fd_close(fd));
}

static void renumbering(void)
{
	__wasi_filestat_t st;
	__wasi_fd_t a = open_file("text", 0, 0);
	__wasi_fd_t b = open_file("other", __WASI_OFLAGS_CREAT, 0);

	OK(__wasi_fd_renumber(a, b));
	OK(__wasi_fd_filestat_get(b, &st));
	IS(st.size, 9);
	IS(__wasi_fd_filestat_get(a, &st), __WASI_ERRNO_BADF);
	IS(__wasi_fd_renumber(1 << 20, b), __WASI_ERRNO_BADF);
	OK(__wasi_fd_close(b));
}

/* Reads the whole directory through a buffer of `size` bytes; how many names begin with `first`. */
static int entries(__wasi_fd_t fd, size_t size, char first)
{
	uint8_t bytes[4096];
	__wasi_dircookie_t cookie = 0;
	__wasi_size_t n = 0;
	int found = 0;

	for (int rounds = 0; rounds < 1000; rounds++) {
		size_t at = 0;

		if (!OK(__wasi_fd_readdir(fd, bytes, size, cookie, &n)))
			return -1;
		while (at + sizeof(__wasi_dirent_t) <= n) {
			__wasi_dirent_t entry;

			memcpy(&entry, bytes + at, sizeof(entry));
			at += sizeof(entry);
			if (at + entry.d_namlen > n)
				break; /* cut off: it comes again */
			found += bytes[at] == (uint8_t)first;
			at += entry.d_namlen;
			cookie = entry.d_next;
		}
		if (n < size)
			return found;
	}
	return -1;
}

static void directories(void)
{
	__wasi_prestat_t p;
	uint8_t name[64] = { 0 };
	__wasi_fd_t fd;
	char path[16];

	OK(__wasi_fd_prestat_get(dir, &p));
	IS(p.tag, __WASI_PREOPENTYPE_DIR);
	OK(__wasi_fd_prestat_dir_name(dir, name, p.u.dir.pr_name_len));
	IS(memcmp(name, "/place", p.u.dir.pr_name_len), 0);
	IS(__wasi_fd_prestat_dir_name(dir, name, 1), __WASI_ERRNO_NAMETOOLONG);
	IS(__wasi_fd_prestat_get(1000, &p), __WASI_ERRNO_BADF);
	OK(__wasi_path_create_directory(dir, "sub"));
	IS(__wasi_path_create_directory(dir, "sub"), __WASI_ERRNO_EXIST);
	IS(raw_create_directory(dir, "nul\0nul", 7), __WASI_ERRNO_INVAL);
	for (int i = 0; i < 60; i++) {
		(void)snprintf(path, sizeof(path), "sub/n%d", i);
		OK(__wasi_fd_close(open_file(path, __WASI_OFLAGS_CREAT, 0)));
	}
	OK(__wasi_path_open(dir, 0, "sub", __WASI_OFLAGS_DIRECTORY, __WASI_RIGHTS_FD_READDIR, 0, 0,
			    &fd));
	IS(entries(fd, 4096, 'n'), 60);
	IS(entries(fd, 100, 'n'), 60);
	IS(entries(fd, 100, '.'), 2);
	OK(__wasi_fd_close(fd));
	IS(__wasi_path_remove_directory(dir, "sub"), __WASI_ERRNO_NOTEMPTY);
	for (int i = 0; i < 60; i++) {
		(void)snprintf(path, sizeof(path), "sub/n%d", i);
		OK(__wasi_path_unlink_file(dir, path));
	}
	IS(__wasi_path_open(dir, 0, "text", __WASI_OFLAGS_DIRECTORY, __WASI_RIGHTS_FD_READ, 0, 0,
			    &fd),
	   __WASI_ERRNO_NOTDIR);
}

static void names(void)
{
	uint8_t text[64];
	__wasi_size_t n = 0;
	__wasi_fd_t fd;

	OK(__wasi_path_link(dir, 0, "text", dir, "sub/linked"));
	IS(__wasi_path_link(dir, 0, "text", dir, "sub/linked"), __WASI_ERRNO_EXIST);
	OK(__wasi_path_rename(dir, "sub/linked", dir, "sub/renamed"));
	IS(__wasi_path_rename(dir, "sub/linked", dir, "sub/renamed"), __WASI_ERRNO_NOENT);
	OK(__wasi_path_symlink("renamed", dir, "sub/soft"));
	OK(__wasi_path_readlink(dir, "sub/soft", text, sizeof(text), &n));
	IS(n, 7);
	IS(memcmp(text, "renamed", 7), 0);
	OK(__wasi_path_readlink(dir, "sub/soft", text, 3, &n));
	IS(n, 3);
	IS(__wasi_path_readlink(dir, "text", text, sizeof(text), &n), __WASI_ERRNO_INVAL);
	IS(__wasi_path_open(dir, 0, "sub/soft", 0, __WASI_RIGHTS_FD_READ, 0, 0, &fd),
	   __WASI_ERRNO_LOOP);
	OK(__wasi_path_open(dir, __WASI_LOOKUPFLAGS_SYMLINK_FOLLOW, "sub/soft", 0,
			    __WASI_RIGHTS_FD_READ, 0, 0, &fd));
	OK(__wasi_fd_close(fd));
	IS(__wasi_path_unlink_file(dir, "sub"), __WASI_ERRNO_ISDIR);
	IS(__wasi_path_remove_directory(dir, "text"), __WASI_ERRNO_NOTDIR);
	OK(__wasi_path_unlink_file(dir, "sub/soft"));
	OK(__wasi_path_unlink_file(dir, "sub/renamed"));
	OK(__wasi_path_remove_directory(dir, "sub"));
	OK(__wasi_path_unlink_file(dir, "other"));
}

static void polling(void)
{
	__wasi_fd_t fd = open_file("text", 0, 0);
	__wasi_subscription_t wanted[3] = {
		{ .userdata = 1,
		  .u = { .tag = __WASI_EVENTTYPE_CLOCK,
			 .u.clock = { .id = __WASI_CLOCKID_MONOTONIC, .timeout = 1000000 } } },
		{ .userdata = 2, .u = { .tag = __WASI_EVENTTYPE_FD_READ, .u.fd_read = { fd } } },
		{ .userdata = 3,
		  .u = { .tag = __WASI_EVENTTYPE_FD_WRITE, .u.fd_write = { 1 << 20 } } },
	};
	__wasi_event_t events[3];
	__wasi_size_t n = 0;

	OK(__wasi_poll_oneoff(wanted, events, 1, &n));
	IS(n, 1);
	IS(events[0].userdata, 1);
	IS(events[0].type, __WASI_EVENTTYPE_CLOCK);
	OK(__wasi_poll_oneoff(wanted + 1, events, 2, &n));
	IS(n, 2);
	for (__wasi_size_t i = 0; i < n; i++)
		IS(events[i].error,
		   events[i].userdata == 3 ? __WASI_ERRNO_BADF : __WASI_ERRNO_SUCCESS);
	IS(__wasi_poll_oneoff(wanted, events, 0, &n), __WASI_ERRNO_INVAL);
	OK(__wasi_fd_close(fd));
}

static void sockets(void)
{
	__wasi_fd_t fd = open_file("text", 0, 0), accepted;
	uint8_t byte = 0;
	__wasi_iovec_t to = { &byte, 1 };
	__wasi_ciovec_t from = { &byte, 1 };
	__wasi_size_t n;
	__wasi_roflags_t flags;

	IS(__wasi_sock_accept(fd, 0, &accepted), __WASI_ERRNO_NOTSOCK);
	IS(__wasi_sock_recv(fd, &to, 1, 0, &n, &flags), __WASI_ERRNO_NOTSOCK);
	IS(__wasi_sock_send(fd, &from, 1, 0, &n), __WASI_ERRNO_NOTSOCK);
	IS(__wasi_sock_shutdown(fd, __WASI_SDFLAGS_WR), __WASI_ERRNO_NOTSOCK);
	OK(__wasi_fd_close(fd));
	IS(__wasi_sock_accept(fd, 0, &accepted), __WASI_ERRNO_BADF);
	IS(__wasi_sock_shutdown(fd, __WASI_SDFLAGS_WR), __WASI_ERRNO_BADF);
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	IS(proc_raise(6), __WASI_ERRNO_NOSYS);
	dir = (__wasi_fd_t)atoi(argv[1]);
	arguments_and_environment(argv);
	clocks_and_chance();
	contents();
	attributes();
	renumbering();
	directories();
	names();
	polling();
	sockets();
	OK(__wasi_path_unlink_file(dir, "text"));
	if (n_failed == 0)
		puts("all is well");
	__wasi_proc_exit(n_failed ? 1 : 0);
}
