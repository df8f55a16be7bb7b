/* The connections that the guest has accepted: how many may be open at once, and who their peers
 * are.
 *
 * accept(2) tells the peer's address even if the peer has reset the connection by then;
 * getpeername(2) fails with ENOTCONN. WASI 0.2 has no other way than the latter, and wasi-libc's
 * accept (sources/wasip2_tcp.c, tcp_accept4) aborts when it fails: any client could end any such
 * server. */
#pragma once

#include <stdint.h>

/* From now on, connections that are accepted beyond `max` open ones are closed at once; 0 is no
 * bound. The kernel cannot count them; it bounds them by the number of descriptors. */
void connections_set_max(uint64_t max);
/* From now on, getpeername() on an accepted connection falls back to what accept() has told. */
void connections_keep_peers(void);
