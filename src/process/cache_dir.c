#include "process/cache_dir.h"

#include "base/cache_folder.h"
#include "base/own.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>

#define TEMP_PREFIX "new-"
enum { STALE_S = 24 * 60 * 60 };

static int check_owner(const struct cache_dir *d, struct err *e)
{
	struct stat st;

	if (fstat(d->fd, &st) < 0)
		return err_set(e, errno, "read the attributes of '%s'", d->path);
	if (st.st_uid != geteuid())
		return err_set(e, 0,
			       "the cache folder '%s' belongs to another user, who could put code "
			       "there for "
			       "you to run; name one of your own in WASMRUN_CACHE_DIR",
			       d->path);
	if (st.st_mode & 022)
		return err_set(e, 0,
			       "others may write to the cache folder '%s', and so put code there "
			       "for you to "
			       "run; 'chmod 700 %s' changes that",
			       d->path, d->path);
	return 0;
}

int cache_dir_open(struct cache_dir *ret, struct err *e)
{
	struct cache_dir d = { .fd = -EBADF };
	int r = cache_folder_path(&d.path, e);

	if (r == 0)
		r = cache_folder_make(d.path, e);
	if (r == 0) {
		d.fd = open(d.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		r = d.fd < 0 ? err_set(e, errno, "open the cache folder '%s'", d.path)
			     : check_owner(&d, e);
	}
	if (r < 0) {
		cache_dir_close(&d);
		return r;
	}
	*ret = d;
	return 0;
}

void cache_dir_close(struct cache_dir *d)
{
	d->fd = fd_close(d->fd);
	free(d->path);
	d->path = NULL;
}

int cache_dir_create_temp(const struct cache_dir *d, char ret_name[CACHE_TEMP_NAME_MAX],
			  int *ret_fd, struct err *e)
{
	char name[CACHE_TEMP_NAME_MAX];
	uint64_t random;
	int fd;

	if (getrandom(&random, sizeof random, 0) != sizeof random)
		return err_set(e, errno, "get random bytes");
	(void)snprintf(name, sizeof name, TEMP_PREFIX "%016" PRIx64, random);
	fd = openat(d->fd, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_set(
			e, errno,
			"make a file in the cache folder '%s' (WASMRUN_CACHE_DIR names another)",
			d->path);
	memcpy(ret_name, name, sizeof name);
	*ret_fd = fd;
	return 0;
}

static void remove_if_stale(int dir_fd, const char *name, time_t now)
{
	struct stat st;

	if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode))
		return;
	if (now - st.st_mtime > STALE_S)
		(void)unlinkat(dir_fd, name, 0); /* another run may have been faster */
}

void cache_dir_remove_stale(const struct cache_dir *d)
{
	int fd = openat(d->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (!dir) {
		(void)fd_close(fd);
		return;
	}
	while ((entry = readdir(dir)))
		if (strncmp(entry->d_name, TEMP_PREFIX, strlen(TEMP_PREFIX)) == 0)
			remove_if_stale(d->fd, entry->d_name, time(NULL));
	(void)closedir(dir);
}
