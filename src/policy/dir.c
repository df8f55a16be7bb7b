#include "policy/dir.h"

#include "base/alloc.h"
#include "base/log.h"
#include "base/own.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* Lexical: "a/./b//" becomes "/a/b". NULL if a part is "..". The caller frees. */
static char *make_guest_path(const char *text)
{
	AUTO_FREE char *out = xalloc(strlen(text) + 2);
	size_t len = 0;

	while (*text) {
		size_t n = strcspn(text, "/");

		if (n == 2 && memcmp(text, "..", 2) == 0)
			return NULL;
		if (n > 0 && !(n == 1 && text[0] == '.')) {
			out[len++] = '/';
			memcpy(out + len, text, n);
			len += n;
		}
		text += n;
		text += strspn(text, "/");
	}
	if (len == 0)
		out[0] = '/';
	return TAKE_PTR(out);
}

/* Cuts ":ro" or ":rw" off. */
static bool cut_access(char *text)
{
	char *colon = strrchr(text, ':');
	bool read_only = colon && strcmp(colon, ":ro") == 0;

	if (read_only || (colon && strcmp(colon, ":rw") == 0))
		*colon = 0;
	return !read_only;
}

static int parse_fields(const char *text, struct dir *ret, struct err *e)
{
	AUTO_FREE char *host = xstrdup(text);
	AUTO_FREE char *guest = NULL;
	bool writable = cut_access(host);
	char *colon = strchr(host, ':');
	const char *name = colon ? colon + 1 : host;

	if (colon)
		*colon = 0;
	if (!*host)
		return err_set(e, 0, "the folder on the host is missing");
	if (colon && !colon[1])
		return err_set(e, 0, "the guest's name for it is missing");
	if (colon && strchr(colon + 1, ':'))
		return err_set(e, 0, "expected HOST[:GUEST][:ro]");
	guest = make_guest_path(name);
	if (!guest && !colon)
		return err_set(e, 0, "say the guest's name for it: HOST:GUEST");
	if (!guest)
		return err_set(e, 0, "the guest's name for it must not contain '..'");
	*ret = (struct dir){
		.writable = writable,
		.is_named = colon,
		.is_relative = name[0] != '/',
	};
	ret->host = TAKE_PTR(host);
	ret->guest = TAKE_PTR(guest);
	return 0;
}

int dir_parse(const char *text, struct dir *ret, struct err *e)
{
	size_t len = strlen(text);
	char shown[256];
	int r;

	log_escape(shown, sizeof shown, text, len);
	if (len >= 2 * PATH_MAX)
		return err_set(e, 0, "directory '%s' is too long", shown);
	r = parse_fields(text, ret, e);
	if (r < 0)
		err_wrap(e, "directory '%s'", shown);
	return r;
}

void dir_deinit(struct dir *d)
{
	free(d->host);
	free(d->guest);
	*d = (struct dir){ 0 };
}
