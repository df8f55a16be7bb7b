/* Unix-domain sockets with a pathname and with an abstract name: unix FOLDER. */
#include "show.h"

#include <poll.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static const char *folder;

static socklen_t name_of(struct sockaddr_un *un, const char *name)
{
	memset(un, 0, sizeof *un);
	un->sun_family = AF_UNIX;
	if (*name == '@') {
		memcpy(un->sun_path + 1, name + 1, strlen(name) - 1);
		return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));
	}
	snprintf(un->sun_path, sizeof un->sun_path, "%s/%s", folder, name);
	return sizeof *un;
}

/* The folder has another name to each of those who are compared. */
static void show_name(const char *what, const struct sockaddr_un *un, socklen_t len)
{
	size_t n = len < offsetof(struct sockaddr_un, sun_path)
			   ? 0
			   : len - offsetof(struct sockaddr_un, sun_path);
	size_t skip = strlen(folder) + 1;

	if (n == 0)
		printf("%s: unnamed\n", what);
	else if (un->sun_path[0] == '\0')
		printf("%s: abstract '%.*s'\n", what, (int)n - 1, un->sun_path + 1);
	else if (n > skip && strncmp(un->sun_path, folder, skip - 1) == 0)
		printf("%s: FOLDER/%.*s\n", what, (int)(n - skip), un->sun_path + skip);
	else
		printf("%s: %.*s\n", what, (int)n, un->sun_path);
}

static void show_sockname(int fd)
{
	struct sockaddr_un un = { 0 };
	socklen_t len = sizeof un;

	if (show("getsockname", getsockname(fd, (struct sockaddr *)&un, &len)) == 0)
		show_name("own name", &un, len);
}

static void show_peername(int fd)
{
	struct sockaddr_un un = { 0 };
	socklen_t len = sizeof un;

	if (show("getpeername", getpeername(fd, (struct sockaddr *)&un, &len)) == 0)
		show_name("peer", &un, len);
}

static void show_stream(const char *name)
{
	struct sockaddr_un un;
	socklen_t len = name_of(&un, name);
	int listener = must("socket", socket(AF_UNIX, SOCK_STREAM, 0));
	int client = must("socket", socket(AF_UNIX, SOCK_STREAM, 0));
	int server;
	char buf[16] = "";

	printf("stream '%s'\n", name);
	show("connect too early", connect(client, (struct sockaddr *)&un, len));
	show("bind", bind(listener, (struct sockaddr *)&un, len));
	show("connect before listen", connect(client, (struct sockaddr *)&un, len));
	show("listen", listen(listener, 1));
	show_sockname(listener);
	if (show("connect", connect(client, (struct sockaddr *)&un, len)) < 0)
		return;
	server = must("accept", accept(listener, NULL, NULL));
	show_peername(client);
	show_peername(server);
	show("send", send(client, "hello", 5, 0));
	show("recv", recv(server, buf, sizeof buf, 0));
	printf("got '%s'\n", buf);
	close(client);
	show("recv at the end", recv(server, buf, sizeof buf, 0));
	close(server);
	client = must("socket", socket(AF_UNIX, SOCK_STREAM, 0));
	show("bind again", bind(client, (struct sockaddr *)&un, len));
	close(client);
	close(listener);
}

static void show_datagrams(const char *a_name, const char *b_name)
{
	struct sockaddr_un a_un, b_un, from = { 0 };
	socklen_t a_len = name_of(&a_un, a_name), b_len = name_of(&b_un, b_name);
	socklen_t from_len = sizeof from;
	int a = must("socket", socket(AF_UNIX, SOCK_DGRAM, 0));
	int b = must("socket", socket(AF_UNIX, SOCK_DGRAM, 0));
	char buf[16] = "";

	printf("datagrams '%s' '%s'\n", a_name, b_name);
	show("bind", bind(a, (struct sockaddr *)&a_un, a_len));
	show("bind", bind(b, (struct sockaddr *)&b_un, b_len));
	show("sendto", sendto(a, "one", 3, 0, (struct sockaddr *)&b_un, b_len));
	show("recvfrom", recvfrom(b, buf, sizeof buf, 0, (struct sockaddr *)&from, &from_len));
	show_name("from", &from, from_len);
	show("answer", sendto(b, "two", 3, 0, (struct sockaddr *)&from, from_len));
	show("recv", recv(a, buf, sizeof buf, 0));
	printf("got '%s'\n", buf);
	show("connect", connect(a, (struct sockaddr *)&b_un, b_len));
	show("send", send(a, "three", 5, 0));
	show("recv", recv(b, buf, sizeof buf, 0));
	close(a);
	close(b);
}

static void show_file(const char *name)
{
	struct sockaddr_un un;
	struct stat st;

	name_of(&un, name);
	if (show("stat", stat(un.sun_path, &st)) == 0)
		printf("a socket: %s\n", S_ISSOCK(st.st_mode) ? "yes" : "no");
	show("unlink", unlink(un.sun_path));
	show("stat", stat(un.sun_path, &st));
}

int main(int argc, char **argv)
{
	folder = argc > 1 ? argv[1] : ".";
	show_stream("stream.sock");
	show_file("stream.sock");
	show_stream("@abstract");
	show_datagrams("a.sock", "b.sock");
	show_file("a.sock");
	show_file("b.sock");
	show_datagrams("@a", "@b");
	return 0;
}
