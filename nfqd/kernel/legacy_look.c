/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Asking for a table makes the kernel create it, so only those are asked for that /proc names. */
#include "legacy_look.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>
#include <xxhash.h>

/* The differences between the families' structures. Those for information and entries have the same form in both. */
static const struct family {
	int domain, level, info, entries;
	const char *names;
	size_t header, counters, next; /* of an entry: size; offsets */
} families[] = {
        {AF_INET, IPPROTO_IP, IPT_SO_GET_INFO, IPT_SO_GET_ENTRIES, "/proc/net/ip_tables_names",
         sizeof(struct ipt_entry), offsetof(struct ipt_entry, counters), offsetof(struct ipt_entry, next_offset)},
        {AF_INET6, IPPROTO_IPV6, IP6T_SO_GET_INFO, IP6T_SO_GET_ENTRIES, "/proc/net/ip6_tables_names",
         sizeof(struct ip6t_entry), offsetof(struct ip6t_entry, counters), offsetof(struct ip6t_entry, next_offset)},
};

_Static_assert(sizeof(struct ipt_getinfo) == sizeof(struct ip6t_getinfo), "one form");
_Static_assert(offsetof(struct ipt_get_entries, entrytable) == offsetof(struct ip6t_get_entries, entrytable),
               "one form");

static bool
named(const struct family *f, const char *table)
{
	FILE *in = fopen(f->names, "re");
	char line[64];
	bool found = false;

	while (in != NULL && !found && fgets(line, sizeof line, in) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		found = strcmp(line, table) == 0;
	}
	if (in != NULL)
		fclose(in);
	return found;
}

/* All but the counters of each entry. */
static uint64_t
hash_entries(const struct family *f, const unsigned char *bytes, size_t size, uint64_t hash)
{
	uint16_t next;

	for (size_t at = 0; size - at >= f->header; at += next) {
		size_t after = f->counters + sizeof(struct xt_counters);

		memcpy(&next, bytes + at + f->next, sizeof next);
		if (next < f->header || next > size - at)
			break;
		hash = XXH3_64bits_withSeed(bytes + at, f->counters, hash);
		hash = XXH3_64bits_withSeed(bytes + at + after, next - after, hash);
	}
	return hash;
}

static uint64_t
hash_table(int fd, const struct family *f, const char *table, uint64_t hash)
{
	struct ipt_getinfo info = {0};
	struct ipt_get_entries *entries;
	socklen_t size = sizeof info;

	snprintf(info.name, sizeof info.name, "%s", table);
	if (getsockopt(fd, f->level, f->info, &info, &size) != 0)
		return hash;
	size = (socklen_t)(sizeof *entries + info.size);
	if ((entries = calloc(1, size)) == NULL)
		return hash;
	memcpy(entries->name, info.name, sizeof entries->name);
	entries->size = info.size;
	if (getsockopt(fd, f->level, f->entries, entries, &size) == 0)
		hash = hash_entries(f, (const unsigned char *)entries->entrytable, info.size, hash);
	free(entries);
	return hash;
}

uint64_t
legacy_look(void)
{
	static const char *const tables[] = {"mangle", "filter"};
	uint64_t hash = 0;

	for (size_t i = 0; i < sizeof families / sizeof *families; i++)
		for (size_t t = 0; t < sizeof tables / sizeof *tables; t++) {
			int fd;

			if (!named(&families[i], tables[t]))
				continue;
			if ((fd = socket(families[i].domain, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW)) < 0)
				continue;
			hash = hash_table(fd, &families[i], tables[t], hash + 1);
			close(fd);
		}
	return hash;
}
