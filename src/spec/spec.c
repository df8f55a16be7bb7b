#include "spec/spec.h"

#include "base/alloc.h"
#include "base/num.h"
#include "base/own.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *const kind_names[] = {
	[SPEC_CORE] = "core",
	[SPEC_COMPONENT] = "component",
};
static_assert(ARRAY_LEN(kind_names) == SPEC_KIND_COUNT, "a name for each kind");

void spec_init(struct spec *s)
{
	*s = (struct spec){ .kind = SPEC_CORE };
}

static void strings_deinit(char **strings, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(strings[i]);
	free(strings);
}

void spec_deinit(struct spec *s)
{
	strings_deinit(s->args, s->n_args);
	strings_deinit(s->env, s->n_env);
	for (size_t i = 0; i < s->n_dirs; i++) {
		free(s->dirs[i].path);
		free(s->dirs[i].guest);
	}
	free(s->dirs);
	free(s->listeners);
	free(s->module);
	spec_init(s);
}

/* Vectors grow in powers of two from 8, so the capacity follows from the count. */
static void *grow(void *vec, size_t n, size_t elem_size)
{
	size_t cap = n;

	if (n && (n < 8 || (n & (n - 1))))
		return vec;
	return xgrow(vec, n, &cap, elem_size);
}

void spec_add_arg(struct spec *s, const char *arg)
{
	s->args = grow(s->args, s->n_args, sizeof *s->args);
	s->args[s->n_args++] = xstrdup(arg);
}

void spec_add_env(struct spec *s, const char *assignment)
{
	s->env = grow(s->env, s->n_env, sizeof *s->env);
	s->env[s->n_env++] = xstrdup(assignment);
}

void spec_add_dir(struct spec *s, const char *path, const char *guest, bool writable)
{
	s->dirs = grow(s->dirs, s->n_dirs, sizeof *s->dirs);
	s->dirs[s->n_dirs++] = (struct spec_dir){
		.path = xstrdup(path),
		.guest = xstrdup(guest),
		.writable = writable,
	};
}

void spec_add_listener(struct spec *s, const struct tcplisten *l)
{
	s->listeners = grow(s->listeners, s->n_listeners, sizeof *s->listeners);
	s->listeners[s->n_listeners++] = *l;
}

static int add_pair(struct buf *b, const char *key, const char *value)
{
	int r = buf_add_str(b, key);

	return r < 0 ? r : buf_add_str(b, value);
}

static int add_number(struct buf *b, const char *key, uint64_t number)
{
	char text[24];

	if (!number)
		return 0;
	(void)snprintf(text, sizeof text, "%" PRIu64, number);
	return add_pair(b, key, text);
}

int spec_encode(const struct spec *s, struct buf *b)
{
	int r = add_pair(b, "wasmrun-spec", "1");

	if (r == 0)
		r = add_pair(b, "kind", kind_names[s->kind]);
	if (r == 0)
		r = add_pair(b, "module", s->module);
	for (size_t i = 0; r == 0 && i < s->n_args; i++)
		r = add_pair(b, "arg", s->args[i]);
	for (size_t i = 0; r == 0 && i < s->n_env; i++)
		r = add_pair(b, "env", s->env[i]);
	for (size_t i = 0; r == 0 && i < s->n_dirs; i++) {
		r = add_pair(b, s->dirs[i].writable ? "dir-rw" : "dir-ro", s->dirs[i].path);
		if (r == 0)
			r = add_pair(b, "dir-guest", s->dirs[i].guest);
	}
	for (size_t i = 0; r == 0 && i < s->n_listeners; i++) {
		char text[TCPLISTEN_TEXT_MAX];

		r = add_pair(b, "tcplisten", tcplisten_format(&s->listeners[i], text));
	}
	if (r == 0)
		r = add_number(b, "memory-max", s->memory_max);
	if (r == 0)
		r = add_number(b, "connections-max", s->connections_max);
	return r < 0 ? r : add_pair(b, "end", "");
}

/* The next NUL-ended string at *pos, or NULL at the end of the bytes. */
static const char *next_string(const uint8_t *bytes, size_t len, size_t *pos)
{
	const char *s = (const char *)bytes + *pos;
	const uint8_t *nul = *pos < len ? memchr(bytes + *pos, 0, len - *pos) : NULL;

	if (!nul)
		return NULL;
	*pos = (size_t)(nul - bytes) + 1;
	return s;
}

static int decode_listener(struct spec *s, const char *value)
{
	struct tcplisten l;

	if (s->n_listeners == SPEC_ITEMS_MAX || tcplisten_parse(value, &l, NULL) < 0)
		return -EINVAL;
	spec_add_listener(s, &l);
	return 0;
}

static int decode_kind(struct spec *s, const char *value)
{
	for (int k = 0; k < SPEC_KIND_COUNT; k++)
		if (strcmp(value, kind_names[k]) == 0) {
			s->kind = (enum spec_kind)k;
			return 0;
		}
	return -EINVAL;
}

/* Takes one pair. `pending` is the directory path that waits for its guest name. */
static int decode_pair(struct spec *s, const char *key, const char *value, const char **pending,
		       bool *pending_writable)
{
	if (*pending) {
		if (strcmp(key, "dir-guest") != 0 || s->n_dirs == SPEC_ITEMS_MAX)
			return -EINVAL;
		spec_add_dir(s, *pending, value, *pending_writable);
		*pending = NULL;
		return 0;
	}
	if (strcmp(key, "kind") == 0)
		return decode_kind(s, value);
	if (strcmp(key, "module") == 0 && !s->module) {
		s->module = xstrdup(value);
		return 0;
	}
	if (strcmp(key, "arg") == 0 && s->n_args < SPEC_ITEMS_MAX) {
		spec_add_arg(s, value);
		return 0;
	}
	if (strcmp(key, "env") == 0 && s->n_env < SPEC_ITEMS_MAX && strchr(value, '=')) {
		spec_add_env(s, value);
		return 0;
	}
	if (strcmp(key, "dir-rw") == 0 || strcmp(key, "dir-ro") == 0) {
		*pending = value;
		*pending_writable = strcmp(key, "dir-rw") == 0;
		return 0;
	}
	if (strcmp(key, "memory-max") == 0)
		return num_parse_u64(value, UINT64_MAX, &s->memory_max) ? 0 : -EINVAL;
	if (strcmp(key, "connections-max") == 0)
		return num_parse_u64(value, UINT64_MAX, &s->connections_max) ? 0 : -EINVAL;
	if (strcmp(key, "tcplisten") == 0)
		return decode_listener(s, value);
	return -EINVAL;
}

int spec_decode(struct spec *s, const uint8_t *bytes, size_t len, struct err *e)
{
	const char *pending = NULL;
	bool pending_writable = false, first = true;
	size_t pos = 0;

	spec_init(s);
	for (;;) {
		const char *key = next_string(bytes, len, &pos);
		const char *value = key ? next_string(bytes, len, &pos) : NULL;
		int r;

		if (!value)
			break;
		if (first != (strcmp(key, "wasmrun-spec") == 0) ||
		    (first && strcmp(value, "1") != 0))
			break;
		if (first) {
			first = false;
			continue;
		}
		if (strcmp(key, "end") == 0 && !pending && s->module && pos == len)
			return 0;
		r = decode_pair(s, key, value, &pending, &pending_writable);
		if (r < 0)
			break;
	}
	spec_deinit(s);
	return err_set(e, 0, "the run specification is damaged near byte %zu of %zu", pos, len);
}
