#include "process/name_claim.h"

#include "base/alloc.h"
#include "base/own.h"
#include "process/state_dir.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

static const char file_name[] = "names";

/* As many processes as a user can have with names; the file stays below 2 MB. */
enum { RECORDS_MAX = 10000, PATIENCE_PAUSES = 30 };

struct record {
	int32_t pid;
	uint32_t own_at;
	int64_t started_s;
	char name[PIN_NAME_MAX];
};

struct records {
	struct record *all; /* owned; the first is the guard, and empty */
	size_t n;
};

static int lock_record(int fd, size_t i, short type, int command, struct flock *l)
{
	*l = (struct flock){ .l_type = type,
			     .l_whence = SEEK_SET,
			     .l_start = (off_t)(i * sizeof(struct record)),
			     .l_len = sizeof(struct record) };
	while (fcntl(fd, command, l) < 0)
		if (errno != EINTR)
			return neg_errno();
	return 0;
}

static bool is_held(int fd, size_t i)
{
	struct flock l;

	return lock_record(fd, i, F_WRLCK, F_OFD_GETLK, &l) == 0 && l.l_type != F_UNLCK;
}

static int open_file(int *ret_fd, struct err *e)
{
	AUTO_CLOSE int dir_fd = -EBADF;
	int r = state_dir_open(&dir_fd, e);

	if (r < 0)
		return r;
	/* The sticky bit keeps those away who clean up old files (XDG Base Directory). */
	*ret_fd = openat(dir_fd, file_name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 01600);
	return *ret_fd < 0 ? err_set(e, errno, "opening the list of your processes' names") : 0;
}

static int read_records(int fd, struct records *ret)
{
	struct stat st;
	size_t n;
	ssize_t got;

	if (fstat(fd, &st) < 0)
		return neg_errno();
	n = (size_t)st.st_size / sizeof *ret->all;
	if (n > RECORDS_MAX)
		n = RECORDS_MAX;
	ret->all = xalloc((n + 1) * sizeof *ret->all);
	got = pread(fd, ret->all, n * sizeof *ret->all, 0);
	if (got < 0)
		return neg_errno();
	ret->n = (size_t)got / sizeof *ret->all;
	return 0;
}

static bool is_taken(int fd, const struct records *records, const char *name)
{
	for (size_t i = 1; i < records->n; i++)
		if (strncmp(records->all[i].name, name, PIN_NAME_MAX) == 0 && is_held(fd, i))
			return true;
	return false;
}

/* The name of the claim: what it wants, with a number behind it if need be. */
static int choose_name(struct name_claim *c, const struct records *records, bool is_chosen)
{
	(void)snprintf(c->name, sizeof c->name, "%s", c->wanted);
	for (int n = 2; is_taken(c->fd, records, c->name); n++) {
		if (is_chosen)
			return -EEXIST;
		(void)snprintf(c->name, sizeof c->name, "%.*s-%d", PIN_NAME_MAX - 12, c->wanted, n);
	}
	return 0;
}

/* The lock first: a record changes only in the hands of its owner. */
static int write_record(const struct name_claim *c, size_t own_at)
{
	struct record record = { .pid = getpid(), .own_at = (uint32_t)own_at };
	struct timespec now;
	struct flock l;
	size_t i = 1;
	ssize_t n;

	while (i < RECORDS_MAX && lock_record(c->fd, i, F_WRLCK, F_OFD_SETLK, &l) < 0)
		i++;
	if (i == RECORDS_MAX)
		return -EAGAIN;
	(void)clock_gettime(CLOCK_BOOTTIME, &now); /* cannot fail */
	record.started_s = now.tv_sec;
	memcpy(record.name, c->name, sizeof record.name);
	n = pwrite(c->fd, &record, sizeof record, (off_t)(i * sizeof record));
	if (n < 0)
		return neg_errno();
	return n == sizeof record ? 0 : -ENOSPC;
}

static int claim(struct name_claim *c, size_t own_at, bool is_chosen)
{
	struct records records = { .n = 0 };
	struct flock guard;
	int r = lock_record(c->fd, 0, F_WRLCK, F_OFD_SETLKW, &guard);

	if (r < 0)
		return r;
	r = read_records(c->fd, &records);
	if (r == 0)
		r = choose_name(c, &records, is_chosen);
	if (r == 0)
		r = write_record(c, own_at);
	free(records.all);
	(void)lock_record(c->fd, 0, F_UNLCK, F_OFD_SETLK, &guard);
	return r;
}

/* Who has been killed may still be on its way out, and hold the lock. */
static int claim_patiently(struct name_claim *c, size_t own_at, bool is_chosen)
{
	const struct timespec pause = { .tv_nsec = 10000000 };
	int r = claim(c, own_at, is_chosen);

	for (int n = 0; r == -EEXIST && n < PATIENCE_PAUSES; n++) {
		(void)nanosleep(&pause, NULL);
		r = claim(c, own_at, is_chosen);
	}
	return r;
}

int name_claim_take(struct name_claim *c, const char *prefix, const char *name, bool is_chosen,
		    struct err *e)
{
	struct name_claim wanted = NAME_CLAIM_EMPTY;
	int r;

	(void)snprintf(wanted.wanted, sizeof wanted.wanted, "%s-%s", prefix, name);
	if (c->fd >= 0 && strcmp(c->wanted, wanted.wanted) == 0)
		return 0;
	name_claim_release(c);
	r = open_file(&wanted.fd, e);
	if (r < 0)
		return r;
	r = claim_patiently(&wanted, strlen(prefix) + 1, is_chosen);
	if (r < 0)
		name_claim_release(&wanted);
	else
		*c = wanted;
	if (r == -EEXIST)
		return err_set(e, 0,
			       "another process of yours has the name '%s'; choose another with "
			       "--name",
			       name);
	return r < 0 ? err_set(e, -r, "writing the list of your processes' names") : 0;
}

void name_claim_release(struct name_claim *c)
{
	(void)fd_close(c->fd);
	*c = NAME_CLAIM_EMPTY;
}

/* What another version of wasmrun has left may be of another shape. */
static bool is_sound(const struct record *r)
{
	return r->pid > 0 && memchr(r->name, 0, sizeof r->name) && r->own_at < strlen(r->name);
}

static void keep_held(int fd, const struct records *records, struct named_process **ret,
		      size_t *ret_n)
{
	struct named_process *all = xalloc((records->n + 1) * sizeof *all);
	size_t n = 0;

	for (size_t i = 1; i < records->n; i++) {
		const struct record *r = &records->all[i];

		if (!is_sound(r) || !is_held(fd, i))
			continue;
		all[n] = (struct named_process){ .own_at = r->own_at,
						 .pid = r->pid,
						 .started_s = r->started_s };
		memcpy(all[n++].name, r->name, sizeof r->name);
	}
	*ret = all;
	*ret_n = n;
}

int name_claim_list(struct named_process **ret, size_t *ret_n, struct err *e)
{
	struct records records = { .n = 0 };
	AUTO_CLOSE int fd = -EBADF;
	struct flock guard;
	int r = open_file(&fd, e);

	if (r < 0)
		return r;
	r = lock_record(fd, 0, F_WRLCK, F_OFD_SETLKW, &guard); /* until it is closed */
	if (r == 0)
		r = read_records(fd, &records);
	if (r == 0)
		keep_held(fd, &records, ret, ret_n);
	free(records.all);
	return r < 0 ? err_set(e, -r, "reading the list of your processes' names") : 0;
}
