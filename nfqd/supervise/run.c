/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The supervisor from its start to its end. Start-up follows the order of privilege: read and check everything; open
 * what only root may open; drop privileges; start the gates; when their queues are bound, the rules; and only then the
 * recorder: the gate does not depend on it. From the first look at the kernel's rules on these are phases of the loop.
 */
#include "run.h"

#include <sys/signalfd.h>

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nfqd/shared/control.h"
#include "nfqd/shared/publish.h"
#include "lib/base/log.h"
#include "lib/priv/priv.h"
#include "lib/priv/single.h"
#include "held.h"
#include "notes.h"
#include "lib/base/notify.h"
#include "supervisor.h"
#include "lib/base/when.h"

static int
catch_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

#define RECORDER_GRACE SECOND
#define REMOVE_MOST (45 * SECOND) /* each tool has a limit of its own */
#define EMPTY_MOST SECOND

static void
prepare(struct supervisor *s)
{
	if (geteuid() != 0)
		fatalx("run: must be started as root; its processes then drop the privileges that they do not need");
	single_in_namespace("nfqd", "nfqd"); /* one set of rules: one name */
	if (control_taken(s->context.config->control))
		fatalx("another nfqd answers on %s: stop it first, or give this one a `control` of its own",
		       s->context.config->control);
	held_end(s->context.config); /* while the process may look at all others */
	priv_check_user(s->context.config->user);
	/* Without a usable directory the recorder has the problem, and the gate works. */
	(void)single_in_directory(s->context.config->database, "gate.lock", s->context.config->user, true);
	if ((s->clients.listener = control_listen(s->context.config->control)) < 0)
		exit(1);
	if ((s->signals = catch_signals()) < 0)
		fatal("cannot catch signals");
	s->context.shared = shared_new(s->context.config->workers);
	children_new(&s->children, s->context.config);
	s->children.reconcile = &s->reconcile;
	s->children.ruleset = &s->ruleset;
	s->ruleset.reconcile = &s->reconcile;
	s->ruleset.shield_log = &s->shield_log;
	s->ruleset.end_refused = &s->end_refused;
	ruleset_start(&s->ruleset);
	fitting_start(&s->fitting);
	priv_limit_supervisor();
	priv_filter(PRIV_SUPERVISOR);
}

#define FIRST_MOST (5 * MINUTE) /* each tool has a limit of its own */

/* An earlier run may have left rules in the kernel: they are read before anything of this one is there. */
static void
begin(struct supervisor *s)
{
	s->clock_offset = when_now() - steady_now().us;
	s->since = s->loaded = s->context.shared->run;
	job_start(&s->first, rules_task_first, s->context.config, sizeof(struct rules_first), FIRST_MOST);
}

static void
stop_gates(struct supervisor *s)
{
	children_want(&s->children, false, s->children.recorder_wanted);
	for (unsigned i = 0; i < s->children.gate_count; i++)
		child_stop(&s->children.list[i]);
	s->phase = PHASE_STOPPING;
}

static void
fail(struct supervisor *s, const char *why)
{
	if (why != NULL)
		log_warnx("%s", why);
	s->failed = true;
	stop_gates(s);
}

static void
take_first(struct supervisor *s, const struct rules_first *f)
{
	struct note_start *start = &s->ruleset.start;

	s->context.backend = f->backend;
	s->standing = f->standing;
	features_set(&f->features);
	ruleset_set_usual(&s->ruleset, f->usual);
	start->counted = f->count.known ? reconcile_sum(&f->count.counters) : NOTE_UNKNOWN;
	start->rules = f->rules;
	reconcile_begin(&s->reconcile, s->since, start->counted);
	shield_log_start(&s->shield_log, &s->context);
	publish_policy(s->context.config, when_now());
	/* Rules of an earlier run may be for another number of gates. A queue for strangers then may be one for listed
	 * hosts now, and such a queue accepts what does not fit into it: no gate may bind it before the rules are ours.
	 */
	if (s->standing)
		ruleset_want(&s->ruleset, s->context.config);
	else
		children_want(&s->children, true, false);
	s->phase = PHASE_GATES;
}

