#include "engine/system.h"

#include "base/alloc.h"
#include "engine/resolve.h"

#include <assert.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

static struct sys_dir *dirs_new(const struct spec *s)
{
	struct sys_dir *dirs = xalloc((s->n_dirs + 1) * sizeof *dirs);

	for (size_t i = 0; i < s->n_dirs; i++)
		dirs[i] =
			(struct sys_dir){ s->dirs[i].path, s->dirs[i].guest, s->dirs[i].writable };
	return dirs;
}

static struct sys_listener *listeners_new(const struct spec *s)
{
	struct sys_listener *listeners = xalloc((s->n_listeners + 1) * sizeof *listeners);

	for (size_t i = 0; i < s->n_listeners; i++)
		listeners[i] = (struct sys_listener){ s->listeners[i].addr, s->listeners[i].first,
						      s->listeners[i].nonblock };
	return listeners;
}

/* A guest's lookup on its way to the supervisor, and the answer on its way back. */
static void look_up(struct sys_lookup *l)
{
	struct lookup_request request = { .family = l->family,
					  .socktype = l->socktype,
					  .flags = l->flags };
	struct lookup_reply reply;
	int r;

	if (strlen(l->node) >= sizeof request.node) {
		l->error = EAI_NONAME;
		return;
	}
	if (strlen(l->service) >= sizeof request.service) {
		l->error = EAI_SERVICE;
		return;
	}
	memcpy(request.node, l->node, strlen(l->node));
	memcpy(request.service, l->service, strlen(l->service));
	r = resolve(&request, &reply);
	l->error = r < 0 ? EAI_SYSTEM : reply.error;
	l->sys_errno = r < 0 ? -r : reply.sys_errno;
	if (l->error)
		return;
	for (; l->n < reply.n_results && l->n < SYS_LOOKUP_MAX; l->n++) {
		l->results[l->n].addr = reply.results[l->n].addr;
		l->results[l->n].socktype = reply.results[l->n].socktype;
	}
	static_assert(sizeof l->canonical >= LOOKUP_NODE_MAX, "the longest name fits");
	memcpy(l->canonical, reply.canonical, sizeof reply.canonical);
}

int system_init(struct system *system, const struct spec *s, struct err *e)
{
	struct system made = { .dirs = dirs_new(s), .listeners = listeners_new(s) };
	const struct sys_config config = {
		.args = (const char *const *)s->args,
		.n_args = s->n_args,
		.env = (const char *const *)s->env,
		.n_env = s->n_env,
		.dirs = made.dirs,
		.n_dirs = s->n_dirs,
		.listeners = made.listeners,
		.n_listeners = s->n_listeners,
		.signal_fd = SPEC_SIGNAL_FD,
		.lookup = look_up,
	};
	int r = sys_new(&config, &made.sys, e);

	if (r < 0) {
		system_deinit(&made);
		return r;
	}
	*system = made;
	return 0;
}

void system_deinit(struct system *system)
{
	system->sys = sys_free(system->sys);
	free(system->dirs);
	free(system->listeners);
}
