/* What one guest's system interface holds. For the codecs; the engine sees wasi/sys.h. */
#pragma once

#include "wasi/poll.h"
#include "wasi/sys.h"
#include "wasi/table.h"

struct sys {
	struct sys_config config;
	struct table table;
	struct poller poller;
	int64_t wait_left_us; /* of the last wait in linux_wait.c */
	bool speaks_wasmedge; /* it has called WasmEdge's sock_open */
	bool exited;
	uint32_t exit_code;
};
