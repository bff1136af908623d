/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sources.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/log.h"
#include "lib/priv/priv.h"

static void
add_file(struct sources *s, const char *path)
{
	char why[512];

	s->list = reallocarray(s->list, s->count + 1, sizeof *s->list);
	if (s->list == NULL)
		fatal("%s", path);
	s->list[s->count] = (struct source){0};
	priv_become_owner(path);
	if (!source_open(&s->list[s->count], path, why, sizeof why))
		fatalx("%s", why);
	s->count++;
}

void
sources_add(struct sources *s, const char *path)
{
	static const char *const names[] = {"gate.db", "wire.db"};
	size_t before = s->count;
	struct stat st;
	char *file;

	if (stat(path, &st) != 0)
		fatal("%s", path);
	if (!S_ISDIR(st.st_mode)) {
		add_file(s, path);
		return;
	}
	for (size_t n = 0; n < 2; n++) {
		if (asprintf(&file, "%s/%s", path, names[n]) < 0)
			fatal("%s", path);
		if (lstat(file, &st) == 0)
			add_file(s, file);
		else if (errno != ENOENT)
			fatal("%s", file);
		free(file);
	}
	if (s->count == before)
		fatalx("%s: neither %s/gate.db nor %s/wire.db is there", path, path, path);
}

/* Before the first start of either program. */
static void
end_if_nothing(const char *folder)
{
	char file[4096];
	struct stat st;

	if (lstat(folder, &st) != 0 && errno == ENOENT)
		fatalx("nothing is recorded yet: %s does not exist; nfqd and pcapmon make it at their first start",
		       folder);
	snprintf(file, sizeof file, "%s/gate.db", folder);
	if (lstat(file, &st) == 0 || errno != ENOENT)
		return;
	snprintf(file, sizeof file, "%s/wire.db", folder);
	if (lstat(file, &st) != 0 && errno == ENOENT)
		fatalx("nothing is recorded yet: %s has neither gate.db nor wire.db; nfqd and pcapmon make them at "
		       "their first start",
		       folder);
}

void
sources_open(struct sources *s, char *const *paths, size_t path_count, const struct config *c)
{
	for (size_t n = 0; n < path_count; n++)
		sources_add(s, paths[n]);
	if (path_count > 0)
		return;
	end_if_nothing(c != NULL ? c->database : CONFIG_DATABASE);
	sources_add(s, c != NULL ? c->database : CONFIG_DATABASE);
}

struct config *
sources_config(const char *path)
{
	struct config *c;

	if (path == NULL && access(CONFIG_PATH, R_OK) != 0)
		return NULL;
	if ((c = config_load(path != NULL ? path : CONFIG_PATH)) == NULL)
		exit(2);
	return c;
}

void
sources_close(struct sources *s)
{
	for (size_t n = 0; n < s->count; n++)
		source_close(&s->list[n]);
	free(s->list);
	*s = (struct sources){0};
}
