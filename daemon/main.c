// SPDX-License-Identifier: GPL-2.0-or-later
/* luod(8): takes programs that want to survive through a live update. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "archive.h"
#include "lock.h"
#include "log.h"
#include "luod.h"

/* Each client has a connection and, in an update, a session. */
#define FILES_MAX	(4UL * CONNECTIONS_MAX)

static const char *const phase_names[] = {
	[PHASE_IDLE] = "idle",		   [PHASE_LOADING] = "loading",
	[PHASE_PRESERVING] = "preserving", [PHASE_PREPARING] = "preparing",
	[PHASE_FREEZING] = "freezing",	   [PHASE_JUMPING] = "jumping",
	[PHASE_CANCELLING] = "cancelling", [PHASE_RESTORING] = "restoring",
	[PHASE_FINISHING] = "finishing",
};

const char *phase_name(enum phase phase)
{
	return phase_names[phase];
}

enum phase luod_phase(const struct luod *luod)
{
	return luod->update.phase != PHASE_IDLE ? luod->update.phase : luod->restore.phase;
}

unsigned int luod_state(struct luod *luod)
{
	struct luo_status status;

	if (luod->states)
		return luo_get_status(NULL, &status) ? LUO_STATE_UNDEFINED : status.state;
	switch (luod_phase(luod)) {
	case PHASE_FREEZING:
		return LUO_STATE_PREPARED;
	case PHASE_JUMPING:
		return LUO_STATE_FROZEN;
	case PHASE_RESTORING:
	case PHASE_FINISHING:
		return LUO_STATE_UPDATED;
	default:
		return LUO_STATE_NORMAL;
	}
}

void luod_rest(struct luod *luod)
{
	if (luod->leaving && luod->update.phase == PHASE_IDLE && TAILQ_EMPTY(&luod->hook_runs))
		sd_event_exit(luod->event, 0);
}

/* What is under way is undone first; what is to be given back is taken up by the next. */
static int on_signal(sd_event_source *source, const struct signalfd_siginfo *info, void *data)
{
	struct luod *luod = data;

	luod->leaving = true;
	sd_notify(0, "STOPPING=1");
	if (luod->update.phase == PHASE_IDLE)
		sd_event_exit(luod->event, 0);
	else
		update_fail(luod, ESHUTDOWN, "", "luod was told to end");
	return 0;
}

static void usage(FILE *out)
{
	fputs("Usage: luod [OPTION...]\n\n"
	      "Takes programs that want to survive through live updates of this machine's kernel.\n\n"
	      "  -c, --config FILE   instead of " CONFIG_FILE "\n"
	      "  -e, --early         until luod.service starts\n"
	      "  -s, --socket PATH   instead of " LUOD_SOCKET "\n"
	      "  -v, --verbose       say more\n"
	      "  -h, --help          say this\n"
	      "  -V, --version       say which version this is\n\n"
	      "luod(8) says more.\n",
	      out);
}

struct arguments {
	const char *config;
	const char *socket;
	bool early;
};

/* -1, or what to exit with. */
static int parse_arguments(int argc, char **argv, struct arguments *arguments)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "early", no_argument, NULL, 'e' },
		{ "socket", required_argument, NULL, 's' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "c:es:vhV", options, NULL)) != -1) {
		switch (c) {
		case 'c':
			arguments->config = optarg;
			break;
		case 'e':
			arguments->early = true;
			break;
		case 's':
			arguments->socket = optarg;
			break;
		case 'v':
			log_verbose();
			break;
		case 'h':
			usage(stdout);
			return 0;
		case 'V':
			puts("luod " LUO_VERSION);
			return 0;
		default:
			usage(stderr);
			return 2;
		}
	}
	if (optind == argc)
		return -1;
	fprintf(stderr, "luod: %s: there are no operands. See luod(8).\n", argv[optind]);
	return 2;
}

