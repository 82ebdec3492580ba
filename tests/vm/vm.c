// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/reboot.h>
#include "vm.h"

static const char *env(const char *name)
{
	const char *value = getenv(name);

	if (!value) {
		fprintf(stderr, "%s is not set: this runs in a lab host only\n", name);
		exit(2);
	}
	return value;
}

int boot(void)
{
	static int number;

	if (!number) {
		setvbuf(stdout, NULL, _IOLBF, 0);
		number = atoi(env("LAB_BOOT"));
	}
	return number;
}

bool ok(bool condition, const char *name, ...)
{
	va_list ap;

	boot();
	printf("%s - ", condition ? "ok" : "not ok");
	va_start(ap, name);
	vprintf(name, ap);
	va_end(ap);
	printf("\n");
	return condition;
}

bool is(long got, long want, const char *name, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, name);
	vsnprintf(text, sizeof(text), name, ap);
	va_end(ap);
	if (ok(got == want, "%s", text))
		return true;
	note("got %ld, expected %ld", got, want);
	return false;
}

void note(const char *fmt, ...)
{
	va_list ap;

	boot();
	printf("# ");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
}

int need(long result, const char *what)
{
	if (result < 0) {
		boot();
		printf("not ok - %s\n# %s\n", what, strerror(-result));
		exit(1);
	}
	return result;
}

static int call(int fd, unsigned long cmd, void *arg)
{
	return ioctl(fd, cmd, arg) ? -errno : 0;
}

int device(int flags)
{
	int fd = open(DEVICE, flags | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int create(int dev, const char *name)
{
	struct liveupdate_ioctl_create_session arg = { .size = sizeof(arg) };
	int err;

	memcpy(arg.name, name, strnlen(name, sizeof(arg.name)));
	err = call(dev, LIVEUPDATE_IOCTL_CREATE_SESSION, &arg);
	return err ?: arg.fd;
}

int retrieve(int dev, const char *name)
{
	struct liveupdate_ioctl_retrieve_session arg = { .size = sizeof(arg) };
	int err;

	memcpy(arg.name, name, strnlen(name, sizeof(arg.name)));
	err = call(dev, LIVEUPDATE_IOCTL_RETRIEVE_SESSION, &arg);
	return err ?: arg.fd;
}

int preserve(int session, int fd, uint64_t token)
{
	struct liveupdate_session_preserve_fd arg = {
		.size = sizeof(arg), .fd = fd, .token = token };

	return call(session, LIVEUPDATE_SESSION_PRESERVE_FD, &arg);
}

int unpreserve(int session, uint64_t token)
{
	struct liveupdate_session_unpreserve_fd arg = {
		.size = sizeof(arg), .token = token };

	return call(session, LIVEUPDATE_SESSION_UNPRESERVE_FD, &arg);
}

int retrieve_fd(int session, uint64_t token)
{
	struct liveupdate_session_retrieve_fd arg = {
		.size = sizeof(arg), .token = token };
	int err = call(session, LIVEUPDATE_SESSION_RETRIEVE_FD, &arg);

	return err ?: arg.fd;
}

int finish(int session)
{
	struct liveupdate_session_finish arg = { .size = sizeof(arg) };

	return call(session, LIVEUPDATE_SESSION_FINISH, &arg);
}

int get_state(int dev, struct liveupdate_ioctl_get_state *arg)
{
	*arg = (struct liveupdate_ioctl_get_state) { .size = sizeof(*arg) };
	return call(dev, LIVEUPDATE_IOCTL_GET_STATE, arg);
}

int event(int dev, uint32_t number, char *culprit)
{
	struct liveupdate_ioctl_set_event arg = { .size = sizeof(arg), .event = number };
	int err = call(dev, LIVEUPDATE_IOCTL_SET_EVENT, &arg);

	if (culprit)
		memcpy(culprit, arg.culprit, sizeof(arg.culprit));
	return err;
}

int list_sessions(int dev, struct liveupdate_session_info *infos, uint32_t room)
{
	struct liveupdate_ioctl_list_sessions arg = {
		.size = sizeof(arg), .entry_size = sizeof(*infos), .count = room,
		.entries = (uintptr_t)infos };
	int err = call(dev, LIVEUPDATE_IOCTL_LIST_SESSIONS, &arg);

	return err ?: (int)arg.count;
}

int list_fds(int session, uint64_t *tokens, uint32_t room)
{
	struct liveupdate_session_list_fds arg = {
		.size = sizeof(arg), .count = room, .tokens = (uintptr_t)tokens };
	int err = call(session, LIVEUPDATE_SESSION_LIST_FDS, &arg);

	return err ?: (int)arg.count;
}

int state(void)
{
	struct liveupdate_ioctl_get_state arg;
	int dev = need(device(O_RDONLY), "open " DEVICE " for reading");
	int err = get_state(dev, &arg);

	close(dev);
	return err ?: (int)arg.state;
}

bool sysfs_is(const char *file, const char *value)
{
	char path[128], text[64] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/sys/kernel/liveupdate/%s", file);
	f = fopen(path, "r");
	if (!f)
		return false;
	if (!fgets(text, sizeof(text), f))
		text[0] = 0;
	fclose(f);
	text[strcspn(text, "\n")] = 0;
	if (strcmp(text, value))
		note("%s is '%s', expected '%s'", path, text, value);
	return !strcmp(text, value);
}

int load(const char *extra)
{
	char line[2048];
	int kernel, initrd, err;

	snprintf(line, sizeof(line), "%s%s%s", env("LAB_CMDLINE"), extra ? " " : "",
		 extra ?: "");
	kernel = open(env("LAB_NEXT"), O_RDONLY | O_CLOEXEC);
	initrd = open(env("LAB_INITRD"), O_RDONLY | O_CLOEXEC);
	err = syscall(SYS_kexec_file_load, kernel, initrd, strlen(line) + 1, line, 0UL);
	err = err ? -errno : 0;
	close(kernel);
	close(initrd);
	return err;
}

int kexec_reboot(void)
{
	fflush(stdout);
	syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2,
		LINUX_REBOOT_CMD_KEXEC, NULL);
	return -errno;
}

void jump(void)
{
	need(load(NULL), "load the next kernel");
	need(kexec_reboot(), "jump");
	abort();
}

/* Cheap, and each page differs from each other page of each other seed. */
static void fill(uint64_t *page, uint64_t seed, size_t number)
{
	uint64_t x = seed * 0x9e3779b97f4a7c15ULL + number * 0xbf58476d1ce4e5b9ULL + 1;

	for (size_t i = 0; i < 512; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		page[i] = x;
	}
}

int refill(int fd, size_t size, uint64_t seed)
{
	uint64_t page[512];

	for (size_t at = 0; at < size; at += sizeof(page)) {
		size_t n = size - at < sizeof(page) ? size - at : sizeof(page);

		fill(page, seed, at / sizeof(page));
		if (pwrite(fd, page, n, at) != (ssize_t)n)
			return -errno;
	}
	return 0;
}

int memfd(const char *name, size_t size, uint64_t seed)
{
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING), err;

	if (fd < 0)
		return -errno;
	err = refill(fd, size, seed);
	if (err)
		close(fd);
	return err ?: fd;
}

