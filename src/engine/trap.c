#include "engine/trap.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* C0, DEL, and C1 in its UTF-8 form (0xc2 0x80 to 0xc2 0x9f). */
static bool starts_control(const char *text, size_t len)
{
	uint8_t first = (uint8_t)text[0];

	if (first < 0x20 || first == 0x7f)
		return true;
	return first == 0xc2 && len > 1 && (uint8_t)text[1] >= 0x80 && (uint8_t)text[1] < 0xa0;
}

void trap_print(const char *text, size_t len)
{
	while (len && (text[len - 1] == '\n' || text[len - 1] == '\0'))
		len--;
	fputs("wasmrun: error: the guest trapped\n", stderr);
	for (size_t i = 0; i < len; i++) {
		if (text[i] != '\n' && starts_control(text + i, len - i))
			fprintf(stderr, "\\x%02x", (unsigned int)(uint8_t)text[i]);
		else
			fputc(text[i], stderr);
	}
	fputc('\n', stderr);
}
