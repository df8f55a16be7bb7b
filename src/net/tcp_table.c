#include "net/tcp_table.h"

#include "base/err.h"
#include "base/own.h"

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <sys/socket.h>

enum { REQUEST_MAX = 256, ANSWER_MAX = 32768 };

/* Counts what one datagram of the answer holds. Returns whether more follows, or -errno. */
static int count_some(const char *bytes, ssize_t n, ssize_t *count)
{
	int left = (int)n;

	for (const struct nlmsghdr *h = (const struct nlmsghdr *)bytes; mnl_nlmsg_ok(h, left);
	     h = mnl_nlmsg_next(h, &left)) {
		const struct inet_diag_msg *m = mnl_nlmsg_get_payload(h);

		if (h->nlmsg_type == NLMSG_DONE)
			return false;
		if (h->nlmsg_type == NLMSG_ERROR)
			return -EBADMSG;
		/* One in a listener's queue belongs to no file yet. */
		*count += m->idiag_inode != 0;
	}
	return true;
}

static int count_family(int fd, uint8_t family, uint16_t port, ssize_t *count)
{
	char request[REQUEST_MAX], answer[ANSWER_MAX];
	struct nlmsghdr *h = mnl_nlmsg_put_header(request);
	struct inet_diag_req_v2 *q;
	int r = true;

	h->nlmsg_type = SOCK_DIAG_BY_FAMILY;
	h->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	q = mnl_nlmsg_put_extra_header(h, sizeof *q);
	*q = (struct inet_diag_req_v2){
		.sdiag_family = family,
		.sdiag_protocol = IPPROTO_TCP,
		.idiag_states = 1U << TCP_ESTABLISHED | 1U << TCP_CLOSE_WAIT,
		.id.idiag_sport = htons(port),
	};
	if (send(fd, h, h->nlmsg_len, 0) < 0)
		return neg_errno();
	while (r > 0) {
		ssize_t n = recv(fd, answer, sizeof answer, 0);

		r = n < 0 ? neg_errno() : count_some(answer, n, count);
	}
	return r;
}

ssize_t tcp_table_count_accepted(uint16_t port)
{
	AUTO_CLOSE int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	ssize_t count = 0;
	int r;

	if (fd < 0)
		return neg_errno();
	/* A connection over IPv4 of a socket for both is in IPv6's table. */
	r = count_family(fd, AF_INET, port, &count);
	if (r == 0)
		r = count_family(fd, AF_INET6, port, &count);
	return r < 0 ? r : count;
}
