/* wasmrun's own module, wasmrun_net: what no socket dialect can express, and signals. docs/sdk.md
 * is its reference, and sdk/ the library that imports it. */
#pragma once

#include "wasi/imports.h"

/* Ends in a row without a name. */
extern const struct import native_imports[];
