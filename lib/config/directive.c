/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines about addresses: lan, range, allow, block, deny-to. A keyword, subjects, clauses (clauses.c). */
#include "parser.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/addr_wrong.h"

bool
read_prefix(struct config *c, const char *keyword, const char *text, struct prefix *out)
{
	char fixed[PREFIX_TEXT], wrong[ADDR_WRONG];

	switch (prefix_parse(text, out)) {
	case PREFIX_OK:
		return true;
	case PREFIX_HOST_BITS:
		complain(c, "%s: %s has host bits set, expected %s", keyword, text, prefix_print(out, fixed));
		return false;
	case PREFIX_SYNTAX:
		break;
	}
	complain(c, "%s: \"%s\" %s", keyword, text, prefix_wrong(text, wrong));
	return false;
}

struct config_line *
config_new_line(struct config *c)
{
	struct config_line *line = list_add(c, &c->parser->lines, sizeof *line);

	if (line != NULL) {
		line->file = c->parser->file;
		line->number = c->parser->number;
		line->text = "";
	}
	return line;
}

/* Makes the directive of one line in a file of prefixes. */
struct file_reader {
	struct config *c;
	const char *keyword;
	const char *clauses; /* canonical text of the clauses of the line that names the file */
	struct directive like;
};

static void
read_file_line(void *ctx, const char *file, uint32_t number, const char *text)
{
	struct file_reader *r = ctx;
	struct config *c = r->c;
	char word[256], canonical[PREFIX_TEXT];
	const char *outer = c->parser->file;
	uint32_t outer_number = c->parser->number;
	size_t size;
	struct prefix prefix;
	struct config_line *line;
	struct subject *subject;
	struct directive *st;

	text += strspn(text, " \t");
	size = strcspn(text, ";#");
	while (size > 0 && strchr(" \t\r", text[size - 1]) != NULL)
		size--;
	if (size == 0)
		return;
	snprintf(word, sizeof word, "%.*s", (int)size, text); /* what is cut off is no prefix in any case */
	c->parser->file = keep_string(c, file);
	c->parser->number = number;
	if (read_prefix(c, r->keyword, word, &prefix) && (line = config_new_line(c)) != NULL) {
		char full[2 * LINE_MAX_BYTES];
		int length;

		if (r->like.kind == ST_RANGE)
			line->range = r->like.range;
		length = snprintf(full, sizeof full, "%s%s%s %s%s", r->keyword, r->like.kind == ST_RANGE ? " " : "",
		                  r->like.kind == ST_RANGE ? r->like.range : "", prefix_print(&prefix, canonical),
		                  r->clauses);
		if (length >= (int)sizeof full) /* truncated, it would mean something else */
			complain(c, "%s: the clauses are too long, expected fewer destinations", r->keyword);
		line->text = keep_string(c, full);
		if ((subject = list_add(c, &c->parser->subjects, sizeof *subject)) != NULL &&
		    (st = list_add(c, &c->parser->directives, sizeof *st)) != NULL) {
			subject->prefix = prefix;
			*st = r->like;
			st->line = (uint32_t)c->parser->lines.count - 1;
			st->first = (uint32_t)c->parser->subjects.count - 1;
			st->count = 1;
		}
	}
	c->parser->file = outer;
	c->parser->number = outer_number;
}

/* The files of prefixes that a line names. */
enum { FILES = 16 };
struct file_names {
	const char *name[FILES];
	size_t count;
};

/* A netmask behind an address is not a second address. */
static bool
refuse_netmask(struct tokens *cur, const struct prefix *p)
{
	struct config_parser *parser = cur->c->parser;
	const struct subject *last =
	        parser->subjects.count > 0 ? (const struct subject *)parser->subjects.items + parser->subjects.count - 1
	                                   : NULL;
	char mask[ADDR_TEXT], fixed[PREFIX_TEXT];
	struct prefix meant;
	uint8_t len;

	if (!addr_is_netmask(&p->addr, &len) || p->len != 32)
		return false;
	addr_print(&p->addr, mask);
	if (cur->at > 2 && last != NULL && last->name == NULL && last->prefix.addr.family == 4) {
		meant = prefix_of(&last->prefix.addr, len);
		complain(cur->c, "%s: %s is a netmask, expected %s", cur->keyword, mask, prefix_print(&meant, fixed));
	} else {
		complain(cur->c, "%s: %s is a netmask, expected a prefix such as 10.1.0.0/16", cur->keyword, mask);
	}
	return true;
}

/* True, and an error, if the word or the one before it is not meant as an address: a mistyped clause, or `port`. */
static bool
refuse_clause(struct tokens *cur, enum directive_kind kind, const struct word *w, const char *before)
{
	const char *like = w->quoted ? NULL : clauses_suggest(kind, w->text), *typed = w->text;

	if (before != NULL && strcmp(before, "port") == 0) {
		complain(cur->c,
		         "%s: unexpected word \"port\", expected another line, port, which sets them for all hosts",
		         cur->keyword);
		return true;
	}
	if (like == NULL && before != NULL && (like = clauses_suggest(kind, before)) != NULL)
		typed = before;
	if (like != NULL)
		complain(cur->c, "%s: \"%s\" is not known, did you mean %s?", cur->keyword, typed, like);
	return like != NULL;
}

/* A word that may be a prefix, or with `names` the name of a range. False after an error; *more: it was about this word
 * alone. */
