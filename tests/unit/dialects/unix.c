/* Unix-domain sockets. */
#include "behaviour.h"

static uint32_t unix_listening(const struct talker *t, const char *path)
{
	uint32_t fd = opened(t, 1, SOCK_STREAM);

	assert_int_equal(do_bind(t, fd, path, 0), P1_SUCCESS);
	assert_int_equal(do_listen(t, fd, 4), P1_SUCCESS);
	return fd;
}

static uint32_t unix_stream(const struct talker *t)
{
	uint32_t listener, client, server, r;
	struct where at;

	make_dir(t->g->work, "sub");
	listener = unix_listening(t, "/sub/sock");
	client = opened(t, 1, SOCK_STREAM);
	assert_int_equal(do_connect(t, client, "sub/sock", 0), P1_SUCCESS);
	assert_int_equal(do_accept(t, listener, &server), P1_SUCCESS);
	assert_int_equal(do_send(t, client, "unix"), P1_SUCCESS);
	r = do_recv(t, server, 10, 0);
	assert_bytes(t, "unix");
	assert_int_equal(do_name(t, false, listener, &at), P1_SUCCESS);
	assert_string_equal(at.text, "/sub/sock");
	assert_int_equal(do_name(t, false, server, &at), P1_SUCCESS);
	assert_string_equal(at.text, "/sub/sock");
	assert_int_equal(do_name(t, true, client, &at), P1_SUCCESS);
	assert_string_equal(at.text, "sub/sock");
	assert_int_equal(do_name(t, true, server, &at), P1_SUCCESS);
	assert_string_equal(at.text, ""); /* it has no name */
	assert_int_equal(at.port, 0);
	return r;
}

static uint32_t unix_dgram(const struct talker *t)
{
	uint32_t receiver = opened(t, 1, SOCK_DGRAM);
	uint32_t sender = opened(t, 1, SOCK_DGRAM);
	struct where source;
	uint32_t r;

	assert_int_equal(do_bind(t, receiver, "/to", 0), P1_SUCCESS);
	assert_int_equal(do_bind(t, sender, "./from", 0), P1_SUCCESS);
	assert_int_equal(do_send_to(t, sender, "dgram", "/to", 0), P1_SUCCESS);
	r = do_recv_from(t, receiver, 10, 0, &source);
	assert_bytes(t, "dgram");
	assert_string_equal(source.text, "./from");
	return r;
}

static uint32_t unix_dgram_without_a_name(const struct talker *t)
{
	uint32_t receiver = opened(t, 1, SOCK_DGRAM);
	struct where source;
	uint32_t r;

	assert_int_equal(do_bind(t, receiver, "/to", 0), P1_SUCCESS);
	assert_int_equal(do_send_to(t, opened(t, 1, SOCK_DGRAM), "x", "/to", 0), P1_SUCCESS);
	r = do_recv_from(t, receiver, 10, 0, &source);
	assert_string_equal(source.text, "");
	return r;
}

static uint32_t unix_abstract(const struct talker *t)
{
	uint32_t listener = unix_listening(t, "@wasmrun-test-abstract");
	uint32_t client = opened(t, 1, SOCK_STREAM);
	struct where at;

	assert_int_equal(do_name(t, false, listener, &at), P1_SUCCESS);
	assert_string_equal(at.text, "@wasmrun-test-abstract");
	return do_connect(t, client, "@wasmrun-test-abstract", 0);
}

static uint32_t unix_abstract_absent(const struct talker *t)
{
	return do_connect(t, opened(t, 1, SOCK_STREAM), "@wasmrun-test-nobody", 0);
}

static uint32_t unix_autobind(const struct talker *t)
{
	uint32_t fd = opened(t, 1, SOCK_DGRAM);
	struct where at;
	uint32_t r = do_bind(t, fd, "", 0);

	assert_int_equal(do_name(t, false, fd, &at), P1_SUCCESS);
	assert_int_equal(at.text[0], '@');
	assert_int_equal(strlen(at.text), 6);
	return r;
}

static uint32_t unix_bind_in_use(const struct talker *t)
{
	(void)unix_listening(t, "/sock");
	return do_bind(t, opened(t, 1, SOCK_STREAM), "/sock", 0);
}

static uint32_t unix_bind_no_parent(const struct talker *t)
{
	return do_bind(t, opened(t, 1, SOCK_STREAM), "/none/sock", 0);
}

static uint32_t unix_bind_read_only(const struct talker *t)
{
	return do_bind(t, opened(t, 1, SOCK_STREAM), "/ro/sock", 0);
}

static uint32_t unix_connect_read_only(const struct talker *t)
{
	return do_connect(t, opened(t, 1, SOCK_STREAM), "/ro/sock", 0);
}

static uint32_t unix_bind_outside(const struct talker *t)
{
	return do_bind(t, opened(t, 1, SOCK_STREAM), "/../sock", 0);
}

static uint32_t unix_bind_directory(const struct talker *t)
{
	return do_bind(t, opened(t, 1, SOCK_STREAM), "/", 0);
}

