/* The signals by which a user ends wasmrun: SIGINT, SIGTERM, SIGHUP, SIGQUIT. */
#pragma once

#include <signal.h>

enum { ENDING_SIGNALS = 4 };
extern const int ending_signals[ENDING_SIGNALS];

/* `how` is sigprocmask(2)'s. */
void ending_signals_mask(int how);
/* Makes *ret the set of them. */
void ending_signals_fill(sigset_t *ret);
