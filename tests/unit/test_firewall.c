/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "base/err.h"
#include "base/own.h"
#include "broker/sockfilter.h"
#include "net/namespace.h"
#include "net/nftables.h"
#include "policy/firewall.h"
#include "policy/firewall_nft.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

enum { PORT = 3000, RULES_MAX = 4, PACKETS_MAX = 12 };

/* A rule as a test writes it. */
struct written {
	const char *direction, *protocol, *address, *port, *action;
};

static void add(struct firewall *f, const struct written *w)
{
	struct firewall_rule r = { 0 };

	assert_int_equal(firewall_parse_direction(w->direction, &r.direction, NULL), 0);
	assert_int_equal(firewall_parse_protocol(w->protocol, &r.protocol, NULL), 0);
	assert_int_equal(firewall_parse_action(w->action, &r.action, NULL), 0);
	if (w->address)
		assert_int_equal(firewall_parse_address(w->address, &r, NULL), 0);
	if (w->port)
		assert_int_equal(firewall_parse_ports(w->port, &r, NULL), 0);
	assert_int_equal(firewall_add(f, &r, NULL), 0);
}

/* Packets that every place is asked about: they come in from these addresses, at PORT. */
static const struct packet {
	const char *protocol, *from;
} packets[] = {
	{ "tcp", "127.0.0.1" }, { "tcp", "127.0.0.7" }, { "tcp", "127.1.2.3" },
	{ "tcp", "::1" },	{ "tcp", "fd00::7" },	{ "tcp", "fd00:0:0:1::7" },
	{ "udp", "127.0.0.1" }, { "udp", "127.0.0.7" }, { "udp", "127.1.2.3" },
	{ "udp", "::1" },	{ "udp", "fd00::7" },	{ "udp", "fd00:0:0:1::7" },
};

/* One character a packet, in that order: '+' passes, '-' does not. */
static const struct {
	const char *what;
	struct written rules[RULES_MAX];
	const char *verdicts;
} cases[] = {
	{ "no rule", { { NULL } }, "++++++++++++" },
	{ "everything", { { "in", "any", NULL, NULL, "drop" } }, "------------" },
	{ "what goes out", { { "out", "udp", "10.0.0.0/8", NULL, "drop" } }, "++++++++++++" },
	{ "one protocol", { { "in", "tcp", NULL, NULL, "drop" } }, "------++++++" },
	{ "the other one", { { "in", "udp", NULL, NULL, "reject" } }, "++++++------" },
	{ "icmp", { { "in", "icmp", NULL, NULL, "drop" } }, "++++++++++++" },
	{ "the port", { { "in", "tcp", NULL, "3000", "drop" } }, "------++++++" },
	{ "the port, whatever protocol",
	  { { "in", "any", NULL, "3000", "drop" } },
	  "------------" },
	{ "another port", { { "in", "any", NULL, "3001", "drop" } }, "++++++++++++" },
	{ "a range's first", { { "in", "any", NULL, "3000-4000", "drop" } }, "------------" },
	{ "a range's last", { { "in", "any", NULL, "2000-3000", "drop" } }, "------------" },
	{ "behind a range", { { "in", "any", NULL, "2000-2999", "drop" } }, "++++++++++++" },
	{ "an address", { { "in", "any", "127.0.0.7", NULL, "drop" } }, "+-+++++-++++" },
	{ "a network", { { "in", "tcp", "127.0.0.0/24", NULL, "drop" } }, "--++++++++++" },
	{ "an uneven network", { { "in", "any", "127.0.0.4/30", NULL, "drop" } }, "+-+++++-++++" },
	{ "all of IPv4", { { "in", "any", "0.0.0.0/0", NULL, "drop" } }, "---+++---+++" },
	{ "all of IPv6", { { "in", "any", "::/0", NULL, "drop" } }, "+++---+++---" },
	{ "an IPv6 address", { { "in", "any", "fd00::7", NULL, "drop" } }, "++++-+++++-+" },
	{ "an IPv6 network", { { "in", "any", "fd00::/64", NULL, "drop" } }, "++++-+++++-+" },
	{ "a wider one", { { "in", "any", "fd00::/56", NULL, "drop" } }, "++++--++++--" },
	{ "an uneven IPv6 network",
	  { { "in", "any", "fd00::4/126", NULL, "drop" } },
	  "++++-+++++-+" },
	{ "one that ends between words",
	  { { "in", "any", "fd00::/33", NULL, "drop" } },
	  "++++--++++--" },
	{ "the first that fits",
	  { { "in", "any", "127.0.0.7", NULL, "accept" }, { "in", "any", NULL, NULL, "drop" } },
	  "-+-----+----" },
	{ "not a later one",
	  { { "in", "any", NULL, NULL, "accept" }, { "in", "any", NULL, NULL, "drop" } },
	  "++++++++++++" },
	{ "narrow before wide",
	  { { "in", "tcp", "127.0.0.7", "3000", "drop" },
	    { "in", "tcp", "127.0.0.0/8", "3000", "accept" },
	    { "in", "tcp", "fd00::/16", "3000", "accept" },
	    { "in", "any", NULL, NULL, "reject" } },
	  "+-+-++------" },
};

