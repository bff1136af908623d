/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Many hosts behind one address. */
#include "kinds.h"

void
live_router(struct world *w)
{
	for (int n = 0; n < 5; n++)
		live_roaming(w);
	for (int n = 0; n < 3; n++)
		live_printer(w);
	for (int n = 0; n < 2; n++)
		live_app(w);
}

void
live_router_zombie(struct world *w)
{
	live_slow(w);
	live_router(w);
}

/* --- today */

/* An office of 5 to 20 devices [assumed] behind a router of its own, whose forwarder they share: half of them people's,
 * the rest printers, power supplies, programs. */
void
live_branch(struct world *w)
{
	static void (*const device[])(struct world * w) = {live_mail_client,   live_mail_client, live_two_accounts,
	                                                   live_mfp_office365, live_mfp_direct,  live_ups_ses,
	                                                   live_app_sendgrid,  live_relay_isp};

	for (uint32_t n = 5 + below(&w->r, 16); n > 0; n--)
		device[below(&w->r, 8)](w);
}

void
live_branch_bot(struct world *w)
{
	live_branch(w);
	live_six_an_hour(w);
}
