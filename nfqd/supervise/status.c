/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The supervisor's state as JSON, for `nfqd status`. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <jansson.h>

#include "nfqd/record/backlog.h"
#include "nfqd/gate/nflog.h"
#include "nfqd/gate/queue.h"
#include "nfqd/network/finding_json.h"
#include "supervisor.h"
#include "lib/base/when.h"
#include "lib/output/value.h"

#define LAG_MOST (5 * SECOND)   /* the recorder may be behind */
#define ALIVE_MOST (3 * SECOND) /* a gate may not respond */
#define LOST_TOLD HOUR          /* lost openings are a problem; then the gap in the report is left */

static json_int_t
number(uint64_t n)
{
	return (json_int_t)n;
}

static void
problem(json_t *problems, const char *text)
{
	json_array_append_new(problems, value_text(text));
}

/* Adds a problem of one gate: "the gate ...", or of several "the gate 2 (queues 6 and 10) ...". */
static void
gate_problem(const struct supervisor *s, const struct child *ch, json_t *problems, const char *what)
{
	char text[160], queues[48] = "";

	if (s->children.gate_count > 1)
		snprintf(queues, sizeof queues, " (queues %u and %u)",
		         config_queue(s->context.config, true, ch->number),
		         config_queue(s->context.config, false, ch->number));
	snprintf(text, sizeof text, "the %s%s %s", ch->name, queues, what);
	problem(problems, text);
}

static void
problem_held(const struct supervisor *s, json_t *problems)
{
	char who[HOLDER_TEXT], text[2 * HOLDER_TEXT];

	snprintf(text, sizeof text, "%s: " RULES_CLOSED_RUNNING, holder_print(&s->children.holder, who));
	problem(problems, text);
}

static json_t *
children(const struct supervisor *s, json_t *problems)
{
	json_t *list = json_array();

	for (const struct child *ch = s->children.list; ch <= s->children.recorder; ch++) {
		bool gate = ch->kind == CHILD_GATE;

		json_array_append_new(list, json_pack("{s:s, s:o, s:o, s:o, s:i}", "name", gate ? "gate" : "recorder",
		                                      "number", gate ? json_integer(ch->number + 1) : json_null(),
		                                      "pid", ch->pid != 0 ? json_integer(ch->pid) : json_null(),
		                                      "since", value_moment(ch->pid != 0 ? ch->since : 0), "restarts",
		                                      (int)ch->restarts));
		if (ch->state != CHILD_UP && gate)
			gate_problem(s, ch, problems, "is not running: listed hosts pass, all others are dropped");
		else if (ch->state != CHILD_UP && !ch->planned && !ch->renewed)
			problem(problems, "the recorder is not running: openings are kept in memory");
	}
	return list;
}

static json_t *
queues(const struct supervisor *s, json_t *problems)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < 2 * s->children.gate_count; i++) {
		bool listed = i < s->children.gate_count;
		unsigned gate = i % s->children.gate_count;
		uint16_t n = config_queue(s->context.config, listed, gate);
		struct queue_look q = {0};
		bool bound = queue_look(n, &q);

		json_array_append_new(list, json_pack("{s:i, s:s, s:i, s:b, s:I, s:I, s:I}", "number", n, "role",
		                                      listed ? "listed" : "closed", "gate", gate + 1, "bound", bound,
		                                      "waiting", number(q.waiting), "queue_dropped", number(q.dropped),
		                                      "user_dropped", number(q.user_dropped)));
		if (!bound)
			problem(problems, "a queue is not bound");
	}
	if (s->ruleset.closed)
		problem_held(s, problems);
	return list;
}

/* The group by which the kernel reports openings that it lets pass by itself. */
static json_t *
nflog(const struct supervisor *s, json_t *problems)
{
	uint16_t group = config_queue(s->context.config, true, 0);
	uint64_t lost = 0, overruns = 0;
	struct nflog_look look;
	bool bound = nflog_look(group, &look);

	for (unsigned i = 0; i < s->children.gate_count; i++) {
		lost += atomic_load(&s->context.shared->gates[i].state->log_lost);
		overruns += atomic_load(&s->context.shared->gates[i].state->log_overruns);
	}
	if (!bound)
		problem(problems, "the NFLOG group is not bound: listed hosts pass without being logged");
	return json_pack("{s:i, s:b, s:I, s:I, s:I}", "group", group, "bound", bound, "waiting", number(look.waiting),
	                 "lost", number(lost), "overruns", number(overruns));
}

/* Rules of others that are no fault, but that somebody may look for. */
static void
note_others(const struct supervisor *s, const struct others *others, json_t *notes)
{
	if (others->queue[0] != '\0')
		json_array_append_new(notes,
		                      json_sprintf("another program's queue decides, too, and may delay or drop what "
		                                   "nfqd passes: %s",
		                                   others->queue));
	if (others->clamp[0] != '\0' && s->ruleset.applied.has_max)
		json_array_append_new(notes,
		                      json_sprintf("openings of hosts with a `max` skip a rule that stands behind "
		                                   "nfqd's queue: %s",
		                                   others->clamp));
}

