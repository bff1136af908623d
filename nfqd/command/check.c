/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `nfqd check` prints the policy, and says where it does not fit this machine. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "lib/config/feed.h"
#include "lib/geo/geo.h"
#include "lib/base/log.h"
#include "lib/output/value.h"
#include "nfqd/network/finding_json.h"
#include "nfqd/network/look.h"
#include "nfqd/rules/rules.h"
#include "nfqd/shared/control.h"

#define LINE_ROOM 8192
#define INTERFACE_WARNING                                                                                              \
	"interface: with iptables on a machine without nft, hosts outside lan are refused in FORWARD alone: what "     \
	"another program accepts there before nfqd's rules passes"

struct request {
	const char *config;
	bool elsewhere, json;
	json_t *errors, *warnings, *findings; /* with --json */
};

static const struct option_row rows[] = {
        {OPTION("config", 'c', struct request, config, "FILE",
                "read this configuration; - is standard input (default: " CONFIG_PATH ")")},
        {OPTION("elsewhere", 0, struct request, elsewhere, NULL,
                "it is for another machine: do not compare it with the network of this one")},
        {OPTION("json", 0, struct request, json, NULL, "print one JSON object")},
};

static const struct option_table options = {
        .program = "nfqd",
        .command = "check",
        .purpose = "parse the configuration, print it, and compare it with this machine",
        .forms = (const char *const[]){"[OPTION...]", NULL},
        .rows = rows,
        .row_count = sizeof rows / sizeof *rows,
};

/* The line that lets a source of node n pass from any card, whatever the destination; POLICY_NONE: there is none. */
static uint32_t
free_line(const struct policy *p, uint32_t n, int64_t now)
{
	const struct node *nodes = policy_nodes(p);

	for (; n != POLICY_NONE; n = nodes[n].parent)
		for (uint32_t i = nodes[n].rule; i < nodes[n].rule + nodes[n].rule_count; i++) {
			const struct rule *rule = policy_rules(p) + i;

			if (now < rule->from || now >= rule->until || rule->action == RULE_BOUND)
				continue;
			if (rule->action == RULE_BLOCK)
				return POLICY_NONE;
			if (rule->to_count == 0)
				return rule->line;
		}
	return POLICY_NONE;
}

/* A line in the log, or an element of a list. */
static void __attribute__((format(printf, 2, 3))) tell(json_t *list, const char *format, ...)
{
	char text[2 * LINE_ROOM];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	if (list != NULL)
		value_append(list, value_text(text));
	else
		log_warnx("%s", text);
}

/* Warns of lines whose `mac` keeps nobody out. */
static void
check_cards(const struct request *q, const struct config *c, int64_t now)
{
	const struct policy *p = c->policy;
	const struct node *nodes = policy_nodes(p);

	for (uint32_t n = p->sources.first; n < p->sources.first + p->sources.count; n++)
		for (uint32_t i = nodes[n].rule; i < nodes[n].rule + nodes[n].rule_count; i++) {
			const struct rule *rule = policy_rules(p) + i;
			const struct config_line *bound = &c->lines[rule->line], *open;
			uint32_t line = rule->action == RULE_BOUND ? free_line(p, n, now) : POLICY_NONE;

			if (line == POLICY_NONE)
				continue;
			open = &c->lines[line];
			tell(q->warnings, "mac: \"%s\" at %s:%u keeps no card out: \"%s\" at %s:%u lets all pass",
			     bound->text, bound->file, bound->number, open->text, open->file, open->number);
		}
}

/* Warns about each file that cannot be used. */
static void
check_geo(const struct config *c)
{
	struct geo *g;

	if (c->geo_count == 0)
		return;
	if ((g = geo_new(c->geo, c->geo_count)) == NULL)
		fatal("geo");
	geo_free(g);
}

/* True, and an error, if nfqd would not start: its control socket cannot be made, or no back end works here, which only
 * root can find out. */
static bool
check_start(const struct request *q, const struct config *c)
{
	char why[CONTROL_WHY];
	bool wrong = control_wrong(c->control, why);

	if (wrong)
		tell(q->errors, "%s", why);
	if (geteuid() != 0 || rules_backend(c) != BACKEND_AUTO)
		return wrong;
	tell(q->errors, RULES_NO_BACKEND);
	return true;
}

static void
tell_finding(const struct request *q, const struct finding *f)
{
	if (q->json)
		value_append(q->findings, finding_json(f));
	else if (f->level == FINDING_NOTE)
		log_info("note: %s", f->text);
	else
		log_warnx("%s", f->text);
}

/* True: nfqd would not start. With `elsewhere` the machine is not asked. */
static bool
check_machine(const struct request *q, const struct config *c, int64_t now)
{
	struct machine machine = {.asked = false};
	struct findings found;
	bool wrong = false;

	if (!q->elsewhere) {
		wrong = check_start(q, c);
		machine_look(&machine, c);
	}
	findings_make(c, &machine, now, &found);
	machine_free(&machine);
	for (uint32_t i = 0; i < found.count; i++) {
		tell_finding(q, &found.list[i]);
		wrong = wrong || found.list[i].level == FINDING_ERROR;
	}
	return wrong;
}

/* What was parsed, line by line. */
static json_t *
policy_json(const struct config *c)
{
	json_t *lines = value_array();
	char *text = NULL, *save = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (out == NULL)
		fatal("check");
	config_print(c, out);
	if (fclose(out) != 0)
		fatal("check");
	for (char *line = strtok_r(text, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save))
		value_append(lines, value_text(line));
	free(text);
	return lines;
}

static void
print_json(const struct request *q, bool valid, json_t *policy)
{
	json_t *o = value_object();

	value_set(o, "file", value_text(q->config));
	value_set(o, "valid", json_boolean(valid));
	value_set(o, "errors", q->errors);
	value_set(o, "warnings", q->warnings);
	value_set(o, "findings", q->findings);
	value_set(o, "policy", policy);
	value_print(o, stdout);
}

static void
take_error(void *arg, const char *text)
{
	tell(arg, "%s", text);
}

/* True: nfqd would not start with it. */
static bool
check(const struct request *q, const struct config *c, int64_t now)
{
	if (!q->json)
		config_print(c, stdout);
	if (c->interface_count > 0 && c->backend != BACKEND_NFT)
		tell(q->warnings, INTERFACE_WARNING);
	check_cards(q, c, now);
	check_geo(c);
	return check_machine(q, c, now);
}

static int
run(struct command_line *line)
{
	struct request q = {.config = CONFIG_PATH};
	struct config *c;
	bool wrong;

	options_take(line, &q);
	if (q.json) {
		q.errors = value_array();
		q.warnings = value_array();
		q.findings = value_array();
	}
	c = q.json ? config_load_telling(q.config, take_error, q.errors) : config_load(q.config);
	wrong = c == NULL || check(&q, c, line->now);
	if (q.json)
		print_json(&q, !wrong, c != NULL ? policy_json(c) : json_null());
	config_free(c);
	return wrong ? 2 : 0;
}

const struct command check_command = {&options, run};
