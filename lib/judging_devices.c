/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "judging_devices.h"

#include <stdlib.h>
#include <string.h>

static const char macs_sql[] = "SELECT mac FROM device WHERE host = ?1 AND first < ?2 LIMIT 2";
static const char hosts_sql[] = "SELECT host FROM device WHERE mac = ?1 AND first < ?2";

struct judging_devices {
	struct statement *macs, *hosts;
};

struct judging_devices *
judging_devices_new(struct store *store)
{
	struct judging_devices *d = calloc(1, sizeof *d);

	if (d != NULL && ((d->macs = store_prepare(store, macs_sql)) == NULL ||
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

/* Whether the hardware address is that of one device. A router speaks for many. */
static bool
is_device(struct judging_devices *d, const uint8_t mac[6], int64_t end, bool *good)
{
	uint8_t net[2][8];
	size_t v4 = 0, v6 = 0;
	int step;

	bind_blob(d->hosts, 1, mac, 6);
	bind_int(d->hosts, 2, end);
	while ((step = store_step(d->hosts)) == 1) {
		struct addr a = column_addr(d->hosts, 0);

		if (a.family == 4)
			v4++;
		else if (!(v6 > 0 && memcmp(net[0], a.bytes, 8) == 0) && !(v6 > 1 && memcmp(net[1], a.bytes, 8) == 0)) {
			if (v6 < 2)
				memcpy(net[v6], a.bytes, 8);
			v6++;
		}
		if (v4 > 1 || v6 > 2) {
			store_reset(d->hosts);
			return false;
		}
	}
	*good = step == 0;
	return true;
}

bool
judging_devices_key(struct judging_devices *d, const struct addr *host, int64_t end, struct judge_key *key)
{
	uint8_t mac[6];
	size_t macs = 0;
	bool good = true;
	int step;

	*key = judge_key_address(host);
	bind_addr(d->macs, 1, host);
	bind_int(d->macs, 2, end);
	while ((step = store_step(d->macs)) == 1)
		macs += column_blob(d->macs, 0, mac, sizeof mac) == sizeof mac ? 1 : 2;
	if (step != 0)
		return false;
	if (macs == 1 && is_device(d, mac, end, &good))
		*key = judge_key_mac(mac);
	return good;
}
