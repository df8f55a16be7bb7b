/* Receiving, sending and shutting down. */
#include "behaviour.h"

static uint32_t bytes_both_ways(const struct talker *t)
{
	uint32_t server, client;

	paired(t, 4, &server, &client);
	assert_int_equal(do_send(t, client, "ping"), P1_SUCCESS);
	assert_int_equal(do_recv(t, server, 100, 0), P1_SUCCESS);
	assert_bytes(t, "ping");
	assert_int_equal(do_send(t, server, "pong!"), P1_SUCCESS);
	assert_int_equal(do_recv(t, client, 100, 0), P1_SUCCESS);
	assert_bytes(t, "pong!");
	return P1_SUCCESS;
}

static uint32_t scatter_and_gather(const struct talker *t)
{
	struct guest *g = t->g;
	uint32_t server, client, r;

	paired(t, 4, &server, &client);
	put_iov(g, 0, BUF2, put_text(g, BUF2, "ab"));
	put_iov(g, 1, BUF2 + 16, 0);
	put_iov(g, 2, BUF2 + 32, put_text(g, BUF2 + 32, "cdef"));
	assert_int_equal(DO(t, "sock_send", "iiiii", client, IOVS, 3, 0, RET2), P1_SUCCESS);
	assert_int_equal(get32(g, RET2), 6);
	put_iov(g, 0, BUF, 1);
	put_iov(g, 1, BUF + 16, 4);
	put_iov(g, 2, BUF + 32, 10);
	r = DO(t, "sock_recv", "iiiiii", server, IOVS, 3, P1_RECV_WAITALL & 0, RET2, RET3);
	assert_int_equal(get32(g, RET2), 6);
	assert_memory_equal(gmem_view(g->mem, BUF, 1), "a", 1);
	assert_memory_equal(gmem_view(g->mem, BUF + 16, 4), "bcde", 4);
	assert_memory_equal(gmem_view(g->mem, BUF + 32, 1), "f", 1);
	return r;
}

static uint32_t peek_leaves_bytes(const struct talker *t)
{
	uint32_t server, client;

	paired(t, 4, &server, &client);
	assert_int_equal(do_send(t, client, "peek"), P1_SUCCESS);
	assert_int_equal(do_recv(t, server, 2, P1_RECV_PEEK), P1_SUCCESS);
	assert_bytes(t, "pe");
	assert_int_equal(do_recv(t, server, 10, 0), P1_SUCCESS);
	assert_bytes(t, "peek");
	return P1_SUCCESS;
}

static uint32_t waitall_ends_with_the_stream(const struct talker *t)
{
	uint32_t server, client, r;

	paired(t, 4, &server, &client);
	assert_int_equal(do_send(t, client, "all"), P1_SUCCESS);
	assert_int_equal(do_shutdown(t, client, P1_SHUT_WR), P1_SUCCESS);
	r = do_recv(t, server, 100, P1_RECV_WAITALL);
	assert_bytes(t, "all");
	return r;
}

static uint32_t recv_nothing_there(const struct talker *t)
{
	uint32_t server, client;

	paired(t, 4, &server, &client);
	set_nonblocking(t, server);
	return do_recv(t, server, 1, 0);
}

static uint32_t recv_times_out(const struct talker *t)
{
	uint32_t server, client;

	paired(t, 4, &server, &client);
	assert_int_equal(do_set(t, server, OPT_RCVTIMEO, 20), P1_SUCCESS);
	return do_recv(t, server, 1, 0);
}

static uint32_t send_times_out(const struct talker *t)
{
	uint32_t server, client, r;

	paired(t, 4, &server, &client);
	assert_int_equal(do_set(t, client, OPT_SNDTIMEO, 20), P1_SUCCESS);
	put_iov(t->g, 0, BUF, MEM_SIZE - BUF);
	for (int i = 0; i < 1000; i++) {
		r = DO(t, "sock_send", "iiiii", client, IOVS, 1, 0, RET2);
		if (r)
			return r;
	}
	return P1_SUCCESS;
}

static uint32_t send_would_block(const struct talker *t)
{
	uint32_t server, client, r;

	paired(t, 4, &server, &client);
	set_nonblocking(t, client);
	put_iov(t->g, 0, BUF, MEM_SIZE - BUF);
	for (int i = 0; i < 1000; i++) {
		r = DO(t, "sock_send", "iiiii", client, IOVS, 1, 0, RET2);
		if (r)
			return r;
	}
	return P1_SUCCESS;
}

static uint32_t recv_unconnected(const struct talker *t)
{
	return do_recv(t, opened(t, 4, SOCK_STREAM), 1, 0);
}

static uint32_t send_unconnected(const struct talker *t)
{
	return do_send(t, opened(t, 4, SOCK_STREAM), "x");
}

static uint32_t send_unconnected_udp(const struct talker *t)
{
	return do_send(t, opened(t, 4, SOCK_DGRAM), "x");
}

static uint32_t recv_unknown_flag(const struct talker *t)
{
	uint32_t server, client;

	paired(t, 4, &server, &client);
	return do_recv(t, server, 1, 8);
}

static uint32_t send_unknown_flag(const struct talker *t)
{
	uint32_t server, client;

	paired(t, 4, &server, &client);
	put_iov(t->g, 0, BUF, 1);
	return DO(t, "sock_send", "iiiii", client, IOVS, 1, 1, RET2);
}

static uint32_t recv_file(const struct talker *t)
{
	return do_recv(t, must_open(t->g, WORK, "file", 0, READ), 1, 0);
}

static uint32_t send_file(const struct talker *t)
{
	return do_send(t, must_open(t->g, WORK, "file", 0, WRITE), "x");
}

