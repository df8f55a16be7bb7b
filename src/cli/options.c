/* getopt_long does the splitting. The words are ours: a slip gets one sentence, with a hint. */
#include "cli/options.h"

#include "base/alloc.h"
#include "base/log.h"
#include "base/nearest.h"
#include "base/own.h"
#include "policy/name.h"

#include <assert.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* In the order of option_specs. */
enum option_id {
	OPTION_FORWARD,
	OPTION_ENV,
	OPTION_DIR,
	OPTION_ALLOW_NET,
	OPTION_DENY_NET,
	OPTION_LANGUAGE,
	OPTION_NAME,
	OPTION_CONFIG,
	OPTION_AUDIT,
	OPTION_INSTALL,
	OPTION_VERBOSE,
	OPTION_HELP,
	OPTION_TCPLISTEN,
	OPTION_WATCH,
	OPTION_DETACH,
	OPTION_RESTART,
	OPTION_MEMORY,
	OPTION_CPUS,
	OPTION_PIDS_LIMIT,
	OPTION_ULIMIT,
	OPTION_CONNECTIONS,
	OPTION_OUTGOING,
	OPTION_CONNECT_RATE,
	OPTION_DISK,
	OPTION_TIMEOUT,
	OPTION_COUNT
};

const struct option_spec option_specs[] = {
	[OPTION_FORWARD] = { "forward", 'p', "[ADDR:]HOST:GUEST[/udp]", true, false,
			     "Publish the guest's TCP port GUEST at port HOST of this machine, on "
			     "127.0.0.1 unless an address is given; with '/udp', its UDP port. An "
			     "IPv6 address goes in brackets. With unix:PATH:GUEST, publish its TCP "
			     "port at a Unix socket of this machine." },
	[OPTION_ENV] = { "env", 'e', "NAME[=VALUE]", true, false,
			 "Set a variable in the guest's environment, which is empty otherwise. "
			 "Without a value, take the caller's; if the caller has none, set "
			 "nothing." },
	[OPTION_DIR] = { "dir", 0, "HOST[:GUEST][:ro]", true, false,
			 "Let the guest use the folder HOST under the name GUEST (the same as HOST "
			 "unless given; a relative name is taken from /, or, for Node.js, from "
			 "where the project is), read-only with ':ro'." },
	[OPTION_ALLOW_NET] = { "allow-net", 0, "RULE", true, false,
			       "Let the guest reach RULE: HOST, *.DOMAIN, ADDRESS, "
			       "NETWORK/LENGTH or *, each with :PORT or :FIRST-LAST behind it, or "
			       "at every port; over TCP, or over UDP with udp/ before it. Without "
			       "a rule: everything, over both, but this machine's loopback, which "
			       "only a rule that names it opens (127.0.0.1:5432).",
			       true },
	[OPTION_DENY_NET] = { "deny-net", 0, "RULE", true, false,
			      "Do not let the guest reach RULE, whatever --allow-net says: "
			      "rules as there, over TCP and UDP unless one is named "
			      "(udp/10.0.0.0/8)." },
	[OPTION_LANGUAGE] = { "language", 'l', "LANGUAGE", false, false,
			      "rust, go, nodejs, python or wasm. Found out from the project's "
			      "files "
			      "unless given." },
	[OPTION_NAME] = { "name", 0, "NAME", false, false,
			  "The name of the process, which is also its hostname and a part of its "
			  "namespace's name. Taken by another process of yours, it is refused. "
			  "Made "
			  "from the project's name unless given." },
	[OPTION_CONFIG] = { "config", 0, "FILE", false, false,
			    "Read FILE instead of the project's .wasmrun.toml." },
	[OPTION_AUDIT] = { "audit", 0, "FILE", false, false,
			   "Append each use of a grant and each refusal to FILE, as one JSON "
			   "object a line." },
	[OPTION_INSTALL] = { "install", 0, NULL, false, false,
			     "Have npm install the packages of a Node.js project first, if they "
			     "are "
			     "missing or older than its package.json or lock file: 'npm ci' where "
			     "there "
			     "is one, else 'npm install', on this machine and outside of any "
			     "isolation." },
	[OPTION_VERBOSE] = { "verbose", 'v', NULL, false, false,
			     "Say on standard error what is done, and why." },
	[OPTION_HELP] = { "help", 'h', NULL, false, false, "Show this help." },
	[OPTION_TCPLISTEN] = { "tcplisten", 0, "[ADDR:]PORT[,first][,nonblock]", true, false,
			       "Let the guest, a WASI 0.1 module, find a TCP listener open on "
			       "PORT, on "
			       "127.0.0.1 of its own network unless an address is given; publish "
			       "it with "
			       "--forward. Its descriptor is numbered after the directories', or "
			       "before "
			       "them with ',first'. It blocks unless ',nonblock' is given. "
			       "LISTEN_FDS and "
			       "LISTEN_FDNAMES are set." },
	[OPTION_WATCH] = { "watch", 0, NULL, false, false,
			   "Build and start again when a source file of the project changes. Its "
			   "published ports are kept meanwhile: clients wait. A build that fails "
			   "is "
			   "tried again at the next change." },
	[OPTION_DETACH] = { "detach", 'd', NULL, false, true, NULL },
	[OPTION_RESTART] = { "restart", 0, "POLICY", false, false,
			     "Start the program again when it ends: no (the default), on-failure "
			     "(its exit code is not 0), on-failure:NUMBER (so often at most) or "
			     "always; after 0.1 s, then twice as long each time, up to a minute, "
			     "until "
			     "it has run for 10 s. Its published ports are kept meanwhile." },
	[OPTION_MEMORY] = { "memory", 'm', "SIZE", false, false,
			    "Let the process use SIZE of memory at most: bytes, or with k, m or g "
			    "behind the number. A guest that asks for more gets none; a process "
			    "that "
			    "takes more is killed (exit code 137)." },
	[OPTION_CPUS] = { "cpus", 0, "NUMBER", false, false,
			  "Give the process the time of NUMBER CPUs at most, such as 0.5. Needs a "
			  "cgroup." },
	[OPTION_PIDS_LIMIT] = { "pids-limit", 0, "NUMBER", false, false,
				"Let the process have NUMBER processes and threads at most." },
	[OPTION_ULIMIT] = { "ulimit", 0, "nofile=NUMBER", false, false,
			    "Let the process have NUMBER descriptors open at once: its files, "
			    "connections and listeners, and about ten of the engine's." },
	[OPTION_CONNECTIONS] = { "connections", 0, "NUMBER", false, false,
				 "Let the guest have NUMBER accepted TCP connections open at once; "
				 "those beyond are closed when the guest accepts them." },
	[OPTION_OUTGOING] = { "outgoing", 0, "NUMBER", false, false,
			      "Let the guest have NUMBER TCP connections open at once that "
			      "--allow-net has let out; those beyond are refused." },
	[OPTION_CONNECT_RATE] = { "connect-rate", 0, "RATE", false, false,
				  "Let connections go out, and datagrams to further destinations, "
				  "at RATE: 100/s or 30/m." },
	[OPTION_DISK] = { "disk", 0, "SIZE", false, false,
			  "Let the guest write SIZE to each of its private folders (/tmp) at "
			  "most." },
	[OPTION_TIMEOUT] = { "timeout", 0, "TIME", false, false,
			     "End the guest when it has run for TIME (exit code 124): seconds, or "
			     "with ms, s, m or h behind the number." },
};
static_assert(ARRAY_LEN(option_specs) == OPTION_COUNT, "a row for each option");
const size_t n_option_specs = OPTION_COUNT;

