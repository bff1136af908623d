/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pcapmon/companions/smtp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The news of a dialogue, as one line: "HELLO name;SENDER domain;RECIPIENT;TLS;REPLY 250;REFUSAL 550 text;" */
struct ear {
	struct smtp_dialogue dialogue;
	char heard[1024];
};

static void
hear(void *arg, enum smtp_word word, int code, const char *text, size_t size)
{
	static const char *const names[] = {"HELLO", "SENDER", "RECIPIENT", "TLS", "REPLY", "REFUSAL"};
	struct ear *e = arg;
	size_t used = strlen(e->heard);

	used += (size_t)snprintf(e->heard + used, sizeof e->heard - used, "%s", names[word]);
	if (code != 0)
		used += (size_t)snprintf(e->heard + used, sizeof e->heard - used, " %d", code);
	if (text != NULL)
		used += (size_t)snprintf(e->heard + used, sizeof e->heard - used, " %.*s", (int)size, text);
	snprintf(e->heard + used, sizeof e->heard - used, ";");
}

/* A segment; each is in a block of its own, so that a read behind it is a read outside. */
static void
say(struct ear *e, bool client, const char *text)
{
	size_t size = strlen(text);
	uint8_t *copy = malloc(size);

	memcpy(copy, text, size);
	if (client)
		smtp_client(&e->dialogue, copy, size, hear, e);
	else
		smtp_server(&e->dialogue, copy, size, hear, e);
	free(copy);
}

/* Segments alternate, the server's first; NULL ends. */
static void
expect(const char *heard, ...)
{
	struct ear e = {.heard = ""};
	bool client = false;
	const char *text;
	va_list args;

	va_start(args, heard);
	for (; (text = va_arg(args, const char *)) != NULL; client = !client)
		if (text[0] != '\0')
			say(&e, client, text);
	va_end(args);
	assert_string_equal(e.heard, heard);
}

static void
a_mail_is_followed(void **state)
{
	(void)state;
	expect("REPLY 220;HELLO a.example;REPLY 250;SENDER B.example;REPLY 250;RECIPIENT;REPLY 250;REPLY 354;REPLY "
	       "250;REPLY "
	       "221;",
	       "220-hello\r\n220 there\r\n", "ehlo  a.example \r\n", "250-x\r\n250-SIZE 10\r\n250 y\r\n",
	       "MAIL FROM:<@relay.example:\"a b\"@B.example> SIZE=5\r\n", "250 ok\r\n", "RCPT TO:<c@d.example>\r\n",
	       "250 ok\r\n", "DATA\r\n", "354 go on\r\n", "From: x\r\nRCPT TO:<no@no>\r\nMAIL FROM:<no@no>\r\n.\r\n",
	       "250 ok\r\n", "QUIT\r\n", "221 bye\r\n", NULL);
}

static void
senders_are_read_with_or_without_brackets(void **state)
{
	(void)state;
	expect("SENDER ;SENDER x.example;SENDER y.example;SENDER ;", "",
	       "MAIL FROM:<>\r\nMAIL FROM: a@x.example SIZE=1\r\nmail from:<b@y.example\r\nMAIL FROM:<postmaster>\r\n",
	       NULL);
}

/* The whole message in many segments, and the server's reply to the pipelined commands in one. */
static void
pipelined_commands_are_read(void **state)
{
	(void)state;
	expect("SENDER a.example;RECIPIENT;REFUSAL 553 5.1.8 no;REPLY 553;REFUSAL 503 ;REPLY 503;REFUSAL 503 "
	       "again;REPLY 503;HELLO b.example;",
	       "", "MAIL FROM:<x@a.example>\r\nRCPT TO:<y@z>\r\nDATA\r\n", "553 5.1.8 no\r\n503\r\n503 again\r\n",
	       "EHLO b.example\r\n", NULL);
}

