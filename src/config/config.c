#include "config/config.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/log.h"
#include "base/nearest.h"
#include "base/own.h"
#include "config/keys.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { WORDS_MAX = 32 };

void config_init(struct config *c)
{
	*c = (struct config){
		.isolation_enabled = true,
		.namespace_prefix = xstrdup("wasmrun"),
		.loopback_enabled = true,
	};
}

void config_deinit(struct config *c)
{
	free(c->namespace_prefix);
	free(c->forwards);
	firewall_deinit(&c->firewall);
	grant_set_deinit(&c->grants);
	free(c->entry);
	free(c->audit_path);
	*c = (struct config){ 0 };
}

static bool same(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

/* "<line>:<column>: unknown <what> '<name>'<where>, did you mean '<nearest>'?" */
static int unknown_error(const struct toml_value *v, const char *what, const char *where,
			 const char *const *known, size_t n_known, struct err *e)
{
	char shown[80], hint[NEAREST_HINT_MAX];

	log_escape(shown, sizeof shown, v->key, strlen(v->key));
	return err_set(e, 0, "%u:%u: unknown %s '%s'%s%s", v->key_place.line, v->key_place.column,
		       what, shown, where, nearest_hint(hint, v->key, known, n_known));
}

static int unknown_key_error(const char *section, const struct toml_value *v, struct err *e)
{
	const char *known[WORDS_MAX];
	size_t n = 0;
	char where[64];

	for (size_t i = 0; i < n_config_keys && n < WORDS_MAX; i++)
		if (same(config_keys[i].section, section))
			known[n++] = config_keys[i].name;
	(void)snprintf(where, sizeof where, " in [%s]", section);
	return unknown_error(v, "key", where, known, n, e);
}

static int apply_key(struct config *c, const char *section, const struct toml_value *v,
		     struct err *e)
{
	for (size_t i = 0; i < n_config_keys; i++) {
		const struct config_key *key = &config_keys[i];

		if (!same(key->section, section) || !same(key->name, v->key))
			continue;
		return key->apply(c, key, v, e);
	}
	return unknown_key_error(section, v, e);
}

/* A name that is not a section: a known key outside of its section, or a slip. */
static int unknown_section_error(const struct toml_value *v, struct err *e)
{
	const char *known[WORDS_MAX];
	size_t n = 0;

	for (size_t i = 0; i < n_config_keys; i++)
		if (same(config_keys[i].name, v->key))
			return err_set(e, 0, "%u:%u: key '%s' belongs in [%s]", v->key_place.line,
				       v->key_place.column, v->key, config_keys[i].section);
	for (size_t i = 0; i < n_config_sections && n < WORDS_MAX; i++)
		known[n++] = config_sections[i].name;
	return unknown_error(v, "section", "", known, n, e);
}

static int apply_section(struct config *c, const struct toml_value *v, struct err *e)
{
	const struct config_section *section = NULL;

	for (size_t i = 0; i < n_config_sections; i++)
		if (same(config_sections[i].name, v->key))
			section = &config_sections[i];
	if (!section)
		return unknown_section_error(v, e);
	if (v->type != TOML_TABLE)
		return err_set(e, 0, "%u:%u: '%s' is %s, expected a table", v->place.line,
			       v->place.column, section->name, toml_type_name(v->type));
	for (size_t i = 0; i < v->n_children; i++) {
		int r = apply_key(c, section->name, &v->children[i], e);

		if (r < 0)
			return r;
	}
	return 0;
}

static int parse_text(struct config *c, const char *text, size_t len, struct err *e)
{
	AUTO(toml_free) struct toml_value *root = NULL;
	int r = toml_parse(text, len, &root, e);

	for (size_t i = 0; r == 0 && i < root->n_children; i++)
		r = apply_section(c, &root->children[i], e);
	return r;
}

int config_parse(struct config *c, const char *file, const char *text, size_t len, struct err *e)
{
	struct err inner = { 0 };
	struct config parsed;
	char shown[256];
	int r;

	config_init(&parsed);
	r = parse_text(&parsed, text, len, &inner);
	if (r < 0) {
		config_deinit(&parsed);
		log_escape(shown, sizeof shown, file, strlen(file));
		return err_set(e, 0, "%s:%s", shown, inner.text);
	}
	config_deinit(c);
	*c = parsed;
	return 0;
}

static int read_file(int fd, struct buf *text, struct err *e)
{
	struct stat st;
	int r;

	if (fstat(fd, &st) < 0)
		return err_set(e, errno, "stat");
	if (!S_ISREG(st.st_mode))
		return err_set(e, 0, "not a regular file");
	if (st.st_size > CONFIG_SIZE_MAX)
		return err_set(e, 0, "larger than %d bytes", CONFIG_SIZE_MAX);
	r = buf_read_fd(text, fd);
	return r < 0 ? err_set(e, -r, "read") : 0;
}

int config_load(struct config *c, const char *file, struct err *e)
{
	AUTO_CLOSE int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct buf text;
	int r;

	if (fd < 0 && errno == ENOENT)
		return CONFIG_MISSING;
	if (fd < 0)
		return err_set(e, errno, "open '%s'", file);
	buf_init(&text, CONFIG_SIZE_MAX);
	r = read_file(fd, &text, e);
	if (r < 0)
		err_wrap(e, "'%s'", file);
	else
		r = config_parse(c, file, (const char *)text.bytes, text.len, e);
	buf_deinit(&text);
	return r;
}
