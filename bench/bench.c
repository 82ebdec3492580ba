// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One live update of one load, measured from inside a lab host whose time
 * counts instructions. Uses nothing that the kernel's own orchestrator lacks.
 *
 * usage: bench FILES PAGES: so many memfds of so many pages each
 *        bench: a jump and nothing else, also where live update is off
 *
 * Prints "figure NAME INSTRUCTIONS", and leaves marks in the kernel's log,
 * from which bench/run takes what happened while nothing here was running.
 */
#define _GNU_SOURCE
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
#include "vm.h"

#define PAGE	4096UL

static int kmsg;

static void mark(const char *fmt, ...)
{
	char line[128];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	need(write(kmsg, line, strlen(line)), "write to the kernel's log");
}

static long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_RAW, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void figure(const char *name, long long since)
{
	printf("figure %s %lld\n", name, now() - since);
}

static int filled(long pages)
{
	int fd = memfd_create("bench", 0);
	char *map;

	need(fd, "make a memfd");
	need(ftruncate(fd, pages * PAGE), "size a memfd");
	map = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	need(map == MAP_FAILED ? -12 : 0, "map a memfd");
	for (long i = 0; i < pages; i++)
		*(long *)(map + i * PAGE) = i + 1;
	munmap(map, pages * PAGE);
	return fd;
}

static void before(int dev, long files, long pages)
{
	int session = need(create(dev, "bench"), "create a session");
	int *fds = calloc(files, sizeof(*fds));
	long long t;

	for (long i = 0; i < files; i++)
		fds[i] = filled(pages);
	t = now();
	for (long i = 0; i < files; i++)
		need(preserve(session, fds[i], i), "preserve");
	figure("preserve", t);
	need(load(NULL), "load");

	/* From here on the log says when each device is shut down. */
	int debug = open("/sys/module/kernel/parameters/initcall_debug", O_WRONLY);

	need(write(debug, "1", 1), "have shutdown logged");
	mark("bench: first mark");
	mark("bench: second mark, tsc=%llu", __rdtsc());
	need(kexec_reboot(), "jump");
}

static void after(int dev, long files, long pages)
{
	int session = need(retrieve(dev, "bench"), "retrieve the session");
	int *fds = calloc(files, sizeof(*fds));
	long long t = now();

	for (long i = 0; i < files; i++)
		fds[i] = need(retrieve_fd(session, i), "retrieve");
	figure("retrieve", t);
	need(finish(session), "finish");
	for (long i = 0; i < files; i++) {
		char *map = mmap(NULL, pages * PAGE, PROT_READ, MAP_SHARED, fds[i], 0);

		for (long p = 0; p < pages; p++)
			need(*(long *)(map + p * PAGE) == p + 1 ? 0 : -5, "find what was there");
		munmap(map, pages * PAGE);
	}
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

int main(int argc, char **argv)
{
	struct rlimit limit = { 4096, 4096 };
	long files, pages;
	int dev;

	if (argc != 1 && argc != 3)
		return 2;
	boot();
	setrlimit(RLIMIT_NOFILE, &limit);
	/* A page of the program that comes over 9p while time is taken takes ages. */
	need(mlockall(MCL_CURRENT), "lock the program in memory");
	kmsg = need(open("/dev/kmsg", O_WRONLY), "open the kernel's log");
	if (boot() == 2)
		mark("bench: arrived, tsc=%llu", __rdtsc());
	if (argc == 1) {
		only_jump();
		return 0;
	}
	files = atol(argv[1]);
	pages = atol(argv[2]);
	dev = need(device(O_RDWR), "open the device");
	if (boot() == 1)
		before(dev, files, pages);
	after(dev, files, pages);
	return 0;
}
