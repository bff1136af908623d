/* SPDX-License-Identifier: GPL-3.0-or-later */
/* labels: the judge's labels of the hosts of a report. Stored labels are read from the databases' tables; later minutes
 * are judged here, by the same code, without writing anything. Each database is judged separately, but the gate's rows
 * with the names that a wire.db has for their destinations, which the stored labels are without; a gate's label of a
 * host takes precedence over the wire's, and of two of one kind the worse. */
#ifndef LABELS_H
#define LABELS_H

#include "history.h"
#include "hosts.h"
#include "lib/labels/judging.h"

struct labels_request {
	const struct query *query;
	const struct addr *host;            /* whose evidence is kept; or NULL */
	struct judge_parameters parameters; /* for databases that nobody has judged, or again */
	bool again;                         /* all rows from the start, whatever the tables say */
	struct history *evidence;           /* gets that of the host; or NULL */
};

struct labels_set;

/* Gives the report the labels of all its hosts that the judge knows, and the evidence of the host of the request.
 * Before report_finish. A reading of the sources is open, so that all is of one moment; request, sources and report
 * must outlive the set. NULL with the reason in why. */
struct labels_set *labels_read(const struct labels_request *request, const struct sources *sources, struct report *r,
                               char *why, size_t why_size);
/* The same labels for another report of the same query. False with the reason in why. */
bool labels_again(struct labels_set *set, struct report *r, char *why, size_t why_size);
/* The numbers behind the label of a host, which reasons_of needs. False with the reason in why. */
bool labels_about(struct labels_set *set, const struct addr *host, char *why, size_t why_size);
void labels_free(struct labels_set *set); /* accepts NULL */

#endif
