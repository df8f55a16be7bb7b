#include <arpa/inet.h>

in_addr_t inet_addr(const char *text)
{
	struct in_addr a;

	return inet_aton(text, &a) ? a.s_addr : INADDR_NONE;
}

char *inet_ntoa(struct in_addr address)
{
	static char text[INET_ADDRSTRLEN];

	return (char *)inet_ntop(AF_INET, &address, text, sizeof text);
}
