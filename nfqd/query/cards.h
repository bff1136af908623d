/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cards: the two cards (MAC addresses) that an address was seen on last, and the change between them. */
#ifndef CARDS_H
#define CARDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct card {
	uint8_t mac[6];
	int64_t first, last; /* microseconds */
};

/* By `first`. All zero: none was seen. */
struct cards {
	struct card seen[2];
	size_t count;
};

/* A card that an address was seen on; in any order, and again from another database. */
void cards_saw(struct cards *c, const struct card *card);
/* The cards before and after the latest change, if that was not before `since`: once, however often the address has
 * moved to and fro between them. It was at after->first; if before->last is above after->last, the address has gone
 * back. */
bool cards_changed(const struct cards *c, int64_t since, const struct card **before, const struct card **after);

#endif
