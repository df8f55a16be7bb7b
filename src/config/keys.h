/* The keys of .wasmrun.toml: one table, which makes parsing, suggestions and the reference. */
#pragma once

#include "config/toml.h"

#include <stddef.h>

struct config;

struct config_key {
	const char *section;
	const char *name;
	const char *type;	  /* as the reference and errors say it: "a string" */
	const char *default_text; /* as it is written in TOML; NULL: not set */
	const char *description;  /* Markdown; one or more sentences */
	/* Errors begin with the place: "<line>:<column>: ...". */
	int (*apply)(struct config *c, const struct config_key *key, const struct toml_value *v,
		     struct err *e);
};

extern const struct config_key config_keys[];
extern const size_t n_config_keys;

struct config_section {
	const char *name;
	const char *description;
};

extern const struct config_section config_sections[];
extern const size_t n_config_sections;
