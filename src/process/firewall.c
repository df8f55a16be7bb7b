#include "process/firewall.h"

#include "base/log.h"
#include "base/own.h"
#include "policy/firewall_nft.h"
#include "process/control.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

int process_firewall_init(struct process_firewall *pf, const struct firewall *rules,
			  struct firewall_tally *decided, const char *name, struct err *e)
{
	*pf = (struct process_firewall){
		.rules = rules, .name = name, .net_fd = -EBADF, .decided = decided
	};
	return rules && rules->n ? nftables_open(&pf->nft, e) : 0;
}

static int collect(const struct process_firewall *pf, struct firewall_tally *tally, struct err *e)
{
	struct buf text;
	int r;

	buf_init(&text, FIREWALL_TEXT_MAX);
	r = nftables_run(pf->nft, pf->net_fd, FIREWALL_LIST_COUNTERS, &text, e);
	if (r == 0)
		firewall_read_counters((const char *)text.bytes, pf->rules, tally);
	buf_deinit(&text);
	return r;
}

static void on_asked(uv_signal_t *handle, int signal)
{
	process_firewall_report(handle->data);
}

int process_firewall_watch(struct process_firewall *pf, uv_loop_t *loop, struct err *e)
{
	int r;

	if (!pf->nft)
		return 0;
	r = uv_signal_init(loop, &pf->asked);
	pf->asked.data = pf;
	if (r == 0)
		r = uv_signal_start(&pf->asked, on_asked, SIGUSR1);
	return r < 0 ? err_set(e, -r, "watching for signals") : 0;
}

static int put_rules(struct process_firewall *pf, int sock, struct err *e)
{
	struct buf commands, output;
	int r;

	if (pf->net_fd >= 0)
		(void)collect(pf, &pf->earlier, NULL); /* else they are lost; no more than that */
	(void)fd_close(pf->net_fd);
	pf->net_fd = ioctl(sock, SIOCGSKNS);
	if (pf->net_fd < 0)
		return err_set(e, errno, "finding the network namespace");
	buf_init(&commands, FIREWALL_TEXT_MAX);
	buf_init(&output, FIREWALL_TEXT_MAX);
	r = firewall_to_nft(pf->rules, &commands);
	if (r == 0)
		r = nftables_run(pf->nft, pf->net_fd, (const char *)commands.bytes, &output, e);
	else
		err_set(e, -r, "writing firewall rules");
	if (r < 0)
		err_wrap(e, "putting firewall rules into the namespace");
	buf_deinit(&commands);
	buf_deinit(&output);
	return r;
}

int process_firewall_apply(struct process_firewall *pf, int sock, int control_fd, struct err *e)
{
	const struct control_msg go = { .type = CONTROL_GO };
	int r;

	if (!pf->nft)
		return 0;
	r = put_rules(pf, sock, e);
	if (r < 0)
		return r;
	r = control_send(control_fd, &go);
	return r < 0 ? err_set(e, -r, "starting the engine") : 0;
}

int process_firewall_mark(const struct process_firewall *pf, int sock)
{
	uint32_t mark = FIREWALL_MARK;

	if (!pf->nft)
		return 0;
	/* Takes CAP_NET_ADMIN in the namespace's user namespace, which we own. */
	return setsockopt(sock, SOL_SOCKET, SO_MARK, &mark, sizeof mark) < 0 ? neg_errno() : 0;
}

void process_firewall_report(const struct process_firewall *pf)
{
	struct firewall_tally tally = pf->earlier;
	struct err e = { 0 };
	bool wanted = false;

	for (size_t i = 0; pf->nft && i < pf->rules->n; i++)
		wanted |= pf->rules->rules[i].counter;
	if (!wanted)
		return;
	if (pf->net_fd >= 0 && collect(pf, &tally, &e) < 0)
		log_line("%s: firewall counters of the namespace: %s", pf->name, e.text);
	for (size_t i = 0; i < pf->rules->n; i++) {
		uint64_t n = tally.counts[i] + pf->decided->counts[i];
		char title[64];

		if (pf->rules->rules[i].counter)
			log_line("%s: firewall %s: %llu", pf->name,
				 firewall_rule_title(pf->rules, i, title), (unsigned long long)n);
	}
}

void process_firewall_deinit(struct process_firewall *pf)
{
	pf->net_fd = fd_close(pf->net_fd);
}
