/* Files, through wasi-libc. Every call blocks; what is asynchronous to Node is completed by
 * boot/fs.js.
 *
 * JavaScript sees Linux's numbers, in flags and in errors: scripts compare them. A call gives a
 * number of at least 0, or what it was asked for, or a negative errno.
 *
 * A project is mounted at its own path, so the directories above it exist by name only. Node looks
 * at each when it resolves a path (realpath), so stat() answers for them here.
 */
#include "native.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wasi/api.h>

enum { PATH_SIZE = 4096 };

/* Linux's number of each of WASI's, in WASI's order. */
static const uint8_t linux_errno[] = {
	0,  7,	13, 98,	 99, 97,  11,  114, 9,	 74,  16,  125, 10, 103, 111, 104,
	35, 89, 33, 122, 17, 14,  27,  113, 43,	 84,  115, 4,	22, 5,	 106, 21,
	40, 24, 31, 90,	 72, 36,  100, 102, 101, 23,  105, 19,	2,  8,	 37,  67,
	12, 42, 92, 28,	 38, 107, 20,  39,  131, 88,  95,  25,	6,  75,	 130, 1,
	32, 71, 93, 91,	 34, 30,  29,  3,   116, 110, 26,  18,	2,
};

JSValue errno_value(JSContext *ctx, int code)
{
	bool is_known = code > 0 && (size_t)code < sizeof linux_errno;

	return JS_NewInt32(ctx, -(is_known ? linux_errno[code] : 5));
}

static JSValue result(JSContext *ctx, int64_t r)
{
	return r < 0 ? errno_value(ctx, errno) : JS_NewInt64(ctx, r);
}

/* Copies a path argument, a string or bytes; false with an exception. Too long a path becomes one
 * that does not fit. */
static bool path_get(JSContext *ctx, JSValueConst value, char path[PATH_SIZE])
{
	struct bytes b;

	if (JS_IsString(value)) {
		const char *s = JS_ToCStringLen(ctx, &b.len, value);

		if (!s)
			return false;
		b.len = b.len < PATH_SIZE ? b.len : PATH_SIZE - 1;
		memcpy(path, s, b.len);
		JS_FreeCString(ctx, s);
	} else {
		if (!bytes_get(ctx, value, &b))
			return false;
		b.len = b.len < PATH_SIZE ? b.len : PATH_SIZE - 1;
		memcpy(path, b.at, b.len);
	}
	path[b.len] = 0;
	return true;
}

static int int_get(JSContext *ctx, JSValueConst value)
{
	int32_t n = 0;

	JS_ToInt32(ctx, &n, value);
	return n;
}

/* Is `path` a directory above a preopened one, or "/" itself? *ret_rest is what follows it there.
 */
static bool is_above_preopen(const char *path, const char *preopen, const char **ret_rest)
{
	size_t len = strlen(path);

	while (len > 0 && path[len - 1] == '/')
		len--;
	if (strncmp(path, preopen, len) != 0 || preopen[len] != '/' || !preopen[len + 1])
		return false;
	*ret_rest = preopen + len + 1;
	return true;
}

/* Calls `visit` with the rest of each preopen's name below `path`; gives how many there are. */
static int visit_below(const char *path, void (*visit)(const char *rest, void *to), void *to)
{
	char name[PATH_SIZE];
	__wasi_prestat_t stat;
	const char *rest;
	int n = 0;

	for (int fd = 3; __wasi_fd_prestat_get(fd, &stat) == 0; fd++) {
		size_t len = stat.u.dir.pr_name_len;

		if (stat.tag != __WASI_PREOPENTYPE_DIR || len >= sizeof name)
			continue;
		if (__wasi_fd_prestat_dir_name(fd, (uint8_t *)name, len) != 0)
			continue;
		name[len] = 0;
		if (!is_above_preopen(path, name, &rest))
			continue;
		n++;
		if (visit)
			visit(rest, to);
	}
	return n;
}

