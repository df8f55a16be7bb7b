/* What the signals that end a process do: SIGHUP, SIGINT, SIGQUIT and SIGTERM.
 *
 * The supervisor sends each of them twice: as itself, and as a byte on a pipe. One that the guest
 * does not catch has its usual effect on this process, which runs one guest: it ends. One that it
 * catches is ignored, wherever it comes from (a terminal sends Ctrl-C to all of its foreground
 * group), and the guest reads the byte.
 */
#pragma once

#include <stdbool.h>

/* -EINVAL for any but the four. */
int signals_catch(int number, bool is_caught);
