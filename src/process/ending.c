#include "process/ending.h"

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
