#include "broker/sockfilter.h"

#include "base/own.h"
#include "policy/firewall_bpf.h"

#include <string.h>
#include <sys/socket.h>

bool sockfilter_is_needed(const struct firewall *f, enum firewall_protocol protocol, uint16_t port)
{
	struct sock_filter code[FIREWALL_BPF_MAX];

	return firewall_to_bpf(f, protocol, port, code) > 0;
}

bool sockfilter_is_possible(void)
{
	struct sock_filter pass = BPF_STMT(BPF_RET | BPF_K, 0xffffffff);
	struct sock_fprog program = { .len = 1, .filter = &pass };
	AUTO_CLOSE int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return fd >= 0 &&
	       setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0;
}

int sockfilter_attach(int fd, const struct firewall *f, enum firewall_protocol protocol,
		      uint16_t port)
{
	struct sock_filter code[FIREWALL_BPF_MAX];
	size_t n = firewall_to_bpf(f, protocol, port, code);
	struct sock_fprog program = { .len = (unsigned short)n, .filter = code };
	int locked = 1;

	if (n == 0)
		return 0;
	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_LOCK_FILTER, &locked, sizeof locked) < 0)
		return neg_errno();
	return 0;
}

bool sockfilter_is_attached(int fd, const struct firewall *f, enum firewall_protocol protocol,
			    uint16_t port)
{
	struct sock_filter wanted[FIREWALL_BPF_MAX], found[FIREWALL_BPF_MAX];
	size_t n = firewall_to_bpf(f, protocol, port, wanted);
	socklen_t n_found = FIREWALL_BPF_MAX; /* in instructions, not in bytes (sk_get_filter) */

	if (getsockopt(fd, SOL_SOCKET, SO_GET_FILTER, found, &n_found) < 0)
		return false;
	return n_found == n && memcmp(found, wanted, n * sizeof *wanted) == 0;
}
