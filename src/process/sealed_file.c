#include "process/sealed_file.h"

#include "base/alloc.h"
#include "base/err.h"
#include "base/own.h"

#include <endian.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

struct trailer {
	char magic[8];
	uint64_t size_le;
	uint64_t hash_le[2];
};
_Static_assert(sizeof(struct trailer) == SEALED_FILE_TRAILER_LEN, "the trailer has no padding");

static const char magic[8] = "wasmrun1";

enum { CHUNK = 256 * 1024 };

/* Exactly `len` bytes from `offset`, or -errno; -EIO if the file ends before. */
static int read_at(int fd, void *ret, size_t len, off_t offset)
{
	uint8_t *out = ret;

	while (len) {
		ssize_t n = pread(fd, out, len, offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return neg_errno();
		if (n == 0)
			return -EIO;
		out += n;
		offset += n;
		len -= (size_t)n;
	}
	return 0;
}

/* Read, not mapped: a file that shrinks meanwhile is then an error and not a SIGBUS. */
static int hash_content(int fd, uint64_t size, XXH3_state_t *state, XXH128_hash_t *ret)
{
	AUTO_FREE uint8_t *chunk = xalloc(CHUNK);
	uint64_t offset = 0;

	if (XXH3_128bits_reset(state) != XXH_OK)
		return -EINVAL;
	while (offset < size) {
		size_t len = size - offset < CHUNK ? (size_t)(size - offset) : CHUNK;
		int r = read_at(fd, chunk, len, (off_t)offset);

		if (r < 0)
			return r;
		if (XXH3_128bits_update(state, chunk, len) != XXH_OK)
			return -EINVAL;
		offset += len;
	}
	*ret = XXH3_128bits_digest(state);
	return 0;
}

static int make_trailer(int fd, uint64_t size, struct trailer *ret)
{
	XXH3_state_t *state = XXH3_createState();
	XXH128_hash_t hash = { 0 };
	int r = state ? hash_content(fd, size, state, &hash) : -ENOMEM;

	(void)XXH3_freeState(state); /* always XXH_OK */
	if (r < 0)
		return r;
	*ret = (struct trailer){
		.size_le = htole64(size),
		.hash_le = { htole64(hash.low64), htole64(hash.high64) },
	};
	memcpy(ret->magic, magic, sizeof magic);
	return 0;
}

int sealed_file_seal(int fd)
{
	struct trailer trailer;
	struct stat st;
	ssize_t n;
	int r;

	if (fstat(fd, &st) < 0)
		return neg_errno();
	r = make_trailer(fd, (uint64_t)st.st_size, &trailer);
	if (r < 0)
		return r;
	n = pwrite(fd, &trailer, sizeof trailer, st.st_size);
	if (n < 0)
		return neg_errno();
	return n == sizeof trailer ? 0 : -ENOSPC;
}

int sealed_file_check_content(int fd, const char **ret_fault)
{
	struct trailer found, right;
	const char *fault = NULL;
	struct stat st;
	uint64_t size;
	int r;

	if (fstat(fd, &st) < 0)
		return neg_errno();
	if (!S_ISREG(st.st_mode))
		fault = "it is not a regular file";
	else if (st.st_size < (off_t)sizeof found)
		fault = "it is too short";
	if (fault) {
		*ret_fault = fault;
		return 1;
	}
	size = (uint64_t)st.st_size - sizeof found;
	r = read_at(fd, &found, sizeof found, (off_t)size);
	if (r == 0)
		r = make_trailer(fd, size, &right);
	if (r < 0)
		return r;
	if (memcmp(&found, &right, sizeof found) == 0)
		return 0;
	*ret_fault = "its content is damaged";
	return 1;
}

/* Whether somebody else could have written it. */
static const char *find_fault(const struct stat *st)
{
	if (st->st_uid != geteuid())
		return "it belongs to another user";
	if ((st->st_mode & 07777) != 0600)
		return "others could have written it";
	if (st->st_nlink != 1)
		return "it has a second name";
	return NULL;
}

int sealed_file_check(int fd, const char **ret_fault)
{
	const char *fault;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return neg_errno();
	fault = find_fault(&st);
	if (fault) {
		*ret_fault = fault;
		return 1;
	}
	return sealed_file_check_content(fd, ret_fault);
}
