/* TOML as a tree of plain C structures: the only door to toml++. Pure. */
#pragma once

#include "base/err.h"
#include "base/own.h"

#include <stdbool.h>
#include <stddef.h>

enum toml_type {
	TOML_TABLE,
	TOML_ARRAY,
	TOML_STRING,
	TOML_BOOLEAN,
	TOML_INTEGER,
	TOML_FLOAT,
	TOML_DATE_TIME,
	TOML_TYPE_COUNT
};

struct toml_place {
	unsigned line, column; /* from 1; columns count characters */
};

struct toml_value {
	enum toml_type type;
	char *key;		     /* in a table; NULL in an array and for the root */
	struct toml_place key_place; /* of the key, or of the value where there is no key */
	struct toml_place place;     /* of the value */
	bool boolean;
	char *string; /* of a string; of a number its decimal text */
	struct toml_value *children; /* of a table (in the order of the file) or an array */
	size_t n_children;
};

enum {
	TOML_DEPTH_MAX = 4,   /* deeper children are left out; no key of ours is there */
	TOML_DOTS_MAX = 4096, /* in a document; see toml.cpp */
};

/* The caller frees *ret with toml_free(). A syntax error is "<line>:<column>: <what>". */
int toml_parse(const char *text, size_t len, struct toml_value **ret, struct err *e);
struct toml_value *toml_free(struct toml_value *root);
OWN_DEFINE(toml_free, struct toml_value)
/* "a string", "an array". */
const char *toml_type_name(enum toml_type type);
