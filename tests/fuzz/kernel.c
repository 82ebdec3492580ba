// SPDX-License-Identifier: GPL-2.0-or-later
/* What the parts that restore need of those that are not here */
#include "memory.h"

/* Restoring a handover writes none, and reading a table makes none. */
unsigned long get_zeroed_page(gfp_t gfp) NOT_HERE
void free_page(unsigned long page) NOT_HERE
int kho_preserve_pages(struct page *page, unsigned long pages) NOT_HERE
void kho_unpreserve_pages(struct page *page, unsigned long pages) NOT_HERE
void *kho_alloc_preserve(size_t size) NOT_HERE
void kho_unpreserve_free(void *p) NOT_HERE
bool luo_state_sealed(void) NOT_HERE
void luo_outgoing_set_sessions(u64 sessions_pa, u64 count) NOT_HERE
struct liveupdate_file_handler *luo_handler_for_file(struct file *file) NOT_HERE
void luo_handler_count(struct liveupdate_file_handler *fh, long files) NOT_HERE
int luo_flb_preserve_for(struct liveupdate_file_handler *fh) NOT_HERE
void luo_flb_unpreserve_for(struct liveupdate_file_handler *fh) NOT_HERE
struct file *fget(unsigned int fd) NOT_HERE

void luo_flb_finish_for(struct liveupdate_file_handler *fh)
{
	WARN_ON(!fh);
}

void luo_handler_put(struct liveupdate_file_handler *fh)
{
	WARN_ON(!fh);
}

void luo_blame(struct luo_blame *blame, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(blame->text, sizeof(blame->text), fmt, ap);
	va_end(ap);
}

struct file *get_file(struct file *file)
{
	file->references++;
	return file;
}

void fput(struct file *file)
{
	WARN_ON(!file->references--);
}

int xa_insert(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp)
{
	(void)xa;
	(void)gfp;
	WARN_ON(!index || !entry);
	return 0;
}

void *xa_erase(struct xarray *xa, unsigned long index)
{
	(void)xa;
	WARN_ON(!index);
	return NULL;
}
