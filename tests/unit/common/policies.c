/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policies.h"
#include "lib/config/feed.h"

#include <stdlib.h>
#include <string.h>

static char complained[65536];

static void
feed_each(struct config *c, const char *file, const char *lines,
          void (*line)(void *ctx, const char *file, uint32_t number, const char *text), void *ctx)
{
	uint32_t number = 0;

	(void)c;
	while (*lines != '\0') {
		size_t n = strcspn(lines, "\n");
		char *copy = strndup(lines, n);

		line(ctx, file, ++number, copy);
		free(copy);
		lines += n + (lines[n] == '\n');
	}
}

static const char *
read_file(void *arg, const char *from, const char *pattern, bool glob,
          void (*line)(void *ctx, const char *file, uint32_t number, const char *text), void *ctx)
{
	(void)arg;
	(void)from;
	(void)glob;
	if (strcmp(pattern, "drop.txt") == 0)
		feed_each(NULL, pattern, "; two prefixes\n198.51.100.0/24 ; SBL1\n\n203.0.113/24\t# SBL2\n", line, ctx);
	else if (strcmp(pattern, "loop.conf") == 0)
		feed_each(NULL, pattern, "include \"loop.conf\"\n", line, ctx);
	else
		return "no such file";
	return NULL;
}

static bool
find_user(void *arg, const char *name, uint32_t *out)
{
	(void)arg;
	*out = 101;
	return strcmp(name, "postfix") == 0;
}

static void
complain(void *arg, const char *text)
{
	(void)arg;
	strncat(complained, text, sizeof complained - strlen(complained) - 2);
	strcat(complained, "\n");
}

static void
feed_line(void *ctx, const char *file, uint32_t number, const char *text)
{
	config_feed(ctx, file, number, text);
}

struct config *
config_of(const char *lines, const char **complaints)
{
	static const struct config_io io = {.read = read_file, .user = find_user, .complain = complain};
	struct config *c = config_new(&io);

	complained[0] = '\0';
	if (complaints != NULL)
		*complaints = complained;
	if (c == NULL)
		return NULL;
	feed_each(c, "test", lines, feed_line, c);
	if (config_finish(c, "test") > 0) {
		config_free(c);
		return NULL;
	}
	return c;
}
