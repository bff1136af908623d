/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Users of the gateway in `allow local user`. Names become numbers when the configuration is read. */
#include "parser.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

bool
config_user(const struct config *c, const char *text, uint32_t *out)
{
	const struct config_io *io = &c->parser->io;
	unsigned long long number;
	char *end;

	if (!isdigit((unsigned char)*text))
		return config_is_name(text + (*text == '_'), "_-.", 32) && io->user != NULL &&
		       io->user(io->arg, text, out);
	number = strtoull(text, &end, 10);
	*out = (uint32_t)number;
	return *end == '\0' && number < UINT32_MAX; /* the greatest is reserved */
}

bool
users_read(struct tokens *cur, struct directive *st, FILE *text)
{
	struct config_parser *parser = cur->c->parser;
	const struct word *w;
	uint32_t user;

	cur->at++; /* local */
	if ((w = tokens_peek(cur)) == NULL || w->quoted || strcmp(w->text, "user") != 0) {
		complain(cur->c, "allow: local needs users, expected \"allow local user\" and their names");
		return false;
	}
	cur->at++;
	fprintf(text, " local user");
	st->first = (uint32_t)parser->subjects.count;
	while ((w = tokens_peek(cur)) != NULL && !config_is_clause(w)) {
		struct subject *kept;

		cur->at++;
		if (!config_user(cur->c, w->text, &user)) {
			complain(cur->c, "allow: there is no user \"%s\", expected one of this system, or a number",
			         w->text);
			return false;
		}
		if ((kept = list_add(cur->c, &parser->subjects, sizeof *kept)) == NULL)
			return false;
		kept->prefix = policy_user(user);
		st->count++;
		fprintf(text, " %s", w->text);
	}
	if (st->count == 0)
		complain(cur->c, "allow: no user given, expected one or more users");
	return st->count > 0;
}
