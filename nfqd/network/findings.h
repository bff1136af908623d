/* SPDX-License-Identifier: GPL-3.0-or-later */
/* findings: where a policy does not fit the machine and its network. */
#ifndef FINDINGS_H
#define FINDINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/config/config.h"
#include "machine.h"

enum finding_level {
	FINDING_ERROR,   /* nfqd does not start with it */
	FINDING_PROBLEM, /* it does not do what somebody expects of it */
	FINDING_NOTE,    /* worth knowing */
};

/* In the order in which they are told. */
enum finding_kind {
	FINDING_USER,
	FINDING_DATABASE,
	FINDING_EVERYTHING,
	FINDING_LAN,
	FINDING_MISSING,
	FINDING_NO_INTERFACE,
	FINDING_PORT,
	FINDING_VRF,
	FINDING_CARRIER,
	FINDING_OUTER,
	FINDING_INNER,
	FINDING_OUTSIDE,
	FINDING_FORWARDING,
	FINDING_UNTIL,
	FINDING_KINDS
};

#define FINDINGS 20
#define FINDING_TEXT 400
#define FINDING_SUBJECT 64

struct finding {
	uint8_t kind, level;           /* enum finding_kind, enum finding_level */
	char subject[FINDING_SUBJECT]; /* a prefix, a link, a user, ...: with the kind it names the finding */
	uint8_t told;                  /* for the caller */
	char text[FINDING_TEXT];       /* a sentence, with names as somebody else has written them */
};

/* The worst first. A plain struct: it crosses a pipe. */
struct findings {
	uint32_t count;
	struct finding list[FINDINGS];
};

/* What does not fit at this time. */
void findings_make(const struct config *c, const struct machine *m, int64_t now, struct findings *out);
/* Openings that come in through the link are judged whatever their source: it, or its VRF, is an `interface`. */
bool findings_in_judged(const struct config *c, const struct machine *m, const struct machine_link *link);
/* The one that says the same, or NULL. */
const struct finding *findings_same(const struct findings *f, const struct finding *one);
const char *finding_kind_name(enum finding_kind kind); /* for JSON */
const char *finding_level_name(enum finding_level level);

#endif
