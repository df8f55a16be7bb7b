#include "spec/lookup.h"

#include <string.h>
#include <sys/socket.h>

size_t lookup_reply_len(const struct lookup_reply *reply)
{
	return offsetof(struct lookup_reply, results) + reply->n_results * sizeof reply->results[0];
}

static int decode_reply(struct lookup_reply *reply, size_t len)
{
	if (len < offsetof(struct lookup_reply, results) || reply->n_results > LOOKUP_RESULTS_MAX ||
	    len != lookup_reply_len(reply) || (reply->error == 0) != (reply->n_results > 0))
		return -EBADMSG;
	reply->canonical[LOOKUP_NODE_MAX - 1] = 0;
	return 0;
}

int lookup_ask(int fd, const struct lookup_request *request, struct lookup_reply *ret)
{
	ssize_t n;

	do
		n = send(fd, request, sizeof *request, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return neg_errno();
	memset(ret, 0, sizeof *ret);
	do
		n = recv(fd, ret, sizeof *ret, 0);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return neg_errno();
	return decode_reply(ret, (size_t)n);
}

int lookup_decode_request(const void *bytes, size_t len, struct lookup_request *ret)
{
	struct lookup_request r;

	if (len != sizeof r)
		return -EINVAL;
	memcpy(&r, bytes, sizeof r);
	if (!memchr(r.node, 0, sizeof r.node) || !memchr(r.service, 0, sizeof r.service))
		return -EINVAL;
	if (r.family != AF_UNSPEC && r.family != AF_INET && r.family != AF_INET6)
		return -EINVAL;
	if (r.socktype != 0 && r.socktype != SOCK_STREAM && r.socktype != SOCK_DGRAM)
		return -EINVAL;
	*ret = r;
	return 0;
}
