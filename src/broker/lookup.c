#include "broker/lookup.h"

#include "base/alloc.h"
#include "base/own.h"
#include "spec/lookup.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

/* The engine asks for one name at a time, so one request is under way at most; the poll rests
 * meanwhile. */
struct lookup_server {
	uv_loop_t *loop;
	uv_poll_t poll;
	uv_getaddrinfo_t work;
	int fd;
	struct egress *egress;
	struct report *report;
	struct lookup_request request;
	bool working; /* `work` is with the loop */
	bool closed;  /* the poll is closed */
	bool stopping;
};

static void free_if_done(struct lookup_server *s)
{
	if (s->working || !s->closed)
		return;
	(void)fd_close(s->fd);
	free(s);
}

static void on_closed(uv_handle_t *handle)
{
	struct lookup_server *s = handle->data;

	s->closed = true;
	free_if_done(s);
}

static void send_reply(struct lookup_server *s, const struct lookup_reply *reply)
{
	/* An engine that does not read its replies gets none. */
	(void)send(s->fd, reply, lookup_reply_len(reply), MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void send_error(struct lookup_server *s, int error, int sys_errno)
{
	struct lookup_reply reply = { .error = error, .sys_errno = sys_errno };

	send_reply(s, &reply);
}

static bool is_localhost(const char *node)
{
	char normal[GRANT_NAME_MAX];

	return grant_normalize_name(node, normal) == 0 && strcmp(normal, "localhost") == 0;
}

/* The guest's host name leads to its own loopback, as in the hosts files of most machines; unless a
 * rule is about that name. */
static bool is_own_name(const struct lookup_server *s)
{
	return strcasecmp(s->request.node, s->report->process) == 0 &&
	       egress_judge_name(s->egress, s->request.node).verdict == EGRESS_NO_RULE;
}

static bool needs_grant(const struct lookup_server *s)
{
	const char *node = s->request.node;
	struct addr a;

	return *node && !(s->request.flags & AI_NUMERICHOST) && addr_parse_ip(node, &a, NULL) < 0 &&
	       !is_localhost(node) && !is_own_name(s);
}

/* Whether the name may lead there. */
static bool admit(struct lookup_server *s, const struct addr *a)
{
	const char *node = s->request.node;
	struct egress_answer answer;

	if (!needs_grant(s))
		return true;
	answer = egress_admit(s->egress, node, a);
	if (answer.verdict != EGRESS_ALLOWED)
		report_address_refused(s->report, node, a, &answer);
	return answer.verdict == EGRESS_ALLOWED;
}

/* Takes over what the resolver found, and what of it the name may lead to. */
static void fill_reply(struct lookup_server *s, const struct addrinfo *list,
		       struct lookup_reply *reply)
{
	struct addr last = { .len = 0 };
	bool admitted = false;

	if (list && list->ai_canonname)
		(void)snprintf(reply->canonical, sizeof reply->canonical, "%s",
			       is_own_name(s) ? s->request.node : list->ai_canonname);
	for (; list && reply->n_results < LOOKUP_RESULTS_MAX; list = list->ai_next) {
		struct lookup_result *r = &reply->results[reply->n_results];

		if (addr_from_sockaddr(list->ai_addr, list->ai_addrlen, &r->addr) < 0)
			continue;
		/* Each address comes once for each kind of socket. */
		if (last.len == 0 || !addr_equal(&last, &r->addr))
			admitted = admit(s, &r->addr);
		last = r->addr;
		if (!admitted)
			continue;
		r->socktype = list->ai_socktype;
		r->protocol = list->ai_protocol;
		reply->n_results++;
	}
	if (reply->n_results)
		return;
	reply->error = last.len ? EAI_SYSTEM : EAI_NODATA;
	reply->sys_errno = last.len ? EACCES : 0;
}

static void report_reply(struct lookup_server *s, const struct lookup_reply *reply)
{
	struct egress_answer answer = egress_judge_name(s->egress, s->request.node);
	struct addr addresses[LOOKUP_RESULTS_MAX];
	size_t n = 0;

	if (!needs_grant(s))
		return;
	for (size_t i = 0; i < reply->n_results; i++)
		if (n == 0 || !addr_equal(&addresses[n - 1], &reply->results[i].addr))
			addresses[n++] = reply->results[i].addr;
	report_looked_up(s->report, s->request.node, addresses, n, &answer,
			 reply->error == EAI_SYSTEM ? "no address is left"
			 : reply->error		    ? gai_strerror(reply->error)
						    : NULL);
}

/* libuv's error numbers for getaddrinfo, back to libc's. */
static int eai_of(int status)
{
	static const struct {
		int uv, eai;
	} rows[] = {
		{ UV_EAI_ADDRFAMILY, EAI_ADDRFAMILY }, { UV_EAI_AGAIN, EAI_AGAIN },
		{ UV_EAI_BADFLAGS, EAI_BADFLAGS },     { UV_EAI_FAIL, EAI_FAIL },
		{ UV_EAI_FAMILY, EAI_FAMILY },	       { UV_EAI_MEMORY, EAI_MEMORY },
		{ UV_EAI_NODATA, EAI_NODATA },	       { UV_EAI_NONAME, EAI_NONAME },
		{ UV_EAI_SERVICE, EAI_SERVICE },       { UV_EAI_SOCKTYPE, EAI_SOCKTYPE },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].uv == status)
			return rows[i].eai;
	return EAI_FAIL;
}

static void on_request(uv_poll_t *poll, int status, int events);

static void on_resolved(uv_getaddrinfo_t *work, int status, struct addrinfo *list)
{
	struct lookup_server *s = work->data;
	struct lookup_reply reply = { .error = 0 };

	s->working = false;
	if (!s->stopping) {
		if (status == 0)
			fill_reply(s, list, &reply);
		else
			reply.error = eai_of(status);
		report_reply(s, &reply);
		send_reply(s, &reply);
		(void)uv_poll_start(&s->poll, UV_READABLE, on_request);
	}
	uv_freeaddrinfo(list);
	free_if_done(s);
}

static void resolve(struct lookup_server *s)
{
	const struct lookup_request *q = &s->request;
	struct addrinfo hints = { .ai_family = q->family,
				  .ai_socktype = q->socktype,
				  .ai_flags = q->flags & (AI_PASSIVE | AI_CANONNAME |
							  AI_NUMERICHOST | AI_NUMERICSERV |
							  AI_V4MAPPED | AI_ALL | AI_ADDRCONFIG) };
	const char *node = q->node[0] ? q->node : NULL;
	int r;

	/* However it is written, it is never a question for a name server (RFC 6761, 6.3). */
	if (node && (is_localhost(node) || is_own_name(s)))
		node = "localhost";
	s->work.data = s;
	r = uv_getaddrinfo(s->loop, &s->work, on_resolved, node, q->service[0] ? q->service : NULL,
			   &hints);
	if (r < 0) {
		send_error(s, r == UV_EINVAL ? EAI_NONAME : eai_of(r), 0);
		return;
	}
	s->working = true;
	(void)uv_poll_stop(&s->poll);
}

/* Whether the request may go on to the resolver. */
static bool judge(struct lookup_server *s)
{
	struct egress_answer answer;

	if (!needs_grant(s))
		return true;
	answer = egress_judge_name(s->egress, s->request.node);
	if (answer.verdict != EGRESS_ALLOWED)
		report_name_refused(s->report, s->request.node, &answer);
	return answer.verdict == EGRESS_ALLOWED;
}

static void on_request(uv_poll_t *poll, int status, int events)
{
	struct lookup_server *s = poll->data;
	char bytes[sizeof s->request + 1];
	ssize_t n = recv(s->fd, bytes, sizeof bytes, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		(void)uv_poll_stop(poll); /* the engine is gone */
		return;
	}
	if (lookup_decode_request(bytes, (size_t)n, &s->request) < 0) {
		send_error(s, EAI_FAIL, 0);
	} else if (!judge(s)) {
		send_error(s, EAI_SYSTEM, EACCES);
	} else {
		resolve(s);
	}
}

int lookup_server_new(uv_loop_t *loop, int fd, struct egress *egress, struct report *report,
		      struct lookup_server **ret)
{
	struct lookup_server *s = xalloc(sizeof *s);
	int r;

	*s = (struct lookup_server){ .loop = loop, .fd = fd, .egress = egress, .report = report };
	r = uv_poll_init(loop, &s->poll, fd);
	if (r < 0) {
		(void)fd_close(fd);
		free(s);
		return r;
	}
	s->poll.data = s;
	r = uv_poll_start(&s->poll, UV_READABLE, on_request);
	if (r < 0) {
		lookup_server_stop(s);
		return r;
	}
	*ret = s;
	return 0;
}

void lookup_server_stop(struct lookup_server *s)
{
	if (!s)
		return;
	s->stopping = true;
	if (s->working)
		(void)uv_cancel((uv_req_t *)&s->work);
	uv_close((uv_handle_t *)&s->poll, on_closed);
}
