/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is said to luod: from what it knows, put together as nobody should. */
#ifndef WORDS_H
#define WORDS_H

#include <stddef.h>
#include <stdint.h>

#define TEXT_MAX (64 * 1024)

struct text {
	size_t size;
	char bytes[TEXT_MAX];
};

void random_seed(uint64_t seed);
/* Below @limit. */
uint32_t random_below(uint32_t limit);

/* A request with members of any type, or what is left of one. */
void words_request(struct text *text);
/* A line as long as may be, or longer. */
void words_long(struct text *text);
/* Nested as deep as may be, or deeper, closed again or not. */
void words_deep(struct text *text);
/* Bytes. */
void words_garbage(struct text *text);

#endif /* WORDS_H */
