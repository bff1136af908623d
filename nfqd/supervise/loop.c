/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it works: each concern has a step, which does what can be done now, and a moment at which it is due again. A turn
 * takes the steps of all; between turns we sleep until a descriptor has news or the first concern is due. No step waits
 * for a child, a client or a file. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "lib/base/log.h"
#include "lib/base/when.h"
#include "lib/base/notify.h"
#include "supervisor.h"

static bool
runs(const struct supervisor *s)
{
	return s->phase == PHASE_RECORDER || s->phase == PHASE_RUNNING;
}

static struct steady
due_if(bool now)
{
	return now ? (struct steady){0} : STEADY_NEVER;
}

static void
step_signals(struct supervisor *s)
{
	struct signalfd_siginfo info;

	while (read(s->signals, &info, sizeof info) == sizeof info) {
		s->stop = s->stop || info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT;
		s->reload.wanted = s->reload.wanted || info.ssi_signo == SIGHUP;
	}
}

/* Children may have got the same SIGTERM as we: they are not restarted then. */
static void
step_children(struct supervisor *s)
{
	children_step(&s->children, &s->context);
}

static struct steady
due_children(const struct supervisor *s)
{
	return children_due(&s->children);
}

static void
step_rules(struct supervisor *s)
{
	if (!runs(s))
		return;
	ruleset_step(&s->ruleset, &s->context);
	reconcile_step(&s->reconcile, &s->context);
}

static struct steady
due_rules(const struct supervisor *s)
{
	return s->phase <= PHASE_RUNNING ? ruleset_due(&s->ruleset) : STEADY_NEVER;
}

static char *
answer(void *arg, const char *line, struct steady came, bool last, bool *reload)
{
	struct supervisor *s = arg;

	if (strcmp(line, "status") == 0)
		return last || !runs(s) || (ruleset_seen_since(&s->ruleset, came) && s->fitting.looked) ? status_json(s)
		                                                                                        : NULL;
	if (strcmp(line, "reload") != 0)
		return strdup("{\"error\": \"not a command\"}");
	if (!runs(s))
		return strdup("{\"reloaded\": false, \"why\": \"nfqd is starting or stopping\"}");
	s->reload.wanted = *reload = true;
	return NULL;
}

static void
step_clients(struct supervisor *s)
{
	clients_step(&s->clients, answer, s);
}

static struct steady
due_clients(const struct supervisor *s)
{
	return clients_due(&s->clients);
}

static void
step_reload(struct supervisor *s)
{
	if (runs(s))
		supervisor_step_reload(s);
}

static struct steady
due_reload(const struct supervisor *s)
{
	return due_if(runs(s) && s->reload.wanted && s->reload.fresh == NULL);
}

static void
step_tick(struct supervisor *s)
{
	if (steady_since(s->ticked) >= SUPERVISOR_TICK_US)
		supervisor_tick(s);
}

static struct steady
due_tick(const struct supervisor *s)
{
	return steady_add(s->ticked, SUPERVISOR_TICK_US);
}

static void
step_end_refused(struct supervisor *s)
{
	if (s->phase == PHASE_RUNNING)
		end_refused_step(&s->end_refused, &s->context, END_REFUSED_SLICE_US);
}

static struct steady
due_end_refused(const struct supervisor *s)
{
	return due_if(s->phase == PHASE_RUNNING && end_refused_under_way(&s->end_refused));
}

static void
step_fitting(struct supervisor *s)
{
	if (s->phase == PHASE_RUNNING)
		fitting_step(&s->fitting, &s->context);
}

static struct steady
due_fitting(const struct supervisor *s)
{
	return s->phase == PHASE_RUNNING ? fitting_due(&s->fitting) : STEADY_NEVER;
}

static struct steady
due_phase(const struct supervisor *s)
{
	return s->phase == PHASE_RECORDER ? s->phase_due : STEADY_NEVER;
}

/* In the order of urgency. `due` is NULL where descriptors alone have news. */
static const struct concern {
	void (*step)(struct supervisor *s);
	struct steady (*due)(const struct supervisor *s);
} concerns[] = {
        {step_signals, NULL},        {step_children, due_children},
        {step_rules, due_rules},     {supervisor_step_phase, due_phase},
        {step_clients, due_clients}, {step_reload, due_reload},
        {step_tick, due_tick},       {step_end_refused, due_end_refused},
        {step_fitting, due_fitting},
};

#define CONCERNS (sizeof concerns / sizeof *concerns)

/* Milliseconds until the first concern is due, rounded up. */
static int
pause_now(const struct supervisor *s)
{
	struct steady first = STEADY_NEVER, now = steady_now();

	for (size_t i = 0; i < CONCERNS; i++) {
		struct steady due = concerns[i].due != NULL ? concerns[i].due(s) : STEADY_NEVER;

		first = steady_earlier(due, first);
	}
	return steady_before(now, first) ? (int)((steady_between(now, first) + 999) / 1000) : 0;
}

#define WAITS (3 + RULESET_JOBS + 4 + CONFIG_WORKERS + 1 + CLIENTS + 1)

static unsigned
waits(const struct supervisor *s, struct pollfd out[WAITS])
{
	int jobs[RULESET_JOBS];
	unsigned n = 0;

	ruleset_waits(&s->ruleset, jobs);
	for (size_t i = 0; i < RULESET_JOBS; i++)
		out[n++] = (struct pollfd){jobs[i], POLLIN, 0};
	out[n++] = (struct pollfd){job_runs(&s->reconcile.count) ? s->reconcile.count.fd : -1, POLLIN, 0};
	out[n++] = (struct pollfd){s->leave.fd, POLLIN, 0};
	out[n++] = (struct pollfd){job_runs(&s->first) ? s->first.fd : -1, POLLIN, 0};
	out[n++] = (struct pollfd){s->signals, POLLIN, 0};
	out[n++] = (struct pollfd){runs(s) ? watch_fd(s->ruleset.watch) : -1, POLLIN, 0};
	out[n++] = (struct pollfd){s->phase == PHASE_RUNNING ? s->fitting.fd : -1, POLLIN, 0};
	out[n++] = (struct pollfd){job_runs(&s->fitting.job) ? s->fitting.job.fd : -1, POLLIN, 0};
	for (const struct child *ch = s->children.list; ch <= s->children.recorder; ch++)
		out[n++] = (struct pollfd){ch->state != CHILD_DOWN ? ch->channel : -1, POLLIN, 0};
	return n + clients_waits(&s->clients, out + n);
}

void
supervisor_loop(struct supervisor *s)
{
	struct pollfd fds[WAITS];

	while (s->phase != PHASE_ENDED) {
		if (poll(fds, waits(s, fds), pause_now(s)) < 0 && errno != EINTR)
			fatal("cannot wait");
		for (size_t i = 0; i < CONCERNS; i++)
			concerns[i].step(s);
	}
}
