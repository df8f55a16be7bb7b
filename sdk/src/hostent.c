/* gethostbyname(), for programs older than getaddrinfo(). */
#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include "lookup.h"

enum { NAME_MAX_LEN = 255 }; /* RFC 1035, 2.3.4 */

int h_errno;

static int h_error_from(int error)
{
	switch (error) {
	case EAI_NONAME:
	case EAI_ADDRFAMILY:
		return HOST_NOT_FOUND;
	case EAI_NODATA:
		return NO_DATA;
	case EAI_AGAIN:
		return TRY_AGAIN;
	default:
		return NO_RECOVERY;
	}
}

struct hostent *gethostbyname(const char *name)
{
	static struct lookup_result found;
	static char own_name[NAME_MAX_LEN + 1];
	static char *addresses[LOOKUP_MAX + 1];
	static char *no_aliases[] = { NULL };
	static struct hostent answer;
	size_t len = strlen(name);
	int error = 0;

	if (len == 0 || len > NAME_MAX_LEN) {
		h_errno = HOST_NOT_FOUND;
		return NULL;
	}
	if (lookup_literal(name, found.addresses) == 0 && found.addresses[0].family == AF_INET)
		found.n = 1;
	else
		error = lookup_host(name, AF_INET, &found);
	if (error) {
		h_errno = h_error_from(error);
		return NULL;
	}
	memcpy(own_name, name, len + 1);
	for (size_t i = 0; i < found.n; i++)
		addresses[i] = (char *)found.addresses[i].octets;
	addresses[found.n] = NULL;
	answer = (struct hostent){ own_name, no_aliases, AF_INET, 4, addresses };
	return &answer;
}

const char *hstrerror(int error)
{
	switch (error) {
	case 0:
		return "Resolver Error 0 (no error)";
	case HOST_NOT_FOUND:
		return "Unknown host";
	case TRY_AGAIN:
		return "Host name lookup failure";
	case NO_RECOVERY:
		return "Unknown server error";
	case NO_DATA:
		return "No address associated with name";
	default:
		return "Unknown resolver error";
	}
}

void herror(const char *prefix)
{
	if (prefix && *prefix)
		(void)fprintf(stderr, "%s: ", prefix);
	(void)fprintf(stderr, "%s\n", hstrerror(h_errno));
}
