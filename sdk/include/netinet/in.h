/* wasi-libc's <netinet/in.h>, and the protocols that it leaves out. */
#ifndef WASMRUN_NETINET_IN_H
#define WASMRUN_NETINET_IN_H

#include_next <netinet/in.h>

#define IPPROTO_IGMP 2
#define IPPROTO_ICMPV6 58
#define IPPROTO_UDPLITE 136

#define IPPORT_USERRESERVED 5000

#endif