static bool
read_subject(struct tokens *cur, enum directive_kind kind, bool names, struct subject *s, bool *more)
{
	const struct word *w = &cur->words->word[cur->at - 1];
	const char *before = NULL; /* name in front of it that may be none */
	struct prefix p;

	if (names && !w->quoted && config_is_name(w->text, "_-", 32) && strchr(w->text, ':') == NULL) {
		s->name = keep_string(cur->c, w->text);
		return true;
	}
	if (cur->at > 2 && !w[-1].quoted && config_is_name(w[-1].text, "_-", 32))
		before = w[-1].text;
	*more = prefix_parse(w->text, &p) != PREFIX_SYNTAX || !refuse_clause(cur, kind, w, before);
	if (!*more || !read_prefix(cur->c, cur->keyword, w->text, &s->prefix))
		return false;
	return !refuse_netmask(cur, &s->prefix);
}

/* Reads subjects up to the first clause. Names of prefix files go to `files` and are read later, with the line's
 * clauses. */
static bool
read_subjects(struct tokens *cur, struct directive *st, FILE *text, struct file_names *files, bool names)
{
	struct config_parser *parser = cur->c->parser;
	const struct word *w;
	char canonical[PREFIX_TEXT];
	bool ok = true, more = true;

	st->first = (uint32_t)parser->subjects.count;
	while ((w = tokens_peek(cur)) != NULL && !config_is_clause(w)) {
		struct subject s = {.name = NULL};

		cur->at++;
		if (!w->quoted && strcmp(w->text, "file") == 0) {
			const char *path = tokens_take(cur, "the name of a file in quotes");

			if (path == NULL)
				return false;
			if (files->count == FILES) {
				complain(cur->c, "%s: too many files in one line, expected %d at most", cur->keyword,
				         FILES);
				return false;
			}
			files->name[files->count++] = path;
			continue;
		}
		if (!read_subject(cur, st->kind, names, &s, &more)) {
			if (!more)
				return false;
			ok = false;
			continue;
		}
		struct subject *kept = list_add(cur->c, &parser->subjects, sizeof *kept);
		if (kept == NULL)
			return false;
		*kept = s;
		st->count++;
		fprintf(text, " %s", s.name != NULL ? s.name : prefix_print(&s.prefix, canonical));
	}
	if (ok && st->count == 0 && files->count == 0) {
		complain(cur->c, "%s: no prefix given, expected one or more prefixes%s", cur->keyword,
		         names ? ", lan, or the name of a range" : " or file \"NAME\"");
		return false;
	}
	return ok;
}

/* The name of a range; NULL after an error. */
static const char *
read_range_name(struct tokens *cur)
{
	const char *name = tokens_take(cur, "a name and prefixes");

	if (name == NULL)
		return NULL;
	if (config_is_reserved(name)) {
		complain(cur->c, "range: \"%s\" is a reserved word, expected another name", name);
		return NULL;
	}
	if (!config_is_name(name, "_-", 32)) {
		complain(cur->c, "range: \"%s\" is not a valid name, expected letters, digits, - or _, a letter first",
		         name);
		return NULL;
	}
	return keep_string(cur->c, name);
}

/* lan, range, allow, block, deny-to: subjects, then clauses. */
void
directive_read(struct tokens *cur, enum directive_kind kind)
{
	struct config *c = cur->c;
	struct directive st = {.kind = kind, .from = INT64_MIN, .until = INT64_MAX};
	struct config_line line = {.file = c->parser->file, .number = c->parser->number};
	struct file_names files = {.count = 0};
	const char *why;
	size_t size, head;
	char *buffer = NULL;
	size_t errors = c->parser->errors;
	FILE *text = open_memstream(&buffer, &size);

	if (text == NULL) {
		complain(c, "out of memory");
		return;
	}
	fprintf(text, "%s", cur->keyword);
	if (kind == ST_RANGE) {
		if ((st.range = line.range = read_range_name(cur)) == NULL)
			goto done;
		fprintf(text, " %s", st.range);
	}
	if (kind == ST_LOCAL ? !users_read(cur, &st, text)
	                     : !read_subjects(cur, &st, text, &files, kind == ST_ALLOW || kind == ST_BLOCK))
		goto done;
	fflush(text);
	head = size;
	if (!clauses_read(cur, &st, &line, text))
		goto done;
	fflush(text);
	if (st.count > 0) {
		struct config_line *kept_line = config_new_line(c);
		struct directive *kept = list_add(c, &c->parser->directives, sizeof *kept);

		if (kept_line == NULL || kept == NULL)
			goto done;
		line.text = keep_string(c, buffer);
		*kept_line = line;
		st.line = (uint32_t)c->parser->lines.count - 1;
		*kept = st;
	}
	for (size_t i = 0; i < files.count; i++) {
		struct file_reader reader = {c, cur->keyword, buffer + head, st};

		if ((why = c->parser->io.read(c->parser->io.arg, c->parser->file, files.name[i], false,
		                              &(struct config_taker){read_file_line, &reader})) != NULL)
			complain(c, "%s: cannot read %s (%s), expected a file of prefixes, one per line", cur->keyword,
			         files.name[i], why);
	}
done:
	if (kind == ST_LAN && c->parser->errors > errors)
		c->parser->lan_failed = true;
	fclose(text);
	free(buffer);
}
