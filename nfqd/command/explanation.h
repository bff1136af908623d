/* SPDX-License-Identifier: GPL-3.0-or-later */
/* explanation: the answer of `nfqd explain`, and its output. */
#ifndef EXPLANATION_H
#define EXPLANATION_H

#include "lib/config/config.h"
#include "lib/geo/geo.h"

/* The connection in question. */
struct connection {
	struct addr src, dst;
	uint16_t port;
	const uint32_t *user; /* whose process on the gateway itself connects; or NULL */
	const uint8_t *card;  /* policy_right_card: the user did not say */
	int64_t at;
};

struct explanation {
	const struct config *config;
	const struct connection *to;
	const char *not_enforced; /* the reason why the kernel passes it without a look at the policy; NULL: it looks */
	/* If it looks: */
	struct decision decision;
	struct decision over_max;   /* above the limit, if the decision has one */
	struct decision other_card; /* from a card that is not one of its line, ... */
	bool differs;               /* ... if that is another decision */
	bool softened;              /* dropped, although the policy says reject */
	/* Always: */
	bool changed;                 /* the running nfqd has another answer: its file was edited since ... */
	bool now_enforced;            /* ... it looks at the policy, ... */
	struct decision decision_now; /* ... and decides so */
	bool placed;                  /* there are files that locate addresses */
	struct geo_place place;
};

void explanation_print(const struct explanation *e);
/* `local`: the time with the local offset. */
void explanation_print_json(const struct explanation *e, bool local);

#endif
