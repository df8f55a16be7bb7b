/* go leaves no program in the project, so wasmrun keeps it in its own cache, as
 * go/<project>-<hash>/<project>.wasm. It stays there, because go links again only if what it
 * is made of has changed. A lock on the folder keeps two builds of one project apart.
 */
#include "lang/go.h"

#include "base/alloc.h"
#include "base/own.h"
#include "lang/entry.h"
#include "lang/folder.h"
#include "lang/tool.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <xxhash.h>

static int run_go(const char *folder, const char *package, const char *output, struct err *e)
{
	/* With "./" it is a folder, and not the path of an import. */
	AUTO_FREE char *argument = package ? xprintf("./%s", package) : xstrdup(".");
	/* The tag makes stealthrocket/net ask its host for names; else it looks for a name server
	 * itself. */
	const char *const argv[] = { "go", "build", "-tags",  "getaddrinfo",
				     "-o", output,  argument, NULL };
	static const char *const env[] = { "GOOS=wasip1", "GOARCH=wasm", NULL };
	const struct tool tool = {
		.argv = argv,
		.folder = folder,
		.env = env,
		.how_to_install = "install Go from https://go.dev/dl",
	};
	int r = tool_run(&tool, e);

	if (r == TOOL_FAILED)
		return err_set(e, 0, "'GOOS=wasip1 GOARCH=wasm go build' failed");
	return r;
}

/* go builds a library, too, and leaves an archive then. */
static int check_is_program(const char *path, struct err *e)
{
	AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
	char head[4] = "";

	if (fd < 0 || read(fd, head, sizeof head) < 0)
		return err_set(e, errno, "read '%s'", path);
	if (memcmp(head, "\0asm", sizeof head) != 0)
		return err_set(e, 0, "the project has no program: its package is not 'main'");
	return 0;
}

int go_build(const char *folder, const char *package, char **ret, struct err *e)
{
	const char *slash = strrchr(folder, '/');
	const char *name = slash && slash[1] ? slash + 1 : "main";
	uint64_t hash = XXH3_64bits(folder, strlen(folder));
	AUTO_FREE char *output_name = xprintf("%s-%016" PRIx64, name, hash);
	AUTO_FREE char *output_folder = NULL;
	AUTO_FREE char *output = NULL;
	AUTO_CLOSE int lock = -EBADF;
	int r;

	if (package && !entry_is_inside(package))
		return entry_refuse(package, "the folder of a package in the project", e);
	r = folder_open_cache("go", output_name, &output_folder, e);
	if (r < 0)
		return r;
	r = folder_lock(output_folder, &lock, e);
	if (r < 0)
		return r;
	output = xprintf("%s/%s.wasm", output_folder, name);
	r = run_go(folder, package, output, e);
	if (r < 0)
		return r;
	r = check_is_program(output, e);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(output);
	return 0;
}
