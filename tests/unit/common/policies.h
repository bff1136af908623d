/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Configurations from text, for tests. */
#ifndef POLICIES_H
#define POLICIES_H

#include "lib/config/config.h"

/* The configuration that the lines make, or NULL if they have errors; *complaints (if not NULL) gets those, each with
 * its newline, until the next call. The parser finds no other files but "drop.txt" and "wide.txt". */
struct config *config_of(const char *lines, const char **complaints);

/* An opening that the policy is asked about. */
struct policies_asked {
	const char *src, *dst, *time;
	const uint8_t *card; /* NULL: not known */
};

/* Fails the test unless the decision is `want`: "verdict reason line" (0: the default). */
void policies_expect(const struct config *c, const struct policies_asked *o, const char *want);

#endif
