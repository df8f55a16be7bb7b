/* Wasmtime's own words, made part of our errors. Both take over what they are given. */
#pragma once

#include "base/err.h"

#include <wasmtime.h>

/* Puts the vector's text behind "<fragment>: ", on one line. */
int words_set(struct err *e, const char *fragment, wasm_byte_vec_t *text);
int words_set_error(struct err *e, const char *fragment, wasmtime_error_t *error);
