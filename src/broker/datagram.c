#include "broker/datagram.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

union local_space {
	struct cmsghdr header;
	char space[CMSG_SPACE(sizeof(struct in6_pktinfo))];
};

int datagram_ask_for_local(int fd, const struct addr *bound)
{
	int on = 1, r;

	if (!addr_is_wildcard(bound))
		return 0;
	if (bound->sa.sa_family == AF_INET)
		r = setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof on);
	else
		r = setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on);
	return r < 0 ? neg_errno() : 0;
}

static void read_local(struct msghdr *msg, struct datagram_route *ret)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
			struct in_pktinfo to;

			memcpy(&to, CMSG_DATA(c), sizeof to);
			memcpy(&ret->local, &to.ipi_addr, sizeof to.ipi_addr);
		} else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
			struct in6_pktinfo to;

			memcpy(&to, CMSG_DATA(c), sizeof to);
			ret->local = to.ipi6_addr;
			ret->interface = to.ipi6_ifindex;
		}
	}
}

ssize_t datagram_receive(int fd, void *bytes, size_t size, struct datagram_route *ret)
{
	union local_space local;
	struct sockaddr_storage from;
	struct iovec iov = { .iov_base = bytes, .iov_len = size };
	struct msghdr msg = { .msg_name = &from,
			      .msg_namelen = sizeof from,
			      .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = &local,
			      .msg_controllen = sizeof local };
	ssize_t n = recvmsg(fd, &msg, MSG_DONTWAIT);
	int r;

	if (n < 0)
		return neg_errno();
	memset(ret, 0, sizeof *ret);
	r = addr_from_sockaddr(&from, msg.msg_namelen, &ret->client);
	if (r < 0)
		return r;
	read_local(&msg, ret);
	return n;
}

static bool has_local(const struct datagram_route *route)
{
	return !IN6_IS_ADDR_UNSPECIFIED(&route->local);
}

void datagram_answer(int fd, const struct datagram_route *route, const void *bytes, size_t len)
{
	union local_space local = { .space = { 0 } };
	struct in_pktinfo from4 = { .ipi_ifindex = 0 };
	struct in6_pktinfo from6 = { route->local, route->interface };
	struct iovec iov = { .iov_base = (void *)bytes, .iov_len = len };
	struct msghdr msg = { .msg_name = (void *)&route->client.sa,
			      .msg_namelen = route->client.len,
			      .msg_iov = &iov,
			      .msg_iovlen = 1 };

	if (has_local(route) && route->client.sa.sa_family == AF_INET) {
		memcpy(&from4.ipi_spec_dst, &route->local, sizeof from4.ipi_spec_dst);
		local.header = (struct cmsghdr){ CMSG_LEN(sizeof from4), IPPROTO_IP, IP_PKTINFO };
		memcpy(CMSG_DATA(&local.header), &from4, sizeof from4);
		msg.msg_controllen = CMSG_SPACE(sizeof from4);
	} else if (has_local(route)) {
		local.header =
			(struct cmsghdr){ CMSG_LEN(sizeof from6), IPPROTO_IPV6, IPV6_PKTINFO };
		memcpy(CMSG_DATA(&local.header), &from6, sizeof from6);
		msg.msg_controllen = CMSG_SPACE(sizeof from6);
	}
	msg.msg_control = msg.msg_controllen ? &local : NULL;
	(void)sendmsg(fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
}
