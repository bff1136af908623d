/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/common/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/store/store.h"

bool
scratch_make(struct scratch *s)
{
	snprintf(s->directory, sizeof s->directory, "/tmp/nfqd_unit.XXXXXX");
	if (mkdtemp(s->directory) == NULL)
		return false;
	snprintf(s->gate, sizeof s->gate, "%s/gate.db", s->directory);
	snprintf(s->wire, sizeof s->wire, "%s/wire.db", s->directory);
	return true;
}

bool
scratch_remove(const struct scratch *s)
{
	char command[sizeof s->directory + 16];

	snprintf(command, sizeof command, "rm -r %s", s->directory);
	return system(command) == 0;
}

static struct store *
open_readonly(const char *file)
{
	char why[256];
	struct store *s = store_open_readonly(file, store_schema_of(file, why, sizeof why), why, sizeof why);

	assert_non_null(s);
	return s;
}

char *
scratch_text(const char *file, const char *const statements[])
{
	struct store *s = open_readonly(file);
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	for (size_t i = 0; statements[i] != NULL; i++) {
		struct statement *st = store_prepare(s, statements[i]);

		assert_non_null(st);
		while (store_step(st) == 1)
			fprintf(out, "%s\n", column_text(st, 0));
	}
	store_close(s);
	fclose(out);
	return text;
}

int64_t
scratch_number(const char *file, const char *sql)
{
	struct store *s = open_readonly(file);
	struct statement *st = store_prepare(s, sql);
	int64_t n;

	assert_non_null(st);
	assert_int_equal(store_step(st), 1);
	n = column_int(st, 0);
	store_close(s);
	return n;
}

void
scratch_change(const char *file, const char *sql)
{
	char why[256];
	struct store *s = store_open(file, store_schema_of(file, why, sizeof why), why, sizeof why);

	assert_non_null(s);
	assert_true(store_run(s, sql));
	store_close(s);
}

void
scratch_delete(const char *file)
{
	static const char *const endings[] = {"", "-wal", "-shm"};
	char path[128];

	for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
		snprintf(path, sizeof path, "%s%s", file, endings[i]);
		unlink(path);
	}
}
