#include "engine/trap.h"

#include <stdint.h>
#include <stdio.h>

/* A name may be as long as the module; this holds any honest backtrace. */
enum { TEXT_MAX = 64 * 1024 };

/* How many bytes at `text` are a control character: C0, DEL, or C1 in its UTF-8 form (0xc2 0x80 to
 * 0xc2 0x9f). 0 if they are none. */
static size_t control_len(const char *text, size_t len)
{
	const uint8_t *bytes = (const uint8_t *)text;

	if (bytes[0] < 0x20 || bytes[0] == 0x7f)
		return 1;
	return bytes[0] == 0xc2 && len > 1 && bytes[1] >= 0x80 && bytes[1] < 0xa0 ? 2 : 0;
}

static void print_escaped(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		fprintf(stderr, "\\x%02x", (unsigned int)(uint8_t)text[i]);
}

void trap_print(const char *text, size_t len)
{
	const char *end = "\n";

	while (len && (text[len - 1] == '\n' || text[len - 1] == '\0'))
		len--;
	if (len > TEXT_MAX) {
		len = TEXT_MAX;
		end = "...\n";
	}
	fputs("wasmrun: error: the guest trapped\n", stderr);
	for (size_t i = 0, n; i < len; i += n ? n : 1) {
		n = text[i] == '\n' ? 0 : control_len(text + i, len - i);
		print_escaped(text + i, n);
		if (n == 0)
			fputc(text[i], stderr);
	}
	fputs(end, stderr);
}
