#include "net/nftables.h"

#include "base/log.h"
#include "base/own.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <nftables/libnftables.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdnoreturn.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>

enum { TIME_LIMIT_MS = 10000, CHILD_FAILED = 1 };

struct nftables {
	typeof(nft_ctx_new) *ctx_new;
	typeof(nft_ctx_buffer_output) *buffer_output;
	typeof(nft_ctx_buffer_error) *buffer_error;
	typeof(nft_ctx_get_output_buffer) *get_output;
	typeof(nft_ctx_get_error_buffer) *get_error;
	typeof(nft_run_cmd_from_buffer) *run;
};

static struct nftables library;

static bool load(void *handle, const char *name, void *function)
{
	void *symbol = dlsym(handle, name);

	memcpy(function, &symbol, sizeof symbol); /* dlsym(3): a function's address in a void * */
	return symbol;
}

int nftables_open(const struct nftables **ret, struct err *e)
{
	void *handle = dlopen("libnftables.so.1", RTLD_NOW | RTLD_LOCAL);

	if (!handle)
		return err_set(e, 0,
			       "firewall rules need libnftables, which cannot be loaded: install "
			       "it (Debian: apt install libnftables1)");
	if (!load(handle, "nft_ctx_new", &library.ctx_new) ||
	    !load(handle, "nft_ctx_buffer_output", &library.buffer_output) ||
	    !load(handle, "nft_ctx_buffer_error", &library.buffer_error) ||
	    !load(handle, "nft_ctx_get_output_buffer", &library.get_output) ||
	    !load(handle, "nft_ctx_get_error_buffer", &library.get_error) ||
	    !load(handle, "nft_run_cmd_from_buffer", &library.run))
		return err_set(e, 0, "libnftables lacks a function that firewall rules need");
	*ret = &library;
	return 0;
}

static noreturn void child_end(int out_fd, int status, const char *text)
{
	(void)!write(out_fd, text, strlen(text)); /* nobody to tell if it fails */
	_exit(status);
}

static noreturn void child(const struct nftables *nft, int net_fd, int user_fd, int out_fd,
			   const char *commands)
{
	struct nft_ctx *ctx;
	int r;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	if (setns(user_fd, CLONE_NEWUSER) < 0 || setns(net_fd, CLONE_NEWNET) < 0)
		child_end(out_fd, CHILD_FAILED, "entering the namespace failed");
	ctx = nft->ctx_new(NFT_CTX_DEFAULT);
	if (!ctx)
		child_end(out_fd, CHILD_FAILED, "out of memory");
	(void)nft->buffer_output(ctx);
	(void)nft->buffer_error(ctx);
	r = nft->run(ctx, commands);
	child_end(out_fd, r ? CHILD_FAILED : 0, r ? nft->get_error(ctx) : nft->get_output(ctx));
}

/* Until the child closes its end, for as long as it may take. */
static int read_all(int fd, struct buf *out)
{
	struct pollfd readable = { .fd = fd, .events = POLLIN };
	char chunk[4096];

	for (;;) {
		ssize_t n;
		int r = poll(&readable, 1, TIME_LIMIT_MS);

		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0)
			return r < 0 ? neg_errno() : -ETIMEDOUT;
		n = read(fd, chunk, sizeof chunk);
		if (n < 0)
			return neg_errno();
		if (n == 0)
			return buf_add(out, "", 1);
		r = buf_add(out, chunk, (size_t)n);
		if (r < 0)
			return r;
	}
}

static int describe(const struct buf *output, struct err *e)
{
	char shown[256];
	const char *text = (const char *)output->bytes;

	log_escape(shown, sizeof shown, text, strcspn(text, "\n"));
	return err_set(e, 0, "nftables: %s", shown);
}

int nftables_run(const struct nftables *nft, int net_fd, const char *commands, struct buf *output,
		 struct err *e)
{
	AUTO_CLOSE int user_fd = ioctl(net_fd, NS_GET_USERNS);
	int ends[2], r, status = 0;
	pid_t pid;

	if (user_fd < 0)
		return err_set(e, errno, "finding the owner of a network namespace");
	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_set(e, errno, "making a pipe");
	pid = fork();
	if (pid == 0)
		child(nft, net_fd, user_fd, ends[1], commands);
	r = pid < 0 ? neg_errno() : 0;
	(void)fd_close(ends[1]);
	if (r == 0)
		r = read_all(ends[0], output);
	(void)fd_close(ends[0]);
	if (pid > 0 && r < 0)
		(void)kill(pid, SIGKILL);
	if (pid > 0)
		(void)waitpid(pid, &status, 0); /* it has closed its end, or was killed */
	if (r < 0)
		return err_set(e, -r, "running nftables");
	return status ? describe(output, e) : 0;
}
