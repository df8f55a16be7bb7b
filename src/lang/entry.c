#include "lang/entry.h"

#include "base/log.h"

#include <ctype.h>
#include <string.h>

bool entry_is_inside(const char *entry)
{
	const char *part = entry;

	if (entry[0] == 0 || entry[0] == '/' || entry[0] == '-')
		return false;
	for (;;) {
		size_t len = strcspn(part, "/");

		if (len == 2 && memcmp(part, "..", 2) == 0)
			return false;
		if (part[len] == 0)
			return true;
		part += len + 1;
	}
}

int entry_refuse(const char *entry, const char *expected, struct err *e)
{
	char shown[160];

	log_escape(shown, sizeof shown, entry, strlen(entry));
	return err_set(e, 0, "[project] entry is '%s', expected %s", shown, expected);
}

/* Names with dots between them. Python's own may have letters of all languages. */
static bool is_dotted(const char *text, size_t len)
{
	bool starts = true;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c == '.' ? starts : !(isalnum(c) || c == '_' || c >= 0x80))
			return false;
		if (starts && isdigit(c))
			return false;
		starts = c == '.';
	}
	return !starts;
}

int entry_parse_python(const char *entry, enum python_entry *ret, struct err *e)
{
	size_t len = strlen(entry), module_len = strcspn(entry, ":");

	if (len > 3 && strcmp(entry + len - 3, ".py") == 0 && entry_is_inside(entry))
		*ret = PYTHON_FILE;
	else if (module_len == len && is_dotted(entry, len))
		*ret = PYTHON_MODULE;
	else if (module_len < len && is_dotted(entry, module_len) &&
		 is_dotted(entry + module_len + 1, len - module_len - 1))
		*ret = PYTHON_APP;
	else
		return entry_refuse(
			entry, "a file FILE.py of the project, a MODULE or MODULE:ATTRIBUTE", e);
	return 0;
}
