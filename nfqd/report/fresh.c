/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fresh.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/log.h"
#include "lib/labels/columns.h"
#include "lib/labels/learned.h"

static const char devices_sql[] = "SELECT host, mac, first FROM device";
static const char scratch_sql[] =
        "CREATE TABLE device (host BLOB, mac BLOB, first INTEGER);"
        "CREATE INDEX device_host ON device (host); CREATE INDEX device_mac ON device (mac, host)";

struct fresh {
	struct fresh_request request;
	struct judging_memory *memory;
	struct judging *judging;
	struct store *scratch; /* or NULL */
	bool wants;
	struct judge_key wanted; /* whose evidence is kept */
};

bool
fresh_load(struct fresh *f, const struct judge_key *who, struct judging_state *out)
{
	const struct judging_state *known = judging_memory_state(f->memory, who);
	struct statement *st = f->request.load;
	int step;

	if (known != NULL) {
		judging_memory_copy(out, known);
		return true;
	}
	if (st == NULL)
		return true;
	judged_bind_key(st, 1, who);
	if ((step = store_step(st)) != 1)
		return step == 0;
	judged_column(st, 0, true, out);
	store_reset(st);
	return true;
}

static bool
load(void *arg, const struct judge_key *who, struct judging_state *out)
{
	return fresh_load(arg, who, out);
}

static bool
save(void *arg, const struct judge_key *who, const struct addr *host, const struct judging_state *s)
{
	struct fresh *f = arg;

	if (!judging_memory_save(f->memory, who, host, s))
		fatalx("out of memory");
	return true;
}

static bool
is_wanted(const struct fresh *f, const struct judge_key *who)
{
	return f->wants && f->request.evidence != NULL && memcmp(&f->wanted, who, sizeof *who) == 0;
}

static bool
take_step(void *arg, const struct judge_key *who, const struct judging_step *s)
{
	struct fresh *f = arg;

	if (is_wanted(f, who))
		history_step(f->request.evidence, s);
	return true;
}

static bool
take_change(void *arg, const struct judge_key *who, const struct judging_change *c)
{
	struct fresh *f = arg;

	if (is_wanted(f, who))
		history_change(f->request.evidence, c);
	return true;
}

/* pcapmon's devices, by MAC address, too. */
static bool
copy_devices(struct fresh *f)
{
	struct statement *from = store_prepare(f->request.store, devices_sql), *to;
	uint8_t mac[6];
	int step;

	if ((f->scratch = store_scratch(NULL)) == NULL || !store_run(f->scratch, scratch_sql) ||
	    !store_begin(f->scratch) || from == NULL ||
	    (to = store_prepare(f->scratch, "INSERT INTO device VALUES (?1, ?2, ?3)")) == NULL)
		return false;
	while ((step = store_step(from)) == 1) {
		struct addr host = column_addr(from, 0);

		bind_addr(to, 1, &host);
		bind_blob(to, 2, mac, column_blob(from, 1, mac, sizeof mac));
		bind_int(to, 3, column_int(from, 2));
		if (store_step(to) != 0)
			return false;
	}
	return step == 0 && store_commit(f->scratch);
}

struct fresh *
fresh_new(const struct fresh_request *request)
{
	struct fresh *f = calloc(1, sizeof *f);
	struct judging_sink sink = {f, load, save, take_step, take_change};

	if (f == NULL || (f->memory = judging_memory_new()) == NULL)
		fatal("labels");
	f->request = *request;
	if ((!request->wire || copy_devices(f)) &&
	    (f->judging = judging_new(request->store, request->wire, f->scratch, request->p, &sink)) != NULL) {
		if (request->names != NULL)
			judging_learn(f->judging, request->names);
		return f;
	}
	fresh_free(f);
	return NULL;
}

void
fresh_free(struct fresh *f)
{
	if (f == NULL)
		return;
	judging_memory_free(f->memory);
	judging_free(f->judging);
	store_close(f->scratch);
	free(f);
}

struct store *
fresh_devices(const struct fresh *f)
{
	return f->scratch != NULL ? f->scratch : f->request.store;
}

bool
fresh_want(struct fresh *f, const struct addr *host, int64_t end, struct judge_key *who)
{
	f->wants = judging_key(f->judging, host, end, &f->wanted);
	*who = f->wanted;
	return f->wants;
}

bool
fresh_run(struct fresh *f, const struct judging_place *from, int64_t end, const struct table *only)
{
	struct judging_place at = *from;
	bool more;

	judging_only(f->judging, only);
	return judging_run(f->judging, &at, end, SIZE_MAX, &more);
}

const struct judging_memory *
fresh_memory(const struct fresh *f)
{
	return f->memory;
}

bool
fresh_verdict(struct fresh *f, const struct judging_state *s, int64_t now, struct judgement *out)
{
	return judging_verdict(f->judging, s, now, out);
}
