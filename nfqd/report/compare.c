/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "compare.h"

#include <string.h>

struct ports {
	uint8_t bit[65536 / 8];
};

static void
add(struct ports *p, uint16_t port)
{
	p->bit[port / 8] |= (uint8_t)(1 << port % 8);
}

static bool
has(const struct ports *p, uint16_t port)
{
	return (p->bit[port / 8] >> port % 8 & 1) != 0;
}

static bool
find_ports(const struct report *r, struct ports *ports)
{
	bool gate = false, wire = false;

	memset(ports, 0, sizeof *ports);
	for (size_t n = 0; n < r->host_count; n++)
		for (size_t k = 0; k < r->hosts[n].part_count; k++) {
			const struct part *p = &r->hosts[n].parts[k];

			gate |= p->side == SIDE_GATE;
			wire |= p->side == SIDE_WIRE;
			if (p->side == SIDE_GATE || p->leaked > 0)
				add(ports, p->port);
		}
	return gate && wire;
}

static uint64_t
less(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

/* A port of the host: the gate's attempts may stand in several parts, pcapmon's stand in one. Of SYNs that were only
 * counted nobody knows which are attempts: where there are any, SYNs are compared with SYNs. Their port is 0 if several
 * are enforced. */
static uint64_t
unjudged(const struct host *h, const struct part *wire)
{
	uint64_t attempts = 0, syns = 0, counted = 0, missing, unseen;

	for (size_t k = 0; k < h->part_count; k++) {
		const struct part *p = &h->parts[k];

		if (p->side != SIDE_GATE || (p->port != wire->port && p->port != 0))
			continue;
		counted += p->syns;
		if (p->port == wire->port) {
			attempts += p->attempts;
			syns += p->attempts + p->retransmits;
		}
	}
	missing = less(wire->attempts, attempts);
	unseen = less(wire->attempts + wire->retransmits, syns + counted);
	return counted > 0 && unseen < missing ? unseen : missing;
}

void
compare_sides(struct report *r)
{
	struct ports ports;

	r->compared = find_ports(r, &ports);
	for (size_t n = 0; r->compared && n < r->host_count; n++) {
		struct host *h = &r->hosts[n];

		h->unjudged = 0;
		for (size_t k = 0; k < h->part_count; k++)
			if (h->parts[k].side == SIDE_WIRE && has(&ports, h->parts[k].port))
				h->unjudged += unjudged(h, &h->parts[k]);
		r->unjudged += h->unjudged;
	}
}
