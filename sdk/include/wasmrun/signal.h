/* The host's signals, which WASI has no way to deliver: SIGHUP, SIGINT, SIGQUIT, SIGTERM. A program
 * that does not ask for them is ended by them. */
#ifndef WASMRUN_SIGNAL_H
#define WASMRUN_SIGNAL_H

#ifdef __cplusplus
extern "C" {
#endif

/* A descriptor that becomes readable when a caught signal has come, to be polled beside others.
 * Each byte that is read from it is the number of a signal. -1 with errno. */
int wasmrun_signal_open(void);

/* Whether the signal comes through the descriptor from now on, or ends the program again. -1 with
 * errno: EINVAL for any but the four. */
int wasmrun_signal_catch(int signal, int is_caught);

#ifdef __cplusplus
}
#endif

#endif
