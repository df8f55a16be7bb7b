/* cgroups(7); Documentation/admin-guide/cgroup-v2.rst, cgroup-v1/. */
#include "process/cgroup.h"

#include "base/alloc.h"
#include "base/own.h"

#include <assert.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { PERIOD_US = 100000, REMOVE_ATTEMPTS_MAX = 500 };

/* Of version 1 the subsystem, which is the controller's name in version 2, too. */
static const struct controller {
	enum limit limit;
	const char *name;
} controllers[] = {
	{ LIMIT_MEMORY, "memory" },
	{ LIMIT_CPUS, "cpu" },
	{ LIMIT_PROCESSES, "pids" },
};
static_assert(ARRAY_LEN(controllers) == CGROUP_TREES_MAX, "a tree for each at most");

static void add_file(struct cgroup_tree *t, bool optional, const char *name, const char *format,
		     uint64_t value) __attribute__((format(printf, 4, 0)));

static void add_file(struct cgroup_tree *t, bool optional, const char *name, const char *format,
		     uint64_t value)
{
	struct cgroup_file *file = &t->files[t->n_files++];

	file->name = name;
	file->optional = optional;
	(void)snprintf(file->value, sizeof file->value, format, value);
}

static void add_files2(struct cgroup_tree *t, enum limit limit, uint64_t value)
{
	if (limit == LIMIT_MEMORY) {
		add_file(t, false, "memory.max", "%" PRIu64, value);
		add_file(t, true, "memory.swap.max", "%" PRIu64, 0);
	} else if (limit == LIMIT_CPUS) {
		add_file(t, false, "cpu.max", "%" PRIu64 " 100000", value * PERIOD_US / 1000);
	} else {
		add_file(t, false, "pids.max", "%" PRIu64, value);
	}
}

static void add_files1(struct cgroup_tree *t, enum limit limit, uint64_t value)
{
	if (limit == LIMIT_MEMORY) {
		add_file(t, false, "memory.limit_in_bytes", "%" PRIu64, value);
		/* Memory and swap together; after the one that it may not be below. */
		add_file(t, true, "memory.memsw.limit_in_bytes", "%" PRIu64, value);
	} else if (limit == LIMIT_CPUS) {
		add_file(t, false, "cpu.cfs_period_us", "%" PRIu64, PERIOD_US);
		add_file(t, false, "cpu.cfs_quota_us", "%" PRIu64, value * PERIOD_US / 1000);
	} else {
		add_file(t, false, "pids.max", "%" PRIu64, value);
	}
}

/* Whether `word` is one of the words of `text`, between any of `separators`. */
static bool has_word(const char *text, const char *separators, const char *word)
{
	size_t len = strlen(word);

	while (*text) {
		size_t n = strcspn(text, separators);

		if (n == len && memcmp(text, word, len) == 0)
			return true;
		text += n;
		text += strspn(text, separators);
	}
	return false;
}

static bool read_file(int dir_fd, const char *name, char *ret, size_t size)
{
	AUTO_CLOSE int fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, ret, size - 1);

	ret[n < 0 ? 0 : n] = '\0';
	return n >= 0;
}

