/* What sockets do, once for each dialect that can say it. */
#pragma once

#include "talker.h"

/* A row is a behaviour and the error that its last call ends with. */
struct behaviour {
	const char *name;
	unsigned needs;				 /* enum need: what a dialect must be able to say */
	uint32_t (*run)(const struct talker *t); /* returns what the last call did */
	uint32_t expected;
};

#define OK P1_SUCCESS

/* Tables that end in a row without a name. */
extern const struct behaviour open_behaviours[];
extern const struct behaviour connect_behaviours[];
extern const struct behaviour transfer_behaviours[];
extern const struct behaviour datagram_behaviours[];
extern const struct behaviour option_behaviours[];
extern const struct behaviour wamr_behaviours[];
extern const struct behaviour unix_behaviours[];
extern const struct behaviour lookup_behaviours[];
extern const struct behaviour poll_behaviours[];
