#include "broker/sockopt.h"

#include "base/own.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

/* Of what getsockopt gives: the kernel doubles buffer sizes (socket(7)). */
static int divisor_of(const struct connect_option *o)
{
	return o->level == SOL_SOCKET && (o->name == SO_RCVBUF || o->name == SO_SNDBUF) ? 2 : 1;
}

static void get(int fd, size_t i, struct sockopt_value *ret)
{
	*ret = (struct sockopt_value){ .len = sizeof ret->bytes };
	if (getsockopt(fd, connect_options[i].level, connect_options[i].name, ret->bytes,
		       &ret->len) < 0)
		ret->len = 0;
}

void sockopt_read(int fd, struct sockopt_baseline *ret)
{
	for (size_t i = 0; i < CONNECT_OPTION_COUNT; i++)
		get(fd, i, &ret->values[i]);
}

static void copy_option(size_t i, int from, const struct sockopt_value *untouched, int to)
{
	struct sockopt_value value;
	int number, divisor = divisor_of(&connect_options[i]);

	if (untouched->len == 0)
		return;
	get(from, i, &value);
	if (value.len == 0 || memcmp(&value, untouched, sizeof value) == 0)
		return;
	if (divisor > 1) {
		memcpy(&number, value.bytes, sizeof number);
		number /= divisor;
		memcpy(value.bytes, &number, sizeof number);
	}
	/* As good as the host allows. */
	(void)setsockopt(to, connect_options[i].level, connect_options[i].name, value.bytes,
			 value.len);
}

void sockopt_copy(int from, uint32_t options, const struct sockopt_baseline *untouched, int to)
{
	for (size_t i = 0; i < CONNECT_OPTION_COUNT; i++)
		if (options & (UINT32_C(1) << i))
			copy_option(i, from, &untouched->values[i], to);
}

void sockopt_copy_blocking(int from, int to)
{
	int flags = fcntl(from, F_GETFL);

	if (flags >= 0)
		(void)fcntl(to, F_SETFL, flags & O_NONBLOCK);
}
