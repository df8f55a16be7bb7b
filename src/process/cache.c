/* The way of a module:
 *
 *	1  read the file once, hashing it on the way	-> its name in the cache
 *	   (or remember it from an earlier run, if it has not changed: cache_index.h)
 *	2  a good file of that name is there (that it is whole is remembered likewise), or the one
 *	   that came with wasmrun would have that name: done
 *	3  read the file again, into sealed memory	-> the name of what is really compiled
 *	4  compile from that memory into a new file, seal it, rename it into place
 *
 * The file may change between 1 and 3. Then 3 sees other bytes, and they get their own name.
 */
#include "process/cache.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/log.h"
#include "base/own.h"
#include "base/self.h"
#include "process/cache_dir.h"
#include "process/cache_index.h"
#include "process/cache_key.h"
#include "process/compiler.h"
#include "process/sealed_file.h"
#include "process/shipped.h"

#include <fcntl.h>
#include <nettle/sha2.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

enum {
	MODULE_SIZE_MAX = 1 << 30,
	CHUNK = 256 * 1024,
	HEADER_LEN = FINGERPRINT_HEADER_LEN,
	SLOW_SIZE = 8 << 20, /* compiling a module of that size takes seconds */
};

/* The first eight bytes: the magic number, then a version and a layer. */
static const uint8_t core_header[HEADER_LEN + 1] = "\0asm\1\0\0\0";
static const uint8_t component_header[HEADER_LEN + 1] = "\0asm\15\0\1\0";

static int open_module(const char *path, int *ret_fd, struct err *e)
{
	/* O_NONBLOCK, so that a FIFO is refused below instead of waited for. */
	AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	int r;

	if (fd < 0) {
		r = err_set(e, errno, "open '%s'", path);
		return err_exit(e, r == -ENOENT || r == -ENOTDIR ? EXIT_NOT_FOUND : EXIT_CANNOT_RUN,
				r);
	}
	if (fstat(fd, &st) < 0)
		return err_set(e, errno, "read the attributes of '%s'", path);
	if (!S_ISREG(st.st_mode))
		return err_exit(e, EXIT_CANNOT_RUN, err_set(e, 0, "'%s' is not a file", path));
	*ret_fd = TAKE_FD(fd);
	return 0;
}

/* Reads the module from its start to its end, and copies it to `copy_fd` if that is one. */
static int read_module(int fd, int copy_fd, struct fingerprint *ret)
{
	AUTO_FREE uint8_t *chunk = xalloc(CHUNK);
	struct fingerprint print = { .header = { 0 } };
	struct sha256_ctx sha;
	size_t len = 0;

	sha256_init(&sha);
	for (;;) {
		ssize_t n = pread(fd, chunk, CHUNK, (off_t)len);
		int r = 0;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return neg_errno();
		if (n == 0)
			break;
		if ((size_t)n > MODULE_SIZE_MAX - len)
			return -EFBIG;
		for (size_t i = len; i < HEADER_LEN && i < len + (size_t)n; i++)
			print.header[i] = chunk[i - len];
		sha256_update(&sha, (size_t)n, chunk);
		if (copy_fd >= 0)
			r = fd_write_all(copy_fd, chunk, (size_t)n);
		if (r < 0)
			return r;
		len += (size_t)n;
	}
	sha256_digest(&sha, sizeof print.sha256, print.sha256);
	*ret = print;
	return 0;
}

static int tell_kind(const struct fingerprint *print, enum spec_kind *ret, struct err *e)
{
	if (memcmp(print->header, core_header, HEADER_LEN) == 0)
		*ret = SPEC_CORE;
	else if (memcmp(print->header, component_header, HEADER_LEN) == 0)
		*ret = SPEC_COMPONENT;
	else
		return err_exit(e, EXIT_CANNOT_RUN,
				err_set(e, 0, "it is not a WebAssembly module"));
	return 0;
}

/* What is remembered of a compiled module that has been checked: its module, under a header that no
 * module has. */
