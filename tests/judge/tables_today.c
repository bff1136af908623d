/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tables about hosts of today. */
#include <inttypes.h>
#include <stdio.h>

#include "tables.h"

/* A share of hosts: the mean over all seeds, its lowest and highest. */
struct spread {
	double mean, low, high;
};

static struct spread
spread_of(struct score scores[][KIND_COUNT], size_t seeds, enum kind k, uint64_t (*part)(const struct score *s))
{
	struct spread x = {0, 1, 0};
	uint64_t hosts = 0, parts = 0;

	for (size_t n = 0; n < seeds; n++) {
		const struct score *s = &scores[n][k];
		double share = s->hosts == 0 ? 0 : (double)part(s) / (double)s->hosts;

		hosts += s->hosts;
		parts += part(s);
		x.low = share < x.low ? share : x.low;
		x.high = share > x.high ? share : x.high;
	}
	x.mean = hosts == 0 ? 0 : (double)parts / (double)hosts;
	return x;
}

#define PART(name, value)                                                                                              \
	static uint64_t name(const struct score *s)                                                                    \
	{                                                                                                              \
		return value;                                                                                          \
	}
PART(right_1h, s->right[AT_1H])
PART(right_6h, s->right[AT_6H])
PART(right_end, s->right[AT_END])
PART(zombie_1h, s->label[AT_1H][LABEL_ZOMBIE])
PART(zombie_6h, s->label[AT_6H][LABEL_ZOMBIE])
PART(zombie_end, s->label[AT_END][LABEL_ZOMBIE])
PART(confirmed_6h, s->confirmed[AT_6H])
PART(confirmed_end, s->confirmed[AT_END])
PART(server_6h, s->label[AT_6H][LABEL_MAIL_SERVER])
PART(monitor_6h, s->label[AT_6H][LABEL_MONITOR])
PART(scanner_6h, s->label[AT_6H][LABEL_SCANNER])
PART(roaming_6h, s->label[AT_6H][LABEL_ROAMING])
PART(fixed_6h, s->label[AT_6H][LABEL_MISCONFIGURED])
PART(unknown_6h, s->label[AT_6H][LABEL_UNKNOWN])

static void
print_share(struct spread x, bool spread)
{
	if (spread)
		printf(" %.1f (%.0f-%.0f) |", 100 * x.mean, 100 * x.low, 100 * x.high);
	else
		printf(" %.1f |", 100 * x.mean);
}

void
table_today(struct score scores[][KIND_COUNT], size_t seeds)
{
	static const struct {
		const char *title;
		uint64_t (*part)(const struct score *s);
		bool spread;
	} columns[] = {
	        {"right 1 h", right_1h, false},
	        {"6 h", right_6h, true},
	        {"24 h", right_end, false},
	        {"zombie 1 h", zombie_1h, false},
	        {"6 h", zombie_6h, true},
	        {"24 h", zombie_end, false},
	        {"confirmed 6 h", confirmed_6h, false},
	        {"24 h", confirmed_end, false},
	        {"mail-server", server_6h, false},
	        {"monitor", monitor_6h, false},
	        {"scanner", scanner_6h, false},
	        {"roaming", roaming_6h, false},
	        {"misconfigured", fixed_6h, false},
	        {"unknown", unknown_6h, false},
	};
	enum { COLUMNS = sizeof columns / sizeof columns[0] };

	printf("\nLabels of hosts, %%: the mean of all seeds; after 6 h in brackets the lowest and the highest seed. Other "
	       "labels: after 6 h.\n\n| kind | hosts |");
	for (size_t c = 0; c < COLUMNS; c++)
		printf(" %s |", columns[c].title);
	printf("\n|---|--:|");
	for (size_t c = 0; c < COLUMNS; c++)
		printf("--:|");
	printf("\n");
	for (enum kind k = KIND_WORKLOAD; k < KIND_COUNT; k++) {
		uint64_t hosts = 0;

		for (size_t n = 0; n < seeds; n++)
			hosts += scores[n][k].hosts;
		printf("| %s | %" PRIu64 " |", kinds[k].name, hosts);
		for (size_t c = 0; c < COLUMNS; c++)
			print_share(spread_of(scores, seeds, k, columns[c].part), columns[c].spread);
		printf("\n");
	}
}

void
table_groups(struct score scores[][KIND_COUNT], size_t seeds)
{
	printf("\nBy group after 6 h, %% of hosts, each kind alike; in brackets the kind that is worst.\n\n"
	       "| group | right | zombie | confirmed |\n|---|--:|--:|--:|\n");
	for (enum group g = GROUP_CLIENT; g < GROUPS; g++) {
		double right = 0, zombie = 0, confirmed = 0, worst = 2, count = 0;
		enum kind at = KIND_WORKLOAD;

		for (enum kind k = KIND_WORKLOAD; k < KIND_COUNT; k++) {
			double x = spread_of(scores, seeds, k, right_6h).mean;

			if (kinds[k].group != g)
				continue;
			right += x;
			zombie += spread_of(scores, seeds, k, zombie_6h).mean;
			confirmed += spread_of(scores, seeds, k, confirmed_6h).mean;
			count++;
			if (x < worst) {
				worst = x;
				at = k;
			}
		}
		printf("| %s | %.1f (%s %.1f) | %.1f | %.1f |\n", group_names[g], 100 * right / count, kinds[at].name,
		       100 * worst, 100 * zombie / count, 100 * confirmed / count);
	}
}
