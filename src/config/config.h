/* The configuration of a project, as .wasmrun.toml says it. */
#pragma once

#include "base/err.h"
#include "policy/firewall.h"
#include "policy/forward.h"
#include "policy/grant_set.h"
#include "policy/limits.h"

#include <stdbool.h>
#include <stddef.h>

#define CONFIG_FILE_NAME ".wasmrun.toml"

enum {
	CONFIG_SIZE_MAX = 1 << 20,
	CONFIG_MISSING = 1, /* a condition of config_load() */
};

struct config {
	char *entry; /* what of the project is run; owned; NULL: it is found out */
	bool isolation_enabled;
	char *namespace_prefix; /* owned; valid per name_check() */
	bool loopback_enabled;
	struct forward *forwards; /* owned */
	size_t n_forwards;
	struct firewall firewall; /* owned */
	struct grant_set grants;
	char *audit_path; /* of the audit log, as it is written; owned; NULL: none is kept */
	struct limits limits;
};

/* The defaults. */
void config_init(struct config *c);
void config_deinit(struct config *c);

/* Pure. `c` is initialised and is unchanged by a failure. The error begins with
 * "<file>:<line>:<column>: ". */
int config_parse(struct config *c, const char *file, const char *text, size_t len, struct err *e);
/* Reads and parses a file; CONFIG_MISSING if there is none. */
int config_load(struct config *c, const char *file, struct err *e);
