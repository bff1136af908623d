/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "take.h"

#include "entries.h"

static bool
is_wanted(const struct take *take, const struct addr *host)
{
	return take->only == NULL || entries_of(take->report->entries, host) == take->only;
}

static void
take_row(void *arg, const struct row *row)
{
	const struct take *take = arg;

	if (!is_wanted(take, &row->host))
		return;
	report_row(take->report, row);
	if (take->detail != NULL)
		detail_row(take->detail, row);
}

static void
take_gap(void *arg, const struct gap *gap)
{
	report_gap(((const struct take *)arg)->report, gap);
}

static void
take_device(void *arg, enum side side, const struct addr *host, const struct card *card)
{
	const struct take *take = arg;

	if (!is_wanted(take, host))
		return;
	report_device(take->report, side, host, card);
	if (take->detail != NULL)
		detail_device(take->detail, card);
}

static void
take_range(void *arg, enum side side, const struct addr *host, const char *name)
{
	report_range(((const struct take *)arg)->report, side, host, name);
}

static void
take_destination(void *arg, enum side side, const struct addr *host, const struct addr *destination)
{
	report_destination(((const struct take *)arg)->report, side, host, destination);
}

static void
take_began(void *arg, enum side side, int64_t when)
{
	report_began(((const struct take *)arg)->report, side, when);
}

struct sink
take_sink(void *take)
{
	return (struct sink){take, take_row, take_gap, take_device, take_range, take_destination, take_began};
}
