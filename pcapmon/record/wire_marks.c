/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "wire_marks.h"

/* SQLite's integers are signed; hashes keep their bits. */
bool
wire_marks_prepare(struct wire_marks *m, struct store *s)
{
	const struct statement_text all[] = {
	        {&m->get, "SELECT packets, digest, scope FROM capture WHERE opening = ?1"},
	        {&m->set,
	         "INSERT INTO capture (opening, packets, digest, scope) VALUES (?1, ?2, ?3, ?4) ON CONFLICT"
	         " DO UPDATE SET packets = excluded.packets, digest = excluded.digest, scope = excluded.scope"}};

	return store_prepare_all(s, all, sizeof all / sizeof *all);
}

int
wire_marks_find(struct wire_marks *m, uint64_t opening, struct wire_mark *out)
{
	int found;

	bind_int(m->get, 1, (int64_t)opening);
	found = store_step(m->get);
	if (found != 1)
		return found;
	*out = (struct wire_mark){.opening = opening,
	                          .packets = (uint64_t)column_int(m->get, 0),
	                          .digest = (uint64_t)column_int(m->get, 1),
	                          .scope = (uint64_t)column_int(m->get, 2)};
	store_reset(m->get);
	return 1;
}

bool
wire_marks_put(struct wire_marks *m)
{
	if (m->mark.packets == 0)
		return true;
	bind_int(m->set, 1, (int64_t)m->mark.opening);
	bind_int(m->set, 2, (int64_t)m->mark.packets);
	bind_int(m->set, 3, (int64_t)m->mark.digest);
	bind_int(m->set, 4, (int64_t)m->mark.scope);
	return store_step(m->set) == 0;
}
