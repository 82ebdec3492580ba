// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The workload of lab/demo: a process that holds files in memory and counts.
 *
 *   demo start SESSION REPORT FILE...   before the jump
 *   demo resume SESSION REPORT COUNT    after it, with COUNT files
 *
 * Token 0 is the page it counts in, token N the Nth file. What it has counted to
 * is reported in the file REPORT, which outlives the jump.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>
#include <libluo.h>

#define PAGE		4096
/* Counts between two reports; each waits a millisecond at most */
#define REPORT_EVERY	64

static volatile sig_atomic_t stop;

static void on_term(int signal)
{
	stop = signal;
}

static void __attribute__((format(printf, 2, 3), noreturn))
die(int err, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "demo: ");
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, ": %s\n", strerror(err));
	exit(1);
}

static int need(int ret, const char *what)
{
	if (ret < 0)
		die(-ret, "%s", what);
	return ret;
}

/* The device is let go of at once: luoctl needs it. */
static int open_session(const char *name, int (*get)(struct luo *, const char *))
{
	struct luo *luo;
	int session;

	need(luo_open(&luo, NULL, LUO_OPEN_WRITE), "cannot open " LUO_DEVICE);
	session = need(get(luo, name), "cannot get the session");
	luo_close(luo);
	return session;
}

static int new_memfd(const char *name)
{
	int fd = memfd_create(name, MFD_CLOEXEC);

	if (fd < 0)
		die(errno, "cannot create a memory file");
	return fd;
}

static void hold_file(int session, const char *path, uint64_t token)
{
	int from = open(path, O_RDONLY | O_CLOEXEC);
	int fd = new_memfd(path);
	struct stat st;

	if (from < 0 || fstat(from, &st))
		die(errno, "cannot read %s", path);
	for (off_t left = st.st_size; left > 0;) {
		ssize_t n = sendfile(fd, from, NULL, left);

		if (n <= 0)
			die(n ? errno : EIO, "cannot copy %s", path);
		left -= n;
	}
	close(from);
	need(luo_session_preserve_fd(session, fd, token), path);
	printf("fd %d\n", fd);
}

static volatile uint64_t *map_counter(int fd)
{
	void *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (page == MAP_FAILED)
		die(errno, "cannot map the counter");
	return page;
}

/* In place, so that there is always a number to be read. */
static void report(int fd, uint64_t count, const char *when)
{
	char line[64];
	int n = snprintf(line, sizeof(line), "%20" PRIu64 " %-8s\n", count, when);

	if (pwrite(fd, line, n, 0) != n)
		die(errno, "cannot report");
}

static bool is_frozen(int state)
{
	char text[16] = "";

	return pread(state, text, sizeof(text) - 1, 0) > 0 && !strcmp(text, "frozen\n");
}

/*
 * Counts until the machine is frozen, or SIGTERM. To wait for a change of the
 * state is also what paces it.
 */
static void count_on(volatile uint64_t *counter, const char *report_path)
{
	int state = open(LUO_SYSFS "/state", O_RDONLY | O_CLOEXEC);
	int fd = open(report_path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	struct pollfd change = { .fd = state, .events = POLLPRI };

	if (state < 0 || fd < 0)
		die(errno, "cannot open %s", state < 0 ? LUO_SYSFS "/state" : report_path);
	is_frozen(state);
	while (!stop) {
		if (++*counter % REPORT_EVERY == 0)
			report(fd, *counter, "counting");
		if (poll(&change, 1, 1) > 0 && is_frozen(state)) {
			report(fd, *counter, "frozen");
			pause();
		}
	}
	close(fd);
	close(state);
}

static void start(const char *name, const char *report_path, int count, char **paths)
{
	int session = open_session(name, luo_session_create);
	int fd = new_memfd("counter");

	if (ftruncate(fd, PAGE))
		die(errno, "cannot size the counter");
	need(luo_session_preserve_fd(session, fd, 0), "cannot preserve the counter");
	for (int i = 0; i < count; i++)
		hold_file(session, paths[i], i + 1);
	puts("ready");
	count_on(map_counter(fd), report_path);
}

static void resume(const char *name, const char *report_path, int count)
{
	int session = open_session(name, luo_session_retrieve);
	volatile uint64_t *counter =
		map_counter(need(luo_session_retrieve_fd(session, 0), "cannot retrieve the counter"));

	printf("counter %" PRIu64 "\n", *counter);
	for (int i = 0; i < count; i++)
		printf("fd %d\n", need(luo_session_retrieve_fd(session, i + 1),
					"cannot retrieve a file"));
	puts("ready");
	count_on(counter, report_path);
	printf("counted %" PRIu64 "\n", *counter);
	need(luo_session_finish(session), "cannot finish the session");
}

int main(int argc, char **argv)
{
	struct sigaction act = { .sa_handler = on_term };

	setvbuf(stdout, NULL, _IOLBF, 0);
	sigaction(SIGTERM, &act, NULL);
	if (argc > 4 && !strcmp(argv[1], "start"))
		start(argv[2], argv[3], argc - 4, argv + 4);
	else if (argc == 5 && !strcmp(argv[1], "resume"))
		resume(argv[2], argv[3], atoi(argv[4]));
	else
		return 2;
	return 0;
}
