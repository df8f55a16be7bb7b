/* The inside of a process: pid 1, and its child until that becomes the engine.
 *
 * Runs in the child of clone3, in new user, network, mount, pid, ipc, uts and cgroup namespaces.
 * This is trusted code of wasmrun: no guest, no engine. The order of the stages, and what each
 * relies on:
 *
 *	1  map the ids			first: later steps need the rights that it gives
 *	2  host name, loopback, the	needs /proc of the host
 *	   way out for UDP, pin
 *	   make the cgroup		needs the host's cgroup namespace, and is the last that does
 *	3  clone the source mounts	needs the host's tree
 *	4  enter the private root	from here on there is no host file
 *	5  pristine sockets, READY	the supervisor learns options that nobody has touched, and
 *					puts the firewall's rules in, if there are any: then GO
 *	6  fork; the child:
 *	   -  joins the cgroup, sets its resource limits
 *	   a  descriptors		0, 1, 2, those of spec.h, the engine's program; no other
 *	   b  capabilities, no_new_privs	none must be left when the filter goes in
 *	      Landlock, if it is there	needs no_new_privs, and calls that the filter refuses
 *	   c  seccomp, ENGINE		the listener leaves over the control socket
 *	   d  execveat			a clean memory: nothing of the supervisor's is inherited
 *	7  pid 1 drops its own rights, reaps, opens sockets, and ends (removing pin and cgroup)
 *	   when the engine has ended or the supervisor's end of the control socket closes. With a
 *	   cgroup to remove it keeps CAP_DAC_OVERRIDE: the root of cgroups may be written by nobody
 */
#pragma once

#include "net/udp_exit.h"
#include "policy/limits.h"
#include "process/cgroup.h"
#include "process/filter.h"
#include "process/root.h"

#include <stdbool.h>
#include <stdnoreturn.h>
#include <sys/types.h>

struct inside {
	uid_t uid; /* the caller's, outside */
	gid_t gid;
	const char *hostname;
	bool loopback;
	bool waits; /* after READY, for the supervisor's CONTROL_GO */
	const struct udp_route *udp_routes;
	size_t n_udp_routes; /* 0: no way out for UDP */
	struct root root;
	const struct filter *filter;
	struct cgroup *cgroup;
	const struct limits *limits;
	int control_fd;	   /* the inner end of the control socket */
	int supervisor_fd; /* the outer end, to be closed here */
	int spec_fd;
	int status_fd;
	int lookup_fd;
	int signal_fd;
	int engine_fd;
	int claim_fd;	/* pid 1 has the name for as long as the supervisor or itself is there */
	int pin_dir_fd; /* folder of the namespace's name, or -EBADF for none */
	const char *pin_name; /* in it */
};

noreturn void inside_main(struct inside *in);
/* The engine's last steps without any namespace (isolation = false): descriptors, no_new_privs,
 * exec. */
noreturn void inside_exec_engine_bare(struct inside *in);
