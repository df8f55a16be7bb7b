/* With the views of 16 and 32 bits that Linux's has. */
#ifndef __wasilibc___struct_in6_addr_h
#define __wasilibc___struct_in6_addr_h

struct in6_addr {
	union {
		unsigned char s6_addr[16];
		unsigned short s6_addr16[8];
		unsigned s6_addr32[4];
	};
};

#endif
