/* An engine for the cache's tests. It is static, as the real one is, for it runs in an empty
 * root. The byte behind the module's header says what it shall do. */
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

extern char **environ;

enum { IN_FD = 3, OUT_FD = 4, HEADER_LEN = 8 };

static int refuse(const char *words, int code)
{
	dprintf(STDERR_FILENO, "wasmrun: error: %s\n", words);
	return code;
}

/* What the sandbox looks like from inside, for the test to read in the compiled module. */
static int describe(void)
{
	int env = 0, others = 0;

	for (char **e = environ; *e; e++)
		env++;
	for (int fd = OUT_FD + 1; fd < 1024; fd++)
		others += fcntl(fd, F_GETFD) >= 0;
	(void)open("/", O_RDONLY | O_CLOEXEC);
	dprintf(OUT_FD, "env=%d fds=%d open=%s pid=%d", env, others, strerrorname_np(errno),
		getpid());
	return 0;
}

static int never;

int main(int argc, char **argv)
{
	char module[4096];
	ssize_t len = read(IN_FD, module, sizeof module);

	if (argc != 2 || strcmp(argv[1], "compile") != 0 || len <= HEADER_LEN)
		return refuse("the test asks for nothing", 125);
	switch (module[HEADER_LEN]) {
	case 'c':
		return write(OUT_FD, module, (size_t)len) == len ? 0 : 125;
	case 'd':
		return describe();
	case 'i':
		return refuse("not a valid module: \x1b[31munexpected end", 126);
	case 'k':
		__builtin_trap();
	case 'h':
		for (;;) /* the compiler's filter has no pause() */
			(void)syscall(SYS_futex, &never, FUTEX_WAIT, 0, NULL, NULL, 0);
	default:
		return refuse("out of ideas", 125);
	}
}
