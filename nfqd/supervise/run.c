/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The supervisor from its start to its end. Start-up follows the order of privilege: read and check everything; open
 * what only root may open; drop privileges; start the recorder, then the gates; and only when their queues are bound,
 * the rules. */
#include "run.h"

#include <sys/signalfd.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nfqd/shared/control.h"
#include "lib/base/log.h"
#include "lib/priv/priv.h"
#include "notes.h"
#include "notify.h"
#include "supervisor.h"
#include "lib/base/when.h"

static void
take_signals(struct supervisor *s)
{
	struct signalfd_siginfo info;
	bool hup = false, child = false;

	while (read(s->signals, &info, sizeof info) == sizeof info) {
		s->stopping = s->stopping || info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT;
		hup = hup || info.ssi_signo == SIGHUP;
		child = child || info.ssi_signo == SIGCHLD;
	}
	if (s->stopping) /* children may have got the same signal: they are not restarted */
		return;
	if (child)
		supervisor_reap(s);
	if (hup) {
		notify("RELOADING=1");
		supervisor_reload(s);
		notify("READY=1");
	}
}

static void
take_command(struct supervisor *s)
{
	char line[CONTROL_LINE], answer[256];
	int connection = control_accept(s->control, line);
	const char *why;
	char *text;

	if (connection < 0)
		return;
	if (strcmp(line, "status") == 0 && (text = status_json(s)) != NULL) {
		control_answer(connection, text);
		free(text);
		return;
	}
	if (strcmp(line, "reload") == 0) {
		why = supervisor_reload(s);
		snprintf(answer, sizeof answer,
		         why == NULL ? "{\"reloaded\": true}" : "{\"reloaded\": false, \"why\": \"%s\"}", why);
		control_answer(connection, answer);
		return;
	}
	control_answer(connection, "{\"error\": \"not a command\"}");
}

static void
loop(struct supervisor *s)
{
	bool more = true;

	while (!s->stopping) {
		struct pollfd fds[] = {
		        {s->signals, POLLIN, 0}, {s->control, POLLIN, 0}, {watch_fd(s->ruleset.watch), POLLIN, 0}};

		if (poll(fds, sizeof fds / sizeof *fds, more ? 0 : (int)(SUPERVISOR_TICK_US / 1000)) < 0 &&
		    errno != EINTR)
			fatal("cannot wait");
		take_signals(s);
		if (fds[1].revents != 0)
			take_command(s);
		if (fds[2].revents != 0 && !s->stopping)
			ruleset_maintain(&s->ruleset, &s->context);
		if (!s->stopping && steady_since(s->ticked) >= SUPERVISOR_TICK_US / 2)
			supervisor_tick(s);
		more = end_refused_step(&s->end_refused, &s->context, END_REFUSED_SLICE_US);
	}
}

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

#define LEAVING 100 /* times 10 milliseconds that gates of an nfqd that was killed may take to end */

/* True if a queue, or the NFLOG group, belongs to another program, or to an nfqd that stays. */
static bool
held(const struct config *c, struct holder *holder)
{
	for (int i = 0; i < LEAVING; i++) {
		if (!holder_of_any(c, holder))
			return false;
		if (!holder_is_nfqd(holder))
			return true;
		poll(NULL, 0, 10);
	}
	return true;
}

/* Ends nfqd if another program holds a queue or the NFLOG group; the kernel then refuses strangers by itself. The rules
 * of another nfqd stay as they are. */
static void
end_if_held(const struct supervisor *s)
{
	const struct rules_wanted wanted = {.now = when_now(), .closed = true};
	struct rules_applied applied;
	struct holder holder;
	char who[HOLDER_TEXT];

	if (!held(s->context.config, &holder))
		return;
	holder_print(&holder, who);
	if (holder_is_nfqd(&holder))
		fatalx("%s: end it, or set `queue` to a free number", who);
	if (!rules_apply(s->context.config, s->context.backend, &wanted, &applied))
		fatalx("%s, and the kernel did not accept rules: nothing is enforced", who);
	fatalx("%s: " RULES_CLOSED, who);
}