static void
step_first(struct supervisor *s)
{
	const struct rules_first *f = (const struct rules_first *)(const void *)s->first.result;
	enum job_state state = job_look(&s->first);

	if (state == JOB_RUNS)
		return;
	if (state != JOB_DONE)
		fail(s, "the kernel's rules could not be read: no process could be started for it, or it ended");
	else if (f->backend == BACKEND_AUTO)
		fail(s, RULES_NO_BACKEND);
	else
		take_first(s, f);
	job_drop(&s->first);
}

static bool
gate_failed(const struct supervisor *s)
{
	for (unsigned i = 0; i < s->children.gate_count; i++)
		if (s->children.list[i].died != 0)
			return true;
	return false;
}

/* The rules are asked for once; from then on they are there, or the kernel refuses them, or we wait. */
static bool
rules_made(struct supervisor *s)
{
	if (s->ruleset.config == NULL)
		ruleset_want(&s->ruleset, s->context.config);
	ruleset_step(&s->ruleset, &s->context);
	return ruleset_state(&s->ruleset) == RULESET_DONE || s->ruleset.applied.refuses;
}

/* If it has not taken all of them, the rest may refuse strangers. */
static bool
rules_failed(const struct supervisor *s)
{
	return s->ruleset.config != NULL && ruleset_state(&s->ruleset) == RULESET_REFUSED &&
	       !s->ruleset.applied.refuses;
}

/* All gates start, and the kernel takes the rules, or the program ends. */
static void
step_gates(struct supervisor *s)
{
	if (s->standing && !rules_failed(s) && !rules_made(s))
		return;
	if (s->standing && !s->children.gates_wanted && !rules_failed(s))
		children_want(&s->children, true, false);
	if (gate_failed(s) || rules_failed(s)) {
		fail(s, NULL);
		return;
	}
	if (!children_gates_up(&s->children) || !rules_made(s))
		return;
	if (s->standing)
		reconcile_missed(&s->reconcile, s->reconcile.remade_at != 0 ? s->reconcile.remade_at + 1 : s->since,
		                 true, "nfqd was not running yet: it was starting, with its rules in place");
	s->standing = true;
	publish_settled(s->context.config);
	children_want(&s->children, true, true);
	s->phase = PHASE_RECORDER;
	s->phase_due = steady_add(steady_now(), RECORDER_GRACE);
}

/* The gate does not depend on the recorder: it has a moment, so that usually the log is there when we say so. */
static void
step_recorder(struct supervisor *s)
{
	if (atomic_load(&s->context.shared->recorder->opened) == 0 && s->children.database_why[0] == '\0' &&
	    steady_before(steady_now(), s->phase_due))
		return;
	notes_journal(s->context.shared->notes, "start", "nfqd %s, %s: %zu lines of policy, rules through %s", VERSION,
	              s->path, s->context.config->line_count, rules_backend_name(s->context.backend));
	log_info("started: %s, queues %u %s %u, rules through %s, user %s", s->path, s->context.config->queue,
	         s->children.gate_count == 1 ? "and" : "to", s->context.config->queue + 2 * s->children.gate_count - 1,
	         rules_backend_name(s->context.backend), s->context.config->user);
	end_refused_step(&s->end_refused, &s->context, END_REFUSED_WHOLE_US);
	notify("READY=1\nSTATUS=giving verdicts");
	s->phase = PHASE_RUNNING;
}

static void
step_leaving(struct supervisor *s)
{
	bool done;

	if (job_look(&s->leave) == JOB_RUNS)
		return;
	done = s->leave.state == JOB_DONE && s->leave.result[0] != 0;
	job_drop(&s->leave);
	s->failed = s->remove_on_exit && !done;
	if (s->failed)
		log_warnx("not all of our rules were removed: `nfqd rules --remove` tries again");
	if (s->remove_on_exit)
		publish_nothing(s->context.config);
	else if (done)
		notes_remember(s->context.shared->notes, REMEMBERED_EMPTIED, 1);
	stop_gates(s);
}

