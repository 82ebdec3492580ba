// SPDX-License-Identifier: GPL-2.0-or-later
/* Lines of JSON on a socket, whole and broken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wire.h"

struct pair {
	struct wire a;
	struct wire b;
};

static int set_up(void **state)
{
	struct pair *pair = calloc(1, sizeof(*pair));
	int fds[2];

	assert_non_null(pair);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	assert_int_equal(wire_open(&pair->a, fds[0], false, 0), 0);
	assert_int_equal(wire_open(&pair->b, fds[1], true, 0), 0);
	*state = pair;
	return 0;
}

static int tear_down(void **state)
{
	struct pair *pair = *state;

	wire_close(&pair->a);
	wire_close(&pair->b);
	free(pair);
	return 0;
}

static void write_text(struct wire *wire, const char *text)
{
	assert_int_equal(write(wire->fd, text, strlen(text)), strlen(text));
}

static int receive(struct wire *wire, struct json_object **message)
{
	assert_true(wire_receive(wire) >= 0);
	return wire_next(wire, message);
}

static struct json_object *number_message(int n)
{
	struct json_object *message = json_object_new_object();

	json_object_object_add(message, "n", json_object_new_int(n));
	return message;
}

static int number_of(struct json_object *message)
{
	return json_object_get_int(json_object_object_get(message, "n"));
}

static void a_message_arrives(void **state)
{
	struct pair *pair = *state;
	struct json_object *message;

	assert_int_equal(wire_send(&pair->a, number_message(7), -1), 0);
	assert_int_equal(receive(&pair->b, &message), 1);
	assert_int_equal(number_of(message), 7);
	json_object_put(message);
	assert_int_equal(wire_next(&pair->b, &message), 0);
}

static void a_message_in_pieces_arrives_once_it_is_whole(void **state)
{
	struct pair *pair = *state;
	struct json_object *message;

	write_text(&pair->a, "{\"n\":");
	assert_int_equal(receive(&pair->b, &message), 0);
	write_text(&pair->a, "1}\n{\"n\":2}\n{");
	assert_int_equal(receive(&pair->b, &message), 1);
	assert_int_equal(number_of(message), 1);
	json_object_put(message);
	assert_true(wire_has_line(&pair->b));
	assert_int_equal(wire_next(&pair->b, &message), 1);
	assert_int_equal(number_of(message), 2);
	json_object_put(message);
	assert_false(wire_has_line(&pair->b));
	assert_int_equal(wire_next(&pair->b, &message), 0);
}

static void what_is_no_object_is_refused(void **state)
{
	static const char *const lines[] = {
		"\n", "12\n", "[]\n", "null\n", "{\n", "{} {}\n", "{\"a\":1,}\n", 
		"{\"a\":\"\xff\"}\n", "{\"a\":[[[[[[[[[[1]]]]]]]]]]}\n", "hello\n",
	};
	struct pair *pair = *state;
	struct json_object *message;

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		write_text(&pair->a, lines[i]);
		assert_int_equal(receive(&pair->b, &message), -EBADMSG);
		assert_null(message);
	}
	assert_int_equal(write(pair->a.fd, "{\"a\":\"\0\"}\n", 10), 10);
	assert_int_equal(receive(&pair->b, &message), -EBADMSG);
}

static void a_line_that_is_too_long_is_refused(void **state)
{
	static char text[WIRE_LINE_MAX];
	struct pair *pair = *state;
	struct json_object *message;
	int ret = 0;

	memset(text, ' ', sizeof(text));
	assert_int_equal(write(pair->a.fd, text, sizeof(text)), sizeof(text));
	for (int i = 0; i < 64 && !ret; i++)
		ret = receive(&pair->b, &message);
	assert_int_equal(ret, -EMSGSIZE);
}

static void a_line_of_the_greatest_length_arrives(void **state)
{
	static char text[WIRE_LINE_MAX];
	struct pair *pair = *state;
	struct json_object *message;
	int ret = 0;

	memset(text, ' ', sizeof(text));
	memcpy(text, "{\"n\":5}", 7);
	text[sizeof(text) - 1] = '\n';
	assert_int_equal(write(pair->a.fd, text, sizeof(text)), sizeof(text));
	for (int i = 0; i < 64 && !ret; i++)
		ret = receive(&pair->b, &message);
	assert_int_equal(ret, 1);
	assert_int_equal(number_of(message), 5);
	json_object_put(message);
}

static void a_descriptor_arrives_with_its_message(void **state)
{
	struct pair *pair = *state;
	struct json_object *message;
	struct stat sent, got;
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	assert_int_equal(fstat(fd, &sent), 0);
	assert_int_equal(wire_send(&pair->a, number_message(1), -1), 0);
	assert_int_equal(wire_send(&pair->a, number_message(2), fd), 0);
	close(fd);
	assert_int_equal(receive(&pair->b, &message), 1);
	json_object_put(message);
	while (!wire_has_line(&pair->b))
		assert_true(wire_receive(&pair->b) > 0);
	assert_int_equal(wire_next(&pair->b, &message), 1);
	json_object_put(message);
	fd = wire_take_fd(&pair->b);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &got), 0);
	assert_int_equal(got.st_rdev, sent.st_rdev);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
	assert_int_equal(wire_take_fd(&pair->b), -ENOENT);
}

static int count_fds(void)
{
	int count = 0;

	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

static void a_descriptor_for_one_who_takes_none_is_not_received(void **state)
{
	struct pair *pair = *state;
	struct json_object *message;
	int before = count_fds();

	for (int i = 0; i < 20; i++) {
		assert_int_equal(wire_send(&pair->b, number_message(i), 0), 0);
		assert_int_equal(receive(&pair->a, &message), 1);
		json_object_put(message);
	}
	assert_int_equal(count_fds(), before);
}

static void more_descriptors_than_anybody_promised_are_closed(void **state)
{
	struct pair *pair = *state;
	struct json_object *message;
	int before = count_fds();

	for (int i = 0; i < 20; i++)
		assert_int_equal(wire_send(&pair->a, number_message(i), 0), 0);
	for (int i = 0; i < 20; i++) {
		assert_int_equal(receive(&pair->b, &message), 1);
		json_object_put(message);
	}
	assert_int_equal(count_fds(), before + WIRE_FDS_MAX);
}

static void one_who_does_not_read_is_given_up(void **state)
{
	struct pair *pair = *state;
	int ret = 0;
	int sent = 0;

	for (; !ret; sent++) {
		struct json_object *message = number_message(sent);

		assert_true(sent < 100000);
		json_object_object_add(message, "text",
				       json_object_new_string_len((char[1000]){ "x" }, 1000));
		ret = wire_send(&pair->a, message, -1);
	}
	assert_int_equal(ret, -ENOBUFS);
	assert_true(sent > WIRE_QUEUE_MAX / 8000);
}

static void what_waited_is_sent_in_order_once_it_is_read(void **state)
{
	struct pair *pair = *state;
	struct json_object *message;
	int sent = 0;
	int got = 0;

	while (!wire_wants_to_send(&pair->a))
		assert_int_equal(wire_send(&pair->a, number_message(sent++), -1), 0);
	while (got < sent) {
		int ret;

		assert_int_equal(wire_flush(&pair->a), 0);
		ret = wire_next(&pair->b, &message);
		if (ret == 0) {
			assert_true(wire_receive(&pair->b) >= 0);
			continue;
		}
		assert_int_equal(ret, 1);
		assert_int_equal(number_of(message), got++);
		json_object_put(message);
	}
	assert_false(wire_wants_to_send(&pair->a));
}

static void the_end_is_told_after_what_was_said_before(void **state)
{
	struct pair *pair = *state;
	struct json_object *message;

	assert_int_equal(wire_send(&pair->a, number_message(3), -1), 0);
	wire_close(&pair->a);
	assert_int_equal(wire_wait(&pair->b, &message, 1000), 1);
	assert_int_equal(number_of(message), 3);
	json_object_put(message);
	assert_int_equal(wire_wait(&pair->b, &message, 1000), -ECONNRESET);
	assert_true(pair->b.ended);
}

static void waiting_ends_after_its_time(void **state)
{
	struct pair *pair = *state;
	struct json_object *message;

	assert_int_equal(wire_wait(&pair->b, &message, 20), -ETIMEDOUT);
}

static void there_is_nobody_to_connect_to(void **state)
{
	struct wire wire;

	assert_int_equal(wire_connect(&wire, "/nonexistent/socket", false, 0), -ENOENT);
	wire_close(&wire);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(a_message_arrives),
		TEST(a_message_in_pieces_arrives_once_it_is_whole),
		TEST(what_is_no_object_is_refused),
		TEST(a_line_that_is_too_long_is_refused),
		TEST(a_line_of_the_greatest_length_arrives),
		TEST(a_descriptor_arrives_with_its_message),
		TEST(a_descriptor_for_one_who_takes_none_is_not_received),
		TEST(more_descriptors_than_anybody_promised_are_closed),
		TEST(one_who_does_not_read_is_given_up),
		TEST(what_waited_is_sent_in_order_once_it_is_read),
		TEST(the_end_is_told_after_what_was_said_before),
		TEST(waiting_ends_after_its_time),
		cmocka_unit_test(there_is_nobody_to_connect_to),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