static void firewall_of(size_t i, struct firewall *ret)
{
	*ret = (struct firewall){ 0 };
	for (size_t k = 0; k < RULES_MAX && cases[i].rules[k].direction; k++)
		add(ret, &cases[i].rules[k]);
}

static void compare(size_t i, const char *where, const char verdicts[PACKETS_MAX + 1])
{
	if (strcmp(verdicts, cases[i].verdicts) != 0)
		fail_msg("%s, %s: %s, expected %s", cases[i].what, where, verdicts,
			 cases[i].verdicts);
}

static void rules_give_these_verdicts(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char verdicts[PACKETS_MAX + 1] = "";
		struct firewall f;

		firewall_of(i, &f);
		for (size_t k = 0; k < PACKETS_MAX; k++) {
			struct firewall_flow flow = { .direction = FIREWALL_IN, .port = PORT };
			struct firewall_tally tally = { 0 };
			struct addr from;

			assert_int_equal(addr_parse_ip(packets[k].from, &from, NULL), 0);
			flow.peer = &from;
			assert_int_equal(
				firewall_parse_protocol(packets[k].protocol, &flow.protocol, NULL),
				0);
			verdicts[k] =
				firewall_judge(&f, &flow, &tally) == FIREWALL_ACCEPT ? '+' : '-';
		}
		compare(i, "judged", verdicts);
		firewall_deinit(&f);
	}
}

/* In the network namespace of the child: a process that waits to be killed. */
struct world {
	pid_t pid;
	int net_fd, user_fd;
};

static int add_ip6(const char *ip)
{
	AUTO_CLOSE int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct {
		struct in6_addr addr;
		uint32_t prefix_len;
		int index;
	} request = { .prefix_len = 128 }; /* struct in6_ifreq */
	struct addr a;

	(void)addr_parse_ip(ip, &a, NULL);
	request.addr = a.in6.sin6_addr;
	request.index = (int)if_nametoindex("lo");
	return ioctl(fd, SIOCSIFADDR, &request);
}

/* A new IPv6 address is tentative for a moment. */
static bool is_usable(const char *ip)
{
	AUTO_CLOSE int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct addr a;

	(void)addr_parse_ip(ip, &a, NULL);
	return bind(fd, &a.sa, a.len) == 0;
}

static void world_child(int ready_fd)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that fails does not come back to end it */
	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0 || namespace_loopback_up() < 0 ||
	    add_ip6("fd00::7") < 0 || add_ip6("fd00:0:0:1::7") < 0)
		_exit(1);
	for (int i = 0; i < 1000 && !(is_usable("fd00::7") && is_usable("fd00:0:0:1::7")); i++)
		(void)usleep(1000);
	(void)!write(ready_fd, "", 1);
	(void)pause();
	_exit(0);
}

/* False where namespaces cannot be had. */
static bool world_open(struct world *ret)
{
	int ends[2];
	char path[64], byte;
	bool ready;

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	ret->pid = fork();
	if (ret->pid == 0)
		world_child(ends[1]);
	(void)fd_close(ends[1]);
	ready = read(ends[0], &byte, 1) == 1;
	(void)fd_close(ends[0]);
	(void)snprintf(path, sizeof path, "/proc/%d/ns/net", (int)ret->pid);
	ret->net_fd = open(path, O_RDONLY | O_CLOEXEC);
	(void)snprintf(path, sizeof path, "/proc/%d/ns/user", (int)ret->pid);
	ret->user_fd = open(path, O_RDONLY | O_CLOEXEC);
	return ready;
}

static void world_close(struct world *w)
{
	(void)kill(w->pid, SIGKILL);
	(void)waitpid(w->pid, NULL, 0);
	(void)fd_close(w->net_fd);
	(void)fd_close(w->user_fd);
}

/* Sends the packet to a socket at PORT; '+' if it arrives. Over loopback everything has happened
 * when the call returns. */
