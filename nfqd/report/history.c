/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "history.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/log.h"
#include "lib/labels/columns.h"

static const char steps_sql[] = "SELECT n, at, network, fresh, step, score FROM step WHERE who = ?1 ORDER BY n";
static const char changes_sql[] = "SELECT at, from_label, from_certainty, to_label, to_certainty, reasons FROM label"
                                  " WHERE who = ?1 ORDER BY at";

static void *
allocate(void *p)
{
	if (p == NULL)
		fatal("labels");
	return p;
}

/* As the table has it: the oldest of too many is added to number 0. */
void
history_step(struct history *e, const struct judging_step *s)
{
	struct judging_step *list = e->steps;

	if (s == NULL || s->n == 1)
		e->step_count = 0;
	if (s == NULL)
		return;
	if (e->step_count == JUDGING_STEPS && list[0].n > 0) {
		list[0].n = 0;
		list[0].network = (struct prefix){0};
		list[0].fresh = false;
	} else if (e->step_count > JUDGING_STEPS) {
		list[0].when = list[1].when;
		list[0].step += list[1].step;
		list[0].score = list[1].score;
		memmove(&list[1], &list[2], (JUDGING_STEPS - 1) * sizeof *list);
		e->step_count--;
	}
	list[e->step_count++] = *s;
}

void
history_change(struct history *e, const struct judging_change *c)
{
	e->changes = allocate(reallocarray(e->changes, e->change_count + 1, sizeof *e->changes));
	e->changes[e->change_count++] = (struct change){c->at,    c->from_label, c->from_certainty,
	                                                c->label, c->certainty,  allocate(strdup(c->reasons))};
}

void
history_free(struct history *e)
{
	for (size_t n = 0; n < e->change_count; n++)
		free(e->changes[n].reasons);
	free(e->changes);
	*e = (struct history){.step_count = 0};
}

bool
history_read(struct history *e, struct store *store, const struct judge_key *who)
{
	struct statement *steps = store_prepare(store, steps_sql);
	struct statement *changes = store_prepare(store, changes_sql);
	int step;

	if (steps == NULL || changes == NULL)
		return false;
	judged_bind_key(steps, 1, who);
	while ((step = store_step(steps)) == 1) {
		struct addr net = column_addr(steps, 2);
		struct judging_step s = {.n = (uint32_t)column_int(steps, 0),
		                         .when = column_int(steps, 1),
		                         .network = {net, net.family == 4   ? 24
		                                          : net.family == 6 ? 48
		                                                            : 0},
		                         .fresh = column_int(steps, 3) != 0,
		                         .step = column_real(steps, 4),
		                         .score = column_real(steps, 5)};

		if (e->step_count <= JUDGING_STEPS)
			e->steps[e->step_count++] = s;
	}
	judged_bind_key(changes, 1, who);
	while (step == 0 && (step = store_step(changes)) == 1) {
		struct judging_change c = {.at = column_int(changes, 0),
		                           .from_label = (uint8_t)column_int(changes, 1),
		                           .from_certainty = (uint8_t)column_int(changes, 2),
		                           .label = (uint8_t)column_int(changes, 3),
		                           .certainty = (uint8_t)column_int(changes, 4),
		                           .reasons = column_text(changes, 5)};

		history_change(e, &c);
		step = 0;
	}
	return step == 0;
}
