/* Checks for guests that test themselves: what fails is printed; without any, "all is well". */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define IMPORT(name) __attribute__((import_module("wasi_snapshot_preview1"), import_name(name)))

static int n_failed;

#define IS(call, wanted) is((long long)(call), (long long)(wanted), #call, __LINE__)
#define OK(call) IS(call, 0)

static inline bool is(long long got, long long wanted, const char *what, int line)
{
	if (got == wanted)
		return true;
	printf("%d: %s is %lld, expected %lld\n", line, what, got, wanted);
	n_failed++;
	return false;
}

static inline int report(void)
{
	if (n_failed == 0)
		printf("all is well\n");
	return n_failed != 0;
}

struct vec {
	void *bytes;
	uint32_t len;
};
