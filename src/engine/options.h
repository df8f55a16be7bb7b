/* Tells the supervisor with each connect which options the socket may have set (spec/connect.h), so
 * that it does not have to read them all. */
#pragma once

/* Before the guest runs. wasi:sockets sets its options by system calls that we do not see: all that
 * it knows may be set. */
void options_have_wasi_sockets(void);