bool memfd_is(int fd, size_t size, uint64_t seed)
{
	uint64_t page[512], got[512];

	if (lseek(fd, 0, SEEK_END) != (off_t)size)
		return false;
	for (size_t at = 0; at < size; at += sizeof(page)) {
		size_t n = size - at < sizeof(page) ? size - at : sizeof(page);

		fill(page, seed, at / sizeof(page));
		if (pread(fd, got, n, at) != (ssize_t)n || memcmp(page, got, n))
			return false;
	}
	return true;
}

long meminfo(const char *field)
{
	char line[128];
	size_t len = strlen(field);
	long value = -1;
	FILE *f = fopen("/proc/meminfo", "r");

	if (!f)
		return -errno;
	while (fgets(line, sizeof(line), f)) {
		if (!strncmp(line, field, len) && line[len] == ':')
			value = atol(line + len + 1);
	}
	fclose(f);
	return value;
}

/* Free pages that a CPU keeps at hand are free, but not in MemFree. */
static long per_cpu_free(void)
{
	char line[128];
	long pages = 0, n;
	FILE *f = fopen("/proc/zoneinfo", "r");

	if (!f)
		return -errno;
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, " count: %ld", &n) == 1)
			pages += n;
	}
	fclose(f);
	return pages * 4;
}

/* KASAN keeps what was freed, of each cache until that is shrunk. */
void shrink_caches(void)
{
	glob_t caches = {};

	if (!glob("/sys/kernel/slab/*/shrink", 0, NULL, &caches)) {
		for (size_t i = 0; i < caches.gl_pathc; i++) {
			FILE *f = fopen(caches.gl_pathv[i], "w");

			if (f) {
				fputs("1\n", f);
				fclose(f);
			}
		}
	}
	globfree(&caches);
}

long settled_free(long at_least)
{
	long value = 0;

	for (int i = 0; i < 50; i++) {
		FILE *f = fopen("/proc/sys/vm/drop_caches", "w");

		if (f) {
			fputs("3\n", f);
			fclose(f);
		}
		value = meminfo("MemFree") + per_cpu_free();
		if (value >= at_least)
			break;
		if (i == 5)
			shrink_caches();
		usleep(100000);
	}
	return value;
}
