/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `nfqd run`: the supervisor. Start-up goes in the order of privilege: read and check everything; open what only root
 * may; give up what is not needed; start the recorder, then the gate; and only when its queues are bound, the rules. */
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "control.h"
#include "log.h"
#include "priv.h"
#include "supervisor.h"
#include "when.h"

#define TICK 1000                  /* milliseconds */
#define SOON SECOND                /* a child that died young is started again after this */
#define RENEW (24 * 3600 * SECOND) /* element timeouts of the kernel are renewed at least this often */

int64_t
supervisor_counted(const struct supervisor *s)
{
	struct rule_counters c;

	return rules_counters(s->backend, &c) ? (int64_t)(c.listed + c.stranger + c.deny) : -1;
}

static void
put_note(struct supervisor *s, const struct note *n)
{
	if (!spool_put(s->shared->notes, n))
		log_warnx("the recorder does not take notes: \"%s\" is lost", n->text);
}

void
supervisor_gap(struct supervisor *s, int64_t since, int64_t until, int64_t missing, bool counted, const char *text)
{
	struct note n = {.kind = NOTE_GAP, .counted = counted, .since = since, .until = until, .missing = missing};

	snprintf(n.text, sizeof n.text, "%s", text);
	put_note(s, &n);
}

void
supervisor_journal(struct supervisor *s, const char *what, const char *format, ...)
{
	struct note n = {.kind = NOTE_JOURNAL, .since = when_now()};
	va_list args;

	snprintf(n.what, sizeof n.what, "%s", what);
	va_start(args, format);
	vsnprintf(n.text, sizeof n.text, format, args);
	va_end(args);
	put_note(s, &n);
}

static bool
apply_rules(struct supervisor *s, const struct config *c)
{
	int64_t now = when_now();
	bool done = rules_apply(c, s->backend, now, &s->rules_next);

	if (s->rules_next > now + RENEW)
		s->rules_next = now + RENEW;
	s->rules_failed = !done;
	return done;
}

/* What a new configuration may not change under a running gate. */
static const char *
needs_restart(const struct config *old, const struct config *fresh)
{
	if (old->queue != fresh->queue)
		return "`queue` has changed: restart nfqd";
	if (old->mark != fresh->mark || old->mark_mask != fresh->mark_mask)
		return "`mark` has changed: restart nfqd";
	if (old->backend != fresh->backend)
		return "`backend` has changed: restart nfqd";
	if (strcmp(old->user, fresh->user) != 0)
		return "`user` has changed: restart nfqd";
	if (strcmp(old->database, fresh->database) != 0)
		return "`database` has changed: restart nfqd";
	if (strcmp(old->control, fresh->control) != 0)
		return "`control` has changed: restart nfqd";
	return NULL;
}

/* The gate first, the kernel second: in between, what the kernel lets into the listed queue is judged by the new policy
 * already, and what it does not yet is judged in the closed one. */
static const char *
put_in_force(struct supervisor *s, const struct config *fresh)
{
	if (s->child[CHILD_GATE].pid != 0 && !child_send_policy(&s->child[CHILD_GATE], fresh->policy))
		return "the gate did not take the new policy";
	if (apply_rules(s, fresh))
		return NULL;
	if (s->child[CHILD_GATE].pid != 0)
		child_send_policy(&s->child[CHILD_GATE], s->config->policy);
	apply_rules(s, s->config);
	return "the kernel did not take the new rules";
}

const char *
supervisor_reload(struct supervisor *s)
{
	struct config *fresh = config_load(s->path);
	const char *why = "the configuration has errors";

	if (fresh != NULL && (why = needs_restart(s->config, fresh)) == NULL)
		why = put_in_force(s, fresh);
	if (why != NULL) {
		log_warnx("%s not reloaded, the old policy stays: %s", s->path, why);
		supervisor_journal(s, "refused", "%s: %s", s->path, why);
		config_free(fresh);
		return why;
	}
	/* The recorder starts anew with the new ranges and limits; the spool bridges the moment. */
	child_stop(&s->child[CHILD_RECORDER]);
	config_free(s->config);
	s->config = fresh;
	s->loaded = when_now();
	if (!child_start(&s->child[CHILD_RECORDER], CHILD_RECORDER, s->config, s->shared))
		s->child[CHILD_RECORDER].again = when_now() + SOON;
	log_info("%s reloaded: %zu lines of policy", s->path, s->config->line_count);
	supervisor_journal(s, "reload", "%s: %zu lines of policy", s->path, s->config->line_count);
	return NULL;
}

