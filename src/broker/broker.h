/* The broker: the part of the supervisor that publishes ports and answers the engine's trapped
 * calls.
 *
 * Three calls arrive here from the engine, whatever dialect or library made them (DECISIONS.md,
 * "Three calls"):
 *
 *	listen	on a guest port that is forwarded: the host's listener takes the place of the
 *		guest's descriptor, and the guest's own listener stays with the broker, for
 *		connections inside the namespace
 *	connect	inside the namespace: done; to a granted destination: a connected socket of the
 *		host takes the place of the guest's descriptor; anywhere else: refused and logged
 *	bind	done, after a listener that the guest has closed in the meantime is let go of
 *
 * The broker does each call itself, on its own copy of the descriptor and of the address, so
 * nothing can change between the judgement and the deed. Where the kernel offers no swap, forwards
 * are relayed. Where it does not even let the broker see the engine's descriptors, every call goes
 * on as asked: the engine then never holds a socket of the host.
 */
#pragma once

#include "base/err.h"
#include "broker/held.h"
#include "policy/firewall.h"
#include "policy/forward.h"
#include "policy/grant_set.h"
#include "policy/limits.h"

#include <stdbool.h>
#include <uv.h>

struct broker;

/* Called with a fresh non-blocking socket of the guest's namespace, which the callee then owns, or
 * -errno. */
typedef void broker_dialled_fn(void *ctx, int fd);
/* Asks for a socket of the guest's namespace; the answer comes through `dialled`, now or later.
 * `type` is SOCK_STREAM or SOCK_DGRAM. */
typedef void broker_dial_fn(void *dial_ctx, int family, int type, broker_dialled_fn *dialled,
			    void *ctx);

struct broker_config {
	uv_loop_t *loop;
	const char *name;		/* of the process, for the log */
	const struct forward *forwards; /* borrowed until broker_free */
	size_t n_forwards;
	/* False: forwards are relayed, and nothing outside can be connected to. */
	bool swap_enabled;
	const struct grant_set *grants; /* borrowed until broker_free */
	struct limits limits;
	const char *audit_path;		 /* of the audit log; NULL: none is kept */
	const struct firewall *firewall; /* borrowed until broker_free; NULL: no rules */
	struct firewall_tally *tally;	 /* where the broker counts; borrowed likewise */
	/* Where the ports come from and go to if the process may be started again; else NULL. */
	struct held *held;
	broker_dial_fn *dial;
	void *dial_ctx;
};

/* Reserves every host port, so that one in use is an error before the guest runs. */
int broker_new(const struct broker_config *config, struct broker **ret, struct err *e);

/* Learns from a pristine socket a family which namespace is the guest's, and what options look like
 * there untouched. Takes both descriptors; `in6_fd` may be -EBADF. */
int broker_set_pristine(struct broker *b, int in4_fd, int in6_fd, struct err *e);
/* The engine is about to start. Takes both descriptors. A `listener_fd` of -EBADF: no notifications
 * here; every forward is relayed from now on. */
int broker_attach(struct broker *b, int listener_fd, int engine_pidfd, struct err *e);
/* Without namespaces (isolation = false): relays forwards whose host port is not the guest's own.
 */
int broker_relay_all(struct broker *b, struct err *e);

/* Answers name lookups on the supervisor's end of that socket pair (spec/lookup.h). Takes the
 * descriptor. */
int broker_serve_lookups(struct broker *b, int fd, struct err *e);

/* Relays the guest's datagrams. Takes the descriptors (net/udp_exit.h); `raw6_fd` may be -EBADF. */
int broker_serve_udp(struct broker *b, int packet_fd, int raw4_fd, int raw6_fd, struct err *e);

/* The process is about to be ended and started again: keeps copies of the listeners that the guest
 * has, so that who waits in their queues goes on waiting, and relays nobody new. */
void broker_hold(struct broker *b);
/* How many connections through published ports the guest or the relay is at work with. */
size_t broker_count_in_flight(const struct broker *b);
/* As the supervisor sees it; 0 before broker_attach(). */
pid_t broker_engine_pid(const struct broker *b);
void broker_signal_engine(const struct broker *b, int signal);

/* Stops everything; the loop has to run on until its handles are gone; then broker_free(). With
 * `hold`, clients of the ports that were listened on wait from now on for the next broker. */
void broker_stop(struct broker *b, bool hold);
struct broker *broker_free(struct broker *b);
