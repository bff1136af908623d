/* SPDX-License-Identifier: GPL-3.0-or-later */
/* note: a report of the supervisor to the recorder, which writes it to gate.db. `kind` decides which member of the
 * union holds; notes_* of nfqd/supervise make them, note_valid checks them. */
#ifndef NOTE_H
#define NOTE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/database/remembered.h"

#define NOTE_UNKNOWN (-1) /* a number of openings that cannot be known */
#define NOTE_EVENT 16     /* bytes of text, with the end */
#define NOTE_TEXT 256

enum note_kind { NOTE_JOURNAL, NOTE_GAP, NOTE_RULES, NOTE_REMEMBER, NOTE_COUNTERS, NOTE_START, NOTE_KINDS };

/* An entry of the journal. */
struct note_journal {
	char event[NOTE_EVENT];
	char text[NOTE_TEXT];
};

/* From `at` to `until` openings are missing in the log. */
struct note_gap {
	int64_t until;
	int64_t missing; /* how many, or NOTE_UNKNOWN */
	uint8_t counted; /* 1: the kernel's rules have counted the missing ones; otherwise 0 */
	char cause[NOTE_TEXT];
};

/* The rules were made anew. */
struct note_rules {
	int64_t counted; /* openings that they have counted since, or NOTE_UNKNOWN */
	int64_t seen;    /* openings that gates of this run have seen */
};

/* A number that outlives this run. */
struct note_remember {
	uint32_t what; /* enum remembered: REMEMBERED_RULES, _SHIELDED, _UNNAMED or _EMPTIED */
	int64_t value;
};

/* The rules' counters fell without an opening. */
struct note_counters {
	int64_t jump; /* less than 0 */
};

/* This run began at `at`. */
struct note_start {
	int64_t counted; /* openings that the rules had counted by then; NOTE_UNKNOWN without rules */
	int64_t rules;   /* as REMEMBERED_RULES, by then; 0: they are not known to have stood since */
	int64_t made;    /* wall time from which on they stand */
};

/* Fixed size, no pointers: it crosses a memory shared by several processes. */
struct note {
	uint32_t kind; /* enum note_kind */
	int64_t at;    /* microseconds since the epoch */
	union {
		struct note_journal journal;
		struct note_gap gap;
		struct note_rules rules;
		struct note_remember remember;
		struct note_counters counters;
		struct note_start start;
	};
};

#endif
