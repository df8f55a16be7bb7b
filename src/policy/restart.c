#include "policy/restart.h"

#include "base/log.h"
#include "base/num.h"

#include <string.h>

int restart_parse(const char *text, struct restart *ret, struct err *e)
{
	static const char on_failure[] = "on-failure";
	size_t len = strlen(on_failure);
	struct restart r = { .when = RESTART_NO };
	char shown[80];

	if (strcmp(text, "always") == 0) {
		r.when = RESTART_ALWAYS;
	} else if (strncmp(text, on_failure, len) == 0 &&
		   (!text[len] ||
		    (text[len] == ':' && num_parse_u64(text + len + 1, UINT32_MAX, &r.n_max)))) {
		r.when = RESTART_ON_FAILURE;
	} else if (strcmp(text, "no") != 0) {
		log_escape(shown, sizeof shown, text, strlen(text));
		return err_set(e, 0,
			       "restart policy '%s': expected no, on-failure, on-failure:NUMBER or "
			       "always",
			       shown);
	}
	*ret = r;
	return 0;
}

bool restart_next(struct restart *r, int exit_code, uint64_t ran_ms)
{
	if (r->when == RESTART_NO)
		return false;
	if (r->when == RESTART_ON_FAILURE && (exit_code == 0 || (r->n_max && r->n == r->n_max)))
		return false;
	if (r->delay_ms == 0 || ran_ms >= RESTART_STEADY_MS)
		r->delay_ms = RESTART_DELAY_FIRST_MS;
	else if (r->delay_ms > RESTART_DELAY_MAX_MS / 2)
		r->delay_ms = RESTART_DELAY_MAX_MS;
	else
		r->delay_ms *= 2;
	r->n++;
	return true;
}
