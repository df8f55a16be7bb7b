#include "policy/limits.h"

#include "base/log.h"
#include "base/num.h"
#include "base/own.h"

#include <assert.h>
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum kind { KIND_SIZE, KIND_CPUS, KIND_COUNT, KIND_RATE, KIND_TIME };

static const struct limit_spec {
	const char *key, *option, *noun;
	enum kind kind;
	uint64_t min, max;
} specs[] = {
	/* Below these the engine itself does not start; above them numbers overflow. */
	[LIMIT_MEMORY] = { "memory", "--memory", "memory", KIND_SIZE, 6 << 20, INT64_MAX },
	[LIMIT_CPUS] = { "cpus", "--cpus", "CPUs", KIND_CPUS, 10, 1000000 },
	[LIMIT_PROCESSES] = { "processes", "--pids-limit", "processes and threads", KIND_COUNT, 4,
			      4194304 },
	[LIMIT_DESCRIPTORS] = { "descriptors", "--ulimit nofile", "descriptors", KIND_COUNT, 16,
				1 << 30 },
	[LIMIT_CONNECTIONS] = { "connections", "--connections", "connections", KIND_COUNT, 1,
				1 << 30 },
	[LIMIT_OUTGOING] = { "outgoing", "--outgoing", "connections out", KIND_COUNT, 1, 1 << 30 },
	[LIMIT_CONNECT_RATE] = { "connect_rate", "--connect-rate", "connects a second", KIND_RATE,
				 1, 1000000000 },
	[LIMIT_DISK] = { "disk", "--disk", "disk", KIND_SIZE, 4096, INT64_MAX },
	[LIMIT_TIMEOUT] = { "timeout", "--timeout", "s", KIND_TIME, 1, INT64_MAX },
};
static_assert(ARRAY_LEN(specs) == LIMIT_COUNT, "a row for each limit");

static const char *const expected[] = {
	[KIND_SIZE] = "a size such as 256m", [KIND_CPUS] = "a number of CPUs such as 0.5",
	[KIND_COUNT] = "a whole number",     [KIND_RATE] = "a rate such as 100/s or 30/m",
	[KIND_TIME] = "a time such as 30s",
};

struct unit {
	const char *suffix;
	uint64_t factor;
};

static const struct unit sizes[] = {
	{ "", 1 },
	{ "b", 1 },
	{ "k", 1ULL << 10 },
	{ "kb", 1ULL << 10 },
	{ "kib", 1ULL << 10 },
	{ "m", 1ULL << 20 },
	{ "mb", 1ULL << 20 },
	{ "mib", 1ULL << 20 },
	{ "g", 1ULL << 30 },
	{ "gb", 1ULL << 30 },
	{ "gib", 1ULL << 30 },
	{ "t", 1ULL << 40 },
	{ "tb", 1ULL << 40 },
	{ "tib", 1ULL << 40 },
};

static const struct unit times[] = {
	{ "", 1000 }, { "ms", 1 }, { "s", 1000 }, { "m", 60 * 1000 }, { "h", 60 * 60 * 1000 },
};

/* In a thousand seconds. */
static const struct unit rates[] = { { "", 1000 }, { "/s", 1000 } };

const char *limit_key(enum limit limit)
{
	return specs[limit].key;
}

const char *limit_option(enum limit limit)
{
	return specs[limit].option;
}

/* The digits at the start of `text`, as a number; *ret_rest is what follows. */
static bool parse_digits(const char *text, uint64_t *ret, const char **ret_rest)
{
	size_t n = strspn(text, "0123456789");
	char digits[24];

	if (n >= sizeof digits)
		return false;
	memcpy(digits, text, n);
	digits[n] = '\0';
	*ret_rest = text + n;
	return num_parse_u64(digits, UINT64_MAX, ret);
}

static bool suffix_is(const char *text, const char *suffix)
{
	while (*text && tolower((unsigned char)*text) == *suffix) {
		text++;
		suffix++;
	}
	return !*text && !*suffix;
}