/* How many openings no gate saw since the last time this was asked; -1 if the kernel's counters cannot be read. What
 * the gates saw is read first, so that the number is never too small. */
static int64_t
newly_missed(struct supervisor *s)
{
	int64_t seen = (int64_t)(atomic_load(&s->shared->gate.packets[0]) + atomic_load(&s->shared->gate.packets[1]));
	int64_t counted = supervisor_counted(s), missed;

	if (counted < 0 || (missed = counted - s->counted_before - seen - s->missed) < 0)
		return -1;
	s->missed += missed;
	return missed;
}

static void
tell_gap(struct supervisor *s, enum child_kind kind)
{
	struct child *ch = &s->child[kind];
	char fate[64], text[200];

	child_fate(ch, fate, sizeof fate);
	if (kind == CHILD_GATE) {
		int64_t missed = newly_missed(s), alive = atomic_load(&s->shared->gate.alive);

		snprintf(text, sizeof text,
		         "the gate %s: openings of listed hosts passed, all others were dropped by the kernel", fate);
		supervisor_gap(s, alive < ch->died ? alive : ch->died, when_now(), missed, true, text);
	} else {
		snprintf(text, sizeof text, "the recorder %s: openings waited in the spool", fate);
		supervisor_gap(s, ch->died, when_now(), 0, false, text);
	}
}

static void
start_child(struct supervisor *s, enum child_kind kind)
{
	struct child *ch = &s->child[kind];

	ch->restarts++;
	if (!child_start(ch, kind, s->config, s->shared)) {
		ch->again = when_now() + SOON;
		return;
	}
	log_info("the %s runs again", child_names[kind]);
	tell_gap(s, kind);
}

/* Children that have ended. One that lived a while is started again at once. */
static void
reap(struct supervisor *s)
{
	int64_t now = when_now();

	for (enum child_kind kind = 0; kind < CHILD_COUNT; kind++) {
		struct child *ch = &s->child[kind];
		char fate[64];

		if (ch->pid == 0 || waitpid(ch->pid, &ch->status, WNOHANG) != ch->pid)
			continue;
		close(ch->channel);
		ch->pid = 0;
		ch->died = now;
		log_warnx("the %s %s", child_names[kind], child_fate(ch, fate, sizeof fate));
		supervisor_journal(s, "died", "the %s %s", child_names[kind], fate);
		if (now - ch->since >= SOON)
			start_child(s, kind);
		else
			ch->again = now + SOON;
	}
}

static void
tick(struct supervisor *s)
{
	int64_t now = when_now();

	for (enum child_kind kind = 0; kind < CHILD_COUNT; kind++)
		if (s->child[kind].pid == 0 && now >= s->child[kind].again)
			start_child(s, kind);
	if (now >= s->rules_next && !apply_rules(s, s->config))
		s->rules_next = now + 10 * SECOND;
}

