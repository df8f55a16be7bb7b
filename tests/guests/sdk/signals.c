/* An echo server, on $PORT or 8080, that catches signals: signals [stay] NUMBER...
 *
 * It names each that comes. At the first one it listens no more, finishes the connection that it
 * has, and ends with 7; with "stay" it goes on.
 */
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <wasmrun/signal.h>

static int listen_on(uint16_t port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 5) < 0)
		exit(1);
	return fd;
}

/* False when the connection has ended. */
static bool echo(int fd)
{
	char bytes[256];
	ssize_t n = recv(fd, bytes, sizeof bytes, 0);

	return n > 0 && send(fd, bytes, (size_t)n, 0) == n;
}

int main(int argc, char **argv)
{
	bool stays = argc > 1 && strcmp(argv[1], "stay") == 0;
	struct pollfd signals = { .fd = wasmrun_signal_open(), .events = POLLIN };
	const char *port = getenv("PORT");
	int listener, connection = -1;

	for (int i = stays ? 2 : 1; i < argc; i++)
		if (wasmrun_signal_catch(atoi(argv[i]), true) < 0)
			return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	listener = listen_on(port ? (uint16_t)atoi(port) : 8080);
	puts("listening");
	while (listener >= 0 || connection >= 0) {
		struct pollfd fds[] = {
			signals, { .fd = connection >= 0 ? connection : listener, .events = POLLIN }
		};
		unsigned char number;

		if (poll(fds, 2, -1) < 0)
			return 3;
		if (fds[0].revents) {
			if (read(signals.fd, &number, 1) != 1)
				return 4;
			printf("signal %d\n", number);
			if (!stays && listener >= 0) {
				close(listener);
				listener = -1;
			}
		} else if (connection < 0) {
			connection = accept(listener, NULL, NULL);
		} else if (!echo(connection)) {
			close(connection);
			connection = -1;
		}
	}
	return 7;
}
