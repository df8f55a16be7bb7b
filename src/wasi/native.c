#include "wasi/native.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sys/socket.h>

#include "wasi/codec.h"
#include "wasi/errno.h"
#include "wasi/file.h"
#include "wasi/machine.h"
#include "wasi/signals.h"
#include "wasi/sock.h"
#include "wasi/wasmedge.h"

/* Family and type are WasmEdge's numbers, as in sock_open. */
static uint32_t native_sock_pair(struct sys *s, struct gmem mem, const uint64_t *args)
{
	uint32_t type = (uint32_t)args[1];
	uint8_t *ret = gmem_view(mem, (uint32_t)args[2], 8);
	struct desc pair[2];
	uint32_t first;
	int r;

	if ((uint32_t)args[0] != WASMEDGE_UNIX)
		return errno_to_guest(-EAFNOSUPPORT);
	if (type != WASMEDGE_STREAM && type != WASMEDGE_DGRAM)
		return errno_to_guest(-EINVAL);
	if (!ret)
		return errno_to_guest(-EFAULT);
	r = sock_pair(type == WASMEDGE_STREAM ? SOCK_STREAM : SOCK_DGRAM, pair);
	if (r < 0)
		return errno_to_guest(r);
	r = codec_add(s, &pair[0], ret);
	if (r < 0) {
		desc_close(&pair[1]);
		return errno_to_guest(r);
	}
	first = gmem_load32(ret);
	r = codec_add(s, &pair[1], ret + 4);
	if (r < 0)
		(void)table_close(&s->table, first); /* it was opened just now */
	return errno_to_guest(r);
}

/* The network interface with the lowest number behind `after`: its number and its name of up to
 * 16 bytes, filled up with NULs. ENOENT behind the last. */
static uint32_t native_interface_next(struct sys *s, struct gmem mem, const uint64_t *args)
{
	uint8_t *ret_index = gmem_view(mem, (uint32_t)args[1], 4);
	uint8_t *ret_name = gmem_view(mem, (uint32_t)args[2], IF_NAMESIZE);
	char name[IF_NAMESIZE];
	uint32_t index;
	int r;

	if (!ret_index || !ret_name)
		return errno_to_guest(-EFAULT);
	r = machine_next_interface((uint32_t)args[0], &index, name);
	if (r < 0)
		return errno_to_guest(r);
	gmem_store32(ret_index, index);
	memcpy(ret_name, name, sizeof name);
	return errno_to_guest(0);
}

/* The name without a NUL, and its length; ENAMETOOLONG if the place is too small. */
static uint32_t native_hostname(struct sys *s, struct gmem mem, const uint64_t *args)
{
	uint32_t size = (uint32_t)args[1];
	uint8_t *ret_name = gmem_view(mem, (uint32_t)args[0], size);
	uint8_t *ret_len = gmem_view(mem, (uint32_t)args[2], 4);
	char name[MACHINE_NAME_MAX];
	size_t len;
	int r;

	if (!ret_name || !ret_len)
		return errno_to_guest(-EFAULT);
	r = machine_name(name);
	if (r < 0)
		return errno_to_guest(r);
	len = strlen(name);
	if (len > size)
		return errno_to_guest(-ENAMETOOLONG);
	memcpy(ret_name, name, len);
	gmem_store32(ret_len, (uint32_t)len);
	return errno_to_guest(0);
}

/* A descriptor that caught signals come through: one byte each, its number. */
static uint32_t native_signal_open(struct sys *s, struct gmem mem, const uint64_t *args)
{
	uint8_t *ret = gmem_view(mem, (uint32_t)args[0], 4);
	struct desc d = { .fd = -EBADF };
	int r;

	if (!ret)
		return errno_to_guest(-EFAULT);
	d.fd = fcntl(s->config.signal_fd, F_DUPFD_CLOEXEC, 0);
	if (d.fd < 0)
		return errno_to_guest(-errno);
	r = file_adopt(&d);
	if (r < 0) {
		desc_close(&d);
		return errno_to_guest(r);
	}
	return errno_to_guest(codec_add(s, &d, ret));
}

static uint32_t native_signal_catch(struct sys *s, struct gmem mem, const uint64_t *args)
{
	return errno_to_guest(signals_catch((int)args[0], args[1] != 0));
}

#define ROW(name, params, args)                                                                    \
	{                                                                                          \
#name, params, "i", args, DIALECT_WASMRUN, native_##name                           \
	}

const struct import native_imports[] = {
	ROW(sock_pair, "iii", "family type ret_fds"),
	ROW(interface_next, "iii", "after ret_index ret_name"),
	ROW(hostname, "iii", "ret_name size ret_len"),
	ROW(signal_open, "i", "ret_fd"),
	ROW(signal_catch, "ii", "signal is_caught"),
	{ 0 },
};
