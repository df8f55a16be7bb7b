/* A guest that makes any calls with any arguments over any memory.
 *
 * Input: u16 little-endian n, n bytes that are put into memory from MEM_START on, then calls
 * until the input ends. A call is a byte that chooses the import and one or more bytes an
 * argument (see next_arg()). After each call: the memory has changed only where an argument says
 * so (fuzz_wasi_memory.h), and this process is in the folder where it was. After each input:
 * nothing outside the granted directories has changed, and nothing inside the read-only one; the
 * memory lies between pages that may not be touched.
 *
 * Calls that would wait are kept from it by changing their arguments here, since the core has no
 * such switch: descriptors are non-blocking and every poll has a clock that is due. The process
 * is put into a network namespace of its own; where that is not permitted, the calls that send
 * are left out.
 */
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/own.h"
#include "wasi/imports.h"
#include "wasi/preview1.h"

#include "../unit/test_wasi_lookup.h"
#include "fuzz_wasi_memory.h"

enum {
	MEM_SIZE = 65536,
	MEM_START = 256,
	GUARD = 4096,
	IMPORTS_MAX = 256,
	CALLS_MAX = 64,
	FILE_MAX = 1 << 20,
};

static const struct import *imports[IMPORTS_MAX];
static size_t n_imports;
static struct gmem mem;
static struct changes changes;
static char folder[PATH_MAX]; /* the working directory */
static bool is_traced;	      /* FUZZ_TRACE is set: tell each call and its result */
static bool network_is_own;
static char root[] = "/tmp/wasmrun-fuzz-XXXXXX";
static char work[64];
static char ro[64];

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

static void remove_root(void)
{
	(void)nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS); /* a leftover in /tmp is no find */
}