static char probe(const struct packet *p, const struct firewall *filter)
{
	bool tcp = strcmp(p->protocol, "tcp") == 0;
	int type = (tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC | SOCK_NONBLOCK, on = 1;
	struct addr from, to;
	AUTO_CLOSE int server = -EBADF;
	AUTO_CLOSE int client = -EBADF;
	AUTO_CLOSE int accepted = -EBADF;
	char byte;

	(void)addr_parse_ip(p->from, &from, NULL);
	(void)addr_parse_ip(from.sa.sa_family == AF_INET ? "127.0.0.1" : "::1", &to, NULL);
	addr_set_port(&to, PORT);
	server = socket(to.sa.sa_family, type, 0);
	client = socket(to.sa.sa_family, type, 0);
	(void)setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(server, &to.sa, to.len) < 0 || bind(client, &from.sa, from.len) < 0)
		return 'b';
	if (sockfilter_attach(server, filter, tcp ? FIREWALL_TCP : FIREWALL_UDP, PORT) < 0)
		return 'f';
	if (tcp && listen(server, 1) < 0)
		return 'l';
	(void)connect(client, &to.sa, to.len); /* what comes of it is asked of the server */
	if (!tcp)
		return send(client, "x", 1, MSG_NOSIGNAL) == 1 && recv(server, &byte, 1, 0) == 1
			       ? '+'
			       : '-';
	accepted = accept4(server, NULL, NULL, SOCK_CLOEXEC);
	return accepted >= 0 ? '+' : '-';
}

/* In a child, for it cannot come back. `filter` is for the servers' sockets; NULL: none. */
static void probe_all(const struct world *w, const struct firewall *filter,
		      char verdicts[PACKETS_MAX + 1])
{
	int ends[2];
	pid_t pid;

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		if (setns(w->user_fd, CLONE_NEWUSER) < 0 || setns(w->net_fd, CLONE_NEWNET) < 0)
			_exit(1);
		for (size_t k = 0; k < PACKETS_MAX; k++)
			verdicts[k] = probe(&packets[k], filter);
		(void)!write(ends[1], verdicts, PACKETS_MAX);
		_exit(0);
	}
	(void)fd_close(ends[1]);
	assert_int_equal(read(ends[0], verdicts, PACKETS_MAX), PACKETS_MAX);
	verdicts[PACKETS_MAX] = 0;
	(void)fd_close(ends[0]);
	(void)waitpid(pid, NULL, 0);
}

static void the_kernels_socket_filter_gives_the_same_verdicts(void **state)
{
	struct world w;

	if (!world_open(&w)) {
		print_message("namespaces cannot be had here\n");
		skip();
	}
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char verdicts[PACKETS_MAX + 1];
		struct firewall f;

		firewall_of(i, &f);
		probe_all(&w, &f, verdicts);
		compare(i, "filtered", verdicts);
		firewall_deinit(&f);
	}
	world_close(&w);
}

static void run_nft(const struct nftables *nft, const struct world *w, const char *commands,
		    struct buf *output)
{
	struct err e = { 0 };

	buf_init(output, FIREWALL_TEXT_MAX);
	if (nftables_run(nft, w->net_fd, commands, output, &e) < 0)
		fail_msg("%s: %s", e.text, commands);
}

static void nftables_in_a_namespace_give_the_same_verdicts_and_count(void **state)
{
	const struct nftables *nft;
	struct world w;

	assert_int_equal(nftables_open(&nft, NULL), 0);
	if (!world_open(&w)) {
		print_message("namespaces cannot be had here\n");
		skip();
	}
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char verdicts[PACKETS_MAX + 1];
		struct firewall_tally tally = { 0 }, judged = { 0 };
		struct buf commands, output;
		struct firewall f;

		firewall_of(i, &f);
		buf_init(&commands, FIREWALL_TEXT_MAX);
		assert_int_equal(firewall_to_nft(&f, &commands), 0);
		run_nft(nft, &w, (const char *)commands.bytes, &output);
		buf_deinit(&output);
		probe_all(&w, NULL, verdicts);
		compare(i, "in nftables", verdicts);
		run_nft(nft, &w, FIREWALL_LIST_COUNTERS, &output);
		firewall_read_counters((const char *)output.bytes, &f, &tally);
		buf_deinit(&output);
		for (size_t k = 0; k < PACKETS_MAX; k++) {
			struct firewall_flow flow = { .direction = FIREWALL_IN, .port = PORT };
			struct addr from;

			(void)addr_parse_ip(packets[k].from, &from, NULL);
			flow.peer = &from;
			(void)firewall_parse_protocol(packets[k].protocol, &flow.protocol, NULL);
			(void)firewall_judge(&f, &flow, &judged);
		}
		for (size_t k = 0; k < f.n; k++)
			if (tally.counts[k] != judged.counts[k])
				fail_msg("%s: rule %zu counted %d, expected %d", cases[i].what, k,
					 (int)tally.counts[k], (int)judged.counts[k]);
		run_nft(nft, &w, "delete table inet wasmrun", &output);
		buf_deinit(&output);
		buf_deinit(&commands);
		firewall_deinit(&f);
	}
	world_close(&w);
}

