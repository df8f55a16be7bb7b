/* The client of the measurements. Prints one line of JSON about one sample, or fails with words.
 *
 *	load round-trip PORT SOURCE MS		ping-pong of 64 bytes on one connection
 *	load connections PORT SOURCE MS		connect, one ping-pong, close, and again
 *	load bulk PORT SOURCE MS		as many bytes as an echo server sends back
 *	load messages PORT SOURCE MS N		ping-pong of 64 bytes on each of N connections
 *	load requests PORT SOURCE MS N		GET / over HTTP/1.1 on each of N connections
 *	load first-answer PORT COMMAND...	starts COMMAND, asks for / until it answers, ends it
 *
 * The server is on 127.0.0.1. SOURCE is the client's own address, somewhere in 127/8. With a fresh
 * one a sample, the ports of the sample before, which wait a minute to be free, are not in the way.
 */
#include "base/num.h"
#include "client.h"
#include "many.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	PING = 64,
	ROUND_TRIPS_MAX = 1 << 20, /* a sample */
	/* A sample. An address has 28,232 ports; connect() takes those of one parity first and then
	 * slows down. */
	CONNECTIONS_MAX = 10000,
	SLICE_NS = 500000,
	SLICES_MAX = 200000,
	CHUNK = 1 << 18,
	ANSWER_MAX = 4096,
	START_S = 60,
	DURATION_MAX_MS = 60000,
	RETRY_NS = 50000, /* between two attempts to connect to a server that is starting */
};

static void ping_pong(int fd)
{
	static const uint8_t ping[PING] = "sixty-four bytes that come back as they went";
	uint8_t pong[PING];
	size_t len = 0;

	if (send(fd, ping, sizeof ping, MSG_NOSIGNAL) != sizeof ping)
		die("send: %s", strerror(errno));
	while (len < sizeof pong) {
		ssize_t n = recv(fd, pong + len, sizeof pong - len, 0);

		if (n <= 0)
			die("receive: %s",
			    n < 0 ? strerror(errno) : "the server ended the connection");
		len += (size_t)n;
	}
	if (memcmp(ping, pong, sizeof ping) != 0)
		die("the echo differs from what was sent");
}

