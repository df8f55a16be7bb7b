/* Times single calls from within. Prints one line of JSON about one sample, or fails with words.
 *
 *	calls wait N MS		waiting for N idle sockets and a ready one: ns a call
 *	calls datagrams MS	64 bytes to another socket and back: datagrams a second
 *	calls connect PORT MS	connect to an echo server and close: us
 *	calls round-trip PORT MS	64 bytes to that server and back, on one connection: us
 *	calls bulk PORT MS	64 KiB to that server and back, on one connection: MB/s
 *
 * One source, compiled twice: natively, and to WebAssembly (sockets.h).
 */
#include "base/num.h"
#include "sockets.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	DATAGRAM = 64,
	MESSAGE = 64,
	CHUNK = 1 << 16,    /* which buffers hold: nobody need read while it is written */
	CALLS_A_SLICE = 32, /* between two looks at the clock, which is a call itself */
	MANY_SOCKETS = 100, /* beyond which the clock is nothing beside a call */
	SLICES_MAX = 1 << 16,
	/* A sample. Each leaves a port of the client's behind that is in use for a minute. */
	CONNECTS_MAX = 4000,
	DURATION_MAX_MS = 60000,
};

/* What a sample's parts took. Its median is not moved by what else runs on the machine. */
struct sample {
	int64_t start_ns, duration_ns;
	int64_t took_ns[SLICES_MAX];
	size_t n;
};

static struct sample sample;

