/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A line for each host and port, as in the JSON object. No cell has text from outside, so none needs quotes. */
#include <inttypes.h>

#include "summary.h"
#include "lib/base/when.h"

static const char header[] = "host,port,label,certainty,syns,attempts,retransmits,destinations,established,refused,"
                             "unanswered,peak_per_minute,bytes_out,bytes_in,first,last\n";

static void
print_time(FILE *out, int64_t when, bool local)
{
	char buf[WHEN_TEXT];

	fprintf(out, ",%s", local ? when_print_local(when, buf) : when_print(when, true, buf));
}

static void
print_label(FILE *out, const struct capture_label *label)
{
	const char *certainty = label != NULL ? judge_certainty_name(label->judgement.certainty) : NULL;

	fprintf(out, ",%s,%s", label != NULL ? judge_label_name(label->judgement.label) : "",
	        certainty != NULL ? certainty : "");
}

static void
print_host(FILE *out, const struct host_total *h, const struct capture_label *label, bool local)
{
	const uint64_t numbers[] = {h->syns,
	                            h->attempts,
	                            h->retransmits,
	                            h->destinations,
	                            h->established,
	                            h->refused,
	                            host_unanswered(h),
	                            h->peak,
	                            h->more[OUTCOME_BYTES_OUT],
	                            h->more[OUTCOME_BYTES_IN]};
	char address[ADDR_TEXT];

	fprintf(out, "%s,%u", addr_print(&h->host, address), h->port);
	print_label(out, label);
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		fprintf(out, ",%" PRIu64, numbers[i]);
	print_time(out, h->first, local);
	print_time(out, h->last, local);
	fputc('\n', out);
}

bool
summary_csv(FILE *out, const struct summary *s, struct totals *t)
{
	size_t count;
	const struct host_total *host = totals_sorted(t, &count);

	fputs(header, out);
	for (size_t i = 0; i < count; i++)
		print_host(out, &host[i], s->index != NULL ? capture_index_find(s->index, &host[i].host) : NULL,
		           s->local);
	return fflush(out) == 0 && !ferror(out);
}
