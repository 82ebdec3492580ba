// SPDX-License-Identifier: GPL-2.0-or-later
/* What QEMU may be told, and what it is told besides. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "arguments.h"
#include "guest.h"

#define LIST(...) ((char *const *)(const char *const[]){ "qemu", __VA_ARGS__, NULL })

static const char *const good[] = {
	"pc", "q35,accel=kvm", "virt,gic-version=3", "",
	"file=disk.qcow2,if=virtio,cache=none", "nbd:host:1",
	"user,hostfwd=tcp::22-:22", "tap,ifname=tap0,script=no", "socket,path=/tmp/s,server=on",
	"{\"driver\":\"qcow2\",\"file\":{\"driver\":\"file\",\"filename\":\"a\"}}",
	"virtio-blk-pci,drive=d,bootindex=1", "file=a,snapshot=off", "node,nodeid=0",
	"rng-random,filename=/dev/urandom,id=r", "offd=1", "fdx=1", "a=fd", "m", "S",
};

static const char *const bad[] = {
	"pc,memory-backend=mine", "memory-backend=mine", "memory-backend-ram,id=a,size=1G",
	"{\"qom-type\":\"memory-backend-memfd\",\"id\":\"a\"}", "node,memdev=a",
	"pc-dimm,memdev=a", "ivshmem-plain,memdev=a", "{\"driver\":\"pc-dimm\",\"memdev\":\"a\"}",
	"tap,fd=3", "fd=3", "tap,fds=3:4", "tap,vhost=on,vhostfd=4", "tap,vhostfds=4:5",
	"socket,id=a,fd=7", "proxy,sock_fd=4", "socket:fd=3", "file.fd=3",
	"{\"type\":\"tap\",\"fd\":\"3\"}", "{\"type\": \"tap\", \"fd\" : \"3\"}",
	"{\"fds\":\"3\"}", "file=/dev/fdset/1", "/dev/fdset/1", "file=/dev/fd/3",
	"file=/proc/self/fd/3", "file=a,snapshot=on", "snapshot=on,file=a",
	"{\"a\":\"b,fd=3\"}",
};

static void test_values(void **state)
{
	char why[256];

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		if (!arguments_are_good(LIST("-option", good[i]), why, sizeof(why)))
			fail_msg("%s: %s", good[i], why);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		*why = '\0';
		if (arguments_are_good(LIST("-option", bad[i]), why, sizeof(why)))
			fail_msg("%s is taken for good", bad[i]);
		assert_memory_equal(why, bad[i], strlen(bad[i]));
		assert_non_null(strstr(why, ": "));
	}
}

static void test_options(void **state)
{
	static const char *const options[] = {
		"-m", "--m", "-mem-path", "-mem-prealloc", "-incoming", "-S", "-preconfig",
		"-loadvm", "-daemonize", "-add-fd", "-snapshot", "-readconfig", "--daemonize",
	};
	static const char *const others[] = {
		"-smp", "-machine", "-monitor", "-", "--", "-mon", "-s", "-M", "-nographic", "",
	};
	char why[256];

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		assert_false(arguments_are_good(LIST(options[i]), why, sizeof(why)));
		assert_false(arguments_are_good(LIST("-M", "pc", options[i], "1"), why,
						sizeof(why)));
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_true(arguments_are_good(LIST(others[i]), why, sizeof(why)));
}

/* The guest's own command line is nobody's business; the program's name neither. */
static void test_text(void **state)
{
	char *const program[] = { (char *)"/dev/fd/3", NULL };
	char why[256];

	assert_true(arguments_are_good(LIST("-append", "fd=3 -S"), why, sizeof(why)));
	assert_true(arguments_are_good(LIST("-append", "-S"), why, sizeof(why)));
	assert_false(arguments_are_good(LIST("-append", "a", "-S"), why, sizeof(why)));
	assert_true(arguments_are_good(LIST("-append"), why, sizeof(why)));
	assert_true(arguments_are_good(program, why, sizeof(why)));
}

static void test_long(void **state)
{
	char text[100000];
	char why[64];

	memset(text, ',', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	assert_true(arguments_are_good(LIST(text), why, sizeof(why)));
	memcpy(text + sizeof(text) - 6, ",fd=3", 6);
	assert_false(arguments_are_good(LIST(text), why, sizeof(why)));
	assert_true(strlen(why) < sizeof(why));
}

static void test_size(void **state)
{
	assert_int_equal(parse_size("4096"), 4096);
	assert_int_equal(parse_size("4K"), 4096);
	assert_int_equal(parse_size("256M"), 256 << 20);
	assert_int_equal(parse_size("16G"), 16ULL << 30);
	assert_int_equal(parse_size("1T"), 1ULL << 40);
	assert_int_equal(parse_size("1024T"), 1ULL << 50);
	assert_int_equal(parse_size(""), 0);
	assert_int_equal(parse_size("0"), 0);
	assert_int_equal(parse_size("1"), 0);
	assert_int_equal(parse_size("4097"), 0);
	assert_int_equal(parse_size("K"), 0);
	assert_int_equal(parse_size("4KB"), 0);
	assert_int_equal(parse_size("4k"), 0);
	assert_int_equal(parse_size("-4K"), 0);
	assert_int_equal(parse_size("+4K"), 0);
	assert_int_equal(parse_size(" 4K"), 0);
	assert_int_equal(parse_size("1025T"), 0);
	assert_int_equal(parse_size("18014398509481984K"), 0);
	assert_int_equal(parse_size("18446744073709551616"), 0);
	assert_int_equal(parse_size("99999999999999999999T"), 0);
}

static void test_machine(void **state)
{
	char text[80];

	assert_true(machine_is_valid("pc-i440fx-7.2"));
	assert_true(machine_is_valid("virt"));
	assert_false(machine_is_valid(""));
	assert_false(machine_is_valid("pc,kernel=/etc/passwd"));
	assert_false(machine_is_valid("pc=a"));
	memset(text, 'a', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	assert_false(machine_is_valid(text));
}

static void check_built(const struct guest *guest, bool incoming, const char *const *expected)
{
	const char **argv = arguments_build(guest, incoming, 60, 61);
	size_t i;

	assert_non_null(argv);
	for (i = 0; expected[i]; i++) {
		assert_non_null(argv[i]);
		assert_string_equal(argv[i], expected[i]);
	}
	assert_null(argv[i]);
	free(argv);
}

static void test_build(void **state)
{
	char *argv[] = { (char *)"qemu", (char *)"-M", (char *)"q35", NULL };
	struct guest guest = { .argv = argv, .memory_size = 256 << 20 };
	const char *expected[] = {
		"qemu", "-M", "q35", "-machine", "memory-backend=luo-memory", "-m", "268435456B",
		"-object", "memory-backend-file,id=luo-memory,size=268435456,"
		"mem-path=/proc/self/fd/60,share=on", "-chardev",
		"socket,id=luo-monitor,fd=61,server=on,wait=off", "-mon",
		"chardev=luo-monitor,mode=control", NULL, NULL, NULL, NULL,
	};

	check_built(&guest, false, expected);
	guest.machine = (char *)"pc-q35-7.2";
	expected[4] = "type=pc-q35-7.2,memory-backend=luo-memory";
	expected[13] = "-incoming";
	expected[14] = "defer";
	expected[15] = "-S";
	check_built(&guest, true, expected);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values), cmocka_unit_test(test_options),
		cmocka_unit_test(test_text),   cmocka_unit_test(test_long),
		cmocka_unit_test(test_size),   cmocka_unit_test(test_machine),
		cmocka_unit_test(test_build),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
