/* From the command line to a running guest:
 *
 *	options -> configuration -> project -> module (built, compiled, cached) -> preparation
 *	-> process
 *
 * Each step fills its part of `struct os`; os_deinit() undoes them all.
 */
#include "cli/os.h"

#include "base/alloc.h"
#include "base/log.h"
#include "base/own.h"
#include "cli/again.h"
#include "cli/audit_path.h"
#include "cli/command.h"
#include "cli/help.h"
#include "cli/isolation.h"
#include "cli/options.h"
#include "config/config.h"
#include "lang/project.h"
#include "policy/name.h"
#include "process/cache.h"
#include "process/process.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { OS_DIRS_MAX = DIRS_MAX + PROGRAM_DIRS_MAX + 2 }; /* and those that a guest has anyway */

struct os {
	struct os_options options;
	struct config config;
	struct project project;
	struct program program;
	struct cache_module module;
	char name[NAME_LEN_MAX + 1];
	const char **args;
	size_t n_args;
	struct process_dir dirs[OS_DIRS_MAX];
	size_t n_dirs;
	char *audit_path; /* NULL: no audit log */
};

/* Nothing happens twice without --watch or --restart. */
static struct process_rerun *rerun_of(struct process_rerun *rerun)
{
	return rerun->watch || rerun->restart.when != RESTART_NO ? rerun : NULL;
}

static void os_deinit(struct os *os)
{
	for (size_t i = 0; i < os->n_dirs; i++) {
		free(os->dirs[i].host);
		free(os->dirs[i].guest);
	}
	free(os->args);
	free(os->audit_path);
	cache_module_deinit(&os->module);
	program_deinit(&os->program);
	project_deinit(&os->project);
	config_deinit(&os->config);
	os_options_deinit(&os->options);
}

/* --config names a file that must be there; a project's own may be missing. */
static int load_config(struct os *os, struct err *e)
{
	const char *chosen = os->options.config;
	AUTO_FREE char *own = NULL;
	int r;

	if (!chosen && !os->project.is_folder)
		return 0;
	if (!chosen)
		own = xprintf("%s/%s", os->project.path, CONFIG_FILE_NAME);
	r = config_load(&os->config, chosen ? chosen : own, e);
	if (r == CONFIG_MISSING && chosen)
		return err_set(e, 0, "there is no configuration file '%s'", chosen);
	if (r == CONFIG_MISSING)
		return 0;
	if (r == 0)
		log_verbose("read '%s'", chosen ? chosen : own);
	return r;
}

static int open_project(struct os *os, struct err *e)
{
	enum language chosen;
	int r;

	if (os->options.language) {
		r = language_parse(os->options.language, &chosen, e);
		if (r < 0)
			return r;
	}
	r = project_open(os->options.project, os->options.language ? &chosen : NULL, &os->project,
			 e);
	if (r < 0)
		return r;
	if (os->options.install && os->project.language != LANGUAGE_NODEJS)
		return err_set(e, 0, "--install is for Node.js projects, and '%s' is %s",
			       os->project.path, language_name(os->project.language));
	os->project.install = os->options.install;
	log_verbose("'%s' is %s (%s)", os->project.path, language_name(os->project.language),
		    os->project.evidence);
	return 0;
}

static int get_module(struct os *os, struct err *e)
{
	int r = project_build(&os->project, os->options.args, os->options.n_args, &os->program, e);

	if (r < 0)
		return r;
	r = cache_module_get(os->program.module, os->program.compiled, &os->module, e);
	if (r < 0)
		return r;
	log_verbose("%s '%s'", os->module.compiled ? "compiled" : "found the compiled",
		    os->program.module);
	return 0;
}

/* The name defaults to the project's. */
static void set_names(struct os *os)
{
	const struct program *program = &os->program;

	if (os->options.name)
		memcpy(os->name, os->options.name, strlen(os->options.name) + 1);
	else
		name_from_path(os->project.path, os->name);
	os->args = xalloc((1 + program->n_words + os->options.n_args) * sizeof *os->args);
	os->args[os->n_args++] = program->name;
	for (size_t i = 0; i < program->n_words; i++)
		os->args[os->n_args++] = program->words[i];
	for (size_t i = 0; i < os->options.n_args; i++)
		os->args[os->n_args++] = os->options.args[i];
}

