/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libFuzzer harness for the whole path of `pcapmon -r`: the bytes of a capture file -> frames -> packets -> totals ->
 * summary. `make fuzz` runs it.
 *
 * Beside what the sanitizers see, it holds the path to this: a file that ends is read in a bounded number of turns,
 * attempts and packets add up, and half of a file never shows more packets than the whole. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pcapmon/run/offline.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint16_t ports[] = {25, 465, 587, 2525};

static void
must(bool ok)
{
	if (!ok)
		abort();
}

/* Both summaries, of the hosts as well. */
static void
print(struct offline *o)
{
	FILE *null = fopen("/dev/null", "w");
	size_t count;
	const struct host_total *hosts;

	must(null != NULL);
	o->summary.error = o->error[0] != '\0' ? o->error : NULL;
	hosts = totals_sorted(o->counting->counters.totals, &count);
	for (size_t i = 0; i < count; i++)
		must(hosts[i].syns >= hosts[i].attempts + hosts[i].retransmits &&
		     hosts[i].syns <= hosts[i].attempts + hosts[i].retransmits + hosts[i].more[OUTCOME_DUPLICATES] &&
		     hosts[i].attempts >= hosts[i].established + hosts[i].refused && hosts[i].first <= hosts[i].last &&
		     hosts[i].first >= o->summary.first && hosts[i].last <= o->summary.last);
	for (const char *p = o->error; *p != '\0'; p++)
		must(*p >= ' ' && *p <= '~');
	must(summary_json(null, &o->summary, o->counting->counters.totals) &&
	     summary_text(null, &o->summary, o->counting->counters.totals));
	fclose(null);
}

static uint64_t
read_one(const uint8_t *data, size_t size)
{
	struct tally_options t = {.ports = ports, .port_count = 4, .attempts = 1024};
	struct counting c = {0};
	struct offline o = {.path = "memory", .counting = &c};
	uint64_t packets;

	t.counters = &c.counters;
	c.counters.totals = totals_new();
	c.tally = tally_new(&t);
	o.file = savefile_memory(data, size);
	must(c.counters.totals != NULL && c.tally != NULL && o.file != NULL);
	offline_read(&o);
	tally_settle(c.tally);
	must(savefile_frames(o.file) == o.summary.packets);
	print(&o);
	packets = o.summary.packets;
	savefile_close(o.file);
	counting_free(&c);
	return packets;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	must(read_one(data, size / 2) <= read_one(data, size));
	return 0;
}
