#include "cli/os_prepare.h"

#include "base/alloc.h"
#include "base/log.h"
#include "base/own.h"
#include "cli/audit_path.h"
#include "cli/isolation.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

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

/* The name defaults to the project's, which gives way. */
static int claim_name(struct os *os, struct name_claim *claim, struct err *e)
{
	if (os->options.name)
		memcpy(os->name, os->options.name, strlen(os->options.name) + 1);
	else
		name_from_path(os->project.path, os->name);
	return name_claim_take(claim, os->config.namespace_prefix, os->name, os->options.name, e);
}

static void set_args(struct os *os)
{
	const struct program *program = &os->program;

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

int os_prepare(struct os *os, struct process_rerun *rerun, struct err *e)
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
	r = claim_name(os, &rerun->claim, e);
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
	set_args(os);
	r = set_program_env(os, e);
	return r < 0 ? r : set_listener_env(os, e);
}

void os_deinit(struct os *os)
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
