/* SPDX-License-Identifier: GPL-3.0-or-later */
/* misfits: where the policy did not fit the network at the end of a report's period, by the journals of its databases.
 */
#ifndef MISFITS_H
#define MISFITS_H

#include <stdbool.h>
#include <stddef.h>

#define MISFITS 20

struct misfits {
	char *text[MISFITS]; /* sentences from outside; ours */
	size_t count;
};

struct query;
struct sources;

/* False on an error, with the reason in why. */
bool misfits_read(const struct sources *sources, const struct query *query, struct misfits *m, char *why,
                  size_t why_size);
void misfits_free(struct misfits *m);

#endif
