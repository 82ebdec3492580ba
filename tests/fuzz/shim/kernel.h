/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * As much of the kernel's interfaces as the code that reads a handover uses.
 * Every <linux/...> header that it includes, and that is not the drop-in's or
 * kho_block's own, is this file. What a kernel would warn of ends the process.
 */
#ifndef SHIM_KERNEL_H
#define SHIM_KERNEL_H

#define CONFIG_LIVEUPDATE	1
#define CONFIG_LIVEUPDATE_LOG	1
#define CONFIG_LIVEUPDATE_LOG_KB	4

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef int32_t s32;
typedef unsigned long long u64;
typedef u8 __u8;
typedef u32 __u32;
typedef s32 __s32;
typedef u64 __u64;
typedef u64 phys_addr_t;
typedef unsigned int gfp_t;
typedef unsigned long pgoff_t;
#define __aligned_u64	u64 __attribute__((aligned(8)))

#define __packed	__attribute__((packed))
#define __aligned(x)	__attribute__((aligned(x)))
#define __printf(a, b)	__attribute__((format(printf, a, b)))
#define __must_check	__attribute__((warn_unused_result))
#define __init
#define __private
#define __user
#define EXPORT_SYMBOL_GPL(symbol)
#define late_initcall(fn)
#define U32_MAX		UINT32_MAX
#define U64_MAX		((u64)~0)
#define BIT(n)		(1UL << (n))
#define GENMASK(high, low)	(~0UL >> (63 - (high)) & ~0UL << (low))
#define FIELD_PREP(mask, value)	((mask) & ((value) * ((mask) & -(mask))))
#define ALIGN(x, a)	(((x) + (a) - 1) & ~((typeof(x))(a) - 1))
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define READ_ONCE(x)	(*(const volatile typeof(x) *)&(x))
#define WRITE_ONCE(x, v)	(*(volatile typeof(x) *)&(x) = (v))
#define offsetofend(type, member)	(offsetof(type, member) + sizeof(((type *)0)->member))
#define container_of(p, type, member)	((type *)((char *)(p) - offsetof(type, member)))
#define BUILD_BUG_ON(condition)	_Static_assert(!(condition), #condition)
#define BUILD_BUG_ON_ZERO(condition)	((int)sizeof(struct { int:(-!!(condition)); }))
#define min_t(type, a, b)	((type)(a) < (type)(b) ? (type)(a) : (type)(b))
#define min(a, b)	((a) < (b) ? (a) : (b))
#define DIV_ROUND_UP(n, d)	(((n) + (d) - 1) / (d))
#define DIV_ROUND_UP_ULL(n, d)	DIV_ROUND_UP((u64)(n), d)
#define const_ilog2(n)	(63 - __builtin_clzll(n))
#define ilog2(n)	const_ilog2(n)
#define is_power_of_2(n)	((n) && !((n) & ((n) - 1)))
#define __ffs(n)	((unsigned long)__builtin_ctzl(n))
#define SZ_1K		1024
#define BITS_PER_BYTE	8
#define BITS_PER_LONG	64
#define DECLARE_BITMAP(name, bits)	unsigned long name[(bits) / 64]
#define static_assert(condition)	_Static_assert(condition, "")
#define MAX_LFS_FILESIZE	((u64)INT64_MAX)
#define F_SEAL_SEAL	0x01
#define F_SEAL_SHRINK	0x02
#define F_SEAL_GROW	0x04
#define F_SEAL_WRITE	0x08
#define F_SEAL_FUTURE_WRITE	0x10
#define F_SEAL_EXEC	0x20
#define upper_32_bits(n)	((u32)((u64)(n) >> 32))
#define lower_32_bits(n)	((u32)(n))
#define WARN_ON_ONCE(condition)	((condition) ? (abort(), true) : false)
#define WARN_ON(condition)	WARN_ON_ONCE(condition)

/* What is said must be there, even if nobody listens. */
static inline void shim_say(const char *fmt, ...)
{
	(void)fmt;
}
#define pr_err(...)	shim_say(__VA_ARGS__)
#define pr_warn(...)	shim_say(__VA_ARGS__)
#define pr_info(...)	shim_say(__VA_ARGS__)

static inline void *ERR_PTR(long error)
{
	return (void *)error;
}

static inline long PTR_ERR(const void *p)
{
	return (long)p;
}

static inline bool IS_ERR(const void *p)
{
	return (unsigned long)p >= (unsigned long)-4095;
}

static inline int PTR_ERR_OR_ZERO(const void *p)
{
	return IS_ERR(p) ? PTR_ERR(p) : 0;
}

/* Strings */

