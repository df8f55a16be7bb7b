/* Watches a project's sources for changes, with inotify(7).
 *
 * Of a folder all that lies in it, at any depth, but for what tools and guests write there: hidden
 * folders, those of build outputs and packages, caches, logs, databases, editors' leftovers (the
 * lists are in watch.c). Of a file that file.
 */
#pragma once

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct watch;

enum {
	WATCH_NAME_MAX = 256,
	WATCH_FOLDERS_MAX = 8192,
	WATCH_QUIET_MS = 100, /* after the last change: editors and checkouts write several files */
};

/* `path` is absolute. The caller closes *ret with watch_close(). */
int watch_open(const char *path, struct watch **ret, struct err *e);
struct watch *watch_close(struct watch *w);
/* To be polled: readable when something has happened. Stays with `w`. */
int watch_fd(const struct watch *w);
/* Takes what has happened; true if it counts, and the name of the first file that does, escaped.
 * Does not block. */
bool watch_take(struct watch *w, char ret_name[static WATCH_NAME_MAX]);
/* Blocks until it has become quiet; takes what happens meanwhile. */
void watch_settle(struct watch *w);
