/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "geo.h"

#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <maxminddb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/log.h"

#define CHUNK (1 << 20)            /* bytes copied at a time */
#define LARGEST (INT64_C(1) << 30) /* bytes; the largest databases have a few hundred million */

struct geo_file {
	char *path;
	MMDB_s db;
	bool open;
};

struct geo {
	struct geo_file file[GEO_FILES];
	size_t count;
};

/* A private copy: if a mapped file is truncated, the next lookup ends the program (SIGBUS). Returns a descriptor, or -1
 * with errno set. */
static int
copy(int from)
{
	int to = memfd_create("geo", MFD_CLOEXEC);
	off_t at = 0;
	ssize_t n;

	if (to < 0)
		return -1;
	while ((n = sendfile(to, from, &at, CHUNK)) > 0 && at <= LARGEST)
		;
	if (n == 0)
		return to;
	if (n > 0)
		errno = EFBIG;
	close(to);
	return -1;
}

/* A descriptor of a regular file of acceptable size, or -1 after logging. */
static int
open_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0) {
		log_warn("geo: %s is left out", path);
	} else if (!S_ISREG(st.st_mode)) {
		log_warnx("geo: %s is left out: not a regular file", path);
	} else if (st.st_size > LARGEST) {
		log_warnx("geo: %s is left out: larger than 1 GiB", path);
	} else {
		return fd;
	}
	if (fd >= 0)
		close(fd);
	return -1;
}

/* NULL if the database is laid out as its own description says, else what it is instead: the library finds the
 * description at the end of any file, and looks for the tree at its beginning. (MaxMind DB 2.0, "Data Section
 * Separator") */
static const char *
layout_error(const MMDB_s *db)
{
	enum { TAR_MAGIC = 257, SEPARATOR = 16 };
	static const uint8_t zeros[SEPARATOR];
	const uint8_t *b = db->file_content;
	uint64_t tree = (uint64_t)db->metadata.node_count * db->full_record_byte_size;

	if (db->file_size > TAR_MAGIC + 5 && memcmp(b + TAR_MAGIC, "ustar", 5) == 0)
		return "a tar archive, expected the file inside it";
	if (tree + SEPARATOR > (uint64_t)db->file_size || memcmp(b + tree, zeros, SEPARATOR) != 0)
		return "damaged, or a database inside another file";
	return NULL;
}

static void
try_open(struct geo_file *f)
{
	int fd = open_file(f->path), own, error;
	const char *why;
	char name[32];

	if (fd < 0)
		return;
	own = copy(fd);
	if (own < 0) {
		log_warn("geo: %s is left out", f->path);
		close(fd);
		return;
	}
	/* The library opens by name and keeps its own mapping. */
	snprintf(name, sizeof name, "/proc/self/fd/%d", own);
	error = MMDB_open(name, MMDB_MODE_MMAP, &f->db);
	f->open = error == MMDB_SUCCESS;
	if (!f->open)
		log_warnx("geo: %s is left out: not in MaxMind's format, or damaged (%s)", f->path,
		          MMDB_strerror(error));
	if (f->open && (why = layout_error(&f->db)) != NULL) {
		log_warnx("geo: %s is left out: %s", f->path, why);
		MMDB_close(&f->db);
		f->open = false;
	}
	close(own);
	close(fd);
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

size_t
geo_count(const struct geo *g)
{
	size_t n = 0;

	for (size_t i = 0; g != NULL && i < g->count; i++)
		n += g->file[i].open;
	return n;
}

/* A value of the entry, if it has that type. */
static bool
take(MMDB_entry_s *entry, const char *const *path, uint32_t type, MMDB_entry_data_s *out)
{
	return MMDB_aget_value(entry, out, path) == MMDB_SUCCESS && out->has_data && out->type == type;
}

static void
take_country(MMDB_entry_s *entry, struct geo_place *p)
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
take_system(MMDB_entry_s *entry, struct geo_place *p)
{
	static const char *const number[] = {"autonomous_system_number", NULL};
	static const char *const name[] = {"autonomous_system_organization", NULL};
	MMDB_entry_data_s data;
	size_t size;

	if (!take(entry, number, MMDB_DATA_TYPE_UINT32, &data))
		return;
	p->as = data.uint32;
	if (!take(entry, name, MMDB_DATA_TYPE_UTF8_STRING, &data))
		return;
	size = data.data_size < sizeof p->name ? data.data_size : sizeof p->name - 1;
	/* Truncate between characters. */
	while (size < data.data_size && size > 0 && ((unsigned char)data.utf8_string[size] & 0xc0) == 0x80)
		size--;
	memcpy(p->name, data.utf8_string, size);
}

struct geo_place
geo_find(const struct geo *g, const struct addr *a)
{
	struct sockaddr_in in = {.sin_family = AF_INET};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
	const struct sockaddr *sa = a->family == 4 ? (const struct sockaddr *)&in : (const struct sockaddr *)&in6;
	struct geo_place found = {0};
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
			continue; /* a damaged tree, or an IPv6 address in a file of IPv4 */
		if (found.country[0] == '\0')
			take_country(&r.entry, &found);
		if (found.as == 0)
			take_system(&r.entry, &found);
	}
	return found;
}

const char *
geo_print(const struct geo_place *p, char buf[GEO_TEXT])
{
	if (p->as != 0)
		snprintf(buf, GEO_TEXT, "%s%sAS%u", p->country, p->country[0] != '\0' ? ", " : "", p->as);
	else
		snprintf(buf, GEO_TEXT, "%s", p->country[0] != '\0' ? p->country : "an unknown location");
	return buf;
}
