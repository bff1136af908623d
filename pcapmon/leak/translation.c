/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it works: a line of the file has the addresses and ports of a connection twice, as the client sees it and as the
 * answers come; the source of the answers is where it ends. One reading serves all connections that were open then: it
 * remembers those with the wanted port for a second. */
#include "translation.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/steady.h"
#include "lib/base/when.h"

#define TABLE "/proc/net/nf_conntrack"
#define COUNT "/proc/sys/net/netfilter/nf_conntrack_count"
#define MOST 20000         /* connections in a table that is read */
#define FRESH SECOND       /* how long a reading is believed */
#define SHARE 10           /* one part of so many of the time may be spent on reading */
#define SAVED (SECOND / 2) /* as much time may be saved up for many readings in a row */
#define ENTRIES 4096       /* remembered of a reading */
#define BUFFER (32 * 1024)

struct entry {
	struct flow flow; /* as the client sees it */
	struct addr end;
	uint16_t port;
};

struct translation {
	int table, count; /* files; -1: none */
	size_t entries;
	uint16_t port; /* of the reading */
	struct steady read_at, saved_since;
	struct entry entry[ENTRIES];
	char buffer[BUFFER + 1];
};

struct translation *
translation_open_file(const char *path)
{
	struct translation *t = calloc(1, sizeof *t);

	if (t == NULL)
		return NULL;
	t->count = -1;
	t->saved_since = steady_add(steady_now(), -SAVED * SHARE);
	if ((t->table = open(path, O_RDONLY | O_CLOEXEC)) < 0) {
		free(t);
		return NULL;
	}
	return t;
}

struct translation *
translation_open(void)
{
	struct translation *t = translation_open_file(TABLE);

	if (t != NULL)
		t->count = open(COUNT, O_RDONLY | O_CLOEXEC);
	return t;
}

void
translation_close(struct translation *t)
{
	if (t == NULL)
		return;
	close(t->table);
	if (t->count >= 0)
		close(t->count);
	free(t);
}

/* The next "src=10.1.0.50 dst=203.0.113.10 sport=40000 dport=25" of a line. Returns what follows, or NULL. */
static const char *
read_flow(const char *at, struct flow *out)
{
	static const char *const keys[] = {"src=", "dst=", "sport=", "dport="};
	char word[64];

	for (int i = 0; i < 4; i++) {
		size_t length;

		if ((at = strstr(at, keys[i])) == NULL)
			return NULL;
		at += strlen(keys[i]);
		if ((length = strcspn(at, " \n")) >= sizeof word)
			return NULL;
		memcpy(word, at, length);
		word[length] = '\0';
		if (i < 2 && !addr_parse(word, i == 0 ? &out->src : &out->dst))
			return NULL;
		if (i == 2)
			out->sport = (uint16_t)strtoul(word, NULL, 10);
		if (i == 3)
			out->dport = (uint16_t)strtoul(word, NULL, 10);
		at += length;
	}
	return at;
}

/* `line` ends with a zero. */
static void
take_line(struct translation *t, const char *line)
{
	struct flow there, back;
	const char *rest;

	if (t->entries == ENTRIES || strstr(line, " tcp ") == NULL || (rest = read_flow(line, &there)) == NULL ||
	    there.dport != t->port || read_flow(rest, &back) == NULL)
		return;
	t->entry[t->entries++] = (struct entry){there, back.src, back.sport};
}

static void
read_table(struct translation *t)
{
	size_t held = 0;
	ssize_t more;

	t->entries = 0;
	if (lseek(t->table, 0, SEEK_SET) != 0)
		return;
	while ((more = read(t->table, t->buffer + held, BUFFER - held)) > 0) {
		char *line = t->buffer, *end;

		held += (size_t)more;
		t->buffer[held] = '\0';
		for (; (end = strchr(line, '\n')) != NULL; line = end + 1) {
			*end = '\0';
			take_line(t, line);
		}
		held -= (size_t)(line - t->buffer);
		memmove(t->buffer, line, held);
		if (held == BUFFER)
			return; /* not the kernel's file */
	}
}

static bool
small(const struct translation *t)
{
	char text[32] = "";

	return t->count < 0 || (pread(t->count, text, sizeof text - 1, 0) > 0 && strtol(text, NULL, 10) <= MOST);
}

/* True if there is time for another reading. */
static bool
affordable(struct translation *t, struct steady now)
{
	if (steady_between(t->saved_since, now) > SAVED * SHARE)
		t->saved_since = steady_add(now, -SAVED * SHARE);
	return steady_between(t->saved_since, now) > 0;
}

static bool
find(const struct translation *t, struct flow *f)
{
	for (size_t i = 0; i < t->entries; i++) {
		const struct entry *e = &t->entry[i];

		if (e->flow.sport == f->sport && addr_equal(&e->flow.src, &f->src) &&
		    addr_equal(&e->flow.dst, &f->dst)) {
			f->dst = e->end;
			f->dport = e->port;
			return true;
		}
	}
	return false;
}

bool
translation_apply(struct translation *t, struct flow *f)
{
	struct steady now = steady_now();

	if (t->port == f->dport && steady_between(t->read_at, now) < FRESH && find(t, f))
		return true;
	if (!affordable(t, now) || !small(t))
		return false;
	t->port = f->dport;
	t->read_at = now;
	read_table(t);
	t->saved_since = steady_add(t->saved_since, steady_since(now) * SHARE);
	return find(t, f);
}
