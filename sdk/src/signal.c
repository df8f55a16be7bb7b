#include <wasmrun/signal.h>

#include "host.h"

int wasmrun_signal_open(void)
{
	int fd;

	return host_result(host_signal_open(&fd)) < 0 ? -1 : fd;
}

int wasmrun_signal_catch(int signal, int is_caught)
{
	return host_result(host_signal_catch(signal, is_caught));
}
