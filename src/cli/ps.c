#include "cli/ps.h"

#include "base/log.h"
#include "base/own.h"
#include "cli/command.h"
#include "process/name_claim.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { AGE_TEXT_MAX = 32 };

/* In its largest unit, as docker does. */
static const char *format_age(int64_t seconds, char ret[static AGE_TEXT_MAX])
{
	static const struct {
		int64_t seconds;
		char letter;
	} units[] = { { 86400, 'd' }, { 3600, 'h' }, { 60, 'm' }, { 1, 's' } };
	size_t i = 0;

	while (units[i].seconds > 1 && seconds < units[i].seconds)
		i++;
	(void)snprintf(ret, AGE_TEXT_MAX, "%" PRId64 "%c", seconds / units[i].seconds,
		       units[i].letter);
	return ret;
}

int ps_run(int argc, char **argv, int *ret_exit, struct err *e)
{
	AUTO_FREE struct named_process *all = NULL;
	struct timespec now;
	char shown[80], age[AGE_TEXT_MAX];
	size_t n;
	int r;

	if (argc > 1) {
		log_escape(shown, sizeof shown, argv[1], strlen(argv[1]));
		(void)err_set(e, 0, "unexpected '%s': 'wasmrun ps' takes no arguments", shown);
		return COMMAND_USAGE;
	}
	r = name_claim_list(&all, &n, e);
	if (r < 0)
		return r;
	(void)clock_gettime(CLOCK_BOOTTIME, &now); /* cannot fail */
	printf("%-24s %-8s %-5s %s\n", "NAME", "PID", "AGE", "NAMESPACE");
	for (size_t i = 0; i < n; i++)
		printf("%-24s %-8d %-5s %s\n", all[i].name + all[i].own_at, (int)all[i].pid,
		       format_age(now.tv_sec - all[i].started_s, age), all[i].name);
	*ret_exit = 0;
	return 0;
}
