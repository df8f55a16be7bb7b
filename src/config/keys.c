#include "config/keys.h"

#include "base/alloc.h"
#include "base/own.h"
#include "config/config.h"
#include "config/firewall.h"
#include "policy/name.h"

#include <stdlib.h>
#include <string.h>

static int wrap_place(struct err *e, struct toml_place at, int r)
{
	err_wrap(e, "%u:%u", at.line, at.column);
	return r;
}

static int expect_type(const struct config_key *key, const struct toml_value *v,
		       enum toml_type type, struct err *e)
{
	if (v->type == type)
		return 0;
	return err_set(e, 0, "%u:%u: '%s' is %s, expected %s", v->place.line, v->place.column,
		       key->name, toml_type_name(v->type), key->type);
}

static int apply_boolean(bool *out, const struct config_key *key, const struct toml_value *v,
			 struct err *e)
{
	int r = expect_type(key, v, TOML_BOOLEAN, e);

	if (r < 0)
		return r;
	*out = v->boolean;
	return 0;
}

static int apply_isolation(struct config *c, const struct config_key *key,
			   const struct toml_value *v, struct err *e)
{
	if (v->type == TOML_STRING && strcmp(v->string, "simulated") == 0)
		return err_set(
			e, 0,
			"%u:%u: isolation = \"simulated\" is not available in this version yet",
			v->place.line, v->place.column);
	return apply_boolean(&c->isolation_enabled, key, v, e);
}

static int apply_loopback_enabled(struct config *c, const struct config_key *key,
				  const struct toml_value *v, struct err *e)
{
	return apply_boolean(&c->loopback_enabled, key, v, e);
}

static int apply_namespace_prefix(struct config *c, const struct config_key *key,
				  const struct toml_value *v, struct err *e)
{
	int r = expect_type(key, v, TOML_STRING, e);

	if (r < 0)
		return r;
	r = name_check(v->string, e);
	if (r < 0)
		return wrap_place(e, v->place, r);
	free(c->namespace_prefix);
	c->namespace_prefix = xstrdup(v->string);
	return 0;
}

/* Takes an array of strings, each through `add`. */
static int apply_strings(struct config *c, const struct config_key *key, const struct toml_value *v,
			 int (*add)(struct config *c, const char *text, struct err *e),
			 struct err *e)
{
	int r = expect_type(key, v, TOML_ARRAY, e);

	for (size_t i = 0; r == 0 && i < v->n_children; i++) {
		const struct toml_value *child = &v->children[i];

		r = expect_type(key, child, TOML_STRING, e);
		if (r < 0)
			return r;
		r = add(c, child->string, e);
		if (r < 0)
			return wrap_place(e, child->place, r);
	}
	return r;
}

static int add_forward(struct config *c, const char *text, struct err *e)
{
	struct forward f;
	int r = forward_parse(text, &f, e);

	return r < 0 ? r : forward_add(&c->forwards, &c->n_forwards, &f, e);
}

static int apply_forwards(struct config *c, const struct config_key *key,
			  const struct toml_value *v, struct err *e)
{
	return apply_strings(c, key, v, add_forward, e);
}

static int add_allowed(struct config *c, const char *text, struct err *e)
{
	return grant_set_allow(&c->grants, text, e);
}

static int apply_allow_net(struct config *c, const struct config_key *key,
			   const struct toml_value *v, struct err *e)
{
	return apply_strings(c, key, v, add_allowed, e);
}

static int add_denied(struct config *c, const char *text, struct err *e)
{
	return grant_set_deny(&c->grants, text, e);
}

static int apply_deny_net(struct config *c, const struct config_key *key,
			  const struct toml_value *v, struct err *e)
{
	return apply_strings(c, key, v, add_denied, e);
}

static int apply_text(char **out, const char *expected, const struct config_key *key,
		      const struct toml_value *v, struct err *e)
{
	int r = expect_type(key, v, TOML_STRING, e);

	if (r < 0)
		return r;
	if (v->string[0] == 0)
		return err_set(e, 0, "%u:%u: '%s' is empty, expected %s", v->place.line,
			       v->place.column, key->name, expected);
	free(*out);
	*out = xstrdup(v->string);
	return 0;
}

static int apply_entry(struct config *c, const struct config_key *key, const struct toml_value *v,
		       struct err *e)
{
	return apply_text(&c->entry, "what of the project is to run", key, v, e);
}

static int apply_audit(struct config *c, const struct config_key *key, const struct toml_value *v,
		       struct err *e)
{
	return apply_text(&c->audit_path, "the name of a file", key, v, e);
}

static int apply_limit(struct config *c, const struct config_key *key, const struct toml_value *v,
		       struct err *e)
{
	int limit = 0, r;

	if (v->type != TOML_STRING && v->type != TOML_INTEGER && v->type != TOML_FLOAT)
		return expect_type(key, v, TOML_STRING, e);
	while (strcmp(limit_key(limit), key->name) != 0)
		limit++; /* the table below names no other */
	r = limits_set(&c->limits, limit, v->string, e);
	return r < 0 ? wrap_place(e, v->place, r) : 0;
}

static int apply_firewall(struct config *c, const struct config_key *key,
			  const struct toml_value *v, struct err *e)
{
	int r = expect_type(key, v, TOML_ARRAY, e);

	for (size_t i = 0; i < v->n_children && r == 0; i++)
		r = config_firewall_add(&c->firewall, &v->children[i], e);
	return r;
}

