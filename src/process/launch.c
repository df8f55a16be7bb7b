#include "process/launch.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/log.h"
#include "base/own.h"
#include "net/pin.h"
#include "process/cache.h"
#include "process/inside.h"
#include "process/udp_routes.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>

/* What the child needs, owned until it has been started. */
struct parts {
	int spec_fd, status_fd, control_fd, lookup_fd, signal_fd, engine_fd, pin_dir_fd;
	struct filter filter;
	struct root_dir dirs[ROOT_DIRS_MAX];
	struct udp_route *udp_routes;
	size_t n_udp_routes;
};

/* Above the numbers that the engine's descriptors will take, so that none is overwritten before it
 * is moved. */
static int fd_move_up(int *fd)
{
	enum { FIRST_FD = 16 };
	int moved = fcntl(*fd, F_DUPFD_CLOEXEC, FIRST_FD);

	if (moved < 0)
		return neg_errno();
	(void)fd_close(*fd);
	*fd = moved;
	return 0;
}

/* Where the engine finds directory `i`. Without namespaces there is no private /tmp: it is the
 * host's. */
static void dir_path(const struct process_plan *plan, size_t i, char *out, size_t size)
{
	if (plan->isolation == ISOLATION_NONE)
		(void)snprintf(out, size, "%s", plan->dirs[i].host ? plan->dirs[i].host : "/tmp");
	else
		(void)snprintf(out, size, ROOT_DIR_FORMAT, i);
}

static int encode_spec(const struct process_plan *plan, struct buf *b)
{
	struct spec spec;
	int r;

	spec_init(&spec);
	spec.kind = plan->kind;
	spec.module = xstrdup(plan->isolation == ISOLATION_NONE ? plan->module : ROOT_MODULE);
	for (size_t i = 0; i < plan->n_args; i++)
		spec_add_arg(&spec, plan->args[i]);
	for (size_t i = 0; i < plan->n_env; i++)
		spec_add_env(&spec, plan->env[i]);
	for (size_t i = 0; i < plan->n_dirs; i++) {
		char path[4096];

		dir_path(plan, i, path, sizeof path);
		spec_add_dir(&spec, path, plan->dirs[i].guest, plan->dirs[i].writable);
	}
	for (size_t i = 0; i < plan->n_listeners; i++)
		spec_add_listener(&spec, &plan->listeners[i]);
	spec.memory_max = plan->limits.values[LIMIT_MEMORY];
	spec.connections_max = plan->limits.values[LIMIT_CONNECTIONS];
	r = spec_encode(&spec, b);
	spec_deinit(&spec);
	return r;
}

/* The specification in a memory file that nobody can change any more. */
static int make_spec_fd(const struct process_plan *plan, int *ret_fd, struct err *e)
{
	AUTO_CLOSE int fd = memfd_create("wasmrun-spec", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct buf b;
	int r;

	if (fd < 0)
		return err_set(e, errno, "making the run specification");
	buf_init(&b, SPEC_SIZE_MAX);
	r = encode_spec(plan, &b);
	if (r == 0 && pwrite(fd, b.bytes, b.len, 0) != (ssize_t)b.len)
		r = -EIO;
	buf_deinit(&b);
	if (r < 0)
		return err_set(e, -r,
			       "writing the run specification (arguments and environment: at most "
			       "%d bytes)",
			       SPEC_SIZE_MAX);
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0)
		return err_set(e, errno, "sealing the run specification");
	*ret_fd = TAKE_FD(fd);
	return 0;
}

static int open_engine(int *ret_fd, struct err *e)
{
	AUTO_FREE char *path = NULL;
	int r = cache_engine_path(&path, e);

	if (r < 0)
		return r;
	*ret_fd = open(path, O_PATH | O_CLOEXEC);
	return *ret_fd < 0 ? err_set(e, errno, "opening the engine '%s'", path) : 0;
}

static int make_channels(struct parts *p, struct launch *l, struct err *e)
{
	int control[2], status[2], lookup[2], signals[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, control) < 0)
		return err_set(e, errno, "making the control socket");
	l->control_fd = control[0];
	p->control_fd = control[1];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, lookup) < 0)
		return err_set(e, errno, "making the lookup socket");
	l->lookup_fd = lookup[0];
	p->lookup_fd = lookup[1];
	if (pipe2(signals, O_CLOEXEC) < 0)
		return err_set(e, errno, "making the signal pipe");
	l->signal_fd = signals[1];
	p->signal_fd = signals[0];
	if (fcntl(l->signal_fd, F_SETFL, O_NONBLOCK) < 0)
		return err_set(e, errno, "making the signal pipe");
	if (pipe2(status, O_CLOEXEC) < 0)
		return err_set(e, errno, "making the status pipe");
	l->status_fd = status[0];
	p->status_fd = status[1];
	return 0;
}

static int parts_open(const struct process_plan *plan, bool notify, struct parts *p,
		      struct launch *l, struct err *e)
{
	int *const moved[] = { &p->spec_fd,   &p->status_fd, &p->control_fd,
			       &p->lookup_fd, &p->signal_fd, &p->engine_fd };
	int r = open_engine(&p->engine_fd, e);

	if (r == 0)
		r = make_spec_fd(plan, &p->spec_fd, e);
	if (r == 0)
		r = make_channels(p, l, e);
	for (size_t i = 0; r == 0 && i < ARRAY_LEN(moved); i++)
		if (fd_move_up(moved[i]) < 0)
			r = err_set(e, errno, "moving descriptors out of the engine's way");
	if (r == 0 && plan->isolation == ISOLATION_NAMESPACE)
		r = filter_build(&p->filter, notify, e);
	if (r == 0 && plan->isolation == ISOLATION_NAMESPACE && geteuid() == 0)
		r = pin_open_dir(&p->pin_dir_fd, e);
	if (r > 0)
		r = 0; /* it has no name, then */
	l->is_pinned = p->pin_dir_fd >= 0;
	return r;
}

