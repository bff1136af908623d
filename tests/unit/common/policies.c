/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policies.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/when.h"
#include "lib/config/feed.h"

#define BLANKS "                                                                "
#define WIDE "198.51.100.0/24" BLANKS BLANKS BLANKS BLANKS

static char complained[65536];

static void
feed_each(const char *file, const char *lines, const struct config_taker *to)
{
	uint32_t number = 0;

	while (*lines != '\0') {
		size_t n = strcspn(lines, "\n");
		char *copy = strndup(lines, n);

		to->line(to->ctx, file, ++number, copy);
		free(copy);
		lines += n + (lines[n] == '\n');
	}
}

static const char *
read_file(void *arg, const char *from, const char *pattern, bool glob, const struct config_taker *to)
{
	(void)arg;
	(void)from;
	(void)glob;
	if (strcmp(pattern, "drop.txt") == 0)
		feed_each(pattern, "; two prefixes\n198.51.100.0/24 ; SBL1\n\n203.0.113/24\t# SBL2\n", to);
	else if (strcmp(pattern, "wide.txt") == 0) /* a line as wide as the parser may cut it, and more */
		feed_each(pattern, WIDE "\n" WIDE "0.0/16\n", to);
	else if (strcmp(pattern, "loop.conf") == 0)
		feed_each(pattern, "include \"loop.conf\"\n", to);
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
	feed_each("test", lines, &(struct config_taker){feed_line, c});
	if (config_finish(c, "test") > 0) {
		config_free(c);
		return NULL;
	}
	return c;
}

void
policies_expect(const struct config *c, const struct policies_asked *o, const char *want)
{
	struct addr s, d;
	struct decision got;
	char text[100];
	int64_t now = 0;

	assert_true(addr_parse(o->src, &s) && addr_parse(o->dst, &d) && when_parse(o->time, &now));
	got = policy_decide(c->policy, &s, &d, o->card, now);
	snprintf(text, sizeof text, "%s %s %u", verdict_name((enum verdict)got.verdict),
	         reason_name((enum reason)got.reason), got.line == POLICY_NONE ? 0 : c->lines[got.line].number);
	if (strcmp(text, want) != 0)
		fail_msg("%s -> %s at %s: expected \"%s\", got \"%s\"", o->src, o->dst, o->time, want, text);
}
