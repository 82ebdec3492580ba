// SPDX-License-Identifier: GPL-2.0-or-later
/* Sessions and their files, through every state that can hit them */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "module.h"
#include "vm.h"

#define BIG	(64UL << 20)

static int dev;

static int files_of(const char *name)
{
	struct liveupdate_session_info infos[64];
	int n = list_sessions(dev, infos, 64);

	for (int i = 0; i < n; i++) {
		if (!strcmp((char *)infos[i].name, name))
			return infos[i].files;
	}
	return -ENOENT;
}

static void names(void)
{
	char name[65] = "";
	int s, t;

	is(create(dev, ""), -EINVAL, "an empty name is refused");
	memset(name, 'x', 64);
	is(create(dev, name), -EINVAL, "a name without an end is refused");
	name[63] = 0;
	s = create(dev, name);
	ok(s >= 0, "a name of 63 bytes is taken");
	is(create(dev, name), -EEXIST, "a name that is taken is refused");
	close(s);
	s = create(dev, name);
	ok(s >= 0, "a name is free again once its session is closed");
	t = dup(s);
	close(s);
	is(files_of(name), 0, "a session lives as long as one descriptor of it");
	close(t);
	is(files_of(name), -ENOENT, "and not longer");
}

static void tokens(void)
{
	int s = need(create(dev, "tokens"), "create a session");
	int a = memfd("a", 4096, 1), b = memfd("b", 4096, 2), other;
	uint64_t got[4] = {};

	is(preserve(s, a, 7), 0, "a memfd is preserved");
	is(preserve(s, b, 7), -EEXIST, "a token that is taken is refused");
	is(preserve(s, a, 8), -EBUSY, "a file is preserved once only");
	other = need(create(dev, "other"), "create another session");
	is(preserve(other, a, 7), -EBUSY, "also across sessions");
	is(preserve(other, b, 7), 0, "the same token may stand in another session");
	is(preserve(s, -1, 9), -EBADF, "a bad descriptor is refused");
	is(preserve(s, dev, 9), -ENOENT, "a file that nothing can preserve is refused");
	is(list_fds(s, got, 4), 1, "none of them left anything behind");
	is(got[0], 7, "only the first token is there");
	is(retrieve_fd(s, 7), -EINVAL, "an outgoing session has nothing to retrieve");
	is(finish(s), -EINVAL, "and cannot be finished");
	is(unpreserve(s, 8), -ENOENT, "unpreserving an unknown token is refused");
	is(unpreserve(s, 7), 0, "unpreserving a known one works");
	is(preserve(s, a, 8), 0, "the file can be preserved again");
	close(other);
	close(s);
	is(files_of("tokens"), -ENOENT, "closing a session gives its files up");
	s = need(create(dev, "tokens"), "create the session again");
	is(preserve(s, a, 7) ?: preserve(s, b, 8), 0, "and they can be preserved again");
	close(s);
	close(a);
	close(b);
}

/* How many files go to the next kernel in which format */
static void formats(void)
{
	int s = need(create(dev, "formats"), "create a session");
	int a = memfd("a", 4096, 1), b = memfd("b", 4096, 2);

	ok(sysfs_is("formats/memfd-v2", "0") && sysfs_is("formats/luo-memfd-extent-v1", "0"),
	   "nothing is preserved in any format");
	need(preserve(s, a, 1), "preserve a file");
	need(put("/sys/module/liveupdate/parameters/memfd_format", "extent"), "choose extents");
	need(preserve(s, b, 2), "preserve a file by extents");
	put("/sys/module/liveupdate/parameters/memfd_format", "stock");
	is(preserve(s, dev, 3), -ENOENT, "one that is not preserved");
	ok(sysfs_is("formats/memfd-v2", "1") && sysfs_is("formats/luo-memfd-extent-v1", "1"),
	   "each counts for its own format");
	need(unpreserve(s, 1), "give a file up");
	ok(sysfs_is("formats/memfd-v2", "0"), "one that is given up counts no more");
	close(s);
	ok(sysfs_is("formats/luo-memfd-extent-v1", "0"), "nor those of a session that is closed");
	close(a);
	close(b);
}

