/* The services that we know by name: a guest has no /etc/services. */
#pragma once

#include <stdint.h>

enum service_protocols {
	SERVICE_TCP = 1,
	SERVICE_UDP = 2,
};

struct service {
	const char *name;
	uint16_t port;
	int protocols; /* enum service_protocols */
};

/* Over any of `protocols`, or NULL. */
const struct service *service_by_name(const char *name, int protocols);
const struct service *service_by_port(uint16_t port, int protocols);
