#include "lang/npm.h"

#include "base/alloc.h"
#include "base/log.h"
#include "base/own.h"
#include "lang/tool.h"

#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>

/* Into *ret; false if there is no such file. */
static bool time_of(const char *folder, const char *name, struct timespec *ret)
{
	AUTO_FREE char *path = xprintf("%s/%s", folder, name);
	struct stat st;

	if (stat(path, &st) < 0)
		return false;
	*ret = st.st_mtim;
	return true;
}

static bool is_later(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec > b->tv_sec : a->tv_nsec > b->tv_nsec;
}

static const char *find_lock(const char *folder)
{
	static const char *const names[] = { "npm-shrinkwrap.json", "package-lock.json" };
	struct timespec changed;

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (time_of(folder, names[i], &changed))
			return names[i];
	return NULL;
}

/* npm leaves a list of what it has installed, as the last thing it writes. */
static bool is_up_to_date(const char *folder, const char *lock)
{
	struct timespec installed, changed;

	if (!time_of(folder, "node_modules/.package-lock.json", &installed))
		return false;
	if (time_of(folder, "package.json", &changed) && is_later(&changed, &installed))
		return false;
	return !(lock && time_of(folder, lock, &changed) && is_later(&changed, &installed));
}

int npm_install(const char *folder, struct err *e)
{
	const char *lock = find_lock(folder);
	const char *const argv[] = { "npm", lock ? "ci" : "install", "--no-audit", "--no-fund",
				     NULL };
	const struct tool tool = {
		.argv = argv,
		.folder = folder,
		.how_to_install = "install Node.js, which brings npm, from https://nodejs.org",
	};
	int r;

	if (is_up_to_date(folder, lock)) {
		log_verbose("the packages of '%s' are installed", folder);
		return 0;
	}
	log_line("installing the packages of '%s': 'npm %s' on this machine, outside of any "
		 "isolation",
		 folder, argv[1]);
	r = tool_run(&tool, e);
	return r == TOOL_FAILED ? err_set(e, 0, "'npm %s' failed", argv[1]) : r;
}
