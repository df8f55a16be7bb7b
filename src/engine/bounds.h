/* The bounds that the engine itself keeps, and those that it meets: each is told to the supervisor,
 * once, as the stage "limit-NAME" (stage.h). */
#pragma once

#include <stdint.h>

/* The guest was refused memory. */
void bounds_memory_reached(void);
/* From now on, connections that are accepted beyond `max` open ones are closed at once. The kernel
 * cannot count them; it bounds them by the number of descriptors. */
void bounds_set_connections(uint64_t max);
/* socket() failed: says so if it is for want of descriptors. Keeps errno. */
void bounds_socket_failed(void);
