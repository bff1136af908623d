/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "began.h"

#define OLDEST(unknown)                                                                                                \
	"coalesce((SELECT min(minute) * 60000000 FROM attempt), " unknown "),"                                         \
	" coalesce((SELECT min(hour) * 3600000000 FROM hour), " unknown ")"

const char began_put_sql[] = "INSERT INTO meta (key, value) SELECT 'began',"
                             " min(?1, coalesce((SELECT min(at) FROM journal), ?1), " OLDEST("?1") ")"
                             " WHERE NOT EXISTS (SELECT 1 FROM meta WHERE key = 'began')";
const char began_get_sql[] = "SELECT min(value, " OLDEST("value") ") FROM meta WHERE key = 'began'";
