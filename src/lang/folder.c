#include "lang/folder.h"

#include "base/alloc.h"
#include "base/cache_folder.h"
#include "base/own.h"
#include "base/self.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

int folder_open_cache(const char *kind, const char *name, char **ret, struct err *e)
{
	AUTO_FREE char *cache = NULL;
	AUTO_FREE char *path = NULL;
	int r = cache_folder_path(&cache, e);

	if (r < 0)
		return r;
	path = xprintf("%s/%s/%s", cache, kind, name);
	r = cache_folder_make(path, e);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(path);
	return 0;
}

bool folder_has_file(const char *folder, const char *name)
{
	AUTO_FREE char *path = xprintf("%s/%s", folder, name);
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

int folder_lock(const char *path, int *ret_fd, struct err *e)
{
	AUTO_CLOSE int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || flock(fd, LOCK_EX) < 0)
		return err_set(e, errno, "lock '%s'", path);
	*ret_fd = TAKE_FD(fd);
	return 0;
}

/* "" if nobody can tell. */
static char *program_folder(void)
{
	char *folder;

	return self_folder(&folder, NULL) < 0 ? xstrdup("") : folder;
}

/* "<build>/runtimes/<name>/<name>", beside "<build>/src/wasmrun". */
static char *runtime_of_build(const char *name)
{
	AUTO_FREE char *folder = program_folder();

	return xprintf("%s/../runtimes/%s/%s", folder, name, name);
}

int folder_find_runtime(const char *name, char **ret, struct err *e)
{
	const char *chosen = getenv("WASMRUN_RUNTIMES");
	AUTO_FREE char *path = NULL;

	if (chosen && chosen[0]) {
		path = xprintf("%s/%s", chosen, name);
	} else {
		path = runtime_of_build(name);
		if (access(path, F_OK) < 0) {
			free(path);
			path = xprintf(WASMRUN_DATADIR "/%s", name);
		}
	}
	*ret = realpath(path, NULL);
	if (!*ret)
		return err_set(e, errno,
			       "find the runtime at '%s' (WASMRUN_RUNTIMES names another place)",
			       path);
	return 0;
}

char *folder_find_file(const char *in_build, const char *name)
{
	AUTO_FREE char *folder = program_folder();
	char *const paths[] = {
		xprintf("%s/../runtimes/%s", folder, in_build),
		xprintf("%s/%s", folder, name),
		xprintf(WASMRUN_LIBEXECDIR "/%s", name),
	};
	char *found = NULL;

	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		if (!found)
			found = realpath(paths[i], NULL);
		free(paths[i]);
	}
	return found;
}

char *folder_find_compiled(const char *name)
{
	AUTO_FREE char *file = xprintf("%s.cwasm", name);

	return folder_find_file(file, file);
}
