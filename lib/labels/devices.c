/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "devices.h"

#include <stdlib.h>
#include <string.h>

#include "lib/store/follow.h"

static const char macs_sql[] = "SELECT host, mac, first FROM device WHERE host >= ?1 ORDER BY host";
/* Answered from the index alone, without `first`: includes devices after `end`. */
static const char all_sql[] = "SELECT host FROM device WHERE mac = ?1 AND host >= ?3 ORDER BY host LIMIT 1";
static const char hosts_sql[] = "SELECT host FROM device WHERE mac = ?1 AND host >= ?3 AND first < ?2"
                                " ORDER BY host LIMIT 1";

struct judging_devices {
	struct follow macs;
	struct statement *all, *hosts;
	/* The latest look-up: a router's address is looked up for many hosts in turn. */
	bool known, is_device;
	uint8_t mac[6];
	int64_t end;
};

struct judging_devices *
judging_devices_new(struct store *store)
{
	struct judging_devices *d = calloc(1, sizeof *d);

	if (d != NULL && ((d->macs.st = store_prepare(store, macs_sql)) == NULL ||
	                  (d->all = store_prepare(store, all_sql)) == NULL ||
	                  (d->hosts = store_prepare(store, hosts_sql)) == NULL)) {
		free(d);
		return NULL;
	}
	return d;
}

void
judging_devices_free(struct judging_devices *d)
{
	free(d);
}

void
judging_devices_end(struct judging_devices *d)
{
	follow_end(&d->macs);
	d->known = false;
}

/* 1: the hosts of the statement are few enough for one device; 0: too many; -1: the store failed. A device may have
 * any number of addresses in a /64: the rest of it is skipped. */
static int
are_few(struct statement *hosts)
{
	uint8_t next[ADDR_AFTER];
	size_t v4 = 0, v6 = 0, size = 0;
	int step;

	for (;;) {
		struct addr a;

		bind_blob(hosts, 3, next, size);
		if ((step = store_step(hosts)) != 1)
			return step == 0 ? 1 : -1;
		a = column_addr(hosts, 0);
		store_reset(hosts);
		v4 += a.family == 4;
		v6 += a.family == 6 && !addr_link_local(&a);
		if (v4 > 1 || v6 > 2 || a.family == 0) /* 0: a damaged row */
			return 0;
		if (a.family == 6)
			memset(a.bytes + 8, 0xff, 8);
		size = addr_after(&a, next);
	}
}

/* *yes: the MAC address is that of one device, not of a router. False: the store failed. */
static bool
is_device(struct judging_devices *d, const uint8_t mac[6], int64_t end, bool *yes)
{
	int few;

	if (!d->known || d->end != end || memcmp(d->mac, mac, sizeof d->mac) != 0) {
		bind_blob(d->all, 1, mac, sizeof d->mac);
		if ((few = are_few(d->all)) == 0) {
			bind_blob(d->hosts, 1, mac, sizeof d->mac);
			bind_int(d->hosts, 2, end);
			few = are_few(d->hosts);
		}
		d->known = few >= 0;
		d->is_device = few > 0;
		d->end = end;
		memcpy(d->mac, mac, sizeof d->mac);
	}
	*yes = d->is_device;
	return d->known;
}

bool
judging_devices_key(struct judging_devices *d, const struct addr *host, int64_t end, struct judge_key *key)
{
	uint8_t mac[6];
	size_t macs = 0;
	bool yes = false;
	int step;

	*key = judge_key_address(host);
	for (step = follow_to(&d->macs, host); step == 1 && macs < 2; step = follow_next(&d->macs, host))
		if (column_int(d->macs.st, 2) < end)
			macs += column_blob(d->macs.st, 1, mac, sizeof mac) == sizeof mac ? 1 : 2;
	if (step < 0 || (macs == 1 && !is_device(d, mac, end, &yes)))
		return false;
	if (yes)
		*key = judge_key_mac(mac);
	return true;
}
