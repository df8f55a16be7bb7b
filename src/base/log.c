#include "base/log.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool log_verbose_enabled;

void log_set_verbose(bool verbose)
{
	log_verbose_enabled = verbose;
}

bool log_is_verbose(void)
{
	return log_verbose_enabled;
}

/* One write() a line, so that lines of several processes on one terminal do not mix. */
static void log_write(const char *prefix, const char *fmt, va_list ap)
{
	char line[2048];
	int n = snprintf(line, sizeof line - 1, "wasmrun: %s", prefix);
	size_t len;

	(void)vsnprintf(line + n, sizeof line - 1 - (size_t)n, fmt, ap);
	len = strlen(line);
	line[len] = '\n';
	if (write(STDERR_FILENO, line, len + 1) < 0)
		return; /* stderr is gone: there is nobody left to tell */
}

#define LOG_DEFINE(name, condition, prefix)                                                        \
	void name(const char *fmt, ...)                                                            \
	{                                                                                          \
		va_list ap;                                                                        \
                                                                                                   \
		if (!(condition))                                                                  \
			return;                                                                    \
		va_start(ap, fmt);                                                                 \
		log_write(prefix, fmt, ap);                                                        \
		va_end(ap);                                                                        \
	}

LOG_DEFINE(log_line, true, "")
LOG_DEFINE(log_verbose, log_verbose_enabled, "")
LOG_DEFINE(log_error, true, "error: ")

/* The length of the well-formed UTF-8 sequence at p, or 0 (RFC 3629, table 3-7 of Unicode). */
static size_t utf8_len(const uint8_t *p, size_t left)
{
	static const struct {
		uint8_t lo, hi, second_lo, second_hi, len;
	} rows[] = {
		{ 0xc2, 0xdf, 0x80, 0xbf, 2 }, { 0xe0, 0xe0, 0xa0, 0xbf, 3 },
		{ 0xe1, 0xec, 0x80, 0xbf, 3 }, { 0xed, 0xed, 0x80, 0x9f, 3 },
		{ 0xee, 0xef, 0x80, 0xbf, 3 }, { 0xf0, 0xf0, 0x90, 0xbf, 4 },
		{ 0xf1, 0xf3, 0x80, 0xbf, 4 }, { 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		if (p[0] < rows[i].lo || p[0] > rows[i].hi || left < rows[i].len)
			continue;
		if (p[1] < rows[i].second_lo || p[1] > rows[i].second_hi)
			return 0;
		for (size_t k = 2; k < rows[i].len; k++)
			if ((p[k] & 0xc0) != 0x80)
				return 0;
		return rows[i].len;
	}
	return 0;
}

const char *log_escape(char *out, size_t size, const void *bytes, size_t len)
{
	const uint8_t *p = bytes;
	size_t o = 0;

	for (size_t i = 0; i < len;) {
		size_t n = 1;
		bool plain = p[i] >= 0x20 && p[i] < 0x7f && p[i] != '\'' && p[i] != '\\';

		/* C1 controls (U+0080 to U+009F) drive terminals just as C0 does. */
		if (p[i] >= 0x80) {
			n = utf8_len(p + i, len - i);
			plain = n && !(p[i] == 0xc2 && p[i + 1] < 0xa0);
			n = n ? n : 1;
		}
		if (o + (plain ? n : 4 * n) + 4 > size) {
			memcpy(out + o, "...", 4);
			return out;
		}
		for (size_t k = 0; k < n; k++, i++) {
			if (plain)
				out[o++] = (char)p[i];
			else
				o += (size_t)snprintf(out + o, 5, "\\x%02x", p[i]);
		}
	}
	out[o] = 0;
	return out;
}
