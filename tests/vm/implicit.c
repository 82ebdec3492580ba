// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Jumps by reboot(KEXEC) alone, as clients make them that know no events, and
 * jumps with nothing to hand over. The first jump is implicit with sessions,
 * the second implicit with nothing, the third explicit with nothing, the
 * fourth implicit while the last update is still unfinished.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/kexec.h>
#include <linux/reboot.h>
#include "vm.h"

static int dev;

static struct liveupdate_ioctl_get_state current(void)
{
	struct liveupdate_ioctl_get_state s;

	need(get_state(dev, &s), "get the state");
	return s;
}

static void hand_over(const char *name, size_t size, uint64_t seed)
{
	int s = need(create(dev, name), "create a session");

	need(preserve(s, memfd(name, size, seed), 1), "preserve");
}

/* An image loaded the old way takes no handover along. */
static int load_without_handover(void)
{
	static char code[4096];
	struct kexec_segment segment = {
		.buf = code, .bufsz = sizeof(code), .mem = (void *)0x1000000, .memsz = 4096 };

	return syscall(SYS_kexec_load, 0x1000000UL, 1UL, &segment, KEXEC_ARCH_DEFAULT) ?
		-errno : 0;
}

static void unload(void)
{
	syscall(SYS_kexec_load, 0UL, 0UL, NULL, KEXEC_ARCH_DEFAULT);
}

static void refused_jumps(void)
{
	int s;

	is(kexec_reboot(), -EINVAL, "a jump without an image is refused");
	is(state(), LIVEUPDATE_STATE_NORMAL, "and the machine runs on in normal");

	need(load_without_handover(), "load an image by kexec_load");
	s = need(create(dev, "precious"), "create a session");
	need(preserve(s, memfd("p", 10000, 3), 1), "preserve");
	is(kexec_reboot(), -ENOEXEC, "a jump that would lose what is preserved is refused");
	is(state(), LIVEUPDATE_STATE_NORMAL, "and the machine runs on in normal");
	is(event(dev, LIVEUPDATE_PREPARE, NULL), 0, "also when prepared");
	is(kexec_reboot(), -ENOEXEC, "it is refused");
	is(state(), LIVEUPDATE_STATE_PREPARED, "and stays prepared");
	is(event(dev, LIVEUPDATE_CANCEL, NULL), 0, "which can be cancelled");
	unload();
	close(s);
}

static void first(void)
{
	refused_jumps();
	hand_over("one", 5000, 1);
	hand_over("two", 5000, 2);
	jump();
}

static void second(void)
{
	int one, two, fd;

	is(current().state, LIVEUPDATE_STATE_UPDATED, "an implicit update leads to updated");
	is(current().flags, 0, "it is not marked as explicit");
	one = retrieve(dev, "one");
	fd = retrieve_fd(one, 1);
	ok(fd >= 0 && memfd_is(fd, 5000, 1), "what was preserved is there");
	is(finish(one), 0, "the first session is finished");
	is(state(), LIVEUPDATE_STATE_UPDATED, "the update is not, with one session left");
	two = retrieve(dev, "two");
	close(two);
	is(state(), LIVEUPDATE_STATE_NORMAL, "closing the last one leads to normal");
	is(event(dev, LIVEUPDATE_FINISH, NULL), -EINVAL, "FINISH has nothing left to do");
	close(one);
	jump();
}

static void third(void)
{
	is(current().state, LIVEUPDATE_STATE_NORMAL,
	   "an implicit update with nothing leads to normal");
	is(current().number, 2, "it is counted");
	is(list_sessions(dev, NULL, 0), 0, "there is no session");
	need(event(dev, LIVEUPDATE_PREPARE, NULL), "prepare");
	jump();
}

static void fourth(void)
{
	is(current().state, LIVEUPDATE_STATE_UPDATED,
	   "an explicit update with nothing waits for FINISH");
	is(event(dev, LIVEUPDATE_PREPARE, NULL), -EINVAL, "and takes no PREPARE before");
	hand_over("three", 70000, 6);
	/* The jump finishes what is unfinished, before it prepares. */
	jump();
}

static void fifth(void)
{
	int s, fd;

	is(current().state, LIVEUPDATE_STATE_UPDATED, "a jump from updated works");
	is(current().flags, 0, "as an implicit one");
	is(current().number, 4, "four live updates led to this kernel");
	s = retrieve(dev, "three");
	fd = retrieve_fd(s, 1);
	ok(fd >= 0 && memfd_is(fd, 70000, 6), "what was preserved in updated is there");
	is(event(dev, LIVEUPDATE_FINISH, NULL), 0, "FINISH ends an implicit update too");
	is(state(), LIVEUPDATE_STATE_NORMAL, "and leads to normal");
	is(retrieve_fd(s, 1), -ENOENT, "a session that was open then is finished");
	close(s);
	ok(memfd_is(fd, 70000, 6), "and its files live on");
}

int main(void)
{
	static void (*const parts[])(void) = { first, second, third, fourth, fifth };

	boot();
	dev = need(device(O_RDWR), "open the device");
	parts[boot() - 1]();
	return 0;
}
