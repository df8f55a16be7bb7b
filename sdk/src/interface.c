#include "host.h"

#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

/* The one behind `after`, in the order of their numbers; 0 if there is none, or -1 with errno. */
static int next_interface(uint32_t after, uint32_t *ret_index, char name[IF_NAMESIZE])
{
	int error = host_next_interface(after, ret_index, name);

	if (error == ENOENT)
		return 0;
	return host_result(error) < 0 ? -1 : 1;
}

unsigned if_nametoindex(const char *name)
{
	char found[IF_NAMESIZE];
	uint32_t index = 0;

	while (next_interface(index, &index, found) > 0) {
		if (strncmp(found, name, sizeof found) == 0)
			return index;
	}
	errno = ENODEV;
	return 0;
}

char *if_indextoname(unsigned index, char *name)
{
	char found[IF_NAMESIZE];
	uint32_t at;

	if (index == 0 || next_interface(index - 1, &at, found) <= 0 || at != index) {
		errno = ENXIO;
		return NULL;
	}
	return memcpy(name, found, sizeof found);
}

struct if_nameindex *if_nameindex(void)
{
	struct if_nameindex *list = calloc(1, sizeof *list);
	size_t n = 0;
	uint32_t index = 0;
	char name[IF_NAMESIZE];
	int r = 0;

	while (list && (r = next_interface(index, &index, name)) > 0) {
		struct if_nameindex *longer = realloc(list, (n + 2) * sizeof *list);

		if (!longer)
			break;
		list = longer;
		list[n] = (struct if_nameindex){ index, strndup(name, sizeof name) };
		list[n + 1] = (struct if_nameindex){ 0, NULL };
		if (!list[n++].if_name)
			break;
	}
	if (list && r == 0)
		return list;
	if_freenameindex(list);
	if (r >= 0)
		errno = ENOBUFS;
	return NULL;
}

void if_freenameindex(struct if_nameindex *list)
{
	for (struct if_nameindex *i = list; i && i->if_index; i++)
		free(i->if_name);
	free(list);
}
