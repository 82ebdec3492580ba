// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One live update of one load, measured from inside a lab host whose time
 * counts instructions. Uses nothing that the kernel's own orchestrator lacks,
 * except for -f and -s.
 *
 * usage: bench [-f FORMAT] [-s] [-F] [-H] [-j] FILES PAGES
 *        bench: a jump and nothing else, also where live update is off
 *
 *   FILES PAGES  so many memfds of so many pages each
 *   -f           the format they are handed over in, for our kernel
 *   -s           not kept out of what the next kernel boots in, by our kernel
 *   -F           in fragmented memory: no two free pages lie side by side
 *   -H           of hugetlb pages of 2 MiB, not of 4 KiB
 *   -j           no more than it takes to measure the freeze
 *
 * Prints "figure NAME VALUE": nanoseconds, of which an instruction takes one, bytes of
 * metadata, runs of pages. Or "refused ERROR". Leaves marks in the kernel's log, from
 * which bench/run takes what happened while nothing here was running.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>
#include "load.h"
#include "phase.h"
#include "vm.h"

#define PARAMETERS	"/sys/module/liveupdate/parameters/"

static int kmsg;
static bool only_freeze;

static void mark(const char *fmt, ...)
{
	char line[128];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	need(write(kmsg, line, strlen(line)) < 0 ? -errno : 0, "write to the kernel's log");
}

static long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_RAW, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static long long begin(enum phase phase)
{
	phase_mark(phase, false);
	return now();
}

static void end(enum phase phase, long long since)
{
	long long until = now();

	phase_mark(phase, true);
	printf("figure %s %lld\n", phase_names[phase], until - since);
}

static void set_parameter(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY);
	ssize_t len = strlen(value);

	if (fd < 0 || write(fd, value, len) != len)
		need(-errno, path);
	close(fd);
}

/* The file itself has all its memory before, and may be moved: what is less is metadata. */
static void preserve_files(int session, const struct load *what, const int *fds)
{
	long free = free_memory();
	long long t = begin(PRESERVE);
	int err = 0;

	for (long i = 0; i < what->files && !err; i++)
		err = preserve(session, fds[i], i);
	if (err) {
		printf("refused %s\n", strerror(-err));
		exit(0);
	}
	end(PRESERVE, t);
	printf("figure metadata %ld\n", (free - free_memory()) * 1024);
}

/* Once more, when nothing has to be moved any more; in another session, which stays open */
static void preserve_again(int dev, int session, const struct load *what, const int *fds)
{
	long long t = begin(UNPRESERVE);

	close(session);
	end(UNPRESERVE, t);
	session = need(create(dev, "bench"), "create the session again");
	t = begin(PRESERVE_AGAIN);
	for (long i = 0; i < what->files; i++)
		need(preserve(session, fds[i], i), "preserve again");
	end(PRESERVE_AGAIN, t);
	printf("figure runs %ld\n", count_runs(what, fds));
}

/*
 * The next clock tick is as far away as it can be when this returns, and what the last one
 * started has run.
 */
static void wait_for_tick(void)
{
	struct timespec first, t;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &first);
	do {
		clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
	} while (t.tv_nsec == first.tv_nsec);
	usleep(1000);
}

static void leave(void)
{
	int debug = open("/sys/module/kernel/parameters/initcall_debug", O_WRONLY);

	/* From here on the log says when each device is shut down. */
	need(debug < 0 || write(debug, "1", 1) != 1 ? -errno : 0, "have shutdown logged");
	wait_for_tick();
	mark("bench: first mark");
	mark("bench: second mark, tsc=%llu", __rdtsc());
	phase_mark(JUMP, false);
	need(kexec_reboot(), "jump");
}

/* What is allocated once, for the first file there is, is not the load's. */
static void warm_up(int dev)
{
	static const struct load small = { 1, 1, false, false };
	int session = need(create(dev, "warm up"), "create a session");
	int *fds = make_files(&small);

	need(preserve(session, fds[0], 0), "preserve a file");
	close(session);
	close(fds[0]);
	free(fds);
}

static void before(int dev, const struct load *what)
{
	int session, *fds;

	warm_up(dev);
	prepare(what);
	fds = make_files(what);
	session = need(create(dev, "bench"), "create a session");
	preserve_files(session, what, fds);
	if (!only_freeze)
		preserve_again(dev, session, what, fds);
	need(load(NULL), "load");
	leave();
}

static void after(int dev, const struct load *what)
{
	int session = need(retrieve(dev, "bench"), "retrieve the session");
	int *fds = calloc(what->files + 1, sizeof(*fds));
	long long t = begin(RETRIEVE);

	for (long i = 0; i < what->files; i++)
		fds[i] = need(retrieve_fd(session, i), "retrieve");
	end(RETRIEVE, t);
	need(finish(session), "finish");
	check_files(what, fds);
}

static void only_jump(void)
{
	if (boot() == 1) {
		need(load(NULL), "load");
		sync();
		mark("bench: leaves, tsc=%llu", __rdtsc());
		need(kexec_reboot(), "jump");
	}
}

static void parse(int argc, char **argv, struct load *what)
{
	int option;

	while ((option = getopt(argc, argv, "f:sFHj")) != -1) {
		switch (option) {
		case 'f': set_parameter(PARAMETERS "memfd_format", optarg); break;
		case 's': set_parameter(PARAMETERS "avoid_scratch", "0"); break;
		case 'H': what->huge = true; break;
		case 'F': what->fragmented = true; break;
		case 'j': only_freeze = true; break;
		default: exit(2);
		}
	}
	if (argc - optind != 2)
		exit(2);
	what->files = atol(argv[optind]);
	what->pages = atol(argv[optind + 1]);
}

int main(int argc, char **argv)
{
	static const struct rlimit limit = { 16384, 16384 };
	struct load what = { };
	int dev;

	boot();
	need(setrlimit(RLIMIT_NOFILE, &limit) ? -errno : 0, "be allowed many files");
	phase_prepare();
	/* A page of the program that comes over 9p while time is taken takes ages. */
	need(mlockall(MCL_CURRENT) ? -errno : 0, "lock the program in memory");
	kmsg = open("/dev/kmsg", O_WRONLY);
	need(kmsg < 0 ? -errno : 0, "open the kernel's log");
	if (boot() == 2) {
		mark("bench: arrived, tsc=%llu", __rdtsc());
		phase_mark(JUMP, true);
	}
	if (argc == 1) {
		only_jump();
		return 0;
	}
	parse(argc, argv, &what);
	dev = need(device(O_RDWR), "open the device");
	if (boot() == 1)
		before(dev, &what);
	after(dev, &what);
	return 0;
}