/* What the set may do in PREPARED, and must not in FROZEN */
static void sealed(void)
{
	int s = need(create(dev, "kept"), "create a session"), late, lost;
	int a = memfd("a", 4096, 1), b = memfd("b", 4096, 2), c = memfd("c", 4096, 3);

	preserve(s, a, 1);
	lost = need(create(dev, "lost"), "create a session to lose");
	preserve(lost, c, 1);
	is(event(dev, LIVEUPDATE_PREPARE, NULL), 0, "prepare");
	late = create(dev, "late");
	ok(late >= 0, "in prepared, a session can be created");
	is(preserve(late, b, 1), 0, "and a file preserved");
	close(late);
	is(files_of("late"), -ENOENT, "and given up again");
	is(preserve(s, b, 2), 0, "an older session can grow");
	is(unpreserve(s, 2), 0, "and shrink");
	is(event(dev, LIVEUPDATE_FREEZE, NULL), 0, "freeze");
	is(create(dev, "later"), -EBUSY, "in frozen, no session can be created");
	is(preserve(s, b, 2), -EBUSY, "no file preserved");
	is(unpreserve(s, 1), -EBUSY, "and none given up");
	close(lost);
	is(files_of("lost"), 1, "a session that is closed in frozen stays in the sealed set");
	is(event(dev, LIVEUPDATE_CANCEL, NULL), 0, "cancel");
	is(files_of("lost"), -ENOENT, "and goes away when the update is cancelled");
	is(files_of("kept"), 1, "while others stay");
	is(preserve(s, b, 2), 0, "after which the set can grow again");
	is(unpreserve(s, 1), 0, "and shrink");
	close(s);
	close(a);
	close(b);
	close(c);
}

/* Nothing of a big file may be left once it is given up. */
static void memory(void)
{
	static const char *const ways[] = {
		"dropped in normal", "dropped in prepared", "dropped in frozen, then cancelled",
		"unpreserved" };
	long before, after;

	for (int way = 0; way < 4; way++) {
		int s, fd;

		before = settled_free(0);
		s = need(create(dev, "big"), "create a session");
		fd = memfd("big", BIG, 5);
		is(preserve(s, fd, 1), 0, "64 MiB are preserved, to be %s", ways[way]);
		close(fd);
		if (way == 1 || way == 2)
			event(dev, LIVEUPDATE_PREPARE, NULL);
		if (way == 2)
			event(dev, LIVEUPDATE_FREEZE, NULL);
		if (way == 3)
			unpreserve(s, 1);
		close(s);
		if (way == 1 || way == 2)
			event(dev, LIVEUPDATE_CANCEL, NULL);
		after = settled_free(before - 2048);
		if (!ok(after >= before - 2048, "memory is back when %s", ways[way]))
			note("MemFree %ld kB before, %ld kB after", before, after);
	}
}

static int orphan_session(void)
{
	int s = need(create(dev, "orphan"), "create a session");

	need(preserve(s, memfd("o", 9000, 9), 1), "preserve");
	return s;
}

static void before(void)
{
	int orphan, s;

	names();
	tokens();
	formats();
	sealed();
	memory();

	s = need(create(dev, "goes"), "create a session");
	need(preserve(s, memfd("a", 4096, 1), 1), "preserve");
	need(preserve(s, memfd("b", 123456, 2), 0xffffffffffffffff), "preserve");
	s = need(create(dev, "empty"), "create an empty session");
	s = need(create(dev, "closed"), "create a session to close");
	need(preserve(s, memfd("c", 4096, 3), 1), "preserve");
	s = need(create(dev, "unclaimed"), "create a session that nobody claims");
	need(preserve(s, memfd("d", BIG, 4), 1), "preserve");
	need(preserve(s, memfd("e", BIG, 5), 2), "preserve");
	orphan = orphan_session();
	is(event(dev, LIVEUPDATE_PREPARE, NULL), 0, "prepare");
	is(event(dev, LIVEUPDATE_FREEZE, NULL), 0, "freeze");
	close(orphan);
	jump();
}

