/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "base/err.h"
#include "base/own.h"
#include "process/filter.h"

#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

/* Each attempt returns 0 or the errno that it met. */
typedef int attempt_fn(void);

static int result(long r)
{
	int error = errno;

	if (r > 2)
		(void)fd_close((int)r);
	return r < 0 ? error : 0;
}

static int open_socket(uint64_t family, uint64_t type, uint64_t protocol)
{
	return result(syscall(SYS_socket, family, type, protocol));
}

static int tcp4(void)
{
	return open_socket(AF_INET, SOCK_STREAM, 0);
}
static int tcp6(void)
{
	return open_socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);
}
static int udp4(void)
{
	return open_socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP);
}
static int unix_stream(void)
{
	return open_socket(AF_UNIX, SOCK_STREAM, 0);
}
static int unix_packets(void)
{
	return open_socket(AF_UNIX, SOCK_SEQPACKET, 0);
}
static int netlink(void)
{
	return open_socket(AF_NETLINK, SOCK_DGRAM, 0);
}
static int packet(void)
{
	return open_socket(AF_PACKET, SOCK_DGRAM, 0);
}
static int vsock(void)
{
	return open_socket(AF_VSOCK, SOCK_STREAM, 0);
}
static int raw(void)
{
	return open_socket(AF_INET, SOCK_RAW, IPPROTO_TCP);
}
static int ping(void)
{
	return open_socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
}
static int mptcp(void)
{
	return open_socket(AF_INET, SOCK_STREAM, 262);
}
/* The kernel ignores the upper half of an int argument; so must the filter. */
static int netlink_behind_high_bits(void)
{
	return open_socket(AF_NETLINK | UINT64_C(2) << 32, SOCK_DGRAM, 0);
}
static int mptcp_behind_high_bits(void)
{
	return open_socket(AF_INET, SOCK_STREAM, 262 | UINT64_C(6) << 32);
}

static int io_uring(void)
{
	char params[256] = { 0 };

	return result(syscall(SYS_io_uring_setup, 1, params));
}

static int new_namespace(void)
{
	return result(unshare(CLONE_NEWUSER));
}

static int clone_namespace(void)
{
	long pid = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);

	if (pid == 0)
		_exit(0);
	if (pid > 0)
		(void)waitpid((pid_t)pid, NULL, 0);
	return pid < 0 ? errno : 0;
}

static int clone3_call(void)
{
	return result(syscall(SYS_clone3, NULL, 0)) == EINVAL
		       ? 0
		       : errno; /* EINVAL: the kernel looked at it */
}

/* Nobody waits for the child: it goes with the attempt, and waiting is not allowed. */
static int plain_fork(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return pid > 0 ? 0 : errno;
}

static int ptrace_self(void)
{
	return result(syscall(SYS_ptrace, 0 /* TRACEME */, 0, 0, 0));
}

static int second_filter(void)
{
	return result(syscall(SYS_seccomp, 2 /* GET_ACTION_AVAIL */, 0, &(uint32_t){ 0 }));
}

static int fetch_descriptor(void)
{
	int pidfd = (int)syscall(SYS_pidfd_open, getpid(), 0);
	int r = result(syscall(SYS_pidfd_getfd, pidfd, STDERR_FILENO, 0));

	return pidfd < 0 ? ENOSYS : r;
}

static int read_memory(void)
{
	char from = 'x', to = 0;
	struct iovec local = { .iov_base = &to, .iov_len = 1 };
	struct iovec remote = { .iov_base = &from, .iov_len = 1 };

	return result(process_vm_readv(getpid(), &local, 1, &remote, 1, 0));
}

static int make_key(void)
{
	return result(syscall(SYS_add_key, "user", "x", "x", 1, -3 /* the process's keyring */));
}

/* On success the program takes the attempt's place, and ends with 0. */
static int exec_program(void)
{
	(void)execl("/bin/true", "true", NULL);
	return errno;
}

static int exec_descriptor(int at)
{
	char *argv[] = { "true", NULL };
	int fd = open("/bin/true", O_PATH | O_CLOEXEC);

	(void)syscall(SYS_execveat, dup2(fd, at), "", argv, argv + 1, AT_EMPTY_PATH);
	return errno;
}

static int exec_other_descriptor(void)
{
	return exec_descriptor(FILTER_EXEC_FD + 3);
}

static int exec_own_descriptor(void)
{
	return exec_descriptor(FILTER_EXEC_FD);
}

/* Sends to a UDP socket of our own: MSG_FASTOPEN means nothing there, so without the filter it
 * works. */
static int send_with(int flags, bool with_sendmsg)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				  .sin_port = htons(9) };
	AUTO_CLOSE int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct iovec iov = { .iov_base = "x", .iov_len = 1 };
	struct msghdr msg = {
		.msg_name = &to, .msg_namelen = sizeof to, .msg_iov = &iov, .msg_iovlen = 1
	};
	ssize_t n = with_sendmsg ? sendmsg(fd, &msg, flags)
				 : sendto(fd, "x", 1, flags, (void *)&to, sizeof to);

	return n < 0 ? errno : 0;
}

static int sendto_plain(void)
{
	return send_with(MSG_NOSIGNAL, false);
}
static int sendto_fastopen(void)
{
	return send_with(MSG_FASTOPEN, false);
}
static int sendmsg_plain(void)
{
	return send_with(MSG_NOSIGNAL, true);
}
static int sendmsg_fastopen(void)
{
	return send_with(MSG_FASTOPEN | MSG_NOSIGNAL, true);
}

