// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A plugin for QEMU's emulation that counts, block of code by block of code, what the
 * guest executes during one phase of bench/bench.c (see phase.h).
 *
 * arguments: phase=NAME,out=FILE
 *
 * FILE gets a line "ADDRESS EXECUTIONS INSTRUCTIONS" for each block, when the phase ends.
 * What begins in the middle of a block, after an exception there, is a block of its own;
 * what an exception keeps from being executed is counted all the same.
 *
 * Debian 12 has no header for plugins. These are the declarations, of version 1.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "phase.h"

#define EXPORT		__attribute__((visibility("default")))
#define BUCKETS		(1U << 16)
#define CB_NO_REGS	0

struct qemu_plugin_tb;
struct qemu_info_t;
typedef uint64_t qemu_plugin_id_t;
typedef void (*tb_trans_cb)(qemu_plugin_id_t id, struct qemu_plugin_tb *tb);
typedef void (*tb_exec_cb)(unsigned int cpu, void *data);

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id, tb_trans_cb cb);
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb, tb_exec_cb cb, int flags,
					  void *data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);
EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info_t *info, int argc,
			       char **argv);

EXPORT int qemu_plugin_version = 1;

/* Lives as long as QEMU: code is translated again, and then counted in the same place. */
struct block {
	struct block *next;
	uint64_t address;
	uint64_t length;
	uint64_t executions;
};

static struct block *blocks[BUCKETS];
static const char *out;
static enum phase phase = PHASES;
static bool counting;

static void write_out(void)
{
	FILE *f = fopen(out, "w");

	if (!f) {
		perror(out);
		exit(1);
	}
	for (unsigned int i = 0; i < BUCKETS; i++) {
		for (struct block *b = blocks[i]; b; b = b->next) {
			if (b->executions)
				fprintf(f, "%016" PRIx64 " %" PRIu64 " %" PRIu64 "\n", b->address,
					b->executions, b->executions * b->length);
		}
	}
	fclose(f);
}

static void begins(unsigned int cpu, void *data)
{
	(void)cpu;
	(void)data;
	counting = true;
}

static void ends(unsigned int cpu, void *data)
{
	(void)cpu;
	(void)data;
	if (counting)
		write_out();
	counting = false;
}

static void executed(unsigned int cpu, void *data)
{
	struct block *b = data;

	(void)cpu;
	b->executions += counting;
}

static struct block *block(uint64_t address, uint64_t length)
{
	struct block **head = &blocks[(address ^ address >> 16) % BUCKETS];
	struct block *b;

	for (b = *head; b; b = b->next) {
		if (b->address == address && b->length == length)
			return b;
	}
	b = calloc(1, sizeof(*b));
	if (!b)
		abort();
	*b = (struct block) { .next = *head, .address = address, .length = length };
	*head = b;
	return b;
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	uint64_t address = qemu_plugin_tb_vaddr(tb);
	tb_exec_cb cb = executed;

	(void)id;
	if (address == PHASE_ADDRESS(phase, false))
		cb = begins;
	else if (address == PHASE_ADDRESS(phase, true))
		cb = ends;
	qemu_plugin_register_vcpu_tb_exec_cb(tb, cb, CB_NO_REGS,
					     block(address, qemu_plugin_tb_n_insns(tb)));
}

int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info_t *info, int argc, char **argv)
{
	(void)info;
	for (int i = 0; i < argc; i++) {
		if (!strncmp(argv[i], "out=", 4))
			out = strdup(argv[i] + 4);
		for (enum phase p = 0; p < PHASES; p++) {
			if (!strncmp(argv[i], "phase=", 6) && !strcmp(argv[i] + 6, phase_names[p]))
				phase = p;
		}
	}
	if (!out || phase == PHASES)
		return 1;
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	return 0;
}
