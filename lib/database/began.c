/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "began.h"

/* Rows from before the first version are those of a clock that was not set, or of a capture that was read. */
#define FIRST "1793491200" /* 2026-11-01, in seconds */
#define OLDEST(unknown)                                                                                                \
	"coalesce((SELECT min(minute) * 60000000 FROM attempt WHERE minute >= " FIRST " / 60), " unknown "),"          \
	" coalesce((SELECT min(hour) * 3600000000 FROM hour WHERE hour >= " FIRST " / 3600), " unknown ")"
/* A journal that tells of deleted hours begins before the oldest row. */
#define OLDEST_LINE                                                                                                    \
	"(SELECT min(at) FROM journal WHERE at >= " FIRST " * 1000000"                                                 \
	" AND NOT EXISTS (SELECT 1 FROM journal WHERE what = 'prune'))"

const char began_put_sql[] = "INSERT INTO meta (key, value) SELECT 'began',"
                             " min(?1, coalesce(" OLDEST_LINE ", ?1), " OLDEST("?1") ")"
                             " WHERE NOT EXISTS (SELECT 1 FROM meta WHERE key = 'began')";
const char began_get_sql[] = "SELECT max(min(value, " OLDEST("value") "),"
                             " coalesce((SELECT value FROM meta WHERE key = 'deleted'), value))"
                             " FROM meta WHERE key = 'began'";
const char began_deleted_sql[] = "INSERT INTO meta (key, value) VALUES ('deleted', ?1)"
                                 " ON CONFLICT (key) DO UPDATE SET value = max(value, excluded.value)";
