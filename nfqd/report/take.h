/* SPDX-License-Identifier: GPL-3.0-or-later */
/* take: hands what a query reads to a report: the callbacks of a sink (query.h). */
#ifndef TAKE_H
#define TAKE_H

#include "detail.h"
#include "hosts.h"
#include "nfqd/query/query.h"

/* Where it goes: the `arg` of the sink, or the first member of that. */
struct take {
	struct report *report;
	struct detail *detail;             /* of one host, or NULL */
	const struct host_addresses *only; /* the host has these addresses, and the rest is left out; or NULL */
};

/* All of it. A caller may put callbacks of its own in place of some. */
struct sink take_sink(void *take);

#endif
