/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "geo.h"

#include <sys/stat.h>

#include <maxminddb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"

struct geo_file {
	char *path;
	MMDB_s db;
	bool open;
	struct stat seen; /* the file when it was tried to open last */
};

struct geo {
	struct geo_file file[GEO_FILES];
	size_t count;
};

/* The file as it is now: true if it is another than the one last tried. */
static bool
is_replaced(struct geo_file *f, struct stat *now)
{
	return stat(f->path, now) == 0 &&
	       (now->st_ino != f->seen.st_ino || now->st_dev != f->seen.st_dev || now->st_size != f->seen.st_size ||
	        now->st_mtim.tv_sec != f->seen.st_mtim.tv_sec || now->st_mtim.tv_nsec != f->seen.st_mtim.tv_nsec);
}

static void
try_open(struct geo_file *f)
{
	MMDB_s fresh;
	int error = MMDB_open(f->path, MMDB_MODE_MMAP, &fresh);

	if (error == MMDB_SUCCESS) {
		if (f->open)
			MMDB_close(&f->db);
		f->db = fresh;
		f->open = true;
	} else if (error == MMDB_IO_ERROR) {
		log_warn("%s: cannot read the geographical database%s", f->path, f->open ? ", the old one stays" : "");
	} else {
		log_warnx("%s: no usable geographical database%s: %s", f->path, f->open ? ", the old one stays" : "",
		          MMDB_strerror(error));
	}
}

struct geo *
geo_new(const char *const *paths, size_t count)
{
	struct geo *g = calloc(1, sizeof *g);

	if (g == NULL)
		return NULL;
	for (size_t i = 0; i < count && g->count < GEO_FILES; i++) {
		struct geo_file *f = &g->file[g->count];

		if ((f->path = strdup(paths[i])) == NULL) {
			geo_free(g);
			return NULL;
		}
		g->count++;
		stat(f->path, &f->seen);
		try_open(f);
	}
	return g;
}

void
geo_free(struct geo *g)
{
	if (g == NULL)
		return;
	for (size_t i = 0; i < g->count; i++) {
		if (g->file[i].open)
			MMDB_close(&g->file[i].db);
		free(g->file[i].path);
	}
	free(g);
}

void
geo_refresh(struct geo *g)
{
	struct stat now;

	for (size_t i = 0; i < g->count; i++)
		if (is_replaced(&g->file[i], &now)) {
			g->file[i].seen = now;
			try_open(&g->file[i]);
		}
}

size_t
geo_count(const struct geo *g)
{
	size_t n = 0;

	for (size_t i = 0; g != NULL && i < g->count; i++)
		n += g->file[i].open;
	return n;
}

/* A value of the entry, which must be of that type. */
static bool
take(MMDB_entry_s *entry, const char *const *path, uint32_t type, MMDB_entry_data_s *out)
{
	return MMDB_aget_value(entry, out, path) == MMDB_SUCCESS && out->has_data && out->type == type;
}

static void
take_country(MMDB_entry_s *entry, struct place *p)
{
	static const char *const maxmind[] = {"country", "iso_code", NULL}, *const flat[] = {"country_code", NULL};
	MMDB_entry_data_s data;
	const char *text;

	if (!take(entry, maxmind, MMDB_DATA_TYPE_UTF8_STRING, &data) &&
	    !take(entry, flat, MMDB_DATA_TYPE_UTF8_STRING, &data))
		return;
	text = data.utf8_string; /* not terminated */
	if (data.data_size != 2 || text[0] < 'A' || text[0] > 'Z' || text[1] < 'A' || text[1] > 'Z')
		return;
	memcpy(p->country, text, 2);
}

static void
take_system(MMDB_entry_s *entry, struct place *p)
{
	static const char *const number[] = {"autonomous_system_number", NULL};
	static const char *const name[] = {"autonomous_system_organization", NULL};
	MMDB_entry_data_s data;
	size_t used = 0;

	if (!take(entry, number, MMDB_DATA_TYPE_UINT32, &data))
		return;
	p->as = data.uint32;
	if (!take(entry, name, MMDB_DATA_TYPE_UTF8_STRING, &data))
		return;
	for (uint32_t i = 0; i < data.data_size && used < sizeof p->name - 1; i++) {
		char c = data.utf8_string[i];

		if ((unsigned char)c >= 0x80 && ((unsigned char)c & 0xc0) == 0x80)
			continue; /* what follows in a character: the first byte of it is one '?' */
		p->name[used++] = c >= ' ' && c <= '~' ? c : '?';
	}
	p->name[used] = '\0';
}

struct place
geo_find(const struct geo *g, const struct addr *a)
{
	struct sockaddr_in in = {.sin_family = AF_INET};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
	const struct sockaddr *sa = a->family == 4 ? (const struct sockaddr *)&in : (const struct sockaddr *)&in6;
	struct place found = {0};
	int error;

	if (a->family == 4)
		memcpy(&in.sin_addr, a->bytes, 4);
	else
		memcpy(&in6.sin6_addr, a->bytes, 16);
	for (size_t i = 0; i < g->count && a->family != 0; i++) {
		MMDB_lookup_result_s r;

		if (!g->file[i].open)
			continue;
		r = MMDB_lookup_sockaddr(&g->file[i].db, sa, &error);
		if (error != MMDB_SUCCESS || !r.found_entry)
			continue; /* a broken tree, or an IPv6 address in a file of IPv4 */
		if (found.country[0] == '\0')
			take_country(&r.entry, &found);
		if (found.as == 0)
			take_system(&r.entry, &found);
	}
	return found;
}