static void parts_close(struct parts *p)
{
	(void)fd_close(p->spec_fd);
	(void)fd_close(p->status_fd);
	(void)fd_close(p->control_fd);
	(void)fd_close(p->lookup_fd);
	(void)fd_close(p->signal_fd);
	(void)fd_close(p->engine_fd);
	(void)fd_close(p->pin_dir_fd);
	filter_deinit(&p->filter);
	free(p->udp_routes);
}

static int explain_clone(int error, struct err *e)
{
	if (error != EPERM && error != ENOSPC && error != EACCES && error != EINVAL)
		return err_set(e, error, "making the namespaces");
	return err_set(e, error,
		       "this machine does not let you make namespaces; allow it with 'sysctl "
		       "kernel.unprivileged_userns_clone=1' (Debian), 'sysctl "
		       "kernel.apparmor_restrict_unprivileged_userns=0' (Ubuntu) or a higher "
		       "user.max_user_namespaces and user.max_net_namespaces, run wasmrun with "
		       "sudo, or set isolation "
		       "= \"simulated\" (which arrives in a later version)");
}

/* clone3 without a stack works as fork does; the child's pidfd comes in the same step. */
static int clone_child(uint64_t flags, int *ret_pidfd)
{
	struct clone_args args = {
		.flags = flags | CLONE_PIDFD,
		.pidfd = (uintptr_t)ret_pidfd,
		.exit_signal = SIGCHLD,
	};
	long pid = syscall(SYS_clone3, &args, sizeof args);

	return pid < 0 ? neg_errno() : (int)pid;
}

static void describe_inside(const struct process_plan *plan, struct parts *p, struct launch *l,
			    struct inside *in)
{
	*in = (struct inside){
		.uid = geteuid(),
		.gid = getegid(),
		.hostname = plan->name,
		.loopback = plan->loopback_enabled,
		.waits = plan->firewall && plan->firewall->n,
		.udp_routes = p->udp_routes,
		.n_udp_routes = p->n_udp_routes,
		.root = { .module = plan->module,
			  .module_fd = -EBADF,
			  .dirs = p->dirs,
			  .n_dirs = plan->n_dirs },
		.filter = &p->filter,
		.cgroup = &l->cgroup,
		.limits = &plan->limits,
		.control_fd = p->control_fd,
		.supervisor_fd = l->control_fd,
		.spec_fd = p->spec_fd,
		.status_fd = p->status_fd,
		.lookup_fd = p->lookup_fd,
		.signal_fd = p->signal_fd,
		.engine_fd = p->engine_fd,
		.pin_dir_fd = p->pin_dir_fd,
		.pin_name = plan->claim->name,
		.claim_fd = plan->claim->fd,
	};
	for (size_t i = 0; i < plan->n_dirs; i++)
		p->dirs[i] = (struct root_dir){ .host = plan->dirs[i].host,
						.writable = plan->dirs[i].writable,
						.size_max = plan->limits.values[LIMIT_DISK],
						.mount_fd = -EBADF };
}

static int start_child(const struct process_plan *plan, struct parts *p, struct launch *l,
		       struct err *e)
{
	uint64_t flags = CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC |
			 CLONE_NEWUTS; /* and the cgroup namespace, later: inside.h */
	bool isolated = plan->isolation == ISOLATION_NAMESPACE;
	struct inside in;
	int pid;

	if (isolated && plan->grants && plan->loopback_enabled)
		udp_routes_make(plan->grants, &p->udp_routes, &p->n_udp_routes);
	describe_inside(plan, p, l, &in);
	pid = clone_child(isolated ? flags : 0, &l->pidfd);
	if (pid == 0) {
		if (isolated)
			inside_main(&in);
		inside_exec_engine_bare(&in);
	}
	if (pid < 0)
		return isolated ? explain_clone(-pid, e) : err_set(e, -pid, "starting the engine");
	l->pid = pid;
	return 0;
}

static bool can_notify(const struct process_plan *plan)
{
	bool can = filter_can_notify();

	if (!can)
		log_verbose("%s: this kernel has no seccomp user notifications (Linux 5.9): "
			    "forwards are relayed",
			    plan->name);
	return can;
}

int launch_start(const struct process_plan *plan, struct launch *ret, struct err *e)
{
	struct parts p = { .spec_fd = -EBADF,
			   .status_fd = -EBADF,
			   .control_fd = -EBADF,
			   .lookup_fd = -EBADF,
			   .signal_fd = -EBADF,
			   .engine_fd = -EBADF,
			   .pin_dir_fd = -EBADF };
	struct launch l = LAUNCH_EMPTY;
	int r;

	if (plan->n_dirs > ROOT_DIRS_MAX)
		return err_set(e, 0, "%zu directories; at most %d can be given", plan->n_dirs,
			       ROOT_DIRS_MAX);
	r = parts_open(plan, can_notify(plan), &p, &l, e);
	if (plan->isolation == ISOLATION_NAMESPACE)
		cgroup_find(&plan->limits, plan->name, &l.cgroup);
	if (r == 0)
		r = start_child(plan, &p, &l, e);
	parts_close(&p);
	if (r < 0)
		launch_close(&l);
	else
		*ret = l;
	return r;
}

void launch_close(struct launch *l)
{
	l->pidfd = fd_close(l->pidfd);
	l->control_fd = fd_close(l->control_fd);
	l->lookup_fd = fd_close(l->lookup_fd);
	l->signal_fd = fd_close(l->signal_fd);
	l->status_fd = fd_close(l->status_fd);
	cgroup_close(&l->cgroup);
}
