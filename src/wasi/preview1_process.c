/* Arguments, environment, clocks, randomness, leaving. */
#include "wasi/preview1_calls.h"

#include <errno.h>
#include <sched.h>
#include <sys/random.h>

#include "base/err.h"
#include "wasi/clock.h"
#include "wasi/codec.h"
#include "wasi/errno.h"
#include "wasi/preview1.h"

static size_t strings_size(const char *const *strings, size_t n)
{
	size_t size = 0;

	for (size_t i = 0; i < n; i++)
		size += strlen(strings[i]) + 1;
	return size;
}

/* `n` pointers at `ptrs`, to strings that stand one behind the other from `bytes` on. */
static uint32_t strings_get(struct gmem mem, uint32_t ptrs, uint32_t bytes,
			    const char *const *strings, size_t n)
{
	uint8_t *ptr = gmem_view(mem, ptrs, (uint64_t)n * 4);
	uint8_t *byte = gmem_view(mem, bytes, strings_size(strings, n));

	if (!ptr || !byte)
		return P1_FAULT;
	for (size_t i = 0; i < n; i++, ptr += 4) {
		size_t len = strlen(strings[i]) + 1;

		gmem_store32(ptr, bytes);
		memcpy(byte, strings[i], len);
		byte += len;
		bytes += (uint32_t)len;
	}
	return P1_SUCCESS;
}

static uint32_t strings_sizes_get(struct gmem mem, uint32_t ret_n, uint32_t ret_size,
				  const char *const *strings, size_t n)
{
	uint8_t *count = gmem_view(mem, ret_n, 4);
	uint8_t *size = gmem_view(mem, ret_size, 4);

	if (!count || !size)
		return P1_FAULT;
	gmem_store32(count, (uint32_t)n);
	gmem_store32(size, (uint32_t)strings_size(strings, n));
	return P1_SUCCESS;
}

static uint32_t p1_args_get(struct sys *s, struct gmem mem, const uint64_t *args)
{
	return strings_get(mem, (uint32_t)args[0], (uint32_t)args[1], s->config.args,
			   s->config.n_args);
}

static uint32_t p1_args_sizes_get(struct sys *s, struct gmem mem, const uint64_t *args)
{
	return strings_sizes_get(mem, (uint32_t)args[0], (uint32_t)args[1], s->config.args,
				 s->config.n_args);
}

static uint32_t p1_environ_get(struct sys *s, struct gmem mem, const uint64_t *args)
{
	return strings_get(mem, (uint32_t)args[0], (uint32_t)args[1], s->config.env,
			   s->config.n_env);
}

static uint32_t p1_environ_sizes_get(struct sys *s, struct gmem mem, const uint64_t *args)
{
	return strings_sizes_get(mem, (uint32_t)args[0], (uint32_t)args[1], s->config.env,
				 s->config.n_env);
}

static uint32_t p1_clock_res_get(struct sys *s, struct gmem mem, const uint64_t *args)
{
	uint8_t *ret = gmem_view(mem, (uint32_t)args[1], 8);
	clockid_t clock;
	uint64_t ns;
	int r = codec_clock((uint32_t)args[0], &clock);

	if (r == 0)
		r = ret ? clock_resolution(clock, &ns) : -EFAULT;
	if (r == 0)
		gmem_store64(ret, ns);
	return errno_to_guest(r);
}

static uint32_t p1_clock_time_get(struct sys *s, struct gmem mem, const uint64_t *args)
{
	uint8_t *ret = gmem_view(mem, (uint32_t)args[2], 8);
	clockid_t clock;
	uint64_t ns;
	int r = codec_clock((uint32_t)args[0], &clock);

	if (r == 0)
		r = ret ? clock_now(clock, &ns) : -EFAULT;
	if (r == 0)
		gmem_store64(ret, ns);
	return errno_to_guest(r);
}

static uint32_t p1_random_get(struct sys *s, struct gmem mem, const uint64_t *args)
{
	uint32_t len = (uint32_t)args[1];
	uint8_t *buf = gmem_view(mem, (uint32_t)args[0], len);

	if (!buf)
		return P1_FAULT;
	while (len > 0) {
		ssize_t n = getrandom(buf, len, 0);

		if (n < 0 && errno != EINTR)
			return errno_to_guest(neg_errno());
		if (n > 0) {
			buf += n;
			len -= (uint32_t)n;
		}
	}
	return P1_SUCCESS;
}

static uint32_t p1_sched_yield(struct sys *s, struct gmem mem, const uint64_t *args)
{
	(void)sched_yield(); /* cannot fail on Linux */
	return P1_SUCCESS;
}

static uint32_t p1_proc_exit(struct sys *s, struct gmem mem, const uint64_t *args)
{
	s->exited = true;
	s->exit_code = (uint32_t)args[0];
	return 0;
}

const struct import preview1_process_imports[] = {
	PREVIEW_ROW(args_get, "ii", "i", "argv argv_buf"),
	PREVIEW_ROW(args_sizes_get, "ii", "i", "ret_argc ret_size"),
	PREVIEW_ROW(environ_get, "ii", "i", "environ environ_buf"),
	PREVIEW_ROW(environ_sizes_get, "ii", "i", "ret_count ret_size"),
	PREVIEW_ROW(clock_res_get, "ii", "i", "clock ret_ns"),
	PREVIEW_ROW(clock_time_get, "iIi", "i", "clock precision ret_ns"),
	PREVIEW_ROW(random_get, "ii", "i", "buf buf_len"),
	PREVIEW_ROW(sched_yield, "", "i", ""),
	PREVIEW_ROW(proc_exit, "i", "", "code"),
	{ "proc_raise", "i", "i", "signal", DIALECT_PREVIEW1 | DIALECT_UNSTABLE, import_refused,
	  "there are no signals; Wasmtime dropped it too" },
	{ 0 },
};
