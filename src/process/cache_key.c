#include "process/cache_key.h"

#include "spec/engine_key.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

enum { N_FEATURES = 8 };

/* What decides which instructions the compiler may use. The same on every core and from start to
 * start. */
static void cpu_features(uint32_t ret[static N_FEATURES])
{
	memset(ret, 0, N_FEATURES * sizeof *ret);
	ret[0] = (uint32_t)getauxval(AT_HWCAP);
	ret[1] = (uint32_t)getauxval(AT_HWCAP2);
#if defined(__x86_64__)
	{
		unsigned int eax, ebx, ecx, edx;

		/* Leaf 1's EBX holds the number of the core that asks, so it is left out. */
		if (__get_cpuid(1, &eax, &ebx, &ecx, &edx)) {
			ret[2] = ecx;
			ret[3] = edx;
		}
		if (__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx)) {
			ret[4] = ebx;
			ret[5] = ecx;
		}
		if (__get_cpuid_count(7, 1, &eax, &ebx, &ecx, &edx))
			ret[6] = eax;
		if (__get_cpuid(0x80000001, &eax, &ebx, &ecx, &edx))
			ret[7] = ecx;
	}
#endif
}

static char *format_hex(char *out, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		out += snprintf(out, 3, "%02x", (unsigned int)bytes[i]);
	return out;
}

void cache_key_format(const uint8_t module_sha256[SHA256_DIGEST_SIZE], char ret[CACHE_KEY_MAX])
{
	uint8_t machine[SHA256_DIGEST_SIZE];
	uint32_t features[N_FEATURES];
	struct sha256_ctx sha;

	cpu_features(features);
	sha256_init(&sha);
	sha256_update(&sha, sizeof ENGINE_KEY, (const uint8_t *)ENGINE_KEY);
	sha256_update(&sha, sizeof features, (const uint8_t *)features);
	sha256_digest(&sha, sizeof machine, machine);

	ret = format_hex(ret, module_sha256, SHA256_DIGEST_SIZE);
	*ret++ = '-';
	ret = format_hex(ret, machine, 8);
	memcpy(ret, ".cwasm", sizeof ".cwasm");
}
