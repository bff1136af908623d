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

/* A port of the host: the gate's attempts may stand in several parts, pcapmon's stand in one. */
static uint64_t
unjudged(const struct host *h, const struct part *wire)
{
	uint64_t judged = 0;

	for (size_t k = 0; k < h->part_count; k++)
		if (h->parts[k].side == SIDE_GATE && h->parts[k].port == wire->port)
			judged += h->parts[k].attempts;
	return wire->attempts > judged ? wire->attempts - judged : 0;
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