static void stat_put(double *f, const struct stat *st)
{
	static const mode_t rights[] = { 0644, 0755, 0777 };
	int kind = S_ISDIR(st->st_mode) ? 1 : S_ISLNK(st->st_mode) ? 2 : 0;
	const struct timespec *times[] = { &st->st_atim, &st->st_mtim, &st->st_ctim, &st->st_mtim };

	f[0] = (double)st->st_dev;
	f[1] = (double)((st->st_mode & S_IFMT) | rights[kind]); /* WASI has no rights */
	f[2] = (double)st->st_nlink;
	f[3] = f[4] = f[5] = 0;
	f[6] = 4096;
	f[7] = (double)st->st_ino;
	f[8] = (double)st->st_size;
	f[9] = (double)((st->st_size + 511) / 512);
	for (int i = 0; i < 4; i++) {
		f[10 + 2 * i] = (double)times[i]->tv_sec;
		f[11 + 2 * i] = (double)times[i]->tv_nsec;
	}
}

/* stat(path, follow, Float64Array(18)) */
static JSValue file_stat(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	char path[PATH_SIZE];
	struct stat st = { 0 };
	struct bytes out;
	int r;

	if (!path_get(ctx, argv[0], path) || !bytes_get(ctx, argv[2], &out))
		return JS_EXCEPTION;
	r = fstatat(AT_FDCWD, path, &st, JS_ToBool(ctx, argv[1]) ? 0 : AT_SYMLINK_NOFOLLOW);
	if (r < 0 && visit_below(path, NULL, NULL) > 0) {
		st = (struct stat){ .st_mode = S_IFDIR, .st_nlink = 1 };
		r = 0;
	}
	if (r == 0)
		stat_put((double *)out.at, &st);
	return result(ctx, r);
}

static JSValue file_fstat(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	struct stat st;
	struct bytes out;
	int r = fstat(int_get(ctx, argv[0]), &st);

	if (!bytes_get(ctx, argv[1], &out))
		return JS_EXCEPTION;
	if (r == 0)
		stat_put((double *)out.at, &st);
	return result(ctx, r);
}

static int open_flags(int l)
{
	static const int modes[] = { O_RDONLY, O_WRONLY, O_RDWR, O_RDWR };
	int flags = modes[l & 3];

	flags |= (l & 0100 ? O_CREAT : 0) | (l & 0200 ? O_EXCL : 0) | (l & 01000 ? O_TRUNC : 0);
	flags |= (l & 02000 ? O_APPEND : 0) | (l & 0200000 ? O_DIRECTORY : 0) |
		 (l & 0400000 ? O_NOFOLLOW : 0);
	return flags;
}

static JSValue file_open(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	char path[PATH_SIZE];

	if (!path_get(ctx, argv[0], path))
		return JS_EXCEPTION;
	return result(ctx, open(path, open_flags(int_get(ctx, argv[1])), 0666));
}

static JSValue file_close(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	return result(ctx, close(int_get(ctx, argv[0])));
}

/* read or write(fd, bytes, offset, length, position or -1) */
static JSValue file_transfer(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv,
			     int is_write)
{
	int fd = int_get(ctx, argv[0]);
	struct bytes b;
	size_t offset, len;
	int64_t position = -1;

	if (!bytes_get(ctx, argv[1], &b))
		return JS_EXCEPTION;
	offset = index_get(ctx, argv[2], 0, b.len);
	len = index_get(ctx, argv[3], b.len - offset, b.len - offset);
	JS_ToInt64Ext(ctx, &position, argv[4]);
	if (is_write)
		return result(ctx, position < 0 ? write(fd, b.at + offset, len)
						: pwrite(fd, b.at + offset, len, position));
	return result(ctx, position < 0 ? read(fd, b.at + offset, len)
					: pread(fd, b.at + offset, len, position));
}

