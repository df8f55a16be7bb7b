#include "many.h"

#include "base/num.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ANSWER_MAX = 4096, EVENTS = 64 };

struct connection {
	int fd;
	size_t len;
	char answer[ANSWER_MAX + 1];
};

struct protocol {
	const char *question;
	/* Whether the answer is whole; one that is wrong is the end. */
	bool (*is_whole)(const char *answer, size_t len);
};

static const char ping[] = "sixty-four bytes that come back as they went, and then again ...";
static const char request[] = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

static bool is_whole_pong(const char *answer, size_t len)
{
	if (len > sizeof ping - 1 || memcmp(answer, ping, len) != 0)
		die("the echo differs from what was sent");
	return len == sizeof ping - 1;
}

static bool is_whole_response(const char *answer, size_t len)
{
	static const char name[] = "\r\nContent-Length: ";
	const char *body = strstr(answer, "\r\n\r\n");
	const char *length = strcasestr(answer, name);
	uint64_t body_len;
	char digits[8] = "";

	if (!body)
		return false;
	if (strncmp(answer, "HTTP/1.1 200 ", 13) != 0 || !length || length > body)
		die("the server did not answer with a 200 of known length: '%s'", answer);
	length += sizeof name - 1;
	memcpy(digits, length, strnlen(length, sizeof digits - 1));
	digits[strspn(digits, "0123456789")] = 0;
	if (!num_parse_u64(digits, ANSWER_MAX, &body_len))
		die("the server told no length of its answer: '%s'", answer);
	body_len += (uint64_t)(body + 4 - answer);
	if (len > body_len)
		die("the server answered with more than was asked for");
	return len == body_len;
}

static void open_connection(const struct target *t, struct connection *c, int epoll)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = c };

	c->fd = must_connect(t);
	if (epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &event) < 0)
		die("epoll_ctl: %s", strerror(errno));
}

static void ask(struct connection *c, const struct protocol *p)
{
	size_t len = strlen(p->question);

	c->len = 0;
	if (send(c->fd, p->question, len, MSG_NOSIGNAL) != (ssize_t)len)
		die("send: %s", strerror(errno));
}

/* Whether it now has the whole answer. */
static bool take_input(struct connection *c, const struct protocol *p)
{
	ssize_t n = recv(c->fd, c->answer + c->len, ANSWER_MAX - c->len, 0);

	if (n <= 0)
		die("receive: %s", n < 0 ? strerror(errno) : "the server ended the connection");
	c->len += (size_t)n;
	c->answer[c->len] = 0;
	return p->is_whole(c->answer, c->len);
}

/* Some servers, such as Flask's own, end each connection, and say so. */
static void ask_again(const struct target *t, struct connection *c, const struct protocol *p,
		      int epoll)
{
	if (strcasestr(c->answer, "\r\nConnection: close\r\n")) {
		(void)close(c->fd);
		open_connection(t, c, epoll);
	}
	ask(c, p);
}

/* The number of answers within the time. What has been asked by then is still awaited, so that no
 * connection ends in the middle of an answer. */
static size_t converse(const struct target *t, const struct protocol *p, struct connection *all,
		       int epoll)
{
	int64_t end = now_ns() + t->duration_ns;
	size_t n_asked = t->n_connections, n_answers = 0;

	for (size_t i = 0; i < t->n_connections; i++)
		ask(&all[i], p);
	while (n_asked > 0) {
		struct epoll_event events[EVENTS];
		int n = epoll_wait(epoll, events, EVENTS, SILENCE_S * 1000);
		bool is_over = now_ns() >= end;

		if (n <= 0)
			die("nothing is answered");
		for (int i = 0; i < n; i++) {
			struct connection *c = events[i].data.ptr;

			if (!take_input(c, p))
				continue;
			if (is_over) {
				(void)close(c->fd);
				n_asked--;
			} else {
				n_answers++;
				ask_again(t, c, p, epoll);
			}
		}
	}
	return n_answers;
}

static void measure(const struct target *t, const struct protocol *p)
{
	static struct connection all[MANY_MAX];
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	size_t n;

	if (epoll < 0)
		die("epoll_create1: %s", strerror(errno));
	for (size_t i = 0; i < t->n_connections; i++)
		open_connection(t, &all[i], epoll);
	n = converse(t, p, all, epoll);
	(void)printf("{\"n\": %zu, \"value\": %.2f}\n", n,
		     (double)n * 1e9 / (double)t->duration_ns);
	(void)close(epoll);
}

void many_messages(const struct target *t)
{
	measure(t, &(struct protocol){ ping, is_whole_pong });
}

void many_requests(const struct target *t)
{
	measure(t, &(struct protocol){ request, is_whole_response });
}