/* What the user says wins over what the project says. */
static int set_program_env(struct os *os, struct err *e)
{
	struct env *env = &os->options.env;
	int r = 0;

	for (size_t i = 0; i < os->program.n_env && r == 0; i++)
		if (!env_has(env, os->program.env[i]))
			r = env_set(env, os->program.env[i], NULL, e);
	return r;
}

static void add_dir(struct os *os, const char *host, const char *guest, bool writable)
{
	os->dirs[os->n_dirs++] = (struct process_dir){
		.host = xstrdup(host),
		.guest = xstrdup(guest),
		.writable = writable,
	};
}

static int add_chosen_dir(struct os *os, const struct dir *d, struct err *e)
{
	AUTO_FREE char *real = realpath(d->host, NULL);
	struct stat st;

	if (!real || stat(real, &st) < 0)
		return err_set(e, errno, "directory '%s'", d->host);
	if (!S_ISDIR(st.st_mode))
		return err_set(e, ENOTDIR, "directory '%s'", d->host);
	add_dir(os, real, d->guest, d->writable);
	return 0;
}

static bool is_guest_dir_chosen(const struct os *os, const char *guest)
{
	for (size_t i = 0; i < os->options.n_dirs; i++)
		if (strcmp(os->options.dirs[i].guest, guest) == 0)
			return true;
	return false;
}

/* A Node.js project is at its own path, for scripts show and compare paths. So are folders with
 * relative names: one of the host's at its own path, too, and one that is named for the guest
 * beneath the project. */
static void place_dirs(struct os *os)
{
	for (size_t i = 0; i < os->options.n_dirs; i++) {
		struct dir *d = &os->options.dirs[i];
		const char *name = strcmp(d->guest, "/") == 0 ? "" : d->guest;
		char *placed;

		if (!d->is_relative)
			continue;
		placed = d->is_named ? xprintf("%s%s", os->project.path, name)
				     : realpath(d->host, NULL);
		if (!placed)
			continue; /* a later step says so */
		free(d->guest);
		d->guest = placed;
	}
}

/* "/" comes first: some languages take the first directory for the current one. */
static int set_dirs(struct os *os, struct err *e)
{
	bool is_placed = os->project.language == LANGUAGE_NODEJS;
	const char *name = is_placed ? os->project.path : "/";

	if (is_placed)
		place_dirs(os);
	if (os->project.is_folder && !is_guest_dir_chosen(os, name))
		add_dir(os, os->project.path, name, false);
	for (size_t i = 0; i < os->options.n_dirs; i++) {
		int r = add_chosen_dir(os, &os->options.dirs[i], e);

		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < os->program.n_dirs; i++)
		add_dir(os, os->program.dirs[i].host, os->program.dirs[i].guest, false);
	if (!is_guest_dir_chosen(os, "/tmp"))
		add_dir(os, NULL, "/tmp", true);
	return 0;
}

/* What systemd tells a service about its sockets (sd_listen_fds(3)), without the process id, which
 * a guest does not have. */
static int set_listener_env(struct os *os, struct err *e)
{
	struct os_options *o = &os->options;
	AUTO_FREE char *count = xprintf("LISTEN_FDS=%zu", o->n_listeners);
	AUTO_FREE char *names = xstrdup("LISTEN_FDNAMES=");
	int r;

	if (o->n_listeners == 0)
		return 0;
	if (os->module.kind != SPEC_CORE)
		return err_set(e, 0,
			       "--tcplisten is for WASI 0.1 modules, and '%s' is a component: it "
			       "listens itself",
			       os->program.module);
	for (int first = 1; first >= 0; first--) {
		for (size_t i = 0; i < o->n_listeners; i++) {
			char *longer;

			if (o->listeners[i].first != first)
				continue;
			longer = xprintf("%s%stcp-%u", names, strchr(names, '-') ? ":" : "",
					 addr_port(&o->listeners[i].addr));
			free(names);
			names = longer;
		}
	}
	r = env_set(&o->env, count, NULL, e);
	return r < 0 ? r : env_set(&o->env, names, NULL, e);
}

