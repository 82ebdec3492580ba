/* SPDX-License-Identifier: GPL-2.0 */
/* Where memory is taken from that a live update may have to preserve */
#ifndef _LINUX_LIVEUPDATE_PLACE_H
#define _LINUX_LIVEUPDATE_PLACE_H

#include <linux/gfp_types.h>

#ifdef CONFIG_LIVEUPDATE_MEMFD
gfp_t liveupdate_place(gfp_t gfp);
void liveupdate_place_failed(unsigned int order);
#else
static inline gfp_t liveupdate_place(gfp_t gfp)
{
	return 0;
}

static inline void liveupdate_place_failed(unsigned int order)
{
}
#endif

#endif /* _LINUX_LIVEUPDATE_PLACE_H */
