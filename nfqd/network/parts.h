/* SPDX-License-Identifier: GPL-3.0-or-later */
/* parts: what the files that make findings share. */
#ifndef PARTS_H
#define PARTS_H

#include "findings.h"

struct making {
	const struct config *config;
	const struct machine *machine;
	struct findings *out;
};

/* Beyond the bound nothing is added. */
void findings_add(struct making *w, enum finding_kind kind, const char *subject, const char *format, ...)
        __attribute__((format(printf, 4, 5)));

/* behind.c: lan, and what is behind the machine. */
void findings_behind(struct making *w);
void findings_forwarding(struct making *w);
/* links.c: the interfaces that the configuration names. */
void findings_links(struct making *w);
/* Some of the prefix is in lan. */
bool findings_meet_lan(const struct policy *p, const struct prefix *prefix);
/* Some route other than a default one leads to a part of lan; over this link, unless it is NULL. */
bool findings_lan_here(const struct making *w, const struct machine_link *link);

#endif
