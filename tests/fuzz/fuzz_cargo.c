/* What cargo and its build scripts write. */
#include "lang/cargo.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const char *text = (const char *)bytes;
	struct cargo_programs p;

	(void)cargo_line_is_noise(text, len);
	free(cargo_read_default_run(text, len, "/p/Cargo.toml"));
	cargo_read_programs(text, len, &p);
	for (size_t i = 0; i < p.n; i++)
		assert(p.items[i].name && p.items[i].path);
	cargo_programs_deinit(&p);
	return 0;
}
