#include "base/signals.h"

#include "base/err.h"

#include <stddef.h>

const int ending_signals[ENDING_SIGNALS] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };

void ending_signals_fill(sigset_t *ret)
{
	(void)sigemptyset(ret);
	for (int i = 0; i < ENDING_SIGNALS; i++)
		(void)sigaddset(ret, ending_signals[i]);
}

void ending_signals_mask(int how)
{
	sigset_t set;

	ending_signals_fill(&set);
	(void)sigprocmask(how, &set, NULL);
}

int signals_reset(void)
{
	const struct sigaction dfl = { .sa_handler = SIG_DFL };
	sigset_t none;

	/* KILL, STOP and libc's own two refuse, and need nothing. */
	for (int sig = 1; sig < NSIG; sig++)
		(void)sigaction(sig, &dfl, NULL);
	(void)sigemptyset(&none);
	return sigprocmask(SIG_SETMASK, &none, NULL) < 0 ? neg_errno() : 0;
}
