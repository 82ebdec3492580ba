// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An agent, or QEMU, or both, may be killed at any time. What the next agent finds, and
 * what it does so that the guest is not lost, does not run twice, and is never given a
 * saved state with memory that has changed since:
 *
 *	what dies when			is found as	and then
 *
 *	the agent, before QEMU is	-		QEMU, which was waiting for the
 *	written down					agent, has ended. Anew
 *	the agent, any time later	running		the guest has not noticed.
 *							Taken over; luod has cancelled an
 *							update that was under way
 *	the agent, from before the	frozen		taken over, and stands still until
 *	stop until it goes on again			luod says that nobody will jump;
 *							then what is under way in QEMU is
 *							ended, and it goes on
 *	QEMU, while it is saved		frozen		the same agent lets luod know
 *	QEMU, once it is saved		frozen		the same agent builds another from
 *							what is saved if there is no jump
 *	both, in that time		frozen, no QEMU	the guest has ended
 *
 *	after a jump, or where it is built anew:
 *
 *	the agent, before QEMU is	-		as above; luod still has the session
 *	written down
 *	the agent, until the mark	incoming	that QEMU has never run the guest: it
 *							is killed, and another one built
 *							from the session
 *	QEMU, until the mark		incoming	once more by the same agent
 *	the agent, after the mark	resumed		taken over, goes on if it does not yet,
 *							its session is finished
 *	QEMU, after the mark		resumed, no	the memory has changed, or may have:
 *					QEMU		the session is finished, the guest
 *							has ended
 *	the agent, after RESTORED	resumed		luod knows already; taken over
 *
 * The mark is "resumed" in the run directory. If QEMU then refuses to let the guest go
 * on, and says so, the guest has not run, and the phase is incoming again.
 *
 * The run directory is gone after a jump, and with it what this kernel's processes
 * have written down; a session is what the kernel before has left. So there is no
 * beginning anew as long as luod might have one.
 */
#include "takeover.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "comeback.h"
#include "process.h"
#include "qmp.h"
#include "run_dir.h"

#define PAUSE_NS	20000000

static int take_name_if_free(struct agent *agent, const char *name)
{
	if (!guest_name_is_valid(name))
		return guest_fail(-EINVAL, "'%s' is no name: 1 to %d letters, digits and any of "
				  "._-, no dot first", name, GUEST_NAME_SIZE - 1);
	strcpy(agent->guest.name, name);
	return run_dir_take(&agent->guest);
}

static int say_not_taken(const char *name, int ret)
{
	if (ret == -EBUSY)
		return guest_fail(ret, "%s: has an agent already", name);
	if (ret)
		return ret == -EINVAL ? ret : guest_fail(ret, RUN_DIR "/%s: %s", name, strerror(-ret));
	return 0;
}

int take_name(struct agent *agent, const char *name)
{
	return say_not_taken(name, take_name_if_free(agent, name));
}

int take_name_for_good(struct agent *agent, const char *name, bool *given)
{
	const struct timespec pause = { .tv_nsec = PAUSE_NS };
	struct guest *guest = &agent->guest;
	int ret = take_name_if_free(agent, name);
	pid_t early, asked = 0;

	/* However long the guest takes: it has somebody until then. */
	while (ret == -EBUSY && (early = run_dir_offered_by(guest)) != 0) {
		if (early != asked && !kill(early, SIGUSR1))
			asked = early;
		nanosleep(&pause, NULL);
		ret = run_dir_lock(guest);
	}
	*given = !ret && asked;
	return say_not_taken(name, ret);
}

static int take_over_incoming(struct guest *guest)
{
	process_kill(guest);
	if (guest->memory >= 0)
		close(guest->memory);
	guest->memory = -1;
	run_dir_clear(guest);
	return -ENOENT;
}

/* Its QEMU is gone; what else there may be must not be gone on from. */
static int take_over_nothing(struct agent *agent)
{
	struct guest *guest = &agent->guest;
	int ret = 0;

	if (guest->phase == GUEST_RESUMED)
		ret = comeback_finish(agent);
	if (ret)
		return guest_fail(ret, "%s: has ended, and luod cannot be told: %s", guest->name,
				  strerror(-ret));
	if (guest->phase == GUEST_FROZEN)
		guest_fail(0, "%s: QEMU has ended while it was stopped for an update",
			   guest->name);
	run_dir_clear(guest);
	return -ENOENT;
}

/* One that went on, as far as the agent before this one has written down. */
static int take_over_resumed(struct guest *guest)
{
	char *status = qmp_status(guest);
	char *why = NULL;
	int ret = status ? 0 : -ECONNRESET;

	if (guest->ran && status && !strcmp(status, "paused"))
		ret = qmp_do(guest, "cont", QMP_MS, &why);
	free(status);
	if (ret)
		guest_fail(ret, "%s: does not go on: %s", guest->name,
			   why ? why : strerror(-ret));
	free(why);
	return ret;
}

int take_over(struct agent *agent)
{
	struct guest *guest = &agent->guest;
	int ret = run_dir_load(guest);

	if (ret == -ENOENT)
		return ret;
	if (ret)
		return guest_fail(ret, RUN_DIR "/%s/state.json: %s", guest->name, strerror(-ret));
	ret = process_adopt(guest);
	if (guest->phase == GUEST_INCOMING)
		return take_over_incoming(guest);
	if (ret == -ESRCH)
		return take_over_nothing(agent);
	if (ret)
		return guest_fail(ret, "%s: QEMU (process %d) does not answer: %s", guest->name,
				  guest->pid, strerror(-ret));
	return guest->phase == GUEST_RESUMED ? take_over_resumed(guest) : 0;
}

int take_over_or_resume(struct agent *agent)
{
	int ret = take_over(agent);

	return ret == -ENOENT ? comeback_resume(agent) : ret;
}
