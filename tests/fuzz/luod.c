// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * luod-fuzz SOCKET PROCESS GROUP SEED ROUNDS SECONDS: a crowd that says to luod what it
 * should not, most of it users in GROUP, while a few honest people have to get their
 * answers. After each round everybody goes, and luod has to be as it was.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "honest.h"
#include "words.h"

/* With the honest ones less than luod takes. */
#define CROWD		1000
/* One in so many is root, and the others are of so many users. */
#define ROOT_EVERY	25
#define USERS		10
#define FIRST_USER	2000
#define REST_MS		20000
/* What luod may need more at rest after many rounds than after the first. */
#define GROWTH_KB	(24 * 1024)
#define MOST_FDS	253

enum kind { SILENT, SAYS, ANSWERS, SLOW, LEAVES, KEEPS_ALL, SENDS_FDS, KINDS };

struct member {
	int fd;
	enum kind kind;
	size_t sent;
	struct text *text;
};

static struct member crowd[CROWD];
static struct sockaddr_un address = { .sun_family = AF_UNIX };
static int files[MOST_FDS];
static struct {
	unsigned long connections, messages, bytes, descriptors, refused;
} counts;

/* The kernel notes who it is. */
static int connect_as(int fd, uid_t user)
{
	int ret;

	if (user && seteuid(user))
		give_up("user %u: %s", user, strerror(errno));
	ret = connect(fd, (struct sockaddr *)&address, sizeof(address)) ? -errno : 0;
	if (user && seteuid(0))
		give_up("root: %s", strerror(errno));
	return ret;
}

static void join(struct member *m)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	uid_t i = (uid_t)(m - crowd);
	int ret;

	if (fd < 0)
		give_up("socket: %s", strerror(errno));
	ret = connect_as(fd, i % ROOT_EVERY ? FIRST_USER + i % USERS : 0);
	if (ret) {
		close(fd);
		/* Or as many as may wait there already. */
		if (ret != -EAGAIN)
			give_up("connect: %s", strerror(-ret));
		return;
	}
	m->fd = fd;
	m->kind = random_below(KINDS);
	counts.connections++;
}

static void leave(struct member *m)
{
	if (m->fd >= 0)
		close(m->fd);
	free(m->text);
	*m = (struct member){ .fd = -1 };
}

static void send_some(struct member *m, const char *bytes, size_t size)
{
	ssize_t n = send(m->fd, bytes, size, MSG_NOSIGNAL);

	if (n < 0 && errno != EAGAIN) {
		counts.refused++;
		leave(m);
		return;
	}
	counts.messages++;
	counts.bytes += n > 0 ? (size_t)n : 0;
}

static void choose_words(struct text *text)
{
	switch (random_below(16)) {
	case 0:
		words_long(text);
		break;
	case 1:
		words_deep(text);
		break;
	case 2:
		words_garbage(text);
		break;
	default:
		words_request(text);
	}
}

static void say(struct member *m)
{
	static struct text text;

	choose_words(&text);
	send_some(m, text.bytes, text.size);
}

/* A byte at a time, now and then. */
static void say_slowly(struct member *m)
{
	if (!m->text) {
		m->text = malloc(sizeof(*m->text));
		if (!m->text)
			give_up("out of memory");
		words_request(m->text);
		m->sent = 0;
	}
	if (m->sent == m->text->size) {
		free(m->text);
		m->text = NULL;
		return;
	}
	send_some(m, m->text->bytes + m->sent++, 1);
}

static void send_files(struct member *m)
{
	union {
		char space[CMSG_SPACE(sizeof(files))];
		struct cmsghdr align;
	} control = { 0 };
	static struct text text;
	uint32_t count = 1 + random_below(random_below(2) ? 8 : MOST_FDS);
	struct iovec part = { .iov_base = text.bytes };
	struct msghdr header = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control,
		.msg_controllen = CMSG_SPACE(count * sizeof(int)),
	};

	choose_words(&text);
	part.iov_len = random_below(4) ? text.size : random_below(2);
	control.align.cmsg_level = SOL_SOCKET;
	control.align.cmsg_type = SCM_RIGHTS;
	control.align.cmsg_len = CMSG_LEN(count * sizeof(int));
	memcpy(CMSG_DATA(&control.align), files, count * sizeof(int));
	if (sendmsg(m->fd, &header, MSG_NOSIGNAL) < 0) {
		if (errno != EAGAIN && errno != ETOOMANYREFS)
			leave(m);
		return;
	}
	counts.messages++;
	counts.descriptors += count;
}

static void subscribe(struct member *m)
{
	static const char *const kinds[] = { "fuzz", "lax", "late" };
	char line[128];
	int n = snprintf(line, sizeof(line), "{\"cmd\":\"SUBSCRIBE\",\"name\":\"%s-%u\"}\n",
			 kinds[random_below(3)], random_below(600));

	send_some(m, line, (size_t)n);
}

