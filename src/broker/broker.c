#include "broker/broker.h"

#include "base/alloc.h"
#include "base/log.h"
#include "base/own.h"
#include "broker/internal.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>

int broker_new(const struct broker_config *config, struct broker **ret, struct err *e)
{
	struct broker *b = xalloc(sizeof *b);
	int r;

	b->config = *config;
	b->swap_broken = !config->swap_enabled;
	b->notify = (struct notify){ .fd = -EBADF, .engine_pidfd = -EBADF };
	b->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	relay_init(&b->relay, config->loop);
	egress_init(&b->egress, config->grants);
	b->report = (struct report){ .process = config->name, .egress = &b->egress };
	r = throttle_init(&b->throttle, &config->limits);
	if (r < 0)
		r = err_set(e, -r, "making room for the connections to count");
	if (r == 0 && config->audit_path)
		r = audit_open(config->audit_path, config->name, &b->report.audit, e);
	if (r == 0)
		r = publish_reserve_all(b, e);
	if (r == 0)
		r = udp_new(config, &b->udp, e);
	if (r == 0 && config->held)
		held_release(config->held); /* of forwards that are no more */
	if (r < 0) {
		(void)broker_free(b);
		return r;
	}
	holding_start(b);
	*ret = b;
	return 0;
}

int broker_set_pristine(struct broker *b, int in4_fd, int in6_fd, struct err *e)
{
	AUTO_CLOSE int in4 = in4_fd;
	AUTO_CLOSE int in6 = in6_fd;
	int r = judge_set_namespace(b, in4);

	if (r < 0)
		return err_set(e, -r, "identifying the network namespace");
	sockopt_read(in4, &b->untouched4);
	sockopt_read(in6, &b->untouched6);
	log_verbose("%s: network namespace net:[%llu]", b->config.name,
		    (unsigned long long)b->namespace_ino);
	return 0;
}

static void on_notification(uv_poll_t *poll, int status, int events)
{
	struct broker *b = poll->data;
	struct notify_call call;

	/* POLLHUP, once the last task under the filter is gone: reading on would spin. */
	if (status < 0 || !(events & UV_READABLE) || (events & UV_DISCONNECT)) {
		(void)uv_poll_stop(poll);
		return;
	}
	if (notify_recv(&b->notify, &call) == 0)
		judge_call(b, &call);
}

enum { PIDFD_ENDED = 1 };

/* The process id behind a pidfd, as this process sees it (proc_pid_fdinfo(5)). PIDFD_ENDED: it has
 * been reaped. */
static int pidfd_pid(int pidfd, pid_t *ret)
{
	char path[64], line[128];
	int pid = -1;
	FILE *f;

	(void)snprintf(path, sizeof path, "/proc/self/fdinfo/%d", pidfd);
	f = fopen(path, "re");
	if (!f)
		return neg_errno();
	while (fgets(line, sizeof line, f))
		if (sscanf(line, "Pid: %d", &pid) == 1)
			break;
	(void)fclose(f);
	if (pid <= 0)
		return PIDFD_ENDED;
	*ret = pid;
	return 0;
}

int broker_attach(struct broker *b, int listener_fd, int engine_pidfd, struct err *e)
{
	int r;

	if (listener_fd < 0) {
		(void)fd_close(engine_pidfd);
		return broker_relay_all(b, e);
	}
	r = udp_start(b->udp, e);
	if (r < 0)
		return r;
	r = notify_open(&b->notify, listener_fd, engine_pidfd);
	if (r < 0)
		return err_set(e, -r, "asking for the size of notifications");
	r = pidfd_pid(engine_pidfd, &b->engine_pid);
	if (r < 0)
		return err_set(e, -r, "finding the engine's process id");
	if (r == PIDFD_ENDED)
		return 0; /* faster than its report: there is nothing left to answer */
	log_verbose("%s: engine is process %d", b->config.name, (int)b->engine_pid);
	r = uv_poll_init(b->config.loop, &b->notify_poll, b->notify.fd);
	if (r < 0)
		return err_set(e, -r, "watching for the engine's calls");
	b->notify_polled = true;
	b->notify_poll.data = b;
	r = uv_poll_start(&b->notify_poll, UV_READABLE | UV_DISCONNECT, on_notification);
	if (r < 0)
		return err_set(e, -r, "watching for the engine's calls");
	return 0;
}

int broker_relay_all(struct broker *b, struct err *e)
{
	int r = udp_start(b->udp, e);

	return r < 0 ? r : publish_relay_all(b, e);
}

int broker_serve_lookups(struct broker *b, int fd, struct err *e)
{
	int r = lookup_server_new(b->config.loop, fd, &b->egress, &b->report, &b->lookup);

	return r < 0 ? err_set(e, -r, "watching for name lookups") : 0;
}

int broker_serve_udp(struct broker *b, int packet_fd, int raw4_fd, int raw6_fd, struct err *e)
{
	const struct udp_out_config config = { .loop = b->config.loop,
					       .packet_fd = packet_fd,
					       .raw4_fd = raw4_fd,
					       .raw6_fd = raw6_fd,
					       .egress = &b->egress,
					       .report = &b->report,
					       .throttle = &b->throttle };
	int r = udp_out_new(&config, &b->udp_out);

	return r < 0 ? err_set(e, -r, "watching for datagrams") : 0;
}

pid_t broker_engine_pid(const struct broker *b)
{
	return b->engine_pid;
}

void broker_signal_engine(const struct broker *b, int signal)
{
	(void)pidfd_send_signal(b->notify.engine_pidfd, signal, NULL, 0); /* it may have ended */
}

void broker_stop(struct broker *b, bool hold)
{
	if (hold)
		holding_begin(b);
	holding_stop(b);
	if (b->notify_polled)
		uv_close((uv_handle_t *)&b->notify_poll, NULL);
	b->notify_polled = false;
	publish_stop_all(b);
	udp_stop(b->udp);
	connecting_stop_all(b);
	relay_stop(&b->relay);
	lookup_server_stop(b->lookup);
	b->lookup = NULL;
	udp_out_stop(b->udp_out);
	b->udp_out = NULL;
}

struct broker *broker_free(struct broker *b)
{
	if (!b)
		return NULL;
	publish_release_all(b);
	(void)udp_free(b->udp);
	egress_deinit(&b->egress);
	(void)audit_close(b->report.audit);
	throttle_deinit(&b->throttle);
	notify_close(&b->notify);
	(void)fd_close(b->spare_fd);
	free(b);
	return NULL;
}
