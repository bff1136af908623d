/* SPDX-License-Identifier: GPL-3.0-or-later */
/* trouble: faults of the tools and of the kernel's objects, in a line each: a tool that hangs, a name that another
 * program has taken. They are logged where they are found, or, in a job, collected for the supervisor, which logs each
 * once. */
#ifndef TROUBLE_H
#define TROUBLE_H

#include <stdbool.h>

#define TROUBLES 6
#define TROUBLE_TEXT 280

struct troubles {
	unsigned count;
	char text[TROUBLES][TROUBLE_TEXT];
};

/* Of several that are alike, one is kept. */
void trouble(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* From now on this process collects them in *t, which is emptied, and logs none. */
void troubles_collect(struct troubles *t);
bool troubles_have(const struct troubles *t, const char *text);

#endif
