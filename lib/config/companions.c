/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Settings of pcapmon's side traffic: companions, names, blocklist. */
#include "parser.h"

#include <ctype.h>
#include <string.h>

#include "lib/companion/refusal.h"

static void
set_switch(struct tokens *cur, bool *on)
{
	const char *word = tokens_take(cur, "on or off");

	if (word == NULL)
		return;
	if (strcmp(word, "on") != 0 && strcmp(word, "off") != 0) {
		complain(cur->c, "%s: \"%s\" is not known, expected on or off", cur->keyword, word);
		return;
	}
	config_settle(cur, word);
	*on = strcmp(word, "on") == 0;
}

void
set_companions(struct tokens *cur)
{
	set_switch(cur, &cur->c->companions);
}

void
set_names(struct tokens *cur)
{
	set_switch(cur, &cur->c->names);
}

static void
add(struct config *c, const char *name)
{
	for (size_t i = 0; i < c->blocklist_count; i++)
		if (strcmp(c->blocklist[i], name) == 0)
			return;
	if (c->blocklist_count == CONFIG_BLOCKLISTS) {
		complain(c, "blocklist: too many names, expected %d at most", CONFIG_BLOCKLISTS);
		return;
	}
	c->blocklist[c->blocklist_count++] = name;
}

void
add_blocklists(struct config *c)
{
	for (size_t i = 0; refusal_defaults[i] != NULL; i++)
		add(c, refusal_defaults[i]);
}

/* "blocklist default dnsbl.example.org", "blocklist none"; the first such line starts from an empty list. */
void
set_blocklist(struct tokens *cur)
{
	struct config *c = cur->c;
	const char *name;
	char lower[REFUSAL_NAME];
	bool quoted;

	if (!c->blocklist_given)
		c->blocklist_count = 0;
	c->blocklist_given = true;
	do {
		quoted = tokens_peek(cur) != NULL && tokens_peek(cur)->quoted;
		if ((name = tokens_take(cur, "names of blocklists, default, or none")) == NULL)
			return;
		if (!quoted && strcmp(name, "default") == 0) {
			add_blocklists(c);
			continue;
		}
		if (!quoted && strcmp(name, "none") == 0)
			continue;
		if (strlen(name) < 4 || strlen(name) >= REFUSAL_NAME) {
			complain(c, "blocklist: \"%s\" is not a valid name, expected 4 to %d bytes, default or none",
			         name, REFUSAL_NAME - 1);
			return;
		}
		for (size_t i = 0; i <= strlen(name); i++)
			lower[i] = (char)tolower((unsigned char)name[i]);
		add(c, keep_string(c, lower));
	} while (tokens_peek(cur) != NULL);
}