static uint32_t recv_end(const struct talker *t)
{
	uint32_t server, client, r;

	paired(t, 4, &server, &client);
	assert_int_equal(do_close(t, client), P1_SUCCESS);
	r = do_recv(t, server, 1, 0);
	assert_int_equal(get32(t->g, RET2), 0);
	return r;
}

static uint32_t send_after_reset(const struct talker *t)
{
	uint32_t server, client;

	paired(t, 4, &server, &client);
	assert_int_equal(do_send(t, server, "unread"), P1_SUCCESS);
	assert_int_equal(do_close(t, client), P1_SUCCESS); /* with bytes unread: a reset */
	return do_recv(t, server, 1, 0);
}

static uint32_t half_closed_still_receives(const struct talker *t)
{
	uint32_t server, client, r;

	paired(t, 4, &server, &client);
	assert_int_equal(do_shutdown(t, client, P1_SHUT_WR), P1_SUCCESS);
	assert_int_equal(do_recv(t, server, 1, 0), P1_SUCCESS);
	assert_int_equal(get32(t->g, RET2), 0);
	assert_int_equal(do_send(t, server, "late"), P1_SUCCESS);
	r = do_recv(t, client, 10, 0);
	assert_bytes(t, "late");
	return r;
}

static uint32_t send_after_shutdown(const struct talker *t)
{
	uint32_t server, client;

	paired(t, 4, &server, &client);
	assert_int_equal(do_shutdown(t, client, P1_SHUT_WR), P1_SUCCESS);
	return do_send(t, client, "x");
}

static uint32_t recv_after_shutdown(const struct talker *t)
{
	uint32_t server, client, r;

	paired(t, 4, &server, &client);
	assert_int_equal(do_shutdown(t, client, P1_SHUT_RD), P1_SUCCESS);
	r = do_recv(t, client, 1, 0);
	assert_int_equal(get32(t->g, RET2), 0);
	return r;
}

static uint32_t shutdown_both(const struct talker *t)
{
	uint32_t server, client;

	paired(t, 4, &server, &client);
	return do_shutdown(t, client, P1_SHUT_RD | P1_SHUT_WR);
}

static uint32_t shutdown_nothing(const struct talker *t)
{
	uint32_t server, client;

	paired(t, 4, &server, &client);
	return do_shutdown(t, client, 0);
}

static uint32_t shutdown_more(const struct talker *t)
{
	uint32_t server, client;

	paired(t, 4, &server, &client);
	return do_shutdown(t, client, 4);
}

static uint32_t shutdown_unconnected(const struct talker *t)
{
	return do_shutdown(t, opened(t, 4, SOCK_STREAM), P1_SHUT_WR);
}

static uint32_t shutdown_file(const struct talker *t)
{
	return do_shutdown(t, must_open(t->g, WORK, "file", 0, READ), P1_SHUT_WR);
}

static uint32_t shutdown_no_descriptor(const struct talker *t)
{
	return do_shutdown(t, 999, P1_SHUT_WR);
}

static uint32_t close_socket(const struct talker *t)
{
	uint32_t fd = opened(t, 4, SOCK_STREAM);

	assert_int_equal(do_close(t, fd), P1_SUCCESS);
	return do_close(t, fd);
}

const struct behaviour transfer_behaviours[] = {
	{ "bytes go both ways", RECV, bytes_both_ways, OK },
	{ "buffers are gathered and scattered", RECV, scatter_and_gather, OK },
	{ "peeking leaves the bytes there", RECV, peek_leaves_bytes, OK },
	{ "waiting for all ends with the stream", RECV, waitall_ends_with_the_stream, OK },
	{ "receiving without blocking is EAGAIN", RECV, recv_nothing_there, P1_AGAIN },
	{ "receiving ends with its timeout", RECV, recv_times_out, P1_AGAIN },
	{ "sending ends with its timeout", RECV, send_times_out, P1_AGAIN },
	{ "sending more than fits without blocking is EAGAIN", RECV, send_would_block, P1_AGAIN },
	{ "receiving unconnected is ENOTCONN", RECV, recv_unconnected, P1_NOTCONN },
	{ "sending unconnected is EPIPE", RECV, send_unconnected, P1_PIPE },
	{ "a datagram to nobody is EDESTADDRREQ", RECV, send_unconnected_udp, P1_DESTADDRREQ },
	{ "receiving with another flag is EINVAL", RECV, recv_unknown_flag, P1_INVAL },
	{ "sending with a flag is EINVAL", RECV, send_unknown_flag, P1_INVAL },
	{ "receiving from a file is ENOTSOCK", RECV, recv_file, P1_NOTSOCK },
	{ "sending to a file is ENOTSOCK", RECV, send_file, P1_NOTSOCK },
	{ "a closed connection ends with no bytes", RECV, recv_end, OK },
	{ "a connection closed over unread bytes is ECONNRESET", RECV, send_after_reset,
	  P1_CONNRESET },
	{ "a half-closed connection still receives", RECV, half_closed_still_receives, OK },
	{ "sending after shutting that down is EPIPE", RECV, send_after_shutdown, P1_PIPE },
	{ "receiving after shutting that down ends", RECV, recv_after_shutdown, OK },
	{ "both directions shut down", RECV, shutdown_both, OK },
	{ "shutting down neither is EINVAL", RECV, shutdown_nothing, P1_INVAL },
	{ "shutting down a third is EINVAL", RECV, shutdown_more, P1_INVAL },
	{ "shutting down no connection is ENOTCONN", RECV, shutdown_unconnected, P1_NOTCONN },
	{ "shutting down a file is ENOTSOCK", RECV, shutdown_file, P1_NOTSOCK },
	{ "shutting down nothing is EBADF", RECV, shutdown_no_descriptor, P1_BADF },
	{ "closing twice is EBADF", RECV, close_socket, P1_BADF },
	{ 0 },
};
