#include "wasi/dir.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"

enum { DIR_WANT_MIN = 1024 }; /* any entry fits: 255 bytes of name and 24 of the rest */

int dir_open(struct dir_reader *r, const struct desc *d, uint64_t cookie, size_t size_hint)
{
	if (d->kind != DESC_DIR)
		return -ENOTDIR;
	if (cookie > INT64_MAX)
		return -EINVAL;
	if (lseek(d->fd, (off_t)cookie, SEEK_SET) < 0)
		return neg_errno();
	r->fd = d->fd;
	r->want = size_hint < DIR_WANT_MIN	? DIR_WANT_MIN
		  : size_hint > sizeof r->bytes ? sizeof r->bytes
						: size_hint;
	r->len = r->at = 0;
	return 0;
}

int dir_next(struct dir_reader *r, struct dir_entry *ret)
{
	const struct dirent64 *e;

	if (r->at == r->len) {
		ssize_t n = getdents64(r->fd, r->bytes, r->want);

		if (n <= 0)
			return n < 0 ? neg_errno() : 0;
		r->len = (size_t)n;
		r->at = 0;
	}
	e = (const struct dirent64 *)(r->bytes + r->at); /* the kernel aligns each to 8 */
	r->at += e->d_reclen;
	*ret = (struct dir_entry){
		.name = e->d_name,
		.name_len = strlen(e->d_name),
		.ino = e->d_ino,
		.next = (uint64_t)e->d_off,
		.type = DTTOIF(e->d_type),
	};
	return 1;
}
