/* Also stands in for getaddrinfo(3) in the whole program (linked with --wrap): what wasmtime-wasi
 * looks up for a component comes here too. A static program has no resolver of its own, and the
 * namespace no way to one. */
#include "engine/resolve.h"

#include "spec/spec.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

int resolve(const struct lookup_request *request, struct lookup_reply *ret)
{
	static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
	int r;

	(void)pthread_mutex_lock(&turn);
	r = lookup_ask(SPEC_LOOKUP_FD, request, ret);
	(void)pthread_mutex_unlock(&turn);
	return r;
}

/* One result in one allocation, as __wrap_freeaddrinfo() frees it. */
struct entry {
	struct addrinfo info;
	struct addr addr;
};

static struct addrinfo *make_list(const struct lookup_reply *reply, int flags)
{
	struct addrinfo *list = NULL;

	for (uint32_t i = reply->n_results; i-- > 0;) {
		const struct lookup_result *found = &reply->results[i];
		struct entry *entry = calloc(1, sizeof *entry);

		if (!entry)
			abort();
		entry->addr = found->addr;
		entry->info = (struct addrinfo){
			.ai_flags = flags,
			.ai_family = found->addr.sa.sa_family,
			.ai_socktype = found->socktype,
			.ai_protocol = found->protocol,
			.ai_addrlen = found->addr.len,
			.ai_addr = &entry->addr.sa,
			.ai_next = list,
		};
		list = &entry->info;
	}
	return list;
}

static int copy_text(char *out, size_t size, const char *text)
{
	size_t len = text ? strlen(text) : 0;

	if (len >= size)
		return -ENAMETOOLONG;
	if (len)
		memcpy(out, text, len);
	return 0;
}

int __wrap_getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
		       struct addrinfo **ret);
void __wrap_freeaddrinfo(struct addrinfo *list);

/* getaddrinfo(3), without canonical names: nobody in this program asks for one. */
int __wrap_getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
		       struct addrinfo **ret)
{
	struct lookup_request request = { .family = AF_UNSPEC };
	struct lookup_reply reply;
	int r;

	if (copy_text(request.node, sizeof request.node, node) < 0 ||
	    copy_text(request.service, sizeof request.service, service) < 0)
		return EAI_NONAME;
	if (hints) {
		request.family = hints->ai_family;
		request.socktype = hints->ai_socktype;
		request.flags = hints->ai_flags & ~AI_CANONNAME;
	}
	r = resolve(&request, &reply);
	if (r < 0) {
		errno = -r;
		return EAI_SYSTEM;
	}
	if (reply.error) {
		errno = reply.sys_errno;
		return reply.error;
	}
	*ret = make_list(&reply, request.flags);
	return 0;
}

void __wrap_freeaddrinfo(struct addrinfo *list)
{
	while (list) {
		struct addrinfo *next = list->ai_next;

		free(list); /* the first member of its entry */
		list = next;
	}
}