/* As the rules have counted them. They take strangers in audit for listed; the gates know better. */
static json_t *
openings(const struct supervisor *s, const struct rule_counters *c)
{
	uint64_t audited = reconcile_audited(&s->reconcile, &s->context);

	if (audited > c->listed)
		audited = c->listed;
	return json_pack("{s:I, s:I, s:I}", "listed", number(c->listed - audited), "stranger",
	                 number(c->stranger + audited), "deny_to", number(c->deny));
}

static json_t *
rules(const struct supervisor *s, json_t *problems, json_t *notes)
{
	const struct rules_seen *seen = &s->ruleset.seen;
	bool intact = ruleset_intact(&s->ruleset);
	json_t *o = json_pack(
	        "{s:s, s:b, s:o}", "backend", rules_backend_name(s->context.backend), "intact", intact, "next",
	        s->ruleset.applied.next == RULES_FOREVER ? json_null() : value_moment(s->ruleset.applied.next));

	json_object_set_new(o, "openings", seen->counted ? openings(s, &seen->counters) : json_null());
	note_others(s, &seen->state.others, notes);
	if (!intact && s->phase < PHASE_RECORDER)
		problem(problems, "nfqd is starting: the kernel rules are not made yet");
	else if (!intact)
		problem(problems, "the kernel rules are not in place: nothing is enforced");
	else if (ruleset_remade(&s->ruleset))
		problem(problems, "somebody may have changed the kernel rules: they are being made");
	else if (ruleset_state(&s->ruleset) == RULESET_REFUSED || s->ruleset.blind)
		problem(problems, "the kernel rules could not be updated");
	for (unsigned i = 0; i < s->ruleset.troubles.count; i++)
		json_array_append_new(s->ruleset.applied_all ? notes : problems,
		                      json_string(s->ruleset.troubles.text[i]));
	return o;
}

/* As of the last reading; null without a shield. */
static json_t *
shield(const struct supervisor *s)
{
	if (s->shield_log.shield == NULL || s->shield_log.named < 0)
		return json_null();
	return json_pack("{s:I, s:I}", "named", (json_int_t)s->shield_log.named, "unnamed",
	                 (json_int_t)s->shield_log.unnamed);
}

static json_t *
verdicts(const uint64_t sums[VERDICT_COUNT])
{
	json_t *o = json_object();

	for (int v = 0; v < VERDICT_COUNT; v++)
		json_object_set_new(o, verdict_name((enum verdict)v), json_integer(number(sums[v])));
	return o;
}

/* A gate's counts, or those of all together. */
struct counts {
	int64_t alive; /* last turn of the loop; of all gates the one that is longest ago */
	uint64_t packets[2], verdicts[VERDICT_COUNT], overruns, errors, evicted_sources, evicted_openings;
};

static void
add_counts(struct counts *to, struct gate_state *g)
{
	int64_t alive = atomic_load(&g->alive);

	to->alive = to->alive == 0 || alive < to->alive ? alive : to->alive;
	for (int q = 0; q < 2; q++)
		to->packets[q] += atomic_load(&g->packets[q]);
	for (int v = 0; v < VERDICT_COUNT; v++)
		for (int r = 0; r < REASON_COUNT; r++)
			to->verdicts[v] += atomic_load(&g->verdicts[v][r]);
	to->overruns += atomic_load(&g->overruns);
	to->errors += atomic_load(&g->errors);
	to->evicted_sources += atomic_load(&g->evicted_sources);
	to->evicted_openings += atomic_load(&g->evicted_openings);
}

static json_t *
counts_json(const struct counts *c)
{
	return json_pack("{s:o, s:I, s:I, s:o, s:I, s:I, s:I, s:I}", "alive", value_moment(c->alive), "listed",
	                 number(c->packets[0]), "closed", number(c->packets[1]), "verdicts", verdicts(c->verdicts),
	                 "overruns", number(c->overruns), "errors", number(c->errors), "evicted_sources",
	                 number(c->evicted_sources), "evicted_openings", number(c->evicted_openings));
}

/* Events of a gate that are not recorded yet. */
static uint64_t
behind(const struct supervisor *s, unsigned gate)
{
	const struct spool *events = s->context.shared->gates[gate].events;

	return spool_head(events) - spool_tail(events);
}