/* readAll(fd) -> ArrayBuffer, from where the descriptor stands */
static JSValue file_read_all(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	int fd = int_get(ctx, argv[0]);
	size_t len = 0, room = 8192;
	struct stat st;
	uint8_t *at;
	JSValue r;

	if (fstat(fd, &st) == 0 && st.st_size > 0)
		room = (size_t)st.st_size + 1;
	at = js_malloc(ctx, room);
	while (at) {
		ssize_t n = read(fd, at + len, room - len);

		if (n < 0) {
			r = errno_value(ctx, errno);
			js_free(ctx, at);
			return r;
		}
		if (n == 0)
			break;
		len += (size_t)n;
		if (len == room) {
			uint8_t *more = js_realloc(ctx, at, room *= 2);

			if (!more) {
				js_free(ctx, at);
				return JS_EXCEPTION;
			}
			at = more;
		}
	}
	if (!at)
		return JS_EXCEPTION;
	r = bytes_new(ctx, at, len);
	js_free(ctx, at);
	return r;
}

struct listing {
	JSContext *ctx;
	JSValue names, kinds;
	uint32_t n;
};

static void listing_add(struct listing *l, const char *name, size_t len, int kind)
{
	JS_SetPropertyUint32(l->ctx, l->names, l->n, bytes_new(l->ctx, name, len));
	JS_SetPropertyUint32(l->ctx, l->kinds, l->n++, JS_NewInt32(l->ctx, kind));
}

static void listing_add_preopen(const char *rest, void *to)
{
	struct listing *l = to;

	listing_add(l, rest, strcspn(rest, "/"), 2);
}

/* Node's number of a directory entry's type. */
static int entry_kind(int type)
{
	switch (type) {
	case DT_REG:
		return 1;
	case DT_DIR:
		return 2;
	case DT_LNK:
		return 3;
	case DT_CHR:
		return 6;
	default:
		return 0;
	}
}

