/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "networks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
set_link(struct machine_link *l, const char *text, uint32_t index)
{
	size_t n = strcspn(text, ":<^!@");

	*l = (struct machine_link){.index = index, .running = true, .forwards4 = true, .forwards6 = true};
	memcpy(l->name, text, n);
	for (text += n; *text != '\0'; text += n) {
		n = 1 + strcspn(text + 1, ":<^!@");
		if (*text == ':')
			memcpy(l->kind, text + 1, n - 1);
		l->master = *text == '<' ? (uint32_t)atoi(text + 1) : l->master;
		l->parent = *text == '^' ? (uint32_t)atoi(text + 1) : l->parent;
		l->running = l->running && *text != '!';
		l->addressed = l->addressed || *text == '@';
	}
}

static void
set_route(struct machine_route *r, char *text)
{
	char *link = strchr(text, '>');

	*link = '\0';
	assert_int_equal(prefix_parse(text, &r->to), PREFIX_OK);
	r->link = (uint32_t)atoi(link + 1);
}

const struct machine *
networks_machine(struct network *n, const char *links, const char *routes)
{
	struct machine *m = &n->machine;
	char text[1024], *save = NULL;

	*m = (struct machine){.links = n->links, .routes = n->routes, .asked = true};
	snprintf(text, sizeof text, "%s", links);
	for (char *word = strtok_r(text, " ", &save); word != NULL; word = strtok_r(NULL, " ", &save), m->link_count++)
		set_link(&n->links[m->link_count], word, (uint32_t)m->link_count + 1);
	snprintf(text, sizeof text, "%s", routes);
	for (char *word = strtok_r(text, " ", &save); word != NULL; word = strtok_r(NULL, " ", &save))
		set_route(&n->routes[m->route_count++], word);
	n->links[0].forwards4 = n->links[0].forwards6 = false;
	machine_find_outer(m);
	return m;
}