static inline void shim_strscpy(char *to, const char *from, size_t size, bool pad)
{
	size_t len = strnlen(from, size - 1);

	memcpy(to, from, len);
	memset(to + len, 0, pad ? size - len : 1);
}
#define shim_size(to, size, ...)	(size)
#define strscpy(to, from, ...)	\
	shim_strscpy(to, from, shim_size(to, ##__VA_ARGS__, sizeof(to)), false)
#define strscpy_pad(to, from, ...)	\
	shim_strscpy(to, from, shim_size(to, ##__VA_ARGS__, sizeof(to)), true)
u32 crc32_le(u32 crc, const u8 *p, size_t len);

/* Memory: see memory.c. An allocation fails where the input says so. */

#define PAGE_SHIFT	12
#define PAGE_SIZE	(1UL << PAGE_SHIFT)
#define PAGE_ALIGNED(pa)	(!((pa) % PAGE_SIZE))
#define PHYS_PFN(pa)	((unsigned long)((pa) >> PAGE_SHIFT))
#define GFP_KERNEL	0

struct page {
	unsigned long private;
	unsigned int references;
};
#define page_private(page)	((page)->private)
struct folio {
	struct page page;
};
struct folio *kho_restore_folio(phys_addr_t pa);
struct page *kho_restore_pages(phys_addr_t pa, unsigned long pages);
void folio_put(struct folio *folio);
struct page *virt_to_page(const void *p);
void __free_page(struct page *page);
#define PFN_PHYS(pfn)	((phys_addr_t)(pfn) << PAGE_SHIFT)
#define MAX_PAGE_ORDER	10
#define totalram_pages()	(1UL << 20)
#define cond_resched()	((void)0)

struct page *pfn_to_online_page(unsigned long pfn);
struct page *pfn_to_page(unsigned long pfn);
#define set_page_count(page, count)	((page)->references = (count))
#define clear_page_tag_ref(page)	((void)0)
void adjust_managed_page_count(struct page *page, long count);
void set_page_private(struct page *page, unsigned long value);
void *phys_to_virt(phys_addr_t pa);
phys_addr_t virt_to_phys(const void *p);
void kho_restore_free(void *p);
int kho_preserve_pages(struct page *page, unsigned long pages);
void kho_unpreserve_pages(struct page *page, unsigned long pages);
int kho_retrieve_subtree(const char *name, phys_addr_t *pa, size_t *size);
int kho_add_subtree(const char *name, void *p, size_t size);
void *kho_alloc_preserve(size_t size);
void kho_unpreserve_free(void *p);
unsigned long get_zeroed_page(gfp_t gfp);
void free_page(unsigned long page);
struct zone *page_zone(const struct page *page);
#define pageblock_nr_pages	512
void *shim_alloc(size_t n, size_t size);
#define kzalloc_obj(type)		((typeof(type) *)shim_alloc(1, sizeof(type)))
#define kvzalloc_objs(type, n)		((typeof(type) *)shim_alloc(n, sizeof(type)))
#define kvmalloc_objs(type, n)		kvzalloc_objs(type, n)
#define kvmalloc(size, gfp)		shim_alloc(size, 1)
#define kfree(p)			free((void *)(p))
#define kvfree(p)			free((void *)(p))

/* Lists */

struct list_head {
	struct list_head *next, *prev;
};
#define LIST_HEAD_INIT(head)	{ &(head), &(head) }
#define LIST_HEAD(name)		struct list_head name = LIST_HEAD_INIT(name)

static inline void INIT_LIST_HEAD(struct list_head *head)
{
	head->next = head->prev = head;
}

static inline void list_add_tail(struct list_head *entry, struct list_head *head)
{
	*entry = (struct list_head) { head, head->prev };
	head->prev->next = entry;
	head->prev = entry;
}

static inline void list_del(struct list_head *entry)
{
	entry->prev->next = entry->next;
	entry->next->prev = entry->prev;
	entry->next = entry->prev = NULL;
}

#define list_empty(head)	((head)->next == (head))
#define list_is_last(entry, head)	((entry)->next == (head))
#define list_is_first(entry, head)	((entry)->prev == (head))
#define list_entry(p, type, member)	container_of(p, type, member)
#define list_last_entry(head, type, member)	list_entry((head)->prev, type, member)
#define list_first_entry_or_null(head, type, member)	\
	(list_empty(head) ? NULL : list_entry((head)->next, type, member))
#define list_last_entry_or_null(head, type, member)	\
	(list_empty(head) ? NULL : list_entry((head)->prev, type, member))
#define list_next_entry(pos, member)	list_entry((pos)->member.next, typeof(*(pos)), member)
#define list_prev_entry(pos, member)	list_entry((pos)->member.prev, typeof(*(pos)), member)

#define shim_from(pos, p, member)	(pos = list_entry(p, typeof(*pos), member))
#define list_for_each_entry(pos, head, member)				\
	for (shim_from(pos, (head)->next, member); &pos->member != (head);	\
	     pos = list_next_entry(pos, member))
#define list_for_each_entry_reverse(pos, head, member)			\
	for (shim_from(pos, (head)->prev, member); &pos->member != (head);	\
	     pos = list_prev_entry(pos, member))
#define list_for_each_entry_continue_reverse(pos, head, member)		\
	for (pos = list_prev_entry(pos, member); &pos->member != (head);	\
	     pos = list_prev_entry(pos, member))
#define list_for_each_entry_safe(pos, n, head, member)			\
	for (shim_from(pos, (head)->next, member), n = list_next_entry(pos, member);	\
	     &pos->member != (head); pos = n, n = list_next_entry(n, member))
#define list_for_each_entry_safe_reverse(pos, n, head, member)		\
	for (shim_from(pos, (head)->prev, member), n = list_prev_entry(pos, member);	\
	     &pos->member != (head); pos = n, n = list_prev_entry(n, member))

/* Locks: there is one thread. */

struct mutex {
	bool locked;
};

static inline void mutex_lock(struct mutex *mutex)
{
	WARN_ON(mutex->locked);
	mutex->locked = true;
}

static inline void mutex_unlock(struct mutex *mutex)
{
	WARN_ON(!mutex->locked);
	mutex->locked = false;
}

static inline void shim_mutex_exit(struct mutex **mutex)
{
	mutex_unlock(*mutex);
}

static inline struct mutex *shim_mutex_enter(struct mutex *mutex)
{
	mutex_lock(mutex);
	return mutex;
}
#define mutex_init(mutex)	((mutex)->locked = false)
#define mutex_destroy(mutex)	WARN_ON((mutex)->locked)
#define shim_paste(a, b)	a##b
#define shim_name(a, b)		shim_paste(a, b)
#define guard(kind)							\
	struct kind *shim_name(guard_, __LINE__)			\
	__attribute__((cleanup(shim_##kind##_exit), unused)) = shim_##kind##_enter

/* Hash tables: see memory.c */

struct rhash_head {
	struct rhash_head *next;
};

struct rhashtable_params {
	size_t key_len, key_offset, head_offset;
	bool automatic_shrinking;
};

struct rhashtable {
	struct rhash_head *buckets[64];
};

int rhashtable_init(struct rhashtable *table, const struct rhashtable_params *params);
void *rhashtable_lookup_fast(struct rhashtable *table, const void *key,
			     const struct rhashtable_params params);
int rhashtable_lookup_insert_fast(struct rhashtable *table, struct rhash_head *entry,
				  const struct rhashtable_params params);
int rhashtable_remove_fast(struct rhashtable *table, struct rhash_head *entry,
			   const struct rhashtable_params params);

/* Nobody is to die. */

#define fatal_signal_pending(task)	false

/* Files, which the tests make none of */

struct address_space;
struct file {
	unsigned int references;
};

struct xarray {
	char none;
};
#define DEFINE_XARRAY(name)	struct xarray name
int xa_insert(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp);
void *xa_erase(struct xarray *xa, unsigned long index);
struct file *fget(unsigned int fd);
struct file *get_file(struct file *file);
void fput(struct file *file);

/* Only there in declarations */

struct rw_semaphore;
struct module;
struct kobject {
	char none;
};
#define DECLARE_STATIC_KEY_FALSE(name)	extern bool name
#define static_branch_likely(key)	(*(key))
#define static_branch_unlikely(key)	(*(key))

struct kmsg_dump_iter {
	u64 next_seq;
};
bool kmsg_dump_get_line(struct kmsg_dump_iter *iter, bool syslog, char *line, size_t size,
			size_t *len);
void kmsg_dump_rewind(struct kmsg_dump_iter *iter);

/* Work that is scheduled is done at once. */

struct work_struct {
	void (*fn)(struct work_struct *work);
};
struct delayed_work {
	struct work_struct work;
};
#define DECLARE_DELAYED_WORK(name, function)	struct delayed_work name = { { .fn = function } }
static inline bool schedule_delayed_work(struct delayed_work *work, unsigned long delay)
{
	(void)delay;
	work->work.fn(&work->work);
	return true;
}

static inline bool cancel_delayed_work_sync(struct delayed_work *work)
{
	return !work;
}
#define smp_wmb()	__sync_synchronize()

/* What kernels list is for whoever has a kernel. */
#define ELFNOTE32(...)	struct shim_note

/* Tracepoints: nobody listens. */

#define TRACE_DEFINE_ENUM(name)	struct shim_traced
#define TRACE_EVENT(name, proto, ...)	static inline void trace_##name(proto) { }
#define TP_PROTO(...)	__VA_ARGS__

#endif
