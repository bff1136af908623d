/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scanners of the workload (docs/judge-figures.md). */
#include "kinds.h"

void
live_scanner(struct world *w)
{
	double at = uniform(&w->r, 0, 1), t = uniform(&w->r, 0, w->end / 2), rate, limit;
	uint32_t blocks = UINT32_C(1) << 2 * below(&w->r, 3), place = below(&w->r, 1U << 20);

	if (at >= .4 && at < .6) { /* zmap, masscan: anywhere */
		rate = logarithmic(&w->r, 50, 1000);
		for (limit = t + 5 * MINUTE; t < limit && t < w->end; t += SECOND / rate) {
			uint64_t x = bits(&w->r);
			uint8_t b[4] = {(uint8_t)x, (uint8_t)(x >> 8), (uint8_t)(x >> 16), (uint8_t)(x >> 24)};
			struct addr to = addr_v4(b);

			life_try(w->l, &(struct tried){(int64_t)t, to, 25, 0, true, 0});
		}
		return;
	}
	rate = at < .4    ? logarithmic(&w->r, 100, 1000)
	       : at < .85 ? logarithmic(&w->r, 5, 100)
	                  : logarithmic(&w->r, 1.0 / 60, 1);
	for (uint32_t n = 0; n < blocks * 254 && t < w->end; n++, t += SECOND / rate) {
		uint32_t block = place + n / 254;
		uint8_t b[4] = {(uint8_t)(11 + block % 100), (uint8_t)(block >> 12), (uint8_t)(block >> 4),
		                (uint8_t)(1 + n % 254)};
		struct addr to = addr_v4(b);

		life_try(w->l, &(struct tried){(int64_t)t, to, 25, at < .4 ? 0 : resends(w, 0, 2), at < .4, 0});
	}
}
