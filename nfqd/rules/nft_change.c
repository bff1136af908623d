/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nft_change.h"

#include <stdlib.h>
#include <string.h>

#include "nfqd/kernel/objects.h"
#include "nfqd/kernel/tool.h"
#include "nfqd/kernel/trouble.h"
#include "nft.h"
#include "nft_script.h"
#include "nft_sets.h"

#define NEXT "next_" /* prefix of the names of the other sets, which are there for a moment */

bool
nft_chain_has(const char *chain, const char *word)
{
	const char *const argv[] = {"nft", "list", "chain", "inet", NFT_TABLE, chain, NULL};
	char *text = NULL;
	bool found = command_run(argv, NULL, &text, NULL) == 0 && text != NULL && strstr(text, word) != NULL;

	free(text);
	return found;
}

/* Closes the stream that has written the script, runs it and frees it. */
static bool
run_script(FILE *out, char **script)
{
	char why[COMMAND_WHY];
	bool done = fclose(out) == 0 && nft_run_pieces(*script, why) == 0;

	if (!done)
		trouble("nft refused our rules: %s", why);
	free(*script);
	return done;
}

static bool
apply_sets(const struct kernel_policy *p, bool end, const char *prefix)
{
	char *script = NULL;
	size_t size;
	FILE *out = open_memstream(&script, &size);

	if (out == NULL)
		return false;
	nft_sets_print(p, end, prefix, out);
	return run_script(out, &script);
}

/* `prefix`: of the names of the sets, which are made, too, if none stand. */
static bool
apply_rules(const struct config *c, const struct kernel_policy *p, const struct nft_change *what, const char *prefix,
            unsigned *rules)
{
	char *script = NULL;
	size_t size;
	FILE *out = open_memstream(&script, &size);

	if (out == NULL)
		return false;
	if (!what->stand)
		nft_sets_print(p, what->end, prefix, out);
	what->print(c, p, prefix, out);
	if (what->mark != NULL)
		fprintf(out, "add rule inet " NFT_TABLE " end_local %s\n", what->mark);
	fflush(out);
	*rules = nft_count_rules(script);
	if (what->midstream)
		nft_print_midstream(c, p, prefix, out);
	return run_script(out, &script);
}

/* No rule uses these sets any more. They may be gone: `nfqd rules --apply` deletes them, too. */
static void
delete_sets(bool end, const char *prefix)
{
	char *script = NULL;
	size_t size;
	FILE *out = open_memstream(&script, &size);

	if (out == NULL)
		return;
	nft_sets_print_deletion(end, prefix, out);
	if (fclose(out) == 0)
		nft_run(script, false, NULL);
	free(script);
}

/* Rules that stand go on to other sets while theirs are filled. */
static bool
move_rules(const struct config *c, const struct kernel_policy *p, const struct nft_change *what, unsigned *rules)
{
	if (!apply_sets(p, what->end, NEXT) || !apply_rules(c, p, what, NEXT, rules) || !apply_sets(p, what->end, "") ||
	    !apply_rules(c, p, what, "", rules))
		return false;
	delete_sets(what->end, NEXT);
	return true;
}

bool
nft_change(const struct config *c, const struct kernel_policy *p, const struct nft_change *what, unsigned *rules)
{
	unsigned count = 0;
	bool done = what->stand ? move_rules(c, p, what, &count) : apply_rules(c, p, what, "", &count);

	*rules += count;
	return done;
}
