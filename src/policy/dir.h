/* Directories that a guest may use, as the user writes them. Pure: looks at no file. */
#pragma once

#include "base/err.h"

#include <stdbool.h>

struct dir {
	char *host;  /* as written; owned */
	char *guest; /* absolute, without "//", "/./" and a '/' at the end; owned */
	bool writable;
	bool is_named;	  /* GUEST was given */
	bool is_relative; /* what the guest's name was made of does not begin with '/' */
};

/* "HOST", "HOST:GUEST", and ":ro" or ":rw" behind either. GUEST is taken from "/" when it is
 * relative; without it, it is HOST. ".." in it is refused. */
int dir_parse(const char *text, struct dir *ret, struct err *e);
void dir_deinit(struct dir *d);
