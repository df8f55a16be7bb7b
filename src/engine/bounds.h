/* The bounds that the engine itself keeps, and those that it meets: each is told to the supervisor,
 * once, as the stage "limit-NAME" (stage.h). Full private directories are noticed here. */
#pragma once

/* The guest was refused memory. */
void bounds_memory_reached(void);
/* A connection was accepted, and closed at once (connections.h). */
void bounds_connections_reached(void);
/* socket() or accept() failed: says so if it is for want of descriptors. Keeps errno. */
void bounds_socket_failed(void);
