/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "syn.h"

#define ZMAP_ID 54321
#define ZMAP_WINDOW 65535
#define MASSCAN_WINDOW 1024
#define NMAP_WINDOW 4096 /* or a half, a quarter, three quarters */
#define NMAP_MSS 1460
#define OPTION_MSS 2

/* Systems begin with 64, 128 or 255, and few routers stand between a host and its gateway; nmap takes 37 to 59. */
#define NEAR_HOPS 4

static bool
is_system_ttl(uint8_t ttl)
{
	return ttl > 255 - NEAR_HOPS || (ttl <= 128 && ttl > 128 - NEAR_HOPS) || (ttl <= 64 && ttl > 64 - NEAR_HOPS);
}

enum syn_sender
syn_sender(const struct syn *s)
{
	bool bare = s->option_count == 0, only_mss = s->option_count == 1 && s->options[0] == OPTION_MSS;

	if (s->family == 4 && s->id == ZMAP_ID && s->window == ZMAP_WINDOW)
		return SYN_ZMAP;
	if (only_mss && s->mss == NMAP_MSS && s->window > 0 && s->window <= NMAP_WINDOW && s->window % 1024 == 0 &&
	    !is_system_ttl(s->ttl))
		return SYN_NMAP;
	/* A window of less than one segment: no system begins so. */
	if ((bare || only_mss) && s->window == MASSCAN_WINDOW)
		return SYN_MASSCAN;
	return SYN_SYSTEM;
}