static int write_file(int dir_fd, const char *name, const char *text)
{
	AUTO_CLOSE int fd = openat(dir_fd, name, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		return neg_errno();
	return 0;
}

/* A mount of a cgroup tree, from /proc/self/mountinfo: that of version 2 (`controller` NULL), or
 * the one with this controller of version 1. */
static bool find_mount(const char *controller, char ret_root[static PATH_MAX],
		       char ret_point[static PATH_MAX])
{
	char line[2 * PATH_MAX + 512], type[32], options[256];
	FILE *f = fopen("/proc/self/mountinfo", "re");
	bool found = false;

	while (f && !found && fgets(line, sizeof line, f)) {
		const char *tail = strstr(line, " - ");

		if (!tail || sscanf(line, "%*s %*s %*s %4095s %4095s", ret_root, ret_point) != 2 ||
		    sscanf(tail, " - %31s %*s %255s", type, options) != 2)
			continue;
		found = controller
				? strcmp(type, "cgroup") == 0 && has_word(options, ",", controller)
				: strcmp(type, "cgroup2") == 0;
	}
	if (f)
		(void)fclose(f);
	return found;
}

/* Our own cgroup in that tree, from /proc/self/cgroup: "<number>:<controllers>:<path>". */
static bool find_own(const char *controller, char ret[static PATH_MAX])
{
	char line[PATH_MAX + 256], names[256];
	FILE *f = fopen("/proc/self/cgroup", "re");
	bool found = false;

	while (f && !found && fgets(line, sizeof line, f)) {
		char *first = strchr(line, ':'), *second = first ? strchr(first + 1, ':') : NULL;

		if (!second || (size_t)(second - first) > sizeof names)
			continue;
		memcpy(names, first + 1, (size_t)(second - first - 1));
		names[second - first - 1] = '\0';
		found = controller ? has_word(names, ",", controller) : !names[0];
		second[strcspn(second, "\n")] = '\0';
		(void)snprintf(ret, PATH_MAX, "%s", second + 1);
	}
	if (f)
		(void)fclose(f);
	return found;
}

/* The path of our own cgroup's directory; *ret_mount_len is where the mount point ends in it. */
static bool find_directory(const char *controller, char ret[static 2 * PATH_MAX],
			   size_t *ret_mount_len)
{
	char root[PATH_MAX], point[PATH_MAX], own[PATH_MAX];
	const char *below = own;
	size_t root_len;

	if (!find_mount(controller, root, point) || !find_own(controller, own))
		return false;
	root_len = strcmp(root, "/") == 0 ? 0 : strlen(root);
	if (strncmp(own, root, root_len) == 0)
		below = own + root_len; /* else the mount shows a cgroup namespace's root */
	(void)snprintf(ret, 2 * PATH_MAX, "%s%s", point, strcmp(below, "/") == 0 ? "" : below);
	*ret_mount_len = strlen(point);
	return true;
}

/* Whether a cgroup can be made in this directory, and processes of ours be moved there. */
static bool is_ours(int dir_fd)
{
	return faccessat(dir_fd, ".", W_OK, AT_EACCESS) == 0 &&
	       faccessat(dir_fd, "cgroup.procs", W_OK, AT_EACCESS) == 0;
}

/* Whether processes may be moved into a child: not where there are some already, the root excepted.
 * Handing down does not always fail there: it may make the children places for threads only. */
static bool takes_children(int dir_fd)
{
	char procs[32];

	if (faccessat(dir_fd, "cgroup.type", F_OK, 0) < 0)
		return true; /* only the root has none */
	return read_file(dir_fd, "cgroup.procs", procs, sizeof procs) && !procs[0];
}

/* Version 2 gives children the controllers that the parent hands down. */
static bool hands_down(int dir_fd, const char *controller)
{
	char have[256], enable[32];

	if (!takes_children(dir_fd))
		return false;
	if (read_file(dir_fd, "cgroup.subtree_control", have, sizeof have) &&
	    has_word(have, " \n", controller))
		return true;
	(void)snprintf(enable, sizeof enable, "+%s", controller);
	return write_file(dir_fd, "cgroup.subtree_control", enable) == 0;
}

/* The nearest directory, from `path` up to the mount, that hands `controller` down. */
static int open_parent2(char *path, size_t mount_len, const char *controller)
{
	for (;;) {
		AUTO_CLOSE int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		if (fd >= 0 && is_ours(fd) && hands_down(fd, controller))
			return TAKE_FD(fd);
		if (strlen(path) <= mount_len)
			return -ENOENT;
		*strrchr(path, '/') = '\0';
	}
}

static bool is_same(int a, int b)
{
	struct stat st_a, st_b;

	return fstat(a, &st_a) == 0 && fstat(b, &st_b) == 0 && st_a.st_dev == st_b.st_dev &&
	       st_a.st_ino == st_b.st_ino;
}

static struct cgroup_tree *add_tree(struct cgroup *c, int parent_fd, bool is_unified)
{
	c->trees[c->n_trees] = (struct cgroup_tree){ .parent_fd = parent_fd,
						     .is_unified = is_unified,
						     .procs_fd = -EBADF };
	return &c->trees[c->n_trees++];
}

/* A process is in one cgroup of version 2: what its place does not hand down is not held. */
static bool find2(struct cgroup *c, const struct controller *controller, uint64_t value)
{
	char path[2 * PATH_MAX];
	AUTO_CLOSE int fd = -EBADF;
	struct cgroup_tree *t = NULL;
	size_t mount_len;

	if (!find_directory(NULL, path, &mount_len))
		return false;
	fd = open_parent2(path, mount_len, controller->name);
	if (fd < 0)
		return false;
	for (size_t i = 0; i < c->n_trees; i++)
		if (c->trees[i].is_unified)
			t = &c->trees[i];
	if (t && !is_same(fd, t->parent_fd))
		return false;
	add_files2(t ? t : add_tree(c, TAKE_FD(fd), true), controller->limit, value);
	return true;
}

static bool find1(struct cgroup *c, const struct controller *controller, uint64_t value)
{
	char path[2 * PATH_MAX];
	AUTO_CLOSE int fd = -EBADF;
	size_t mount_len;

	if (!find_directory(controller->name, path, &mount_len))
		return false;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || !is_ours(fd))
		return false;
	add_files1(add_tree(c, TAKE_FD(fd), false), controller->limit, value);
	return true;
}

