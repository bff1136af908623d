/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bench_judge: accuracy of the classifier. A population of known kinds goes through the code that counts, the
 * classifier, and the rules of other tools. Prints the tables of docs/judge-figures.md.
 *
 * usage: bench_judge [-n HOSTS] [-r] [-t [-m]] [SEED]...
 * -r: hosts are rejected (else dropped); -t: hosts of today (else the workload), -m: in a world where addresses behind
 * names change; no seed: 101 to 110
 * -d: nobody sees their DNS; -w: writes six hours of one host of each kind as captures DIR/KIND.pcap, -k: of kinds with
 * this word in their names; measures nothing */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture.h"
#include "tables.h"

static struct score scores[SEEDS][KIND_COUNT];

/* More hosts of the frequent kinds, to see rare mistakes; fewer of the busy ones, to be done in minutes. */
static uint64_t
hosts_of(enum kind k, uint64_t hosts)
{
	if (kinds[k].group == GROUP_CLIENT || kinds[k].group == GROUP_BRANCH)
		return 4 * hosts;
	switch (k) {
	case KIND_PRINTER:
	case KIND_APP:
	case KIND_ROAMING:
		return 10 * hosts;
	case KIND_FAST:
	case KIND_FREEMAIL:
	case KIND_RETRY:
	case KIND_ROUTER:
	case KIND_ROUTER_ZOMBIE:
		return hosts / 4;
	default:
		return hosts;
	}
}

static void
measure_special(struct measure *m, uint64_t seed, uint64_t hosts)
{
	uint64_t by_address, by_mac;
	double memory, speed = measure_speed(&memory);

	printf("\n| special case | outcome |\n|---|---|\n");
	measure_new_addresses(m, seed, hosts, &by_address, &by_mac);
	printf("| slow zombies with a new address every hour, after 6 h | of %" PRIu64 ", %" PRIu64
	       " named by MAC address, %" PRIu64 " by address |\n",
	       hosts, by_mac, by_address);
	printf("| the same lives in IPv6 | same label for %" PRIu64 " of %" PRIu64 " slow zombies, %" PRIu64
	       " of %" PRIu64 " printers, %" PRIu64 " of %" PRIu64 " mail servers |\n",
	       measure_ipv6(m, KIND_SLOW, seed, hosts), hosts, measure_ipv6(m, KIND_PRINTER, seed, hosts), hosts,
	       measure_ipv6(m, KIND_MTA, seed, hosts), hosts);
	printf("| speed, 100,000 hosts | %.1f M attempts/s on one core |\n", speed / 1e6);
	printf("| states of 100,000 hosts | %.1f MiB |\n", memory / 1048576);
}

static int
usage(void)
{
	fputs("usage: bench_judge [-n HOSTS] [-r] [-t [-d] [-m] [-w DIR [-k WORD]]] [SEED]...\n", stderr);
	return 2;
}

static void
measure_all(struct measure *m, const uint64_t *seed, size_t seeds, uint64_t hosts, bool today)
{
	for (size_t n = 0; n < seeds; n++)
		for (enum kind k = today ? KIND_WORKLOAD : 0; k < (today ? KIND_COUNT : KIND_WORKLOAD); k++)
			measure_kind(m, &scores[n][k], k, seed[n], hosts_of(k, hosts));
}

/* One host of each kind of today as a capture. */
static int
write_captures(const char *dir, const char *word, const struct setting *s, uint64_t seed)
{
	struct life life = {0};

	for (enum kind k = KIND_WORKLOAD; k < KIND_COUNT; k++) {
		char path[PATH_MAX];
		FILE *f;

		if (strstr(kinds[k].name, word) == NULL)
			continue;
		population_live(&life, k, seed, 0, s);
		snprintf(path, sizeof path, "%s/%02d %s.pcap", dir, (int)k, kinds[k].name);
		for (char *c = path + strlen(dir) + 1; *c != '\0'; c++)
			if (strchr(" ,'/", *c))
				*c = '-';
		f = fopen(path, "wb");
		if (f == NULL || !capture_write(f, &life, s->reject, s->names) || fclose(f) != 0) {
			perror(path);
			return 1;
		}
	}
	life_free(&life);
	return 0;
}

static void
print_workload(size_t seeds)
{
	table_mixture(scores, seeds);
	for (enum moment at = 0; at < MOMENTS; at++)
		table_labels(scores, seeds, at);
	table_crossings(scores, seeds);
	table_baselines(scores, seeds);
}

int
main(int argc, char **argv)
{
	struct setting setting = {.loss = .02, .names = true};
	uint64_t hosts = 200, seed[SEEDS];
	struct measure *m;
	bool today = false;
	const char *dir = NULL, *word = "";
	size_t seeds = 0;
	int opt, first;

	while ((opt = getopt(argc, argv, "dk:mn:rtw:")) != -1)
		if (opt == 'n')
			hosts = strtoull(optarg, NULL, 10);
		else if (opt == 'r')
			setting.reject = true;
		else if (opt == 'm')
			setting.moving = true;
		else if (opt == 't')
			today = true;
		else if (opt == 'k')
			word = optarg;
		else if (opt == 'w')
			dir = optarg;
		else if (opt == 'd')
			setting.names = false;
		else
			return usage();
	first = optind;
	for (; optind < argc && seeds < SEEDS; optind++)
		seed[seeds++] = strtoull(argv[optind], NULL, 10);
	while (argc == first && seeds < 10) {
		seed[seeds] = 101 + seeds;
		seeds++;
	}
	if (optind < argc || hosts < (today ? 1 : 4) || ((setting.moving || dir) && !today))
		return usage();
	setting.hours = dir ? 6 : today ? 26 : 13;
	if (dir)
		return write_captures(dir, word, &setting, seed[0]);
	m = measure_new(&setting, today ? 24 : 12);
	measure_all(m, seed, seeds, hosts, today);
	printf("\n#### Hosts are %s%s%s (%zu seeds, 2 %% of SYNs lost)\n", setting.reject ? "refused" : "dropped",
	       !today           ? ""
	       : setting.moving ? ", addresses behind names change"
	                        : ", addresses behind names stay",
	       !today          ? ""
	       : setting.names ? ", DNS is seen"
	                       : ", DNS is not seen",
	       seeds);
	if (today) {
		table_groups(scores, seeds);
		table_today(scores, seeds);
	} else {
		print_workload(seeds);
		if (!setting.reject)
			measure_special(m, seed[0], hosts / 4);
	}
	measure_free(m);
	return 0;
}
