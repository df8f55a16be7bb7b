#include "net/udp_exit.h"

#include "base/own.h"

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/fib_rules.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#define OUT_NAME "udp-out"
#define END_NAME "udp-end"

enum {
	UDP_EXIT_TABLE = 77,
	MTU = 65535,
	MESSAGE_MAX = 512,
	OPERATING_PATIENCE_MS = 5000,
	NEWS_MAX = 8192,
	BACKLOG_BYTES = 4 << 20, /* of packets not yet read; the kernel gives what it allows */
	/* Priorities of rules. Loopback is otherwise the first, at 0 (ip-rule(8)). */
	PRIORITY_LOOPBACK_OUT = 10,
	PRIORITY_LOCAL = 20,
	PRIORITY_OUT = 40000,
};

/* Of no network (RFC 7600, RFC 4193): what the guest's sockets show as their own address. */
static const char own_ip4[] = "192.0.0.2", own_ip6[] = "fd77:6173:6d72:756e::2";

struct netlink {
	int fd;
	uint32_t seq;
};

static struct nlmsghdr *message(struct netlink *nl, void *buffer, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(buffer);

	h->nlmsg_type = type;
	h->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	h->nlmsg_seq = ++nl->seq;
	return h;
}

/* Sends, and waits for the kernel's answer, which is there when send() returns. */
static int talk(struct netlink *nl, const struct nlmsghdr *h)
{
	char answer[MESSAGE_MAX + sizeof(struct nlmsgerr)];
	const struct nlmsghdr *a = (const struct nlmsghdr *)answer;
	const struct nlmsgerr *error;
	ssize_t n;

	if (send(nl->fd, h, h->nlmsg_len, 0) < 0)
		return neg_errno();
	n = recv(nl->fd, answer, sizeof answer, 0);
	if (n < 0)
		return neg_errno();
	if (!mnl_nlmsg_ok(a, (int)n) || a->nlmsg_type != NLMSG_ERROR ||
	    a->nlmsg_seq != h->nlmsg_seq)
		return -EBADMSG;
	error = mnl_nlmsg_get_payload(a);
	return error->error;
}

static int add_pair(struct netlink *nl)
{
	char buffer[MESSAGE_MAX] = { 0 };
	struct nlmsghdr *h = message(nl, buffer, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
	struct nlattr *link, *details, *peer;

	(void)mnl_nlmsg_put_extra_header(h, sizeof(struct ifinfomsg));
	mnl_attr_put_strz(h, IFLA_IFNAME, OUT_NAME);
	mnl_attr_put_u32(h, IFLA_MTU, MTU);
	link = mnl_attr_nest_start(h, IFLA_LINKINFO);
	mnl_attr_put_strz(h, IFLA_INFO_KIND, "veth");
	details = mnl_attr_nest_start(h, IFLA_INFO_DATA);
	peer = mnl_attr_nest_start(h, VETH_INFO_PEER);
	(void)mnl_nlmsg_put_extra_header(h, sizeof(struct ifinfomsg));
	mnl_attr_put_strz(h, IFLA_IFNAME, END_NAME);
	mnl_attr_put_u32(h, IFLA_MTU, MTU);
	mnl_attr_nest_end(h, peer);
	mnl_attr_nest_end(h, details);
	mnl_attr_nest_end(h, link);
	return talk(nl, h);
}

static int bring_up(const char *name)
{
	AUTO_CLOSE int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq req = { .ifr_flags = IFF_UP | IFF_NOARP };

	memcpy(req.ifr_name, name, strlen(name));
	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &req) < 0)
		return neg_errno();
	return 0;
}

static bool is_operating(const struct nlmsghdr *h, int index)
{
	const struct ifinfomsg *m = mnl_nlmsg_get_payload(h);
	const struct nlattr *attr;

	if (h->nlmsg_type != RTM_NEWLINK || m->ifi_index != index)
		return false;
	/* IFF_RUNNING is also set before anything is known (operstates.rst). */
	mnl_attr_for_each(attr, h, sizeof *m) if (mnl_attr_get_type(attr) ==
						  IFLA_OPERSTATE) return mnl_attr_get_u8(attr) ==
		IF_OPER_UP;
	return false;
}

static bool tell_operating(const char *news, int len, int index)
{
	for (const struct nlmsghdr *h = (const struct nlmsghdr *)news; mnl_nlmsg_ok(h, len);
	     h = mnl_nlmsg_next(h, &len))
		if (is_operating(h, index))
			return true;
	return false;
}

/* A device that is up drops what it is given until the kernel has got round to activating it. `fd`
 * has been told of the devices from their beginning. */
static int wait_operating(int fd, int index)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char news[NEWS_MAX];

	for (;;) {
		ssize_t n;

		if (poll(&p, 1, OPERATING_PATIENCE_MS) != 1)
			return -ETIMEDOUT;
		n = recv(fd, news, sizeof news, 0);
		if (n < 0)
			return neg_errno();
		if (tell_operating(news, (int)n, index))
			return 0;
	}
}

