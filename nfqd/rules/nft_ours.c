/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nft_ours.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/base/log.h"
#include "nfqd/kernel/nft_owner.h"
#include "nfqd/kernel/tool.h"
#include "nfqd/kernel/trouble.h"
#include "nft_script.h"

bool
nft_ours(const char *table, const char *consequence)
{
	char set[NFT_NAME];

	if (nft_owner(table, set) != NFT_OTHERS)
		return true;
	if (set[0] != '\0')
		trouble("the set %s in nft's table inet %s has not the type of ours, so the table is another "
		        "program's: rename or delete it; %s",
		        set, table, consequence);
	else
		trouble("nft's table inet %s is another program's, for it has no set of ours: rename or delete it; %s",
		        table, consequence);
	return false;
}

bool
nft_ours_free(const char *table)
{
	return nft_owner(table, NULL) != NFT_OTHERS;
}

bool
nft_ours_stands(const char *table)
{
	return nft_owner(table, NULL) == NFT_OURS;
}

/* A script that deletes ours from a table. */
struct deletion {
	FILE *out;
	const char *table, *verb;
	enum nft_kind only;
	unsigned others;
};

static void
count_others(void *arg, enum nft_kind kind, const char *name, bool ours)
{
	(void)kind;
	(void)name;
	*(unsigned *)arg += !ours;
}

static void
print_name(void *arg, enum nft_kind kind, const char *name, bool ours)
{
	static const char *const words[NFT_KINDS] = {"chain", "set", "counter"};
	struct deletion *d = arg;

	if (ours && kind == d->only)
		fprintf(d->out, "%s %s inet %s %s\n", d->verb, words[kind], d->table, name);
}

/* Rules go first, for they keep chains, sets and counters. */
static bool
print_deletion(const char *table, FILE *out)
{
	struct deletion d = {.out = out, .table = table, .verb = "flush", .only = NFT_CHAIN};
	bool seen = nft_names(table, print_name, &d);

	d.verb = "delete";
	for (d.only = NFT_CHAIN; seen && d.only < NFT_KINDS; d.only++)
		seen = nft_names(table, print_name, &d);
	return seen;
}

bool
nft_ours_remove(const char *table)
{
	char *script = NULL, why[COMMAND_WHY];
	unsigned others = 0;
	size_t size;
	FILE *out;
	bool done;

	if (nft_owner(table, NULL) != NFT_OURS)
		return true;
	if ((out = open_memstream(&script, &size)) == NULL)
		return false;
	done = nft_names(table, count_others, &others);
	if (others > 0)
		done = print_deletion(table, out) && done;
	else /* added first, so that there is something to delete */
		fprintf(out, "add table inet %s\ndelete table inet %s\n", table, table);
	done = fclose(out) == 0 && done;
	if (done && !(done = nft_run(script, false, why) == 0))
		trouble("nft did not remove our rules: %s", why);
	free(script);
	return done;
}

void
nft_ours_tell_left(const char *table)
{
	if (nft_owner(table, NULL) == NFT_OTHERS)
		log_info("left: nft's table inet %s, with what is not nfqd's", table);
}
