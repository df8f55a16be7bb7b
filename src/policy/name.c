#include "policy/name.h"

#include "base/log.h"

#include <stdbool.h>
#include <string.h>

static bool is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool name_is_valid(const char *name)
{
	size_t len = strlen(name);

	if (len == 0 || len > NAME_LEN_MAX || !is_alnum(name[0]) || !is_alnum(name[len - 1]))
		return false;
	for (size_t i = 0; i < len; i++)
		if (!is_alnum(name[i]) && name[i] != '-')
			return false;
	return true;
}

int name_check(const char *name, struct err *e)
{
	char shown[80];

	if (name_is_valid(name))
		return 0;
	log_escape(shown, sizeof shown, name, strlen(name));
	return err_set(e, 0,
		       "name '%s' is not 1 to %d of a-z, 0-9 and '-', "
		       "beginning and ending with a letter or digit",
		       shown, NAME_LEN_MAX);
}

void name_from_path(const char *path, char out[NAME_LEN_MAX + 1])
{
	const char *end = path + strlen(path), *start;
	size_t len = 0;

	while (end > path && end[-1] == '/')
		end--;
	for (start = end; start > path && start[-1] != '/';)
		start--;
	if (end - start > 5 && memcmp(end - 5, ".wasm", 5) == 0)
		end -= 5;
	for (; start < end && len < NAME_LEN_MAX; start++) {
		char c = *start >= 'A' && *start <= 'Z' ? (char)(*start - 'A' + 'a') : *start;

		if (is_alnum(c))
			out[len++] = c;
		else if (len > 0 && out[len - 1] != '-')
			out[len++] = '-';
	}
	while (len > 0 && out[len - 1] == '-')
		len--;
	out[len] = 0;
	if (len == 0)
		memcpy(out, "process", sizeof "process");
}