static void
prepare(struct supervisor *s)
{
	if (geteuid() != 0)
		fatalx("run: must be started as root; its processes then drop the privileges that they do not need");
	if (control_taken(s->context.config->control))
		fatalx("another nfqd answers on %s: stop it first, or give this one a `control` of its own",
		       s->context.config->control);
	if ((s->context.backend = rules_backend(s->context.config)) == BACKEND_AUTO)
		fatalx(RULES_NO_BACKEND);
	end_if_held(s); /* while the process may look at all others */
	priv_check_user(s->context.config->user);
	priv_own_directory(s->context.config->database, s->context.config->user);
	if ((s->control = control_listen(s->context.config->control)) < 0)
		exit(1);
	if ((s->signals = catch_signals()) < 0)
		fatal("cannot catch signals");
	s->context.shared = shared_new(s->context.config->workers);
	s->gate_count = s->context.config->workers;
	for (unsigned i = 0; i < s->gate_count; i++)
		s->children[i] = child_new(CHILD_GATE, i, s->context.config);
	s->recorder = &s->children[s->gate_count];
	*s->recorder = child_new(CHILD_RECORDER, 0, s->context.config);
	s->ruleset.reconcile = &s->reconcile;
	s->ruleset.shield_log = &s->shield_log;
	s->ruleset.end_refused = &s->end_refused;
	ruleset_start(&s->ruleset);
	priv_limit_supervisor();
}

static void
stop_gates(struct supervisor *s)
{
	for (unsigned i = 0; i < s->gate_count; i++)
		child_stop(&s->children[i]);
}

static _Noreturn void
give_up(struct supervisor *s)
{
	stop_gates(s);
	child_stop(s->recorder);
	unlink(s->context.config->control);
	end_if_held(s);
	fatalx("not started");
}

/* Either everything starts or the program ends. */
static void
start(struct supervisor *s)
{
	struct rules_state state;
	bool standing = rules_standing();
	int64_t missed, counted, rules = 0;

	s->since = s->loaded = s->context.shared->run;
	counted = reconcile_begin(&s->reconcile, &s->context, s->since);
	if (rules_look(s->context.backend, &state))
		rules = (int64_t)(state.gate ^ state.lan);
	notes_start(s->context.shared->notes, s->since, counted, rules);
	if (!child_start(s->recorder, s->context.config, s->context.shared))
		give_up(s);
	shield_log_start(&s->shield_log, &s->context);
	/* Rules of an earlier run may be for another number of gates. A queue for strangers then may be one for listed
	 * hosts now, and such a queue accepts what does not fit into it: no gate may bind it before the rules are ours.
	 */
	if (standing && !ruleset_apply(&s->ruleset, &s->context, s->context.config))
		give_up(s);
	for (unsigned i = 0; i < s->gate_count; i++)
		if (!child_start(&s->children[i], s->context.config, s->context.shared))
			give_up(s);
	if (!standing && !ruleset_apply(&s->ruleset, &s->context, s->context.config))
		give_up(s);
	if (standing && (missed = reconcile_missed(&s->reconcile, &s->context)) > 0)
		notes_gap_counted(s->context.shared->notes, s->since, s->reconcile.complete_until, missed,
		                  "nfqd was not running yet: it was starting, with its rules in place");
	notes_journal(s->context.shared->notes, "start", "nfqd %s, %s: %zu lines of policy, rules through %s", VERSION,
	              s->path, s->context.config->line_count, rules_backend_name(s->context.backend));
	log_info("started: %s, queues %u %s %u, rules through %s, user %s", s->path, s->context.config->queue,
	         s->gate_count == 1 ? "and" : "to", s->context.config->queue + 2 * s->gate_count - 1,
	         rules_backend_name(s->context.backend), s->context.config->user);
	end_refused_step(&s->end_refused, &s->context, END_REFUSED_WHOLE_US);
	notify("READY=1\nSTATUS=giving verdicts");
}

static int
finish(struct supervisor *s)
{
	bool done = true;

	notify("STOPPING=1");
	shield_log_stop(&s->shield_log, &s->context);
	if (s->remove_on_exit)
		done = rules_remove();
	stop_gates(s);
	notes_journal(s->context.shared->notes, "stop", "%s",
	              s->remove_on_exit ? "rules removed" : "rules stay in place");
	child_stop(s->recorder);
	unlink(s->context.config->control);
	if (!s->remove_on_exit)
		log_info(
		        "stopped; the rules stay in place: listed hosts pass, all others are dropped until nfqd runs again "
		        "(remove them with `nfqd rules --remove`)");
	else if (done)
		log_info("stopped; the rules are removed: nothing is enforced");
	end_refused_stop(&s->end_refused);
	config_free(s->context.config);
	return done ? 0 : 1;
}

int
supervise(const char *path, bool remove_on_exit)
{
	struct supervisor s = {.path = path, .remove_on_exit = remove_on_exit};

	log_never_wait();
	if ((s.context.config = config_load(s.path)) == NULL)
		return 2;
	prepare(&s);
	start(&s);
	loop(&s);
	return finish(&s);
}
