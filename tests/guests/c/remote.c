/* Sockets on command (command.h), through WasmEdge's functions: one listener, one connection. */
#include "command.h"
#include "wasmedge.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

static int listener = -1;
static int connection = -1;

static int open_socket(const char *address, int *ret_fd)
{
	struct edge_storage s;

	return sock_open(edge_from_text(&s, address), TYPE_STREAM, ret_fd);
}

static int bind_listener(const char *address, int port)
{
	struct edge_storage s;

	(void)edge_from_text(&s, address);
	return sock_bind(listener, &s.addr, port);
}

/* serve ADDRESS PORT: the steps at once, as servers do them */
static int serve(const char *address, int port)
{
	const int reuse = 1;
	int r = open_socket(address, &listener);

	if (!r)
		r = sock_setsockopt(listener, 0, 0 /* SO_REUSEADDR */, &reuse, sizeof(reuse));
	if (!r)
		r = bind_listener(address, port);
	return r ? r : sock_listen(listener, 128);
}

static int connect_blocking(const char *address, int port)
{
	struct edge_storage s;
	int r = sock_open(edge_from_text(&s, address), TYPE_STREAM, &connection);

	return r ? r : sock_connect(connection, &s.addr, port);
}

/* As event loops do it: EINPROGRESS, wait until writable, ask for the outcome. */
static int connect_nonblocking(const char *address, int port)
{
	struct edge_storage s;
	struct pollfd p;
	int r = sock_open(edge_from_text(&s, address), TYPE_STREAM, &connection), outcome = 0;

	if (r)
		return r;
	if (fcntl(connection, F_SETFL, O_NONBLOCK) < 0)
		return errno;
	r = sock_connect(connection, &s.addr, port);
	if (r != __WASI_ERRNO_INPROGRESS)
		return r;
	p = (struct pollfd){ .fd = connection, .events = POLLOUT };
	if (poll(&p, 1, 10000) != 1)
		return __WASI_ERRNO_TIMEDOUT;
	r = sock_getsockopt(connection, LEVEL_SOCKET, OPTION_ERROR, &outcome, sizeof(outcome));
	return r ? r : outcome;
}

static void answer_address(int fd, int (*get)(int, struct edge_addr *, uint32_t *))
{
	struct edge_storage s = { .addr = { NULL, STORAGE_SIZE } };
	uint32_t port = 0;
	char text[64];
	int r;

	s.addr.bytes = s.bytes;
	r = get(fd, &s.addr, &port);
	if (r)
		answer_errno(r);
	else
		answer_ok(edge_to_text(&s, port, text));
}

static void answer_option(int fd, int level, int name)
{
	int value = -1;
	int r = sock_getsockopt(fd, level, name, &value, sizeof(value));
	char text[16];

	(void)snprintf(text, sizeof(text), "%d", value);
	if (r)
		answer_errno(r);
	else
		answer_ok(text);
}

static void answer_received(void)
{
	char text[1024];
	ssize_t n = read(connection, text, sizeof(text) - 1);

	if (n < 0) {
		answer_errno(errno);
		return;
	}
	text[n] = '\0';
	answer_ok(text);
}

static int accept_connection(void)
{
	return sock_accept(listener, 0, &connection);
}

static int close_one(int *fd)
{
	int r = close(*fd) < 0 ? errno : 0;

	*fd = -1;
	return r;
}

static int set_option(int fd, int level, int name, int value)
{
	return sock_setsockopt(fd, level, name, &value, sizeof(value));
}

/* false if the command is not one that only succeeds or fails */
static bool act(char **w, int *ret)
{
	int port = atoi(w[2]);

	if (!strcmp(w[0], "serve"))
		*ret = serve(w[1], port);
	else if (!strcmp(w[0], "open"))
		*ret = open_socket(w[1], &listener);
	else if (!strcmp(w[0], "bind"))
		*ret = bind_listener(w[1], port);
	else if (!strcmp(w[0], "listen"))
		*ret = sock_listen(listener, atoi(w[1]));
	else if (!strcmp(w[0], "option"))
		*ret = set_option(listener, atoi(w[1]), atoi(w[2]), atoi(w[3]));
	else if (!strcmp(w[0], "nonblock"))
		*ret = fcntl(listener, F_SETFL, O_NONBLOCK) < 0 ? errno : 0;
	else if (!strcmp(w[0], "accept"))
		*ret = accept_connection();
	else if (!strcmp(w[0], "connect"))
		*ret = connect_blocking(w[1], port);
	else if (!strcmp(w[0], "connect-nonblocking"))
		*ret = connect_nonblocking(w[1], port);
	else if (!strcmp(w[0], "send"))
		*ret = write(connection, w[1], strlen(w[1])) < 0 ? errno : 0;
	else if (!strcmp(w[0], "finish"))
		*ret = shutdown(connection, SHUT_WR) < 0 ? errno : 0;
	else if (!strcmp(w[0], "hangup"))
		*ret = close_one(&connection);
	else if (!strcmp(w[0], "unserve"))
		*ret = close_one(&listener);
	else
		return false;
	return true;
}

int main(void)
{
	struct command c;
	int r;

	while (command_next(&c)) {
		if (act(c.words, &r))
			answer_errno(r);
		else if (!strcmp(c.words[0], "address"))
			answer_address(listener, sock_getlocaladdr);
		else if (!strcmp(c.words[0], "local"))
			answer_address(connection, sock_getlocaladdr);
		else if (!strcmp(c.words[0], "peer"))
			answer_address(connection, sock_getpeeraddr);
		else if (!strcmp(c.words[0], "connection-option"))
			answer_option(connection, atoi(c.words[1]), atoi(c.words[2]));
		else if (!strcmp(c.words[0], "recv"))
			answer_received();
		else if (!strcmp(c.words[0], "exit"))
			return atoi(c.words[1]);
		else
			answer_ok("what?");
	}
	return 0;
}