void cgroup_find(const struct limits *limits, const char *name, struct cgroup *ret)
{
	*ret = (struct cgroup){ .n_trees = 0 };
	(void)snprintf(ret->name, sizeof ret->name, "wasmrun-%d-%s", (int)getpid(), name);
	/* A controller that version 1 has mounted is not to be had of version 2. */
	for (size_t i = 0; i < ARRAY_LEN(controllers); i++) {
		const struct controller *c = &controllers[i];
		uint64_t value = limits->values[c->limit];

		if (value)
			ret->is_held[c->limit] = find1(ret, c, value) || find2(ret, c, value);
	}
}

static int make_tree(const struct cgroup *c, struct cgroup_tree *t)
{
	AUTO_CLOSE int dir_fd = -EBADF;

	if (mkdirat(t->parent_fd, c->name, 0755) < 0)
		return neg_errno();
	dir_fd = openat(t->parent_fd, c->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir_fd < 0)
		return neg_errno();
	for (size_t i = 0; i < t->n_files; i++) {
		int r = write_file(dir_fd, t->files[i].name, t->files[i].value);

		if (r < 0 && !t->files[i].optional)
			return r;
	}
	t->procs_fd = openat(dir_fd, "cgroup.procs", O_WRONLY | O_CLOEXEC);
	return t->procs_fd < 0 ? neg_errno() : 0;
}

int cgroup_make(struct cgroup *c)
{
	for (size_t i = 0; i < c->n_trees; i++) {
		int r = make_tree(c, &c->trees[i]);

		if (r < 0)
			return r;
	}
	return 0;
}

int cgroup_join(const struct cgroup *c)
{
	for (size_t i = 0; i < c->n_trees; i++)
		if (write(c->trees[i].procs_fd, "0", 1) < 0)
			return neg_errno();
	return 0;
}

/* The number behind `key` at the start of a line, or 0. */
static unsigned long long read_number(int dir_fd, const char *file, const char *key)
{
	unsigned long long number = 0;
	char text[1024];
	char *line = text;

	if (!read_file(dir_fd, file, text, sizeof text))
		return 0;
	while (line) {
		char *next = strchr(line, '\n');

		if (strncmp(line, key, strlen(key)) == 0 && line[strlen(key)] == ' ')
			(void)sscanf(line + strlen(key), "%llu", &number);
		line = next ? next + 1 : NULL;
	}
	return number;
}

unsigned cgroup_read(const struct cgroup *c)
{
	unsigned events = 0;

	for (size_t i = 0; i < c->n_trees; i++) {
		AUTO_CLOSE int fd =
			openat(c->trees[i].parent_fd, c->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		if (fd < 0)
			continue;
		if (read_number(fd, "memory.events", "oom_kill") ||
		    read_number(fd, "memory.oom_control", "oom_kill"))
			events |= CGROUP_OOM_KILLED;
		if (read_number(fd, "pids.events", "max"))
			events |= CGROUP_FORKS_REFUSED;
		if (read_number(fd, "cpu.stat", "nr_throttled"))
			events |= CGROUP_THROTTLED;
	}
	return events;
}

void cgroup_remove(const struct cgroup *c)
{
	const struct timespec pause = { .tv_nsec = 1000000 };

	/* A process that has been waited for may still be leaving its cgroup, and nothing tells
	 * when it has left. */
	for (size_t i = 0; i < c->n_trees; i++)
		for (int n = 0; n < REMOVE_ATTEMPTS_MAX; n++) {
			if (unlinkat(c->trees[i].parent_fd, c->name, AT_REMOVEDIR) == 0 ||
			    errno != EBUSY)
				break;
			(void)nanosleep(&pause, NULL);
		}
}

void cgroup_close(struct cgroup *c)
{
	for (size_t i = 0; i < c->n_trees; i++) {
		c->trees[i].parent_fd = fd_close(c->trees[i].parent_fd);
		c->trees[i].procs_fd = fd_close(c->trees[i].procs_fd);
	}
	c->n_trees = 0;
}
