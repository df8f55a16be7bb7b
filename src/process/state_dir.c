#include "process/state_dir.h"

#include "base/alloc.h"
#include "base/own.h"

#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>

#define REMEDY "set XDG_RUNTIME_DIR to a folder of your own"

static bool is_own_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == geteuid() &&
	       !(st.st_mode & 022);
}

/* Root of a user namespace need not be the machine's: then /run is not its own. The variable may be
 * another user's, as after su(1), and is not set in a service or a cron job. */
static char *choose_path(void)
{
	const char *xdg = getenv("XDG_RUNTIME_DIR");
	unsigned uid = geteuid();
	AUTO_FREE char *logind = xprintf("/run/user/%u", uid);

	if (uid == 0 && is_own_folder("/run"))
		return xstrdup("/run/wasmrun");
	if (xdg && xdg[0] == '/' && is_own_folder(xdg))
		return xprintf("%s/wasmrun", xdg);
	if (is_own_folder(logind))
		return xprintf("%s/wasmrun", logind);
	return xprintf("/tmp/wasmrun-%u", uid);
}

static int check_owner(int fd, const char *path, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_set(e, errno, "reading the attributes of '%s'", path);
	if (st.st_uid != geteuid())
		return err_set(e, 0,
			       "the folder for the names of your processes, '%s', belongs to "
			       "another user; " REMEDY,
			       path);
	if (st.st_mode & 022)
		return err_set(e, 0,
			       "others may write to the folder for the names of your processes, "
			       "'%s'; 'chmod 700 %s' changes that",
			       path, path);
	return 0;
}

int state_dir_open(int *ret_fd, struct err *e)
{
	AUTO_FREE char *path = choose_path();
	AUTO_CLOSE int fd = -EBADF;
	int r;

	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return err_set(e, errno,
			       "making '%s', the folder for the names of your processes (" REMEDY
			       ")",
			       path);
	/* In /tmp anybody may have been there first, with a link to a folder of the caller's. */
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return err_set(e, errno,
			       "opening '%s', the folder for the names of your processes (" REMEDY
			       ")",
			       path);
	r = check_owner(fd, path, e);
	if (r < 0)
		return r;
	*ret_fd = TAKE_FD(fd);
	return 0;
}
