/* Signals: those by which a user ends wasmrun (SIGINT, SIGTERM, SIGHUP, SIGQUIT), and a clean slate
 * for what is executed. */
#pragma once

#include <signal.h>

enum { ENDING_SIGNALS = 4 };
extern const int ending_signals[ENDING_SIGNALS];

/* `how` is sigprocmask(2)'s. */
void ending_signals_mask(int how);
/* Makes *ret the set of them. */
void ending_signals_fill(sigset_t *ret);
/* All signals have their default action, and none is blocked. Async-signal-safe. Returns 0 or
 * -errno. */
int signals_reset(void);
