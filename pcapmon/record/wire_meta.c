/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "wire_meta.h"

#include "lib/database/began.h"

bool
wire_meta_prepare(struct wire_meta *m, struct store *s)
{
	m->get = store_prepare(s, "SELECT value FROM meta WHERE key = ?1");
	m->set = store_prepare(s, "INSERT INTO meta (key, value) VALUES (?1, ?2)"
	                          " ON CONFLICT DO UPDATE SET value = excluded.value");
	return m->get != NULL && m->set != NULL && (m->began = store_prepare(s, began_put_sql)) != NULL;
}

bool
wire_meta_get(struct wire_meta *m, const char *key, int64_t *value)
{
	bind_text(m->get, 1, key);
	if (store_step(m->get) != 1)
		return false;
	*value = column_int(m->get, 0);
	store_reset(m->get);
	return true;
}

int64_t
wire_meta_watched(struct wire_meta *m)
{
	int64_t last;

	return wire_meta_get(m, "watched_until", &last) && last > 0 ? last : 0;
}

bool
wire_meta_put(struct wire_meta *m, const char *key, int64_t value)
{
	bind_text(m->set, 1, key);
	bind_int(m->set, 2, value);
	return store_step(m->set) == 0;
}

bool
wire_meta_put_run(struct wire_meta *m, const struct wire_run *run, int64_t now)
{
	if (run->since > 0) { /* at its end, too, it has begun */
		bind_int(m->began, 1, run->since);
		if (store_step(m->began) != 0)
			return false;
	}
	if (!wire_meta_put(m, "run_alive", now) || !wire_meta_put(m, "run_since", run->since) ||
	    !wire_meta_put(m, "run_packets", (int64_t)run->packets) ||
	    !wire_meta_put(m, "run_drops", (int64_t)run->drops))
		return false;
	bind_text(m->set, 1, "run_interfaces");
	bind_text(m->set, 2, run->interfaces);
	return store_step(m->set) == 0;
}
