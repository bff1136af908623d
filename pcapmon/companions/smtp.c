/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "smtp.h"

#include <string.h>

#include "lib/base/ascii.h"

enum { SERVER, CLIENT };

struct line {
	const char *text;
	size_t size; /* without CR and LF */
	bool whole;  /* its end is there */
};

/* The next line, and how many bytes it takes. */
static size_t
next_line(const uint8_t *b, size_t size, struct line *out)
{
	const uint8_t *end = memchr(b, '\n', size);
	size_t length = end != NULL ? (size_t)(end - b) : size;

	out->whole = end != NULL;
	out->text = (const char *)b;
	out->size = out->whole && length > 0 && b[length - 1] == '\r' ? length - 1 : length;
	return out->whole ? length + 1 : length;
}

/* Leaves out the rest of a line whose beginning came in an earlier segment. */
static size_t
skip_split(bool *split, const uint8_t *b, size_t size)
{
	const uint8_t *end = *split && size > 0 ? memchr(b, '\n', size) : NULL;

	if (!*split)
		return 0;
	if (end == NULL)
		return size;
	*split = false;
	return (size_t)(end - b) + 1;
}

/* The line begins with the words, in any case; it is then moved behind them and the blanks that follow. */
static bool
begins(struct line *l, const char *words)
{
	size_t length = strlen(words);

	if (l->size < length)
		return false;
	for (size_t i = 0; i < length; i++)
		if (ascii_lower(l->text[i]) != words[i])
			return false;
	l->text += length;
	l->size -= length;
	while (l->size > 0 && (l->text[0] == ' ' || l->text[0] == '\t')) {
		l->text++;
		l->size--;
	}
	return true;
}

/* RFC 5321, 4.1.2: <user@domain>, <@relay:user@domain>, <>; many leave out the brackets. */
static void
report_sender(struct line l, smtp_heard *heard, void *arg)
{
	bool bracket = l.size > 0 && l.text[0] == '<';
	size_t end = 0, at = 0;

	while (end < l.size && (bracket ? l.text[end] != '>' : l.text[end] != ' '))
		end++;
	for (size_t i = 0; i < end; i++)
		if (l.text[i] == '@')
			at = i + 1;
	heard(arg, SMTP_SENDER, 0, l.text + at, at > 0 ? end - at : 0);
}

/* "BDAT 1000 LAST": the bytes follow at once, and a reply when they are all there. */
static uint64_t
chunk_size(const struct line *l)
{
	uint64_t n = 0;

	for (size_t i = 0; i < l->size && l->text[i] >= '0' && l->text[i] <= '9'; i++)
		n = n < UINT64_MAX / 16 ? n * 10 + (uint64_t)(l->text[i] - '0') : n;
	return n;
}

static void
command(struct smtp_dialogue *t, struct line l, smtp_heard *heard, void *arg)
{
	if (t->unanswered < UINT16_MAX)
		t->unanswered++;
	if (begins(&l, "ehlo ") || begins(&l, "helo ")) {
		size_t size = 0;

		while (size < l.size && l.text[size] != ' ' && l.text[size] != '\t')
			size++;
		heard(arg, SMTP_HELLO, 0, l.text, size);
	} else if (begins(&l, "mail from:")) {
		report_sender(l, heard, arg);
	} else if (begins(&l, "rcpt to:")) {
		heard(arg, SMTP_RECIPIENT, 0, NULL, 0);
	} else if (begins(&l, "bdat ")) {
		t->chunk = chunk_size(&l);
	} else if (begins(&l, "data") && l.size == 0) {
		t->phase = SMTP_WAIT_DATA;
	} else if (begins(&l, "starttls") && l.size == 0) {
		t->phase = SMTP_WAIT_TLS;
	}
}

void
smtp_client(struct smtp_dialogue *t, const uint8_t *b, size_t size, smtp_heard *heard, void *arg)
{
	size_t at = 0;
	struct line l;

	while (at < size && t->phase == SMTP_COMMANDS) {
		if (t->chunk > 0) {
			size_t skipped = t->chunk < size - at ? (size_t)t->chunk : size - at;

			t->chunk -= skipped;
			at += skipped;
			continue;
		}
		at += skip_split(&t->split[CLIENT], b + at, size - at);
		if (at == size)
			break;
		at += next_line(b + at, size - at, &l);
		if (l.whole) {
			command(t, l, heard, arg);
			continue;
		}
		/* It may have been DATA or BDAT. */
		t->split[CLIENT] = true;
		smtp_gap(t, true);
	}
}

/* The last line of a reply: sets what the client now waits for. */
static void
replied(struct smtp_dialogue *t, int code, smtp_heard *heard, void *arg)
{
	bool last = t->unanswered <= 1;

	if (t->unanswered > 0)
		t->unanswered--;
	heard(arg, SMTP_REPLY, code, NULL, 0);
	if (code == 354) {
		t->phase = SMTP_MESSAGE;
		t->unanswered = 1; /* the message */
	} else if (t->phase == SMTP_WAIT_TLS && last && code == 220) {
		t->phase = SMTP_DARK;
		heard(arg, SMTP_TLS, 0, NULL, 0);
	} else if (last) {
		t->phase = SMTP_COMMANDS;
	}
	if (t->phase == SMTP_COMMANDS && last)
		t->split[CLIENT] = false;
}

static void
reply_line(struct smtp_dialogue *t, const struct line *l, smtp_heard *heard, void *arg)
{
	const char *b = l->text;
	int code;

	if (l->size < 3 || b[0] < '2' || b[0] > '5' || b[1] < '0' || b[1] > '9' || b[2] < '0' || b[2] > '9' ||
	    (l->size > 3 && b[3] != ' ' && b[3] != '-') || (l->size == 3 && !l->whole))
		return;
	code = (b[0] - '0') * 100 + (b[1] - '0') * 10 + b[2] - '0';
	if (code >= 400)
		heard(arg, SMTP_REFUSAL, code, b + (l->size > 3 ? 4 : 3), l->size - (l->size > 3 ? 4 : 3));
	if (l->size == 3 || b[3] == ' ')
		replied(t, code, heard, arg);
}

void
smtp_server(struct smtp_dialogue *t, const uint8_t *b, size_t size, smtp_heard *heard, void *arg)
{
	size_t at = skip_split(&t->split[SERVER], b, size);
	struct line l;

	while (at < size && t->phase != SMTP_DARK) {
		at += next_line(b + at, size - at, &l);
		reply_line(t, &l, heard, arg);
		t->split[SERVER] = !l.whole;
	}
}

void
smtp_gap(struct smtp_dialogue *t, bool client)
{
	if (!client) {
		t->split[SERVER] = true;
		return;
	}
	t->chunk = 0;
	if (t->phase == SMTP_DARK || t->phase == SMTP_MESSAGE)
		return;
	t->phase = SMTP_UNSURE;
	if (t->unanswered < UINT16_MAX)
		t->unanswered++;
}