/* As a client would, more or less. */
static void answer(struct member *m)
{
	static const char *const answers[] = {
		"{\"cmd\":\"READY\"}\n", "{\"cmd\":\"FROZEN\"}\n", "{\"cmd\":\"CANCELLED\"}\n",
		"{\"cmd\":\"VETO\",\"reason\":\"fuzz\"}\n", "{\"cmd\":\"PROGRESS\",\"done\":1}\n",
	};
	static char heard[TEXT_MAX];
	ssize_t n = recv(m->fd, heard, sizeof(heard) - 1, 0);
	int which = -1;

	if (n == 0 || (n < 0 && errno != EAGAIN)) {
		leave(m);
		return;
	}
	heard[n > 0 ? n : 0] = '\0';
	if (strstr(heard, "\"START_PRESERVATION\""))
		which = 0;
	else if (strstr(heard, "\"FREEZE\""))
		which = 1;
	else if (strstr(heard, "\"CANCEL\""))
		which = 2;
	if (which >= 0 && random_below(50) == 0)
		which = (int)random_below(5);
	if (which >= 0)
		send_some(m, answers[which], strlen(answers[which]));
	else if (!random_below(20))
		subscribe(m);
	else if (!random_below(20))
		say(m);
}

static void read_away(struct member *m)
{
	char heard[4096];
	ssize_t n = recv(m->fd, heard, sizeof(heard), 0);

	if (n == 0 || (n < 0 && errno != EAGAIN))
		leave(m);
}

static void act(struct member *m)
{
	if (m->fd < 0) {
		join(m);
		return;
	}
	if (!random_below(m->kind == LEAVES ? 4 : 200)) {
		leave(m);
		return;
	}
	if (m->kind == ANSWERS) {
		answer(m);
		return;
	}
	if (m->kind != KEEPS_ALL && random_below(2)) {
		read_away(m);
		return;
	}
	if (m->kind == SLOW)
		say_slowly(m);
	else if (m->kind == SENDS_FDS)
		send_files(m);
	else if (m->kind != SILENT)
		say(m);
}

static void play_round(int seconds)
{
	int64_t end = now_ms() + seconds * 1000;

	for (int i = 0; i < CROWD; i++) {
		while (crowd[i].fd < 0) {
			join(&crowd[i]);
			honest_go_on();
		}
	}
	while (now_ms() < end) {
		for (int i = 0; i < 40; i++)
			act(&crowd[random_below(CROWD)]);
		honest_go_on();
	}
	for (int i = 0; i < CROWD; i++)
		leave(&crowd[i]);
}

/* Until luod has as few descriptors as in the beginning. */
static void wait_for_rest(pid_t luod, int fds)
{
	int64_t end = now_ms() + REST_MS;
	int now;

	while ((now = count_fds(luod)) != fds) {
		if (now_ms() > end)
			give_up("luod has %d descriptors, and had %d", now, fds);
		honest_rest();
	}
}

static void start(const char *path, pid_t luod, int *fds)
{
	const struct rlimit limit = { .rlim_cur = 4096, .rlim_max = 4096 };

	setrlimit(RLIMIT_NOFILE, &limit);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	for (int i = 0; i < MOST_FDS; i++)
		files[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	for (int i = 0; i < CROWD; i++)
		crowd[i].fd = -1;
	honest_start(path);
	honest_rest();
	*fds = count_fds(luod);
}

int main(int argc, char **argv)
{
	long first = 0, last = 0;
	int fds, rounds, seconds;
	uint64_t seed;
	pid_t luod;

	if (argc != 7)
		give_up("luod-fuzz SOCKET PROCESS GROUP SEED ROUNDS SECONDS");
	luod = atoi(argv[2]);
	if (setgroups(0, NULL) || setegid((gid_t)atoi(argv[3])))
		give_up("group %s: %s", argv[3], strerror(errno));
	seed = strtoull(argv[4], NULL, 0);
	rounds = atoi(argv[5]);
	seconds = atoi(argv[6]);
	start(argv[1], luod, &fds);
	for (int i = 0; i < rounds; i++) {
		random_seed(seed + (uint64_t)i);
		play_round(seconds);
		wait_for_rest(luod, fds);
		honest_newcomer();
		last = memory_kb(luod, "VmRSS");
		first = first ? first : last;
		printf("round %d: VmRSS %ld KiB\n", i + 1, last);
		fflush(stdout);
	}
	printf("%lu connections, %lu messages (%lu bytes), %lu descriptors, %lu hung up on\n",
	       counts.connections, counts.messages, counts.bytes, counts.descriptors,
	       counts.refused);
	honest_report();
	printf("VmRSS %ld KiB after the first round, %ld after the last; at most %ld\n", first,
	       last, memory_kb(luod, "VmHWM"));
	if (last > first + GROWTH_KB)
		give_up("luod grows");
	honest_stop();
	return 0;
}
