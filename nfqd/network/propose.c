/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "propose.h"

#include <ctype.h>
#include <string.h>

#include "inside.h"
#include "lib/config/config.h"

#define PREFIXES 48
#define ALIKE 3 /* links whose names differ in their number alone: one name with '*' */

struct proposal {
	const struct machine *machine;
	const struct machine_route *inside[PREFIXES], *outside[PREFIXES]; /* outside: beside the default route */
	size_t inside_count, outside_count;
	bool more; /* prefixes inside than there is room for */
	char links[CONFIG_INTERFACES][MACHINE_NAME];
	size_t link_count;
};

/* Another of the list has all its addresses. */
static bool
is_covered(const struct machine_route *const *list, size_t count, const struct machine_route *r)
{
	for (size_t i = 0; i < count; i++)
		if (prefix_covers(&list[i]->to, &r->to))
			return true;
	return false;
}

/* The shorter prefixes first, so that what they cover is left out. */
static void
find_prefixes(struct proposal *p, uint8_t family, uint8_t len)
{
	const struct machine *m = p->machine;

	for (size_t i = 0; i < m->route_count; i++) {
		const struct machine_route *r = &m->routes[i];
		const struct machine_link *l = machine_link(m, r->link);

		if (r->to.addr.family != family || r->to.len != len || l == NULL)
			continue;
		if (machine_is_outer(l)) {
			if (inside_is_routed(&r->to) && p->outside_count < PREFIXES &&
			    !is_covered(p->outside, p->outside_count, r))
				p->outside[p->outside_count++] = r;
		} else if (inside_place(m, r) != NULL && !is_covered(p->inside, p->inside_count, r)) {
			if (p->inside_count < PREFIXES)
				p->inside[p->inside_count++] = r;
			else
				p->more = true;
		}
	}
}

/* "ppp" of "ppp0", and how many links have such a name; 0: the stem is not theirs alone. */
static size_t
count_alike(const struct machine *m, const char *name, size_t stem)
{
	size_t count = 0;

	for (size_t i = 0; i < m->link_count; i++) {
		const struct machine_link *l = &m->links[i];

		if (strncmp(l->name, name, stem) != 0)
			continue;
		if (machine_is_outer(l) || !isdigit((unsigned char)l->name[stem]))
			return 0;
		count++;
	}
	return count;
}

static void
add_link(struct proposal *p, const char *name)
{
	const char *names[CONFIG_INTERFACES];
	size_t stem = strlen(name);

	while (stem > 0 && isdigit((unsigned char)name[stem - 1]))
		stem--;
	for (size_t i = 0; i < p->link_count; i++)
		names[i] = p->links[i];
	if (p->link_count == CONFIG_INTERFACES || config_has_link(names, p->link_count, name))
		return;
	if (stem > 0 && count_alike(p->machine, name, stem) >= ALIKE)
		snprintf(p->links[p->link_count++], MACHINE_NAME, "%.*s*", (int)stem, name);
	else
		snprintf(p->links[p->link_count++], MACHINE_NAME, "%s", name);
}

/* The interfaces that packets of the prefixes inside come in through. */
static void
find_links(struct proposal *p)
{
	for (size_t i = 0; i < p->inside_count; i++)
		add_link(p, machine_incoming(p->machine, machine_link(p->machine, p->inside[i]->link)));
}

/* A name that the configuration takes. */
static bool
is_plain(const char *name)
{
	return isalpha((unsigned char)name[0]) &&
	       name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                         "0123456789_-.@*")] == '\0';
}

static void
print_prefix(const struct proposal *p, const struct machine_route *r, const char *comment, FILE *out)
{
	const struct machine_link *l = machine_link(p->machine, r->link);
	char text[PREFIX_TEXT];

	fprintf(out, "%slan        %-24s # %s%s\n", comment, prefix_print(&r->to, text),
	        is_plain(l->name) ? l->name : "?", inside_works(p->machine, l) ? "" : ", which is down now");
}

static void
print_links(const struct proposal *p, FILE *out)
{
	for (size_t i = 0; i < p->link_count; i++)
		if (is_plain(p->links[i]))
			fprintf(out, "interface  %s\n", p->links[i]);
}

/* The interfaces outside, as a comment. */
static void
print_outside(const struct proposal *p, FILE *out)
{
	const struct machine *m = p->machine;

	fprintf(out,
	        "# Or, in place of the interface lines: whatever leaves there is judged, also from prefixes that are not above.\n"
	        "# outside   ");
	for (size_t i = 0; i < m->link_count; i++)
		if (machine_is_outer(&m->links[i]) && is_plain(m->links[i].name))
			fprintf(out, " %s", m->links[i].name);
	fputc('\n', out);
}

static void
print_inside(const struct proposal *p, FILE *out)
{
	fprintf(out, "# The networks behind this machine.\n");
	for (size_t i = 0; i < p->inside_count; i++)
		print_prefix(p, p->inside[i], "", out);
	if (p->more)
		fprintf(out, "# There are more: write the prefixes that have them all.\n");
	fprintf(out, "\n# What comes in there is judged, whatever its source.\n");
	print_links(p, out);
	print_outside(p, out);
}

/* No route leads inside: somebody has to say what is. */
static void
print_doubt(const struct proposal *p, bool outer, FILE *out)
{
	fprintf(out,
	        outer ? "# Every route leads to where the default route does. If hosts use this machine as their gateway there, which of\n"
	                "# these are they in?\n"
	              : "# There is no default route, so nothing shows what is outside. Which of these networks are behind this machine?\n");
	for (size_t i = 0; i < p->outside_count; i++)
		print_prefix(p, p->outside[i], "# ", out);
	for (size_t i = 0; i < p->inside_count; i++)
		print_prefix(p, p->inside[i], "# ", out);
	if (p->outside_count + p->inside_count == 0)
		fprintf(out, "# lan        PREFIX\n");
}

bool
propose_config(const struct machine *m, FILE *out)
{
	struct proposal p = {.machine = m};
	bool outer = inside_has_outer(m, 4) || inside_has_outer(m, 6), inside;

	for (uint8_t len = 0; len <= 32; len++)
		find_prefixes(&p, 4, len);
	for (uint8_t len = 0; len <= 128; len++)
		find_prefixes(&p, 6, len);
	inside = outer && p.inside_count > 0;
	fprintf(out, "# For nfqd on this machine, by its routes: see nfqd.conf(5). Look at each line.\n\n");
	if (inside) {
		find_links(&p);
		print_inside(&p, out);
	} else {
		print_doubt(&p, outer, out);
	}
	fprintf(out,
	        "\nport       25\n"
	        "stranger   audit                    # all pass, and are logged; `nfqd plan` then says whom to allow\n"
	        "# allow    ADDRESS note \"our mail server\"\n");
	return inside;
}
