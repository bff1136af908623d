/* SPDX-License-Identifier: GPL-3.0-or-later */
/* companion: a row of the table `companion` (schema/wire-5.sql, wire-8.sql), written and read. */
#ifndef DATABASE_COMPANION_H
#define DATABASE_COMPANION_H

#include "lib/companion/companion.h"
#include "lib/store/store.h"

/* The counts in the order of enum companion_count, then estimates and lists. */
#define COMPANION_COLUMNS                                                                                              \
	"mx, addresses, answers, nxdomain, blocklist_lookups, boxes, boxes_short, smtp_sessions, smtp_tls,"            \
	" smtp_hellos, smtp_senders, smtp_recipients, smtp_replies, smtp_temporary, smtp_permanent, smtp_listed,"      \
	" smtp_refused, smtp_submission, served, names, hellos, domains, clients, lists"
#define COMPANION_VALUES "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?"
#define COMPANION_COLUMN_COUNT (COMPANION_COUNT + 5)

/* Reads the statement's current row, whose first columns are COMPANION_COLUMNS. Damaged values are skipped. */
struct companion companion_column(struct statement *st);
/* Binds the first COMPANION_COLUMN_COUNT values of the statement, which are COMPANION_VALUES. */
void companion_bind(struct statement *st, const struct companion *c);

#endif