__attribute__((noreturn)) static void die(const char *what)
{
	(void)fprintf(stderr, "calls: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int64_t now_ns(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts); /* cannot fail for this clock */
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static void sample_init(struct sample *s, uint64_t ms)
{
	s->start_ns = now_ns();
	s->duration_ns = (int64_t)ms * 1000000;
	s->n = 0;
}

/* False when the sample is at its end. */
static bool sample_add(struct sample *s, int64_t took_ns, size_t n_max)
{
	s->took_ns[s->n++] = took_ns;
	return s->n < n_max && now_ns() - s->start_ns < s->duration_ns;
}

static int compare_i64(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static double sample_median_ns(struct sample *s)
{
	qsort(s->took_ns, s->n, sizeof *s->took_ns, compare_i64);
	return (double)s->took_ns[s->n / 2];
}

static void sample_print(const struct sample *s, double value)
{
	(void)printf("{\"n\": %zu, \"value\": %.3f}\n", s->n, value);
}

/* A datagram that nobody takes keeps the last of them ready. */
static void watch_sockets(size_t n_idle)
{
	static int fds[WATCHED_MAX];
	uint16_t port;

	for (size_t i = 0; i <= n_idle; i++) {
		fds[i] = datagram_open();
		if (fds[i] < 0)
			die("open a socket");
	}
	if (datagram_bind(fds[n_idle], &port) < 0 || datagram_send(fds[n_idle], "!", 1, port) != 1)
		die("make a socket ready");
	if (watch_init(fds, n_idle + 1) < 0)
		die("watch the sockets");
}

static void measure_wait(size_t n_idle, uint64_t ms)
{
	int n_calls = n_idle > MANY_SOCKETS ? 1 : CALLS_A_SLICE;
	int64_t start;
	size_t ready;

	watch_sockets(n_idle);
	sample_init(&sample, ms);
	do {
		start = now_ns();
		for (int i = 0; i < n_calls; i++) {
			ready = 0;
			if (watch_wait(&ready) != 1 || ready != n_idle)
				die("wait for the one that is ready");
		}
	} while (sample_add(&sample, now_ns() - start, SLICES_MAX));
	sample_print(&sample, sample_median_ns(&sample) / n_calls);
}

/* There and back: the receiver answers whom the datagram came from. */
static void echo_datagram(int near, int far, uint16_t far_port)
{
	static const char sent[DATAGRAM] = "sixty-four bytes that come back as they went";
	char received[DATAGRAM] = "";
	uint16_t from;

	if (datagram_send(near, sent, sizeof sent, far_port) != DATAGRAM ||
	    datagram_receive(far, received, sizeof received, &from) != DATAGRAM ||
	    datagram_send(far, received, sizeof received, from) != DATAGRAM ||
	    datagram_receive(near, received, sizeof received, &from) != DATAGRAM ||
	    from != far_port || memcmp(sent, received, sizeof sent) != 0)
		die("echo a datagram");
}

static void measure_datagrams(uint64_t ms)
{
	int near = datagram_open(), far = datagram_open();
	uint16_t near_port, far_port;
	int64_t start;

	if (near < 0 || far < 0 || datagram_bind(near, &near_port) < 0 ||
	    datagram_bind(far, &far_port) < 0)
		die("open two sockets");
	sample_init(&sample, ms);
	do {
		start = now_ns();
		for (int i = 0; i < CALLS_A_SLICE; i++)
			echo_datagram(near, far, far_port);
	} while (sample_add(&sample, now_ns() - start, SLICES_MAX));
	/* Two datagrams a round. */
	sample_print(&sample, 2.0 * CALLS_A_SLICE * 1e9 / sample_median_ns(&sample));
}

/* The server's answer, which is not timed, tells that it waits for the connection to end: so it
 * falls behind no further than by one. */
static int64_t connect_once(uint16_t port)
{
	int64_t start = now_ns(), took;
	int fd = stream_connect(port);
	char byte = '?';

	took = now_ns() - start;
	if (fd < 0)
		die("connect");
	if (write(fd, &byte, 1) != 1 || read(fd, &byte, 1) != 1)
		die("talk to the server");
	start = now_ns();
	(void)close(fd);
	return took + now_ns() - start;
}

static void measure_connect(uint16_t port, uint64_t ms)
{
	sample_init(&sample, ms);
	while (sample_add(&sample, connect_once(port), CONNECTS_MAX))
		;
	sample_print(&sample, sample_median_ns(&sample) / 1e3);
}

/* The bytes that come back are other ones each time: an answer to the question before is none. */
static void echo_stream(int fd, size_t len)
{
	static unsigned char sent[CHUNK], received[CHUNK];
	size_t n_done = 0;
	ssize_t n = 0;

	sent[0]++;
	sent[len - 1]++;
	for (; n_done < len; n_done += (size_t)n) {
		n = write(fd, sent + n_done, len - n_done);
		if (n <= 0)
			die("send to the server");
	}
	for (n_done = 0; n_done < len; n_done += (size_t)n) {
		n = read(fd, received + n_done, len - n_done);
		if (n <= 0)
			die("hear from the server");
	}
	if (sent[0] != received[0] || sent[len - 1] != received[len - 1])
		die("echo a message");
}

/* Returns what one there and back takes. */
static double measure_stream(uint16_t port, size_t len, uint64_t ms)
{
	int n_calls = len > MESSAGE ? 1 : CALLS_A_SLICE;
	int fd = stream_connect(port);
	int64_t start;

	if (fd < 0)
		die("connect");
	sample_init(&sample, ms);
	do {
		start = now_ns();
		for (int i = 0; i < n_calls; i++)
			echo_stream(fd, len);
	} while (sample_add(&sample, now_ns() - start, SLICES_MAX));
	(void)close(fd);
	return sample_median_ns(&sample) / n_calls;
}

/* The measurements that need an echo server. */
static int measure_with_server(const char *what, uint16_t port, uint64_t ms)
{
	if (strcmp(what, "connect") == 0)
		measure_connect(port, ms);
	else if (strcmp(what, "round-trip") == 0)
		sample_print(&sample, measure_stream(port, MESSAGE, ms) / 1e3);
	else if (strcmp(what, "bulk") == 0)
		sample_print(&sample, CHUNK * 1e3 / measure_stream(port, CHUNK, ms));
	else
		return 2;
	return 0;
}

int main(int argc, char **argv)
{
	uint64_t ms, n_idle;
	uint16_t port;

	if (argc < 3 || !num_parse_u64(argv[argc - 1], DURATION_MAX_MS, &ms)) {
		(void)fputs(
			"usage: calls wait N|datagrams|connect PORT|round-trip PORT|bulk PORT MS\n",
			stderr);
		return 2;
	}
	if (argc == 4 && strcmp(argv[1], "wait") == 0 &&
	    num_parse_u64(argv[2], WATCHED_MAX - 1, &n_idle))
		measure_wait((size_t)n_idle, ms);
	else if (argc == 3 && strcmp(argv[1], "datagrams") == 0)
		measure_datagrams(ms);
	else if (argc == 4 && num_parse_u16(argv[2], &port))
		return measure_with_server(argv[1], port, ms);
	else
		return 2;
	return 0;
}
