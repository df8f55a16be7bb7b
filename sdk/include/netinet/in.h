/* wasi-libc's <netinet/in.h>, and what it leaves out. */
#ifndef WASMRUN_NETINET_IN_H
#define WASMRUN_NETINET_IN_H

#include_next <netinet/in.h>

/* The struct has its union one level deeper than wasi-libc's. */
#undef IN6ADDR_ANY_INIT
#undef IN6ADDR_LOOPBACK_INIT
#define IN6ADDR_ANY_INIT                                                                           \
	{                                                                                          \
		{                                                                                  \
			{                                                                          \
				0                                                                  \
			}                                                                          \
		}                                                                                  \
	}
#define IN6ADDR_LOOPBACK_INIT                                                                      \
	{                                                                                          \
		{                                                                                  \
			{                                                                          \
				0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1                     \
			}                                                                          \
		}                                                                                  \
	}

#define IPPROTO_IGMP 2
#define IPPROTO_ICMPV6 58
#define IPPROTO_UDPLITE 136

#define IPPORT_USERRESERVED 5000

#endif