static int compare_u32(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static void round_trip(const struct target *t)
{
	static uint32_t took_ns[ROUND_TRIPS_MAX];
	int fd = must_connect(t);
	int64_t start = now_ns(), before = start;
	size_t n = 0;

	while (n < ROUND_TRIPS_MAX && before - start < t->duration_ns) {
		int64_t after;

		ping_pong(fd);
		after = now_ns();
		took_ns[n++] = (uint32_t)(after - before);
		before = after;
	}
	(void)close(fd);
	qsort(took_ns, n, sizeof *took_ns, compare_u32);
	(void)printf("{\"n\": %zu, \"value\": %.3f, \"mean\": %.3f, \"max\": %.3f}\n", n,
		     took_ns[n / 2] / 1e3, (double)(before - start) / 1e3 / (double)n,
		     took_ns[n - 1] / 1e3);
}

/* A sample in short slices, so that what else runs on the machine spoils some of them
 * and not their median. */
struct slices {
	int64_t start_ns, slice_ns; /* of the sample, of the current slice */
	double done;		    /* in the current slice */
	double per_second[SLICES_MAX];
	size_t n;
};

static void slices_init(struct slices *s)
{
	s->start_ns = s->slice_ns = now_ns();
	s->done = 0;
	s->n = 0;
}

/* False when the sample is at its end. */
static bool slices_add(struct slices *s, double done, int64_t duration_ns)
{
	int64_t now = now_ns();

	s->done += done;
	if (now - s->slice_ns >= SLICE_NS) {
		s->per_second[s->n++] = s->done * 1e9 / (double)(now - s->slice_ns);
		s->slice_ns = now;
		s->done = 0;
	}
	return now - s->start_ns < duration_ns && s->n < SLICES_MAX;
}

static int compare_double(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void slices_print(struct slices *s, double total, double unit)
{
	double mean = total * 1e9 / (double)(now_ns() - s->start_ns);

	if (s->n == 0)
		die("the sample is too short");
	qsort(s->per_second, s->n, sizeof *s->per_second, compare_double);
	(void)printf("{\"n\": %.0f, \"value\": %.2f, \"mean\": %.2f}\n", total,
		     s->per_second[s->n / 2] / unit, mean / unit);
}

static void connections(const struct target *t)
{
	static struct slices slices;
	size_t n = 0;
	int fd;

	slices_init(&slices);
	do {
		fd = must_connect(t);
		ping_pong(fd);
		(void)close(fd);
		n++;
	} while (slices_add(&slices, 1, t->duration_ns) && n < CONNECTIONS_MAX);
	slices_print(&slices, (double)n, 1);
}

struct transfer {
	uint64_t sent, received;
	bool ended; /* by the server */
};

/* Waits for whatever the socket is good for, and does it once each way. */
static void transfer_step(int fd, bool sending, struct transfer *x)
{
	static uint8_t out[CHUNK], in[CHUNK];
	struct pollfd p = { .fd = fd, .events = (short)(POLLIN | (sending ? POLLOUT : 0)) };
	ssize_t n;

	if (poll(&p, 1, SILENCE_S * 1000) <= 0)
		die("bulk: nothing moves");
	if (p.revents & POLLOUT) {
		n = send(fd, out, sizeof out, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno != EAGAIN)
			die("send: %s", strerror(errno));
		x->sent += n > 0 ? (uint64_t)n : 0;
	}
	if (p.revents & (POLLIN | POLLHUP | POLLERR)) {
		n = recv(fd, in, sizeof in, MSG_DONTWAIT);
		if (n < 0 && errno != EAGAIN)
			die("receive: %s", strerror(errno));
		x->received += n > 0 ? (uint64_t)n : 0;
		x->ended = n == 0;
	}
}

static void bulk(const struct target *t)
{
	static struct slices slices;
	struct transfer x = { 0 };
	int fd = must_connect(t);
	uint64_t before = 0;

	slices_init(&slices);
	do {
		before = x.received;
		transfer_step(fd, true, &x);
	} while (slices_add(&slices, (double)(x.received - before), t->duration_ns) && !x.ended);
	slices_print(&slices, (double)x.received, 1e6);
	/* What is under way still has to come back, or it was not an echo. */
	(void)shutdown(fd, SHUT_WR);
	while (!x.ended)
		transfer_step(fd, false, &x);
	(void)close(fd);
	if (x.received != x.sent)
		die("sent %" PRIu64 " bytes, and %" PRIu64 " came back", x.sent, x.received);
}

/* The command's stdout goes to stderr, since stdout is for our result. */
__attribute__((noreturn)) static void exec_command(char **command)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (dup2(STDERR_FILENO, STDOUT_FILENO) >= 0)
		(void)execvp(command[0], command);
	(void)dprintf(STDERR_FILENO, "load: '%s': %s\n", command[0], strerror(errno));
	_exit(127);
}

/* Refused or reset: the server is not there yet. */
static bool is_not_yet(int error)
{
	return error == ECONNREFUSED || error == ECONNRESET;
}

/* False if the server is not there yet; another answer than 200 is the end. */
static bool fetch(const struct target *t)
{
	static const char request[] =
		"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
	char answer[ANSWER_MAX + 1];
	int fd = open_socket(t), error = 0;
	size_t len = 0;
	ssize_t n = -1;

	if (connect(fd, (const struct sockaddr *)&t->server, sizeof t->server) == 0 &&
	    send(fd, request, sizeof request - 1, MSG_NOSIGNAL) == sizeof request - 1)
		while ((n = recv(fd, answer + len, ANSWER_MAX - len, 0)) > 0)
			len += (size_t)n;
	if (n < 0)
		error = errno;
	(void)close(fd);
	if (is_not_yet(error))
		return false;
	answer[len] = 0;
	if (error || strncmp(answer, "HTTP/1.1 200 ", 13) != 0)
		die("the server did not answer with 200: %s '%s'", strerror(error), answer);
	return true;
}

static void fetch_from_starting(const struct target *t, pid_t pid, int64_t deadline)
{
	while (!fetch(t)) {
		if (waitpid(pid, NULL, WNOHANG) == pid)
			die("the server ended before it answered");
		if (now_ns() > deadline) {
			(void)kill(pid, SIGKILL);
			die("the server did not answer within %d s", START_S);
		}
		/* Nothing tells a client that somebody has begun to listen. */
		(void)nanosleep(&(struct timespec){ .tv_nsec = RETRY_NS }, NULL);
	}
}

static void first_answer(const struct target *t, char **command)
{
	int64_t start = now_ns(), end;
	pid_t pid = fork();

	if (pid == 0)
		exec_command(command);
	if (pid < 0)
		die("fork: %s", strerror(errno));
	fetch_from_starting(t, pid, start + (int64_t)START_S * 1000000000);
	end = now_ns();
	(void)kill(pid, SIGTERM);
	(void)waitpid(pid, NULL, 0);
	(void)printf("{\"start_ns\": %" PRId64 ", \"value\": %.3f}\n", start,
		     (double)(end - start) / 1e6);
}

static struct sockaddr_in ipv4(const char *address, uint16_t port)
{
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_port = htons(port) };

	if (inet_pton(AF_INET, address, &sa.sin_addr) != 1)
		die("'%s' is not an address", address);
	return sa;
}

static struct target target(const char *port, const char *source)
{
	uint16_t number;

	if (!num_parse_u16(port, &number))
		die("'%s' is not a port", port);
	return (struct target){ .server = ipv4("127.0.0.1", number), .source = ipv4(source, 0) };
}

static const struct {
	const char *name;
	void (*measure)(const struct target *t);
	bool is_many;
} modes[] = {
	{ "round-trip", round_trip, false },
	{ "connections", connections, false },
	{ "bulk", bulk, false },
	{ "messages", many_messages, true },
	{ "requests", many_requests, true },
};

static void set_sizes(struct target *t, const char *ms, const char *n_connections)
{
	uint64_t duration_ms, n = 1;

	if (!num_parse_u64(ms, DURATION_MAX_MS, &duration_ms) || duration_ms == 0)
		die("'%s' is not 1 to %d milliseconds", ms, DURATION_MAX_MS);
	if (n_connections && (!num_parse_u64(n_connections, MANY_MAX, &n) || n == 0))
		die("'%s' is not 1 to %d connections", n_connections, MANY_MAX);
	t->duration_ns = (int64_t)duration_ms * 1000000;
	t->n_connections = (size_t)n;
}

int main(int argc, char **argv)
{
	struct target t;

	if (argc >= 4 && strcmp(argv[1], "first-answer") == 0) {
		/* From the server's own address, an attempt could meet itself. */
		t = target(argv[2], "127.0.0.2");
		first_answer(&t, argv + 3);
		return 0;
	}
	for (size_t i = 0; argc > 1 && i < sizeof modes / sizeof *modes; i++) {
		if (strcmp(argv[1], modes[i].name) != 0 || argc != 5 + modes[i].is_many)
			continue;
		t = target(argv[2], argv[3]);
		set_sizes(&t, argv[4], argv[5]);
		modes[i].measure(&t);
		return 0;
	}
	die("usage: load round-trip|connections|bulk PORT SOURCE MS, "
	    "load messages|requests PORT SOURCE MS N, or load first-answer PORT COMMAND...");
}
