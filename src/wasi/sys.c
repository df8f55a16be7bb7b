#include "wasi/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/own.h"
#include "wasi/file.h"
#include "wasi/sock.h"
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

/* Listens under the lowest free number. */
static int sys_listen(struct sys *s, const struct sys_listener *l, struct err *e)
{
	const struct sock_addr addr = { .family = l->addr.sa.sa_family, .ip = l->addr };
	char text[ADDR_TEXT_MAX];
	uint32_t number;
	struct desc d;
	int on = 1;
	int r = sock_open(addr.family, SOCK_STREAM, &d);

	if (r < 0)
		return err_set(e, -r, "open a socket for '%s'", addr_format(&l->addr, text));
	d.precedes_dirs = l->before_dirs;
	/* Without it, a restarted server waits until its old connections are forgotten. */
	r = sock_set_option(&d, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (r == 0)
		r = sock_bind(&s->table, &d, &addr);
	if (r == 0)
		r = sock_listen(&d, SOMAXCONN);
	if (r == 0 && l->nonblock)
		r = file_set_flags(&d, O_NONBLOCK);
	if (r == 0)
		r = table_add(&s->table, &d, &number);
	if (r < 0) {
		desc_close(&d);
		return err_set(e, -r, "listen on '%s'", addr_format(&l->addr, text));
	}
	return 0;
}

static int sys_listen_all(struct sys *s, bool before_dirs, struct err *e)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < s->config.n_listeners; i++) {
		if (s->config.listeners[i].before_dirs == before_dirs)
			r = sys_listen(s, &s->config.listeners[i], e);
	}
	return r;
}

static int sys_grant_dir(struct sys *s, const struct sys_dir *dir, struct err *e)
{
	struct desc d = { .preopen = dir->guest, .read_only = !dir->writable };
	AUTO_CLOSE int fd = open(dir->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	uint32_t number;
	int r;

	if (fd < 0)
		return err_set(e, errno, "open directory '%s'", dir->path);
	d.fd = fd;
	r = file_adopt(&d);
	if (r == 0)
		r = table_add(&s->table, &d, &number);
	if (r < 0)
		return err_set(e, -r, "look at directory '%s'", dir->path);
	(void)TAKE_FD(fd); /* the table has it */
	return 0;
}

/* A place in the table for a standard descriptor that is closed, so that what comes next starts at
 * 3 in any case. */
static const struct desc placeholder = { .kind = DESC_FILE, .fd = -EBADF, .shared = true };

static int sys_fill_table(struct sys *s, struct err *e)
{
	bool is_held[3];
	int r;

	for (uint32_t i = 0; i < 3; i++) {
		is_held[i] = !table_get(&s->table, i);
		if (is_held[i])
			table_put(&s->table, i, &placeholder);
	}
	r = sys_listen_all(s, true, e);
	for (size_t i = 0; r == 0 && i < s->config.n_dirs; i++)
		r = sys_grant_dir(s, &s->config.dirs[i], e);
	if (r == 0)
		r = sys_listen_all(s, false, e);
	for (uint32_t i = 0; i < 3; i++) {
		if (is_held[i])
			(void)table_close(&s->table, i); /* it is open: put there above */
	}
	return r;
}

int sys_new(const struct sys_config *config, struct sys **ret, struct err *e)
{
	AUTO(sys_free) struct sys *s = xalloc(sizeof *s);
	int r = table_init(&s->table);

	if (r < 0)
		return err_set(e, -r, "make the guest's descriptor table");
	s->config = *config;
	r = sys_share_stdio(s);
	if (r < 0)
		return err_set(e, -r, "reserve the standard descriptors");
	r = sys_fill_table(s, e);
	if (r < 0)
		return r;
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
