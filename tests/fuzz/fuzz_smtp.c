/* SPDX-License-Identifier: GPL-3.0-or-later */
/* smtp and refusal: segments, each behind a byte that says whose it is and whether something is missing, and one
 * with its size. What is heard goes into a companion, which is written, read and told. */
#include <stdlib.h>
#include <string.h>

#include "lib/companion/companion.h"
#include "lib/companion/refusal.h"
#include "pcapmon/companions/smtp.h"
#include "lib/output/companion.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct ear {
	const char *begin, *end; /* of the segment: no text lies elsewhere */
	struct companion companion;
};

static void
refused(struct ear *e, const char *text, size_t size)
{
	struct addr listed = {0};
	const char *list;
	size_t count = 0;

	while (refusal_defaults[count] != NULL)
		count++;
	list = refusal_list(text, size, refusal_defaults, count);
	if (refusal_address(text, size, &listed) && listed.family != 4 && listed.family != 6)
		abort();
	if (list != NULL)
		companion_listed(&e->companion, list, &listed);
}

static void
hear(void *arg, enum smtp_word word, int code, const char *text, size_t size)
{
	struct ear *e = arg;

	if (size > 0 && (text < e->begin || text + size > e->end))
		abort();
	if ((word == SMTP_REPLY && (code < 200 || code > 599)) || (word == SMTP_REFUSAL && code < 400))
		abort();
	if (word == SMTP_HELLO)
		companion_hello(&e->companion, text, size);
	else if (word == SMTP_REFUSAL)
		refused(e, text, size);
	else if (word == SMTP_SENDER)
		distinct_add(&e->companion.domains, text, size);
}

static void
check_companion(const struct companion *c)
{
	uint8_t bytes[COMPANION_BYTES];
	size_t size = companion_write(c, bytes);
	struct companion again = {.count = {0}};
	char line[COMPANION_SENTENCE];

	if (!companion_read(bytes, size, &again) || memcmp(again.hello, c->hello, sizeof c->hello) != 0 ||
	    memcmp(again.listing, c->listing, sizeof c->listing) != 0)
		abort();
	for (size_t n = 0; companion_sentence(c, n, true, line); n++)
		for (const char *p = line; *p != '\0'; p++)
			if ((unsigned char)*p < ' ' || *p == 0x7f)
				abort(); /* on its way to a terminal */
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct smtp_dialogue dialogue = {0};
	struct ear ear = {.begin = NULL};
	struct companion any = {.count = {0}};
	size_t at = 0;

	while (size - at >= 2) {
		size_t length = data[at + 1] < size - at - 2 ? data[at + 1] : size - at - 2;
		const uint8_t *segment = data + at + 2;
		bool client = (data[at] & 1) != 0;

		if ((data[at] & 6) == 6)
			smtp_gap(&dialogue, client);
		ear.begin = (const char *)segment;
		ear.end = ear.begin + length;
		if (client)
			smtp_client(&dialogue, segment, length, hear, &ear);
		else
			smtp_server(&dialogue, segment, length, hear, &ear);
		at += 2 + length;
	}
	check_companion(&ear.companion);
	if (companion_read(data, size, &any))
		check_companion(&any);
	return 0;
}
