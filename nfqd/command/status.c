/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `nfqd status` and `nfqd reload`: clients of the control socket. */
#include <inttypes.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "commands.h"
#include "lib/config/config.h"
#include "nfqd/shared/control.h"
#include "lib/base/log.h"
#include "lib/output/value.h"
#include "lib/base/text.h"
#include "lib/base/when.h"
#include "changed_cards.h"
#include "witness.h"

#define SHOWN 4
#define STATUS_WAIT 30  /* seconds */
#define RELOAD_WAIT 330 /* the supervisor gives up after 300 */

/* A text of the answer, harmless to a terminal; "-" if it is none. Valid until SHOWN more were taken. */
static const char *
shown(const json_t *text)
{
	static char safe[SHOWN][4096];
	static unsigned next;

	next = (next + 1) % SHOWN;
	return text_safe(json_is_string(text) ? json_string_value(text) : "-", text_style(stdout).utf8, safe[next],
	                 sizeof safe[next]);
}

static const char *
text_of(const json_t *o, const char *key)
{
	return shown(json_object_get(o, key));
}

static intmax_t
number_of(const json_t *o, const char *key)
{
	return (intmax_t)json_integer_value(json_object_get(o, key));
}

/* "gate", or "gate 2" if there are several. */
static void
print_name(const json_t *ch, bool several)
{
	char name[32];

	if (several && json_is_integer(json_object_get(ch, "number")))
		snprintf(name, sizeof name, "gate %jd", number_of(ch, "number"));
	else
		snprintf(name, sizeof name, "%s", text_of(ch, "name"));
	printf("%-9s ", name);
}

static void
print_children(const json_t *children, bool several)
{
	for (size_t i = 0; i < json_array_size(children); i++) {
		const json_t *ch = json_array_get(children, i);

		print_name(ch, several);
		if (json_is_integer(json_object_get(ch, "pid")))
			printf("pid %jd since %s, restarts %jd\n", number_of(ch, "pid"), text_of(ch, "since"),
			       number_of(ch, "restarts"));
		else
			printf("not running, restarts %jd\n", number_of(ch, "restarts"));
	}
}

static void
print_queues(const json_t *queues)
{
	for (size_t i = 0; i < json_array_size(queues); i++) {
		const json_t *q = json_array_get(queues, i);

		printf("%-9s %jd (%s), %s, waiting %jd, %jd lost: queue full, %jd lost: not delivered\n", "queue",
		       number_of(q, "number"), text_of(q, "role"),
		       json_is_true(json_object_get(q, "bound")) ? "bound" : "NOT bound", number_of(q, "waiting"),
		       number_of(q, "queue_dropped"), number_of(q, "user_dropped"));
	}
}

/* The group by which the kernel reports listed hosts. */
static void
print_nflog(const json_t *o)
{
	printf("%-9s group %jd, %s, waiting %jd, lost %jd, overruns %jd\n", "nflog", number_of(o, "group"),
	       json_is_true(json_object_get(o, "bound")) ? "bound" : "NOT bound", number_of(o, "waiting"),
	       number_of(o, "lost"), number_of(o, "overruns"));
}

/* Per gate: number of events, and of those not yet written. */
static void
print_gates(const json_t *gates)
{
	for (size_t i = 0; i < json_array_size(gates); i++) {
		const json_t *g = json_array_get(gates, i);

		print_name(g, true);
		printf("alive %s, listed %jd, closed %jd, overruns %jd, late %jd; not yet written %jd, lost %jd\n",
		       text_of(g, "alive"), number_of(g, "listed"), number_of(g, "closed"), number_of(g, "overruns"),
		       number_of(g, "errors"), number_of(g, "waiting"), number_of(g, "lost"));
	}
}

/* The time up to which gate.db is judged, and the lag if it is too large. */
static void
print_judge(const json_t *log)
{
	intmax_t behind = number_of(log, "judging_behind");
	char span[WHEN_TEXT];

	printf("%-9s all before %s", "judged", text_of(log, "judged_until"));
	if (behind > 0)
		printf(", %s behind", span_print((int64_t)behind * SECOND, span));
	printf("\n");
}

