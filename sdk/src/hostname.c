#include "host.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

int gethostname(char *name, size_t size)
{
	char whole[HOST_NAME_MAX];
	uint32_t len;

	if (host_result(host_hostname(whole, sizeof whole, &len)) < 0)
		return -1;
	memcpy(name, whole, len < size ? len : size);
	if (len >= size) {
		errno = ENAMETOOLONG;
		return -1;
	}
	name[len] = '\0';
	return 0;
}
