/* What decodes can be encoded, and decoded again. */
#include "spec/spec.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct err e = { 0 };
	struct spec s;
	struct buf b;

	if (spec_decode(&s, bytes, len, &e) < 0) {
		assert(e.text[0]);
		spec_deinit(&s);
		return 0;
	}
	buf_init(&b, SPEC_SIZE_MAX);
	assert(spec_encode(&s, &b) == 0);
	spec_deinit(&s);
	assert(spec_decode(&s, b.bytes, b.len, &e) == 0);
	buf_deinit(&b);
	spec_deinit(&s);
	return 0;
}
