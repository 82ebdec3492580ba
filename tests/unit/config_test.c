// SPDX-License-Identifier: GPL-2.0-or-later
/* luod.conf(5), as people write it and as they should not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <errno.h>
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config.h"

#define LINE_MOST 198

static char path[] = "/tmp/config-test.XXXXXX";
static struct config config;
static char error[512];

static int set_up(void **state)
{
	int fd;

	strcpy(path + strlen(path) - 6, "XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	close(fd);
	*error = '\0';
	return 0;
}

static int tear_down(void **state)
{
	config_free(&config);
	unlink(path);
	return 0;
}

static int load_bytes(const char *text, size_t size)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, size, f), size);
	assert_int_equal(fclose(f), 0);
	config_free(&config);
	return config_load(&config, path, true, error, sizeof(error));
}

static void load(const char *text)
{
	if (load_bytes(text, strlen(text)))
		fail_msg("'%s': %s", text, error);
}

/* That what is said is where and why, and in one line. */
static void check_refused(const char *text, size_t size, unsigned int line, const char *why)
{
	char expected[512];

	*error = '\0';
	assert_int_equal(load_bytes(text, size), -EINVAL);
	snprintf(expected, sizeof(expected), "%s, line %u: %s", path, line, why);
	assert_string_equal(error, expected);
}

static void refused(const char *text, unsigned int line, const char *why)
{
	check_refused(text, strlen(text), line, why);
}

static void check_defaults(void)
{
	assert_null(config.socket);
	assert_false(config.has_group);
	assert_int_equal(config.treatment.prepare_usec, 60000000);
	assert_int_equal(config.treatment.freeze_usec, 10000000);
	assert_int_equal(config.treatment.on_timeout, POLICY_VETO);
	assert_int_equal(config.treatment.on_veto, POLICY_VETO);
	assert_int_equal(config.treatment.on_death, POLICY_VETO);
	assert_int_equal(config.cancel_usec, 10000000);
	assert_int_equal(config.restore_usec, 120000000);
	assert_int_equal(config.hook_usec, 30000000);
	assert_int_equal(config.on_missing, MISSING_WAIT);
	assert_int_equal(config.max_clients, 1024);
	assert_null(config.memfd_format);
	assert_null(config.resume_command);
	assert_null(config.rules);
}

static void a_file_without_settings_leaves_the_defaults(void **state)
{
	static const char *const texts[] = {
		"", "\n\n", "# a comment\n", "; one\n", "[luod]\n", "[luod]\n; group=kvm\n",
		"[luod]", "[client a]\n",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		load(texts[i]);
		check_defaults();
	}
}

static void a_file_that_is_missing_is_refused_if_it_must_be_there(void **state)
{
	char expected[512];

	unlink(path);
	assert_int_equal(config_load(&config, path, false, error, sizeof(error)), 0);
	check_defaults();
	assert_int_equal(config_load(&config, path, true, error, sizeof(error)), -EINVAL);
	snprintf(expected, sizeof(expected), "%s: No such file or directory", path);
	assert_string_equal(error, expected);
}

static void what_cannot_be_read_is_refused_either_way(void **state)
{
	char expected[512];

	for (int must_exist = 0; must_exist < 2; must_exist++) {
		/* Opens, and then does not read, to root as well. */
		assert_int_equal(config_load(&config, "/proc/self/mem", must_exist, error,
					     sizeof(error)), -EINVAL);
		assert_string_equal(error, "/proc/self/mem: Input/output error");
		config_free(&config);
		assert_int_equal(config_load(&config, "/tmp", must_exist, error, sizeof(error)),
				 -EINVAL);
		config_free(&config);

		unlink(path);
		assert_int_equal(symlink(path, path), 0);
		assert_int_equal(config_load(&config, path, must_exist, error, sizeof(error)),
				 -EINVAL);
		snprintf(expected, sizeof(expected), "%s: Too many levels of symbolic links", path);
		assert_string_equal(error, expected);
	}
}

