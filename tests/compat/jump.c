// SPDX-License-Identifier: GPL-2.0-or-later
/* Jumps as a client does that knows the stock interface only: without any event */
#include "vm.h"

int main(void)
{
	boot();
	jump();
}
