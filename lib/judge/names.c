/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "names.h"

#include "state.h"

#define PORT_MAIL 25
#define SPREAD 28 /* of 32 bits: about 63 networks, give or take 12 (linear counting) */

static const uint8_t kind_of_naming[NAMINGS] = {JUDGE_OF_NETWORK, JUDGE_OF_NAME, JUDGE_OF_DOMAIN};

bool
judge_is_spread(const struct judge_network *n)
{
	return __builtin_popcount(n->spread) >= SPREAD;
}

static uint32_t
bit_of(const struct judge_row *row)
{
	return UINT32_C(1) << (judge_network_id(&row->destination) >> 59);
}

/* The name has had too many networks this day, and the row's is a further one. In the minute in which they become too
 * many, networks seen before still count as the name: then a row in parts counts as the whole row does. */
static bool
is_beyond(const struct judge_network *n, const struct judge_row *row, uint32_t at)
{
	return n->last / JUDGE_DAY == at / JUDGE_DAY && judge_is_spread(n) &&
	       (at / JUDGE_MINUTE > n->last / JUDGE_MINUTE || (n->spread & bit_of(row)) == 0);
}

/* Smart hosts on submission ports have any number of networks: Office 365 answers with 200 in six hours. */
static bool
is_limited(const struct judge_row *row)
{
	return row->name.kind == NAMING_MX || row->port == PORT_MAIL;
}

/* Hashes are short: their bits are spread, since the sample is by the highest ids. */
static uint64_t
id_of_name(const struct naming *name)
{
	return ((name->hash * UINT64_C(0x9e3779b97f4a7c15)) & ~(uint64_t)JUDGE_KIND_BITS) | kind_of_naming[name->kind];
}

uint64_t
judge_name_id(struct judge_host *h, const struct judge_row *row, uint32_t at)
{
	const struct judge_network *n;
	uint64_t id;

	if (row->name.kind == NAMING_NONE || row->name.kind >= NAMINGS)
		return judge_network_id(&row->destination);
	id = id_of_name(&row->name);
	if (is_limited(row) && (n = judge_network_find(h, id, at)) != NULL && is_beyond(n, row, at))
		return judge_network_id(&row->destination);
	return id;
}

/* `more` of a domain: 12 bits of a hash of the latest address, 8 of the latest step in seconds, and above them the
 * number of steps like the one before. */
#define TIMES 20
#define MOST ((1U << (32 - TIMES)) - 1)

static void
note_address(struct judge_network *n, const struct judge_row *row, uint32_t first, bool is_new)
{
	uint32_t address = (uint32_t)(judge_hash(&row->destination, addr_size(&row->destination)) >> 52);
	uint32_t times = n->more >> TIMES, step = n->more >> 12 & 0xff, now = step;
	uint32_t gap = first > n->last ? first - n->last : 0;

	if (!is_new && address != (n->more & 0xfff) && gap <= JUDGE_STEP_MOST) {
		now = 1 + gap / JUDGE_TICKS;
		times += times < MOST && now + 1 >= step && now <= step + 1;
	}
	n->more = times << TIMES | now << 12 | address;
}

void
judge_name_row(struct judge_network *n, const struct judge_row *row, uint32_t first, bool is_new)
{
	if (judge_kind_of(n->id) == JUDGE_OF_NETWORK)
		return;
	if (n->last / JUDGE_DAY != first / JUDGE_DAY) {
		n->more = judge_is_spread(n) ? 0 : n->more;
		n->spread = 0;
	}
	if (is_limited(row))
		n->spread |= bit_of(row);
	if (judge_kind_of(n->id) == JUDGE_OF_DOMAIN)
		note_address(n, row, first, is_new);
}

uint32_t
judge_failed_over(const struct judge_network *n)
{
	return judge_kind_of(n->id) == JUDGE_OF_DOMAIN ? n->more >> TIMES : 0;
}

/* `more` of a network: the last byte of the latest new address, how many went up from there, and how many down. */
#define UP 8
#define DOWN 20
#define MOVES 0xfffU

void
judge_name_address(struct judge_network *n, const struct addr *destination)
{
	uint32_t last = destination->bytes[addr_size(destination) - 1], before = n->more & 0xff;
	struct judge_moves m = judge_moves_of(n);

	if (judge_kind_of(n->id) != JUDGE_OF_NETWORK || m.up == MOVES || m.down == MOVES)
		return;
	m.up += n->more != 0 && last > before;
	m.down += n->more != 0 && last < before;
	n->more = m.down << DOWN | m.up << UP | last;
}

struct judge_moves
judge_moves_of(const struct judge_network *n)
{
	uint32_t known = judge_kind_of(n->id) == JUDGE_OF_NETWORK ? n->more : 0;

	return (struct judge_moves){known >> UP & MOVES, known >> DOWN};
}