/* readdir(path) -> [[ArrayBuffer of a name], [kind]] */
static JSValue file_readdir(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	struct listing l = { .ctx = ctx };
	char path[PATH_SIZE];
	struct dirent *entry;
	DIR *folder;
	JSValue r;

	if (!path_get(ctx, argv[0], path))
		return JS_EXCEPTION;
	folder = opendir(path);
	if (!folder && visit_below(path, NULL, NULL) == 0)
		return errno_value(ctx, errno);
	l.names = JS_NewArray(ctx);
	l.kinds = JS_NewArray(ctx);
	if (!folder)
		visit_below(path, listing_add_preopen, &l);
	while (folder && (entry = readdir(folder)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			listing_add(&l, entry->d_name, strlen(entry->d_name),
				    entry_kind(entry->d_type));
	if (folder)
		closedir(folder);
	r = JS_NewArray(ctx);
	JS_SetPropertyUint32(ctx, r, 0, l.names);
	JS_SetPropertyUint32(ctx, r, 1, l.kinds);
	return r;
}

enum path_call { MKDIR, RMDIR, UNLINK, ACCESS };

static JSValue file_path_call(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv,
			      int which)
{
	char path[PATH_SIZE];
	int mode = argc > 1 ? int_get(ctx, argv[1]) : 0, r;

	if (!path_get(ctx, argv[0], path))
		return JS_EXCEPTION;
	switch ((enum path_call)which) {
	case MKDIR:
		return result(ctx, mkdir(path, 0777));
	case RMDIR:
		return result(ctx, rmdir(path));
	case UNLINK:
		return result(ctx, unlink(path));
	default:
		/* WASI's bits are others than Linux's; X_OK (1) has no meaning here. */
		r = access(path, (mode & 4 ? R_OK : 0) | (mode & 2 ? W_OK : 0));
		if (r < 0 && !(mode & 2) && visit_below(path, NULL, NULL) > 0)
			r = 0;
		return result(ctx, r);
	}
}

enum two_path_call { RENAME, LINK, SYMLINK };

static JSValue file_two_path_call(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv,
				  int which)
{
	char from[PATH_SIZE], to[PATH_SIZE];

	if (!path_get(ctx, argv[0], from) || !path_get(ctx, argv[1], to))
		return JS_EXCEPTION;
	switch ((enum two_path_call)which) {
	case RENAME:
		return result(ctx, rename(from, to));
	case LINK:
		return result(ctx, link(from, to));
	default:
		return result(ctx, symlink(from, to));
	}
}

static JSValue file_readlink(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	char path[PATH_SIZE], target[PATH_SIZE];
	ssize_t n;

	if (!path_get(ctx, argv[0], path))
		return JS_EXCEPTION;
	n = readlink(path, target, sizeof target);
	if (n < 0 && visit_below(path, NULL, NULL) > 0)
		errno = EINVAL;
	return n < 0 ? errno_value(ctx, errno) : bytes_new(ctx, target, (size_t)n);
}

static JSValue file_ftruncate(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	int64_t size = 0;

	JS_ToInt64(ctx, &size, argv[1]);
	return result(ctx, ftruncate(int_get(ctx, argv[0]), size));
}

static JSValue file_fsync(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	return result(ctx, fsync(int_get(ctx, argv[0])));
}

static struct timespec time_get(JSContext *ctx, JSValueConst value)
{
	double seconds = 0;
	struct timespec t;

	JS_ToFloat64(ctx, &seconds, value);
	t.tv_sec = (time_t)seconds;
	t.tv_nsec = (long)((seconds - (double)t.tv_sec) * 1e9);
	return t;
}

/* utimes(path or descriptor, accessed, modified, follow), in seconds */
static JSValue file_utimes(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	const struct timespec times[2] = { time_get(ctx, argv[1]), time_get(ctx, argv[2]) };
	char path[PATH_SIZE];

	if (JS_IsNumber(argv[0]))
		return result(ctx, futimens(int_get(ctx, argv[0]), times));
	if (!path_get(ctx, argv[0], path))
		return JS_EXCEPTION;
	return result(ctx, utimensat(AT_FDCWD, path, times,
				     JS_ToBool(ctx, argv[3]) ? 0 : AT_SYMLINK_NOFOLLOW));
}

/* The kind of an open descriptor, WASI's number, or a negative errno. */
static JSValue file_kind(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	__wasi_fdstat_t st;
	int code = __wasi_fd_fdstat_get(int_get(ctx, argv[0]), &st);

	return code ? errno_value(ctx, code) : JS_NewInt32(ctx, st.fs_filetype);
}

static JSValue file_isatty(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	return JS_NewBool(ctx, isatty(int_get(ctx, argv[0])));
}

static const JSCFunctionListEntry functions[] = {
	JS_CFUNC_DEF("stat", 3, file_stat),
	JS_CFUNC_DEF("fstat", 2, file_fstat),
	JS_CFUNC_DEF("open", 3, file_open),
	JS_CFUNC_DEF("close", 1, file_close),
	JS_CFUNC_MAGIC_DEF("read", 5, file_transfer, 0),
	JS_CFUNC_MAGIC_DEF("write", 5, file_transfer, 1),
	JS_CFUNC_DEF("readAll", 1, file_read_all),
	JS_CFUNC_DEF("readdir", 1, file_readdir),
	JS_CFUNC_MAGIC_DEF("mkdir", 1, file_path_call, MKDIR),
	JS_CFUNC_MAGIC_DEF("rmdir", 1, file_path_call, RMDIR),
	JS_CFUNC_MAGIC_DEF("unlink", 1, file_path_call, UNLINK),
	JS_CFUNC_MAGIC_DEF("access", 2, file_path_call, ACCESS),
	JS_CFUNC_MAGIC_DEF("rename", 2, file_two_path_call, RENAME),
	JS_CFUNC_MAGIC_DEF("link", 2, file_two_path_call, LINK),
	JS_CFUNC_MAGIC_DEF("symlink", 2, file_two_path_call, SYMLINK),
	JS_CFUNC_DEF("readlink", 1, file_readlink),
	JS_CFUNC_DEF("ftruncate", 2, file_ftruncate),
	JS_CFUNC_DEF("fsync", 1, file_fsync),
	JS_CFUNC_DEF("utimes", 4, file_utimes),
	JS_CFUNC_DEF("kind", 1, file_kind),
	JS_CFUNC_DEF("isatty", 1, file_isatty),
};

void files_add(JSContext *ctx, JSValueConst target)
{
	JSValue files = JS_NewObject(ctx);

	JS_SetPropertyFunctionList(ctx, files, functions, sizeof functions / sizeof *functions);
	JS_SetPropertyStr(ctx, target, "files", files);
}
