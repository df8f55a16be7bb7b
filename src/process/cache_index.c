#include "process/cache_index.h"

#include "base/own.h"
#include "process/sealed_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { INDEX_NAME_MAX = 64, SETTLED_S = 2 };

/* As it lies in the file; written and read by the same machine. */
struct entry {
	uint64_t dev, ino, size;
	int64_t mtime_s, mtime_ns, ctime_s, ctime_ns;
	struct fingerprint print;
};

static int describe(int fd, struct entry *ret, char name[INDEX_NAME_MAX])
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return neg_errno();
	memset(ret, 0, sizeof *ret); /* padding is compared, too */
	ret->dev = st.st_dev;
	ret->ino = st.st_ino;
	ret->size = (uint64_t)st.st_size;
	ret->mtime_s = st.st_mtim.tv_sec;
	ret->mtime_ns = st.st_mtim.tv_nsec;
	ret->ctime_s = st.st_ctim.tv_sec;
	ret->ctime_ns = st.st_ctim.tv_nsec;
	(void)snprintf(name, INDEX_NAME_MAX, "index-%llx-%llx", (unsigned long long)ret->dev,
		       (unsigned long long)ret->ino);
	return 0;
}

bool cache_index_find(const struct cache_dir *dir, int fd, struct fingerprint *ret)
{
	char name[INDEX_NAME_MAX];
	struct entry now, then;
	const char *fault;
	AUTO_CLOSE int index_fd = -EBADF;

	if (describe(fd, &now, name) < 0)
		return false;
	index_fd = openat(dir->fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (index_fd < 0 || sealed_file_check(index_fd, &fault) != 0 ||
	    pread(index_fd, &then, sizeof then, 0) != sizeof then)
		return false;
	if (memcmp(&now, &then, offsetof(struct entry, print)) != 0)
		return false;
	*ret = then.print;
	return true;
}

static bool is_settled(const struct entry *entry)
{
	int64_t last = entry->mtime_s > entry->ctime_s ? entry->mtime_s : entry->ctime_s;

	return time(NULL) - last > SETTLED_S;
}

void cache_index_store(const struct cache_dir *dir, int fd, const struct fingerprint *print)
{
	char name[INDEX_NAME_MAX], temp_name[CACHE_TEMP_NAME_MAX];
	AUTO_CLOSE int index_fd = -EBADF;
	struct entry entry;

	if (describe(fd, &entry, name) < 0 || !is_settled(&entry))
		return;
	entry.print = *print;
	if (cache_dir_create_temp(dir, temp_name, &index_fd, NULL) < 0)
		return;
	if (write(index_fd, &entry, sizeof entry) != sizeof entry ||
	    sealed_file_seal(index_fd) < 0 || renameat(dir->fd, temp_name, dir->fd, name) < 0)
		(void)unlinkat(dir->fd, temp_name, 0);
}
