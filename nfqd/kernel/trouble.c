/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "trouble.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/log.h"

static struct troubles *collected;

void
troubles_collect(struct troubles *t)
{
	*t = (struct troubles){0};
	collected = t;
}

bool
troubles_have(const struct troubles *t, const char *text)
{
	for (unsigned i = 0; i < t->count; i++)
		if (strcmp(t->text[i], text) == 0)
			return true;
	return false;
}

void
trouble(const char *format, ...)
{
	char text[TROUBLE_TEXT];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	if (collected == NULL)
		log_warnx("%s", text);
	else if (collected->count < TROUBLES && !troubles_have(collected, text))
		snprintf(collected->text[collected->count++], TROUBLE_TEXT, "%s", text);
}
