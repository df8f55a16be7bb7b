#include "wasi/lookup.h"

#include <errno.h>
#include <netdb.h>

void lookup_text_set(const uint8_t *p, size_t len, struct lookup_text *ret)
{
	static const char nobody[] = "?"; /* in no name that can be looked up */

	memset(ret, 0, sizeof *ret);
	if (len >= LOOKUP_TEXT_MAX || memchr(p, '\0', len))
		memcpy(ret->bytes, nobody, sizeof nobody);
	else
		memcpy(ret->bytes, p, len);
}

bool lookup_text_load(struct gmem mem, uint32_t ptr, uint32_t len, struct lookup_text *ret)
{
	const uint8_t *p = gmem_view(mem, ptr, len);

	if (!p)
		return false;
	if (len > 0 && p[len - 1] == '\0')
		len--;
	lookup_text_set(p, len, ret);
	return true;
}

bool lookup_cstring_load(struct gmem mem, uint32_t ptr, struct lookup_text *ret)
{
	const uint8_t *p = gmem_view(mem, ptr, 0);
	size_t left = p ? mem.size - ptr : 0;
	size_t len = p ? strnlen((const char *)p, left) : 0;

	if (len == left)
		return false;
	lookup_text_set(p, len, ret);
	return true;
}

void lookup_run(struct sys *s, struct sys_lookup *l)
{
	if (s->config.lookup) {
		s->config.lookup(l);
		return;
	}
	l->error = EAI_SYSTEM;
	l->sys_errno = ENOSYS;
}
