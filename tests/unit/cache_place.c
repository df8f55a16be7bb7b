#include "cache_place.h"

#include "base/alloc.h"
#include "base/own.h"
#include "process/cache.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

void write_bytes(const char *path, const void *bytes, size_t len)
{
	AUTO_CLOSE int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), (ssize_t)len);
}

size_t read_bytes(const char *path, char *ret, size_t size)
{
	AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	assert_true(fd >= 0);
	n = read(fd, ret, size);
	assert_true(n >= 0);
	return (size_t)n;
}

int place_set_up(void **state)
{
	struct place *p = xalloc(sizeof *p);
	char template[] = "/tmp/wasmrun-test-cache-XXXXXX";

	assert_non_null(mkdtemp(template));
	p->dir = xstrdup(template);
	p->wasm = xprintf("%s/module.wasm", p->dir);
	p->cache = xprintf("%s/cache", p->dir);
	assert_int_equal(setenv("WASMRUN_CACHE_DIR", p->cache, 1), 0);
	assert_int_equal(setenv("WASMRUN_ENGINE", FAKE_ENGINE, 1), 0);
	*state = p;
	return 0;
}

void remove_files(const char *path)
{
	DIR *dir = opendir(path);
	const struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		(void)unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir)
		(void)closedir(dir);
	(void)rmdir(path);
}

int place_tear_down(void **state)
{
	struct place *p = *state;

	remove_files(p->cache);
	remove_files(p->dir);
	free(p->cache);
	free(p->wasm);
	free(p->dir);
	free(p);
	return 0;
}

int count_files(const char *path)
{
	DIR *dir = opendir(path);
	const struct dirent *entry;
	int n = 0;

	while (dir && (entry = readdir(dir)))
		n += entry->d_name[0] != '.';
	if (dir)
		(void)closedir(dir);
	return n;
}

bool get_shipped(const struct place *p, const char *shipped, char **ret_path)
{
	struct cache_module m = { .path = NULL };
	struct err e = { .text = "" };

	if (cache_module_get(p->wasm, shipped, &m, &e) != 0)
		fail_msg("%s", e.text);
	*ret_path = m.path;
	return m.compiled;
}

bool get(const struct place *p, char **ret_path)
{
	return get_shipped(p, NULL, ret_path);
}

void assert_refused(const char *wasm, int exit_code, const char *words)
{
	struct cache_module m = { .path = NULL };
	struct err e = { .text = "" };

	assert_true(cache_module_get(wasm, NULL, &m, &e) < 0);
	assert_null(m.path);
	assert_int_equal(e.exit_code, exit_code);
	if (!strstr(e.text, words))
		fail_msg("'%s' has no '%s'", e.text, words);
}
