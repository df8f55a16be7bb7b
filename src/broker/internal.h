/* What the files of the broker share, and nobody else sees. */
#pragma once

#include "broker/broker.h"
#include "broker/notify.h"
#include "broker/hostpath.h"
#include "broker/lookup.h"
#include "broker/relay.h"
#include "broker/report.h"
#include "broker/sockopt.h"
#include "broker/throttle.h"
#include "broker/udp.h"
#include "broker/udp_out.h"
#include "policy/egress.h"

enum {
	CONNECTS_MAX = 1024, /* under way at once */
	DIAL_TIMEOUT_MS = 10000,
	HINTS_MAX = 8,
	HOLD_MS = 30000, /* that clients wait for a new run's guest to listen */
};

/* One forward of TCP or of a Unix socket at work; those of UDP are in udp.h.
 *
 *	state		host port	guest's descriptor	in the namespace
 *	RESERVED	refuses, or	its own, or none	as the guest has it
 *			holds: see below
 *	LENT		the guest's	the host's listener	`inner` listens, relayed
 *	RELAYED		the broker's	its own			as the guest has it
 *
 *	RESERVED -> LENT	the guest listens on the port
 *	LENT -> RESERVED	the guest has closed it; noticed at its next bind or connect there
 *	RESERVED -> RELAYED	another forward of the port is lent, it is of IPv6 and the guest's
 *				socket of IPv4, or nothing can be lent here; or it is of a Unix
 *				socket, which then stays so: its clients are turned away while
 *				the guest does not listen
 *
 * RESERVED holds when the process has been started again (held.h): `held_fd` listens and nobody
 * accepts, until the guest listens and gets it, or HOLD_MS are over. In LENT `held_fd` is a copy of
 * the guest's own, for the next run.
 */
enum publish_state { PUBLISH_RESERVED, PUBLISH_LENT, PUBLISH_RELAYED };

struct publish {
	struct broker *broker;
	const struct forward *forward;
	enum publish_state state;
	int reserve_fd;	      /* see hostport.h; of TCP */
	int held_fd;	      /* of TCP, or -EBADF */
	struct hostpath path; /* of a Unix socket */
	uint64_t lent_ino;    /* LENT: inode of the host's listener */
	int lent_family;
	int lent_as;		   /* LENT: the engine's descriptor that it took the place of */
	struct acceptor *acceptor; /* LENT: of the inner listener; RELAYED: of the host's */
};

/* Accepts on a listener of the broker's own and passes each connection on. Closes itself when
 * stopped. */
struct acceptor {
	struct publish *publish;
	uv_poll_t poll;
	int fd; /* the listener; owned */
};

/* A connect that is under way. Ends by `connected`, with 0 or a positive errno. */
typedef void connected_fn(void *ctx, int fd, int error);
struct connecting {
	struct broker *broker;
	struct connecting *next, **link;
	uv_poll_t poll;
	uv_timer_t timer;
	int n_open; /* handles not closed yet */
	int fd;	    /* given to `connected` */
	connected_fn *connected;
	void *ctx;
};

struct broker {
	struct broker_config config;
	struct publish *published; /* one for each forward of TCP or of a Unix socket */
	size_t n_published;
	struct udp *udp;
	uv_timer_t hold_timer;
	bool hold_timed; /* hold_timer has been initialised and is not closed */
	int spare_fd;	 /* given up for a moment when descriptors run out, see acceptor.c */
	struct egress egress;
	struct report report;
	struct throttle throttle;
	struct lookup_server *lookup;
	size_t n_clients; /* that wait for their way into the guest: acceptor.c */
	struct relay relay;
	struct udp_out *udp_out; /* NULL: no grant is of UDP */
	struct notify notify;
	uv_poll_t notify_poll;
	bool notify_polled;
	/* No swap, by choice or since the kernel refused the first: forwards are relayed. */
	bool swap_broken;
	bool blind;	  /* no descriptor can be fetched: calls go on unjudged */
	pid_t engine_pid; /* as the supervisor sees it */
	struct sockopt_baseline untouched4, untouched6; /* of the guest's namespace */
	/* Of the guest's network namespace: cookie (0: none known), and inode. */
	uint64_t namespace_cookie, namespace_ino;
	struct connecting *connects; /* a list */
	size_t n_connects;
	uint16_t hinted[HINTS_MAX]; /* ports that it listens on and nobody can reach */
	size_t n_hinted;
	uint16_t missed[HINTS_MAX]; /* ports that it connected to and nobody listened on */
	size_t n_missed;
};

