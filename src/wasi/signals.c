#include "wasi/signals.h"

#include <errno.h>
#include <signal.h>

#include "base/err.h"

int signals_catch(int number, bool is_caught)
{
	const struct sigaction action = { .sa_handler = is_caught ? SIG_IGN : SIG_DFL };

	if (number != SIGHUP && number != SIGINT && number != SIGQUIT && number != SIGTERM)
		return -EINVAL;
	return sigaction(number, &action, NULL) < 0 ? neg_errno() : 0;
}
