/* What pkey.c and tls.c share. */
#pragma once

#include <mbedtls/pk.h>

#include "native.h"

/* Random numbers for Mbed TLS, from the host at each call: nothing of them is in the snapshot. */
int random_fill(void *unused, unsigned char *at, size_t len);
