/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it works: each line is split into words; a table of keywords hands it to a function that fills in a setting or
 * adds a directive. Names of ranges may be used before they are defined, so directives become the policy only in
 * finish.c, after the last line. */
#include "parser.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/suggest.h"
#include "lib/base/link.h"
#include "lib/base/utf8.h"
#include "lib/base/when.h"

static void
read_stranger(struct tokens *cur)
{
	struct config *c = cur->c;
	const char *word = tokens_take(cur, "reject, drop or audit");
	struct directive st = {.kind = ST_STRANGER, .until = INT64_MAX}, *kept;
	struct config_line *line;
	char text[128];

	if (word == NULL)
		return;
	for (st.stranger = 0; st.stranger < STRANGER_COUNT; st.stranger++)
		if (strcmp(word, stranger_name((enum stranger)st.stranger)) == 0)
			break;
	if (st.stranger == STRANGER_COUNT) {
		complain(c, "stranger: \"%s\" is not known, expected reject, drop or audit", word);
		return;
	}
	if (tokens_peek(cur) != NULL && strcmp(tokens_peek(cur)->text, "in") == 0) {
		cur->at++;
		if ((word = tokens_take(cur, "the name of a range")) == NULL)
			return;
		st.range = keep_string(c, word);
	}
	snprintf(text, sizeof text, "stranger %s%s%.40s", stranger_name((enum stranger)st.stranger),
	         st.range != NULL ? " in " : "", st.range != NULL ? st.range : "");
	line = config_new_line(c);
	kept = list_add(c, &c->parser->directives, sizeof *kept);
	if (line == NULL || kept == NULL)
		return;
	line->text = keep_string(c, text);
	st.line = (uint32_t)c->parser->lines.count - 1;
	*kept = st;
}

/* Refuses a file that is already being read, with one error. */
static void
feed_included(void *ctx, const char *file, uint32_t number, const char *text)
{
	struct config *c = ctx;

	for (int i = 0; i < c->parser->depth; i++)
		if (strcmp(c->parser->including[i], file) == 0) {
			if (number == 1)
				complain(c, "include: %s includes itself, expected other files", file);
			return;
		}
	config_feed(c, file, number, text);
}

static void
read_include(struct tokens *cur)
{
	struct config *c = cur->c;
	const char *pattern = tokens_take(cur, "a file name or pattern in quotes"), *why;
	const char *file = c->parser->file;
	uint32_t number = c->parser->number;

	if (pattern == NULL)
		return;
	if (c->parser->depth == INCLUDE_DEPTH) {
		complain(c, "include: files include each other, expected at most %d levels", INCLUDE_DEPTH);
		return;
	}
	c->parser->including[c->parser->depth++] = file;
	why = c->parser->io.read(c->parser->io.arg, file, pattern, true, &(struct config_taker){feed_included, c});
	c->parser->depth--;
	c->parser->file = file;
	c->parser->number = number;
	if (why != NULL)
		complain(c, "include: cannot read %s (%s), expected a readable file", pattern, why);
}

static void
read_lan(struct tokens *cur)
{
	directive_read(cur, ST_LAN);
}
static void
read_range(struct tokens *cur)
{
	directive_read(cur, ST_RANGE);
}
static void
read_allow(struct tokens *cur)
{
	const struct word *w = tokens_peek(cur);
	bool local = w != NULL && !w->quoted && strcmp(w->text, "local") == 0;

	directive_read(cur, local ? ST_LOCAL : ST_ALLOW);
}
static void
read_block(struct tokens *cur)
{
	directive_read(cur, ST_BLOCK);
}
static void
read_deny_to(struct tokens *cur)
{
	directive_read(cur, ST_DENY_TO);
}

static const struct {
	const char *name;
	void (*read)(struct tokens *cur);
} keywords[] = {
        {"allow", read_allow},
        {"backend", set_backend},
        {"block", read_block},
        {"blocklist", set_blocklist},
        {"companions", set_companions},
        {"control", set_path},
        {"database", set_path},
        {"deny-to", read_deny_to},
        {"geo", set_geo},
        {"include", read_include},
        {"interface", set_interface},
        {"judge", set_judge},
        {"keep", set_keep},
        {"lan", read_lan},
        {"local", set_local},
        {"mark", set_mark},
        {"names", set_names},
        {"outside", set_interface},
        {"pace", set_pace},
        {"port", set_ports},
        {"queue", set_queue},
        {"range", read_range},
        {"stranger", read_stranger},
        {"user", set_user},
        {"watch", set_ports},
};
#define KEYWORDS (sizeof keywords / sizeof *keywords)

