/* SPDX-License-Identifier: GPL-3.0-or-later */
/* scratch: a folder of its own for the databases of a test. Failures fail the test. */
#ifndef SCRATCH_H
#define SCRATCH_H

#include <stdbool.h>
#include <stdint.h>

struct scratch {
	char directory[64];
	char gate[80], wire[80]; /* paths of gate.db and wire.db in it */
};

/* For setup and teardown; false: errno has the reason. */
bool scratch_make(struct scratch *s);
bool scratch_remove(const struct scratch *s); /* with everything in it */

/* The first number of the first row, read by a connection of its own. */
int64_t scratch_number(const char *file, const char *sql);
/* The first columns of all rows of these statements (NULL ends them), a line each; the caller frees it. */
char *scratch_text(const char *file, const char *const statements[]);
/* Executes statements, by a connection of its own. */
void scratch_change(const char *file, const char *sql);
/* Deletes a database, and its log and index. */
void scratch_delete(const char *file);

#endif
