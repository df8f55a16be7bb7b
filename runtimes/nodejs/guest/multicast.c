/* Groups of datagram sockets, through sdk/: sys.multicast. Results are as in sockets.c. */
#include "native.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

/* What a program may name: an address, an interface's (IPv4), or one with a scope (IPv6). */
struct place {
	struct in_addr v4;
	struct in6_addr v6;
	unsigned scope;
	int family; /* AF_UNSPEC if nothing was named */
};

static bool place_parse(const char *words, struct place *ret)
{
	char address[INET6_ADDRSTRLEN];
	size_t len = strcspn(words, "%");

	*ret = (struct place){ .family = AF_INET };
	if (inet_pton(AF_INET, words, &ret->v4) == 1)
		return true;
	ret->family = AF_INET6;
	if (len >= sizeof address)
		return false;
	memcpy(address, words, len);
	address[len] = 0;
	if (words[len])
		ret->scope = if_nametoindex(words + len + 1);
	return inet_pton(AF_INET6, address, &ret->v6) == 1 && (!words[len] || ret->scope);
}

/* False, with errno, if it is neither undefined nor an address. */
static bool place_get(JSContext *ctx, JSValueConst value, struct place *ret)
{
	const char *words;
	bool is_one;

	*ret = (struct place){ .family = AF_UNSPEC };
	if (JS_IsUndefined(value) || JS_IsNull(value))
		return true;
	words = JS_ToCString(ctx, value);
	is_one = words && place_parse(words, ret);
	JS_FreeCString(ctx, words);
	errno = EINVAL;
	return is_one;
}

static int change_group(int fd, const struct place *group, const struct place *at,
			const struct place *source, bool joins)
{
	const struct ip_mreq any = { .imr_multiaddr = group->v4, .imr_interface = at->v4 };
	const struct ip_mreq_source one = { .imr_multiaddr = group->v4,
					    .imr_interface = at->v4,
					    .imr_sourceaddr = source->v4 };
	const struct ipv6_mreq six = { .ipv6mr_multiaddr = group->v6,
				       .ipv6mr_interface = at->scope };

	if (group->family == AF_INET6 && source->family == AF_UNSPEC)
		return setsockopt(fd, IPPROTO_IPV6, joins ? IPV6_JOIN_GROUP : IPV6_LEAVE_GROUP,
				  &six, sizeof six);
	if (group->family != AF_INET || source->family == AF_INET6)
		return errno = ENOTSUP, -1;
	if (source->family == AF_INET)
		return setsockopt(fd, IPPROTO_IP,
				  joins ? IP_ADD_SOURCE_MEMBERSHIP : IP_DROP_SOURCE_MEMBERSHIP,
				  &one, sizeof one);
	return setsockopt(fd, IPPROTO_IP, joins ? IP_ADD_MEMBERSHIP : IP_DROP_MEMBERSHIP, &any,
			  sizeof any);
}

/* group(fd, joins, group, interface, source): the last two may be undefined */
static JSValue multicast_group(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	struct place group, at, source;
	int32_t fd = -1;

	JS_ToInt32(ctx, &fd, argv[0]);
	if (!place_get(ctx, argv[2], &group) || !place_get(ctx, argv[3], &at) ||
	    !place_get(ctx, argv[4], &source) ||
	    change_group(fd, &group, &at, &source, JS_ToBool(ctx, argv[1])) < 0)
		return errno_value(ctx, errno);
	return JS_NewInt32(ctx, 0);
}

/* from(fd, interface): where datagrams to groups leave */
static JSValue multicast_from(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
	struct place at;
	int32_t fd = -1;
	int r;

	JS_ToInt32(ctx, &fd, argv[0]);
	if (!place_get(ctx, argv[1], &at))
		return errno_value(ctx, errno);
	r = at.family == AF_INET6
		    ? setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, &at.scope, sizeof at.scope)
		    : setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &at.v4, sizeof at.v4);
	return r < 0 ? errno_value(ctx, errno) : JS_NewInt32(ctx, 0);
}

static const JSCFunctionListEntry functions[] = {
	JS_CFUNC_DEF("group", 5, multicast_group),
	JS_CFUNC_DEF("from", 2, multicast_from),
};

void multicast_add(JSContext *ctx, JSValueConst target)
{
	JSValue multicast = JS_NewObject(ctx);

	JS_SetPropertyFunctionList(ctx, multicast, functions, sizeof functions / sizeof *functions);
	JS_SetPropertyStr(ctx, target, "multicast", multicast);
}