/* 1, where it has said why there is no use in going on. */
static int look_at_kernel(struct luod *luod)
{
	struct luo_status status;
	struct luo *device;
	int ret;

	luod->states = !luo_get_status(NULL, &status);
	if (luod->states)
		return 0;
	ret = luo_open(&device, NULL, 0);
	luo_close(device);
	if (!ret || ret == -EBUSY) {
		log_info("this kernel's orchestrator has no states: luod keeps them");
		return 0;
	}
	log_error(LUO_DEVICE ": %s; is the kernel built with CONFIG_LIVEUPDATE and booted with "
		  "liveupdate=on?", strerror(-ret));
	return 1;
}

static void raise_limits(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files))
		return;
	if (files.rlim_cur < FILES_MAX)
		files.rlim_cur = files.rlim_max < FILES_MAX ? files.rlim_max : FILES_MAX;
	setrlimit(RLIMIT_NOFILE, &files);
}

static int set_up_signals(struct luod *luod)
{
	static const int ends[] = { SIGTERM, SIGINT };
	sigset_t mask;
	int ret = 0;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&mask);
	sigaddset(&mask, SIGTERM);
	sigaddset(&mask, SIGINT);
	sigaddset(&mask, SIGCHLD);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	for (size_t i = 0; !ret && i < sizeof(ends) / sizeof(ends[0]); i++)
		ret = sd_event_add_signal(luod->event, NULL, ends[i], on_signal, luod);
	return ret < 0 ? ret : 0;
}

/* Once it listens, everything that an earlier luod has left is in order, or in hand. */
static int start(struct luod *luod)
{
	int ret;

	ret = sd_event_default(&luod->event);
	if (ret < 0)
		return ret;
	ret = set_up_signals(luod);
	if (!ret)
		ret = look_at_kernel(luod);
	if (!ret)
		ret = job_set_up(luod);
	if (ret)
		return ret;
	ret = update_recover(luod);
	if (ret)
		log_error("what an earlier luod has left cannot be undone: %s", strerror(-ret));
	hooks_recover(luod);
	/* It serves when it knows what came over. */
	return restore_start(luod);
}

int luod_serve(struct luod *luod)
{
	int ret = server_start(luod);

	if (ret) {
		log_error("%s: %s", luod->config.socket ? luod->config.socket : LUOD_SOCKET,
			  strerror(-ret));
		sd_event_exit(luod->event, ret);
		return ret;
	}
	log_info("ready; the kernel is %s", luo_state_name(luod_state(luod)));
	sd_notify(0, "READY=1");
	return 0;
}

static void stop(struct luod *luod)
{
	hooks_kill(luod);
	archive_catch_up();
	server_stop(luod);
	config_free(&luod->config);
	sd_event_unref(luod->event);
}

int main(int argc, char **argv)
{
	static struct luod luod = {
		.listen_fd = -1,
		.clients = TAILQ_HEAD_INITIALIZER(luod.clients),
		.connections = TAILQ_HEAD_INITIALIZER(luod.connections),
		.closing = TAILQ_HEAD_INITIALIZER(luod.closing),
		.hook_runs = TAILQ_HEAD_INITIALIZER(luod.hook_runs),
		.update = { .session = -1, .blob = -1 },
	};
	struct arguments arguments = { 0 };
	char error[512];
	int ret;

	ret = parse_arguments(argc, argv, &arguments);
	if (ret >= 0)
		return ret;
	if (config_load(&luod.config, arguments.config ? arguments.config : CONFIG_FILE,
			arguments.config, error, sizeof(error))) {
		log_error("%s", error);
		return 2;
	}
	if (arguments.socket) {
		free(luod.config.socket);
		luod.config.socket = strdup(arguments.socket);
	}
	luod.early = arguments.early;
	if (lock_take(luod.early))
		return 1;
	if (luod.early)
		archive_wait();
	archive_catch_up();
	raise_limits();
	ret = start(&luod);
	if (!ret)
		ret = sd_event_loop(luod.event);
	if (ret < 0)
		log_error("%s", strerror(-ret));
	stop(&luod);
	return ret ? 1 : 0;
}
