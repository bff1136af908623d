/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "delivery.h"

#include "state.h"

#define HASTY 8 /* contacts of a domain that show haste */
#define RARE 6  /* one step in so many contacts may be chance */

static bool
is_rare(uint32_t steps, uint32_t contacts)
{
	return steps * RARE < contacts;
}

struct judge_delivery
judge_delivery_of(const struct judge_host *h, uint32_t now, uint32_t last)
{
	struct judge_delivery d = {0};
	size_t count;
	const struct judge_network *list = judge_networks(h, &count);

	for (size_t i = 0; i < count; i++) {
		const struct judge_network *n = &list[i];
		uint32_t steps = judge_failed_over(n);

		if (judge_kind_of(n->id) != JUDGE_OF_DOMAIN || !judge_network_lives(n, last) || judge_is_spread(n))
			continue;
		d.domains++;
		d.contacts += n->contacts;
		d.steps += steps;
		d.stepping += steps > 0 && steps * 3 >= n->contacts;
		/* `spaced` stops at its largest value: then the number of the other contacts is not known. */
		if (n->contacts >= HASTY && n->spaced < UINT8_MAX && is_rare(steps, n->contacts))
			d.soon += n->contacts - n->spaced;
		if (now > n->first && now - n->first >= JUDGE_AGED) {
			d.aged++;
			d.back += n->prompt;
		}
	}
	return d;
}

bool
judge_delivers(const struct judge_delivery *d)
{
	return d->aged > 0 && d->back * 4 >= d->aged * 3 &&
	       (d->stepping >= 2 || (d->steps >= 4 && d->steps * 3 >= d->contacts));
}

bool
judge_never_steps(const struct judge_delivery *d)
{
	return d->domains >= DELIVERY_DOMAINS && d->contacts >= DELIVERY_CONTACTS && is_rare(d->steps, d->contacts);
}

bool
judge_hurries(const struct judge_delivery *d)
{
	bool soon = d->soon * 2 > d->contacts, many = d->aged >= DELIVERY_MANY;

	return (soon || many) && d->contacts >= DELIVERY_CONTACTS && is_rare(d->steps, d->contacts);
}

bool
judge_leaves(const struct judge_delivery *d)
{
	return d->aged >= DELIVERY_DOMAINS && d->back * 2 < d->aged && is_rare(d->steps, d->contacts);
}
