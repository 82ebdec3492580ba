// SPDX-License-Identifier: GPL-2.0-or-later
/* Every event in every state, and what userspace sees of it */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include "vm.h"

static const char *const names[] = { "undefined", "normal", "prepared", "frozen", "updated" };
static const char *const events[] = { "PREPARE", "FREEZE", "FINISH", "CANCEL" };

/* Events that do not fit the state: the state must stay. */
static void refused(int dev, int want, const char *fit)
{
	for (int e = 0; e < 4; e++) {
		if (strchr(fit, events[e][0]) && strchr(fit, events[e][1]))
			continue;
		is(event(dev, e, NULL), -EINVAL, "%s is refused in %s", events[e], names[want]);
	}
	is(event(dev, 4, NULL), -EOPNOTSUPP, "an unknown event is refused in %s", names[want]);
	is(event(dev, -1, NULL), -EOPNOTSUPP, "event -1 is refused in %s", names[want]);
	is(state(), want, "the state is still %s", names[want]);
	ok(sysfs_is("state", names[want]), "sysfs says %s", names[want]);
}

static void go(int dev, int e, int want)
{
	is(event(dev, e, NULL), 0, "%s succeeds", events[e]);
	is(state(), want, "and leads to %s", names[want]);
}

static void matrix(int dev)
{
	refused(dev, LIVEUPDATE_STATE_NORMAL, "PR");
	go(dev, LIVEUPDATE_PREPARE, LIVEUPDATE_STATE_PREPARED);
	refused(dev, LIVEUPDATE_STATE_PREPARED, "FRCA");
	go(dev, LIVEUPDATE_CANCEL, LIVEUPDATE_STATE_NORMAL);
	go(dev, LIVEUPDATE_PREPARE, LIVEUPDATE_STATE_PREPARED);
	go(dev, LIVEUPDATE_FREEZE, LIVEUPDATE_STATE_FROZEN);
	refused(dev, LIVEUPDATE_STATE_FROZEN, "CA");
	go(dev, LIVEUPDATE_CANCEL, LIVEUPDATE_STATE_NORMAL);
}

static void readers(int dev)
{
	struct liveupdate_session_info info;
	struct liveupdate_ioctl_get_state s;
	int reader = device(O_RDONLY), other = device(O_RDONLY);

	is(device(O_RDWR), -EBUSY, "a second descriptor for writing is refused");
	is(device(O_WRONLY), -EBUSY, "a second write-only descriptor is refused");
	ok(reader >= 0 && other >= 0, "any number of descriptors for reading is let in");
	is(get_state(reader, &s), 0, "a reader may ask for the state");
	is(list_sessions(reader, &info, 1), 0, "a reader may list sessions");
	is(event(reader, LIVEUPDATE_PREPARE, NULL), -EBADF, "a reader may not send events");
	is(create(reader, "x"), -EBADF, "a reader may not create sessions");
	is(retrieve(reader, "x"), -EBADF, "a reader may not retrieve sessions");
	is(state(), LIVEUPDATE_STATE_NORMAL, "nothing came of it");
	close(reader);
	close(other);
	is(device(O_RDWR), -EBUSY, "closing readers does not let a second writer in");
	close(dev);
	dev = device(O_RDWR);
	ok(dev >= 0, "closing the writer lets the next one in");
	close(dev);
}