static void
take_signals(struct supervisor *s)
{
	struct signalfd_siginfo info;

	while (read(s->signals, &info, sizeof info) == sizeof info) {
		if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT)
			s->stopping = true;
		else if (info.ssi_signo == SIGCHLD)
			reap(s);
		else if (info.ssi_signo == SIGHUP) {
			notify("RELOADING=1");
			supervisor_reload(s);
			notify("READY=1");
		}
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
	if (strcmp(line, "status") == 0 && (text = state_json(s)) != NULL) {
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
	while (!s->stopping) {
		struct pollfd fds[] = {{s->signals, POLLIN, 0}, {s->control, POLLIN, 0}};

		if (poll(fds, 2, TICK) < 0 && errno != EINTR)
			fatal("cannot wait");
		take_signals(s);
		if (fds[1].revents != 0)
			take_command(s);
		tick(s);
	}
}

static struct shared *
make_shared(void)
{
	struct shared *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (shared == MAP_FAILED ||
	    (shared->events = spool_new("events", sizeof(struct event), SPOOL_EVENTS)) == NULL ||
	    (shared->notes = spool_new("notes", sizeof(struct note), SPOOL_NOTES)) == NULL ||
	    (shared->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) < 0)
		fatal("cannot make shared memory");
	shared->run = when_now();
	return shared;
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

static void
prepare(struct supervisor *s)
{
	if (geteuid() != 0)
		fatalx("run: must be started as root; its parts then drop what they do not need");
	if (control_taken(s->config->control))
		fatalx("another nfqd answers on %s: stop it first, or give this one a `control` of its own",
		       s->config->control);
	if ((s->backend = rules_backend(s->config)) == BACKEND_AUTO)
		fatalx("neither back end is usable: install nftables (kernel with CONFIG_NFT_QUEUE), or iptables and ipset");
	priv_check_user(s->config->user);
	priv_own_directory(s->config->database, s->config->user);
	if ((s->control = control_listen(s->config->control)) < 0)
		exit(1);
	if ((s->signals = catch_signals()) < 0)
		fatal("cannot catch signals");
	s->shared = make_shared();
	priv_limit_supervisor();
}

/* Everything runs, or the program ends: nothing is half started. */
static void
start(struct supervisor *s)
{
	struct note n = {.kind = NOTE_START};

	s->since = s->loaded = n.since = s->shared->run;
	n.missing = rules_present(s->backend) ? supervisor_counted(s) : -1;
	s->counted_before = n.missing >= 0 ? n.missing : 0;
	put_note(s, &n);
	if (!child_start(&s->child[CHILD_RECORDER], CHILD_RECORDER, s->config, s->shared) ||
	    !child_start(&s->child[CHILD_GATE], CHILD_GATE, s->config, s->shared) || !apply_rules(s, s->config)) {
		child_stop(&s->child[CHILD_GATE]);
		child_stop(&s->child[CHILD_RECORDER]);
		unlink(s->config->control);
		fatalx("not started");
	}
	supervisor_journal(s, "start", "nfqd %s, %s: %zu lines of policy, rules through %s", VERSION, s->path,
	                   s->config->line_count, rules_backend_name(s->backend));
	log_info("started: %s, queues %u and %u, rules through %s, user %s", s->path, s->config->queue,
	         s->config->queue + 1, rules_backend_name(s->backend), s->config->user);
	notify("READY=1\nSTATUS=giving verdicts");
}

static int
finish(struct supervisor *s)
{
	bool done = true;

	notify("STOPPING=1");
	if (s->remove_on_exit)
		done = rules_remove();
	child_stop(&s->child[CHILD_GATE]);
	supervisor_journal(s, "stop", "%s", s->remove_on_exit ? "rules removed" : "rules stay in place");
	child_stop(&s->child[CHILD_RECORDER]);
	unlink(s->config->control);
	if (!s->remove_on_exit)
		log_info(
		        "stopped; the rules stay in place: listed hosts pass, all others are dropped until nfqd runs again "
		        "(`nfqd rules --remove` takes them away)");
	else if (done)
		log_info("stopped; the rules are removed: nothing is enforced");
	config_free(s->config);
	return done ? 0 : 1;
}

int
run_main(int argc, char **argv)
{
	static const struct option options[] = {{"config", required_argument, NULL, 'c'},
	                                        {"remove-rules-on-exit", no_argument, NULL, 'r'},
	                                        {"help", no_argument, NULL, 'h'},
	                                        {0}};
	struct supervisor s = {.path = CONFIG_PATH};
	int opt;

	while ((opt = getopt_long(argc, argv, "c:h", options, NULL)) != -1)
		switch (opt) {
		case 'c':
			s.path = optarg;
			break;
		case 'r':
			s.remove_on_exit = true;
			break;
		case 'h':
			usage_help("run [-c FILE] [--remove-rules-on-exit]");
		default:
			usage_wrong(argv[0]);
		}
	if (optind != argc)
		usagex("run: \"%s\" is one word too many, expected options only", argv[optind]);
	if ((s.config = config_load(s.path)) == NULL)
		return 2;
	prepare(&s);
	start(&s);
	loop(&s);
	return finish(&s);
}
