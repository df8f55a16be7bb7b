/* Files on command (command.h), by the calls themselves: no library resolves a path first.
 * FD is a directory of the guest; 3 is the first that it was given. */
#include "command.h"

#include <stdlib.h>

static __wasi_errno_t open_at(int fd, const char *path, __wasi_lookupflags_t lookup,
			      __wasi_oflags_t flags, __wasi_rights_t rights, __wasi_fd_t *ret_fd)
{
	return __wasi_path_open(fd, lookup, path, flags, rights, 0, 0, ret_fd);
}

/* read FD PATH: follows a symlink in the last place too */
static __wasi_errno_t read_file(int fd, const char *path, char text[256])
{
	__wasi_iovec_t to = { (uint8_t *)text, 255 };
	__wasi_size_t n = 0;
	__wasi_fd_t file;
	__wasi_errno_t r = open_at(fd, path, __WASI_LOOKUPFLAGS_SYMLINK_FOLLOW, 0,
				   __WASI_RIGHTS_FD_READ, &file);

	if (r)
		return r;
	r = __wasi_fd_read(file, &to, 1, &n);
	text[n] = '\0';
	(void)__wasi_fd_close(file);
	return r;
}

static __wasi_errno_t write_file(int fd, const char *path, const char *text)
{
	__wasi_ciovec_t from = { (const uint8_t *)text, strlen(text) };
	__wasi_size_t n;
	__wasi_fd_t file;
	__wasi_errno_t r =
		open_at(fd, path, __WASI_LOOKUPFLAGS_SYMLINK_FOLLOW,
			__WASI_OFLAGS_CREAT | __WASI_OFLAGS_TRUNC, __WASI_RIGHTS_FD_WRITE, &file);

	if (r)
		return r;
	r = __wasi_fd_write(file, &from, 1, &n);
	(void)__wasi_fd_close(file);
	return r;
}

static __wasi_errno_t read_link(int fd, const char *path, char text[256])
{
	__wasi_size_t n = 0;
	__wasi_errno_t r = __wasi_path_readlink(fd, path, (uint8_t *)text, 255, &n);

	text[n] = '\0';
	return r;
}

/* Opens the directory and leaves it open: later commands may name its number. */
static __wasi_errno_t open_dir(int fd, const char *path, char text[256])
{
	__wasi_fd_t dir;
	__wasi_errno_t r =
		open_at(fd, path, __WASI_LOOKUPFLAGS_SYMLINK_FOLLOW, __WASI_OFLAGS_DIRECTORY,
			__WASI_RIGHTS_FD_READ | __WASI_RIGHTS_PATH_OPEN, &dir);

	(void)snprintf(text, 256, "%u", r ? 0 : dir);
	return r;
}

static __wasi_errno_t dir_name(int fd, char text[256])
{
	__wasi_prestat_t p;
	__wasi_errno_t r = __wasi_fd_prestat_get(fd, &p);

	if (r)
		return r;
	text[p.u.dir.pr_name_len] = '\0';
	return __wasi_fd_prestat_dir_name(fd, (uint8_t *)text, p.u.dir.pr_name_len);
}

static __wasi_errno_t stat_size(int fd, const char *path, char text[256])
{
	__wasi_filestat_t st = { 0 };
	__wasi_errno_t r =
		__wasi_path_filestat_get(fd, __WASI_LOOKUPFLAGS_SYMLINK_FOLLOW, path, &st);

	(void)snprintf(text, 256, "%llu", (unsigned long long)st.size);
	return r;
}

/* race FD PATH TIMES: reads PATH over and over; says how often each first letter came,
 * '-' for an error */
static void race(int fd, const char *path, int times)
{
	int seen[256] = { 0 }, failed = 0;
	char text[256];

	for (int i = 0; i < times; i++) {
		if (read_file(fd, path, text))
			failed++;
		else
			seen[(unsigned char)text[0]]++;
	}
	printf("ok -:%d", failed);
	for (int c = 1; c < 256; c++)
		if (seen[c])
			printf(" %c:%d", c, seen[c]);
	printf("\n");
	fflush(stdout);
}

static bool act(char **w, char text[256], __wasi_errno_t *ret)
{
	int fd = atoi(w[1]);

	text[0] = '\0';
	if (!strcmp(w[0], "read"))
		*ret = read_file(fd, w[2], text);
	else if (!strcmp(w[0], "write"))
		*ret = write_file(fd, w[2], w[3]);
	else if (!strcmp(w[0], "readlink"))
		*ret = read_link(fd, w[2], text);
	else if (!strcmp(w[0], "symlink")) /* symlink FD PATH TARGET */
		*ret = __wasi_path_symlink(w[3], fd, w[2]);
	else if (!strcmp(w[0], "link")) /* link FD PATH NEW */
		*ret = __wasi_path_link(fd, 0, w[2], fd, w[3]);
	else if (!strcmp(w[0], "rename"))
		*ret = __wasi_path_rename(fd, w[2], fd, w[3]);
	else if (!strcmp(w[0], "unlink"))
		*ret = __wasi_path_unlink_file(fd, w[2]);
	else if (!strcmp(w[0], "mkdir"))
		*ret = __wasi_path_create_directory(fd, w[2]);
	else if (!strcmp(w[0], "rmdir"))
		*ret = __wasi_path_remove_directory(fd, w[2]);
	else if (!strcmp(w[0], "size"))
		*ret = stat_size(fd, w[2], text);
	else if (!strcmp(w[0], "opendir"))
		*ret = open_dir(fd, w[2], text);
	else if (!strcmp(w[0], "name"))
		*ret = dir_name(fd, text);
	else
		return false;
	return true;
}

int main(void)
{
	struct command c;
	char text[256];
	__wasi_errno_t r;

	while (command_next(&c)) {
		if (!strcmp(c.words[0], "race"))
			race(atoi(c.words[1]), c.words[2], atoi(c.words[3]));
		else if (!act(c.words, text, &r))
			answer_ok("what?");
		else if (r)
			answer_errno(r);
		else
			answer_ok(text);
	}
	return 0;
}
