/* SPDX-License-Identifier: GPL-3.0-or-later */
/* talks: companions of a small network, fed with packets. Failures fail the test. */
#ifndef TALKS_H
#define TALKS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/when.h"
#include "pcapmon/companions/companions.h"

#define TALK_START (INT64_C(472222) * HOUR)
#define TALK_HOSTS 8   /* that talk_rows has room for */
#define TALK_ENTRIES 2 /* of them with more than look-ups */

extern struct companion_table *talk_rows, *talk_totals;
extern struct companions *talk_companions;
extern int talk_flushes;    /* so far */
extern bool talk_can_flush; /* a flush makes room */

/* A segment of a connection of 10.0.0.FROM to the port of a server; `out`: from the host. */
struct talk_segment {
	uint8_t from;
	uint16_t sport, dport;
	bool out;
	uint8_t flags;
	uint32_t seq;
	const char *text;
	int64_t when;
};

void talk_segment(const struct talk_segment *s);
int talk_setup(void **state);
int talk_teardown(void **state);
struct addr talk_host(uint8_t n);
struct addr talk_server(uint8_t n);
void talk_query(uint8_t from, uint16_t id, bool answer, int64_t when);
struct companion_row talk_row(const struct companion_table *t, uint8_t n);
uint64_t talk_total(uint8_t n, enum companion_count what);

#endif
