#include "process/watch.h"

#include "base/alloc.h"
#include "base/log.h"
#include "base/own.h"

#include <dirent.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>

struct folder {
	int wd; /* inotify's number of it */
	char *path;
};

struct watch {
	int fd;
	char *only; /* the one file's name, or NULL */
	struct folder *folders;
	size_t n_folders, cap;
};

enum {
	EVENTS = IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ONLYDIR,
	DEPTH_MAX = 64,
	SETTLE_ROUNDS_MAX = 1000,
};

/* Beside all hidden ones. */
static const char *const ignored_folders[] = {
	"node_modules", "target", "build",	 "dist",	  "out",
	"vendor",	"venv",	  "__pycache__", "site-packages", "coverage",
};

/* The tools' own: they change by building. */
static const char *const ignored_files[] = { "Cargo.lock", "go.sum", "package-lock.json", "4913" };

/* What guests, editors and compilers write. */
static const char *const ignored_endings[] = {
	"~",
	".swp",
	".swx",
	".swo",
	".tmp",
	".log",
	".pyc",
	".pid",
	".db",
	".db-journal",
	".db-wal",
	".db-shm",
	".sqlite",
	".sqlite3",
	".sqlite3-journal",
	".sqlite-journal",
	".sock",
};

static bool is_one_of(const char *name, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

static bool ends_in(const char *name, const char *ending)
{
	size_t len = strlen(name), ending_len = strlen(ending);

	return len >= ending_len && strcmp(name + len - ending_len, ending) == 0;
}

static bool folder_counts(const char *name)
{
	return name[0] != '.' && !is_one_of(name, ignored_folders, ARRAY_LEN(ignored_folders));
}

static bool file_counts(const char *name)
{
	if (strncmp(name, ".#", 2) == 0 || (name[0] == '#' && ends_in(name, "#")))
		return false; /* Emacs */
	for (size_t i = 0; i < ARRAY_LEN(ignored_endings); i++)
		if (ends_in(name, ignored_endings[i]))
			return false;
	return !is_one_of(name, ignored_files, ARRAY_LEN(ignored_files));
}

static struct folder *find_folder(const struct watch *w, int wd)
{
	for (size_t i = 0; i < w->n_folders; i++)
		if (w->folders[i].wd == wd)
			return &w->folders[i];
	return NULL;
}

/* Takes `path`. 1 if there is nothing to do: it has vanished (but for the project itself), or is
 * watched already, having come while its parent was walked. */
static int add_folder(struct watch *w, char *path, struct err *e)
{
	AUTO_FREE char *owned = path;
	int wd;

	if (w->n_folders == WATCH_FOLDERS_MAX)
		return err_set(e, 0, "more than %d folders to watch", WATCH_FOLDERS_MAX);
	wd = inotify_add_watch(w->fd, path, EVENTS);
	if (wd < 0 && errno == ENOENT && w->n_folders > 0)
		return 1;
	if (wd < 0)
		return err_set(e, errno, "watch '%s'%s", path,
			       errno == ENOSPC ? " (sysctl fs.inotify.max_user_watches)" : "");
	if (find_folder(w, wd))
		return 1;
	w->folders = xgrow(w->folders, w->n_folders, &w->cap, sizeof *w->folders);
	w->folders[w->n_folders++] = (struct folder){ wd, TAKE_PTR(owned) };
	return 0;
}

static bool is_folder(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* The folder and all below it. Takes `path`. What vanishes meanwhile is left out. */
static int add_tree(struct watch *w, char *path, int depth, struct err *e)
{
	const struct dirent *entry;
	int r = add_folder(w, path, e);
	DIR *dir;

	if (r != 0)
		return r < 0 ? r : 0;
	dir = opendir(path);
	while (dir && r == 0 && (entry = readdir(dir))) {
		AUTO_FREE char *below = NULL;

		if (!folder_counts(entry->d_name) || depth == DEPTH_MAX)
			continue;
		below = xprintf("%s/%s", path, entry->d_name);
		if (is_folder(below))
			r = add_tree(w, TAKE_PTR(below), depth + 1, e);
	}
	if (dir)
		(void)closedir(dir);
	return r;
}

int watch_open(const char *path, struct watch **ret, struct err *e)
{
	struct watch *w = xalloc(sizeof *w);
	const char *slash = strrchr(path, '/');
	int r;

	w->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (w->fd < 0) {
		r = err_set(e, errno, "watch for changes (sysctl fs.inotify.max_user_instances)");
	} else if (is_folder(path)) {
		r = add_tree(w, xstrdup(path), 0, e);
	} else {
		w->only = xstrdup(slash + 1);
		r = add_folder(
			w, slash == path ? xstrdup("/") : xstrndup(path, (size_t)(slash - path)),
			e);
	}
	if (r < 0) {
		(void)watch_close(w);
		return r;
	}
	*ret = w;
	return 0;
}

struct watch *watch_close(struct watch *w)
{
	if (!w)
		return NULL;
	for (size_t i = 0; i < w->n_folders; i++)
		free(w->folders[i].path);
	free(w->folders);
	free(w->only);
	(void)fd_close(w->fd);
	free(w);
	return NULL;
}

int watch_fd(const struct watch *w)
{
	return w->fd;
}

static void remove_folder(struct watch *w, int wd)
{
	struct folder *folder = find_folder(w, wd);

	if (!folder)
		return;
	free(folder->path);
	*folder = w->folders[--w->n_folders];
}

/* A watch goes with its folder, wherever that is moved. IN_IGNORED, which follows, takes it out of
 * the list. */
static void let_go_of_tree(struct watch *w, const char *path)
{
	size_t len = strlen(path);

	for (size_t i = 0; i < w->n_folders; i++) {
		const struct folder *f = &w->folders[i];

		if (strncmp(f->path, path, len) == 0 && (!f->path[len] || f->path[len] == '/'))
			(void)inotify_rm_watch(w->fd, f->wd);
	}
}

/* A folder that has come is watched from now on; files may be in it already. */
static bool take_folder(struct watch *w, const struct inotify_event *event)
{
	const struct folder *folder = find_folder(w, event->wd);
	AUTO_FREE char *path = NULL;

	if (w->only || !folder || !folder_counts(event->name))
		return false;
	path = xprintf("%s/%s", folder->path, event->name);
	if (event->mask & IN_MOVED_FROM)
		let_go_of_tree(w, path);
	else if (event->mask & (IN_CREATE | IN_MOVED_TO))
		(void)add_tree(w, TAKE_PTR(path), 0, NULL);
	return true;
}

static bool counts(struct watch *w, const struct inotify_event *event)
{
	if (event->mask & IN_Q_OVERFLOW)
		return true; /* more than it could tell */
	if (event->mask & IN_IGNORED) {
		remove_folder(w, event->wd);
		return false;
	}
	if (event->len == 0)
		return false;
	if (event->mask & IN_ISDIR)
		return take_folder(w, event);
	if (event->mask & IN_CREATE)
		return false; /* its content follows, and is told by itself */
	return w->only ? strcmp(event->name, w->only) == 0 : file_counts(event->name);
}

bool watch_take(struct watch *w, char ret_name[static WATCH_NAME_MAX])
{
	_Alignas(struct inotify_event) char bytes[sizeof(struct inotify_event) + NAME_MAX + 1];
	bool changed = false;
	ssize_t n;

	while ((n = read(w->fd, bytes, sizeof bytes)) > 0)
		for (char *at = bytes; at < bytes + n;) {
			const struct inotify_event *event = (const struct inotify_event *)at;

			at += sizeof *event + event->len;
			if (!counts(w, event))
				continue;
			if (!changed)
				log_escape(ret_name, WATCH_NAME_MAX, event->name,
					   event->len ? strlen(event->name) : 0);
			changed = true;
		}
	return changed;
}

void watch_settle(struct watch *w)
{
	struct pollfd p = { .fd = w->fd, .events = POLLIN };
	char later[WATCH_NAME_MAX];

	for (int i = 0; i < SETTLE_ROUNDS_MAX && poll(&p, 1, WATCH_QUIET_MS) > 0; i++)
		(void)watch_take(w, later);
}
