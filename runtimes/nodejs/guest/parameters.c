#include "blob.h"

#include <string.h>

/* Node's own rule: lib/internal/bootstrap/realm.js names what each kind of file is given. */
const char *blob_parameters(const char *name)
{
	static const struct {
		const char *prefix, *parameters;
	} rules[] = {
		{ "boot/", "sys,node" },
		{ "internal/bootstrap/realm",
		  "process,getLinkedBinding,getInternalBinding,primordials" },
		{ "internal/per_context/", "exports,primordials,privateSymbols,perIsolateSymbols" },
		{ "internal/main/", "process,require,internalBinding,primordials" },
		/* Ours: boot/fetch.js. */
		{ "internal/deps/undici/",
		  "exports,require,module,process,internalBinding,primordials,WebAssembly" },
		{ "internal/bootstrap/", "process,require,internalBinding,primordials" },
	};

	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
		if (strncmp(name, rules[i].prefix, strlen(rules[i].prefix)) == 0)
			return rules[i].parameters;
	return "exports,require,module,process,internalBinding,primordials";
}
