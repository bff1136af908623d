/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ipset.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "nfqd/kernel/ipset_owner.h"
#include "nfqd/kernel/tool.h"
#include "nfqd/kernel/trouble.h"
#include "nfqd/kernel/iptables_look.h"
#include "nfqd/kernel/iptables_text.h"
#include "lib/base/log.h"
#include "lib/base/mac.h"
#include "lib/base/when.h"
#include "lib/policy/card.h"
#include "features.h"

#define MOST_TIMEOUT 2147483 /* seconds: the most that ipset takes; the supervisor renews daily */

static const struct set {
	const char *name;
	size_t list; /* offset of its elements in struct kernel_policy */
	enum element_kind kind;
	bool timeout;
} sets[] = {
        {"lan", offsetof(struct kernel_policy, lan), ELEMENT_ONE, false},
        {"deny", offsetof(struct kernel_policy, deny), ELEMENT_ONE, false},
        {"open", offsetof(struct kernel_policy, open), ELEMENT_ONE, true},
        {"pairs", offsetof(struct kernel_policy, pairs), ELEMENT_PAIR, true},
        {"cards", offsetof(struct kernel_policy, cards), ELEMENT_CARD, true},
        {"max", offsetof(struct kernel_policy, max), ELEMENT_ONE, true},
        {"max_pairs", offsetof(struct kernel_policy, max_pairs), ELEMENT_PAIR, true},
        {"max_cards", offsetof(struct kernel_policy, max_cards), ELEMENT_CARD, true},
        {"limited", offsetof(struct kernel_policy, limited), ELEMENT_ONE, true},
};

#define SETS (sizeof sets / sizeof *sets)

static bool
takes(const char *script, enum feature f)
{
	const char *const argv[] = {"ipset", "restore", NULL};

	return features_have(f, argv, script);
}

bool
ipset_has_pairs(void)
{
	return takes("create nfqd_probe hash:net,net family inet timeout 0\ndestroy nfqd_probe\n", FEATURE_PAIRS);
}

bool
ipset_has_cards(void)
{
	return takes("create nfqd_probe hash:ip,mac family inet timeout 0\ndestroy nfqd_probe\n"
	             "create nfqd_probe hash:ip,mac family inet6 timeout 0\ndestroy nfqd_probe\n",
	             FEATURE_CARDS);
}

static bool
can_make(const struct set *s)
{
	return s->kind == ELEMENT_ONE || (s->kind == ELEMENT_PAIR ? ipset_has_pairs() : ipset_has_cards());
}

/* An element of this family that the set can hold: hash:ip,mac holds single addresses. */
static bool
holds(const struct set *s, const struct tool *t, const struct element *e)
{
	return e->source.addr.family == t->family &&
	       (s->kind != ELEMENT_CARD || e->source.len == addr_bits(&e->source.addr));
}

/* ipset has no /0: it is written as its two halves. */
static void
print_element(FILE *out, const char *name, const struct element *e, int64_t now)
{
	char source[PREFIX_TEXT], to[PREFIX_TEXT];
	struct element half = *e;

	if (e->source.len == 0) {
		half.source.len = 1;
		print_element(out, name, &half, now);
		half.source.addr.bytes[0] = 0x80;
		print_element(out, name, &half, now);
		return;
	}
	if (e->to.addr.family != 0 && e->to.len == 0) {
		half.to.len = 1;
		print_element(out, name, &half, now);
		half.to.addr.bytes[0] = 0x80;
		print_element(out, name, &half, now);
		return;
	}
	fprintf(out, "add %s %s", name, prefix_print(&e->source, source));
	if (policy_is_card(&e->to))
		fprintf(out, ",%s", mac_print(e->to.addr.bytes, to));
	else if (e->to.addr.family != 0)
		fprintf(out, ",%s", prefix_print(&e->to, to));
	if (e->until != RULES_FOREVER) {
		int64_t left = (e->until - now) / SECOND + 1;

		fprintf(out, " timeout %" PRId64, left < MOST_TIMEOUT ? left : MOST_TIMEOUT);
	}
	fprintf(out, "\n");
}

