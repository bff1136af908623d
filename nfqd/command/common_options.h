/* SPDX-License-Identifier: GPL-3.0-or-later */
/* common_options: what the options share of `report`, `host` and `plan`. */
#ifndef COMMON_OPTIONS_H
#define COMMON_OPTIONS_H

#include <stdint.h>

#include "lib/base/options.h"
#include "nfqd/query/sources.h"

#define OPTION_DATABASES(Type, paths)                                                                                      \
	{                                                                                                                  \
		OPTION("db", 0, Type, paths, "DIR|FILE",                                                                   \
		       "read DIR/gate.db and DIR/wire.db, or FILE (default: the configuration's, or else " CONFIG_DATABASE \
		       ")")                                                                                                \
	}
#define OPTION_PERIOD(Type, since, until)                                                                              \
	{OPTION("since", 0, Type, since, "TIME",                                                                       \
	        "begin: 24h ago (the default), 7d, yesterday, 20:00, 2026-11-29, an RFC 3339 time, @SECONDS or all")}, \
	{                                                                                                              \
		OPTION("until", 0, Type, until, "TIME", "end, in the same form; a day is included (default: now)"),    \
		        .end = true                                                                                    \
	}
/* Exits with status 2 if the period is empty, or has not begun. */
void options_period(struct command_line *line, int64_t since, int64_t until);
#define OPTION_TOP(Type, top, Help)                                                                                    \
	{                                                                                                              \
		OPTION("top", 0, Type, top, "N", Help), .high = SIZE_MAX                                               \
	}
#define OPTION_LOCAL(Type, local)                                                                                      \
	{                                                                                                              \
		OPTION("local", 0, Type, local, NULL, "take and print times by the local clock instead of UTC"),       \
		        .local = true                                                                                  \
	}

#endif
