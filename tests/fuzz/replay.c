/* Runs a fuzz target over every file of a saved corpus folder: replay_NAME CORPUS_DIR. */
#include "base/buf.h"
#include "base/err.h"
#include "base/own.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static int replay_file(int dir_fd, const char *name)
{
	AUTO_CLOSE int fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC);
	struct buf b;
	int r;

	if (fd < 0)
		return neg_errno();
	buf_init(&b, 16 << 20);
	r = buf_read_fd(&b, fd);
	/* It always returns 0: a find is a crash. An empty input has an address, as libFuzzer's. */
	if (r == 0)
		(void)LLVMFuzzerTestOneInput(b.bytes ? b.bytes : (const uint8_t *)"", b.len);
	buf_deinit(&b);
	return r;
}

int main(int argc, char **argv)
{
	DIR *dir = argc == 2 ? opendir(argv[1]) : NULL;
	int n = 0;

	if (!dir) {
		fprintf(stderr, "usage: %s CORPUS_DIR\n", argv[0]);
		return 2;
	}
	for (struct dirent *d = readdir(dir); d; d = readdir(dir)) {
		if (d->d_name[0] == '.')
			continue;
		if (replay_file(dirfd(dir), d->d_name) < 0) {
			fprintf(stderr, "cannot read %s/%s\n", argv[1], d->d_name);
			return 1;
		}
		n++;
	}
	(void)closedir(dir);
	printf("%d corpus files\n", n);
	return n ? 0 : 1; /* an empty corpus tests nothing */
}
