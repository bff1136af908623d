/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "published.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "feed.h"
#include "parser.h"

#define SINCE "# in force since %" PRId64 ", the one before since %" PRId64 " (microseconds)"
#define SINCE_READ "# in force since %" SCNd64 ", the one before since %" SCNd64
#define PLACE "# "

const char *
published_path(const struct config *c, char out[PUBLISHED_PATH])
{
	static const char end[] = ".sock";
	size_t length = strlen(c->control);

	if (length > sizeof end && strcmp(c->control + length - (sizeof end - 1), end) == 0)
		length -= sizeof end - 1;
	snprintf(out, PUBLISHED_PATH, "%.*s.policy", (int)length, c->control);
	return out;
}

/* A name of a file may have a newline in it. */
static void
print_place(const struct config_line *line, FILE *out)
{
	fputs(PLACE, out);
	for (const char *p = line->file; *p != '\0'; p++)
		putc((unsigned char)*p < ' ' ? '?' : *p, out);
	fprintf(out, ":%u\n", line->number);
}

void
published_print(const struct config *c, const struct published_times *times, FILE *out)
{
	fprintf(out, "# The policy that nfqd has put in force. Written by nfqd: do not edit.\n" SINCE "\n",
	        times->since, times->before);
	print_settings(c, out);
	for (size_t i = 0; i < c->line_count; i++) {
		print_place(&c->lines[i], out);
		print_line(&c->lines[i], out);
	}
}

bool
published_read_times(const char *line, struct published_times *out)
{
	return sscanf(line, SINCE_READ, &out->since, &out->before) == 2;
}

void
published_feed(void *published, const char *file, uint32_t number, const char *text)
{
	struct published *p = published;
	const char *colon;

	if (p->times.since == 0 && published_read_times(text, &p->times))
		return;
	if (strncmp(text, PLACE, strlen(PLACE)) == 0 && (colon = strrchr(text, ':')) != NULL) {
		snprintf(p->file, sizeof p->file, "%.*s", (int)(colon - text - (ptrdiff_t)strlen(PLACE)),
		         text + strlen(PLACE));
		p->number = (uint32_t)strtoul(colon + 1, NULL, 10);
	} else {
		config_feed(p->config, p->file[0] != '\0' ? p->file : file, p->file[0] != '\0' ? p->number : number,
		            text);
		p->file[0] = '\0';
	}
}
