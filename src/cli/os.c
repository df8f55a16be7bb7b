/* The run of a prepared project, and those that follow it. */
#include "cli/os.h"

#include "base/log.h"
#include "base/own.h"
#include "cli/again.h"
#include "cli/command.h"
#include "cli/help.h"
#include "cli/os_prepare.h"

#include <fcntl.h>
#include <stdlib.h>

/* Nothing happens twice without --watch or --restart. */
static struct process_rerun *rerun_of(struct process_rerun *rerun)
{
	return rerun->watch || rerun->restart.when != RESTART_NO ? rerun : NULL;
}

/* What every process of this project has in common. */
static struct process_plan plan_of(const struct os *os, const struct process_rerun *rerun)
{
	return (struct process_plan){
		.name = os->name,
		.claim = &rerun->claim,
		.isolation = os->config.isolation_enabled ? ISOLATION_NAMESPACE : ISOLATION_NONE,
		.kind = os->module.kind,
		.module = os->module.path,
	};
}

/* The program's own preparation: a guest that has nothing of the user's but what it works on. */
static int prepare_program(const struct os *os, const struct process_rerun *rerun, struct err *e)
{
	const struct program *program = &os->program;
	const char *args[1 + PROGRAM_WORDS_MAX] = { program->name };
	struct process_dir dirs[PROGRAM_DIRS_MAX];
	struct process_plan plan = plan_of(os, rerun);
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
	struct process_plan plan = plan_of(os, rerun);

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
		r = prepare_program(&os, rerun, e);
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
	struct process_rerun rerun = { .claim = NAME_CLAIM_EMPTY };
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
	name_claim_release(&rerun.claim);
	(void)watch_close(rerun.watch);
	return r;
}