enum {
	LONG_BASE = 256, /* getopt's numbers of long options; letters are below */
	NOT_AN_OPTION = 1,
};

/* What getopt_long wants to have. Arguments of later options are optional: the option is refused
 * whatever follows it. */
struct getopt_tables {
	char letters[2 * OPTION_COUNT + 3];
	struct option longs[OPTION_COUNT + 1];
};

static void make_tables(struct getopt_tables *t)
{
	char *letter;

	*t = (struct getopt_tables){ 0 };
	letter = t->letters;
	*letter++ = '-'; /* hands out non-options in their order, so that "--" ends them */
	*letter++ = ':'; /* tells a missing argument from an unknown option */
	for (int i = 0; i < OPTION_COUNT; i++) {
		const struct option_spec *spec = &option_specs[i];
		int has_arg = spec->argument ? required_argument : no_argument;

		if (spec->argument && (spec->is_later || spec->is_argument_optional))
			has_arg = optional_argument;
		t->longs[i] = (struct option){ spec->name, has_arg, NULL, LONG_BASE + i };
		if (!spec->letter)
			continue;
		*letter++ = spec->letter;
		if (has_arg == required_argument)
			*letter++ = ':';
	}
}

/* The row of what getopt_long() returned or left in optopt; NULL if it is none of ours. */
static const struct option_spec *find_spec(int code)
{
	if (code >= LONG_BASE)
		return &option_specs[code - LONG_BASE];
	for (size_t i = 0; i < n_option_specs; i++)
		if (code && option_specs[i].letter == code)
			return &option_specs[i];
	return NULL;
}

