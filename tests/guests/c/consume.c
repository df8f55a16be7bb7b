/* Takes as much as it gets, on command (command.h): memory, disk, descriptors, connections. Each
 * answer is what it got. */
#include "command.h"
#include "wasmedge.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum { SOCKETS_MAX = 4096 };

static int listener = -1;
static int connections[SOCKETS_MAX];
static int n_connections;
static char *volatile last; /* so that nobody takes the memory for unused */

static void answer_number(long number)
{
	char text[24];

	snprintf(text, sizeof(text), "%ld", number);
	answer_ok(text);
}

/* MiB that could be had of the `wanted` ones; kept. */
static long memory(long wanted)
{
	for (long got = 0; got < wanted; got++) {
		char *block = malloc(1 << 20);

		if (!block)
			return got;
		memset(block, 1, 1 << 20);
		last = block;
	}
	return wanted;
}

/* KiB that could be written to a file in /tmp. */
static long disk(long wanted)
{
	static const char block[1024] = { 1 };
	int fd = open("/tmp/consume", O_CREAT | O_WRONLY | O_TRUNC, 0600);

	for (long got = 0; got < wanted; got++)
		if (write(fd, block, sizeof(block)) != sizeof(block)) {
			close(fd);
			return got;
		}
	close(fd);
	return wanted;
}

/* Sockets that could be opened; they are closed again. */
static long descriptors(long wanted)
{
	static int fds[SOCKETS_MAX];
	struct edge_storage s;
	long got = 0;

	for (; got < wanted; got++)
		if (sock_open(edge_from_text(&s, "127.0.0.1"), TYPE_STREAM, &fds[got]))
			break;
	for (long i = 0; i < got; i++)
		close(fds[i]);
	return got;
}

static int serve(int port)
{
	struct edge_storage s;
	int r = sock_open(edge_from_text(&s, "127.0.0.1"), TYPE_STREAM, &listener);

	if (!r)
		r = sock_bind(listener, &s.addr, port);
	return r ? r : sock_listen(listener, 128);
}

int main(void)
{
	struct command c;

	while (command_next(&c)) {
		const char *word = c.words[0];
		long number = strtol(c.words[1], NULL, 10);

		if (strcmp(word, "memory") == 0) {
			answer_number(memory(number));
		} else if (strcmp(word, "disk") == 0) {
			answer_number(disk(number));
		} else if (strcmp(word, "descriptors") == 0) {
			answer_number(descriptors(number));
		} else if (strcmp(word, "serve") == 0) {
			answer_errno(serve((int)number));
		} else if (strcmp(word, "accept") == 0) {
			int r = sock_accept(listener, 0, &connections[n_connections]);

			if (r)
				answer_errno(r);
			else
				answer_number(++n_connections);
		} else if (strcmp(word, "hangup") == 0) {
			close(connections[--n_connections]);
			answer_number(n_connections);
		} else if (strcmp(word, "spin") == 0) {
			answer_ok("");
			for (volatile int i = 0;; i++)
				;
		} else {
			puts("what?");
			fflush(stdout);
		}
	}
	return 0;
}
