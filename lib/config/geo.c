/* SPDX-License-Identifier: GPL-3.0-or-later */
/* geo "country.mmdb" "asn.mmdb": databases of countries and systems. Not opened here: a missing or damaged file is no
 * configuration error, since only reports read it. */
#include "parser.h"

#include <string.h>

#define PATH_MOST 3000

/* Relative to the directory of the file that names it, like an include. */
static const char *
seen_from(struct config *c, const char *name)
{
	const char *from = c->parser->file, *slash = strrchr(from, '/');
	char path[2 * PATH_MOST + 2];

	if (name[0] == '/' || slash == NULL || slash - from > PATH_MOST)
		return keep_string(c, name);
	snprintf(path, sizeof path, "%.*s/%s", (int)(slash - from), from, name);
	return keep_string(c, path);
}

/* Lines accumulate; a repeated file counts once. */
void
set_geo(struct tokens *cur)
{
	struct config *c = cur->c;
	const char *word, *path;
	size_t i;

	do {
		if ((word = tokens_take(cur, "a file in MaxMind's format, such as \"country.mmdb\"")) == NULL)
			return;
		if (word[0] == '\0' || strlen(word) > PATH_MOST) {
			complain(c, "geo: expected a path of 1 to %d bytes", PATH_MOST);
			return;
		}
		path = seen_from(c, word);
		for (i = 0; i < c->geo_count && strcmp(c->geo[i], path) != 0;)
			i++;
		if (i < c->geo_count)
			continue;
		if (c->geo_count == CONFIG_GEO) {
			complain(c, "geo: too many files, expected %d at most", CONFIG_GEO);
			return;
		}
		c->geo[c->geo_count++] = path;
	} while (tokens_peek(cur) != NULL);
}