/* `word` is the one that getopt_long() has just gone past. */
static int unknown_option(const char *word, struct err *e)
{
	const struct option_spec *spec = find_spec(optopt);
	const char *names[OPTION_COUNT];
	char shown[80], hint[NEAREST_HINT_MAX] = "", dashed[OPTION_COUNT][32], name[80];
	size_t len = strcspn(word, "=");

	if (spec)
		return err_set(e, 0, "option '--%s' takes no value", spec->name);
	if (optopt) {
		char letter = (char)optopt;

		log_escape(shown, sizeof shown, &letter, 1);
		return err_set(e, 0, "unknown option '-%s'", shown);
	}
	log_escape(shown, sizeof shown, word, len);
	for (size_t i = 0; i < n_option_specs; i++) {
		(void)snprintf(dashed[i], sizeof dashed[i], "--%s", option_specs[i].name);
		names[i] = dashed[i];
	}
	if (len < sizeof name) {
		memcpy(name, word, len);
		name[len] = 0;
		nearest_hint(hint, name, names, n_option_specs);
	}
	return err_set(e, 0, "unknown option '%s'%s", shown, hint);
}

static int set_once(const char **value, const struct option_spec *spec, const char *text,
		    struct err *e)
{
	if (*value)
		return err_set(e, 0, "option '--%s' is given twice", spec->name);
	*value = text;
	return 0;
}

static int add_forward(struct os_options *o, const char *text, struct err *e)
{
	struct forward f;
	int r = forward_parse(text, &f, e);

	return r < 0 ? r : forward_add(&o->forwards, &o->n_forwards, &f, e);
}

static int add_dir(struct os_options *o, const char *text, struct err *e)
{
	struct dir d;
	int r;

	if (o->n_dirs == DIRS_MAX)
		return err_set(e, 0, "more than %d directories", DIRS_MAX);
	r = dir_parse(text, &d, e);
	if (r < 0)
		return r;
	for (size_t i = 0; i < o->n_dirs; i++) {
		char shown[256];

		if (strcmp(o->dirs[i].guest, d.guest) != 0)
			continue;
		log_escape(shown, sizeof shown, d.guest, strlen(d.guest));
		dir_deinit(&d);
		return err_set(e, 0, "two directories have the name '%s' in the guest", shown);
	}
	if (!o->dirs)
		o->dirs = xalloc(DIRS_MAX * sizeof *o->dirs);
	o->dirs[o->n_dirs++] = d;
	return 0;
}

static int add_listener(struct os_options *o, const char *text, struct err *e)
{
	struct tcplisten l;
	int r;

	if (o->n_listeners == LISTENERS_MAX)
		return err_set(e, 0, "more than %d listeners", LISTENERS_MAX);
	r = tcplisten_parse(text, &l, e);
	if (r < 0)
		return r;
	for (size_t i = 0; i < o->n_listeners; i++) {
		char shown[ADDR_TEXT_MAX];

		if (addr_equal(&o->listeners[i].addr, &l.addr))
			return err_set(e, 0, "'%s' is listened on twice",
				       addr_format(&l.addr, shown));
	}
	if (!o->listeners)
		o->listeners = xalloc(LISTENERS_MAX * sizeof *o->listeners);
	o->listeners[o->n_listeners++] = l;
	return 0;
}

static int set_name(struct os_options *o, const struct option_spec *spec, const char *text,
		    struct err *e)
{
	int r = name_check(text, e);

	return r < 0 ? r : set_once(&o->name, spec, text, e);
}

static int set_limit(struct os_options *o, const struct option_spec *spec, enum limit limit,
		     const char *text, struct err *e)
{
	if (o->limits.values[limit])
		return err_set(e, 0, "option '--%s' is given twice", spec->name);
	return limits_set(&o->limits, limit, text, e);
}

/* Of Docker's names the one that means something to a guest. */
static int set_ulimit(struct os_options *o, const struct option_spec *spec, const char *text,
		      struct err *e)
{
	static const char name[] = "nofile=";
	char shown[80];

	if (strncmp(text, name, strlen(name)) == 0)
		return set_limit(o, spec, LIMIT_DESCRIPTORS, text + strlen(name), e);
	log_escape(shown, sizeof shown, text, strlen(text));
	return err_set(e, 0, "ulimit '%s': expected nofile=NUMBER", shown);
}

/* `bare`: an option before it whose value may be left out, and was; NULL if there is none. */
static int set_project(struct os_options *o, const struct option_spec *bare, const char *text,
		       struct err *e)
{
	char shown[80];

	if (!o->project) {
		o->project = text;
		return 0;
	}
	log_escape(shown, sizeof shown, text, strlen(text));
	if (bare)
		return err_set(e, 0,
			       "unexpected '%s': arguments of the program go behind '--', and a "
			       "value of '--%s' behind '='",
			       shown, bare->name);
	return err_set(e, 0, "unexpected '%s': arguments of the program go behind '--'", shown);
}

