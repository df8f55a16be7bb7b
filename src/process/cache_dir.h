/* The cache folder: what lies in it is run as code, so only its owner may write there. */
#pragma once

#include "base/err.h"

struct cache_dir {
	char *path; /* owned */
	int fd;	    /* owned */
};

/* At the place that base/cache_folder.h says. Made with mode 0700 if it is not there; refused if it
 * is not the caller's, or if others may write to it. */
int cache_dir_open(struct cache_dir *ret, struct err *e);
void cache_dir_close(struct cache_dir *d);

enum { CACHE_TEMP_NAME_MAX = 32 };

/* A new, empty file of mode 0600 to be renamed into place. Its name begins with "new-". The
 * descriptor is the caller's. */
int cache_dir_create_temp(const struct cache_dir *d, char ret_name[CACHE_TEMP_NAME_MAX],
			  int *ret_fd, struct err *e);
/* Removes what runs that were killed have left: such files, a day old. */
void cache_dir_remove_stale(const struct cache_dir *d);