/* publish.c */
int publish_reserve_all(struct broker *b, struct err *e);
void publish_stop_all(struct broker *b);
/* Gives the host's ports and paths back. */
void publish_release_all(struct broker *b);
/* The engine's descriptor `engine_fd`, a guest socket bound to `port`, is to listen: does it, as
 * the guest's own or by swapping. Returns 0 or -errno for the guest. */
int publish_listen(struct broker *b, const struct notify_call *call, int engine_fd, int sock,
		   uint16_t port, int backlog);
/* If `ino` is a host listener that the guest has been lent, makes it listen again: 0 or -errno;
 * else -ENOENT. */
int publish_listen_again(struct broker *b, uint64_t ino, int sock, int backlog);
/* Lets go of inner listeners on `port` whose host listener the guest has closed. */
void publish_drop_closed(struct broker *b, uint16_t port);
/* The host listens itself and copies, for every forward that is RESERVED. */
int publish_relay_all(struct broker *b, struct err *e);
bool publish_any_lent(const struct broker *b);
/* The engine's number of the listener that it was lent, or -1 if it has closed it. */
int publish_find_lent(const struct publish *p);
int publish_family_of(int sock);
/* The firewall's rules on a listener of the host's. */
int publish_attach_filter(const struct publish *p, int fd);

/* holding.c */
/* Sees to it that those who wait do not wait for ever. */
void holding_start(struct broker *b);
void holding_stop(struct broker *b);
/* Has clients of every port that is LENT or RELAYED wait. Before their acceptors are stopped. */
void holding_begin(struct broker *b);

/* acceptor.c */
/* Listening and non-blocking already; takes the descriptor, also on failure. */
int acceptor_start(struct publish *p, int listener_fd);
void acceptor_stop(struct publish *p);

/* connecting.c */
/* Waits until the non-blocking connect on `fd` is done, or `timeout_ms` (0: for ever) is over:
 * EINPROGRESS. When the broker stops: ECANCELED. Takes `fd` (also on failure) and hands it to
 * `connected`, which never runs from here. */
int connecting_start(struct broker *b, int fd, uint64_t timeout_ms, connected_fn *connected,
		     void *ctx);
void connecting_stop_all(struct broker *b);

/* judge.c */
enum {
	JUDGE_PENDING = 1, /* the answer comes later */
	JUDGE_ANSWERED,
};

/* A call about a socket, with our own copy of what it names. */
struct judged {
	struct broker *broker;
	const struct notify_call *call;
	int engine_fd;
	int sock;
	int protocol;  /* IPPROTO_TCP and IPPROTO_UDP are of no other type of socket */
	bool of_guest; /* the socket lives in the guest's namespace, not in the host's */
};

void judge_call(struct broker *b, const struct notify_call *call);
/* Learns from a socket of the guest's namespace which that is. */
int judge_set_namespace(struct broker *b, int guest_sock);
/* The address argument of connect and bind, which have the same shape. Returns the sockaddr's
 * length. */
int judge_read_sockaddr(struct judged *j, struct sockaddr_storage *ret);

/* connect.c: 0, JUDGE_PENDING, JUDGE_ANSWERED, or -errno for the guest */
int judge_connect(struct judged *j);
/* Connects the guest's own socket. */
int connect_own(struct judged *j, const struct sockaddr_storage *to, socklen_t len);

/* unix.c: the same for addresses of AF_UNIX */
int unix_bind(struct judged *j, const struct sockaddr_storage *ss, socklen_t len);
int unix_connect(struct judged *j, const struct sockaddr_storage *ss, socklen_t len);