const struct config_key config_keys[] = {
	{ "project", "entry", "a string", NULL,
	  "What of the project is run. Of a Python project a file (`\"src/main.py\"`), a module as "
	  "behind `python -m` (`\"shop.server\"`), or a WSGI or ASGI application "
	  "(`\"shop.web:app\"`); of a Node.js project a file; of a Rust project the name of one of "
	  "its "
	  "programs; of a Go project the folder of a package (`\"cmd/shop\"`). Files and folders "
	  "are "
	  "in the project. A script that the command line names wins, and so do `-m`, `-c` and "
	  "`--app` behind `--` for Python; other words behind `--` are the program's arguments.",
	  apply_entry },
	{ "network", "isolation", "true or false", "true",
	  "`true` runs the guest in namespaces of its own: it reaches nothing but itself, and is "
	  "reached "
	  "through its forwards only. `false` runs it in the caller's namespaces, on this "
	  "machine's own "
	  "network, and says so. `\"simulated\"` is not available yet.",
	  apply_isolation },
	{ "network", "namespace_prefix", "a string", "\"wasmrun\"",
	  "The namespace is called `PREFIX-NAME`, where `NAME` is the name of the process. 1 to 63 "
	  "of "
	  "`a-z`, `0-9` and `-`, beginning and ending with a letter or digit.",
	  apply_namespace_prefix },
	{ "network", "loopback_enabled", "true or false", "true",
	  "Whether the guest's namespace has a working loopback interface (`127.0.0.1`, `::1`).",
	  apply_loopback_enabled },
	{ "network", "forwards", "an array of strings", "[]",
	  "Ports to publish: `\"8080:3000\"` makes the guest's port 3000 reachable at port 8080 of "
	  "this "
	  "machine's loopback address; `\"0.0.0.0:8080:3000\"` and `\"[::]:8080:3000\"` at the "
	  "address that is given. With `/udp` behind it, the ports are of UDP. "
	  "`\"unix:/run/app.sock:3000\"` makes the guest's TCP port 3000 reachable at a Unix "
	  "socket of this machine, which only its owner may connect to.",
	  apply_forwards },
	{ "network", "allow_net", "an array of strings", "[]",
	  "Destinations that the guest may reach, with a rule each: `\"HOST\"`, `\"*.DOMAIN\"`, "
	  "`\"ADDRESS\"`, `\"NETWORK/LENGTH\"` or `\"*\"`, with `:PORT` or `:FIRST-LAST` behind "
	  "it, "
	  "or at every port. Over TCP, or over UDP with `udp/` before it: `\"udp/192.0.2.1:53\"`. "
	  "`\"*\"` alone is everything, over both, but this machine's loopback, which only a rule "
	  "that names it opens: `\"127.0.0.1:5432\"`.",
	  apply_allow_net },
	{ "network", "deny_net", "an array of strings", "[]",
	  "Destinations that the guest may not reach, whatever allows them: rules as in "
	  "`allow_net`, over TCP and UDP unless one is named (`\"udp/10.0.0.0/8\"`). A name that "
	  "is denied is not looked up; to close a machine off by whatever name, deny its "
	  "addresses.",
	  apply_deny_net },
	{ "network", "audit", "a string", NULL,
	  "A file to which each use of a grant and each refusal is appended, as one JSON object a "
	  "line. A relative name is taken from the project's folder. It must not be where the "
	  "guest can write.",
	  apply_audit },
	{ "network", "firewall", "an array of tables", "[]", config_firewall_description,
	  apply_firewall },
	{ "limits", "memory", "a size", NULL,
	  "Memory of the process: bytes, or a string such as `\"256m\"`. A guest that asks for "
	  "more "
	  "gets none; a process that takes more is killed (exit code 137).",
	  apply_limit },
	{ "limits", "cpus", "a number", NULL,
	  "CPU time, in CPUs: `0.5` is half of one. Needs a cgroup.", apply_limit },
	{ "limits", "processes", "a number", NULL, "Processes and threads.", apply_limit },
	{ "limits", "descriptors", "a number", NULL,
	  "Descriptors open at once: files, connections and listeners, and about ten of the "
	  "engine's.",
	  apply_limit },
	{ "limits", "connections", "a number", NULL,
	  "Accepted TCP connections open at once; those beyond are closed when the guest accepts "
	  "them.",
	  apply_limit },
	{ "limits", "outgoing", "a number", NULL,
	  "TCP connections that `allow_net` has opened, open at once; those beyond are refused.",
	  apply_limit },
	{ "limits", "connect_rate", "a rate", NULL,
	  "How often one may be opened, or datagrams go to another destination: a string such as "
	  "`\"100/s\"` or `\"30/m\"`. A second's worth may come at once.",
	  apply_limit },
	{ "limits", "disk", "a size", NULL,
	  "What the guest may write to each of its private folders (`/tmp`).", apply_limit },
	{ "limits", "timeout", "a time", NULL,
	  "How long the guest may run, as a string: `\"30s\"`, with `ms`, `s`, `m` or `h`. Exit "
	  "code "
	  "124.",
	  apply_limit },
};
const size_t n_config_keys = ARRAY_LEN(config_keys);

const struct config_section config_sections[] = {
	{ "project", "What is run." },
	{ "network", "How the guest is separated from the network, and what of it is published." },
	{ "limits",
	  "What the process may use at most. Nothing is limited unless it is said here or on the "
	  "command line, which wins. [The guide](guide.md#limits) says who enforces what." },
};
const size_t n_config_sections = ARRAY_LEN(config_sections);