static void each_setting_is_taken(void **state)
{
	struct group *root = getgrgid(0);
	char text[512];

	assert_non_null(root);
	snprintf(text, sizeof(text),
		 "[luod]\nsocket=/run/x.sock\ngroup=%s\nprepare_timeout=600\nfreeze_timeout=2.5\n"
		 "cancel_timeout=0.000001\nrestore_timeout=86400\nhook_timeout=0.5\n"
		 "on_missing=halt\nmax_clients=1\n"
		 "memfd_format=extent\nresume_command=systemctl start x=y\non_timeout=continue\n"
		 "on_veto=continue\non_death=continue\n", root->gr_name);
	load(text);
	assert_string_equal(config.socket, "/run/x.sock");
	assert_true(config.has_group);
	assert_int_equal(config.group, 0);
	assert_int_equal(config.treatment.prepare_usec, 600000000);
	assert_int_equal(config.treatment.freeze_usec, 2500000);
	assert_int_equal(config.cancel_usec, 1);
	assert_int_equal(config.restore_usec, 86400000000);
	assert_int_equal(config.hook_usec, 500000);
	assert_int_equal(config.on_missing, MISSING_HALT);
	assert_int_equal(config.max_clients, 1);
	assert_string_equal(config.memfd_format, "extent");
	assert_string_equal(config.resume_command, "systemctl start x=y");
	assert_int_equal(config.treatment.on_timeout, POLICY_CONTINUE);
	assert_int_equal(config.treatment.on_veto, POLICY_CONTINUE);
	assert_int_equal(config.treatment.on_death, POLICY_CONTINUE);
}

static void each_word_is_taken(void **state)
{
	load("[luod]\non_missing=finish\nmemfd_format=stock\nmax_clients=1024\non_veto=veto\n");
	assert_int_equal(config.on_missing, MISSING_FINISH);
	assert_string_equal(config.memfd_format, "stock");
	assert_int_equal(config.max_clients, 1024);
	assert_int_equal(config.treatment.on_veto, POLICY_VETO);
	load("[luod]\non_missing=wait\nmemfd_format=auto\ngroup=\nresume_command=\n");
	assert_int_equal(config.on_missing, MISSING_WAIT);
	assert_null(config.memfd_format);
	assert_false(config.has_group);
	assert_null(config.resume_command);
}

static void what_is_no_value_is_refused_with_its_line(void **state)
{
	static const char *const lines[] = {
		"socket=run/x.sock", "socket=", "prepare_timeout=", "prepare_timeout=0",
		"prepare_timeout=-1", "prepare_timeout=1s", "prepare_timeout=x",
		"prepare_timeout=nan", "prepare_timeout=inf", "prepare_timeout=86401",
		"prepare_timeout=1e-9", "prepare_timeout=1e999", "freeze_timeout=0",
		"cancel_timeout=0", "restore_timeout=none", "hook_timeout=", "hook_timeout=0", "on_missing=", "on_missing=continue",
		"on_missing=Wait", "max_clients=0", "max_clients=1025", "max_clients=-1",
		"max_clients=1x", "max_clients=", "max_clients=18446744073709551617",
		"max_clients=-18446744073709551615", "memfd_format=", "memfd_format=new",
		"on_timeout=", "on_timeout=wait", "on_veto=no", "on_death=Veto",
	};
	char text[256];

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		snprintf(text, sizeof(text), "# first\n[luod]\n\n%s\nmax_clients=3\n", lines[i]);
		refused(text, 4, "this is no value for it");
	}
}

static void a_group_that_is_not_there_is_refused(void **state)
{
	refused("[luod]\ngroup=no-such-group-here\n", 2, "there is no such group");
}