/* The elements of a set. Where ipset has no pairs, `limited` also has the sources of pairs that end. */
static const struct element_list *
list_of(const struct set *s, const struct kernel_policy *p)
{
	bool bound = s->list == offsetof(struct kernel_policy, limited) && ipset_has_pairs();

	return bound ? &p->bound : kernel_policy_list(p, s->list);
}

static const char *const types[] = {
        [ELEMENT_ONE] = "hash:net", [ELEMENT_PAIR] = "hash:net,net", [ELEMENT_CARD] = "hash:ip,mac"};

static void
print_set(FILE *out, const char *name, const struct set *s, const struct tool *t, const struct kernel_policy *p)
{
	const struct element_list *list = list_of(s, p);
	size_t room = IPSET_LEAST_ROOM;

	while (room < list->count * 2 + 2)
		room *= 2;
	fprintf(out, "create %s %s family %s maxelem %zu%s\n", name, types[s->kind], t->inet, room,
	        s->timeout ? " timeout 0" : "");
	for (size_t i = 0; i < list->count; i++)
		if (holds(s, t, &list->items[i]))
			print_element(out, name, &list->items[i], p->now);
}

static uint32_t
count_elements(const struct set *s, const struct tool *t, const struct kernel_policy *p)
{
	const struct element_list *list = list_of(s, p);
	uint32_t count = 0;

	for (size_t i = 0; i < list->count; i++)
		if (holds(s, t, &list->items[i]))
			count += (list->items[i].source.len == 0 ? 2U : 1U) *
			         (s->kind == ELEMENT_PAIR && list->items[i].to.len == 0 ? 2U : 1U);
	return count;
}

void
ipset_print(const struct kernel_policy *p, FILE *out)
{
	char name[32];

	fprintf(out, "# ipset restore\n");
	for (size_t t = 0; t < TOOLS; t++)
		for (size_t i = 0; i < SETS; i++) {
			if (!can_make(&sets[i]))
				continue;
			snprintf(name, sizeof name, "nfqd_%s%u", sets[i].name, iptables_tools[t].family);
			print_set(out, name, &sets[i], &iptables_tools[t], p);
		}
	if (!ipset_has_cards())
		fprintf(out, "# no hash:ip,mac here: sources bound to a card go to the closed queue\n");
	if (!ipset_has_pairs())
		fprintf(out, "# no hash:net,net here: sources limited to destinations go to the closed queue\n");
}

/* The names of all sets, a line each, the caller's to free; NULL on error. */
static char *
list_sets(void)
{
	const char *const argv[] = {"ipset", "list", "-n", NULL};
	char *text = NULL;

	if (command_run(argv, NULL, &text, NULL) != 0) {
		free(text);
		return NULL;
	}
	return text != NULL ? text : calloc(1, 1);
}

bool
ipset_usable(void)
{
	const char *const argv[] = {"ipset", "list", "-n", NULL};

	return command_run(argv, NULL, NULL, NULL) == 0;
}

/* The kernel's sets without their elements, the caller's to free; NULL on error. */
static char *
list_heads(void)
{
	const char *const argv[] = {"ipset", "list", "-t", NULL};
	char *text = NULL;

	if (command_run(argv, NULL, &text, NULL) != 0) {
		free(text);
		return NULL;
	}
	return text != NULL ? text : calloc(1, 1);
}

/* Calls `take` for each name of ours, and those of new sets that are not swapped in yet. */
typedef void take_owner(const char *name, const struct set *s, enum ipset_owner owner, void *arg);

static bool
each(take_owner *take, void *arg)
{
	char *heads = list_heads(), name[40];

	for (size_t t = 0; t < TOOLS && heads != NULL; t++)
		for (size_t i = 0; i < 2 * SETS; i++) {
			const struct set *s = &sets[i / 2];
			struct ipset_form form = {name, types[s->kind], iptables_tools[t].inet, s->timeout};

			snprintf(name, sizeof name, "nfqd_%s%u%s", s->name, iptables_tools[t].family,
			         i % 2 != 0 ? "_new" : "");
			take(name, s, ipset_find_owner(heads, &form), arg);
		}
	free(heads);
	return heads != NULL;
}

static void
note_ours(const char *name, const struct set *s, enum ipset_owner owner, void *any)
{
	(void)name;
	(void)s;
	*(bool *)any = *(bool *)any || owner == IPSET_OURS;
}

bool
ipset_traces(void)
{
	bool any = false;

	each(note_ours, &any);
	return any;
}

