/* Copies bytes between two connected stream sockets, both ways, on the supervisor's event loop.
 *
 * The way of last resort: where a descriptor cannot be handed over, and for connections inside a
 * namespace to a port whose listener is the host's. Each direction holds at most one buffer: a slow
 * reader slows its writer. An end of file on one side is passed on as a shutdown of the other, so
 * half-closed connections work.
 */
#pragma once

#include <stddef.h>
#include <uv.h>

enum { RELAY_PAIRS_MAX = 4096 }; /* of one process */

struct relay_pair;

struct relay {
	uv_loop_t *loop;
	struct relay_pair *pairs; /* those at work, a list */
	size_t n_pairs;
};

void relay_init(struct relay *r, uv_loop_t *loop);
/* Takes both descriptors, also on failure. -EMFILE when too many pairs are at work. `b_fd` may
 * still be connecting (EINPROGRESS): what fails then ends the pair. */
int relay_add(struct relay *r, int a_fd, int b_fd);
/* Closes every pair; the loop has to run on until their handles are gone. */
void relay_stop(struct relay *r);
