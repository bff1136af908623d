/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private to lib/config, without file.c. */
#ifndef CONFIG_PARSER_H
#define CONFIG_PARSER_H

#include "config.h"
#include "feed.h"
#include "tokens.h"

#define LINE_MAX_BYTES 8190
#define INCLUDE_DEPTH 8
#define CONFIG_CARDS 32 /* of one line */

/* A source or destination as written: a prefix, or a name of prefixes (then name is set). */
struct subject {
	struct prefix prefix;
	const char *name;
};

enum directive_kind { ST_LAN, ST_RANGE, ST_ALLOW, ST_LOCAL, ST_BLOCK, ST_DENY_TO, ST_STRANGER };

struct directive {
	enum directive_kind kind;
	uint32_t line;                 /* index into config.lines */
	uint32_t first, count;         /* subjects */
	uint32_t to;                   /* in the list of destinations */
	uint16_t to_count, card_count; /* destinations, and the cards that follow them */
	int64_t from, until;
	uint16_t max;      /* openings per minute; 0: no limit */
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
	struct list directives; /* struct directive */
	struct list subjects;   /* struct subject */
	struct list to;         /* struct prefix: destinations and cards of lines */
	struct list lines;      /* struct config_line */
	struct list set;        /* struct setting: settings made so far, and their places */
	struct block *strings;  /* every string of the configuration */
	size_t errors;
	bool lan_failed; /* a lan line was refused: errors that follow from it are suppressed */
	int depth;
	const char *including[INCLUDE_DEPTH]; /* the files being read, outermost first */
	/* the line being read */
	const char *file;
	uint32_t number;
};

struct config_line *config_new_line(struct config *c); /* for the line being read; NULL if out of memory */
/* users.c: "local user NAME..." up to the first clause; `text` gets the canonical form. */
bool users_read(struct tokens *cur, struct directive *st, FILE *text);
/* Reads subjects and clauses. */
void directive_read(struct tokens *cur, enum directive_kind kind);
/* clauses.c: the clauses of a line, which are checked and added to its canonical text. False after an error. */
bool clauses_read(struct tokens *cur, struct directive *st, struct config_line *line, FILE *text);
/* The clause of such a line that a mistyped word was meant to be, or NULL. */
const char *clauses_suggest(enum directive_kind kind, const char *word);
/* Parses a prefix of a line or of a file of prefixes; an error names `keyword`. */
bool read_prefix(struct config *c, const char *keyword, const char *text, struct prefix *out);
/* Records that a setting is made here; reports an error if it was made before with another value. */
void config_settle(struct tokens *cur, const char *value);

/* settings.c and companions.c: one function per setting. */
void set_judge(struct tokens *cur); /* judge.c */
void set_interface(struct tokens *cur);
void set_local(struct tokens *cur);
void set_ports(struct tokens *cur);
void set_queue(struct tokens *cur);
void set_user(struct tokens *cur);
void set_path(struct tokens *cur);
void set_keep(struct tokens *cur);
void set_mark(struct tokens *cur);
void set_pace(struct tokens *cur);
void set_backend(struct tokens *cur);
void set_companions(struct tokens *cur);
void set_names(struct tokens *cur);
void set_blocklist(struct tokens *cur);
void set_geo(struct tokens *cur); /* geo.c */
/* Adds the built-in names of refusal.h. */
void add_blocklists(struct config *c);
void print_settings(const struct config *c, FILE *out); /* print.c: config_print in two parts */
void print_line(const struct config_line *line, FILE *out);
/* Room for one more item, zeroed; NULL if out of memory (already reported). */
void *list_add(struct config *c, struct list *list, size_t size);
/* A word in double quotes, which words_split reads as the same text; what utf8.h calls a control or deceiving, or is no
 * UTF-8, becomes \u{202e} or \x9b. */
void config_put_string(FILE *out, const char *text);
const char *keep_string(struct config *c, const char *text); /* with the lifetime of the configuration; never NULL */
void free_strings(struct config *c);
/* Reports an error as "FILE:LINE: ...", for the line being read or for another. */
void complain(struct config *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
void complain_at(struct config *c, const char *file, uint32_t number, const char *format, ...)
        __attribute__((format(printf, 4, 5)));

#endif