/* Bytes that are no UTF-8 are taken as they are: comments may have another encoding. */
static bool
has_control(struct config *c, const char *line)
{
	uint32_t character;
	size_t n;

	for (const char *p = line; *p != '\0'; p += n > 0 ? n : 1)
		if ((n = utf8_next(p, &character)) > 0 && utf8_controls(character) && character != '\t') {
			complain(c, "a control character (0x%02" PRIx32 ") in the line, expected text", character);
			return true;
		}
	return false;
}

static void
complain_keyword(struct config *c, const char *keyword)
{
	struct suggestion like = {.typed = keyword};
	char names[16 * KEYWORDS];
	size_t used = 0;

	for (size_t i = 0; i < KEYWORDS; i++)
		suggest(&like, keywords[i].name);
	if (like.best != NULL) {
		complain(c,
		         strcmp(like.best, keyword) == 0 ? "\"%s\" is not known, expected %s without quotes"
		                                         : "\"%s\" is not known, did you mean %s?",
		         keyword, like.best);
		return;
	}
	for (size_t i = 0; i < KEYWORDS; i++)
		used += (size_t)snprintf(names + used, sizeof names - used, "%s%s",
		                         i == 0              ? ""
		                         : i + 1 == KEYWORDS ? " or "
		                                             : ", ",
		                         keywords[i].name);
	complain(c, "\"%s\" is not known, expected %s", keyword, names);
}

void
config_feed(struct config *c, const char *file, uint32_t number, const char *text)
{
	struct config_parser *parser = c->parser;
	char line[LINE_MAX_BYTES + 2];
	struct words words;
	struct tokens cur = {.c = c, .words = &words, .at = 1};
	const char *wrong;
	size_t errors = parser->errors;

	if (parser->file == NULL || strcmp(parser->file, file) != 0)
		parser->file = keep_string(c, file);
	parser->number = number;
	if (strlen(text) > LINE_MAX_BYTES) {
		complain(c, "the line is too long, expected %d bytes at most", LINE_MAX_BYTES);
		return;
	}
	snprintf(line, sizeof line, "%s", text);
	line[strcspn(line, "\r\n")] = '\0';
	if (has_control(c, line))
		return;
	if ((wrong = words_split(line, &words)) != NULL) {
		complain(c, "%s", wrong);
		return;
	}
	if (words.count == 0)
		return;
	cur.keyword = words.word[0].text;
	for (size_t i = 0; i < KEYWORDS; i++)
		if (!words.word[0].quoted && strcmp(cur.keyword, keywords[i].name) == 0) {
			keywords[i].read(&cur);
			if (errors == parser->errors && tokens_peek(&cur) != NULL)
				complain(c, "%s: unexpected word \"%s\", expected the end of the line", cur.keyword,
				         tokens_peek(&cur)->text);
			return;
		}
	complain_keyword(c, cur.keyword);
}

struct config *
config_new(const struct config_io *io)
{
	struct config *c = calloc(1, sizeof *c);

	if (c == NULL || (c->parser = calloc(1, sizeof *c->parser)) == NULL) {
		free(c);
		return NULL;
	}
	c->parser->io = *io;
	c->port = (struct config_ports){{25}, 1};
	c->watch = (struct config_ports){{465, 587, 2525}, 3};
	c->queue = 25;
	c->workers = 1;
	c->user = "nfqd";
	c->database = CONFIG_DATABASE;
	c->control = "/run/nfqd/control.sock";
	c->mark = c->mark_mask = 0x20000000;
	c->pace = (struct config_pace){.rate = 200, .burst = 1000, .unit = 's'};
	c->judge = judge_defaults;
	c->keep = 90 * DAY;
	c->max_size = UINT64_C(1) << 30;
	c->companions = c->names = true;
	add_blocklists(c);
	return c;
}

void
config_free(struct config *c)
{
	if (c == NULL)
		return;
	free(c->policy);
	free_strings(c);
	free(c->parser->directives.items);
	free(c->parser->subjects.items);
	free(c->parser->to.items);
	free(c->parser->lines.items);
	free(c->parser->set.items);
	free(c->parser);
	free(c);
}

uint16_t
config_queue(const struct config *c, bool listed, unsigned gate)
{
	return (uint16_t)(c->queue + (listed ? 0U : c->workers) + gate);
}

bool
config_enforces(const struct config *c, uint16_t port)
{
	for (size_t i = 0; i < c->port.count; i++)
		if (c->port.port[i] == port)
			return true;
	return false;
}

bool
config_has_link(const char *const *names, size_t count, const char *link)
{
	for (size_t i = 0; i < count; i++)
		if (link_fits(names[i], link))
			return true;
	return false;
}

const char *
config_range(const struct config *c, const struct addr *a)
{
	uint32_t line = policy_range(c->policy, a);

	return line == POLICY_NONE ? NULL : c->lines[line].range;
}
