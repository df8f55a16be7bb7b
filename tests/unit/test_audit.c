/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "base/own.h"
#include "broker/audit.h"

#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const struct timespec when = { .tv_sec = 1764036352, .tv_nsec = 7012345 };

static struct addr at(const char *ip, uint16_t port)
{
	struct addr a;

	assert_int_equal(addr_parse_ip(ip, &a, NULL), 0);
	addr_set_port(&a, port);
	return a;
}

static void a_connection_is_one_line_with_all_that_decided(void **state)
{
	struct addr to = at("2001:db8::1", 443);
	const struct audit_event ev = { .event = "connect",
					.allowed = true,
					.protocol = "tcp",
					.to = &to,
					.name = "a.example",
					.rule = "*.example:443" };
	AUTO_FREE char *line = audit_format("web", &when, &ev);

	(void)state;
	assert_string_equal(line, "{\"time\":\"2025-11-25T02:05:52.007012Z\",\"process\":\"web\","
				  "\"event\":\"connect\",\"verdict\":\"allowed\","
				  "\"protocol\":\"tcp\",\"destination\":\"[2001:db8::1]:443\","
				  "\"name\":\"a.example\",\"rule\":\"*.example:443\"}\n");
}

static void a_lookup_lists_its_addresses(void **state)
{
	struct addr found[] = { at("192.0.2.1", 443), at("2001:db8::1", 443) };
	const struct audit_event ev = { .event = "lookup",
					.name = "a.example",
					.addresses = found,
					.n_addresses = 2,
					.reason = "special address" };
	AUTO_FREE char *line = audit_format("web", &when, &ev);

	(void)state;
	assert_non_null(strstr(line, "\"verdict\":\"refused\""));
	assert_non_null(strstr(line, "\"addresses\":[\"192.0.2.1\",\"2001:db8::1\"]"));
	assert_non_null(strstr(line, "\"reason\":\"special address\""));
	assert_null(strstr(line, "rule"));
}

static void whatever_is_in_a_name_it_stays_one_line_of_json(void **state)
{
	static const char *const names[] = { "a\nb", "\"},{",	     "\xff\xfe", "\x1b[31m",
					     "a\\b", "\xe2\x80\xa8", "" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const struct audit_event ev = { .event = "lookup", .name = names[i] };
		AUTO_FREE char *line = audit_format("web", &when, &ev);
		json_t *parsed = json_loads(line, 0, NULL);

		assert_non_null(parsed);
		assert_non_null(json_object_get(parsed, "name"));
		json_decref(parsed);
		assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
		for (const char *c = line; *c; c++)
			assert_true(*c == '\n' || (*c >= 0x20 && *c < 0x7f));
	}
}

/* The lines of the file, and how many more they say are missing. */
static unsigned count_lines(const char *path, unsigned *ret_missing)
{
	char line[1000];
	unsigned n = 0;
	FILE *f = fopen(path, "re");

	*ret_missing = 0;
	assert_non_null(f);
	while (fgets(line, sizeof line, f)) {
		json_t *parsed = json_loads(line, 0, NULL);
		json_t *count = json_object_get(parsed, "count");

		assert_non_null(parsed);
		if (count)
			*ret_missing += (unsigned)json_integer_value(count);
		else
			n++;
		json_decref(parsed);
	}
	assert_int_equal(fclose(f), 0);
	return n;
}

static void lines_beyond_the_rate_are_counted(void **state)
{
	enum { EVENTS = 3 * AUDIT_LINES_PER_SECOND };
	char path[] = "/tmp/test_audit.XXXXXX";
	const struct audit_event ev = { .event = "lookup", .name = "a" };
	struct audit *a = NULL;
	unsigned n, missing;

	(void)state;
	(void)close(mkstemp(path));
	assert_int_equal(audit_open(path, "web", &a, NULL), 0);
	for (int i = 0; i < EVENTS; i++)
		audit_record(a, &ev);
	audit_close(a);
	n = count_lines(path, &missing);
	(void)unlink(path);
	assert_int_equal(n + missing, EVENTS);
	assert_true(n >= AUDIT_LINES_PER_SECOND);
}

static void the_log_grows_and_is_the_users_alone(void **state)
{
	char folder[] = "/tmp/test_audit.XXXXXX", path[64];
	const struct audit_event ev = { .event = "lookup", .name = "a" };
	struct audit *a = NULL;
	struct stat st;
	unsigned missing;

	(void)state;
	assert_non_null(mkdtemp(folder));
	(void)snprintf(path, sizeof path, "%s/log", folder);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(audit_open(path, "web", &a, NULL), 0);
		audit_record(a, &ev);
		audit_close(a);
	}
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(count_lines(path, &missing), 2);
	assert_int_equal(missing, 0);
	(void)unlink(path);
	(void)rmdir(folder);
}

static void a_full_disk_holds_nothing_up(void **state)
{
	const struct audit_event ev = { .event = "lookup", .name = "a" };
	struct audit *a = NULL;

	(void)state;
	assert_int_equal(audit_open("/dev/full", "web", &a, NULL), 0);
	for (int i = 0; i < 10; i++)
		audit_record(a, &ev);
	audit_close(a);
}

/* A pipe that is full, and then is not: what was lost is told. */
static void what_could_not_be_written_is_told_later(void **state)
{
	const struct audit_event ev = { .event = "lookup", .name = "a" };
	char path[64], bytes[65536], *last;
	struct audit *a = NULL;
	int fds[2];
	ssize_t n;

	(void)state;
	assert_int_equal(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
	assert_true(fcntl(fds[1], F_SETPIPE_SZ, 4096) >= 0);
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fds[1]);
	assert_int_equal(audit_open(path, "web", &a, NULL), 0);
	for (int i = 0; i < 200; i++)
		audit_record(a, &ev);
	assert_true(read(fds[0], bytes, sizeof bytes) > 0);
	audit_close(a);
	n = read(fds[0], bytes, sizeof bytes - 1);
	assert_true(n > 0);
	bytes[n] = 0;
	last = strstr(bytes, "\"event\":\"missing\",\"count\":");
	assert_non_null(last);
	(void)close(fds[0]);
	(void)close(fds[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_connection_is_one_line_with_all_that_decided),
		cmocka_unit_test(a_lookup_lists_its_addresses),
		cmocka_unit_test(whatever_is_in_a_name_it_stays_one_line_of_json),
		cmocka_unit_test(lines_beyond_the_rate_are_counted),
		cmocka_unit_test(the_log_grows_and_is_the_users_alone),
		cmocka_unit_test(a_full_disk_holds_nothing_up),
		cmocka_unit_test(what_could_not_be_written_is_told_later),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