/* What every process of this project has in common. */
static struct process_plan plan_of(const struct os *os)
{
	return (struct process_plan){
		.name = os->name,
		.name_chosen = os->options.name,
		.namespace_prefix = os->config.namespace_prefix,
		.isolation = os->config.isolation_enabled ? ISOLATION_NAMESPACE : ISOLATION_NONE,
		.kind = os->module.kind,
		.module = os->module.path,
	};
}

/* The program's own preparation: a guest that has nothing of the user's but what it works on. */
static int prepare_program(struct os *os, struct err *e)
{
	const struct program *program = &os->program;
	const char *args[1 + PROGRAM_WORDS_MAX] = { program->name };
	struct process_dir dirs[PROGRAM_DIRS_MAX];
	struct process_plan plan = plan_of(os);
	AUTO_CLOSE int made = -EBADF;
	int exit_code, r;

	if (!program->n_preparation)
		return 0;
	for (size_t i = 0; i < program->n_preparation; i++)
		args[1 + i] = program->preparation[i];
	for (size_t i = 0; i < program->n_dirs; i++)
		dirs[i] =
			(struct process_dir){ program->dirs[i].host, (char *)program->dirs[i].guest,
					      i + 1 == program->n_dirs };
	plan.args = args;
	plan.n_args = 1 + program->n_preparation;
	plan.dirs = dirs;
	plan.n_dirs = program->n_dirs;
	r = process_run(&plan, NULL, &exit_code, e);
	if (r < 0)
		return r;
	if (exit_code != 0) {
		(void)err_set(e, 0, "preparing '%s' failed", os->project.path);
		e->exit_code = exit_code;
		return -ECANCELED;
	}
	made = open(program->prepared, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	return made < 0 ? err_set(e, errno, "create '%s'", program->prepared) : 0;
}

static int run_process(struct os *os, struct process_rerun *rerun, int *ret_exit, struct err *e)
{
	struct process_plan plan = plan_of(os);

	plan.loopback_enabled = os->config.loopback_enabled;
	plan.forwards = os->options.forwards;
	plan.n_forwards = os->options.n_forwards;
	plan.firewall = &os->config.firewall;
	plan.grants = &os->options.grants;
	plan.audit_path = os->audit_path;
	plan.args = os->args;
	plan.n_args = os->n_args;
	plan.env = (const char *const *)os->options.env.items;
	plan.n_env = os->options.env.n;
	plan.dirs = os->dirs;
	plan.n_dirs = os->n_dirs;
	plan.listeners = os->options.listeners;
	plan.n_listeners = os->options.n_listeners;
	plan.limits = os->options.limits;
	if (!os->config.isolation_enabled)
		log_line("running without isolation (isolation = false): the guest shares this "
			 "machine's network");
	return process_run(&plan, rerun_of(rerun), ret_exit, e);
}

/* The command line wins over the configuration. */
static int set_audit(struct os *os, struct err *e)
{
	const char *folder = os->project.is_folder ? os->project.path : NULL;

	if (os->options.audit)
		return audit_path_find(os->options.audit, NULL, os->dirs, os->n_dirs,
				       &os->audit_path, e);
	if (os->config.audit_path)
		return audit_path_find(os->config.audit_path, folder, os->dirs, os->n_dirs,
				       &os->audit_path, e);
	return 0;
}

static int os_prepare(struct os *os, struct process_rerun *rerun, struct err *e)
{
	int r = open_project(os, e);

	if (r < 0)
		return r;
	/* From here on, so that a change during the build counts. */
	if (os->options.watch && !rerun->watch)
		r = watch_open(os->project.path, &rerun->watch, e);
	if (r < 0)
		return r;
	r = load_config(os, e);
	if (r < 0)
		return r;
	os->project.entry = os->config.entry;
	r = forward_merge(&os->options.forwards, &os->options.n_forwards, os->config.forwards,
			  os->config.n_forwards, e);
	if (r < 0)
		return r;
	r = grant_set_merge(&os->options.grants, &os->config.grants, e);
	if (r < 0)
		return r;
	limits_merge(&os->options.limits, &os->config.limits);
	r = isolation_check(&os->options, &os->config, e);
	if (r < 0)
		return r;
	r = get_module(os, e);
	if (r < 0)
		return r;
	r = set_dirs(os, e);
	if (r < 0)
		return r;
	r = set_audit(os, e);
	if (r < 0)
		return r;
	set_names(os);
	r = set_program_env(os, e);
	return r < 0 ? r : set_listener_env(os, e);
}

/* The run, and those that follow it by --restart. */
static int run_restarted(struct os *os, struct process_rerun *rerun, int *ret_exit, struct err *e)
{
	for (;;) {
		char file[WATCH_NAME_MAX];
		int r = run_process(os, rerun, ret_exit, e), signal;

		if (r < 0 || rerun->next != RERUN_RESTART)
			return r;
		log_line("%s has ended with exit code %d: starting again in %.1f s", os->name,
			 *ret_exit, (double)rerun->restart.delay_ms / 1000);
		switch (again_wait(rerun->watch, (int)rerun->restart.delay_ms, &signal, file)) {
		case AGAIN_TIME_OVER:
			break;
		case AGAIN_CHANGED:
			rerun->next = RERUN_CHANGED;
			return 0;
		case AGAIN_SIGNALLED:
			rerun->is_signalled = true;
			*ret_exit = 128 + signal;
			return 0;
		}
	}
}

/* From the command line to the end of the program, as its sources are now. */
static int run_sources(int argc, char **argv, struct process_rerun *rerun, int *ret_exit,
		       struct err *e)
{
	struct os os = { 0 };
	int r = os_options_parse(&os.options, argc, argv, getenv, e);

	if (r < 0)
		return COMMAND_USAGE;
	if (os.options.is_help_wanted) {
		help_print_os(stdout);
		os_options_deinit(&os.options);
		*ret_exit = 0;
		return 0;
	}
	log_set_verbose(os.options.verbose);
	config_init(&os.config);
	if (!rerun->restart.n)
		rerun->restart = os.options.restart;
	r = os_prepare(&os, rerun, e);
	if (r == 0)
		r = prepare_program(&os, e);
	if (r == 0)
		r = run_restarted(&os, rerun, ret_exit, e);
	os_deinit(&os);
	return r;
}

/* Whether to go on with the next run: when the sources have changed, unless somebody has had
 * enough. */
static bool wait_for_change(struct process_rerun *rerun, int *ret_exit)
{
	bool changed = rerun->next == RERUN_CHANGED;
	char file[WATCH_NAME_MAX];
	int signal;

	if (!changed)
		log_line("waiting for a file of the project to change");
	if (again_wait(rerun->watch, changed ? 0 : -1, &signal, file) == AGAIN_SIGNALLED) {
		*ret_exit = 128 + signal;
		return false;
	}
	if (!changed)
		log_line("'%s' has changed: starting again", file);
	return true;
}

int os_run(int argc, char **argv, int *ret_exit, struct err *e)
{
	struct process_rerun rerun = { .watch = NULL };
	int r;

	for (;;) {
		rerun.next = RERUN_END;
		r = run_sources(argc, argv, &rerun, ret_exit, e);
		/* An exit code in `e` from 128 up is a signal's that ended a build. */
		if (!rerun.watch || rerun.is_signalled || (r < 0 && e->exit_code >= 128))
			break;
		if (r < 0)
			log_error("%s", e->text);
		else if (rerun.next == RERUN_END)
			log_line("the program has ended with exit code %d", *ret_exit);
		r = 0;
		*e = (struct err){ 0 };
		if (!wait_for_change(&rerun, ret_exit))
			break;
	}
	held_release(&rerun.held);
	(void)watch_close(rerun.watch);
	return r;
}
