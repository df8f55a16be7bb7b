/* A second thread changes what the broker decides about, while it decides. */
#include "escaped.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct race {
	pthread_t thread;
	atomic_bool over;
	atomic_int turns;
	/* race-address */
	struct sockaddr_storage shared, allowed, denied;
	/* race-descriptor */
	int fd, first, second;
};

static void *swap_address(void *ctx)
{
	struct race *race = ctx;
	volatile uint16_t *port = &((struct sockaddr_in *)&race->shared)->sin_port;

	while (!race->over) {
		*port = ((struct sockaddr_in *)&race->denied)->sin_port;
		(void)sched_yield();
		*port = ((struct sockaddr_in *)&race->allowed)->sin_port;
		(void)sched_yield();
		race->turns++;
	}
	return NULL;
}

static void *swap_descriptor(void *ctx)
{
	struct race *race = ctx;

	while (!race->over) {
		(void)dup2(race->first, race->fd);
		(void)sched_yield();
		(void)dup2(race->second, race->fd);
		(void)sched_yield();
		race->turns++;
	}
	return NULL;
}

static int start(struct race *race, void *(*other)(void *))
{
	return -pthread_create(&race->thread, NULL, other, race);
}

/* A race that the other thread has taken no part in shows nothing. */
static bool goes_on(struct race *race, int round, int rounds)
{
	enum { TURNS_MIN = 200 };

	return round < rounds || race->turns < TURNS_MIN;
}

static void finish(struct race *race)
{
	race->over = true;
	(void)pthread_join(race->thread, NULL);
}

/* race-address ADDRESS ALLOWED DENIED ROUNDS: how many connections were made to either */
static int race_address(char **words)
{
	struct race race = { 0 };
	int rounds = attempt_number(words[4]), made = 0, r;
	int len = attempt_address(words[1], words[2], &race.allowed);

	(void)attempt_address(words[1], words[3], &race.denied);
	race.shared = race.allowed;
	r = start(&race, swap_address);
	for (int i = 0; r == 0 && goes_on(&race, i, rounds); i++) {
		int fd = socket(race.allowed.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

		made += connect(fd, (struct sockaddr *)&race.shared, (socklen_t)len) == 0;
		(void)close(fd);
	}
	if (r == 0)
		finish(&race);
	return r < 0 ? r : made;
}

/* race-descriptor ADDRESS PORT ROUNDS: connects a number that is, in turns, a socket of its own
 * and one of the host's, the accepted connection. How often connect() said yes. */
static int race_descriptor(char **words)
{
	struct race race = { .second = accepted };
	struct sockaddr_storage to;
	int rounds = attempt_number(words[3]), made = 0, r;
	int len = attempt_address(words[1], words[2], &to);

	race.fd = dup(accepted);
	race.first = socket(to.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (race.fd < 0 || race.first < 0)
		return -errno;
	r = start(&race, swap_descriptor);
	for (int i = 0; r == 0 && goes_on(&race, i, rounds); i++)
		made += connect(race.fd, (struct sockaddr *)&to, (socklen_t)len) == 0;
	if (r == 0)
		finish(&race);
	(void)close(race.fd);
	(void)close(race.first);
	return r < 0 ? r : made;
}

/* race-listen PORT ROUNDS: publishes a number that is, in turns, a fresh listener and the end of
 * a pair. How often listen() said yes. */
static int race_listen(char **words)
{
	struct race race = { 0 };
	struct sockaddr_storage at;
	int rounds = attempt_number(words[2]), yes = 0, r, pair[2];
	int len = attempt_address("0.0.0.0", words[1], &at);

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	race.first = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	race.second = pair[0];
	race.fd = dup(pair[1]);
	if (bind(race.first, (struct sockaddr *)&at, (socklen_t)len) < 0)
		return -errno;
	r = start(&race, swap_descriptor);
	for (int i = 0; r == 0 && goes_on(&race, i, rounds); i++)
		yes += listen(race.fd, 4) == 0;
	if (r == 0)
		finish(&race);
	(void)close(race.fd);
	(void)close(race.first);
	return r < 0 ? r : yes;
}

const struct attempt race_attempts[] = {
	{ "race-address", race_address },
	{ "race-descriptor", race_descriptor },
	{ "race-listen", race_listen },
	{ 0 },
};
