/* Clocks, in nanoseconds. */
#pragma once

#include <stdint.h>
#include <time.h>

/* -EINVAL for a clock that Linux does not have. Times before 1970 are 0. */
int clock_now(clockid_t clock, uint64_t *ret_ns);
int clock_resolution(clockid_t clock, uint64_t *ret_ns);

/* 0 before 1970, the largest number after 2554. */
uint64_t clock_to_ns(struct timespec t);
struct timespec clock_from_ns(uint64_t ns);
