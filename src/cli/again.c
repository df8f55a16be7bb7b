#include "cli/again.h"

#include "base/own.h"
#include "base/signals.h"

#include <poll.h>
#include <stdint.h>
#include <sys/signalfd.h>
#include <time.h>

static int64_t now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail */
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* -1 for no end. */
static int left_ms(int64_t deadline_ms)
{
	int64_t left = deadline_ms - now_ms();

	if (deadline_ms < 0)
		return -1;
	return left > 0 ? (int)left : 0;
}

static enum again wait_until(struct watch *watch, int64_t deadline_ms, int signal_fd,
			     int *ret_signal, char ret_name[static WATCH_NAME_MAX])
{
	struct pollfd fds[] = {
		{ .fd = signal_fd, .events = POLLIN },
		{ .fd = watch ? watch_fd(watch) : -1, .events = POLLIN },
	};

	for (;;) {
		struct signalfd_siginfo info;
		int n = poll(fds, ARRAY_LEN(fds), left_ms(deadline_ms));

		if (n == 0)
			return AGAIN_TIME_OVER;
		if (n > 0 && fds[0].revents && read(signal_fd, &info, sizeof info) == sizeof info) {
			*ret_signal = (int)info.ssi_signo;
			return AGAIN_SIGNALLED;
		}
		if (n > 0 && fds[1].revents && watch_take(watch, ret_name)) {
			watch_settle(watch);
			return AGAIN_CHANGED;
		}
	}
}

enum again again_wait(struct watch *watch, int timeout_ms, int *ret_signal,
		      char ret_name[static WATCH_NAME_MAX])
{
	int64_t deadline_ms = timeout_ms < 0 ? -1 : now_ms() + timeout_ms;
	AUTO_CLOSE int signal_fd = -EBADF;
	sigset_t taken;
	enum again what;

	ending_signals_fill(&taken);
	signal_fd = signalfd(-1, &taken, SFD_CLOEXEC | SFD_NONBLOCK);
	/* Without one (no descriptor left) a signal ends us in its own way. */
	if (signal_fd >= 0)
		ending_signals_mask(SIG_BLOCK);
	what = wait_until(watch, deadline_ms, signal_fd, ret_signal, ret_name);
	ending_signals_mask(SIG_UNBLOCK);
	return what;
}
