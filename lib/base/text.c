/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "text.h"

#include <inttypes.h>
#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>
#include <wctype.h>

#include "utf8.h"

struct text_style
text_style(FILE *out)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	return (struct text_style){
	        .utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0,
	        .colour = isatty(fileno(out)) == 1 && (no_color == NULL || no_color[0] == '\0') && term != NULL &&
	                  term[0] != '\0' && strcmp(term, "dumb") != 0,
	};
}

static bool
shows(uint32_t c, bool utf8)
{
	if (c < 0x80)
		return c >= ' ' && c < 0x7f;
	return utf8 && !utf8_deceives(c) && iswprint((wint_t)c) && wcwidth((wchar_t)c) > 0;
}

/* Adds a piece if all of it fits. */
static bool
add(char *out, size_t size, size_t *used, const char *piece, size_t n)
{
	if (size - *used <= n)
		return false;
	memcpy(out + *used, piece, n);
	*used += n;
	out[*used] = '\0';
	return true;
}

const char *
text_safe(const char *in, bool utf8, char *out, size_t size)
{
	size_t used = 0, n;
	char escape[16];
	uint32_t c = 0;
	bool fits = true;

	out[0] = '\0';
	for (; *in != '\0' && fits; in += n) {
		n = utf8_next(in, &c);
		if (n > 0 && c == '\\') {
			fits = add(out, size, &used, "\\\\", 2);
			continue;
		}
		if (n > 0 && shows(c, utf8)) {
			fits = add(out, size, &used, in, n);
			continue;
		}
		if (n < 2) {
			n = 1;
			snprintf(escape, sizeof escape, "\\x%02x", (unsigned char)*in);
		} else {
			snprintf(escape, sizeof escape, "\\u{%" PRIx32 "}", c);
		}
		fits = add(out, size, &used, escape, strlen(escape));
	}
	return out;
}

const char *
text_name_hidden(const char *in, char *out, size_t size)
{
	size_t used = 0, n;
	char name[16];
	uint32_t c = 0;
	bool fits = true;

	out[0] = '\0';
	for (; *in != '\0' && fits; in += n) {
		n = utf8_next(in, &c);
		if (n > 0 && !utf8_blank(c) && !utf8_deceives(c) && !utf8_controls(c)) {
			fits = add(out, size, &used, in, n);
			continue;
		}
		if (n > 0)
			snprintf(name, sizeof name, "<U+%04" PRIX32 ">", c);
		else
			snprintf(name, sizeof name, "<0x%02X>", (unsigned char)*in);
		n = n > 0 ? n : 1;
		fits = add(out, size, &used, name, strlen(name));
	}
	return out;
}

const char *
text_utf8(const char *in, char *out, size_t size)
{
	size_t used = 0, n;
	uint32_t c;
	bool fits = true;

	out[0] = '\0';
	for (; *in != '\0' && fits; in += n) {
		n = utf8_next(in, &c);
		fits = n > 0 ? add(out, size, &used, in, n) : add(out, size, &used, "\xef\xbf\xbd", 3);
		if (n == 0)
			n = 1;
	}
	return out;
}

/* Columns of the character that harmless text begins with, and its length in bytes. */
static size_t
next_width(const char *text, bool utf8, size_t *bytes)
{
	uint32_t c;
	int width;

	*bytes = utf8 ? utf8_next(text, &c) : 0;
	if (*bytes < 2) {
		*bytes = 1;
		return 1;
	}
	width = wcwidth((wchar_t)c);
	return width > 0 ? (size_t)width : 0;
}

size_t
text_width(const char *text, bool utf8)
{
	size_t width = 0, bytes;

	for (; *text != '\0'; text += bytes)
		width += next_width(text, utf8, &bytes);
	return width;
}

char *
text_fit(char *text, size_t width, bool utf8)
{
	const char *ellipsis = utf8 ? "\xe2\x80\xa6" : "~";
	size_t used = 0, bytes;
	char *cut = text;

	if (text_width(text, utf8) <= width)
		return text;
	while (*cut != '\0' && used + next_width(cut, utf8, &bytes) <= width - 1) {
		used += next_width(cut, utf8, &bytes);
		cut += bytes;
	}
	memcpy(cut, ellipsis, strlen(ellipsis) + 1);
	return text;
}

const char *
text_number(uint64_t n, char buf[TEXT_NUMBER])
{
	char digits[24];
	size_t length = (size_t)snprintf(digits, sizeof digits, "%" PRIu64, n), used = 0;

	for (size_t i = 0; i < length; i++) {
		if (i > 0 && (length - i) % 3 == 0)
			buf[used++] = ',';
		buf[used++] = digits[i];
	}
	buf[used] = '\0';
	return buf;
}

const char *
text_number_short(uint64_t n, char buf[TEXT_NUMBER])
{
	static const char units[] = "kMGTPE";
	uint64_t rest = 0;
	size_t unit = 0;

	if (n < 100000)
		return text_number(n, buf);
	for (; n >= 1000; n /= 1000, unit++)
		rest = n % 1000;
	if (n >= 100)
		snprintf(buf, TEXT_NUMBER, "%" PRIu64 "%c", n, units[unit - 1]);
	else if (n >= 10)
		snprintf(buf, TEXT_NUMBER, "%" PRIu64 ".%" PRIu64 "%c", n, rest / 100, units[unit - 1]);
	else
		snprintf(buf, TEXT_NUMBER, "%" PRIu64 ".%02" PRIu64 "%c", n, rest / 10, units[unit - 1]);
	return buf;
}

const char *
text_count(uint64_t n, const char *noun, char buf[TEXT_NUMBER + 32])
{
	char number[TEXT_NUMBER];

	snprintf(buf, TEXT_NUMBER + 32, "%s %s%s", text_number(n, number), noun, n == 1 ? "" : "s");
	return buf;
}

/* Bytes of the word that text begins with, as far as they fit `room` columns (one character at least), and their
 * columns. */
static size_t
word_fit(const char *text, size_t room, bool utf8, size_t *columns)
{
	size_t used = 0, bytes, width;

	*columns = 0;
	while (text[used] != '\0' && text[used] != ' ') {
		width = next_width(text + used, utf8, &bytes);
		if (used > 0 && *columns + width > room)
			break;
		*columns += width;
		used += bytes;
	}
	return used;
}

void
text_wrap(FILE *out, const char *text, size_t indent, size_t width, bool utf8)
{
	size_t room = width > indent ? width - indent : 1, column = 0, bytes, columns;

	text += strspn(text, " ");
	while (*text != '\0') {
		bytes = word_fit(text, room, utf8, &columns);
		if (column > 0 && column + 1 + columns <= room) {
			fputc(' ', out);
			column++;
		} else {
			fprintf(out, "%s%*s", column > 0 ? "\n" : "", (int)indent, "");
			column = 0;
		}
		fwrite(text, 1, bytes, out);
		column += columns;
		text += bytes;
		/* The rest of a word that was cut goes to the next line. */
		if (*text != ' ')
			column = room;
		text += strspn(text, " ");
	}
	fputc('\n', out);
}
