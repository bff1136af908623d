/* SPDX-License-Identifier: GPL-3.0-or-later */
/* options: one table describes the command line of a command. It drives getopt_long, `--help` and the error messages,
 * and has what a shell needs for completion: the names, and in `value` the kind of their arguments. A value is stored
 * in a member of the command's own structure, whose type determines how it is parsed: see option_kind.
 *
 * Every table has `-h` and `--help`, without a row. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "addr.h"

#define OPTIONS_MAX 64 /* rows of a table */
#define OPTIONS_WHY 512
#define OPTIONS_NAME 64

struct option_list {
	char **text; /* pointers into argv; the array is the owner's to free */
	size_t count;
};

struct prefix_list {
	struct prefix *prefix; /* the owner's to free */
	size_t count;
};

enum option_kind {
	OPTION_FLAG,     /* bool; has no `value` */
	OPTION_TEXT,     /* const char *; if given again, the last one counts */
	OPTION_LIST,     /* struct option_list: any number of times, or up to `high` times */
	OPTION_PREFIXES, /* struct prefix_list: the same for prefixes, such as 192.0.2.0/24 */
	OPTION_NUMBER,   /* uint64_t: from `low` to `high` */
	OPTION_TIME,     /* int64_t, as when_parse_arg reads it */
	OPTION_CHOICE,   /* unsigned: a word of `value`, where | separates them: 1 for the first, 2 for the next */
	OPTION_VERSION,  /* prints the version; has no member */
};

struct option_row {
	const char *name;
	char letter; /* 0: none */
	enum option_kind kind;
	size_t offset;     /* of the member */
	const char *value; /* FILE, DIR, N, nft|iptables...; NULL for a flag */
	const char *help;
	uint64_t low, high;
	char excludes; /* rows with the same letter here exclude each other; 0: none */
	bool end;      /* of OPTION_TIME: a day means its end */
	bool local;    /* of OPTION_FLAG: times of the command line are local */
};

/* The first members of a row; others may follow, as in {OPTION(...), .high = 8}. */
#define OPTION(Name, Letter, Type, Member, Value, Help)                                                                \
	.name = (Name), .letter = (Letter),                                                                            \
	.kind = _Generic(((Type *)NULL)->Member, bool: OPTION_FLAG, const char *: OPTION_TEXT,                         \
	                 struct option_list: OPTION_LIST, struct prefix_list: OPTION_PREFIXES,                         \
	                 uint64_t: OPTION_NUMBER, int64_t: OPTION_TIME, unsigned: OPTION_CHOICE),                      \
	.offset = offsetof(Type, Member), .value = (Value), .help = (Help)

struct option_table {
	const char *program, *command; /* "nfqd", "report"; command is NULL if the program has none */
	const char *purpose;           /* one line */
	const char *const *forms;      /* text after its name, such as "[OPTION...] SRC DST"; NULL at the end */
	size_t operand_count;          /* number of operands, all required */
	const char *operands;          /* for messages, such as "one address"; NULL if there are none */
	const struct option_row *rows;
	size_t row_count;
};

struct command_line {
	const struct option_table *table;
	int argc;
	char **argv;     /* argv[0] is ignored; getopt_long permutes the rest */
	int64_t now;     /* a time may be a span before it */
	char **operands; /* set: the operands */
	uint64_t given;  /* set: bit n for row n */
};

enum options_result { OPTIONS_DONE, OPTIONS_HELP, OPTIONS_SHOW_VERSION, OPTIONS_WRONG };

/* Parses a command line into *to, which holds the defaults. Stops at the first error and describes it in `why`, in one
 * line: command, option, what was found, what was expected. Ends the program if out of memory. */
enum options_result options_parse(struct command_line *line, void *to, char why[OPTIONS_WHY]);
/* The same; ends the program on --help and --version (exit status 0), and on an error (2). */
void options_take(struct command_line *line, void *to);
/* True if the option with this name was given. */
bool options_given(const struct command_line *line, const char *name);
/* An error that the command itself detects: ends the program with exit status 2. */
_Noreturn void options_wrong(const struct command_line *line, const char *format, ...)
        __attribute__((format(printf, 2, 3)));
/* Prints the usage of the command and its options, in 80 columns. */
void options_help(const struct option_table *t, FILE *out);
/* "nfqd report" */
const char *options_name(const struct option_table *t, char name[OPTIONS_NAME]);

#endif
