/* SPDX-License-Identifier: GPL-3.0-or-later */
/* companion_columns: a row of the table `companion` (schema/wire-5.sql, wire-8.sql) -> a companion. */
#ifndef COMPANION_COLUMNS_H
#define COMPANION_COLUMNS_H

#include "lib/companion/companion.h"
#include "lib/store/store.h"

/* The counts in the order of enum companion_count, then estimates and lists. */
#define COMPANION_COLUMNS                                                                                                \
	"mx, addresses, answers, nxdomain, blocklist_lookups, boxes, boxes_short, smtp_sessions, smtp_tls, smtp_hellos," \
	" smtp_senders, smtp_recipients, smtp_replies, smtp_temporary, smtp_permanent, smtp_listed, smtp_refused,"       \
	" smtp_submission, served, names, hellos, domains, clients, lists"
#define COMPANION_COLUMN_COUNT (COMPANION_COUNT + 5)

/* The row at which the statement stands, whose first columns are COMPANION_COLUMNS. What is damaged is left out. */
struct companion companion_column(struct statement *st);

#endif
