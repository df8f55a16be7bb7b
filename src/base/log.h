/* The lines that wasmrun itself writes to stderr. Used by main() and the supervisor only.
 *
 * Each line is "wasmrun: <text>"; foreign bytes in it are escaped by the caller
 * with log_escape(). Verbose lines appear with --verbose.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

void log_set_verbose(bool verbose);
bool log_is_verbose(void);
void log_line(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_verbose(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* "wasmrun: error: <text>" */
void log_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Copies `len` bytes as printable text: control bytes, quotes, backslashes and bytes that are not
 * valid UTF-8 become \xNN. Always ends in NUL; cut with "..." when `out` is too small (it is
 * given at least 8 bytes). */
const char *log_escape(char *out, size_t size, const void *bytes, size_t len);
