// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The first and only process of a small guest that lives on lab hosts. What it does
 * shows whether the guest went on where it was: it counts, ten times a second; keeps
 * memory in a pattern that it checks and changes all the time; writes records to its
 * disk and reads them back; and talks to another guest over a connection that is made
 * once. Each count is a line on its console:
 *
 *	guest NAME count N mono MS memory ROUNDS disk RECORDS tcp MESSAGES errors N
 *
 * and a boot one of "guest NAME boot ID", by which a reboot would show.
 *
 * From the kernel's command line: guest=NAME memory=MIB round=TICKS ip=A.B.C.D, and
 * peer=A.B.C.D for the one that makes the connection.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PAGE		4096
#define WORDS		(PAGE / sizeof(uint64_t))
#define TICK_MS		100
/* All memory is looked at once in so many ticks, if nothing else is said. */
#define ROUND_TICKS	100
#define SECTOR		512
#define SECTORS		64
#define DISK_TICKS	5
#define PORT		7000
/* A message that takes longer is lost; a live update is much shorter. */
#define PATIENCE_TICKS	600

static char name[32] = "guest";
static unsigned int errors;

static void __attribute__((format(printf, 1, 2))) say(const char *format, ...)
{
	char line[256];
	va_list args;
	int n;

	n = snprintf(line, sizeof(line), "guest %s ", name);
	va_start(args, format);
	n += vsnprintf(line + n, sizeof(line) - n - 1, format, args);
	va_end(args);
	line[n++] = '\n';
	if (write(STDOUT_FILENO, line, n) != n)
		errors++;
}

static void __attribute__((format(printf, 1, 2))) error(const char *format, ...)
{
	char text[200];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	errors++;
	say("ERROR %s", text);
}

/* One word of the command line, or NULL. */
static char *word(const char *key)
{
	static char line[2048];
	size_t length = strlen(key);
	FILE *f = fopen("/proc/cmdline", "r");
	char *p;

	if (!f || !fgets(line, sizeof(line), f))
		return NULL;
	fclose(f);
	for (p = strtok(line, " \n"); p; p = strtok(NULL, " \n")) {
		if (!strncmp(p, key, length) && p[length] == '=')
			return p + length + 1;
	}
	return NULL;
}

/* Memory */

static uint64_t *memory;
static size_t pages;
static size_t pages_a_tick;
static uint64_t rounds;

static uint64_t pattern(uint64_t round, size_t page, size_t at)
{
	return (round + 1) * 0x9e3779b97f4a7c15ULL ^ (page * WORDS + at) * 0xbf58476d1ce4e5b9ULL;
}

static void write_page(uint64_t round, size_t page)
{
	for (size_t i = 0; i < WORDS; i++)
		memory[page * WORDS + i] = pattern(round, page, i);
}

static bool check_page(uint64_t round, size_t page)
{
	for (size_t i = 0; i < WORDS; i++) {
		if (memory[page * WORDS + i] != pattern(round, page, i))
			return false;
	}
	return true;
}

static void start_memory(void)
{
	char *given = word("memory");

	pages = (given ? strtoul(given, NULL, 10) : 128) << 8;
	given = word("round");
	pages_a_tick = pages / (given ? strtoul(given, NULL, 10) : ROUND_TICKS) + 1;
	memory = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		      -1, 0);
	if (memory == MAP_FAILED) {
		error("no memory: %s", strerror(errno));
		pages = 0;
	}
	for (size_t i = 0; i < pages; i++)
		write_page(0, i);
}

/* A part of it each time; a page that was checked gets the next round's pattern. */
static void tick_memory(void)
{
	static size_t next;
	size_t count = pages_a_tick;

	while (pages && count--) {
		if (!check_page(rounds, next))
			error("page %zu is not what was written in round %" PRIu64, next, rounds);
		write_page(rounds + 1, next);
		if (++next == pages) {
			next = 0;
			rounds++;
		}
	}
}

/* Disk */

struct record {
	uint64_t number;
	uint64_t check;
	char name[32];
};

static int disk = -1;
static void *sector;
static uint64_t records;

static uint64_t check_of(uint64_t number)
{
	return number * 0x94d049bb133111ebULL ^ 0x2545f4914f6cdd1dULL;
}

static bool read_record(uint64_t number, struct record *record)
{
	if (pread(disk, sector, SECTOR, number % SECTORS * SECTOR) != SECTOR)
		return false;
	memcpy(record, sector, sizeof(*record));
	return true;
}

static void start_disk(void)
{
	struct record record;

	sector = aligned_alloc(PAGE, PAGE);
	disk = open("/dev/vda", O_RDWR | O_DIRECT | O_DSYNC);
	if (disk < 0)
		return;
	for (uint64_t i = 0; i < SECTORS; i++) {
		if (read_record(i, &record) && record.check == check_of(record.number) &&
		    record.number > records)
			records = record.number;
	}
	say("disk %" PRIu64 " records found", records);
}