static void
print_status(const json_t *o)
{
	bool several = json_array_size(json_object_get(o, "gates")) > 1;
	const json_t *rules = json_object_get(o, "rules"), *openings = json_object_get(rules, "openings");
	const json_t *shield = json_object_get(o, "shield");
	const json_t *gate = json_object_get(o, "gate"), *verdicts = json_object_get(gate, "verdicts");
	const json_t *log = json_object_get(o, "log"), *problems = json_object_get(o, "problems");

	printf("nfqd %s: %s, pid %jd since %s\n", text_of(o, "version"), text_of(o, "state"), number_of(o, "pid"),
	       text_of(o, "since"));
	for (size_t i = 0; i < json_array_size(problems); i++)
		printf("PROBLEM   %s\n", shown(json_array_get(problems, i)));
	for (size_t i = 0; i < json_array_size(json_object_get(o, "notes")); i++)
		printf("%-9s %s\n", "note", shown(json_array_get(json_object_get(o, "notes"), i)));
	printf("%-9s %s, read %s\n", "policy", text_of(o, "config"), text_of(o, "loaded"));
	print_children(json_object_get(o, "children"), several);
	print_queues(json_object_get(o, "queues"));
	print_nflog(json_object_get(o, "nflog"));
	printf("%-9s %s, %s", "rules", text_of(rules, "backend"),
	       json_is_true(json_object_get(rules, "intact")) ? "in place" : "NOT in place");
	if (json_is_object(openings))
		printf("; openings: listed %jd, strangers %jd, deny-to %jd", number_of(openings, "listed"),
		       number_of(openings, "stranger"), number_of(openings, "deny_to"));
	if (json_is_object(shield))
		printf("\n%-9s dropped %jd attributed to hosts, %jd not attributed", "shield",
		       number_of(shield, "named"), number_of(shield, "unnamed"));
	printf("\n%-9s pass %jd, reject %jd, drop %jd, audit %jd; overruns %jd, late %jd\n", "verdicts",
	       number_of(verdicts, "pass"), number_of(verdicts, "reject"), number_of(verdicts, "drop"),
	       number_of(verdicts, "audit"), number_of(gate, "overruns"), number_of(gate, "errors"));
	if (several)
		print_gates(json_object_get(o, "gates"));
	printf("%-9s written %jd, waiting %jd, lost %jd; last write %s\n", "log", number_of(log, "events"),
	       number_of(log, "waiting"), number_of(log, "lost"), text_of(log, "committed"));
	print_judge(log);
	witness_print(json_object_get(o, "pcapmon"));
	changed_cards_print(json_object_get(o, "mac_changed"));
}

/* Sends a line to the running daemon and returns its answer. Ends the program if there is none. */
static json_t *
ask(const struct config *c, const char *line, int seconds, char **text)
{
	json_error_t error;
	char why[256];
	json_t *o;

	if ((*text = control_ask(c->control, line, seconds, why, sizeof why)) == NULL)
		fatalx("%s", why);
	if ((o = json_loads(*text, 0, &error)) == NULL)
		fatalx("nfqd gave an answer that is not JSON: %s", error.text);
	return o;
}

struct request {
	const char *config;
	bool json;
};

/* `reload` has the first row only. */
static const struct option_row rows[] = {
        {OPTION("config", 'c', struct request, config, "FILE",
                "the configuration of the running daemon (default: " CONFIG_PATH ")")},
        {OPTION("json", 0, struct request, json, NULL, "print one JSON object")},
};

static const struct option_table status_options = {
        .program = "nfqd",
        .command = "status",
        .purpose = "show queues, rules, children, lag and losses of the running daemon",
        .forms = (const char *const[]){"[OPTION...]", NULL},
        .rows = rows,
        .row_count = sizeof rows / sizeof *rows,
};

static const struct option_table reload_options = {
        .program = "nfqd",
        .command = "reload",
        .purpose = "make the running daemon reread its configuration",
        .forms = (const char *const[]){"[OPTION...]", NULL},
        .rows = rows,
        .row_count = 1, /* --config */
};

/* The running daemon has read another file than the one that is there now. */
static void
add_wrong_file(json_t *o, const char *path)
{
	json_array_append_new(json_object_get(o, "problems"),
	                      json_sprintf("%s has errors: the policy from before is in force, and nfqd will not "
	                                   "start again with this file",
	                                   path));
	json_object_set_new(o, "state", json_string("degraded"));
}

static int
run_status(struct command_line *line)
{
	struct request q = {.config = CONFIG_PATH};
	struct config *c;
	char *text;
	json_t *o;
	bool ok, wrong;

	setlocale(LC_CTYPE, "");
	options_take(line, &q);
	if ((c = config_load_settings(q.config, &wrong)) == NULL)
		return 2;
	if (wrong && !control_taken(c->control)) {
		config_free(c);
		return 2;
	}
	o = ask(c, "status", STATUS_WAIT, &text);
	free(text);
	json_object_set_new(o, "pcapmon", witness_look(c->database, when_now()));
	json_object_set_new(o, "mac_changed", wrong ? json_array() : changed_cards_look(c, when_now()));
	if (wrong)
		add_wrong_file(o, q.config);
	if (q.json)
		value_print(json_incref(o), stdout);
	else
		print_status(o);
	ok = strcmp(text_of(o, "state"), "ok") == 0;
	json_decref(o);
	config_free(c);
	return ok ? 0 : 1;
}

const struct command status_command = {&status_options, run_status};

static int
run_reload(struct command_line *line)
{
	struct request q = {.config = CONFIG_PATH};
	struct config *c;
	char *text;
	json_t *o;
	bool done;

	options_take(line, &q);
	if (strcmp(q.config, "-") == 0)
		options_wrong(line, "--config - is standard input, expected the file that the daemon reads again");
	if ((c = config_load(q.config)) == NULL) {
		log_warnx("the running policy stays as it is");
		return 2;
	}
	o = ask(c, "reload", RELOAD_WAIT, &text);
	done = json_is_true(json_object_get(o, "reloaded"));
	if (!done)
		log_warnx("not reloaded, the running policy stays as it is: %s", text_of(o, "why"));
	json_decref(o);
	free(text);
	config_free(c);
	return done ? 0 : 1;
}

const struct command reload_command = {&reload_options, run_reload};