static void
a_refused_message_is_not_awaited(void **state)
{
	(void)state;
	/* 250 to MAIL and RCPT do not answer DATA: what the client says until then is not looked at. */
	expect("SENDER a;RECIPIENT;REPLY 250;REPLY 250;REFUSAL 451 later;REPLY 451;HELLO c;", "",
	       "MAIL FROM:<x@a>\r\nRCPT TO:<y@z>\r\nDATA\r\n", "250 ok\r\n", "EHLO in.message\r\n",
	       "250 ok\r\n451 later\r\n", "EHLO c\r\n", NULL);
}

static void
chunks_are_skipped(void **state)
{
	(void)state;
	expect("REPLY 250;RECIPIENT;REPLY 250;HELLO z;", "", "BDAT 28 LAST\r\nEHLO not.this.one\r\n.", "", "HELO x\r\n",
	       "250 ok\r\n", "RCPT TO:<x@y>\r\n", "250 ok\r\n", "EHLO z\r\n", NULL);
}

static void
nothing_is_read_after_starttls(void **state)
{
	(void)state;
	expect("HELLO a;REPLY 250;REPLY 220;TLS;", "", "EHLO a\r\n", "250-STARTTLS\r\n250 x\r\n", "STARTTLS\r\n",
	       "220 ready\r\n", "EHLO b\r\n", "550 no\r\n", NULL);
	expect("REFUSAL 454 not now;REPLY 454;HELLO b;", "", "STARTTLS\r\n", "454 not now\r\n", "EHLO b\r\n", NULL);
}

/* A line that is split is not taken, nor what follows until the server has answered; the first part of a reply is. */
static void
split_lines_are_skipped(void **state)
{
	(void)state;
	expect("REPLY 250;HELLO b;REFUSAL 550 see zen;REPLY 550;REPLY 250;", "", "EHLO a", "",
	       ".example\r\nRCPT TO:<x@y>\r\n", "250 ok\r\n", "EHLO b\r\n", "550 see zen", "",
	       "250 not a line of its own\r\n250 ok\r\n", NULL);
}

static void
a_gap_waits_for_a_reply(void **state)
{
	struct ear e = {.heard = ""};

	(void)state;
	smtp_gap(&e.dialogue, true);
	say(&e, true, "EHLO in.a.message\r\n");
	say(&e, false, "250 ok\r\n");
	say(&e, true, "EHLO a\r\n");
	assert_string_equal(e.heard, "REPLY 250;HELLO a;");
	smtp_gap(&e.dialogue, false);
	say(&e, false, "250 the rest of a line\r\n550 no\r\n");
	assert_string_equal(e.heard, "REPLY 250;HELLO a;REFUSAL 550 no;REPLY 550;");
	smtp_gap(&e.dialogue, true);
	say(&e, false, "354 go on\r\n"); /* DATA was in the gap */
	say(&e, true, "EHLO b\r\n");
	say(&e, false, "250 ok\r\n");
	say(&e, true, "EHLO c\r\n");
	assert_string_equal(e.heard, "REPLY 250;HELLO a;REFUSAL 550 no;REPLY 550;REPLY 354;REPLY 250;HELLO c;");
}

static void
nonsense_is_no_command(void **state)
{
	(void)state;
	expect("", "\x16\x03\x01 250\r\n999 x\r\n25\r\n2500 x\r\n250x\r\n199 x\r\n",
	       "EHLO\r\nEHLOX a\r\n\r\n\n\n MAIL FROM:<a@b>\r\nRCPT\r\n", "\r\n", NULL);
	expect("HELLO a\x1b[2J;", "", "HELO a\x1b[2J\n", NULL); /* as sent: the output escapes it */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_mail_is_followed),
	        cmocka_unit_test(senders_are_read_with_or_without_brackets),
	        cmocka_unit_test(pipelined_commands_are_read),
	        cmocka_unit_test(a_refused_message_is_not_awaited),
	        cmocka_unit_test(chunks_are_skipped),
	        cmocka_unit_test(nothing_is_read_after_starttls),
	        cmocka_unit_test(split_lines_are_skipped),
	        cmocka_unit_test(a_gap_waits_for_a_reply),
	        cmocka_unit_test(nonsense_is_no_command),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
