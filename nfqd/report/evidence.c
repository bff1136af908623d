/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "evidence.h"

#include <stdlib.h>

#include "lib/base/log.h"

#include "lib/policy/event.h"

/* The answers on a port, summed over the host's parts. */
static void
add_port(const struct host *h, uint16_t port, struct judge_evidence *e)
{
	struct part sum = {.port = port};
	bool kept = false;

	for (size_t n = 0; n < h->part_count; n++) {
		const struct part *p = &h->parts[n];

		if (p->port != port)
			continue;
		kept |= p->leaked > 0 || (p->side == SIDE_GATE && verdict_refuses(p->verdict));
		if (p->side != SIDE_WIRE)
			continue;
		sum.attempts += p->attempts;
		sum.established += p->established;
		sum.refused += p->refused;
	}
	judge_evidence_port(e, sum.attempts, sum.established, sum.refused, kept);
}

void
evidence_of(const struct host *h, struct judge_evidence *e)
{
	*e = (struct judge_evidence){.span = h->companion_span};
	if (h->companion != NULL)
		judge_evidence_companion(e, h->companion);
	for (size_t n = 0; n < h->part_count; n++) {
		size_t earlier = 0;

		while (earlier < n &&
		       (h->parts[earlier].side != SIDE_WIRE || h->parts[earlier].port != h->parts[n].port))
			earlier++;
		if (earlier == n && h->parts[n].side == SIDE_WIRE)
			add_port(h, h->parts[n].port, e);
	}
}

/* Side traffic of all addresses of the host. */
static bool
read_companion(const struct host *h, struct companion_reading *reading, struct companion_found *sum, char *why,
               size_t why_size)
{
	struct companion_found one;
	size_t count;
	const struct addr *a = host_addresses(h, &count);

	*sum = (struct companion_found){.sum = NULL};
	for (size_t n = 0; n < count; n++) {
		if (!companion_reading_host(reading, &a[n], &one, why, why_size)) {
			free(sum->sum);
			return false;
		}
		if (sum->sum == NULL) {
			*sum = one;
		} else if (one.sum != NULL) {
			companion_merge(sum->sum, one.sum);
			sum->span = sum->span > one.span ? sum->span : one.span;
			free(one.sum);
		}
		for (size_t k = 0; n > 0 && k < one.looked_up.count; k++)
			looked_up_add(&sum->looked_up, &one.looked_up.list[k]);
	}
	return true;
}

bool
evidence_apply(struct host *h, struct companion_reading *reading, char *why, size_t why_size)
{
	struct companion_found found;
	struct judge_evidence e;

	if (!read_companion(h, reading, &found, why, why_size))
		return false;
	h->companion = found.sum;
	if (found.looked_up.count > 0 && h->looked_up == NULL) {
		h->looked_up = whole(malloc(sizeof *h->looked_up));
		*h->looked_up = found.looked_up;
	}
	h->companion_span = found.span;
	evidence_of(h, &e);
	if (h->judged)
		judge_evidence_apply(&h->judgement, &e);
	return true;
}

struct applying {
	struct report *report;
	struct labels_set *set;
	struct companion_reading *reading;
	bool failed;
	char *why;
	size_t why_size;
};

static void
apply_to_speaker(void *arg, const struct addr *host)
{
	struct applying *w = arg;
	struct host *h = report_host(w->report, host);

	/* A host with several addresses may be found by each of them. */
	if (w->failed || h == NULL || !h->judged || (h->addresses != NULL && h->weighed))
		return;
	h->weighed = true;
	w->failed =
	        !labels_about(w->set, host, w->why, w->why_size) || !evidence_apply(h, w->reading, w->why, w->why_size);
	free(h->companion);
	h->companion = NULL;
}

bool
evidence_apply_all(struct report *r, struct labels_set *set, struct companion_reading *reading, char *why,
                   size_t why_size)
{
	struct applying w = {r, set, reading, false, why, why_size};

	return companion_reading_speakers(reading, apply_to_speaker, &w, why, why_size) && !w.failed;
}