static void take(void)
{
	int s = retrieve(dev, "goes"), a, b, again;
	uint64_t got[4];

	ok(s >= 0, "a session is retrieved by its name");
	is(retrieve(dev, "goes"), -EINVAL, "once only");
	is(retrieve(dev, "gone"), -ENOENT, "others are not there");
	is(list_fds(s, got, 4), 2, "its files are listed");
	ok(got[0] == 1 && got[1] == 0xffffffffffffffff, "in the order of preservation");
	b = retrieve_fd(s, 0xffffffffffffffff);
	ok(b >= 0 && memfd_is(b, 123456, 2), "a file is retrieved, its content is the same");
	a = retrieve_fd(s, 1);
	ok(a >= 0 && memfd_is(a, 4096, 1), "in any order");
	again = retrieve_fd(s, 1);
	ok(again >= 0 && again != a, "retrieving it again gives another descriptor");
	is(pwrite(a, "!", 1, 0), 1, "it can be written to");
	pread(again, got, 1, 0);
	is(*(char *)got, '!', "of the same file");
	is(retrieve_fd(s, 2), -ENOENT, "an unknown token is refused");
	is(preserve(s, a, 3), -EINVAL, "nothing can be preserved in an incoming session");
	is(unpreserve(s, 1), -EINVAL, "nor given up");
	is(finish(s), 0, "it is finished");
	is(finish(s), 0, "finishing it again does no harm");
	is(retrieve_fd(s, 1), -ENOENT, "afterwards it is empty");
	is(retrieve(dev, "goes"), -EINVAL, "and still retrieved, until it is closed");
	close(s);
	is(retrieve(dev, "goes"), -ENOENT, "then it is gone");
	pread(a, got, 1, 0);
	is(*(char *)got, '!', "its files live on");
	close(a);
	close(b);
	close(again);
}

static void after(void)
{
	struct liveupdate_session_info infos[8];
	int s, fd;
	long before, now;

	is(list_sessions(dev, NULL, 0), 5, "all five sessions arrived");
	is(list_sessions(dev, infos, 2), 5, "a list that is too short says how many there are");
	ok(!strcmp((char *)infos[0].name, "goes") && infos[0].files == 2 &&
	   infos[0].flags == LIVEUPDATE_SESSION_FLAG_INCOMING, "and what fits is right");
	take();

	s = retrieve(dev, "empty");
	ok(s >= 0, "a session without files arrives too");
	is(retrieve_fd(s, 1), -ENOENT, "and is empty");
	close(s);
	s = retrieve(dev, "orphan");
	fd = retrieve_fd(s, 1);
	ok(fd >= 0 && memfd_is(fd, 9000, 9), "so does one that lost its descriptor in frozen");
	close(fd);
	close(s);
	s = retrieve(dev, "closed");
	close(s);
	is(retrieve(dev, "closed"), -ENOENT, "closing a session finishes it");
	is(state(), LIVEUPDATE_STATE_UPDATED, "an explicit update is not finished by sessions");

	s = need(create(dev, "next"), "create a session in updated");
	fd = memfd("n", 4096, 8);
	is(preserve(s, fd, 1), 0, "in updated, files can be preserved for the next update");
	before = settled_free(0);
	is(event(dev, LIVEUPDATE_FINISH, NULL), 0, "finish");
	is(state(), LIVEUPDATE_STATE_NORMAL, "leads to normal");
	is(retrieve(dev, "unclaimed"), -ENOENT, "what nobody claimed is gone");
	is(files_of("next"), 1, "what is bound for the next kernel is not");
	now = settled_free(before + 127 * 1024);
	if (!ok(now >= before + 127 * 1024, "the memory of what nobody claimed is back"))
		note("MemFree %ld kB before, %ld kB after", before, now);
}

int main(void)
{
	boot();
	dev = need(device(O_RDWR), "open the device");
	if (boot() == 1)
		before();
	after();
	return 0;
}
