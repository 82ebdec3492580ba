// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who pays for memory that is handed over: the control group of whoever retrieves it,
 * until it is free. Where that has no room, a retrieve fails and nothing is lost: it can
 * be tried again, by others too, or be given up.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "memfds.h"
#include "vm.h"

#define MIB	(1L << 20)
#define SIZE	(32 * MIB)
#define LIMIT	"20971520"	/* more than a part of the file, less than all */
/* What the CPUs charge ahead, and what the file itself and its pages' index take */
#define SLACK	(2 * MIB)
#define GROUPS	"/sys/fs/cgroup/"

static const char *const formats[] = { "stock", "extent" };
static const char *format;

static int dev;

static char *in_group(const char *group, const char *file)
{
	static char path[128];

	snprintf(path, sizeof(path), GROUPS "%s/%s", group, file);
	return path;
}

static void make_group(const char *group)
{
	need(mkdir(in_group(group, ""), 0755) ? -errno : 0, "make a control group");
}

/* Only once nobody is in it any more, whatever memory is charged to it */
static bool remove_group(const char *group)
{
	return is(rmdir(in_group(group, "")) ? -errno : 0, 0, "group %s can be removed", group);
}

static void enter(const char *group)
{
	need(write_to(in_group(group, "cgroup.procs"), "0"), "enter a control group");
}

static void leave(void)
{
	need(write_to(GROUPS "cgroup.procs", "0"), "leave the control group");
}

static long charged(const char *group)
{
	return number_in(in_group(group, "memory.current"));
}

/* A line of a file of values with names */
static long value_of(const char *group, const char *file, const char *name)
{
	FILE *f = fopen(in_group(group, file), "re");
	char line[128];
	long value = -1;

	while (f && fgets(line, sizeof(line), f)) {
		if (!strncmp(line, name, strlen(name)) && line[strlen(name)] == ' ')
			value = atol(line + strlen(name));
	}
	if (f)
		fclose(f);
	return value;
}

static bool about(long got, long want, const char *what)
{
	if (ok(labs(got - want) <= SLACK, "%s, %s", format, what))
		return true;
	note("got %ld bytes, expected %ld", got, want);
	return false;
}

/* Waits for what is uncharged later. */
static void nothing_charged(const char *group, const char *when)
{
	for (int i = 0; i < 50 && charged(group) > SLACK; i++)
		usleep(100000);
	about(charged(group), 0, when);
}

static const char *session_name(const char *purpose)
{
	static char name[64];

	snprintf(name, sizeof(name), "%s-%s", format, purpose);
	return name;
}

/* The old kernel: what is preserved stays charged to whom it was, and is free after it. */
static void cancelled_or_dropped(void)
{
	int s = need(create(dev, session_name("cancel")), "create a session"), fd;

	make_group("owner");
	enter("owner");
	fd = need(memfd("owned", SIZE, 1), "make a file");
	leave();
	make_group("keeper");
	enter("keeper");
	need(preserve(s, fd, 1), "preserve a file");
	leave();
	about(charged("owner"), SIZE, "a preserved file is charged to its owner");
	about(charged("keeper"), 0, "and not to who preserves it");
	need(unpreserve(s, 1), "unpreserve a file");
	about(charged("owner"), SIZE, "nor is it once it is unpreserved");
	need(preserve(s, fd, 1), "preserve a file");
	close(fd);
	about(charged("owner"), SIZE, "a session keeps it");
	close(s);
	nothing_charged("owner", "and gives it back when it is closed");
	remove_group("owner");
	remove_group("keeper");
}

/* Holes cost nothing, in the format that has some. */
static void holes(void)
{
	int s = need(create(dev, session_name("holes")), "create a session");
	int fd = need(memfd("sparse", 0, 0), "make a file");

	make_group("keeper");
	ftruncate(fd, SIZE);
	enter("keeper");
	need(preserve(s, fd, 1), "preserve a file");
	leave();
	about(charged("keeper"), strcmp(format, "extent") ? SIZE : 0,
	      "who preserves a file pays for its holes if they are filled");
	close(s);
	close(fd);
	nothing_charged("keeper", "and only until it is closed");
	remove_group("keeper");
}

static const char *const purposes[] = { "pay", "again", "later", "gone", "finish", "discard",
					"swap" };
#define PURPOSES	7

static void first(void)
{
	for (int i = 0; i < 2; i++) {
		format = formats[i];
		use_format(format);
		cancelled_or_dropped();
		holes();
		for (int j = 0; j < PURPOSES; j++) {
			int s = need(create(dev, session_name(purposes[j])), "create a session");
			int fd = need(memfd("charged", SIZE, i * PURPOSES + j), "make a file");

			need(preserve(s, fd, 1), "preserve a file");
			close(fd);
		}
	}
	jump();
}

static int arrive(const char *purpose)
{
	return need(retrieve(dev, session_name(purpose)), "retrieve a session");
}

static bool is_whole(int fd, const char *purpose)
{
	int i = !strcmp(format, "extent"), j = 0;

	while (strcmp(purposes[j], purpose))
		j++;
	return memfd_is(fd, SIZE, i * PURPOSES + j);
}

