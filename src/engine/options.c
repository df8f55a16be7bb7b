/* The program is linked with --wrap for both functions, so that every call of them in it, Rust's
 * included, comes here. */
#include "engine/options.h"

#include "spec/connect.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

int __real_setsockopt(int fd, int level, int name, const void *value, socklen_t len);
int __wrap_setsockopt(int fd, int level, int name, const void *value, socklen_t len);
int __wrap_connect(int fd, const struct sockaddr *addr, socklen_t len);

/* That were set on any socket: which one does not matter much, and a descriptor may be a copy. */
static _Atomic uint32_t options_set;

static void note(int level, int name)
{
	atomic_fetch_or(&options_set, connect_option_bit(level, name));
}

void options_have_wasi_sockets(void)
{
	note(SOL_SOCKET, SO_KEEPALIVE);
	note(SOL_SOCKET, SO_RCVBUF);
	note(SOL_SOCKET, SO_SNDBUF);
	note(IPPROTO_TCP, TCP_KEEPIDLE);
	note(IPPROTO_TCP, TCP_KEEPINTVL);
	note(IPPROTO_TCP, TCP_KEEPCNT);
	note(IPPROTO_IP, IP_TTL);
	note(IPPROTO_IPV6, IPV6_UNICAST_HOPS);
}

int __wrap_setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
	note(level, name);
	return __real_setsockopt(fd, level, name, value, len);
}

int __wrap_connect(int fd, const struct sockaddr *addr, socklen_t len)
{
	uint64_t copy[CONNECT_ADDR_LEN / sizeof(uint64_t)] = { 0 };
	long r;

	if (len == sizeof copy)
		memcpy(copy, addr, len);
	r = syscall(SYS_connect, fd, addr, len, connect_word(atomic_load(&options_set)), copy[0],
		    copy[1]);
	return r > 0 ? 0 : (int)r;
}