/* Short, exact, long and zero, long and not zero */
static void lengths(int dev)
{
	struct {
		struct liveupdate_ioctl_get_state s;
		uint64_t more;
	} arg = { .s.size = sizeof(arg.s) - 1 };

	is(ioctl(dev, LIVEUPDATE_IOCTL_GET_STATE, &arg) ? -errno : 0, -EINVAL,
	   "a structure that is too short is refused");
	arg.s.size = sizeof(arg);
	is(ioctl(dev, LIVEUPDATE_IOCTL_GET_STATE, &arg) ? -errno : 0, 0,
	   "a longer one that ends in zeroes is taken");
	arg = (typeof(arg)) { .s.size = sizeof(arg), .more = 1 };
	is(ioctl(dev, LIVEUPDATE_IOCTL_GET_STATE, &arg) ? -errno : 0, -E2BIG,
	   "a longer one that does not is refused");
	is(ioctl(dev, LIVEUPDATE_IOCTL_GET_STATE, NULL) ? -errno : 0, -EFAULT,
	   "a bad address is refused");
	is(ioctl(dev, _IO(LIVEUPDATE_IOCTL_TYPE, 0x3f), &arg) ? -errno : 0, -ENOTTY,
	   "an unknown call is refused");
	is(ioctl(dev, LIVEUPDATE_SESSION_FINISH, &arg) ? -errno : 0, -ENOTTY,
	   "a session's call is refused on the device");
}

static void orchestrator_dies(void)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		event(device(O_RDWR), LIVEUPDATE_PREPARE, NULL);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	is(state(), LIVEUPDATE_STATE_PREPARED, "an orchestrator that dies changes no state");
	status = device(O_RDWR);
	go(status, LIVEUPDATE_FREEZE, LIVEUPDATE_STATE_FROZEN);
	close(status);
	status = device(O_RDWR);
	go(status, LIVEUPDATE_CANCEL, LIVEUPDATE_STATE_NORMAL);
	close(status);
}

static void poller(int dev)
{
	int fd = open("/sys/kernel/liveupdate/state", O_RDONLY);
	struct pollfd p = { .fd = fd, .events = POLLPRI };
	char buf[16] = "";

	read(fd, buf, sizeof(buf));
	is(poll(&p, 1, 0), 0, "a poller sleeps while the state stays");
	event(dev, LIVEUPDATE_PREPARE, NULL);
	is(poll(&p, 1, 1000), 1, "a change of the state wakes it");
	event(dev, LIVEUPDATE_CANCEL, NULL);
	close(fd);
}

static void before(void)
{
	struct liveupdate_ioctl_get_state s;
	int dev = need(device(O_RDWR), "open the device");

	is(get_state(dev, &s), 0, "GET_STATE works");
	is(s.number, 0, "no live update led to the first kernel");
	is(s.flags, 0, "and no flag is set");
	ok(sysfs_is("enabled", "1") && sysfs_is("number", "0"), "sysfs agrees");
	is(retrieve(dev, "nothing"), -ENOENT, "there is no session to retrieve");
	matrix(dev);
	lengths(dev);
	poller(dev);
	readers(dev);
	orchestrator_dies();

	dev = need(device(O_RDWR), "open the device again");
	is(kexec_reboot(), -EINVAL, "kexec without an image is refused");
	is(state(), LIVEUPDATE_STATE_NORMAL, "and changes no state");
	go(dev, LIVEUPDATE_PREPARE, LIVEUPDATE_STATE_PREPARED);
	go(dev, LIVEUPDATE_FREEZE, LIVEUPDATE_STATE_FROZEN);
	close(dev);
	jump();
}

static void after(void)
{
	struct liveupdate_ioctl_get_state s;
	int dev = need(device(O_RDWR), "open the device");

	is(get_state(dev, &s), 0, "GET_STATE works after the jump");
	is(s.state, LIVEUPDATE_STATE_UPDATED, "an explicit update leads to updated");
	is(s.number, 1, "one live update led to this kernel");
	is(s.flags, LIVEUPDATE_STATE_FLAG_EXPLICIT, "it is marked as explicit");
	ok(sysfs_is("number", "1"), "sysfs agrees");
	refused(dev, LIVEUPDATE_STATE_UPDATED, "FI");
	go(dev, LIVEUPDATE_FINISH, LIVEUPDATE_STATE_NORMAL);
	matrix(dev);
}

int main(void)
{
	if (boot() == 1)
		before();
	after();
	return 0;
}