/* The sums of all gates as "gate", and each gate in "gates". */
static void
set_gates(const struct supervisor *s, int64_t now, json_t *o, json_t *problems)
{
	struct counts sum = {0};
	json_t *list = json_array();

	for (unsigned i = 0; i < s->children.gate_count; i++) {
		const struct child *ch = &s->children.list[i];
		struct gate_state *g = s->context.shared->gates[i].state;
		struct counts own = {0};
		json_t *one;

		add_counts(&sum, g);
		add_counts(&own, g);
		one = json_pack("{s:i, s:[i, i]}", "number", i + 1, "queues", config_queue(s->context.config, true, i),
		                config_queue(s->context.config, false, i));
		json_object_update_new(one, counts_json(&own));
		json_object_set_new(one, "waiting", json_integer(number(behind(s, i))));
		json_object_set_new(one, "lost", json_integer(number(spool_lost(s->context.shared->gates[i].events))));
		json_array_append_new(list, one);
		if (ch->pid != 0 && now - own.alive > ALIVE_MOST)
			gate_problem(s, ch, problems, "does not respond");
	}
	json_object_set_new(o, "gate", counts_json(&sum));
	json_object_set_new(o, "gates", list);
}

static void
problem_database(const struct supervisor *s, json_t *problems)
{
	bool open = atomic_load(&s->context.shared->recorder->opened) != 0;
	const char *why = s->children.database_why;
	char text[sizeof s->children.database_why + 128];

	snprintf(text, sizeof text, "gate.db cannot be %s%s%s; %s", open ? "written" : "opened",
	         why[0] != '\0' ? ": " : "", why,
	         open ? "rows are kept in memory" : "openings are kept in memory, as many as there is room for");
	problem(problems, text);
}

static json_t *
recording(const struct supervisor *s, int64_t now, json_t *problems)
{
	struct recorder_state *r = s->context.shared->recorder;
	int64_t committed = atomic_load(&r->committed), idle = atomic_load(&r->idle);
	int64_t failing = atomic_load(&r->failing), judged = atomic_load(&r->judged);
	uint64_t waiting = 0, lost = 0;

	for (unsigned i = 0; i < s->children.gate_count; i++) {
		waiting += behind(s, i);
		lost += spool_lost(s->context.shared->gates[i].events);
	}
	if (failing != 0)
		problem_database(s, problems);
	else if (waiting > 0 && now - (committed > idle ? committed : idle) > LAG_MOST)
		problem(problems, "the recorder has fallen behind");
	if (s->lost > 0 && steady_since(s->lost_at) < LOST_TOLD)
		problem(problems, "the spool was full: openings were not recorded (see the gaps in nfqd report)");
	return json_pack("{s:I, s:o, s:I, s:I, s:o, s:o, s:I, s:o, s:I}", "waiting", number(waiting), "committed",
	                 value_moment(committed), "events", number(atomic_load(&r->events)), "lost", number(lost),
	                 "failing_since", value_moment(failing), "failing_why",
	                 failing != 0 && s->children.database_why[0] != '\0' ? value_text(s->children.database_why)
	                                                                     : json_null(),
	                 "evicted", number(atomic_load(&r->evicted)), "judged_until", value_moment(judged),
	                 "judging_behind", (json_int_t)(judged != 0 ? backlog_of(judged, now) / SECOND : 0));
}

/* Where the policy does not fit the network; as of the last look. */
static json_t *
misfits(const struct supervisor *s, json_t *problems, json_t *notes)
{
	const struct findings *found = &s->fitting.found;
	json_t *list = json_array();

	for (uint32_t i = 0; i < found->count; i++) {
		const struct finding *f = &found->list[i];

		problem(f->level == FINDING_NOTE ? notes : problems, f->text);
		json_array_append_new(list, finding_json(f));
	}
	return list;
}

char *
status_json(const struct supervisor *s)
{
	int64_t now = when_now();
	json_t *problems = json_array(), *notes = json_array(), *o = json_object();
	char *text;

	json_object_set_new(o, "state", json_null()); /* stands first; filled in below */
	json_object_set(o, "problems", problems);
	json_object_set_new(o, "notes", notes);
	json_object_set_new(o, "version", json_string(VERSION));
	json_object_set_new(o, "pid", json_integer(getpid()));
	json_object_set_new(o, "since", value_moment(s->since));
	json_object_set_new(o, "config", value_text(s->path));
	json_object_set_new(o, "loaded", value_moment(s->loaded));
	json_object_set_new(o, "children", children(s, problems));
	json_object_set_new(o, "queues", queues(s, problems));
	json_object_set_new(o, "nflog", nflog(s, problems));
	json_object_set_new(o, "rules", rules(s, problems, notes));
	json_object_set_new(o, "network", misfits(s, problems, notes));
	json_object_set_new(o, "shield", shield(s));
	set_gates(s, now, o, problems);
	json_object_set_new(o, "log", recording(s, now, problems));
	json_object_set_new(o, "state", json_string(json_array_size(problems) == 0 ? "ok" : "degraded"));
	text = json_dumps(o, JSON_INDENT(2) | JSON_ENSURE_ASCII);
	json_decref(problems);
	json_decref(o);
	return text;
}
