// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * All calls in any order and with any arguments, from processes that share
 * descriptors, race for the one that writes, and are killed at any time.
 * Afterwards nothing may be left of them, and a live update must work as if
 * they had never been: into a kernel in which the same is done to sessions
 * that wait to be taken back, and from there into a third.
 *
 * Arguments: the seconds, of which two thirds are spent before the first jump,
 * and a seed, with which a run can be repeated as far as the scheduler does.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "fuzz_calls.h"
#include "vm.h"

#define LIST_SIZE	(128 * PAGE)
#define ARENA_SHIFT	44
#define FAILSLAB	"/sys/kernel/debug/failslab/"
#define KMEMLEAK	"/sys/kernel/debug/kmemleak"
#define FINAL_SIZE	123456
#define PROCESSES	7
#define ORCHESTRATORS	2	/* of these processes */
#define THREADS		2

/* Each process has a few descriptors of each kind, shared by its threads. */
static const int slots_of[KINDS] = { 1, 2, 8, 8, 4 };
static _Atomic int slots[KINDS][8];

/* Counted by all processes together */
static struct tally {
	atomic_ulong calls, results[256], done[32];
	atomic_ulong wrong;	/* files whose content was another's */
	atomic_bool may_finish;	/* the sessions that wait have been played with */
} *tally;

static int mail[2];

static bool may_finish(void)
{
	return tally->may_finish;
}

static void put(struct fuzzer *me, enum kind kind, int fd)
{
	int old;

	if (fd < 0)
		return;
	old = atomic_exchange(&slots[kind][rnd(me) % slots_of[kind]], fd);
	if (old >= 0)
		close(old);
}

static int get(struct fuzzer *me, enum kind kind)
{
	return slots[kind][rnd(me) % slots_of[kind]];
}

static void drop(struct fuzzer *me, enum kind kind)
{
	int old = atomic_exchange(&slots[kind][rnd(me) % slots_of[kind]], -1);

	if (old >= 0)
		close(old);
}

/* Files of the crowd have a page, whose content only their token tells. */
static void took(struct fuzzer *me, int fd, uint64_t which)
{
	if (one_in(me, 4) && !memfd_is(fd, PAGE, which))
		tally->wrong++;
}

/* A call that was made, spoilt or not, did what it is for. */
static void done(struct fuzzer *me, unsigned long cmd, const void *arg)
{
	const struct liveupdate_session_retrieve_fd *made = arg;
	const struct call *c = calls;

	while (c < calls + CALLS && c->cmd != cmd)
		c++;
	if (c == calls + CALLS)
		return;
	tally->done[c - calls]++;
	/* Where others write, too, there is no telling which descriptor that was. */
	if (c->makes == KINDS || me->shares)
		return;
	if (c->makes == TAKEN)
		took(me, made->fd, made->token);
	put(me, c->makes, made->fd);
}

/* Nothing waits in the first kernel; in the next, what waits is to be played with first. */
static bool rare_here(struct fuzzer *me, const struct call *c)
{
	if (boot() == 1)
		return c->where == INCOMING && !one_in(me, 16);
	return c->cmd == LIVEUPDATE_IOCTL_CREATE_SESSION && !may_finish() && !one_in(me, 8);
}

static void call(struct fuzzer *me)
{
	const struct call *c = &calls[rnd(me) % CALLS];
	int fd = get(me, one_in(me, 64) ? rnd(me) % KINDS : c->kind), result;
	unsigned long cmd = c->cmd;
	char *at = me->region;

	if (fd < 0 || !one_in(me, c->rare) || rare_here(me, c))
		return;
	memset(at, 0, 512);
	*(uint32_t *)at = c->size;
	c->fill(me, at);
	if (one_in(me, 5))
		at = mangle(me, at, c->size, &cmd);
	result = ioctl(fd, cmd, at) ? errno : 0;
	tally->calls++;
	tally->results[result % 256]++;
	if (!result)
		done(me, cmd, at);
}

