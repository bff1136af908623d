/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "life.h"

#include <stdio.h>
#include <stdlib.h>

#define SECOND 1e6

/* Makes room for another entry. */
static void *
grow(void *list, size_t count, size_t *room, size_t size)
{
	if (count < *room)
		return list;
	*room = *room == 0 ? 64 : 2 * *room;
	if ((list = reallocarray(list, *room, size)) == NULL) {
		perror("life");
		exit(1);
	}
	return list;
}

void
life_clear(struct life *l)
{
	l->count = l->answer_count = l->source_count = 0;
}

void
life_free(struct life *l)
{
	free(l->list);
	free(l->answers);
	free(l->sources);
}

void
life_try(struct life *l, const struct tried *t)
{
	l->list = grow(l->list, l->count, &l->room, sizeof *l->list);
	l->list[l->count++] = *t;
}

void
life_answer(struct life *l, const struct answered *a)
{
	l->answers = grow(l->answers, l->answer_count, &l->answer_room, sizeof *l->answers);
	l->answers[l->answer_count++] = *a;
}

uint32_t
life_source(struct life *l, const struct source *s)
{
	l->sources = grow(l->sources, l->source_count, &l->source_room, sizeof *l->sources);
	l->sources[l->source_count] = *s;
	return (uint32_t)l->source_count++;
}

static int
attempts_by_time(const void *a, const void *b)
{
	const struct tried *x = a, *y = b;

	return (x->when > y->when) - (x->when < y->when);
}

static int
answers_by_time(const void *a, const void *b)
{
	const struct answered *x = a, *y = b;

	return (x->when > y->when) - (x->when < y->when);
}

void
life_sort(struct life *l)
{
	qsort(l->list, l->count, sizeof *l->list, attempts_by_time);
	if (l->answer_count > 0)
		qsort(l->answers, l->answer_count, sizeof *l->answers, answers_by_time);
}

static int
by_moment(const void *a, const void *b)
{
	const struct life_syn *x = a, *y = b;

	if (x->when != y->when)
		return x->when < y->when ? -1 : 1;
	return x->attempt != y->attempt ? (x->attempt < y->attempt ? -1 : 1) : x->again - y->again;
}

static void
send_one(struct life_syns *s, int64_t when, size_t attempt, bool again)
{
	s->list = grow(s->list, s->count, &s->room, sizeof *s->list);
	s->list[s->count++] = (struct life_syn){when, attempt, again};
}

void
life_syns(struct life_syns *out, const struct life *life, enum resending how)
{
	out->count = 0;
	for (size_t n = 0; n < life->count; n++) {
		const struct tried *t = &life->list[n];
		int most = how == RESEND_SOME      ? t->retransmits
		           : how == RESEND_LINUX   ? 6
		           : how == RESEND_WINDOWS ? 2
		                                   : 0;
		double pause = how == RESEND_WINDOWS ? 3 : 1, when = (double)t->when;

		send_one(out, t->when, n, false);
		for (int k = 0; k < most && !t->raw; k++, pause *= 2)
			send_one(out, (int64_t)(when += pause * SECOND), n, true);
	}
	if (out->count > 0)
		qsort(out->list, out->count, sizeof *out->list, by_moment);
}
