/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *log_name = "nfqd";

void
log_open(const char *name)
{
	log_name = name;
}

/* One write per line, so that lines of several processes do not mix; control characters are escaped. */
static void
put(const char *format, va_list args, int error)
{
	char text[1024], line[1200];
	int n;

	vsnprintf(text, sizeof text, format, args);
	for (char *p = text; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
	n = error != 0 ? snprintf(line, sizeof line, "%s: %s: %s\n", log_name, text, strerror(error))
	               : snprintf(line, sizeof line, "%s: %s\n", log_name, text);
	fwrite(line, 1, (size_t)n < sizeof line ? (size_t)n : sizeof line - 1, stderr);
	fflush(stderr);
}

#define PUT(error)                                                                                                     \
	do {                                                                                                           \
		int saved = (error);                                                                                   \
		va_list args;                                                                                          \
		va_start(args, format);                                                                                \
		put(format, args, saved);                                                                              \
		va_end(args);                                                                                          \
	} while (0)

void
log_info(const char *format, ...)
{
	PUT(0);
}

void
log_warn(const char *format, ...)
{
	PUT(errno);
}

void
log_warnx(const char *format, ...)
{
	PUT(0);
}

void
fatal(const char *format, ...)
{
	PUT(errno);
	exit(1);
}

void
fatalx(const char *format, ...)
{
	PUT(0);
	exit(1);
}

void
usagex(const char *format, ...)
{
	PUT(0);
	exit(2);
}