static int index_of(const char *name, int *ret)
{
	AUTO_CLOSE int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq req = { .ifr_flags = 0 };

	memcpy(req.ifr_name, name, strlen(name));
	if (fd < 0 || ioctl(fd, SIOCGIFINDEX, &req) < 0)
		return neg_errno();
	*ret = req.ifr_ifindex;
	return 0;
}

struct ip {
	uint8_t bytes[16];
	size_t len;
};

static struct ip ip_of(int family, const char *text)
{
	struct ip ip = { .len = family == AF_INET ? 4 : 16 };

	(void)inet_pton(family, text, ip.bytes); /* our own constants */
	return ip;
}

static struct ip own_ip(int family)
{
	return ip_of(family, family == AF_INET ? own_ip4 : own_ip6);
}

static int add_address(struct netlink *nl, int family, int index)
{
	char buffer[MESSAGE_MAX] = { 0 };
	struct nlmsghdr *h = message(nl, buffer, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL);
	struct ifaddrmsg *m = mnl_nlmsg_put_extra_header(h, sizeof *m);
	struct ip ip = own_ip(family);

	m->ifa_family = (uint8_t)family;
	m->ifa_prefixlen = (uint8_t)(ip.len * 8);
	m->ifa_flags = family == AF_INET6 ? IFA_F_NODAD : 0;
	m->ifa_index = (uint32_t)index;
	mnl_attr_put(h, IFA_LOCAL, ip.len, ip.bytes);
	mnl_attr_put(h, IFA_ADDRESS, ip.len, ip.bytes);
	return talk(nl, h);
}

static int add_route(struct netlink *nl, int family, uint8_t table, uint8_t type, const char *to,
		     unsigned prefix_len, int index)
{
	char buffer[MESSAGE_MAX] = { 0 };
	struct nlmsghdr *h = message(nl, buffer, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL);
	struct rtmsg *m = mnl_nlmsg_put_extra_header(h, sizeof *m);
	struct ip ip = ip_of(family, to), own = own_ip(family);

	m->rtm_family = (uint8_t)family;
	m->rtm_dst_len = (uint8_t)prefix_len;
	m->rtm_table = table;
	m->rtm_protocol = RTPROT_STATIC;
	m->rtm_scope = RT_SCOPE_UNIVERSE;
	m->rtm_type = type;
	if (prefix_len)
		mnl_attr_put(h, RTA_DST, ip.len, ip.bytes);
	if (index)
		mnl_attr_put_u32(h, RTA_OIF, (uint32_t)index);
	if (type == RTN_UNICAST)
		mnl_attr_put(h, RTA_PREFSRC, own.len, own.bytes);
	return talk(nl, h);
}

/* RTN_THROW: as if this table had not been asked. */
static int add_table(struct netlink *nl, int family, int index)
{
	const uint8_t table = UDP_EXIT_TABLE;
	bool is4 = family == AF_INET;
	int r = add_route(nl, family, table, RTN_UNICAST, is4 ? "0.0.0.0" : "::", 0, index);

	if (r == 0)
		r = is4 ? add_route(nl, family, table, RTN_THROW, "224.0.0.0", 3, 0)
			: add_route(nl, family, table, RTN_THROW, "ff00::", 8, 0);
	if (r == 0 && !is4)
		r = add_route(nl, family, table, RTN_THROW, "fe80::", 10, 0);
	return r;
}

static struct fib_rule_hdr *put_rule(struct nlmsghdr *h, int family, uint32_t table,
				     uint32_t priority)
{
	struct fib_rule_hdr *m = mnl_nlmsg_put_extra_header(h, sizeof *m);

	m->family = (uint8_t)family;
	m->table = (uint8_t)table;
	m->action = FR_ACT_TO_TBL;
	mnl_attr_put_u32(h, FRA_PRIORITY, priority);
	return m;
}

static int add_rule(struct netlink *nl, const struct udp_route *to)
{
	char buffer[MESSAGE_MAX] = { 0 };
	struct nlmsghdr *h = message(nl, buffer, RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL);
	bool is4 = to->network.sa.sa_family == AF_INET,
	     at_loopback = addr_is_loopback(&to->network);
	struct fib_rule_port_range ports = { .start = to->first_port, .end = to->last_port };
	bool has_ports = ports.start != 1 || ports.end != UINT16_MAX;
	struct fib_rule_hdr *m = put_rule(h, to->network.sa.sa_family, UDP_EXIT_TABLE,
					  at_loopback ? PRIORITY_LOOPBACK_OUT : PRIORITY_OUT);

	/* The kernel takes no range that ends at 65535. Elsewhere than on loopback the rule may be
	 * wider, for the supervisor judges what comes out. */
	if (has_ports && ports.end == UINT16_MAX) {
		has_ports = at_loopback;
		ports.end--;
	}
	m->dst_len = (uint8_t)to->prefix_len;
	if (to->prefix_len)
		mnl_attr_put(h, FRA_DST, is4 ? 4 : 16,
			     is4 ? (const void *)&to->network.in4.sin_addr
				 : (const void *)&to->network.in6.sin6_addr);
	mnl_attr_put_u8(h, FRA_IP_PROTO, IPPROTO_UDP);
	if (has_ports)
		mnl_attr_put(h, FRA_DPORT_RANGE, sizeof ports, &ports);
	return talk(nl, h);
}

