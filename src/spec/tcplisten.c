#include "spec/tcplisten.h"

#include "base/log.h"
#include "base/num.h"

#include <stdio.h>
#include <string.h>

static int parse_port(const char *text, uint16_t *ret)
{
	return num_parse_u16(text, ret) && *ret ? 0 : -EINVAL;
}

/* The part in front of the flags. */
static int parse_addr(char *text, struct addr *ret)
{
	char *colon = strrchr(text, ':');
	struct addr a;
	uint16_t port;

	if (parse_port(colon ? colon + 1 : text, &port) < 0)
		return -EINVAL;
	if (colon)
		*colon = 0;
	/* Without brackets it is not clear where an IPv6 address ends. */
	if (colon && strchr(text, ':') && text[0] != '[')
		return -EINVAL;
	if (addr_parse_ip(colon ? text : "127.0.0.1", &a, NULL) < 0)
		return -EINVAL;
	addr_set_port(&a, port);
	*ret = a;
	return 0;
}

static int parse_flag(const char *word, size_t len, struct tcplisten *l)
{
	if (len == strlen("first") && memcmp(word, "first", len) == 0 && !l->first)
		l->first = true;
	else if (len == strlen("nonblock") && memcmp(word, "nonblock", len) == 0 && !l->nonblock)
		l->nonblock = true;
	else
		return -EINVAL;
	return 0;
}

static int parse(const char *text, struct tcplisten *ret)
{
	size_t len = strcspn(text, ",");
	char addr[TCPLISTEN_TEXT_MAX];
	struct tcplisten l = { .first = false };
	int r;

	if (len >= sizeof addr)
		return -EINVAL;
	memcpy(addr, text, len);
	addr[len] = 0;
	r = parse_addr(addr, &l.addr);
	for (text += len; r == 0 && *text; text += len) {
		len = strcspn(++text, ",");
		r = parse_flag(text, len, &l);
	}
	if (r == 0)
		*ret = l;
	return r;
}

int tcplisten_parse(const char *text, struct tcplisten *ret, struct err *e)
{
	char shown[80];

	if (parse(text, ret) == 0)
		return 0;
	log_escape(shown, sizeof shown, text, strlen(text));
	return err_set(
		e, 0,
		"'%s' is no address to listen on: [ADDR:]PORT[,first][,nonblock], say 8080 or "
		"[::1]:8080,nonblock",
		shown);
}

const char *tcplisten_format(const struct tcplisten *l, char out[TCPLISTEN_TEXT_MAX])
{
	char addr[ADDR_TEXT_MAX];

	(void)snprintf(out, TCPLISTEN_TEXT_MAX, "%s%s%s", addr_format(&l->addr, addr),
		       l->first ? ",first" : "", l->nonblock ? ",nonblock" : "");
	return out;
}
