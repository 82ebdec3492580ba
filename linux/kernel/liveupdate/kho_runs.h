/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is preserved is kept from the boot allocator run by run.
 *
 * KHO's radix tree has a key for each naturally aligned block, and gives them by size, the
 * largest first. memblock is a sorted array: blocks in that order would each be put into the
 * middle of it, and with tens of thousands of runs most of boot would be moving the array
 * about. So the keys of all sizes are merged by address, and each run of memory, however
 * many blocks it was preserved in, is reserved once, at the array's end or near it.
 *
 * Included by kexec_handover.c alone.
 */

#ifndef _KHO_RUNS_H
#define _KHO_RUNS_H

#include <linux/bitmap.h>
#include <linux/bits.h>
#include <linux/memblock.h>
#include <linux/minmax.h>
#include <linux/kho/abi/kexec_handover.h>

#define KHO_RUNS_ORDERS		(64 - PAGE_SHIFT)
#define KHO_RUNS_LEAF_KEYS	BIT(KHO_BITMAP_SIZE_LOG2)
#define KHO_RUNS_NODE_SLOTS	BIT(KHO_TABLE_SIZE_LOG2)

/* The blocks of one size, in order of address */
struct kho_runs_cursor {
	const unsigned long *bits;	/* of the leaf that @key is in, %NULL if not known yet */
	unsigned long key;
	unsigned long end;		/* the first key of the next smaller size */
	unsigned int shift;		/* log2 of the size, in bytes */
};

/*
 * The leaf with the least key that is not below *@key, below @node. *@key is then the first
 * one of that leaf, unless it was in it already.
 */
static const unsigned long *__init kho_runs_leaf(const struct kho_radix_node *node,
						 unsigned int level, unsigned long *key)
{
	unsigned int shift = (level - 1) * KHO_TABLE_SIZE_LOG2 + KHO_BITMAP_SIZE_LOG2;
	unsigned long slot = (*key >> shift) % KHO_RUNS_NODE_SLOTS;
	unsigned long base = (*key >> shift) - slot;
	unsigned long first = slot;
	const unsigned long *leaf;

	for (; slot < KHO_RUNS_NODE_SLOTS; slot++) {
		if (!node->table[slot])
			continue;
		if (slot != first)
			*key = (base + slot) << shift;
		if (level == 1)
			return phys_to_virt(node->table[slot]);
		leaf = kho_runs_leaf(phys_to_virt(node->table[slot]), level - 1, key);
		if (leaf)
			return leaf;
	}
	return NULL;
}

/* To the first block at or after the cursor's key. False if there is none. */
static bool __init kho_runs_settle(const struct kho_radix_node *root, struct kho_runs_cursor *c)
{
	unsigned long bit;

	while (c->key < c->end) {
		if (!c->bits)
			c->bits = kho_runs_leaf(root, KHO_TREE_MAX_DEPTH - 1, &c->key);
		if (!c->bits)
			return false;
		bit = find_next_bit(c->bits, KHO_RUNS_LEAF_KEYS, c->key % KHO_RUNS_LEAF_KEYS);
		c->key = round_down(c->key, KHO_RUNS_LEAF_KEYS) + bit;
		if (bit < KHO_RUNS_LEAF_KEYS)
			return c->key < c->end;
		c->bits = NULL;
	}
	return false;
}

/* The order bit is shifted out */
static phys_addr_t __init kho_runs_phys(const struct kho_runs_cursor *c)
{
	return (phys_addr_t)c->key << c->shift;
}

/* All sizes that there are blocks of. Returns how many that is. */
static unsigned int __init kho_runs_start(const struct kho_radix_node *root,
					  struct kho_runs_cursor *cursors)
{
	unsigned int order, n = 0;

	for (order = 0; order < KHO_RUNS_ORDERS; order++) {
		struct kho_runs_cursor *c = &cursors[n];

		c->bits = NULL;
		c->shift = PAGE_SHIFT + order;
		c->key = 1UL << (64 - c->shift);
		c->end = c->key << 1;
		if (kho_runs_settle(root, c))
			n++;
	}
	return n;
}

static void __init kho_runs_reserve_one(phys_addr_t start, phys_addr_t end)
{
	if (start == end)
		return;
	memblock_reserve(start, end - start);
	memblock_reserved_mark_noinit(start, end - start);
}

static void __init kho_runs_reserve(const struct kho_radix_node *root)
{
	static struct kho_runs_cursor cursors[KHO_RUNS_ORDERS] __initdata;
	unsigned int i, least, n = kho_runs_start(root, cursors);
	phys_addr_t start = 0, end = 0, phys;

	while (n) {
		for (least = 0, i = 1; i < n; i++)
			if (kho_runs_phys(&cursors[i]) < kho_runs_phys(&cursors[least]))
				least = i;
		phys = kho_runs_phys(&cursors[least]);
		if (phys > end) {
			kho_runs_reserve_one(start, end);
			start = phys;
		}
		end = max(end, phys + (1ULL << cursors[least].shift));
		cursors[least].key++;
		if (cursors[least].bits && !(cursors[least].key % KHO_RUNS_LEAF_KEYS))
			cursors[least].bits = NULL;
		if (!kho_runs_settle(root, &cursors[least]))
			cursors[least] = cursors[--n];
	}
	kho_runs_reserve_one(start, end);
}

/* Those of kexec_handover.c, which has them further down */
static const void *kho_get_fdt(void);
static phys_addr_t __init kho_get_mem_map_phys(const void *fdt);

/*
 * Reserves all memory that is preserved, each run once, by ascending address. Called for each
 * block; the first one does it for all.
 */
static void __init kho_runs_reserve_once(void)
{
	static bool done __initdata;

	if (done)
		return;
	done = true;
	kho_runs_reserve(phys_to_virt(kho_get_mem_map_phys(kho_get_fdt())));
}

#endif /* _KHO_RUNS_H */
