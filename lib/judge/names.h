/* SPDX-License-Identifier: GPL-3.0-or-later */
/* judge_names: what a contact counts as. Private to lib/judge.
 *
 * A destination that the host found by the MX of a domain counts as that domain, one that it found by another name as
 * that name, and any other as its network. A name or domain with more than about 63 networks of port 25 in a day counts
 * as these: nobody hides a list of servers behind a name of his own. Contacts by name walk apart from all others, so
 * that neither hides the other. */
#ifndef JUDGE_NAMES_H
#define JUDGE_NAMES_H

#include <stdbool.h>
#include <stdint.h>

struct addr;
struct judge_host;
struct judge_network;
struct judge_row;

/* The low bits of judge_network.id. */
enum judge_kind_of { JUDGE_OF_NONE, JUDGE_OF_NETWORK, JUDGE_OF_NAME, JUDGE_OF_DOMAIN };
#define JUDGE_KIND_BITS 3U
#define JUDGE_NAMED (1U << JUDGE_OF_NAME)
#define JUDGE_OPEN (1U << JUDGE_OF_NETWORK | 1U << JUDGE_OF_DOMAIN)
#define JUDGE_ANY (JUDGE_NAMED | JUDGE_OPEN)

/* The walk of contacts by name, of a wide host; and how many there were. */
struct judge_named {
	float score;
	uint32_t crossed_at, renewed, contacts, fresh;
	uint8_t crossed; /* enum judge_crossing */
	uint8_t unused[3];
};

static inline enum judge_kind_of
judge_kind_of(uint64_t id)
{
	return (enum judge_kind_of)(id & JUDGE_KIND_BITS);
}

/* The id is of one of these kinds: a mask as above. */
static inline bool
judge_is_among(uint64_t id, unsigned kinds)
{
	return (kinds >> judge_kind_of(id) & 1) != 0;
}

/* The id of what the row's destination counts as. */
uint64_t judge_name_id(struct judge_host *h, const struct judge_row *row, uint32_t at);
/* Before the row is added to the entry: notes the network of a name or domain, and fail-over within a domain. `is_new`:
 * the entry is. */
void judge_name_row(struct judge_network *n, const struct judge_row *row, uint32_t first, bool is_new);
/* After the row was added: its address is new to the host. Of a network, it notes the direction from the one before. */
void judge_name_address(struct judge_network *n, const struct addr *destination);
/* New addresses of a network whose last byte is higher than that of the one before, and lower. */
struct judge_moves {
	uint32_t up, down;
};
struct judge_moves judge_moves_of(const struct judge_network *n);
/* It has had too many networks in a day to be believed. */
bool judge_is_spread(const struct judge_network *n);
/* Attempts that went on to another address of the domain within JUDGE_STEP_MOST of the one before. */
uint32_t judge_failed_over(const struct judge_network *n);

#endif
