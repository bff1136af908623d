/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The evidence for a label, as tables: the history of labels, and the steps of the sequential test. */
#include "text.h"

#include <string.h>

#define STEPS 20   /* at most, the latest */
#define CHANGES 10 /* at most, the latest */

static void
label_cell(struct grid *t, uint8_t label, uint8_t certainty)
{
	const char *sure = judge_certainty_name((enum judge_certainty)certainty);
	char buf[64];

	snprintf(buf, sizeof buf, "%s%s%s", judge_label_name((enum judge_label)label), sure != NULL ? ", " : "",
	         sure != NULL ? sure : "");
	grid_cell(t, buf);
}

static void
print_changes(const struct page *p, const struct history *e)
{
	size_t first = e->change_count > CHANGES ? e->change_count - CHANGES : 0;
	struct grid *t = grid_new(2);
	char when[WHEN_TEXT];

	grid_column(t, "LABEL SINCE", false);
	grid_column(t, "FROM", false);
	grid_column(t, "TO", false);
	for (size_t n = first; n < e->change_count; n++) {
		grid_line(t, NULL, PAINT_PLAIN);
		grid_cell(t, page_time(p, e->changes[n].at, when));
		label_cell(t, e->changes[n].from_label, e->changes[n].from_certainty);
		if (e->changes[n].label == e->changes[n].from_label &&
		    e->changes[n].certainty == e->changes[n].from_certainty)
			grid_cell(t, "the same, unusual hours");
		else
			label_cell(t, e->changes[n].label, e->changes[n].certainty);
	}
	fputc('\n', p->out);
	grid_print(t, p->out, p->style);
	grid_free(t);
}

static void
step_line(const struct page *p, struct grid *t, const struct judging_step *s)
{
	char when[WHEN_TEXT], network[PREFIX_TEXT], buf[32];

	grid_line(t, NULL, PAINT_PLAIN);
	grid_cell(t, page_time(p, s->when, when));
	grid_cell(t, s->n > 0 ? prefix_print(&s->network, network) : "(steps before)");
	grid_cell(t, s->n == 0 ? "" : s->fresh ? "new" : "known");
	snprintf(buf, sizeof buf, "%+.2f", s->step);
	grid_cell(t, buf);
	snprintf(buf, sizeof buf, "%.2f", s->score);
	grid_cell(t, buf);
}

static void
print_steps(const struct page *p, const struct history *e, double cross)
{
	size_t first = e->step_count > STEPS ? e->step_count - STEPS : 0;
	struct grid *t = grid_new(2);
	char buf[TEXT_NUMBER];

	grid_column(t, "TEST", false);
	grid_column(t, "NETWORK", false);
	grid_column(t, "", false);
	grid_column(t, "STEP", true);
	grid_column(t, "SCORE", true);
	for (size_t n = first; n < e->step_count; n++)
		step_line(p, t, &e->steps[n]);
	fputc('\n', p->out);
	grid_print(t, p->out, p->style);
	grid_free(t);
	if (first > 0)
		fprintf(p->out, "the last %d of %s steps; --json has all; ", STEPS, text_number(e->step_count, buf));
	fprintf(p->out, "threshold: a score of %.2f\n", cross);
}

void
text_evidence(const struct page *p, const struct host *h, const struct history *e)
{
	if (e->change_count > 0)
		print_changes(p, e);
	if (e->step_count > 0 && h->judged)
		print_steps(p, e, h->judgement.cross);
}
