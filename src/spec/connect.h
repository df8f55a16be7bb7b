/* What the engine tells the supervisor with a trapped connect: the call has three arguments, and a
 * notification shows six (seccomp_unotify(2)). The kernel ignores the others: the word, and behind
 * it a copy of the address if that has 16 bytes (IPv4), which then need not be fetched.
 *
 * With the word, the caller also understands a result above 0, which is a descriptor's number and
 * means success: the kernel gives it when a socket is handed over and the call answered in one step
 * (SECCOMP_ADDFD_FLAG_SEND).
 *
 * The engine may lie: it asks for what it says, about its own socket, and gets what is granted.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	CONNECT_ARG_WORD = 3, /* which of the arguments, from 0 */
	CONNECT_ARG_ADDR,     /* and the next */
	CONNECT_ADDR_LEN = 16,
};

/* The options of a TCP socket that are carried over when a socket of the host takes its place. A
 * set of them has bit I for row I. */
struct connect_option {
	int level, name;
};
enum { CONNECT_OPTION_COUNT = 25 };
extern const struct connect_option connect_options[CONNECT_OPTION_COUNT];

#define CONNECT_OPTIONS_ALL ((UINT32_C(1) << CONNECT_OPTION_COUNT) - 1)

/* The set with that option only; none if it is not carried over. */
uint32_t connect_option_bit(int level, int name);

/* `options`: those that may differ from an untouched socket's. */
uint64_t connect_word(uint32_t options);
/* Whether `arg` is a word: not every caller knows of it. */
bool connect_is_word(uint64_t arg);
uint32_t connect_word_options(uint64_t arg); /* all, if it is none */
