/* TCP_NODELAY for components: wasi:sockets 0.2 has no call for it, and a server that writes head
 * and body apart then waits 40 ms for the client's delayed acknowledgement. Accepted sockets
 * inherit the option. */
#pragma once

#include <stdbool.h>

/* From now on, every TCP socket that this process opens through socket() has the option set. Core
 * modules set their own options. */
void nodelay_set_enabled(bool enabled);
