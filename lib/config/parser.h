/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files config*.c but config_file.c share; nobody else includes it. */
#ifndef CONFIG_PARSER_H
#define CONFIG_PARSER_H

#include "config.h"

#define WORDS 512
#define LINE_MAX_BYTES 8190
#define INCLUDE_DEPTH 8

struct word {
	const char *text;
	bool quoted;
};

struct words {
	struct word word[WORDS];
	size_t count;
};

/* Splits a line in place: words, "quoted strings" with \" and \\, # comments. NULL, or what is wrong. */
const char *words_split(char *line, struct words *out);

/* A source or destination as written: a prefix, or the name of some (then name is set). */
struct subject {
	struct prefix prefix;
	const char *name;
};

enum statement_kind { ST_LAN, ST_RANGE, ST_ALLOW, ST_LOCAL, ST_BLOCK, ST_DENY_TO, ST_STRANGER };

struct statement {
	enum statement_kind kind;
	uint32_t line;         /* index into config.lines */
	uint32_t first, count; /* subjects */
	uint32_t to, to_count; /* in the list of destinations */
	int64_t from, until;
	uint16_t max;      /* openings a minute; 0: no limit */
	uint32_t stranger; /* enum stranger */
	const char *range; /* of ST_RANGE; of ST_STRANGER, or NULL */
};

/* A growing array. */
struct list {
	void *items;
	size_t count, capacity;
};

struct config_parser {
	struct config_io io;
	struct list statements; /* struct statement */
	struct list subjects;   /* struct subject */
	struct list to;         /* struct prefix */
	struct list lines;      /* struct config_line */
	struct list set;        /* struct setting: which settings have been made, and where */
	struct block *strings;  /* every string of the configuration */
	size_t errors;
	bool lan_failed; /* a lan line was refused: what depends on it is not complained of */
	int depth;
	const char *including[INCLUDE_DEPTH]; /* the files that are being read, outermost first */
	/* the line being read */
	const char *file;
	uint32_t number;
};

/* The words of a line after its keyword, and how far it has been read. */
struct cursor {
	struct config *c;
	const struct words *words;
	const char *keyword;
	size_t at;
};

const struct word *cursor_peek(const struct cursor *cur); /* NULL at the end of the line */
/* The next word; complains, saying what was expected, and returns NULL if there is none. */
const char *cursor_take(struct cursor *cur, const char *expected);
/* Letters, digits and those in `also`, a letter first, at most `most` long. */
bool config_is_name(const char *text, const char *also, size_t most);
struct config_line *config_new_line(struct config *c); /* for the line being read; NULL if memory is short */
/* A word that begins a clause. */
bool config_is_clause(const struct word *w);
/* config_users.c: "local user NAME..." up to the first clause; `text` gets the canonical form. */
bool users_read(struct cursor *cur, struct statement *st, FILE *text);
/* Reads subjects and those clauses that `clauses` names by a letter each: t(o) f(rom) u(ntil) m(ax) n(ote). */
void statement_read(struct cursor *cur, enum statement_kind kind, const char *clauses);

/* Notes that a setting is made here; complains if it was made before with another value. */
void config_settle(struct cursor *cur, const char *value);

/* config_settings.c and config_companions.c: one function a setting. */
void set_judge(struct cursor *cur); /* config_judge.c */
void set_interface(struct cursor *cur);
void set_local(struct cursor *cur);
void set_ports(struct cursor *cur);
void set_queue(struct cursor *cur);
void set_user(struct cursor *cur);
void set_path(struct cursor *cur);
void set_keep(struct cursor *cur);
void set_mark(struct cursor *cur);
void set_pace(struct cursor *cur);
void set_backend(struct cursor *cur);
void set_companions(struct cursor *cur);
void set_blocklist(struct cursor *cur);
void set_geo(struct cursor *cur); /* config_geo.c */
/* The names of refusal.h. */
void add_blocklists(struct config *c);

/* Room for one more item, zeroed; NULL if memory is short (that has been complained of). */
void *list_add(struct config *c, struct list *list, size_t size);
/* A copy that lives as long as the configuration; never NULL. */
const char *keep_string(struct config *c, const char *text);
void free_strings(struct config *c);
/* "FILE:LINE: ..." of the line being read, or of any other place. */
void complain(struct config *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
void complain_at(struct config *c, const char *file, uint32_t number, const char *format, ...)
        __attribute__((format(printf, 4, 5)));

#endif