static void what_is_no_setting_of_its_section_is_refused(void **state)
{
	static const char *const general[] = {
		"socket=/x", "group=root", "cancel_timeout=1", "restore_timeout=1",
		"hook_timeout=1",
		"on_missing=wait", "max_clients=1", "memfd_format=keep", "resume_command=x",
	};
	char text[256];

	refused("[luod]\nfrobnicate=1\n", 2, "there is no such setting here");
	refused("[luod]\nGroup=root\n", 2, "there is no such setting here");
	refused("[luod]\n=1\n", 2, "there is no such setting here");
	for (size_t i = 0; i < sizeof(general) / sizeof(general[0]); i++) {
		snprintf(text, sizeof(text), "[client a]\n%s\n", general[i]);
		refused(text, 2, "there is no such setting here");
	}
}

static void what_is_no_section_is_refused(void **state)
{
	static const char why[] = "sections are [luod] and [client NAME]";

	refused("on_veto=veto\n", 1, why);
	refused("[clients]\non_veto=veto\n", 2, why);
	refused("[client ]\non_veto=veto\n", 2, why);
	refused("[client]\non_veto=veto\n", 2, why);
	refused("[LUOD]\non_veto=veto\n", 2, why);
}

static void what_is_neither_is_refused(void **state)
{
	static const char why[] = "neither a setting nor a section";

	refused("[luod]\nhello\n", 2, why);
	refused("[luod\n", 1, why);
	refused("[luod]\n[client a\non_veto=veto\n", 2, why);
}

static void the_first_line_that_is_wrong_is_told(void **state)
{
	refused("[luod]\nmax_clients=0\nfrobnicate=1\n", 2, "this is no value for it");
	refused("[luod]\nfrobnicate=1\nmax_clients=0\n", 2, "there is no such setting here");
	refused("hello\n[luod]\nmax_clients=0\n", 1, "neither a setting nor a section");
}

/* A setting whose line is so long, without its end. */
static size_t long_line(char *text, size_t length)
{
	static const char before[] = "[luod]\n";
	size_t at = strlen(before);

	strcpy(text, before);
	memcpy(text + at, "socket=/", 8);
	memset(text + at + 8, 'x', length - 8);
	text[at + length] = '\0';
	return at + length;
}

static void a_line_is_taken_whole_or_not_at_all(void **state)
{
	static const char why[] = "a line has at most 198 characters";
	char text[1024];

	long_line(text, LINE_MOST);
	load(text);
	assert_int_equal(strlen(config.socket), LINE_MOST - strlen("socket="));
	strcat(text, "\nmax_clients=2\n");
	load(text);
	assert_int_equal(strlen(config.socket), LINE_MOST - strlen("socket="));
	assert_int_equal(config.max_clients, 2);
	for (size_t length = LINE_MOST + 1; length < 500; length++) {
		long_line(text, length);
		refused(text, 2, why);
		strcat(text, "\nmax_clients=2\n");
		refused(text, 2, why);
	}
	/* What is said is about the first line, if that is wrong as well. */
	long_line(text, 300);
	*text = '(';
	refused(text, 1, "neither a setting nor a section");
}

static void a_pattern_is_taken_whole_or_not_at_all(void **state)
{
	char text[256];

	for (int length = 1; length < 100; length++) {
		snprintf(text, sizeof(text), "[client %0*d]\non_veto=continue\n", length, 0);
		if (length > 41) {
			refused(text, 2, "a client's pattern has at most 41 characters");
			continue;
		}
		load(text);
		assert_int_equal(strlen(config.rules->pattern), length);
	}
}

static void zero_bytes_are_refused(void **state)
{
	static const char in_value[] = "[luod]\nsocket=/run\0/x\n";
	static const char in_section[] = "[client a\0b]\non_veto=continue\n";
	static const char in_key[] = "[luod]\nmax\0_clients=1\n";
	static const char in_comment[] = "[luod]\n# x\0\nmax_clients=1\n";
	static const char why[] = "there is a zero byte in it";

	check_refused(in_value, sizeof(in_value) - 1, 2, why);
	check_refused(in_section, sizeof(in_section) - 1, 1, why);
	check_refused(in_key, sizeof(in_key) - 1, 2, why);
	check_refused(in_comment, sizeof(in_comment) - 1, 2, why);
	check_refused("\0", 1, 1, why);
}

