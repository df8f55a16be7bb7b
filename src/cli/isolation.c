#include "cli/isolation.h"

int isolation_check(const struct os_options *o, const struct config *c, struct err *e)
{
	if (c->isolation_enabled && !c->loopback_enabled && grant_set_asks_for_udp(&o->grants))
		return err_set(e, 0,
			       "'udp/' rules need loopback_enabled = true: answers reach the guest "
			       "over loopback");
	if (c->isolation_enabled)
		return 0;
	if (c->firewall.n)
		return err_set(e, 0,
			       "firewall rules need a namespace of the process's own, which "
			       "isolation = false does not make; remove one of the two");
	if (o->grants.denied.n)
		return err_set(e, 0,
			       "--deny-net and deny_net need isolation = true: without it the "
			       "guest has this machine's network");
	if (o->limits.values[LIMIT_OUTGOING] || o->limits.values[LIMIT_CONNECT_RATE])
		return err_set(e, 0,
			       "--outgoing and --connect-rate need isolation = true: without it "
			       "wasmrun does not see what the guest connects to");
	if (o->audit || c->audit_path)
		return err_set(e, 0,
			       "an audit log needs isolation = true: without it wasmrun does not "
			       "see what the guest connects to");
	return 0;
}