static int apply_option(struct os_options *o, const struct option_spec *spec, const char *text,
			char *(*lookup)(const char *name), struct err *e)
{
	assert(spec);
	if (spec->is_later)
		return err_set(e, 0, "option '--%s' is not available in this version yet",
			       spec->name);
	switch ((enum option_id)(spec - option_specs)) {
	case OPTION_FORWARD:
		return add_forward(o, text, e);
	case OPTION_ENV:
		return env_set(&o->env, text, lookup, e);
	case OPTION_DIR:
		return add_dir(o, text, e);
	case OPTION_ALLOW_NET:
		return grant_set_allow(&o->grants, text ? text : "", e);
	case OPTION_DENY_NET:
		return grant_set_deny(&o->grants, text, e);
	case OPTION_TCPLISTEN:
		return add_listener(o, text, e);
	case OPTION_LANGUAGE:
		return set_once(&o->language, spec, text, e);
	case OPTION_NAME:
		return set_name(o, spec, text, e);
	case OPTION_CONFIG:
		return set_once(&o->config, spec, text, e);
	case OPTION_AUDIT:
		return set_once(&o->audit, spec, text, e);
	case OPTION_MEMORY:
		return set_limit(o, spec, LIMIT_MEMORY, text, e);
	case OPTION_CPUS:
		return set_limit(o, spec, LIMIT_CPUS, text, e);
	case OPTION_PIDS_LIMIT:
		return set_limit(o, spec, LIMIT_PROCESSES, text, e);
	case OPTION_ULIMIT:
		return set_ulimit(o, spec, text, e);
	case OPTION_CONNECTIONS:
		return set_limit(o, spec, LIMIT_CONNECTIONS, text, e);
	case OPTION_OUTGOING:
		return set_limit(o, spec, LIMIT_OUTGOING, text, e);
	case OPTION_CONNECT_RATE:
		return set_limit(o, spec, LIMIT_CONNECT_RATE, text, e);
	case OPTION_DISK:
		return set_limit(o, spec, LIMIT_DISK, text, e);
	case OPTION_TIMEOUT:
		return set_limit(o, spec, LIMIT_TIMEOUT, text, e);
	case OPTION_INSTALL:
		o->install = true;
		return 0;
	case OPTION_WATCH:
		o->watch = true;
		return 0;
	case OPTION_RESTART:
		return restart_parse(text, &o->restart, e);
	case OPTION_VERBOSE:
		o->verbose = true;
		return 0;
	case OPTION_HELP:
		o->is_help_wanted = true;
		return 0;
	default:
		assert(!"an option without its case");
		return -EINVAL;
	}
}

static int value_missing(const struct option_spec *spec, struct err *e)
{
	assert(spec);
	return err_set(e, 0, "option '--%s' needs a value: %s", spec->name, spec->argument);
}

static int parse_words(struct os_options *o, int argc, char **argv,
		       char *(*lookup)(const char *name), struct err *e)
{
	const struct option_spec *bare = NULL;
	struct getopt_tables tables;

	make_tables(&tables);
	opterr = 0;
	optind = 0; /* glibc: start afresh, and look at the '-' */
	while (!o->is_help_wanted) {
		int code = getopt_long(argc, argv, tables.letters, tables.longs, NULL);
		const struct option_spec *spec = find_spec(code == ':' ? optopt : code);
		int r;

		if (code == -1)
			break;
		if (code == '?')
			r = unknown_option(argv[optind - 1], e);
		else if (code == ':')
			r = value_missing(spec, e);
		else if (code == NOT_AN_OPTION)
			r = set_project(o, bare, optarg, e);
		else
			r = apply_option(o, spec, optarg, lookup, e);
		if (r < 0)
			return r;
		if (spec && spec->is_argument_optional && !optarg)
			bare = spec;
	}
	o->args = argv + optind;
	o->n_args = (size_t)(argc - optind);
	if (!o->project)
		o->project = ".";
	return 0;
}

int os_options_parse(struct os_options *o, int argc, char **argv, char *(*lookup)(const char *name),
		     struct err *e)
{
	int r;

	*o = (struct os_options){ 0 };
	r = parse_words(o, argc, argv, lookup, e);
	if (r < 0)
		os_options_deinit(o);
	return r;
}

void os_options_deinit(struct os_options *o)
{
	for (size_t i = 0; i < o->n_dirs; i++)
		dir_deinit(&o->dirs[i]);
	free(o->dirs);
	free(o->listeners);
	free(o->forwards);
	grant_set_deinit(&o->grants);
	env_deinit(&o->env);
	*o = (struct os_options){ 0 };
}
