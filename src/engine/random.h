/* Makes getrandom() found by Rust in a static program; see random.c. */
#pragma once

/* The linker sends every call of dlsym() here. */
void *__wrap_dlsym(void *library, const char *name);
