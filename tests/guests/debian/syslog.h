/* wasi-libc has no <syslog.h>. In the foreground, where the tests run it, rinetd only opens it. */
#pragma once

#include <stdarg.h>

#define LOG_PID 1
#define LOG_ERR 3
#define LOG_INFO 6
#define LOG_DAEMON 24

static inline void openlog(const char *name, int options, int facility)
{
	(void)name;
	(void)options;
	(void)facility;
}

static inline void vsyslog(int priority, const char *format, va_list args)
{
	(void)priority;
	(void)format;
	(void)args;
}