/* A descriptor goes to whoever looks next, with the byte that says what it is. */
static void send_fd(struct fuzzer *me)
{
	char kind = one_in(me, 8) ? rnd(me) % KINDS : SESSION, control[CMSG_SPACE(sizeof(int))] = {};
	struct iovec iov = { &kind, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
			      .msg_controllen = sizeof(control) };
	int fd = get(me, kind);

	if (fd < 0 || (kind == WRITER && !one_in(me, 8)))
		return;
	*CMSG_FIRSTHDR(&msg) = (struct cmsghdr) {
		.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int)) };
	memcpy(CMSG_DATA(CMSG_FIRSTHDR(&msg)), &fd, sizeof(fd));
	sendmsg(mail[0], &msg, MSG_DONTWAIT);
}

static void receive_fd(struct fuzzer *me)
{
	char kind, control[CMSG_SPACE(sizeof(int))];
	struct iovec iov = { &kind, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
			      .msg_controllen = sizeof(control) };
	int fd;

	if (recvmsg(mail[1], &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) != 1 || !CMSG_FIRSTHDR(&msg))
		return;
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(fd));
	put(me, kind, fd);
}

static void look_at_sysfs(struct fuzzer *me)
{
	static const char *const files[] = { "state", "number", "enabled" };
	char path[64], text[64];
	int fd;

	snprintf(path, sizeof(path), "/sys/kernel/liveupdate/%s", files[rnd(me) % 3]);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && read(fd, text, sizeof(text)) >= 0)
		close(fd);
}

static void do_to_descriptors(struct fuzzer *me)
{
	enum kind kind = SESSION + rnd(me) % (KINDS - SESSION);
	int fd;

	switch (rnd(me) % 16) {
	case 0: case 1: case 2:
		put(me, MEMFD, memfd("fuzz", rnd(me) % (1 << rnd(me) % 19), rnd(me)));
		return;
	case 3: case 4:
		put(me, READER, device(O_RDONLY));
		return;
	case 5: case 6:
		if (me->orchestrates && slots[WRITER][0] < 0)
			put(me, WRITER, device(O_RDWR));
		return;
	case 7:
		drop(me, one_in(me, 4) ? WRITER : kind);
		return;
	case 8:
		fd = get(me, kind);
		put(me, kind, fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 0));
		return;
	case 9: case 10:
		send_fd(me);
		return;
	case 11: case 12: case 13:
		receive_fd(me);
		return;
	}
	if (ftruncate(get(me, MEMFD), rnd(me) % 65536))
		look_at_sysfs(me);
}

static void *fuzz(void *me)
{
	for (;;) {
		if (one_in(me, 4))
			do_to_descriptors(me);
		else
			call(me);
	}
	return NULL;
}

/*
 * Lists are written with whatever stride was asked for, from an address in which
 * a bit may be wrong: around them so much is out of bounds that none of it hits
 * the process itself.
 */