static struct fingerprint checked_print(const struct fingerprint *module)
{
	struct fingerprint checked = { .header = { 0 } };

	memcpy(checked.sha256, module->sha256, sizeof checked.sha256);
	return checked;
}

typedef int check_fn(int fd, const char **ret_fault);

/* As `check`, unless the file was good before and nobody has touched it since: reading all of an
 * interpreter takes a quarter of its start. */
static int check_once(const struct cache_dir *dir, int fd, const struct fingerprint *module,
		      check_fn *check, const char **ret_fault)
{
	const struct fingerprint checked = checked_print(module);
	struct fingerprint found;
	int r;

	if (cache_index_find(dir, fd, &found) && memcmp(&found, &checked, sizeof found) == 0)
		return 0;
	r = check(fd, ret_fault);
	if (r == 0)
		cache_index_store(dir, fd, &checked);
	return r;
}

/* Whether a good file of that name is there. One that cannot be read is as bad as a damaged one. */
static bool find_compiled(const struct cache_dir *dir, const char *key,
			  const struct fingerprint *module)
{
	AUTO_CLOSE int fd = openat(dir->fd, key, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	const char *fault = "it cannot be read";

	if (fd < 0 && errno == ENOENT)
		return false;
	if (fd >= 0 && check_once(dir, fd, module, sealed_file_check, &fault) == 0)
		return true;
	log_verbose("compiling again, for '%s/%s' is not to be trusted: %s", dir->path, key, fault);
	return false;
}

/* Whether what came with wasmrun is good and fits. */
static bool is_shipped(const struct cache_dir *dir, const char *path, const char *key,
		       const struct fingerprint *module)
{
	AUTO_CLOSE int fd = -EBADF;
	const char *fault = "it cannot be read";
	int r = shipped_open(path, key, &fd, &fault);

	if (r == 0)
		r = check_once(dir, fd, module, sealed_file_check_content, &fault);
	if (r == 0)
		log_verbose("using '%s', which came with wasmrun", path);
	else
		log_verbose("not using '%s', which came with wasmrun: %s", path, fault);
	return r == 0;
}

/* A copy of the module that nobody can change any more. */
static int copy_module(int fd, struct fingerprint *ret, int *ret_copy_fd, struct err *e)
{
	AUTO_CLOSE int copy_fd = memfd_create("wasmrun-module", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int r;

	if (copy_fd < 0)
		return err_set(e, errno, "make memory for the module");
	r = read_module(fd, copy_fd, ret);
	if (r < 0)
		return err_set(e, -r, "read it");
	if (fcntl(copy_fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) <
	    0)
		return err_set(e, errno, "seal the module's memory");
	if (lseek(copy_fd, 0, SEEK_SET) < 0)
		return err_set(e, errno, "rewind the module's memory");
	*ret_copy_fd = TAKE_FD(copy_fd);
	return 0;
}

/* Into a new file of the cache folder; the caller renames or unlinks it. */
static int compile_to(int module_fd, int out_fd, struct err *e)
{
	AUTO_FREE char *engine = NULL;
	int r = cache_engine_path(&engine, e);

	if (r == 0)
		r = compiler_run(engine, module_fd, out_fd, e);
	if (r < 0)
		return r;
	r = sealed_file_seal(out_fd);
	return r < 0 ? err_set(e, -r, "write the compiled module") : 0;
}

/* So that nobody takes it for dead. */
static void say_if_slow(int fd)
{
	struct stat st;

	if (fstat(fd, &st) == 0 && st.st_size >= SLOW_SIZE)
		log_line("compiling a large module for this machine, once: this takes seconds");
}

static int compile_into_cache(const struct cache_dir *dir, int fd, struct fingerprint *print,
			      struct err *e)
{
	char temp_name[CACHE_TEMP_NAME_MAX], key[CACHE_KEY_MAX];
	AUTO_CLOSE int copy_fd = -EBADF;
	AUTO_CLOSE int out_fd = -EBADF;
	int r = copy_module(fd, print, &copy_fd, e);

	if (r < 0)
		return r;
	say_if_slow(fd);
	cache_dir_remove_stale(dir);
	r = cache_dir_create_temp(dir, temp_name, &out_fd, e);
	if (r < 0)
		return r;
	r = compile_to(copy_fd, out_fd, e);
	cache_key_format(print->sha256, key);
	if (r == 0 && renameat(dir->fd, temp_name, dir->fd, key) < 0)
		r = err_set(e, errno, "put the compiled module into '%s'", dir->path);
	if (r < 0)
		(void)unlinkat(dir->fd, temp_name, 0); /* else it goes when it is a day old */
	return r;
}

/* What the module is, from memory if its file has not changed. */
static int identify(const struct cache_dir *dir, int fd, struct fingerprint *ret, struct err *e)
{
	int r;

	if (cache_index_find(dir, fd, ret))
		return 0;
	r = read_module(fd, -EBADF, ret);
	if (r < 0)
		return err_set(e, -r, "read it");
	cache_index_store(dir, fd, ret);
	return 0;
}

static int get_from_dir(const struct cache_dir *dir, int fd, const char *shipped,
			struct cache_module *ret, struct err *e)
{
	struct cache_module m = { .compiled = false };
	struct fingerprint print;
	char key[CACHE_KEY_MAX];
	int r = identify(dir, fd, &print, e);

	if (r == 0)
		r = tell_kind(&print, &m.kind, e);
	if (r < 0)
		return r;
	cache_key_format(print.sha256, key);
	if (find_compiled(dir, key, &print)) {
		m.path = xprintf("%s/%s", dir->path, key);
	} else if (shipped && is_shipped(dir, shipped, key, &print)) {
		m.path = xstrdup(shipped);
	} else {
		r = compile_into_cache(dir, fd, &print, e);
		if (r == 0)
			r = tell_kind(&print, &m.kind, e); /* of the bytes that were compiled */
		if (r < 0)
			return r;
		cache_key_format(print.sha256, key);
		m.compiled = true;
		m.path = xprintf("%s/%s", dir->path, key);
	}
	*ret = m;
	return 0;
}

int cache_module_get(const char *wasm_path, const char *shipped, struct cache_module *ret,
		     struct err *e)
{
	AUTO_CLOSE int fd = -EBADF;
	struct cache_dir dir;
	int r = open_module(wasm_path, &fd, e);

	if (r < 0)
		return r;
	r = cache_dir_open(&dir, e);
	if (r < 0)
		return r;
	r = get_from_dir(&dir, fd, shipped, ret, e);
	if (r < 0)
		err_wrap(e, "cannot load '%s'", wasm_path);
	cache_dir_close(&dir);
	return r;
}

void cache_module_deinit(struct cache_module *m)
{
	free(m->path);
	*m = (struct cache_module){ .path = NULL };
}

int cache_engine_path(char **ret, struct err *e)
{
	/* Beside this program, or where the build has it. */
	static const char *const beside[] = { "wasmrun-engine", "engine/wasmrun-engine" };
	const char *chosen = getenv("WASMRUN_ENGINE");
	AUTO_FREE char *dir = NULL;
	int r;

	if (chosen && chosen[0]) {
		*ret = xstrdup(chosen);
		return 0;
	}
	r = self_folder(&dir, e);
	if (r < 0)
		return r;
	for (size_t i = 0; i < ARRAY_LEN(beside); i++) {
		AUTO_FREE char *path = xprintf("%s/%s", dir, beside[i]);

		if (access(path, X_OK) == 0) {
			*ret = TAKE_PTR(path);
			return 0;
		}
	}
	if (access(WASMRUN_LIBEXECDIR "/wasmrun-engine", X_OK) < 0)
		return err_set(e, errno,
			       "find the engine at '" WASMRUN_LIBEXECDIR
			       "/wasmrun-engine' (WASMRUN_ENGINE "
			       "names another place)");
	*ret = xstrdup(WASMRUN_LIBEXECDIR "/wasmrun-engine");
	return 0;
}
