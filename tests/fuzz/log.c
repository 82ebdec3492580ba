// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The previous kernel's log, which is read where nothing else can be: whatever
 * is in the first run of pages, no more is read than there is, and it is given
 * back.
 */
#include "memory.h"
#include "luo_log.c"

int kho_retrieve_subtree(const char *name, phys_addr_t *pa, size_t *size)
{
	*pa = MEMORY_PA(0);
	*size = memory_input()->size;
	return strcmp(name, LUO_LOG_KHO_ENTRY_NAME) ? -ENOENT : 0;
}

/* Reading one writes none. */
bool kmsg_dump_get_line(struct kmsg_dump_iter *iter, bool syslog, char *line, size_t size,
			size_t *len) NOT_HERE
void kmsg_dump_rewind(struct kmsg_dump_iter *iter) NOT_HERE
void *kho_alloc_preserve(size_t size) NOT_HERE
void kho_unpreserve_free(void *p) NOT_HERE
int kho_add_subtree(const char *name, void *p, size_t size) NOT_HERE
int liveupdate_register_subsystem(struct liveupdate_subsystem *s) NOT_HERE

bool liveupdate_enabled(void)
{
	return false;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	char *text;
	size_t n;

	if (!memory_begin(data, size))
		return 0;
	WARN_ON(luo_log_init());
	text = malloc(luo_log_in_size + 1);
	n = luo_log_read(text, 0, luo_log_in_size + 1);
	WARN_ON(n != luo_log_in_size || luo_log_read(text, n, 1));
	WARN_ON(luo_log_read(text, n / 2, n) != n - n / 2);
	memory_read(text, n);
	free(text);
	kvfree(luo_log_in);
	luo_log_in = NULL;
	luo_log_in_size = 0;
	memory_end();
	return 0;
}