static uint32_t unix_bind_long(const struct talker *t)
{
	char name[125];

	memset(name, 'n', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	return do_bind(t, opened(t, 1, SOCK_STREAM), name, 0);
}

static uint32_t unix_connect_absent(const struct talker *t)
{
	return do_connect(t, opened(t, 1, SOCK_STREAM), "/absent", 0);
}

static uint32_t unix_connect_file(const struct talker *t)
{
	return do_connect(t, opened(t, 1, SOCK_STREAM), "/file", 0);
}

/* A socket of the host's beside the granted directories, and a link to it. */
static void host_socket(const struct talker *t, int type)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	(void)snprintf(sun.sun_path, sizeof sun.sun_path, "%s/host", t->g->root);
	assert_int_equal(bind(fd, (struct sockaddr *)&sun, sizeof sun), 0);
	if (type == SOCK_STREAM)
		assert_int_equal(listen(fd, 4), 0);
	close(fd); /* its name stays; what counts is which error comes first */
	make_link("../host", t->g->work, "link");
}

static uint32_t unix_connect_link(const struct talker *t)
{
	host_socket(t, SOCK_STREAM);
	return do_connect(t, opened(t, 1, SOCK_STREAM), "/link", 0);
}

static uint32_t unix_send_link(const struct talker *t)
{
	host_socket(t, SOCK_DGRAM);
	return do_send_to(t, opened(t, 1, SOCK_DGRAM), "x", "/link", 0);
}

static uint32_t unix_connect_closed(const struct talker *t)
{
	uint32_t fd = unix_listening(t, "/sock");

	assert_int_equal(do_close(t, fd), P1_SUCCESS);
	return do_connect(t, opened(t, 1, SOCK_STREAM), "/sock", 0);
}

static uint32_t unix_unlinked(const struct talker *t)
{
	(void)unix_listening(t, "/sock");
	assert_int_equal(CALL(t->g, "path_unlink_file", WORK, PATH_OF(t->g, "sock")), P1_SUCCESS);
	return do_connect(t, opened(t, 1, SOCK_STREAM), "/sock", 0);
}

static uint32_t unix_stream_to_dgram(const struct talker *t)
{
	(void)unix_listening(t, "/sock");
	return do_connect(t, opened(t, 1, SOCK_DGRAM), "/sock", 0);
}

static uint32_t unix_address_on_tcp(const struct talker *t)
{
	return do_bind(t, opened(t, 4, SOCK_STREAM), "/sock", 0);
}

static uint32_t tcp_address_on_unix(const struct talker *t)
{
	return do_connect(t, opened(t, 1, SOCK_STREAM), "127.0.0.1", 1);
}

static uint32_t unix_listen_unbound(const struct talker *t)
{
	return do_listen(t, opened(t, 1, SOCK_STREAM), 1);
}

static uint32_t unix_keeps_the_working_directory(const struct talker *t)
{
	char before[PATH_MAX], after[PATH_MAX];

	assert_non_null(getcwd(before, sizeof before));
	(void)unix_listening(t, "/sock");
	assert_int_equal(do_connect(t, opened(t, 1, SOCK_STREAM), "/absent", 0), P1_NOENT);
	assert_non_null(getcwd(after, sizeof after));
	assert_string_equal(before, after);
	return P1_SUCCESS;
}

const struct behaviour unix_behaviours[] = {
	{ "a Unix stream goes by the guest's path", UNIX, unix_stream, OK },
	{ "a Unix datagram tells its source's path", UNIX, unix_dgram, OK },
	{ "a Unix datagram without a source says so", UNIX, unix_dgram_without_a_name, OK },
	{ "an abstract name is reached", UNIX, unix_abstract, OK },
	{ "an abstract name that nobody has is ECONNREFUSED", UNIX, unix_abstract_absent,
	  P1_CONNREFUSED },
	{ "binding to no name takes a free one", UNIX, unix_autobind, OK },
	{ "a path in use is EADDRINUSE", UNIX, unix_bind_in_use, P1_ADDRINUSE },
	{ "a path without its folder is ENOENT", UNIX, unix_bind_no_parent, P1_NOENT },
	{ "binding in a read-only folder is EROFS", UNIX, unix_bind_read_only, P1_ROFS },
	{ "connecting in a read-only folder is EACCES", UNIX, unix_connect_read_only, P1_ACCES },
	{ "a path that leads out is EPERM", UNIX, unix_bind_outside, P1_PERM },
	{ "a path of a folder is EISDIR", UNIX, unix_bind_directory, P1_ISDIR },
	{ "a name longer than 107 is ENAMETOOLONG", UNIX, unix_bind_long, P1_NAMETOOLONG },
	{ "connecting to nothing is ENOENT", UNIX, unix_connect_absent, P1_NOENT },
	{ "connecting to a file is ECONNREFUSED", UNIX, unix_connect_file, P1_CONNREFUSED },
	{ "connecting through a link is ELOOP", UNIX, unix_connect_link, P1_LOOP },
	{ "sending through a link is ELOOP", UNIX, unix_send_link, P1_LOOP },
	{ "connecting to what was closed is ECONNREFUSED", UNIX, unix_connect_closed,
	  P1_CONNREFUSED },
	{ "connecting to what was unlinked is ENOENT", UNIX, unix_unlinked, P1_NOENT },
	{ "a datagram socket to a stream is EPROTOTYPE", UNIX, unix_stream_to_dgram, P1_PROTOTYPE },
	{ "a path on a TCP socket is EAFNOSUPPORT", UNIX, unix_address_on_tcp, P1_AFNOSUPPORT },
	{ "an IP address on a Unix socket is EINVAL", UNIX, tcp_address_on_unix, P1_INVAL },
	{ "listening on Unix unbound is EINVAL", UNIX, unix_listen_unbound, P1_INVAL },
	{ "this process comes back to its folder", UNIX, unix_keeps_the_working_directory, OK },
	{ 0 },
};
