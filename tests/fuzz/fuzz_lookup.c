/* A lookup request as the engine may send it: what is taken has ended strings and known numbers. */
#include "spec/lookup.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct lookup_request request;

	if (lookup_decode_request(bytes, len, &request) < 0)
		return 0;
	assert(strlen(request.node) < LOOKUP_NODE_MAX &&
	       strlen(request.service) < LOOKUP_SERVICE_MAX);
	assert(request.socktype == 0 || request.socktype == SOCK_STREAM ||
	       request.socktype == SOCK_DGRAM);
	return 0;
}
