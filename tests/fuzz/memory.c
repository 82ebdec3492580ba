// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Physical memory made of a fuzzer's bytes. Each run of pages is an allocation
 * of its own, and is freed when it is given back, so that the sanitizer sees
 * every look beyond its end, or after it was given back. Addresses that lead
 * nowhere must have been found out before anybody follows them.
 */
#include <sanitizer/asan_interface.h>
#include "memory.h"

#define MAGIC	0x4b484f50UL

/**
 * struct run - a run of pages
 * @pa: where it begins
 * @size: bytes
 * @memory: they; NULL once all of it was given back
 * @left: how many of its pages were not
 * @claimed: it is not handed over any more
 */
static struct run {
	u64 pa;
	size_t size;
	u8 *memory;
	unsigned int left;
	bool claimed;
} runs[MEMORY_PAGES];

static unsigned int count;
static struct page frames[MEMORY_FRAMES];
static struct run *run_of_frame[MEMORY_FRAMES];
static struct input input;
static unsigned int allocations;
static long unmanaged[2];

/* The first 16 bytes are a header, what follows them an entry or some. */
static void repeat(u8 *memory, size_t len, size_t size)
{
	size_t n;

	for (size_t at = len; len > 16 && at < size; at += n) {
		n = min(len - 16, size - at);
		memcpy(memory + at, memory + 16, n);
	}
}

static size_t take_run(struct run *run, u64 pa, const u8 *data, size_t size)
{
	size_t len = (data[0] | data[1] << 8) & INPUT_LENGTH;
	unsigned int order = (data[1] >> 4) % 8 % MEMORY_ORDERS;

	len = min(len, size - 2);
	*run = (struct run) { .pa = pa, .size = PAGE_SIZE << order, .left = 1U << order };
	run->memory = calloc(1, run->size);
	memcpy(run->memory, data + 2, len);
	if (data[1] & INPUT_REPEAT)
		repeat(run->memory, len, run->size);
	frames[MEMORY_FRAME(pa)].private = MAGIC << 32 | order;
	for (u64 at = 0; at < run->size; at += PAGE_SIZE)
		run_of_frame[MEMORY_FRAME(pa + at)] = run;
	return len + 2;
}

bool memory_begin(const u8 *data, size_t size)
{
	u64 pa = MEMORY_PA(0);

	if (size < sizeof(input))
		return false;
	memcpy(&input, data, sizeof(input));
	data += sizeof(input);
	size -= sizeof(input);
	allocations = 0;
	memset(frames, 0, sizeof(frames));
	memset(run_of_frame, 0, sizeof(run_of_frame));
	for (count = 0; count < MEMORY_PAGES && size >= 2; count++) {
		size_t taken = take_run(&runs[count], pa, data, size);

		pa += runs[count].size;
		data += taken;
		size -= taken;
	}
	return count;
}

void memory_end(void)
{
	if (unmanaged[0] || unmanaged[1])
		abort();
	for (unsigned int i = 0; i < count; i++) {
		/* Claimed by somebody who has forgotten it */
		if (runs[i].memory && runs[i].claimed)
			abort();
		free(runs[i].memory);
		runs[i].memory = NULL;
	}
	count = 0;
}

const struct input *memory_input(void)
{
	return &input;
}

void *memory_root(unsigned int i, size_t size)
{
	void *root = i < count ? luo_map(runs[i].pa, size) : NULL;
	void *copy;

	if (!root)
		return NULL;
	copy = malloc(size);
	memcpy(copy, root, size);
	return copy;
}

void memory_read(const void *p, size_t size)
{
	const u8 *byte = p;
	u8 all = 0;

	while (size--)
		all ^= *byte++;
	/* Somebody might want to know. */
	asm volatile("" : : "r"(all));
}

static struct run *run_of_pa(u64 pa)
{
	u64 frame = MEMORY_FRAME(pa);

	return frame < MEMORY_FRAMES ? run_of_frame[frame] : NULL;
}

static struct run *run_of(const void *p)
{
	for (unsigned int i = 0; i < count; i++) {
		if (runs[i].memory && (size_t)((const u8 *)p - runs[i].memory) < runs[i].size)
			return &runs[i];
	}
	return NULL;
}

struct page *pfn_to_online_page(unsigned long pfn)
{
	return run_of_pa(PFN_PHYS(pfn)) ? &frames[MEMORY_FRAME(PFN_PHYS(pfn))] : NULL;
}

struct page *pfn_to_page(unsigned long pfn)
{
	struct page *page = pfn_to_online_page(pfn);

	if (!page)
		abort();
	return page;
}

static u64 pa_of_page(const struct page *page)
{
	return MEMORY_PA((u64)(page - frames));
}

static struct run *run_of_page(const struct page *page)
{
	return run_of_frame[page - frames];
}

bool memory_is_kept(u64 pfn)
{
	const struct run *run = run_of_pa(PFN_PHYS(pfn));

	return run && run->memory && !run->claimed;
}

void *phys_to_virt(phys_addr_t pa)
{
	struct run *run = run_of_pa(pa);

	if (!run || !run->memory)
		abort();
	return run->memory + (pa - run->pa);
}

