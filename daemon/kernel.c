// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "luod.h"
#include "record.h"

/* Another luod takes out what one that died had put in. */
#define LOADED_MARK LUOD_RUN "/loaded"

int kernel_load(void *data)
{
	struct luod *luod = data;
	struct update *u = &luod->update;
	int ret;

	if (!u->kernel) {
		ret = luo_kexec_loaded();
		if (ret <= 0)
			return ret ? ret : -ENOENT;
	} else {
		int mark = open(LOADED_MARK, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

		if (mark >= 0)
			close(mark);
		ret = luo_kexec_load(u->kernel, u->initrd, u->command_line);
		if (ret)
			return ret;
		u->loaded = true;
	}
	/* Most of what is dirty goes to disk while everything runs. */
	sync();
	return 0;
}

void kernel_unload(struct luod *luod)
{
	if (luod->update.loaded)
		luo_kexec_unload();
	luod->update.loaded = false;
	unlink(LOADED_MARK);
}

int kernel_prepare(void *data)
{
	struct luod *luod = data;
	struct update *u = &luod->update;
	int ret = 0;

	u->kernel_told = luod->states;
	if (luod->states)
		ret = luo_set_event(u->device, LUO_EVENT_PREPARE, u->kernel_culprit);
	/* What has become dirty since; little is left for the clients' own flushes. */
	if (!ret)
		sync();
	return ret;
}

int kernel_freeze(struct luod *luod)
{
	struct update *u = &luod->update;

	if (!luod->states)
		return 0;
	return luo_set_event(u->device, LUO_EVENT_FREEZE, u->kernel_culprit);
}

static void cancel(struct luo *device)
{
	char culprit[LUO_CULPRIT_SIZE];
	struct luo_status status;
	int ret;

	if (luo_get_status(device, &status) ||
	    (status.state != LUO_STATE_PREPARED && status.state != LUO_STATE_FROZEN))
		return;
	ret = luo_set_event(device, LUO_EVENT_CANCEL, culprit);
	if (ret)
		log_error("the kernel cannot cancel: %s", strerror(-ret));
}

void kernel_cancel(struct luod *luod)
{
	if (luod->states)
		cancel(luod->update.device);
}

int kernel_finish(void *data)
{
	struct luod *luod = data;
	char culprit[LUO_CULPRIT_SIZE] = "";
	int ret;

	if (!luod->states)
		return 0;
	ret = luo_set_event(luod->restore.device, LUO_EVENT_FINISH, culprit);
	if (ret && *culprit)
		log_warning("the kernel cannot finish yet: %s: %s", culprit, strerror(-ret));
	return ret;
}

int kernel_choose_format(struct luod *luod)
{
	const char *format = luod->config.memfd_format;
	int ret;

	if (!format)
		format = luod->update.memfd_format;
	if (!format || !strcmp(format, "keep"))
		return 0;
	ret = luo_set_memfd_format(strcmp(format, "extent") ? LUO_MEMFD_STOCK : LUO_MEMFD_EXTENT);
	/* A kernel that has no choice has the stock format. */
	return ret == -EOPNOTSUPP && !strcmp(format, "stock") ? 0 : ret;
}

int update_recover(struct luod *luod)
{
	struct luo *device;
	unsigned int state = luod_state(luod);
	int ret;

	if (!access(LOADED_MARK, F_OK)) {
		log_warning("the luod before this one has ended in an update: its kernel is unloaded");
		luo_kexec_unload();
		unlink(LOADED_MARK);
		record_lost(luod, "cancelled", "luod has ended in it");
	}
	if (state != LUO_STATE_PREPARED && state != LUO_STATE_FROZEN)
		return 0;
	log_warning("the kernel is %s, and nobody is at it: cancelled", luo_state_name(state));
	ret = luo_open(&device, NULL, LUO_OPEN_WRITE);
	if (ret)
		return ret;
	cancel(device);
	luo_close(device);
	return 0;
}

const char *kernel_load_error(int error)
{
	switch (error) {
	case ENOENT:
		return "there is no such file, or 'luoctl load' was not done";
	case ENOEXEC:
		return "not a kernel image that this kernel can load";
	case EPERM:
		return "not permitted: kernel.kexec_load_disabled must be 0, and the image signed "
		       "where the kernel demands it";
	case EBUSY:
		return "another load is in progress";
	case EKEYREJECTED:
	case ENOKEY:
	case EBADMSG:
	case ENODATA:
	case ENOPKG:
		return "it has no signature that this kernel accepts";
	case EADDRNOTAVAIL:
		return "there is no room in memory where it could be loaded";
	case ENOSYS:
		return "this kernel cannot load another one (CONFIG_KEXEC_FILE)";
	default:
		return strerror(error);
	}
}
