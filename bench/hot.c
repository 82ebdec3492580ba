// SPDX-License-Identifier: GPL-2.0
/* What a hot path of a driver pays for asking; compiled to be looked at, never run */
#include <linux/liveupdate.h>
#include <linux/module.h>

bool hot_normal(void);
bool hot_updated(void);

bool hot_normal(void)
{
	return liveupdate_state_normal();
}

bool hot_updated(void)
{
	return liveupdate_state_updated();
}

MODULE_DESCRIPTION("What asking for the state costs");
MODULE_LICENSE("GPL");
