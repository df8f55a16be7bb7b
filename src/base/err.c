#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int(err_set)(struct err *e, int code, const char *fmt, ...)
{
	va_list ap;
	size_t len;

	if (!e)
		return code ? -code : -EINVAL;
	va_start(ap, fmt);
	/* A cut sentence is still the sentence. */
	(void)vsnprintf(e->text, sizeof e->text, fmt, ap);
	va_end(ap);
	len = strlen(e->text);
	if (code > 0)
		(void)snprintf(e->text + len, sizeof e->text - len, ": %s", strerror(code));
	return code ? -code : -EINVAL;
}

void err_wrap(struct err *e, const char *fmt, ...)
{
	/* cppcheck-suppress ctunullpointer; sizeof follows no pointer */
	char inner[sizeof e->text];
	va_list ap;
	size_t len;

	if (!e)
		return;
	memcpy(inner, e->text, sizeof inner);
	va_start(ap, fmt);
	(void)vsnprintf(e->text, sizeof e->text, fmt, ap);
	va_end(ap);
	len = strlen(e->text);
	(void)snprintf(e->text + len, sizeof e->text - len, ": %s", inner);
}
