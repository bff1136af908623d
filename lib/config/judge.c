/* SPDX-License-Identifier: GPL-3.0-or-later */
/* "judge fixed 0.10 fanout 0.75 accuse 0.000001 miss 0.01 networks 32": any of them, in any order. */
#include "parser.h"

#include <stdlib.h>
#include <string.h>

/* An unsigned number. */
static bool
read_number(const char *text, double *out)
{
	char *end;

	if (text[0] < '0' || text[0] > '9')
		return false;
	*out = strtod(text, &end);
	return *end == '\0' && text[1] != 'x' && text[1] != 'X';
}

void
set_judge(struct tokens *cur)
{
	struct judge_parameters p = judge_defaults;
	const struct {
		const char *name;
		double *to;
	} shares[] = {{"fixed", &p.fixed}, {"fanout", &p.fanout}, {"accuse", &p.accuse}, {"miss", &p.miss}};
	char text[JUDGE_PARAMETERS_TEXT];
	const char *name, *number, *wrong;
	double value;

	do {
		double *to = NULL;

		if ((name = tokens_take(cur, "fixed, fanout, accuse, miss or networks, and a number")) == NULL ||
		    (number = tokens_take(cur, "a number")) == NULL)
			return;
		for (size_t i = 0; i < sizeof shares / sizeof *shares; i++)
			if (strcmp(name, shares[i].name) == 0)
				to = shares[i].to;
		if (to == NULL && strcmp(name, "networks") != 0) {
			complain(cur->c, "judge: \"%s\" is not known, expected fixed, fanout, accuse, miss or networks",
			         name);
			return;
		}
		if (!read_number(number, &value) || value > 1e9) {
			complain(cur->c, "judge: %s \"%s\" is not valid, expected a number such as %s", name, number,
			         to == NULL ? "32" : "0.10");
			return;
		}
		if (to != NULL)
			*to = value;
		else
			p.networks = (uint32_t)value;
	} while (tokens_peek(cur) != NULL);
	if ((wrong = judge_parameters_wrong(&p)) != NULL) {
		complain(cur->c, "judge: %s is not valid, expected %s", judge_parameters_print(&p, text), wrong);
		return;
	}
	config_settle(cur, judge_parameters_print(&p, text));
	cur->c->judge = p;
}
