#include "base/cache_folder.h"

#include "base/alloc.h"
#include "base/own.h"

#include <string.h>
#include <sys/stat.h>

/* A tool that is told of it runs in another folder than we. */
static int make_absolute(const char *path, char **ret, struct err *e)
{
	AUTO_FREE char *here = path[0] == '/' ? NULL : getcwd(NULL, 0);

	if (path[0] != '/' && !here)
		return err_set(e, errno, "finding the current folder");
	*ret = here ? xprintf("%s/%s", here, path) : xstrdup(path);
	return 0;
}

int cache_folder_path(char **ret, struct err *e)
{
	const char *own = getenv("WASMRUN_CACHE_DIR");
	const char *xdg = getenv("XDG_CACHE_HOME");
	const char *home = getenv("HOME");

	if (own && own[0])
		return make_absolute(own, ret, e);
	if (xdg && xdg[0] == '/') /* the specification says to ignore others */
		*ret = xprintf("%s/wasmrun", xdg);
	else if (home && home[0] == '/')
		*ret = xprintf("%s/.cache/wasmrun", home);
	else
		return err_set(e, 0,
			       "there is no place for what is compiled and built: neither "
			       "WASMRUN_CACHE_DIR nor HOME is set");
	return 0;
}

static int make_folder(const char *path, struct err *e)
{
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return err_set(e, errno,
			       "make the cache folder '%s' (WASMRUN_CACHE_DIR names another)",
			       path);
	return 0;
}

int cache_folder_make(const char *path, struct err *e)
{
	AUTO_FREE char *copy = xstrdup(path);

	for (char *slash = strchr(copy + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		int r;

		*slash = '\0';
		r = make_folder(copy, e);
		*slash = '/';
		if (r < 0)
			return r;
	}
	return make_folder(path, e);
}
