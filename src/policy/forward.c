#include "policy/forward.h"

#include "base/alloc.h"
#include "base/log.h"
#include "base/num.h"

#include <stdio.h>
#include <string.h>

enum { WRITTEN_MAX = 256 }; /* a forward as the user writes it */

/* Cuts "/tcp" or "/udp" off; refuses every other protocol. */
static int cut_protocol(char *text, enum forward_kind *ret, struct err *e)
{
	char *slash = strrchr(text, '/');
	char shown[32];

	*ret = FORWARD_TCP;
	if (!slash)
		return 0;
	*slash = 0;
	if (strcmp(slash + 1, "tcp") == 0)
		return 0;
	*ret = FORWARD_UDP;
	if (strcmp(slash + 1, "udp") == 0)
		return 0;
	log_escape(shown, sizeof shown, slash + 1, strlen(slash + 1));
	return err_set(e, 0, "unknown protocol '%s', expected tcp or udp", shown);
}

/* Cuts the text behind the last colon off; NULL if there is none outside brackets. */
static char *cut_last_field(char *text)
{
	char *colon = strrchr(text, ':');

	if (!colon || strchr(colon, ']'))
		return NULL;
	*colon = 0;
	return colon + 1;
}

static int parse_port(const char *text, const char *whose, uint16_t *ret, struct err *e)
{
	char shown[32];
	uint16_t port;

	if (num_parse_u16(text, &port) && port > 0) {
		*ret = port;
		return 0;
	}
	log_escape(shown, sizeof shown, text, strlen(text));
	return err_set(e, 0, "%s port '%s' is not a number from 1 to 65535", whose, shown);
}

static int parse_host_ip(const char *text, struct addr *ret, struct err *e)
{
	char shown[80];
	struct addr a;

	log_escape(shown, sizeof shown, text, strlen(text));
	if (addr_parse_ip(text, &a, NULL) < 0)
		return err_set(e, 0, "host address '%s' is not an IPv4 or IPv6 address", shown);
	if (a.sa.sa_family == AF_INET6 && text[0] != '[')
		return err_set(e, 0, "an IPv6 address goes in brackets: '[%s]'", shown);
	if (a.sa.sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&a.in6.sin6_addr))
		return err_set(e, 0, "write the host address '%s' as an IPv4 address", shown);
	*ret = a;
	return 0;
}

/* "PATH:GUEST": the path may hold colons. */
static int parse_unix(char *text, struct forward *ret, struct err *e)
{
	struct forward f = { .kind = FORWARD_UNIX };
	char *guest = strrchr(text, ':');
	size_t len;
	int r;

	if (!guest)
		return err_set(e, 0, "expected unix:PATH:GUEST_PORT");
	*guest++ = 0;
	len = strlen(text);
	if (text[0] != '/')
		return err_set(
			e, 0,
			"the path of a Unix socket must be absolute: unix:/run/app.sock:3000");
	for (const char *c = text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return err_set(e, 0, "the path of a Unix socket holds a control character");
	if (text[len - 1] == '/')
		return err_set(e, 0, "the path of a Unix socket ends with its name, not with '/'");
	if (len >= sizeof f.path)
		return err_set(e, 0, "the path of a Unix socket has at most %zu bytes",
			       sizeof f.path - 1);
	r = parse_port(guest, "guest", &f.guest_port, e);
	if (r < 0)
		return r;
	memcpy(f.path, text, len + 1);
	*ret = f;
	return 0;
}

/* Takes `text` apart from its end, where the fields are ports and cannot hold a colon. */
static int parse_fields(char *text, struct forward *ret, struct err *e)
{
	const char *ip = "127.0.0.1";
	struct forward f = { 0 };
	uint16_t host_port;
	char *guest, *host;
	int r;

	if (strncmp(text, "unix:", 5) == 0)
		return parse_unix(text + 5, ret, e);
	r = cut_protocol(text, &f.kind, e);
	if (r < 0)
		return r;
	guest = cut_last_field(text);
	if (!guest)
		return err_set(e, 0, "expected HOST_PORT:GUEST_PORT");
	host = cut_last_field(text);
	if (host)
		ip = text;
	else
		host = text;
	r = parse_port(guest, "guest", &f.guest_port, e);
	if (r < 0)
		return r;
	r = parse_port(host, "host", &host_port, e);
	if (r < 0)
		return r;
	r = parse_host_ip(ip, &f.host, e);
	if (r < 0)
		return r;
	addr_set_port(&f.host, host_port);
	*ret = f;
	return 0;
}

int forward_parse(const char *text, struct forward *ret, struct err *e)
{
	size_t len = strlen(text);
	char copy[WRITTEN_MAX], shown[80];
	int r;

	log_escape(shown, sizeof shown, text, len);
	if (len >= sizeof copy)
		return err_set(e, 0, "forward '%s' is too long", shown);
	memcpy(copy, text, len + 1);
	r = parse_fields(copy, ret, e);
	if (r < 0)
		err_wrap(e, "forward '%s'", shown);
	return r;
}

const char *forward_format_host(const struct forward *f, char out[FORWARD_TEXT_MAX])
{
	char text[ADDR_TEXT_MAX];

	if (f->kind == FORWARD_UNIX)
		(void)snprintf(out, FORWARD_TEXT_MAX, "unix:%s", f->path);
	else
		(void)snprintf(out, FORWARD_TEXT_MAX, "%s%s", addr_format(&f->host, text),
			       f->kind == FORWARD_UDP ? "/udp" : "");
	return out;
}

static bool hosts_overlap(const struct forward *a, const struct forward *b)
{
	if (a->kind != b->kind)
		return false;
	if (a->kind == FORWARD_UNIX)
		return strcmp(a->path, b->path) == 0;
	if (addr_equal(&a->host, &b->host))
		return true;
	return a->host.sa.sa_family == b->host.sa.sa_family &&
	       addr_port(&a->host) == addr_port(&b->host) &&
	       (addr_is_wildcard(&a->host) || addr_is_wildcard(&b->host));
}

int forward_add(struct forward **forwards, size_t *n, const struct forward *f, struct err *e)
{
	char text[FORWARD_TEXT_MAX], other[FORWARD_TEXT_MAX];

	if (*n == FORWARD_MAX)
		return err_set(e, 0, "more than %d forwards", FORWARD_MAX);
	for (size_t i = 0; i < *n; i++) {
		if (!hosts_overlap(&(*forwards)[i], f))
			continue;
		forward_format_host(f, text);
		if (f->kind == FORWARD_UNIX)
			return err_set(e, 0, "'%s' is forwarded twice", text);
		forward_format_host(&(*forwards)[i], other);
		return err_set(e, 0, "host port %u is forwarded twice: '%s' and '%s'",
			       addr_port(&f->host), other, text);
	}
	if (!*forwards)
		*forwards = xalloc(FORWARD_MAX * sizeof **forwards);
	(*forwards)[(*n)++] = *f;
	return 0;
}

int forward_merge(struct forward **forwards, size_t *n, const struct forward *lower, size_t n_lower,
		  struct err *e)
{
	size_t n_upper = *n;

	for (size_t i = 0; i < n_lower; i++) {
		bool is_taken = false;
		int r;

		for (size_t k = 0; k < n_upper; k++)
			is_taken |= hosts_overlap(&(*forwards)[k], &lower[i]);
		if (is_taken)
			continue;
		r = forward_add(forwards, n, &lower[i], e);
		if (r < 0)
			return r;
	}
	return 0;
}
