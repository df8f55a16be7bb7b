#include "wasi/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/own.h"
#include "wasi/file.h"
#include "wasi/state.h"

OWN_DEFINE(sys_free, struct sys)

/* Takes over 0 to 2 where they are open. A number that is closed is then filled with a
 * descriptor that can be neither read nor written: else the next file that the guest opens would
 * get it, and what the engine writes to its stderr would end up there. */
static int sys_share_stdio(struct sys *s)
{
	int fd;

	for (uint32_t i = 0; i < 3; i++) {
		struct desc d = { .fd = (int)i, .shared = true };

		if (file_adopt(&d) == 0)
			table_put(&s->table, i, &d);
	}
	do
		fd = open("/", O_PATH | O_CLOEXEC);
	while (fd >= 0 && fd < 3);
	if (fd < 0)
		return neg_errno();
	(void)fd_close(fd);
	return 0;
}

static int sys_grant_dir(struct sys *s, uint32_t number, const struct sys_dir *dir, struct err *e)
{
	struct desc d = { .preopen = dir->guest, .read_only = !dir->writable };
	AUTO_CLOSE int fd = open(dir->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r;

	if (fd < 0)
		return err_set(e, errno, "open directory '%s'", dir->path);
	d.fd = fd;
	r = file_adopt(&d);
	if (r < 0)
		return err_set(e, -r, "look at directory '%s'", dir->path);
	d.fd = TAKE_FD(fd);
	table_put(&s->table, number, &d);
	return 0;
}

int sys_new(const struct sys_config *config, struct sys **ret, struct err *e)
{
	AUTO(sys_free) struct sys *s = xalloc(sizeof *s);
	int r = table_init(&s->table);

	if (r < 0)
		return err_set(e, -r, "make the guest's descriptor table");
	s->config = *config;
	if (config->n_dirs > TABLE_MAX - 3)
		return err_set(e, 0, "more than %d directories", TABLE_MAX - 3);
	r = sys_share_stdio(s);
	if (r < 0)
		return err_set(e, -r, "reserve the standard descriptors");
	for (size_t i = 0; i < config->n_dirs; i++) {
		r = sys_grant_dir(s, (uint32_t)i + 3, &config->dirs[i], e);
		if (r < 0)
			return r;
	}
	*ret = TAKE_PTR(s);
	return 0;
}

struct sys *sys_free(struct sys *s)
{
	if (!s)
		return NULL;
	table_deinit(&s->table);
	poller_deinit(&s->poller);
	free(s);
	return NULL;
}

bool sys_exit_status(const struct sys *s, uint32_t *ret_code)
{
	if (s->exited)
		*ret_code = s->exit_code;
	return s->exited;
}