static void tick_disk(void)
{
	struct record record = { .number = records + 1, .check = check_of(records + 1) };
	struct record last;

	if (disk < 0)
		return;
	if (records && (!read_record(records, &last) || last.number != records ||
			last.check != check_of(records)))
		error("record %" PRIu64 " is not on the disk", records);
	memcpy(record.name, name, sizeof(name));
	memset(sector, 0, SECTOR);
	memcpy(sector, &record, sizeof(record));
	if (pwrite(disk, sector, SECTOR, record.number % SECTORS * SECTOR) != SECTOR)
		error("record %" PRIu64 " cannot be written: %s", record.number, strerror(errno));
	else
		records++;
}

/* Network */

static int peer = -1;
static int listener = -1;
static bool calls;
static uint64_t messages;
static unsigned int silent_ticks;

static void set_address(const char *ip)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	struct ifreq request = { .ifr_name = "eth0" };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	inet_pton(AF_INET, ip, &address.sin_addr);
	memcpy(&request.ifr_addr, &address, sizeof(address));
	if (ioctl(fd, SIOCSIFADDR, &request))
		error("no network: %s", strerror(errno));
	request.ifr_flags = IFF_UP | IFF_RUNNING;
	ioctl(fd, SIOCSIFFLAGS, &request);
	close(fd);
}

static void listen_for_peer(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(PORT) };

	listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) || listen(listener, 1))
		error("cannot listen: %s", strerror(errno));
}

static void call_peer(const char *ip)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(PORT) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	const int syns = 1;

	/* Until it is there; the connection itself is never made again. */
	setsockopt(fd, IPPROTO_TCP, TCP_SYNCNT, &syns, sizeof(syns));
	inet_pton(AF_INET, ip, &address.sin_addr);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address))) {
		close(fd);
		return;
	}
	fcntl(fd, F_SETFL, O_NONBLOCK);
	peer = fd;
	say("connected to %s", ip);
}

static void start_network(void)
{
	char *ip = word("ip");

	if (!ip)
		return;
	set_address(ip);
	if (word("peer"))
		calls = true;
	else
		listen_for_peer();
}

/* The one that calls sends a number and waits for it to come back; then the next one. */
static void exchange(void)
{
	uint64_t number;
	ssize_t n = recv(peer, &number, sizeof(number), 0);

	if (n < 0 && errno == EAGAIN) {
		if (calls && !messages && !silent_ticks)
			send(peer, &(uint64_t){ 1 }, sizeof(uint64_t), MSG_NOSIGNAL);
		if (++silent_ticks == PATIENCE_TICKS)
			error("the other guest is silent");
		return;
	}
	silent_ticks = 0;
	if (n != sizeof(number) || number != messages + 1) {
		error("the connection is broken: %s", n < 0 ? strerror(errno) : "wrong data");
		close(peer);
		peer = -1;
		calls = false;
		return;
	}
	messages++;
	number = calls ? messages + 1 : messages;
	if (send(peer, &number, sizeof(number), MSG_NOSIGNAL) != sizeof(number))
		error("cannot send: %s", strerror(errno));
}

static void tick_network(void)
{
	if (peer < 0 && listener >= 0) {
		peer = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
		if (peer >= 0) {
			say("was called");
			close(listener);
			listener = -1;
		}
	} else if (peer < 0 && calls) {
		call_peer(word("peer"));
	}
	if (peer >= 0)
		exchange();
}

static void start(void)
{
	char id[64] = "unknown";
	char *given;
	FILE *f;

	mkdir("/proc", 0755);
	mkdir("/dev", 0755);
	mount("proc", "/proc", "proc", 0, NULL);
	mount("dev", "/dev", "devtmpfs", 0, NULL);
	for (int i = 0; i < 3; i++)
		dup2(open("/dev/console", O_RDWR | O_NOCTTY), i);
	given = word("guest");
	if (given)
		snprintf(name, sizeof(name), "%s", given);
	f = fopen("/proc/sys/kernel/random/boot_id", "r");
	if (f && fgets(id, sizeof(id), f))
		id[strcspn(id, "\n")] = '\0';
	say("boot %s", id);
	start_memory();
	start_disk();
	start_network();
}

int main(void)
{
	struct timespec at;

	start();
	clock_gettime(CLOCK_MONOTONIC, &at);
	for (uint64_t count = 1;; count++) {
		tick_memory();
		tick_network();
		if (count % DISK_TICKS == 0)
			tick_disk();
		say("count %" PRIu64 " mono %ld memory %" PRIu64 " disk %" PRIu64 " tcp %" PRIu64
		    " errors %u", count, at.tv_sec * 1000 + at.tv_nsec / 1000000, rounds,
		    records, messages, errors);
		at.tv_nsec += TICK_MS * 1000000L;
		if (at.tv_nsec >= 1000000000L) {
			at.tv_nsec -= 1000000000L;
			at.tv_sec++;
		}
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
	}
}