phys_addr_t virt_to_phys(const void *p)
{
	struct run *run = run_of(p);

	if (!run)
		abort();
	return run->pa + ((const u8 *)p - run->memory);
}

/* A kernel warns where this is not what was handed over, or not any more. */
static struct run *claim(phys_addr_t pa)
{
	struct run *run = run_of_pa(pa);

	if (!run || !run->memory || run->pa != pa || run->claimed)
		abort();
	run->claimed = true;
	frames[MEMORY_FRAME(pa)].private = 0;
	return run;
}

static void give_back(struct run *run)
{
	free(run->memory);
	run->memory = NULL;
}

void kho_restore_free(void *p)
{
	give_back(claim(virt_to_phys(p)));
}

struct folio *kho_restore_folio(phys_addr_t pa)
{
	struct page *page = &frames[MEMORY_FRAME(claim(pa)->pa)];

	page->references = 1;
	return (struct folio *)page;
}

void folio_put(struct folio *folio)
{
	if (folio->page.references-- != 1)
		abort();
	give_back(run_of_page(&folio->page));
}

/* A kernel claims all of each run, whatever was asked for. */
struct page *kho_restore_pages(phys_addr_t pa, unsigned long pages)
{
	struct page *first = pfn_to_page(PHYS_PFN(pa));

	for (unsigned long at = 0; at < pages;) {
		unsigned long n = claim(pa + at * PAGE_SIZE)->left;

		for (unsigned long i = 0; i < n; i++)
			first[at + i].references = 1;
		at += n;
		if (at > pages)
			abort();
	}
	return first;
}

/* The lower half of all frames, and the upper one */
static unsigned int zone_number(const struct page *page)
{
	return (page - frames) / (MEMORY_FRAMES / 2);
}

struct zone *page_zone(const struct page *page)
{
	return (struct zone *)&unmanaged[zone_number(page)];
}

/* Whoever claims memory by himself says so, and tells the zone of it in the end. */
void set_page_private(struct page *page, unsigned long value)
{
	if (value)
		abort();
	unmanaged[zone_number(page)] += claim(pa_of_page(page))->left;
}

void adjust_managed_page_count(struct page *page, long pages)
{
	unmanaged[zone_number(page)] -= pages;
}

struct page *virt_to_page(const void *p)
{
	struct run *run = run_of(p);

	if (!run || p != run->memory || !run->claimed)
		abort();
	return &frames[MEMORY_FRAME(run->pa)];
}

/* Nobody may look at it after that, also while the rest of its run is in use. */
void __free_page(struct page *page)
{
	struct run *run = run_of_page(page);

	if (page->references-- != 1)
		abort();
	__asan_poison_memory_region(run->memory + (pa_of_page(page) - run->pa), PAGE_SIZE);
	if (!--run->left)
		give_back(run);
}

void *shim_alloc(size_t n, size_t size)
{
	if (++allocations == input.fail)
		return NULL;
	return calloc(n, size);
}

u32 crc32_le(u32 crc, const u8 *p, size_t len)
{
	static u32 table[256];

	for (u32 i = 0; !table[255] && i < 256; i++) {
		table[i] = i;
		for (int bit = 0; bit < 8; bit++)
			table[i] = table[i] >> 1 ^ (table[i] & 1 ? 0xedb88320 : 0);
	}
	while (len--)
		crc = crc >> 8 ^ table[(crc ^ *p++) & 255];
	return crc;
}

static const u8 *key_of(const struct rhash_head *entry, const struct rhashtable_params *params)
{
	return (const u8 *)entry - params->head_offset + params->key_offset;
}

static struct rhash_head **bucket_of(struct rhashtable *table, const void *key, size_t len)
{
	return &table->buckets[crc32_le(0, key, len) % ARRAY_SIZE(table->buckets)];
}

int rhashtable_init(struct rhashtable *table, const struct rhashtable_params *params)
{
	(void)params;
	memset(table, 0, sizeof(*table));
	return 0;
}

void *rhashtable_lookup_fast(struct rhashtable *table, const void *key,
			     const struct rhashtable_params params)
{
	struct rhash_head *entry = *bucket_of(table, key, params.key_len);

	while (entry && memcmp(key_of(entry, &params), key, params.key_len))
		entry = entry->next;
	return entry ? (u8 *)entry - params.head_offset : NULL;
}

int rhashtable_lookup_insert_fast(struct rhashtable *table, struct rhash_head *entry,
				  const struct rhashtable_params params)
{
	const u8 *key = key_of(entry, &params);
	struct rhash_head **bucket = bucket_of(table, key, params.key_len);

	if (rhashtable_lookup_fast(table, key, params))
		return -EEXIST;
	entry->next = *bucket;
	*bucket = entry;
	return 0;
}

int rhashtable_remove_fast(struct rhashtable *table, struct rhash_head *entry,
			   const struct rhashtable_params params)
{
	struct rhash_head **at = bucket_of(table, key_of(entry, &params), params.key_len);

	while (*at && *at != entry)
		at = &(*at)->next;
	if (!*at)
		abort();
	*at = entry->next;
	return 0;
}