static void a_locked_filter_stays(void **state)
{
	AUTO_CLOSE int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	AUTO_CLOSE int free_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct written everything = { "in", "any", NULL, NULL, "drop" };
	struct sock_filter pass = BPF_STMT(BPF_RET | BPF_K, 0xffffffff);
	struct sock_fprog program = { 1, &pass };
	struct firewall f = { 0 };
	int none = 0;

	if (!sockfilter_is_possible()) {
		print_message("this user may not attach socket filters\n");
		skip();
	}
	add(&f, &everything);
	assert_int_equal(sockfilter_attach(fd, &f, FIREWALL_TCP, PORT), 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &none, sizeof none), -1);
	assert_int_equal(errno, EPERM);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program),
			 -1);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_LOCK_FILTER, &none, sizeof none), -1);
	/* One that was never locked can be replaced. */
	assert_int_equal(
		setsockopt(free_fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program), 0);
	assert_int_equal(setsockopt(free_fd, SOL_SOCKET, SO_DETACH_FILTER, &none, sizeof none), 0);
	firewall_deinit(&f);
}

static void the_most_and_longest_rules_fit_the_kernel(void **state)
{
	AUTO_CLOSE int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct written rule = { "in", "tcp", NULL, NULL, "drop" };
	struct firewall f = { 0 };
	struct firewall_rule more = { 0 };
	struct err e = { 0 };

	if (!sockfilter_is_possible()) {
		print_message("this user may not attach socket filters\n");
		skip();
	}
	for (int i = 0; i < FIREWALL_RULES_MAX; i++) {
		char ip[64];

		(void)snprintf(ip, sizeof ip, "2001:db8:1:2:3:4:5:%x/127", i * 2);
		rule.address = ip;
		add(&f, &rule);
	}
	assert_int_equal(sockfilter_attach(fd, &f, FIREWALL_TCP, PORT), 0);
	assert_true(firewall_add(&f, &more, &e) < 0);
	assert_string_equal(e.text, "more than 64 firewall rules");
	firewall_deinit(&f);
}

static void a_client_without_an_address_fits_no_rule_with_one(void **state)
{
	struct written network = { "in", "any", "0.0.0.0/0", NULL, "drop" };
	struct written any = { "in", "tcp", NULL, "3000", "drop" };
	struct firewall_flow flow = { FIREWALL_IN, FIREWALL_TCP, NULL, PORT };
	struct firewall f = { 0 };

	add(&f, &network);
	assert_int_equal(firewall_find(&f, &flow), 1);
	add(&f, &any);
	assert_int_equal(firewall_find(&f, &flow), 1);
	flow.port = 3001;
	assert_int_equal(firewall_find(&f, &flow), 2);
	firewall_deinit(&f);
}

static void a_mapped_address_is_the_ipv4_address(void **state)
{
	struct written rule = { "out", "tcp", "10.0.0.0/8", NULL, "drop" };
	struct firewall_flow flow = { FIREWALL_OUT, FIREWALL_TCP, NULL, 80 };
	struct firewall f = { 0 };
	struct addr to;

	add(&f, &rule);
	flow.peer = &to;
	assert_int_equal(addr_parse_ip("::ffff:10.1.2.3", &to, NULL), 0);
	assert_int_equal(firewall_find(&f, &flow), 0);
	assert_int_equal(addr_parse_ip("::ffff:11.1.2.3", &to, NULL), 0);
	assert_int_equal(firewall_find(&f, &flow), 1);
	firewall_deinit(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_give_these_verdicts),
		cmocka_unit_test(the_kernels_socket_filter_gives_the_same_verdicts),
		cmocka_unit_test(nftables_in_a_namespace_give_the_same_verdicts_and_count),
		cmocka_unit_test(a_locked_filter_stays),
		cmocka_unit_test(the_most_and_longest_rules_fit_the_kernel),
		cmocka_unit_test(a_client_without_an_address_fits_no_rule_with_one),
		cmocka_unit_test(a_mapped_address_is_the_ipv4_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
