#include "process/reports.h"

#include "base/log.h"

#include <fcntl.h>
#include <string.h>

static void on_socket(struct supervisor *s, struct control_msg *m)
{
	int r = m->n_fds ? process_firewall_mark(&s->firewall, m->fds[0]) : 0;

	if (r < 0) {
		control_close_fds(m);
		m->value = -r;
	}
	dials_answer(&s->dials, m);
}

static int on_ready(struct supervisor *s, struct control_msg *m)
{
	int r;

	stages_log(&s->stages, "namespaces", m->at_ns);
	if (m->n_fds < 1)
		return err_set(s->e, EBADMSG, "reading the namespaces' report");
	if (s->launch.is_pinned)
		log_verbose("%s: 'ip netns exec %s COMMAND' runs a command in its namespace",
			    s->plan->name, s->plan->claim->name);
	r = process_firewall_apply(&s->firewall, m->fds[0], s->launch.control_fd, s->e);
	if (r < 0) {
		control_close_fds(m);
		return r;
	}
	return broker_set_pristine(s->broker, m->fds[0], m->n_fds > 1 ? m->fds[1] : -EBADF, s->e);
}

/* Whoever allows everything may do without UDP; who asks for it gets it or an error. */
static int on_udp(struct supervisor *s, struct control_msg *m)
{
	if (m->value == 0 && m->n_fds >= 2)
		return broker_serve_udp(s->broker, m->fds[0], m->fds[1],
					m->n_fds > 2 ? m->fds[2] : -EBADF, s->e);
	control_close_fds(m);
	if (grant_set_asks_for_udp(s->plan->grants))
		return err_set(s->e, m->value,
			       "making a way out for UDP, which 'udp/' rules need (a pair of veth "
			       "devices, and routing by rules, in the kernel)");
	log_verbose("%s: UDP does not leave the namespace: this kernel offers no way out (%s)",
		    s->plan->name, strerror(m->value));
	return 0;
}

static int on_engine(struct supervisor *s, struct control_msg *m)
{
	if (m->n_fds < 1)
		return err_set(s->e, EBADMSG, "reading the engine's report");
	s->engine_fd = fcntl(m->fds[0], F_DUPFD_CLOEXEC, 0);
	return broker_attach(s->broker, m->n_fds > 1 ? m->fds[1] : -EBADF, m->fds[0], s->e);
}

int reports_take(struct supervisor *s, struct control_msg *m)
{
	switch (m->type) {
	case CONTROL_READY:
		return on_ready(s, m);
	case CONTROL_UDP:
		return on_udp(s, m);
	case CONTROL_ENGINE:
		return on_engine(s, m);
	case CONTROL_SOCKET:
		on_socket(s, m);
		return 0;
	case CONTROL_LIMITS:
		s->limit_events = (unsigned)m->value;
		return 0;
	case CONTROL_EXIT:
		s->engine_ended = true;
		s->wait_status = m->value;
		return 0;
	case CONTROL_FAILED:
		return s->failure ? s->failure : err_set(s->e, m->value, "%s", m->text);
	default:
		control_close_fds(m);
		return err_set(s->e, EBADMSG, "reading a report of kind %u", m->type);
	}
}
