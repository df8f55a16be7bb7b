/* The report of a guest that trapped. */
#pragma once

#include <stddef.h>

enum { EXIT_TRAP = 134 }; /* 128 + SIGABRT */

/* Writes "wasmrun: error: the guest trapped" and the engine's words (the backtrace, then the
 * cause) to stderr. Names in it are the guest's: control characters are shown as \xNN, only line
 * ends stay. */
void trap_print(const char *text, size_t len);
