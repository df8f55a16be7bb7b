#include "escaped.h"

#include "base/num.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

int listener = FD_NONE, accepted = FD_NONE;

int attempt_number(const char *word)
{
	uint64_t number = 0;

	(void)num_parse_u64(word, INT_MAX, &number); /* what is missing is 0 */
	return (int)number;
}

int attempt_fd(const char *word)
{
	if (strcmp(word, "listener") == 0)
		return listener;
	if (strcmp(word, "accepted") == 0)
		return accepted;
	return attempt_number(word);
}

static int unix_address(const char *text, struct sockaddr_un *ret)
{
	const char *abstract = strncmp(text, "abstract:", 9) == 0 ? text + 9 : NULL;
	const char *name = abstract ? abstract : text;
	size_t len = strlen(name);

	ret->sun_family = AF_UNIX;
	if (len + 1 >= sizeof ret->sun_path)
		return -EINVAL;
	memcpy(ret->sun_path + (abstract ? 1 : 0), name, len);
	return (int)(offsetof(struct sockaddr_un, sun_path) + len + 1);
}

int attempt_address(const char *text, const char *port, struct sockaddr_storage *ret)
{
	struct sockaddr_in *in4 = (struct sockaddr_in *)ret;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ret;

	memset(ret, 0, sizeof *ret);
	if (inet_pton(AF_INET, text, &in4->sin_addr) == 1) {
		in4->sin_family = AF_INET;
		in4->sin_port = htons((uint16_t)attempt_number(port));
		return sizeof *in4;
	}
	if (inet_pton(AF_INET6, text, &in6->sin6_addr) == 1) {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons((uint16_t)attempt_number(port));
		return sizeof *in6;
	}
	return unix_address(text, (struct sockaddr_un *)ret);
}

static const struct attempt *find(const char *name)
{
	const struct attempt *const tables[] = { call_attempts, socket_attempts, race_attempts,
						 flood_attempts };

	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
		for (const struct attempt *a = tables[i]; a->name; a++)
			if (strcmp(a->name, name) == 0)
				return a;
	return NULL;
}

static void obey(char *line)
{
	char *words[WORDS_MAX + 1];
	const struct attempt *a;
	int r;

	line[strcspn(line, "\n")] = 0;
	for (int i = 0; i <= WORDS_MAX; i++) {
		words[i] = line;
		line += strcspn(line, " ");
		if (*line)
			*line++ = 0;
	}
	a = find(words[0]);
	r = a ? a->run(words) : -EBADRQC;
	if (r < 0)
		printf("error %s\n", strerrorname_np(-r));
	else
		printf("ok %d\n", r);
	(void)fflush(stdout);
}

/* In the compiler's place: the "compiled" module is any bytes, since nobody here reads it. */
static int compile(void)
{
	enum { IN_FD = 3, OUT_FD = 4 };
	char bytes[65536];
	ssize_t len;

	while ((len = read(IN_FD, bytes, sizeof bytes)) > 0)
		if (write(OUT_FD, bytes, (size_t)len) != len)
			return 125;
	return len < 0 ? 125 : 0;
}

int main(int argc, char **argv)
{
	char line[4096];

	if (argc > 1 && strcmp(argv[1], "compile") == 0)
		return compile();
	/* Another program in this one's place reads on where this one ended. */
	(void)setvbuf(stdin, NULL, _IONBF, 0);
	while (fgets(line, sizeof line, stdin))
		obey(line);
	return 0;
}
