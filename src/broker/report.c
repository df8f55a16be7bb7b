#include "broker/report.h"

#include "base/log.h"
#include "policy/special.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { REFUSALS_LOGGED_MAX = 20, SHOWN_MAX = 300 };

static const char *protocol_name(enum grant_protocol protocol)
{
	return protocol == GRANT_UDP ? "udp" : "tcp";
}

static const char *event_name(enum grant_protocol protocol)
{
	return protocol == GRANT_UDP ? "datagram" : "connect";
}

static const char *rule_text(const struct egress_answer *answer)
{
	return answer->rule ? answer->rule->text : NULL;
}

static const char *reason_text(enum egress_verdict verdict)
{
	switch (verdict) {
	case EGRESS_DENIED:
		return "denied";
	case EGRESS_SPECIAL:
		return "special address";
	case EGRESS_NO_RULE:
		return "no rule";
	default:
		return NULL;
	}
}

/* A line for the user, until there have been too many. */
__attribute__((format(printf, 2, 3))) static void tell(struct report *r, const char *fmt, ...)
{
	char text[1500];
	va_list ap;

	if (r->n_refusals > REFUSALS_LOGGED_MAX)
		return;
	if (r->n_refusals++ == REFUSALS_LOGGED_MAX) {
		log_line("%s: further refusals are not logged here (--audit FILE has them all)",
			 r->process);
		return;
	}
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	log_line("%s: refused to %s", r->process, text);
}

static void record_reach(struct report *r, enum grant_protocol protocol, const struct addr *to,
			 const struct egress_answer *answer, const char *reason)
{
	const struct audit_event ev = { .event = event_name(protocol),
					.allowed = !reason,
					.protocol = protocol_name(protocol),
					.to = to,
					.name = answer->name,
					.rule = rule_text(answer),
					.reason = reason };

	audit_record(r->audit, &ev);
}

void report_reached(struct report *r, enum grant_protocol protocol, const struct addr *to,
		    const struct egress_answer *answer)
{
	char text[ADDR_TEXT_MAX];

	record_reach(r, protocol, to, answer, NULL);
	if (log_is_verbose())
		log_verbose("%s: %s %s", r->process,
			    protocol == GRANT_UDP ? "sends to" : "connects to",
			    addr_format(to, text));
}

void report_refused(struct report *r, enum grant_protocol protocol, const struct addr *to,
		    const struct egress_answer *answer)
{
	const char *verb = protocol == GRANT_UDP ? "send to" : "connect to";
	char text[ADDR_TEXT_MAX], rule[EGRESS_RULE_MAX];

	record_reach(r, protocol, to, answer, reason_text(answer->verdict));
	if (answer->verdict == EGRESS_DENIED)
		tell(r, "%s %s: the rule '%s' denies it", verb, addr_format(to, text),
		     answer->rule->text);
	else
		tell(r, "%s %s; allow it with --allow-net=%s", verb, addr_format(to, text),
		     egress_suggest(r->egress, protocol, to, rule));
}

void report_limited(struct report *r, enum grant_protocol protocol, const struct addr *to,
		    const struct egress_answer *answer, const char *reason)
{
	char text[ADDR_TEXT_MAX];

	record_reach(r, protocol, to, answer, reason);
	tell(r, "%s %s: %s", protocol == GRANT_UDP ? "send to" : "connect to",
	     addr_format(to, text), reason);
}

void report_name_refused(struct report *r, const char *name, const struct egress_answer *answer)
{
	const struct audit_event ev = { .event = "lookup",
					.name = name,
					.rule = rule_text(answer),
					.reason = reason_text(answer->verdict) };
	char shown[SHOWN_MAX];

	audit_record(r->audit, &ev);
	(void)log_escape(shown, sizeof shown, name, strlen(name));
	if (answer->verdict == EGRESS_DENIED)
		tell(r, "look up '%s': the rule '%s' denies it", shown, answer->rule->text);
	else
		tell(r, "look up '%s'; allow it with --allow-net=%s", shown, shown);
}

void report_address_refused(struct report *r, const char *name, const struct addr *addr,
			    const struct egress_answer *answer)
{
	const struct audit_event ev = { .event = "lookup",
					.name = name,
					.addresses = addr,
					.n_addresses = 1,
					.rule = rule_text(answer),
					.reason = reason_text(answer->verdict) };
	char shown[SHOWN_MAX], text[ADDR_TEXT_MAX], rule[EGRESS_RULE_MAX];

	audit_record(r->audit, &ev);
	(void)log_escape(shown, sizeof shown, name, strlen(name));
	(void)addr_format_ip(addr, text);
	if (answer->verdict == EGRESS_DENIED)
		tell(r, "let '%s' lead to %s: the rule '%s' denies it", shown, text,
		     answer->rule->text);
	else
		tell(r,
		     "let '%s' lead to %s, a %s address that no rule names; allow it with "
		     "--allow-net=%s",
		     shown, text, special_kind(addr),
		     egress_suggest_special(answer->rule, addr, rule));
}

void report_looked_up(struct report *r, const char *name, const struct addr *addresses,
		      size_t n_addresses, const struct egress_answer *answer, const char *failure)
{
	const struct audit_event ev = { .event = "lookup",
					.allowed = true,
					.name = name,
					.addresses = addresses,
					.n_addresses = n_addresses,
					.rule = rule_text(answer),
					.reason = failure };
	char shown[SHOWN_MAX];

	audit_record(r->audit, &ev);
	if (log_is_verbose())
		log_verbose("%s: looked up '%s': %zu addresses", r->process,
			    log_escape(shown, sizeof shown, name, strlen(name)), n_addresses);
}
