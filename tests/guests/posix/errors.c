/* What each function says to a wrong descriptor, a wrong kind of socket, and wrong arguments. */
#include "show.h"

#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static struct sockaddr_in in4 = { .sin_family = AF_INET };
static struct sockaddr *in4_sa = (struct sockaddr *)&in4;
static struct sockaddr_storage place;
static socklen_t place_len = sizeof place;
static char buf[8];

static void show_descriptor(const char *what, int fd)
{
	int value = 1;
	socklen_t len = sizeof value;
	struct iovec iov = { buf, 1 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };

	printf("%s\n", what);
	show("bind", bind(fd, in4_sa, sizeof in4));
	show("connect", connect(fd, in4_sa, sizeof in4));
	show("listen", listen(fd, 1));
	show("accept", accept(fd, NULL, NULL));
	show("accept4", accept4(fd, NULL, NULL, SOCK_NONBLOCK));
	show("getsockname", getsockname(fd, (struct sockaddr *)&place, &place_len));
	show("getpeername", getpeername(fd, (struct sockaddr *)&place, &place_len));
	show("send", send(fd, buf, 1, 0));
	show("sendto", sendto(fd, buf, 1, 0, in4_sa, sizeof in4));
	show("sendmsg", sendmsg(fd, &m, 0));
	show("recv", recv(fd, buf, 1, 0));
	show("recv without waiting", recv(fd, buf, 1, MSG_DONTWAIT));
	show("recvfrom", recvfrom(fd, buf, 1, 0, (struct sockaddr *)&place, &place_len));
	show("recvmsg", recvmsg(fd, &m, 0));
	show("shutdown", shutdown(fd, SHUT_RDWR));
	show("getsockopt", getsockopt(fd, SOL_SOCKET, SO_ERROR, &value, &len));
	show("setsockopt", setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &value, sizeof value));
}

static void show_socket_arguments(void)
{
	show("socket of no family", socket(99, SOCK_STREAM, 0));
	show("tcp of datagrams", socket(AF_INET, SOCK_DGRAM, IPPROTO_TCP));
	show("udp of streams", socket(AF_INET6, SOCK_STREAM, IPPROTO_UDP));
}

static void show_address_arguments(void)
{
	int fd = must("socket", socket(AF_INET, SOCK_STREAM, 0));
	int fd6 = must("socket", socket(AF_INET6, SOCK_DGRAM, 0));
	int unix_fd = must("socket", socket(AF_UNIX, SOCK_STREAM, 0));
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	socklen_t len = 4;

	show("bind too short", bind(fd, in4_sa, 8));
	show("bind to an odd family", bind(fd, &(struct sockaddr){ .sa_family = 77 }, 16));
	in4.sin_addr.s_addr = htonl(0xc0000207);
	show("bind to another's address", bind(fd, in4_sa, sizeof in4));
	in4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	show("bind IPv6 to IPv4", bind(fd6, in4_sa, sizeof in4));
	show("connect unix to IPv4", connect(unix_fd, in4_sa, sizeof in4));
	show("bind unix too long", bind(unix_fd, (struct sockaddr *)&un, sizeof un + 1));
	snprintf(un.sun_path, sizeof un.sun_path, "/no/such/folder/socket");
	show("bind unix nowhere", bind(unix_fd, (struct sockaddr *)&un, sizeof un));
	in6.sin6_addr.s6_addr[0] = 0xfe;
	in6.sin6_addr.s6_addr[1] = 0x80;
	show("link-local without a scope", bind(fd6, (struct sockaddr *)&in6, sizeof in6));
	in6.sin6_scope_id = 0x7fffffff;
	show("of a scope that is not there", bind(fd6, (struct sockaddr *)&in6, sizeof in6));
	in6.sin6_scope_id = if_nametoindex("lo");
	show("of one without this address", bind(fd6, (struct sockaddr *)&in6, sizeof in6));
	show("bind", bind(fd, in4_sa, sizeof in4));
	show("bind twice", bind(fd, in4_sa, sizeof in4));
	show("getsockname into 4 bytes", getsockname(fd, (struct sockaddr *)&place, &len));
	printf("its length %u\n", (unsigned)len);
	close(fd);
	close(fd6);
	close(unix_fd);
}

static void show_waiting(void)
{
	struct pollfd fds[3] = { { .fd = -1, .events = POLLIN, .revents = 7 },
				 { .fd = 999, .events = POLLIN },
				 { .fd = 998 } };
	struct timespec odd = { 0, 2000000000 };
	struct timeval none = { 0, 0 };
	fd_set set;

	show("poll nothing", poll(NULL, 0, 1));
	show("poll nobody", poll(fds, 1, 1));
	printf("events %d\n", fds[0].revents);
	show("poll closed descriptors", poll(fds, 3, -1));
	printf("events %d %d %d\n", fds[0].revents, fds[1].revents == POLLNVAL,
	       fds[2].revents == POLLNVAL);
	show("ppoll for no time", ppoll(fds, 1, &odd, NULL));
	FD_ZERO(&set);
	FD_SET(60, &set);
	show("select a closed descriptor", select(61, &set, NULL, NULL, &none));
	show("select below it", select(60, &set, NULL, NULL, &none));
	show("select less than nothing", select(-1, NULL, NULL, NULL, &none));
	show("select nothing", select(0, NULL, NULL, NULL, &none));
}

static void show_interfaces(void)
{
	char name[IF_NAMESIZE];
	struct if_nameindex *list = if_nameindex();
	int n_lo = 0, n_wrong = 0;

	for (struct if_nameindex *i = list; i && i->if_index; i++) {
		n_lo += strcmp(i->if_name, "lo") == 0;
		n_wrong += if_nametoindex(i->if_name) != i->if_index ||
			   !if_indextoname(i->if_index, name) || strcmp(name, i->if_name) != 0;
	}
	printf("loopback: %d, wrong: %d\n", n_lo, n_wrong);
	if_freenameindex(list);
	show("no such name", if_nametoindex("no-such") ? 1 : -1);
	show("no such number", if_indextoname(0x7fffffff, name) ? 1 : -1);
}

int main(void)
{
	int file = must("open", open("file", O_RDONLY));
	int fd = must("socket", socket(AF_INET, SOCK_STREAM, 0));

	show_descriptor("closed", 999);
	show_descriptor("a file", file);
	printf("a new stream socket\n");
	show("getpeername", getpeername(fd, (struct sockaddr *)&place, &place_len));
	show("send", send(fd, buf, 1, MSG_NOSIGNAL));
	show("recv", recv(fd, buf, 1, 0));
	show("accept", accept(fd, NULL, NULL));
	show("shutdown", shutdown(fd, SHUT_RDWR));
	show_socket_arguments();
	show_address_arguments();
	show_waiting();
	show_interfaces();
	return 0;
}
