/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ipset_owner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool
ipset_is_ours(const char *name)
{
	static const char *const names[] = {"lan", "deny",      "open",      "pairs",  "cards",
	                                    "max", "max_pairs", "max_cards", "limited"};
	size_t size = strlen(name);

	if (strncmp(name, "nfqd_", 5) != 0 || (name[size - 1] != '4' && name[size - 1] != '6'))
		return false;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strlen(names[i]) == size - 6 && strncmp(name + 5, names[i], size - 6) == 0)
			return true;
	return false;
}

bool
ipset_is_unended(const char *name)
{
	char plain[32];
	size_t size = strlen(name);

	if (size < 4 || size - 4 >= sizeof plain || strcmp(name + size - 4, "_new") != 0)
		return false;
	snprintf(plain, sizeof plain, "%.*s", (int)size - 4, name);
	return ipset_is_ours(plain);
}

/* One option of a set's header, and the number or word behind it. */
static bool
has_option(const char *word, const char *value, const struct ipset_form *form)
{
	if (strcmp(word, "family") == 0)
		return strcmp(value, form->inet) == 0;
	if (strcmp(word, "timeout") == 0)
		return form->timeout && strcmp(value, "0") == 0;
	return strcmp(word, "maxelem") == 0 || strcmp(word, "hashsize") == 0 || strcmp(word, "bucketsize") == 0 ||
	       strcmp(word, "initval") == 0;
}

static bool
has_options(const char *header, const struct ipset_form *form)
{
	char line[256], *rest = line;
	unsigned long most = 0;
	bool timeout = false;

	snprintf(line, sizeof line, "%.*s", (int)strcspn(header, "\n"), header);
	for (char *word; (word = strsep(&rest, " ")) != NULL && word[0] != '\0';) {
		const char *value = strsep(&rest, " ");

		if (value == NULL || !has_option(word, value, form))
			return false;
		timeout = timeout || strcmp(word, "timeout") == 0;
		if (strcmp(word, "maxelem") == 0)
			most = strtoul(value, NULL, 10);
	}
	return timeout == form->timeout && most >= IPSET_LEAST_ROOM && (most & (most - 1)) == 0;
}

enum ipset_owner
ipset_find_owner(const char *list, const struct ipset_form *form)
{
	char head[64], type[64];
	const char *at;

	snprintf(head, sizeof head, "Name: %s\n", form->name);
	snprintf(type, sizeof type, "Type: %s\n", form->type);
	if ((at = strstr(list, head)) == NULL)
		return IPSET_NOBODY;
	if (strncmp(at + strlen(head), type, strlen(type)) != 0)
		return IPSET_OTHER_TYPE;
	at = strstr(at, "\nHeader: ");
	return at != NULL && has_options(at + strlen("\nHeader: "), form) ? IPSET_OURS : IPSET_OTHER_OPTIONS;
}