/* The retriever, its parents, and nobody else */
static void who_retrieves_pays(void)
{
	int s = arrive("pay"), fd;

	make_group("parent");
	need(write_to(in_group("parent", "cgroup.subtree_control"), "+memory"), "use memory");
	make_group("parent/payer");
	make_group("reader");
	enter("parent/payer");
	fd = need(retrieve_fd(s, 1), "retrieve a file");
	leave();
	about(charged("parent/payer"), SIZE, "who retrieves a file pays for it");
	about(value_of("parent/payer", "memory.stat", "shmem"), SIZE, "as for shared memory");
	about(value_of("parent/payer", "memory.stat", "file"), SIZE, "and pages of a file");
	about(charged("parent"), SIZE, "its parent group counts that");
	enter("reader");
	ok(is_whole(fd, "pay"), "%s, the file is the same", format);
	leave();
	about(charged("reader"), 0, "who only reads it does not pay");
	close(fd);
	is(finish(s), 0, "%s, finish", format);
	close(s);
	nothing_charged("parent/payer", "nothing is left once it is closed");
	about(value_of("parent/payer", "memory.stat", "shmem"), 0, "nor in the statistics");
	nothing_charged("parent", "nor with the parent");
	remove_group("parent/payer");
	remove_group("parent");
	remove_group("reader");
}

/* What a process in that group gets, as its exit status, or the signal that ended it */
static int retrieve_in(const char *group, int s)
{
	int status;
	pid_t child = fork();

	if (!child) {
		enter(group);
		_exit(-retrieve_fd(s, 1) & 0x7f);
	}
	need(waitpid(child, &status, 0) == child ? 0 : -ECHILD, "wait for a child");
	if (WIFSIGNALED(status))
		note("it was ended by signal %d", WTERMSIG(status));
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

/* Leaves a session whose file could not be retrieved in a group that is too small. */
static int fail(const char *purpose, const char *group)
{
	int s = arrive(purpose);

	make_group(group);
	need(write_to(in_group(group, "memory.max"), LIMIT), "limit a group");
	is(retrieve_in(group, s), ENOMEM, "%s, a retrieve in a group that is too small fails",
	   format);
	is(value_of(group, "memory.events", "oom_kill"), 0, "%s, nobody is killed for it", format);
	return s;
}

static void back_in_the_same_group(void)
{
	int s = fail("again", "small"), fd;

	is(retrieve_in("small", s), ENOMEM, "%s, and fails again", format);
	need(write_to(in_group("small", "memory.max"), "max"), "lift the limit");
	enter("small");
	fd = retrieve_fd(s, 1);
	leave();
	ok(is_whole(fd, "again"), "%s, with more room it succeeds, and the file is whole", format);
	about(charged("small"), SIZE, "charged once");
	close(fd);
	is(finish(s), 0, "%s, finish", format);
	close(s);
	nothing_charged("small", "nothing is left of that");
	remove_group("small");
}

/* By another process in another group; the first may be gone by then. */
static void back_in_another_group(const char *purpose, bool gone)
{
	int s = fail(purpose, "small"), fd;
	long part = charged("small");

	if (gone)
		remove_group("small");
	make_group("roomy");
	enter("roomy");
	fd = retrieve_fd(s, 1);
	leave();
	ok(is_whole(fd, purpose), "%s, somebody else gets the file, and it is whole", format);
	about(charged("roomy") + part, SIZE, "both pay for what they got in");
	close(fd);
	is(finish(s), 0, "%s, finish", format);
	close(s);
	nothing_charged("roomy", "nothing is left of that");
	remove_group("roomy");
	if (!gone) {
		nothing_charged("small", "nor with who failed");
		remove_group("small");
	}
}

static void given_up(void)
{
	long before = settled_free(0), after;
	int s = fail("finish", "small");

	is(finish(s), 0, "%s, it can be finished instead", format);
	close(s);
	nothing_charged("small", "nothing stays charged");
	after = settled_free(before + (SIZE - SLACK) / 1024);
	about((after - before) * 1024, SIZE, "and the file's memory is free");
	remove_group("small");
}

static void discarded(void)
{
	int s = arrive("discard");
	long before = settled_free(0), after;

	make_group("finisher");
	enter("finisher");
	is(finish(s), 0, "%s, finish without a retrieve", format);
	leave();
	close(s);
	after = settled_free(before + (SIZE - SLACK) / 1024);
	about((after - before) * 1024, SIZE, "frees the file's memory");
	about(charged("finisher"), 0, "for which nobody paid");
	remove_group("finisher");
}

/* Reclaim makes room, though not always as much at once as is asked for. */
static void swapped(void)
{
	int s = arrive("swap"), fd = -ENOMEM;

	make_group("small");
	need(write_to(in_group("small", "memory.max"), LIMIT), "limit a group");
	enter("small");
	for (int i = 0; i < 50 && fd == -ENOMEM; i++)
		fd = retrieve_fd(s, 1);
	leave();
	ok(fd >= 0, "%s, with swap a file is retrieved that is larger than the group", format);
	ok(charged("small") <= atol(LIMIT), "%s, which keeps to its limit", format);
	ok(fd >= 0 && is_whole(fd, "swap"), "%s, the file is the same", format);
	close(fd);
	is(finish(s), 0, "%s, finish", format);
	close(s);
	nothing_charged("small", "nothing stays charged");
	is(swapped_kb(), 0, "%s, nor in swap", format);
	remove_group("small");
}

static void second(void)
{
	for (int i = 0; i < 2; i++) {
		format = formats[i];
		who_retrieves_pays();
		back_in_the_same_group();
		back_in_another_group("later", false);
		back_in_another_group("gone", true);
		given_up();
		discarded();
	}
	swap_on();
	for (int i = 0; i < 2; i++) {
		format = formats[i];
		swapped();
	}
	is(state(), LIVEUPDATE_STATE_NORMAL, "normal");
}

int main(void)
{
	boot();
	dev = need(device(O_RDWR), "open the device");
	need(write_to(GROUPS "cgroup.subtree_control", "+memory"), "use memory groups");
	if (boot() == 1)
		first();
	second();
	return 0;
}
