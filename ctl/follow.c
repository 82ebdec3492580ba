// SPDX-License-Identifier: GPL-2.0-or-later
#include "follow.h"

#include <errno.h>
#include <time.h>

#define TICK_MS 100
#define SILENCE_MS 3000

struct silence {
	long heard_ms;
	/* The question that is to be answered, or 0. */
	int question;
};

static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int bear_silence(const struct follow *f, struct silence *s)
{
	long silent_ms = now_ms() - s->heard_ms;

	if (f->may_be_silent && f->may_be_silent(f->data)) {
		s->heard_ms = now_ms();
		return 0;
	}
	if (silent_ms < SILENCE_MS)
		return 0;
	if (s->question)
		return silent_ms < SILENCE_MS + f->patience_ms ? 0 : -ETIMEDOUT;
	s->question = luod_send(f->luod, "STATUS", NULL);
	return s->question < 0 ? s->question : 0;
}

/* Whether that was the reply to @id. */
static bool take(const struct follow *f, struct silence *s, int id, struct json_object *message)
{
	bool is_answer = s->question && luod_is_reply(message, s->question);

	s->heard_ms = now_ms();
	if (id && luod_is_reply(message, id))
		return true;
	if (is_answer)
		s->question = 0;
	else if (f->on_event)
		f->on_event(f->data, message);
	json_object_put(message);
	return false;
}

int follow(const struct follow *f, int id, struct json_object **reply)
{
	struct silence s = { .heard_ms = now_ms() };
	long ticked_ms = s.heard_ms;

	*reply = NULL;
	for (;;) {
		struct json_object *message;
		int ret = luod_receive(f->luod, &message, TICK_MS);

		if (ret > 0 && take(f, &s, id, message)) {
			*reply = message;
			return 0;
		}
		if (ret < 0 && ret != -ETIMEDOUT)
			return ret;
		/* Also where there is always something to be heard. */
		if (ret > 0 && now_ms() - ticked_ms < TICK_MS)
			continue;
		ticked_ms = now_ms();
		ret = bear_silence(f, &s);
		if (!ret && f->on_tick)
			ret = f->on_tick(f->data);
		if (ret)
			return ret;
	}
}
