/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nft_elements.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "lib/base/mac.h"
#include "lib/base/when.h"
#include "lib/policy/card.h"
#include "nfqd/kernel/nft_fill.h"
#include "nfqd/kernel/nft_find.h"
#include "nfqd/kernel/trouble.h"

#define MOST_TIMEOUT 99999999 /* seconds, three years: nft reads no more digits; the supervisor renews daily */

static bool lost;

static int64_t
seconds_left(const struct element *e, int64_t now)
{
	int64_t left = (e->until - now) / SECOND + 1;

	return left < MOST_TIMEOUT ? left : MOST_TIMEOUT;
}

void
nft_print_elements(FILE *out, const char *set, uint8_t family, const struct element_list *list, int64_t now)
{
	char source[PREFIX_TEXT], to[PREFIX_TEXT];
	bool any = false;

	fprintf(out, "flush set %s\n", set);
	for (size_t i = 0; i < list->count; i++) {
		const struct element *e = &list->items[i];

		if (e->source.addr.family != family)
			continue;
		if (!any)
			fprintf(out, "add element %s {\n", set);
		prefix_print(&e->source, source);
		if (e->to.addr.family == 0)
			fprintf(out, "\t%s", source);
		else if (policy_is_card(&e->to))
			fprintf(out, "\t%s . %s", mac_print(e->to.addr.bytes, to), source);
		else
			fprintf(out, "\t%s . %s", source, prefix_print(&e->to, to));
		if (e->until != RULES_FOREVER)
			fprintf(out, " timeout %" PRId64 "s", seconds_left(e, now));
		fprintf(out, ",\n");
		any = true;
	}
	if (any)
		fprintf(out, "}\n");
}

/* Appends a field of `size` bytes to both ends of the key, which is padded to four bytes. */
static void
put_field(struct nft_element *out, const uint8_t *first, const uint8_t *last, size_t size)
{
	memcpy(out->first + out->size, first, size);
	memcpy(out->last + out->size, last, size);
	out->size += (uint8_t)((size + 3) / 4 * 4);
}

static void
put_prefix(struct nft_element *out, const struct prefix *p)
{
	struct addr last = prefix_last(p);

	put_field(out, p->addr.bytes, last.bytes, addr_size(&p->addr));
}

static struct nft_element
element_of(const struct element *e, int64_t now)
{
	struct nft_element out = {.fields = e->to.addr.family != 0,
	                          .left = e->until != RULES_FOREVER ? seconds_left(e, now) * SECOND : 0};

	if (policy_is_card(&e->to))
		put_field(&out, e->to.addr.bytes, e->to.addr.bytes, 6);
	put_prefix(&out, &e->source);
	if (out.fields && !policy_is_card(&e->to))
		put_prefix(&out, &e->to);
	return out;
}

bool
nft_set_is_lost(const char *table, const char *set)
{
	bool is = !nft_find_set(table, set);

	lost = lost || is;
	return is;
}

void
nft_sets_forget_lost(void)
{
	lost = false;
}

bool
nft_sets_are_lost(void)
{
	return lost;
}

bool
nft_fill_elements(const char *table, const char *set, uint8_t family, const struct element_list *list, int64_t now)
{
	struct nft_filling f;

	if (elements_count(list, family) == 0)
		return true;
	nft_fill_begin(&f, table, set);
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].source.addr.family == family) {
			struct nft_element e = element_of(&list->items[i], now);

			nft_fill_add(&f, &e);
		}
	if (nft_fill_end(&f))
		return true;
	if (!nft_set_is_lost(table, set))
		trouble("the kernel refused the elements of the set %s: %s", set, strerror(f.error));
	return false;
}
