/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `nfqd check` prints the policy, and says where it does not fit this machine. */
#include <stdio.h>
#include <unistd.h>

#include "commands.h"
#include "lib/config/config.h"
#include "lib/geo/geo.h"
#include "lib/base/log.h"
#include "nfqd/network/findings.h"
#include "nfqd/network/look.h"
#include "nfqd/rules/rules.h"
#include "nfqd/shared/control.h"

struct request {
	const char *config;
	bool elsewhere;
};

static const struct option_row rows[] = {
        {OPTION("config", 'c', struct request, config, "FILE", "read this configuration (default: " CONFIG_PATH ")")},
        {OPTION("elsewhere", 0, struct request, elsewhere, NULL,
                "it is for another machine: do not compare it with the network of this one")},
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

/* Warns of lines whose `mac` keeps nobody out. */
static void
check_cards(const struct config *c, int64_t now)
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
			log_info("mac: \"%s\" at %s:%u keeps no card out: \"%s\" at %s:%u lets all pass", bound->text,
			         bound->file, bound->number, open->text, open->file, open->number);
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

/* What else keeps nfqd from starting. Back ends can be tried by root only. */
static bool
check_start(const struct config *c)
{
	char why[CONTROL_WHY];
	bool wrong = control_wrong(c->control, why);

	if (wrong)
		log_warnx("%s", why);
	if (geteuid() != 0 || rules_backend(c) != BACKEND_AUTO)
		return wrong;
	log_warnx(RULES_NO_BACKEND);
	return true;
}

/* True: nfqd would not start. `elsewhere`: the machine is not asked. */
static bool
check_machine(const struct config *c, bool elsewhere, int64_t now)
{
	struct machine machine = {.asked = false};
	struct findings found;
	bool wrong = false;

	if (!elsewhere) {
		wrong = check_start(c);
		machine_look(&machine, c);
	}
	findings_make(c, &machine, now, &found);
	machine_free(&machine);
	for (uint32_t i = 0; i < found.count; i++) {
		const struct finding *f = &found.list[i];

		if (f->level == FINDING_NOTE)
			log_info("note: %s", f->text);
		else
			log_warnx("%s", f->text);
		wrong = wrong || f->level == FINDING_ERROR;
	}
	return wrong;
}

static int
run(struct command_line *line)
{
	struct request q = {.config = CONFIG_PATH};
	struct config *c;
	bool wrong;

	options_take(line, &q);
	if ((c = config_load(q.config)) == NULL)
		return 2;
	config_print(c, stdout);
	if (c->interface_count > 0 && c->backend != BACKEND_NFT)
		log_info(
		        "interface: with iptables on a machine without nft, hosts outside lan are refused in FORWARD alone: "
		        "what another program accepts there before nfqd's rules passes");
	check_cards(c, line->now);
	check_geo(c);
	wrong = check_machine(c, q.elsewhere, line->now);
	config_free(c);
	return wrong ? 2 : 0;
}

const struct command check_command = {&options, run};