static void put_file(const char *dir, const char *name, const char *text)
{
	char path[128];
	int fd;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	REQUIRE(fd >= 0);
	REQUIRE(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

/* The file is there under one name, as put_file() left it. */
static void require_file(const char *dir, const char *name, const char *text)
{
	char path[128];
	char found[16] = "";
	struct stat st;
	int fd;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	REQUIRE(fd >= 0);
	REQUIRE(read(fd, found, sizeof found - 1) == (ssize_t)strlen(text));
	REQUIRE(strcmp(found, text) == 0);
	REQUIRE(fstat(fd, &st) == 0 && st.st_nlink == 1 && st.st_mtim.tv_sec > 1000000000);
	close(fd);
}

static void require_entries(const char *path, unsigned n_wanted)
{
	DIR *dir = opendir(path);
	unsigned n = 0;

	REQUIRE(dir);
	while (readdir(dir))
		n++;
	(void)closedir(dir);
	REQUIRE(n == n_wanted + 2); /* and "." and ".." */
}

static void loopback_up(void)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	REQUIRE(fd >= 0 && ioctl(fd, SIOCSIFFLAGS, &ifr) == 0);
	close(fd);
}

static void memory_new(void)
{
	uint8_t *map =
		mmap(NULL, MEM_SIZE + 2 * GUARD, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	REQUIRE(map != MAP_FAILED);
	REQUIRE(mprotect(map + GUARD, MEM_SIZE, PROT_READ | PROT_WRITE) == 0);
	mem = (struct gmem){ map + GUARD, MEM_SIZE };
}

static void start(void)
{
	const struct rlimit file_size = { FILE_MAX, FILE_MAX };
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	/* The corpus and the findings are written by the process that runs us, before and after. */
	REQUIRE(setrlimit(RLIMIT_FSIZE, &file_size) == 0);
	REQUIRE(sigaction(SIGXFSZ, &ignore, NULL) == 0);
	REQUIRE(null >= 0 && dup2(null, 0) == 0);
	close(null);
	network_is_own = unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0;
	if (network_is_own)
		loopback_up();
	else
		fprintf(stderr, "no network namespace: calls that send are left out\n");
	REQUIRE(mkdtemp(root));
	(void)atexit(remove_root);
	snprintf(work, sizeof work, "%s/work", root);
	snprintf(ro, sizeof ro, "%s/ro", root);
	REQUIRE(mkdir(ro, 0755) == 0);
	put_file(ro, "file", "abc");
	put_file(root, "secret", "secret");
	is_traced = getenv("FUZZ_TRACE");
	REQUIRE(getcwd(folder, sizeof folder));
	memory_new();
	for (const struct import *im = import_next(NULL, NULL, NULL); im;
	     im = import_next(NULL, NULL, im)) {
		REQUIRE(n_imports < IMPORTS_MAX);
		imports[n_imports++] = im;
	}
}

struct input {
	const uint8_t *at;
	size_t left;
};

static uint64_t take(struct input *in, size_t len)
{
	uint64_t v = 0;

	for (size_t i = 0; i < len && in->left; i++, in->at++, in->left--)
		v |= (uint64_t)*in->at << (8 * i);
	return v;
}

/* Below 64: that number, a descriptor or a length. Below 240: an address in the part of memory that
 * the input filled. Else the value itself follows. */
static uint64_t next_arg(struct input *in, char type)
{
	uint64_t v = take(in, 1);

	if (v < 64)
		return v;
	if (v < 240)
		return MEM_START + (v - 64) * 16;
	return take(in, type == 'i' ? 4 : 8);
}

/* Makes the call one that does not wait. False if it must not be made at all. */
static bool make_harmless(const struct import *im, uint64_t *args)
{
	uint8_t *sub;

	if (strcmp(im->name, "fd_fdstat_set_flags") == 0)
		args[1] |= P1_FD_NONBLOCK;
	if (strstr(im->name, "_oneoff")) {
		sub = gmem_view(mem, (uint32_t)args[0], 56);
		if (sub)
			memset(sub, 0,
			       56); /* a relative clock that is due now, in both snapshots */
	}
	return network_is_own || (strncmp(im->name, "sock_connect", 12) != 0 &&
				  strncmp(im->name, "sock_send_to", 12) != 0);
}

/* Whatever the call is about to do to a descriptor, it does not wait. */
static void make_nonblocking(struct sys *s, const struct import *im, const uint64_t *args)
{
	const struct import *set =
		import_find("wasi_snapshot_preview1", "fd_fdstat_set_flags", "ii", "i");

	if (strncmp(im->args, "fd", 2) == 0)
		(void)set->call(s, mem, (uint64_t[]){ args[0], P1_FD_NONBLOCK }); /* if it can */
}

static void make_call(struct sys *s, const struct import *im, uint64_t *args)
{
	char now[PATH_MAX];
	uint32_t r;

	if (!make_harmless(im, args))
		return;
	make_nonblocking(s, im, args);
	changes_expect(&changes, mem, im, args);
	r = im->call(s, mem, args);
	if (is_traced)
		fprintf(stderr, "%s (%s): %u\n", im->name, im->params, r);
	changes_check(&changes, mem, im, r);
	REQUIRE(getcwd(now, sizeof now) && strcmp(now, folder) == 0);
}

static void run_calls(struct sys *s, struct input *in)
{
	for (int i = 0; i < CALLS_MAX && in->left; i++) {
		const struct import *im = imports[take(in, 1) % n_imports];
		uint64_t args[IMPORT_PARAMS_MAX + 1] = { 0 }; /* the checks look one further */

		for (size_t k = 0; im->params[k]; k++)
			args[k] = next_arg(in, im->params[k]);
		make_call(s, im, args);
	}
}

static struct sys *guest_new(void)
{
	static const char *const strings[] = { "one", "A=1" };
	static struct sys_dir dirs[] = { { work, "/", true }, { ro, "/ro", false } };
	static const struct sys_config config = {
		.args = strings,
		.n_args = 1,
		.env = strings + 1,
		.n_env = 1,
		.dirs = dirs,
		.n_dirs = 2,
		.lookup = fake_lookup,
	};
	struct sys *s = NULL;
	const struct import *close_fd = import_find("wasi_snapshot_preview1", "fd_close", "i", "i");

	REQUIRE(sys_new(&config, &s, NULL) == 0);
	/* 0 is /dev/null; what is printed must stay readable. */
	REQUIRE(close_fd->call(s, mem, (uint64_t[]){ 1 }) == P1_SUCCESS);
	REQUIRE(close_fd->call(s, mem, (uint64_t[]){ 2 }) == P1_SUCCESS);
	return s;
}

/* libFuzzer calls this before it starts a thread; with one, there would be no new namespace
 * (unshare(2), CLONE_NEWUSER). The replay has none, and starts with the first input. */
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	start();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct input in = { bytes, len };
	size_t filled;
	struct sys *s;

	if (!mem.base)
		start();
	(void)nftw(work, remove_one, 16, FTW_DEPTH | FTW_PHYS); /* not there the first time */
	REQUIRE(mkdir(work, 0755) == 0);
	put_file(work, "file", "0123456789");
	filled = take(&in, 2);
	if (filled > in.left)
		filled = in.left;
	if (filled > MEM_SIZE - MEM_START)
		filled = MEM_SIZE - MEM_START;
	memset(mem.base, 0, MEM_SIZE);
	memcpy(mem.base + MEM_START, in.at, filled);
	in.at += filled;
	in.left -= filled;

	s = guest_new();
	run_calls(s, &in);
	(void)sys_free(s);

	require_file(root, "secret", "secret");
	require_file(ro, "file", "abc");
	require_entries(root, 3);
	require_entries(ro, 1);
	return 0;
}
