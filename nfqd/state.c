/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The supervisor's state as JSON: what `nfqd status` shows. */
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include <jansson.h>

#include "queue.h"
#include "supervisor.h"
#include "when.h"

#define LAG_MOST (5 * SECOND)   /* of the recorder, before it is a problem */
#define ALIVE_MOST (3 * SECOND) /* since the gate's last sign of life */

static json_t *
time_or_null(int64_t when)
{
	char buf[WHEN_TEXT];

	return when != 0 ? json_string(when_print(when, false, buf)) : json_null();
}

static json_int_t
number(uint64_t n)
{
	return (json_int_t)n;
}

static void
problem(json_t *problems, const char *text)
{
	json_array_append_new(problems, json_string(text));
}

static json_t *
children(const struct supervisor *s, json_t *problems)
{
	json_t *list = json_array();

	for (int i = 0; i < CHILD_COUNT; i++) {
		const struct child *ch = &s->child[i];

		json_array_append_new(list, json_pack("{s:s, s:o, s:o, s:i}", "name", child_names[i], "pid",
		                                      ch->pid != 0 ? json_integer(ch->pid) : json_null(), "since",
		                                      time_or_null(ch->pid != 0 ? ch->since : 0), "restarts",
		                                      (int)ch->restarts));
		if (ch->pid == 0)
			problem(problems, i == CHILD_GATE
			                          ? "the gate is not running: listed hosts pass, all others are dropped"
			                          : "the recorder is not running: nothing is written down");
	}
	return list;
}

static json_t *
queues(const struct supervisor *s, json_t *problems)
{
	static const char *const roles[] = {"listed", "closed"};
	json_t *list = json_array();

	for (uint16_t i = 0; i < 2; i++) {
		uint16_t n = (uint16_t)(s->config->queue + i);
		struct queue_look q = {0};
		bool bound = queue_look(n, &q);

		json_array_append_new(list, json_pack("{s:i, s:s, s:b, s:I, s:I, s:I}", "number", n, "role", roles[i],
		                                      "bound", bound, "waiting", number(q.waiting), "queue_dropped",
		                                      number(q.dropped), "user_dropped", number(q.user_dropped)));
		if (!bound)
			problem(problems, "a queue is not bound");
	}
	return list;
}

static json_t *
rules(const struct supervisor *s, json_t *problems)
{
	bool intact = rules_present(s->backend);
	struct rule_counters c;
	json_t *o = json_pack("{s:s, s:b, s:o}", "backend", rules_backend_name(s->backend), "intact", intact, "next",
	                      s->rules.next == RULES_FOREVER ? json_null() : time_or_null(s->rules.next));

	if (rules_counters(s->backend, &c))
		json_object_set_new(o, "openings",
		                    json_pack("{s:I, s:I, s:I}", "listed", number(c.listed), "stranger",
		                              number(c.stranger), "deny_to", number(c.deny)));
	else
		json_object_set_new(o, "openings", json_null());
	if (!intact)
		problem(problems, "the kernel rules are not in place: nothing is enforced");
	else if (s->rules_failed)
		problem(problems, "the kernel rules could not be brought up to date");
	return o;
}

/* As of the last look; null where there is no shield. */
static json_t *
shield(const struct supervisor *s)
{
	if (s->shield == NULL || s->shield_named < 0)
		return json_null();
	return json_pack("{s:I, s:I}", "named", (json_int_t)s->shield_named, "unnamed", (json_int_t)s->shield_unnamed);
}

static json_t *
gate(const struct supervisor *s, int64_t now, json_t *problems)
{
	struct gate_state *g = s->shared->gate;
	json_t *verdicts = json_object();

	for (int v = 0; v < VERDICT_COUNT; v++) {
		uint64_t sum = 0;

		for (int r = 0; r < REASON_COUNT; r++)
			sum += atomic_load(&g->verdicts[v][r]);
		json_object_set_new(verdicts, verdict_name((enum verdict)v), json_integer(number(sum)));
	}
	if (s->child[CHILD_GATE].pid != 0 && now - atomic_load(&g->alive) > ALIVE_MOST)
		problem(problems, "the gate gives no sign of life");
	return json_pack("{s:o, s:I, s:I, s:o, s:I, s:I, s:I, s:I}", "alive", time_or_null(atomic_load(&g->alive)),
	                 "listed", number(atomic_load(&g->packets[0])), "closed", number(atomic_load(&g->packets[1])),
	                 "verdicts", verdicts, "overruns", number(atomic_load(&g->overruns)), "errors",
	                 number(atomic_load(&g->errors)), "evicted_sources", number(atomic_load(&g->evicted_sources)),
	                 "evicted_openings", number(atomic_load(&g->evicted_openings)));
}

static json_t *
recording(const struct supervisor *s, int64_t now, json_t *problems)
{
	struct recorder_state *r = s->shared->recorder;
	uint64_t waiting = spool_head(s->shared->events) - spool_tail(s->shared->events);
	int64_t committed = atomic_load(&r->committed), failing = atomic_load(&r->failing);

	if (failing != 0)
		problem(problems, "gate.db cannot be written: rows wait in memory");
	else if (waiting > 0 && now - committed > LAG_MOST)
		problem(problems, "the recorder lags behind");
	if (spool_lost(s->shared->events) > 0)
		problem(problems, "the spool was full: details were lost (see the gaps in nfqd report)");
	return json_pack("{s:I, s:o, s:I, s:I, s:o, s:I}", "waiting", number(waiting), "committed",
	                 time_or_null(committed), "events", number(atomic_load(&r->events)), "lost",
	                 number(spool_lost(s->shared->events)), "failing_since", time_or_null(failing), "evicted",
	                 number(atomic_load(&r->evicted)));
}

char *
state_json(const struct supervisor *s)
{
	int64_t now = when_now();
	json_t *problems = json_array(), *o = json_object();
	char *text;

	json_object_set_new(o, "state", json_null()); /* stands first; filled in below */
	json_object_set(o, "problems", problems);
	json_object_set_new(o, "version", json_string(VERSION));
	json_object_set_new(o, "pid", json_integer(getpid()));
	json_object_set_new(o, "since", time_or_null(s->since));
	json_object_set_new(o, "config", json_string(s->path));
	json_object_set_new(o, "loaded", time_or_null(s->loaded));
	json_object_set_new(o, "children", children(s, problems));
	json_object_set_new(o, "queues", queues(s, problems));
	json_object_set_new(o, "rules", rules(s, problems));
	json_object_set_new(o, "shield", shield(s));
	json_object_set_new(o, "gate", gate(s, now, problems));
	json_object_set_new(o, "log", recording(s, now, problems));
	json_object_set_new(o, "state", json_string(json_array_size(problems) == 0 ? "ok" : "degraded"));
	text = json_dumps(o, JSON_INDENT(2));
	json_decref(problems);
	json_decref(o);
	return text;
}
