/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is handed over: memfds, and the memory that they get */
#ifndef LOAD_H
#define LOAD_H

#include <stdbool.h>

/* Pages are of 4 KiB, or of 2 MiB where the files have huge ones. */
struct load {
	long files;
	long pages;		/* of each file */
	bool huge;
	bool fragmented;	/* no two free pages lie side by side */
};

/* Before anything else: huge pages to be had, fragmented memory, where that is wanted */
void prepare(const struct load *what);
/* The files, faulted in and written to */
int *make_files(const struct load *what);
/* In how many runs, contiguous in the file and in memory, all of that lies */
long count_runs(const struct load *what, const int *fds);
/* Ends the program where a page does not have what make_files() wrote. */
void check_files(const struct load *what, const int *fds);
/* Memory that nobody has, in kB, once all is free that nobody needs */
long free_memory(void);

#endif