static bool parse_with_unit(const char *text, const struct unit *units, size_t n, uint64_t *ret)
{
	const char *rest;
	uint64_t number;

	if (!parse_digits(text, &number, &rest))
		return false;
	for (size_t i = 0; i < n; i++)
		if (suffix_is(rest, units[i].suffix))
			return !__builtin_mul_overflow(number, units[i].factor, ret);
	return false;
}

/* In thousandths; further digits of the fraction count for nothing. */
static bool parse_cpus(const char *text, uint64_t *ret)
{
	uint64_t whole, thousandths = 0, worth = 100;

	if (!parse_digits(text, &whole, &text) || whole > UINT32_MAX)
		return false;
	if (*text == '.' && !text[1])
		return false;
	if (*text == '.')
		text++;
	else if (*text)
		return false;
	for (; isdigit((unsigned char)*text); text++, worth /= 10)
		thousandths += worth * (uint64_t)(*text - '0');
	*ret = whole * 1000 + thousandths;
	return !*text;
}

static bool parse_rate(const char *text, uint64_t *ret)
{
	static const struct unit by_minute[] = { { "/m", 1000 } };

	if (parse_with_unit(text, rates, ARRAY_LEN(rates), ret))
		return true;
	if (!parse_with_unit(text, by_minute, ARRAY_LEN(by_minute), ret))
		return false;
	*ret /= 60;
	return true;
}

static bool parse(enum kind kind, const char *text, uint64_t *ret)
{
	switch (kind) {
	case KIND_SIZE:
		return parse_with_unit(text, sizes, ARRAY_LEN(sizes), ret);
	case KIND_TIME:
		return parse_with_unit(text, times, ARRAY_LEN(times), ret);
	case KIND_RATE:
		return parse_rate(text, ret);
	case KIND_CPUS:
		return parse_cpus(text, ret);
	default:
		return num_parse_u64(text, UINT64_MAX, ret);
	}
}

int limits_set(struct limits *l, enum limit limit, const char *text, struct err *e)
{
	const struct limit_spec *spec = &specs[limit];
	char shown[80], bound[LIMIT_TEXT_MAX];
	uint64_t value;

	log_escape(shown, sizeof shown, text, strlen(text));
	if (!parse(spec->kind, text, &value))
		return err_set(e, 0, "limit '%s' of %s: expected %s", shown, spec->key,
			       expected[spec->kind]);
	if (value < spec->min)
		return err_set(e, 0, "limit '%s' of %s: at least %s are needed", shown, spec->key,
			       limit_format(limit, spec->min, bound));
	if (value > spec->max)
		return err_set(e, 0, "limit '%s' of %s: too large", shown, spec->key);
	l->values[limit] = value;
	return 0;
}

void limits_merge(struct limits *l, const struct limits *under)
{
	for (size_t i = 0; i < LIMIT_COUNT; i++)
		if (!l->values[i])
			l->values[i] = under->values[i];
}

static void format_size(uint64_t value, const char *noun, char out[static LIMIT_TEXT_MAX])
{
	static const char *const names[] = { "bytes", "KiB", "MiB", "GiB", "TiB" };
	size_t i = 0;

	while (value && value % 1024 == 0 && i + 1 < ARRAY_LEN(names)) {
		value /= 1024;
		i++;
	}
	(void)snprintf(out, LIMIT_TEXT_MAX, "%" PRIu64 " %s of %s", value, names[i], noun);
}

static void format_thousandths(uint64_t value, const char *unit, char out[static LIMIT_TEXT_MAX])
{
	int digits = value % 1000 == 0 ? 0 : value % 100 == 0 ? 1 : value % 10 == 0 ? 2 : 3;

	(void)snprintf(out, LIMIT_TEXT_MAX, "%.*f %s", digits, (double)value / 1000, unit);
}

const char *limit_format(enum limit limit, uint64_t value, char out[static LIMIT_TEXT_MAX])
{
	const struct limit_spec *spec = &specs[limit];

	switch (spec->kind) {
	case KIND_SIZE:
		format_size(value, spec->noun, out);
		break;
	case KIND_CPUS:
	case KIND_RATE:
	case KIND_TIME:
		format_thousandths(value, spec->noun, out);
		break;
	default:
		(void)snprintf(out, LIMIT_TEXT_MAX, "%" PRIu64 " %s", value, spec->noun);
	}
	return out;
}
