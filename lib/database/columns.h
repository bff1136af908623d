/* SPDX-License-Identifier: GPL-3.0-or-later */
/* columns: the tables `attempt`, `hour` and `outcome`, each column in one list, from which the enums, the statements
 * that write and those that read are made. A new column is added to its list, to schema/, and to the code that counts
 * or shows it.
 *
 * A list is a macro LIST(X), which expands X(NAME, "column") for each column. */
#ifndef COLUMNS_H
#define COLUMNS_H

#include <stdbool.h>

struct minute_row;
struct statement;

#define COLUMN_NAME(name, column) name,
#define COLUMN_LIST(name, column) ", " column
#define COLUMN_VALUE(name, column) ", ?"
#define COLUMN_ADD(name, column) ", " column " = " column " + excluded." column
#define COLUMN_OTHER(name, column)
#define COLUMN_KEEP(name, column) ", " column " = CASE naming WHEN 0 THEN excluded." column " ELSE " column " END"

/* Counts of `attempt` and `hour`, which are also those of sealed hours: add at the end, never reorder. */
#define GATE_COUNT_COLUMNS(X)                                                                                          \
	X(GATE_ATTEMPTS, "attempts")                                                                                   \
	X(GATE_RETRANSMITS, "retransmits")                                                                             \
	X(GATE_SYNS, "syns") /* only counted: each is an attempt or a retransmission */
#define WIRE_COUNT_COLUMNS(X)                                                                                          \
	X(WIRE_ATTEMPTS, "attempts")                                                                                   \
	X(WIRE_RETRANSMITS, "retransmits")                                                                             \
	X(WIRE_ESTABLISHED, "established") /* in the minute in which the handshake ended; so are refused and leaked */ \
	X(WIRE_REFUSED, "refused")                                                                                     \
	X(WIRE_LEAKED, "leaked") /* established on an enforced port though the policy refuses it */                    \
	X(WIRE_LISTED, "listed") /* attempts on an enforced port that the policy passes */

/* Names of minute_row.count[]. RAW, STACKS and ANSWERS have no column in `attempt`: RAW counts attempts whose SYN no
 * operating system makes (lib/decode/syn.h), STACKS holds bits (stacks_bit), both of attempts that the policy refuses;
 * ANSWERS counts answers to nobody, whose rows are written for their times alone. */
enum gate_count { GATE_COUNT_COLUMNS(COLUMN_NAME) GATE_COUNTS, GATE_RAW = GATE_COUNTS, GATE_STACKS, GATE_ANSWERS };
enum wire_count { WIRE_COUNT_COLUMNS(COLUMN_NAME) WIRE_COUNTS, WIRE_RAW = WIRE_COUNTS, WIRE_STACKS };

/* Columns of the primary keys that only gate.db has. */
#define GATE_KEY_COLUMNS(X) X(ROW_VERDICT, "verdict") X(ROW_REASON, "reason")
#define WIRE_KEY_COLUMNS(X)
#define WIRE_KEY_ZEROS(X) X(ROW_VERDICT, "0") X(ROW_REASON, "0")

/* Columns of `attempt` for the name of the destination (lib/companion/name.h), which only wire.db has: the first one
 * stays. */
#define GATE_NAME_COLUMNS(X)
#define WIRE_NAME_COLUMNS(X) X(, "name") X(, "naming")

/* A row of either table of either database, as statements read it: ROW_UNIT (a minute), these, the key and from
 * ROW_COUNTS on the counts. */
#define ROW_COLUMNS(X, destination, peak)                                                                              \
	X(ROW_HOST, "host")                                                                                            \
	X(ROW_DESTINATION, destination)                                                                                \
	X(ROW_PORT, "port")                                                                                            \
	X(ROW_DESTINATIONS, "destinations")                                                                            \
	X(ROW_FIRST, "first")                                                                                          \
	X(ROW_LAST, "last")                                                                                            \
	X(ROW_PEAK, peak)
enum row_column { ROW_UNIT, ROW_COLUMNS(COLUMN_NAME, , ) GATE_KEY_COLUMNS(COLUMN_NAME) ROW_COUNTS };

#define ROW_OF_MINUTE(key, counts)                                                                                     \
	"minute" ROW_COLUMNS(COLUMN_LIST, "destination", "0") key(COLUMN_LIST) counts(COLUMN_LIST)
#define ROW_OF_HOUR(key, counts)                                                                                       \
	"hour * 60" ROW_COLUMNS(COLUMN_LIST, "NULL", "peak") key(COLUMN_LIST) counts(COLUMN_LIST)

/* clang-format off */ /* a column a line */
/* Counts of `outcome`, times in microseconds; `most` is for those that are not added up. */
#define OUTCOME_COLUMNS(X, most)                                                                                       \
	X(OUTCOME_DUPLICATES, "duplicates")   /* SYNs captured more than once, or once more behind NAT */              \
	X(OUTCOME_ICMP, "refused_by_icmp")    /* of the refused: by an ICMP error */                                   \
	X(OUTCOME_ANSWERED, "answered")       /* by SYN-ACK or RST before the SYN was sent again: the time is known */ \
	X(OUTCOME_ANSWER_TIME, "answer_time") /* their sum */                                                          \
	most(OUTCOME_ANSWER_MOST, "answer_most")                                                                       \
	X(OUTCOME_CLOSED_BY_HOST, "closed_by_host")                                                                    \
	X(OUTCOME_CLOSED_BY_SERVER, "closed_by_server")                                                                \
	X(OUTCOME_RESET_BY_HOST, "reset_by_host")                                                                      \
	X(OUTCOME_RESET_BY_SERVER, "reset_by_server")                                                                  \
	X(OUTCOME_TIMED_OUT, "timed_out")                                                                              \
	X(OUTCOME_BYTES_OUT, "bytes_out")                                                                              \
	X(OUTCOME_BYTES_IN, "bytes_in")
/* clang-format on */
enum outcome_count { OUTCOME_COLUMNS(COLUMN_NAME, COLUMN_NAME) OUTCOME_COUNT };

/* The differences between the two databases. */
struct columns {
	bool decided;    /* rows have a verdict and a reason */
	bool named;      /* rows have the name of the destination */
	int counts;      /* of minute_row.count[] that have a column; RAW and STACKS follow */
	const char *add; /* upserts what columns_bind has bound */
	/* Adds the sixty minutes from ?1 on, of hosts ?2 to ?3, to the hour's rows; of destinations the larger number
	 * is kept. */
	const char *roll;
	/* The same of host ?2 and destinations ?3 to ?4. ?5: the hour has other destinations, to be added to. */
	const char *roll_slice;
	const char *peaks; /* an hour's rows of host ?2, with no counts, whose peak is not below that of minute ?1 */
	const char *hosts; /* minute ?1 from host ?2 on: minute, host, number of its rows; ordered by host */
	const char *drop_hours; /* deletes the first ?2 rows of hours before ?1 */
	const char *minute;     /* reads the rows of minute ?1 from host ?2 on, in the order of the primary key */
};
extern const struct columns columns_gate, columns_wire;

/* Binds a row to `add` of the columns. Counts are bound as signed: what is taken back is a negative number to add. */
void columns_bind(struct statement *st, const struct columns *c, const struct minute_row *row);

#endif