static void what_would_be_taken_for_something_else_is_refused(void **state)
{
	static const char blank[] = "a line does not begin with a blank";
	static const char bracket[] = "a section's name has no brackets in it";

	refused("[luod]\nresume_command=a\n  b\n", 3, blank);
	refused("[luod]\nresume_command=a\n\tmax_clients=1\n", 3, blank);
	refused(" [luod]\n", 1, blank);
	refused("[client db[12]]\n", 1, bracket);
	refused("[luod] max_clients=1\n", 1, bracket);
	load("[luod] ; general\n  \n \t# a comment\n  ; one\nmax_clients=1 ; a few\n \r\n");
	assert_int_equal(config.max_clients, 1);
}

static void the_last_of_two_settings_counts(void **state)
{
	load("[luod]\nsocket=/a\nmax_clients=5\nresume_command=x\n[client a]\non_veto=veto\n"
	     "[luod]\nsocket=/b\nmax_clients=6\nresume_command=\n");
	assert_string_equal(config.socket, "/b");
	assert_int_equal(config.max_clients, 6);
	assert_null(config.resume_command);
}

static void the_first_pattern_that_matches_counts(void **state)
{
	struct treatment t;

	load("[client vm-*]\nfreeze_timeout=1\n[client vm-7]\nfreeze_timeout=2\non_veto=continue\n"
	     "[luod]\nprepare_timeout=30\non_death=continue\n"
	     "[client d?2]\non_timeout=continue\n[client ?]\nprepare_timeout=4\n"
	     "on_death=veto\n[client vm-*]\nprepare_timeout=5\n");
	t = config_treatment(&config, "vm-7");
	assert_int_equal(t.freeze_usec, 1000000);
	assert_int_equal(t.prepare_usec, 5000000);
	assert_int_equal(t.on_veto, POLICY_VETO);
	assert_int_equal(t.on_death, POLICY_CONTINUE);
	t = config_treatment(&config, "db2");
	assert_int_equal(t.on_timeout, POLICY_CONTINUE);
	assert_int_equal(t.prepare_usec, 30000000);
	t = config_treatment(&config, "db3");
	assert_int_equal(t.on_timeout, POLICY_VETO);
	t = config_treatment(&config, "x");
	assert_int_equal(t.prepare_usec, 4000000);
	assert_int_equal(t.on_death, POLICY_VETO);
	t = config_treatment(&config, "xvm-7");
	assert_int_equal(t.freeze_usec, 10000000);
}

static void a_bad_value_in_a_rule_is_refused(void **state)
{
	refused("[client a]\nprepare_timeout=0\n", 2, "this is no value for it");
	refused("[client a]\non_veto=no\n", 2, "this is no value for it");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(a_file_without_settings_leaves_the_defaults),
		TEST(a_file_that_is_missing_is_refused_if_it_must_be_there),
		TEST(what_cannot_be_read_is_refused_either_way),
		TEST(each_setting_is_taken),
		TEST(each_word_is_taken),
		TEST(what_is_no_value_is_refused_with_its_line),
		TEST(a_group_that_is_not_there_is_refused),
		TEST(what_is_no_setting_of_its_section_is_refused),
		TEST(what_is_no_section_is_refused),
		TEST(what_is_neither_is_refused),
		TEST(the_first_line_that_is_wrong_is_told),
		TEST(a_line_is_taken_whole_or_not_at_all),
		TEST(a_pattern_is_taken_whole_or_not_at_all),
		TEST(zero_bytes_are_refused),
		TEST(what_would_be_taken_for_something_else_is_refused),
		TEST(the_last_of_two_settings_counts),
		TEST(the_first_pattern_that_matches_counts),
		TEST(a_bad_value_in_a_rule_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