static void
note_taken(const char *name, const struct set *s, enum ipset_owner owner, void *taken)
{
	if (owner <= IPSET_OURS || !can_make(s))
		return;
	*(bool *)taken = true;
	if (owner == IPSET_OTHER_TYPE)
		trouble("the ipset %s is not of type %s, and so another program's: rename or destroy it", name,
		        types[s->kind]);
	else
		trouble("the ipset %s has not the options of ours, and so is another program's: rename or destroy it",
		        name);
}

bool
ipset_names_are_free(void)
{
	bool taken = false;

	each(note_taken, &taken);
	return !taken;
}

bool
ipset_stand(void)
{
	char *have = list_sets(), name[32];
	bool all = have != NULL;

	for (size_t t = 0; t < TOOLS && all; t++)
		for (size_t i = 0; i < SETS && all; i++) {
			snprintf(name, sizeof name, "nfqd_%s%u", sets[i].name, iptables_tools[t].family);
			all = !can_make(&sets[i]) || iptables_has_line(have, name, name);
		}
	free(have);
	return all;
}

bool
ipset_make_missing(const struct kernel_policy *p)
{
	static const struct kernel_policy none = {0};
	char *script = NULL, *have = list_sets(), name[32];
	size_t size;
	FILE *out = have != NULL ? open_memstream(&script, &size) : NULL;
	bool done = false;

	for (size_t t = 0; t < TOOLS && out != NULL; t++)
		for (size_t i = 0; i < SETS; i++) {
			bool large = list_of(&sets[i], p)->count > KERNEL_POLICY_SMALL;

			snprintf(name, sizeof name, "nfqd_%s%u", sets[i].name, iptables_tools[t].family);
			if (can_make(&sets[i]) && !iptables_has_line(have, name, name))
				print_set(out, name, &sets[i], &iptables_tools[t], large ? &none : p);
		}
	if (out != NULL)
		done = fclose(out) == 0 && command_feed("ipset", "restore", script);
	free(script);
	free(have);
	return done;
}

bool
ipset_apply(const struct kernel_policy *p, struct ipset_state *made)
{
	bool done = false;
	char *script = NULL, *have = list_sets(), name[32], fresh[40];
	size_t size;
	FILE *out = have != NULL ? open_memstream(&script, &size) : NULL;

	if (out == NULL) {
		trouble("cannot list the kernel's ipsets");
		goto end;
	}
	for (size_t t = 0; t < TOOLS; t++)
		for (size_t i = 0; i < SETS; i++) {
			if (!can_make(&sets[i]))
				continue;
			snprintf(name, sizeof name, "nfqd_%s%u", sets[i].name, iptables_tools[t].family);
			snprintf(fresh, sizeof fresh, "%s_new", name);
			if (iptables_has_line(have, fresh, fresh))
				fprintf(out, "destroy %s\n", fresh);
			print_set(out, fresh, &sets[i], &iptables_tools[t], p);
			ipset_state_add(made, name, count_elements(&sets[i], &iptables_tools[t], p));
			if (iptables_has_line(have, name, name))
				fprintf(out, "swap %s %s\ndestroy %s\n", fresh, name, fresh);
			else
				fprintf(out, "rename %s %s\n", fresh, name);
		}
	done = fclose(out) == 0 && command_feed("ipset", "restore", script);
end:
	free(script);
	free(have);
	return done;
}

static void
print_destruction(const char *name, const struct set *s, enum ipset_owner owner, void *out)
{
	(void)s;
	if (owner == IPSET_OURS)
		fprintf(out, "destroy %s\n", name);
}

bool
ipset_remove(void)
{
	char *script = NULL;
	size_t size;
	FILE *out = open_memstream(&script, &size);
	bool done = false;

	if (out != NULL) {
		done = each(print_destruction, out);
		done = fclose(out) == 0 && done && command_feed("ipset", "restore", script);
	}
	free(script);
	return done;
}

static void
tell_left(const char *name, const struct set *s, enum ipset_owner owner, void *unused)
{
	(void)s;
	(void)unused;
	if (owner > IPSET_OURS)
		log_info("left: the ipset %s, which is not nfqd's", name);
}

void
ipset_tell_left(void)
{
	each(tell_left, NULL);
}