static void
step_running(struct supervisor *s)
{
	bool recorded;

	if (!s->stop)
		return;
	notify("STOPPING=1");
	job_drop(&s->first);
	ruleset_stop(&s->ruleset, &s->context);
	reconcile_stop(&s->reconcile);
	fitting_stop(&s->fitting);
	recorded = shield_log_stop(&s->shield_log, &s->context);
	if (s->remove_on_exit)
		job_start(&s->leave, rules_task_remove, NULL, sizeof(bool), REMOVE_MOST);
	else if (recorded)
		job_start(&s->leave, rules_task_empty, NULL, sizeof(bool), EMPTY_MOST);
	s->phase = PHASE_LEAVING;
	step_leaving(s);
}

/* The recorder writes what the gates have seen, so it ends last. */
static void
step_stopping(struct supervisor *s)
{
	for (unsigned i = 0; i < s->children.gate_count; i++)
		if (s->children.list[i].state != CHILD_DOWN)
			return;
	notes_journal(s->context.shared->notes, "stop", "%s",
	              s->remove_on_exit ? "rules removed" : "rules stay in place");
	children_want(&s->children, false, false);
	child_stop(s->children.recorder);
	s->phase = PHASE_WRITING;
}

void
supervisor_step_phase(struct supervisor *s)
{
	switch (s->phase) {
	case PHASE_FIRST:
		if (s->stop)
			step_running(s);
		else
			step_first(s);
		break;
	case PHASE_GATES:
		if (s->stop)
			step_running(s);
		else
			step_gates(s);
		break;
	case PHASE_RECORDER:
		if (!s->stop)
			step_recorder(s);
		else
			step_running(s);
		break;
	case PHASE_RUNNING:
		step_running(s);
		break;
	case PHASE_LEAVING:
		step_leaving(s);
		break;
	case PHASE_STOPPING:
		step_stopping(s);
		break;
	case PHASE_WRITING:
		if (s->children.recorder->state == CHILD_DOWN)
			s->phase = PHASE_ENDED;
		break;
	case PHASE_ENDED:
		break;
	}
}

static void
report_unwritten(const struct shared *shared)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < shared->gate_count; i++) {
		const struct spool *events = shared->gates[i].events;

		sum += spool_head(events) - spool_tail(events);
	}
	if (sum > 0)
		log_warnx("stopped: %" PRIu64 " openings are not recorded in gate.db", sum);
}

static int
finish(struct supervisor *s)
{
	bool started = s->stop;

	report_unwritten(s->context.shared);
	unlink(s->context.config->control);
	clients_close(&s->clients);
	if (!started) {
		held_end(s->context.config);
		fatalx("not started");
	}
	if (s->context.backend == BACKEND_AUTO)
		log_info("stopped before the kernel's rules were read: they are as they were");
	else if (!s->standing)
		log_info("stopped before the rules were made: nothing is enforced");
	else if (!s->remove_on_exit)
		log_info(
		        "stopped; the rules stay in place: listed hosts pass, all others are dropped until nfqd runs again "
		        "(remove them with `nfqd rules --remove`)");
	else if (!s->failed)
		log_info("stopped; the rules are removed: nothing is enforced");
	end_refused_stop(&s->end_refused);
	config_free(s->context.config);
	return s->failed ? 1 : 0;
}

int
supervise(const char *path, bool remove_on_exit)
{
	struct supervisor s = {
	        .path = path, .remove_on_exit = remove_on_exit, .phase = PHASE_FIRST, .leave = {.fd = -1}};

	log_never_wait();
	if ((s.context.config = config_load(s.path)) == NULL)
		return 2;
	prepare(&s);
	begin(&s);
	supervisor_loop(&s);
	return finish(&s);
}
