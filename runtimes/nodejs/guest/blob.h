/* The scripts that are compiled when the runtime is built: Node's library and boot/, as bytecode.
 *
 * A sequence of entries: the length of the name and of the content, each 32 bits, little-endian;
 * the name; the content. Lengths of 0 end it.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* The names of the parameters of the function that a file of this name is the body of, separated by
 * commas. */
const char *blob_parameters(const char *name);
