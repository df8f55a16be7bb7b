#include "broker/audit.h"

#include "base/alloc.h"
#include "base/log.h"
#include "base/own.h"

#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

enum { NAME_SHOWN_MAX = 1100, TIME_TEXT_MAX = 40 };

struct audit {
	const char *process;
	int fd;
	time_t second; /* CLOCK_MONOTONIC: in which `n_written` lines were written */
	unsigned n_written;
	uint64_t n_missing; /* that no line has told of yet */
	bool failing;	    /* the last write failed, and was told of */
	bool cut;	    /* the last line lacks its end */
};

/* RFC 3339, UTC. */
static void format_time(const struct timespec *when, char out[TIME_TEXT_MAX])
{
	struct tm tm;
	size_t len;

	(void)gmtime_r(&when->tv_sec, &tm); /* fails for years beyond int */
	len = strftime(out, TIME_TEXT_MAX, "%Y-%m-%dT%H:%M:%S", &tm);
	(void)snprintf(out + len, TIME_TEXT_MAX - len, ".%06ldZ", when->tv_nsec / 1000);
}

static void set_text(json_t *line, const char *key, const char *text)
{
	if (text)
		(void)json_object_set_new(line, key, json_string(text));
}

static void set_name(json_t *line, const char *name)
{
	char shown[NAME_SHOWN_MAX];

	if (name)
		set_text(line, "name", log_escape(shown, sizeof shown, name, strlen(name)));
}

static void set_addresses(json_t *line, const struct addr *addresses, size_t n)
{
	json_t *list = json_array();
	char text[ADDR_TEXT_MAX];

	for (size_t i = 0; i < n; i++)
		(void)json_array_append_new(list, json_string(addr_format_ip(&addresses[i], text)));
	(void)json_object_set_new(line, "addresses", list);
}

static json_t *make_line(const char *process, const struct timespec *when, const char *event)
{
	json_t *line = json_object();
	char time_text[TIME_TEXT_MAX];

	format_time(when, time_text);
	set_text(line, "time", time_text);
	set_text(line, "process", process);
	set_text(line, "event", event);
	return line;
}

static char *finish_line(json_t *line)
{
	AUTO_FREE char *text = json_dumps(line, JSON_COMPACT | JSON_ENSURE_ASCII);

	json_decref(line);
	return xprintf("%s\n", text ? text : "{}");
}

char *audit_format(const char *process, const struct timespec *when, const struct audit_event *ev)
{
	json_t *line = make_line(process, when, ev->event);
	char text[ADDR_TEXT_MAX];

	set_text(line, "verdict", ev->allowed ? "allowed" : "refused");
	set_text(line, "protocol", ev->protocol);
	if (ev->to)
		set_text(line, "destination", addr_format(ev->to, text));
	set_name(line, ev->name);
	if (ev->n_addresses)
		set_addresses(line, ev->addresses, ev->n_addresses);
	set_text(line, "rule", ev->rule);
	set_text(line, "reason", ev->reason);
	return finish_line(line);
}

static char *format_missing(const char *process, const struct timespec *when, uint64_t n)
{
	json_t *line = make_line(process, when, "missing");

	(void)json_object_set_new(line, "count", json_integer((json_int_t)n));
	return finish_line(line);
}

int audit_open(const char *path, const char *process, struct audit **ret, struct err *e)
{
	/* O_NONBLOCK: a pipe that nobody reads must not hold up the process. */
	AUTO_CLOSE int fd =
		open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);
	struct audit *a;

	if (fd < 0)
		return err_set(e, errno, "open the audit log '%s'", path);
	a = xalloc(sizeof *a);
	*a = (struct audit){ .process = process, .fd = TAKE_FD(fd) };
	*ret = a;
	return 0;
}

/* Whether the whole line is written. A part of one gets its end before the next. */
static bool write_line(struct audit *a, const char *line)
{
	size_t len = strlen(line);
	ssize_t n;

	if (a->cut && write(a->fd, "\n", 1) != 1)
		return false;
	a->cut = false;
	n = write(a->fd, line, len);
	if (n == (ssize_t)len)
		return true;
	a->cut = n > 0;
	return false;
}

static bool put(struct audit *a, const char *line)
{
	bool written = write_line(a, line);
	int error = errno;

	if (!written && !a->failing)
		log_line("%s: the audit log cannot be written (%s); what is missing is counted",
			 a->process, strerror(error));
	a->failing = !written;
	return written;
}

static void put_missing(struct audit *a, const struct timespec *when)
{
	AUTO_FREE char *line = NULL;

	if (!a->n_missing)
		return;
	line = format_missing(a->process, when, a->n_missing);
	if (put(a, line))
		a->n_missing = 0;
}

/* Whether this second has room for a line. */
static bool take_turn(struct audit *a)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail */
	if (now.tv_sec != a->second) {
		a->second = now.tv_sec;
		a->n_written = 0;
	}
	return a->n_written++ < AUDIT_LINES_PER_SECOND;
}

void audit_record(struct audit *a, const struct audit_event *ev)
{
	AUTO_FREE char *line = NULL;
	struct timespec now;

	if (!a)
		return;
	if (!take_turn(a)) {
		a->n_missing++;
		return;
	}
	(void)clock_gettime(CLOCK_REALTIME, &now); /* cannot fail */
	put_missing(a, &now);
	line = audit_format(a->process, &now, ev);
	if (!put(a, line))
		a->n_missing++;
}

struct audit *audit_close(struct audit *a)
{
	struct timespec now;

	if (!a)
		return NULL;
	(void)clock_gettime(CLOCK_REALTIME, &now); /* cannot fail */
	put_missing(a, &now);
	(void)fd_close(a->fd);
	free(a);
	return NULL;
}