/* Without a terminal the kernel says ENOTTY, with the filter EPERM. */
static int type_into_terminal(void)
{
	AUTO_CLOSE int fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	int r = result(ioctl(fd, TIOCSTI, "x"));

	return r == ENOTTY ? 0 : r;
}

static int list_interfaces(void)
{
	AUTO_CLOSE int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifconf conf = { .ifc_len = 0 };

	return result(ioctl(fd, SIOCGIFCONF, &conf));
}

static int count_readable(void)
{
	AUTO_CLOSE int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int n = 0;

	return result(ioctl(fd, FIONREAD, &n));
}

static int open_file(void)
{
	return result(open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}
static int set_limit(void)
{
	struct rlimit limit;

	if (syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, &limit) < 0)
		return 1;
	return result(syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, &limit, NULL));
}

static const struct {
	const char *name;
	attempt_fn *attempt;
	int filtered; /* errno under the filter; 0: goes through */
	bool open; /* whether it goes through without the filter, for everyone on every machine */
} rows[] = {
	{ "a TCP socket", tcp4, 0, true },
	{ "a TCP socket of IPv6", tcp6, 0, true },
	{ "a UDP socket", udp4, 0, true },
	{ "a Unix socket", unix_stream, 0, true },
	{ "a Unix socket for packets", unix_packets, ENOSYS, true },
	{ "a netlink socket behind high bits", netlink_behind_high_bits, ENOSYS, true },
	{ "a netlink socket", netlink, ENOSYS, true },
	{ "a packet socket", packet, ENOSYS, false },
	{ "a vsock socket", vsock, ENOSYS, false },
	{ "a raw socket", raw, ENOSYS, false },
	{ "a ping socket", ping, ENOSYS, false },
	{ "an MPTCP socket", mptcp, ENOSYS, false },
	{ "an MPTCP socket behind high bits", mptcp_behind_high_bits, ENOSYS, false },
	{ "io_uring", io_uring, ENOSYS, false },
	{ "a new user namespace", new_namespace, ENOSYS, false },
	{ "a new user namespace by clone", clone_namespace, ENOSYS, false },
	{ "clone3", clone3_call, ENOSYS, true },
	{ "fork", plain_fork, 0, true },
	{ "ptrace", ptrace_self, ENOSYS, true },
	{ "fetching a descriptor of a process", fetch_descriptor, ENOSYS, true },
	{ "reading memory of a process", read_memory, ENOSYS, true },
	{ "a key", make_key, ENOSYS, false },
	{ "a second filter", second_filter, ENOSYS, true },
	{ "another program", exec_program, ENOSYS, true },
	{ "another program by descriptor", exec_other_descriptor, ENOSYS, true },
	{ "the engine's program", exec_own_descriptor, 0, true },
	{ "sendto", sendto_plain, 0, true },
	{ "sendto with MSG_FASTOPEN", sendto_fastopen, ENOSYS, true },
	{ "sendmsg", sendmsg_plain, 0, true },
	{ "sendmsg with MSG_FASTOPEN", sendmsg_fastopen, ENOSYS, true },
	{ "listing a socket's interfaces", list_interfaces, ENOSYS, true },
	{ "counting readable bytes", count_readable, 0, true },
	{ "typing into the terminal", type_into_terminal, ENOSYS, true },
	{ "opening a file", open_file, 0, true },
	{ "raising a limit", set_limit, 0, true },
};

/* Runs one attempt in a child, under the filter or not. */
static int attempt_in_child(size_t i, const struct filter *f)
{
	pid_t pid = fork();
	int status = 0;

	assert_true(pid >= 0);
	if (pid == 0) {
		if (f && (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || filter_install(f) < 0))
			_exit(255);
		_exit(rows[i].attempt());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void what_leads_out_is_refused_and_the_rest_goes_through(void **state)
{
	struct filter f;

	(void)state;
	assert_int_equal(filter_build(&f, false, NULL), 0);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int got = attempt_in_child(i, &f);

		if (got != rows[i].filtered)
			fail_msg("%s: errno %d, expected %d", rows[i].name, got, rows[i].filtered);
	}
	filter_deinit(&f);
}

static void without_the_filter_the_same_attempts_go_through(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int got = rows[i].open ? attempt_in_child(i, NULL) : 0;

		if (got != 0)
			fail_msg("%s: errno %d without the filter", rows[i].name, got);
	}
}

/* The rows are of what the engine may and may not do. The compiler may do none of it, nor open a
 * file, which an attempt may begin with. That they go through without a filter is the test above.
 */
static void the_compiler_can_do_none_of_it(void **state)
{
	struct filter f;

	(void)state;
	assert_int_equal(filter_build_compiler(&f, FILTER_EXEC_FD, NULL), 0);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int got = attempt_in_child(i, &f);

		if (got != ENOSYS)
			fail_msg("%s: errno %d", rows[i].name, got);
	}
	filter_deinit(&f);
}

static void with_notifications_a_listener_comes_back(void **state)
{
	struct filter f;
	pid_t pid;
	int status = 0;

	(void)state;
	if (!filter_can_notify())
		skip();
	assert_int_equal(filter_build(&f, true, NULL), 0);
	pid = fork();
	if (pid == 0) {
		(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		_exit(filter_install(&f) > 2 ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	filter_deinit(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_leads_out_is_refused_and_the_rest_goes_through),
		cmocka_unit_test(without_the_filter_the_same_attempts_go_through),
		cmocka_unit_test(the_compiler_can_do_none_of_it),
		cmocka_unit_test(with_notifications_a_listener_comes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
