#include "cli/audit_path.h"

#include "base/alloc.h"
#include "base/log.h"
#include "base/own.h"

#include <libgen.h>
#include <string.h>

static bool is_within(const char *path, const char *folder)
{
	size_t len = strlen(folder);

	if (strcmp(folder, "/") == 0)
		return true;
	return strncmp(path, folder, len) == 0 && (path[len] == 0 || path[len] == '/');
}

int audit_path_find(const char *name, const char *folder, const struct process_dir *dirs,
		    size_t n_dirs, char **ret, struct err *e)
{
	bool is_absolute = name[0] == '/';
	AUTO_FREE char *path = xprintf("%s%s%s", is_absolute || !folder ? "" : folder,
				       is_absolute || !folder ? "" : "/", name);
	AUTO_FREE char *for_dir = xstrdup(path), *for_base = xstrdup(path);
	AUTO_FREE char *real = realpath(dirname(for_dir), NULL);
	char shown[256];

	(void)log_escape(shown, sizeof shown, path, strlen(path));
	if (!real)
		return err_set(e, errno, "the folder of the audit log '%s'", shown);
	for (size_t i = 0; i < n_dirs; i++)
		if (dirs[i].writable && dirs[i].host && is_within(real, dirs[i].host))
			return err_set(e, 0,
				       "the audit log '%s' is where the guest can write; choose "
				       "another folder, or give that one with ':ro'",
				       shown);
	*ret = xprintf("%s/%s", real, basename(for_base));
	return 0;
}