static void make_region(struct fuzzer *me, uintptr_t number)
{
	char *bounds = (char *)((number + 1) << ARENA_SHIFT);
	int fd = need(memfd_create("region", 0), "make memory");

	need(ftruncate(fd, REGION), "size it");
	me->region = mmap(NULL, REGION + PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	mmap(me->region, REGION, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0);
	me->readonly = mmap(NULL, REGION, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	mmap(bounds, 1UL << ARENA_SHIFT, PROT_NONE,
	     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
	me->list = mmap(bounds + (1UL << (ARENA_SHIFT - 1)), LIST_SIZE, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	need(me->list == MAP_FAILED ? -errno : 0, "make room for lists");
}

/* Only kernels that look for faults have all of what is set. */
static void set(const char *file, const char *value)
{
	int fd = open(file, O_WRONLY | O_CLOEXEC);

	if (fd >= 0 && write(fd, value, strlen(value)) < 0)
		note("%s cannot be set", file);
	close(fd);
}

/* One allocation in a hundred fails, of those that the processes make. */
static void make_allocations_fail(void)
{
	set(FAILSLAB "verbose", "0");
	set(FAILSLAB "task-filter", "Y");
	set(FAILSLAB "ignore-gfp-wait", "N");
	set(FAILSLAB "times", "-1");
	set(FAILSLAB "probability", "1");
}

/* The threads of the last of all processes change each other's arguments. */
static pid_t start(int role, uint64_t seed)
{
	struct rlimit files = { 256, 256 };
	struct fuzzer us[THREADS] = {};
	pthread_t thread;
	pid_t pid = fork();

	if (pid)
		return need(pid, "fork");
	setrlimit(RLIMIT_NOFILE, &files);
	memset(slots, 0xff, sizeof(slots));
	make_region(&us[0], 0);
	for (int i = 0; i < THREADS; i++) {
		us[i] = us[0];
		us[i].random = (seed * THREADS + i + 1) * 0xbf58476d1ce4e5b9ULL;
		us[i].orchestrates = role < ORCHESTRATORS;
		us[i].shares = role == PROCESSES - 1;
		if (i && !us[i].shares)
			make_region(&us[i], i);
	}
	set("/proc/self/make-it-fail", "1");
	for (int i = 1; i < THREADS; i++)
		pthread_create(&thread, NULL, fuzz, &us[i]);
	fuzz(&us[0]);
	_exit(0);
}

/* Returns whether it ended because of us, and within a minute. */
static bool stop(pid_t pid)
{
	int status = -1;

	kill(pid, SIGKILL);
	for (int i = 0; i < 6000; i++) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			break;
		usleep(10000);
	}
	if (status != -1 && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		return true;
	note("a process ended with status %#x", status);
	return false;
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* Processes for some seconds, one of which is replaced now and then */
static void run(double seconds, uint64_t seed)
{
	struct fuzzer me = { .random = seed * 0x94d049bb133111ebULL | 1 };
	double begin = now(), end = begin + seconds;
	pid_t pids[PROCESSES];
	int killed = 0;
	bool well = true;

	need(socketpair(AF_UNIX, SOCK_DGRAM, 0, mail), "make a socket");
	for (int i = 0; i < PROCESSES; i++)
		pids[i] = start(i, rnd(&me));
	while (now() < end && well) {
		int i = rnd(&me) % PROCESSES;

		usleep(rnd(&me) % 200000);
		tally->may_finish = boot() == 1 || now() > begin + seconds * 0.6;
		well = stop(pids[i]);
		pids[i] = start(i, rnd(&me));
		killed++;
	}
	for (int i = 0; i < PROCESSES; i++)
		well = stop(pids[i]) && well;
	close(mail[0]);
	close(mail[1]);
	ok(well, "%d processes were killed, and ended at once", killed + PROCESSES);
}

/* Nothing waits at first; later, who sends FINISH may not live to tell. */
static bool may_lack(const struct call *c)
{
	return boot() == 1 ? c->where == INCOMING : c->cmd == LIVEUPDATE_IOCTL_SET_EVENT;
}

static void say_results(void)
{
	unsigned long calls_made = tally->calls;
	bool all = true;

	ok(calls_made && tally->results[0] * 10 > calls_made,
	   "of %lu calls a tenth and more succeed", calls_made);
	for (int i = 0; i < 256; i++) {
		if (tally->results[i])
			note("%10lu %s", (unsigned long)tally->results[i],
			     i ? strerrorname_np(i) ?: "?" : "succeeded");
	}
	for (int i = 0; i < CALLS; i++) {
		note("%10lu times %s", (unsigned long)tally->done[i], calls[i].name);
		all = all && (tally->done[i] || may_lack(&calls[i]));
	}
	ok(all, "every call that can does, among them");
	is(tally->wrong, 0, "what is taken back is what it was");
}

static void no_leak(void)
{
	char text[4096];
	int fd = open(KMEMLEAK, O_RDWR);
	ssize_t n;

	if (fd < 0)
		return;
	for (int i = 0; i < 2; i++) {
		sleep(6);
		need(write(fd, "scan", 4) == 4 ? 0 : -EIO, "scan for leaks");
	}
	n = read(fd, text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = 0;
	if (!ok(!n, "kmemleak finds nothing"))
		note("%s", text);
	close(fd);
}

/* What is freed is held back for a while where a kernel looks for faults. */
static void memory_is_back(long before)
{
	long slack = access(KMEMLEAK, F_OK) ? 4096 : 256 * 1024;
	long crowd = boot() == 1 ? 0 : 2 * CROWD * PAGE / 1024;
	long after = settled_free(before + crowd - slack);

	ok(after >= before + crowd - slack, "memory is back");
	note("MemFree %ld kB before, %ld kB after", before, after);
}

/* Back to NORMAL, with nothing of what was done before */
static int settle(void)
{
	int dev = need(device(O_RDWR), "open the device");
	int was = state();

	note("ended in state %d", was);
	if (was == LIVEUPDATE_STATE_UPDATED)
		is(event(dev, LIVEUPDATE_FINISH, NULL), 0, "the update can be finished");
	else if (was != LIVEUPDATE_STATE_NORMAL)
		is(event(dev, LIVEUPDATE_CANCEL, NULL), 0, "the update can be cancelled");
	is(state(), LIVEUPDATE_STATE_NORMAL, "the machine is in normal");
	return dev;
}

static void leave(int dev)
{
	char name[32];
	int s;

	for (int i = 0; i < CROWD && boot() == 1; i++) {
		snprintf(name, sizeof(name), "crowd%d", i);
		s = need(create(dev, name), "create a session for the crowd");
		for (int t = 0; t < 2; t++) {
			int fd = need(memfd("crowd", PAGE, t), "make a file");

			need(preserve(s, fd, t), "preserve it");
			close(fd);
		}
	}
	s = need(create(dev, "final"), "create a session");
	need(preserve(s, memfd("final", FINAL_SIZE, 42), 7), "preserve a file");
	is(event(dev, LIVEUPDATE_PREPARE, NULL), 0, "prepare");
	is(event(dev, LIVEUPDATE_FREEZE, NULL), 0, "freeze");
	jump();
}

static void arrive(void)
{
	int dev = need(device(O_RDWR), "open the device"), s, fd;

	is(state(), LIVEUPDATE_STATE_UPDATED, "the next kernel is reached");
	is(list_sessions(dev, NULL, 0), boot() == 2 ? CROWD + 1 : 1, "with all sessions");
	s = need(retrieve(dev, "final"), "retrieve one");
	fd = retrieve_fd(s, 7);
	ok(fd >= 0 && memfd_is(fd, FINAL_SIZE, 42), "its file is the same");
	is(finish(s), 0, "it can be finished");
	close(fd);
	close(s);
	close(dev);
}

int main(int argc, char **argv)
{
	double seconds = (argc > 1 ? atof(argv[1]) : 30) / 3 * (boot() == 1 ? 2 : 1);
	uint64_t seed = (argc > 2 ? atoi(argv[2]) : 1) * 10 + boot();
	long before = 0;
	int dev;

	tally = mmap(NULL, sizeof(*tally), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (boot() > 1)
		arrive();
	if (boot() < 3) {
		note("%.0f seconds, seed %lu", seconds, (unsigned long)seed / 10);
		make_allocations_fail();
		/* The first of them grow what the kernel keeps for later. */
		if (boot() == 1)
			run(seconds / 10, seed + 1000);
		before = settled_free(0);
		run(seconds, seed);
		say_results();
	}
	dev = settle();
	is(list_sessions(dev, NULL, 0), 0, "no session is left");
	if (boot() == 3)
		return 0;
	memory_is_back(before);
	no_leak();
	leave(dev);
}
