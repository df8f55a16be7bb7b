#include "base/self.h"

#include "base/alloc.h"

#include <string.h>
#include <unistd.h>

int self_folder(char **ret, struct err *e)
{
	char path[4096];
	ssize_t len = readlink("/proc/self/exe", path, sizeof path);
	const char *slash;

	if (len < 0)
		return err_set(e, errno, "read '/proc/self/exe'");
	slash = memrchr(path, '/', (size_t)len);
	if (!slash || len == sizeof path)
		return err_set(e, ENAMETOOLONG, "read '/proc/self/exe'");
	*ret = xstrndup(path, (size_t)(slash - path));
	return 0;
}