/* The rule for local addresses comes first of all; makes room before it. */
static int move_local_rule(struct netlink *nl, int family)
{
	char buffer[MESSAGE_MAX] = { 0 };
	struct nlmsghdr *h = message(nl, buffer, RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL);
	int r;

	(void)put_rule(h, family, RT_TABLE_LOCAL, PRIORITY_LOCAL);
	r = talk(nl, h);
	if (r < 0)
		return r;
	memset(buffer, 0, sizeof buffer);
	h = message(nl, buffer, RTM_DELRULE, 0);
	(void)put_rule(h, family, RT_TABLE_LOCAL, 0);
	return talk(nl, h);
}

static bool any_at_loopback(const struct udp_route *routes, size_t n, int family)
{
	for (size_t i = 0; i < n; i++)
		if (routes[i].network.sa.sa_family == family &&
		    addr_is_loopback(&routes[i].network))
			return true;
	return false;
}

static int add_family(struct netlink *nl, int family, int index, const struct udp_route *routes,
		      size_t n_routes)
{
	int r = add_address(nl, family, index);

	/* Of IPv6 the kernel does that itself, but later, from a queue (addrconf_dad_start() in
	 * net/ipv6/addrconf.c). An answer that came before it would be routed out again. */
	if (r == 0 && family == AF_INET6)
		r = add_route(nl, family, RT_TABLE_LOCAL, RTN_LOCAL, own_ip6, 128, index);
	if (r == 0)
		r = add_table(nl, family, index);
	if (r == 0 && any_at_loopback(routes, n_routes, family))
		r = move_local_rule(nl, family);
	for (size_t i = 0; r == 0 && i < n_routes; i++) {
		if (routes[i].network.sa.sa_family != family)
			continue;
		r = add_rule(nl, &routes[i]);
		if (r == -EEXIST)
			r = 0; /* two grants may say the same */
	}
	return r;
}

static int open_packet_socket(int *ret_fd)
{
	AUTO_CLOSE int fd =
		socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0 /* none yet */);
	struct sockaddr_ll at = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
	int backlog = BACKLOG_BYTES, on = 1, r;

	if (fd < 0)
		return neg_errno();
	r = index_of(END_NAME, &at.sll_ifindex);
	if (r < 0)
		return r;
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &backlog, sizeof backlog);
	(void)setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on);
	if (bind(fd, (struct sockaddr *)&at, sizeof at) < 0)
		return neg_errno();
	*ret_fd = TAKE_FD(fd);
	return 0;
}

static int open_raw(int family, int *ret_fd)
{
	*ret_fd = socket(family, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_RAW);
	return *ret_fd < 0 ? neg_errno() : 0;
}

static int open_devices(struct netlink *nl, int *ret_index)
{
	int r = add_pair(nl);

	if (r == 0)
		r = bring_up(OUT_NAME);
	if (r == 0)
		r = bring_up(END_NAME);
	return r < 0 ? r : index_of(OUT_NAME, ret_index);
}

static int open_netlink(unsigned groups)
{
	struct sockaddr_nl at = { .nl_family = AF_NETLINK, .nl_groups = groups };
	AUTO_CLOSE int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) < 0)
		return neg_errno();
	return TAKE_FD(fd);
}

int udp_exit_open(const struct udp_route *routes, size_t n_routes, struct udp_exit *ret)
{
	AUTO_CLOSE int fd = open_netlink(0);
	AUTO_CLOSE int news_fd = open_netlink(RTMGRP_LINK);
	struct netlink nl = { .fd = fd };
	struct udp_exit x = UDP_EXIT_EMPTY;
	int r, index = 0;

	if (fd < 0 || news_fd < 0)
		return fd < 0 ? fd : news_fd;
	r = open_devices(&nl, &index);
	if (r == 0)
		r = add_family(&nl, AF_INET, index, routes, n_routes);
	if (r == 0)
		r = open_raw(AF_INET, &x.raw4_fd);
	/* A kernel may be without IPv6. */
	if (r == 0 && open_raw(AF_INET6, &x.raw6_fd) == 0)
		r = add_family(&nl, AF_INET6, index, routes, n_routes);
	if (r == 0)
		r = open_packet_socket(&x.packet_fd);
	if (r == 0)
		r = wait_operating(news_fd, index);
	if (r < 0)
		udp_exit_close(&x);
	else
		*ret = x;
	return r;
}

void udp_exit_close(struct udp_exit *x)
{
	x->packet_fd = fd_close(x->packet_fd);
	x->raw4_fd = fd_close(x->raw4_fd);
	x->raw6_fd = fd_close(x->raw6_fd);
}
