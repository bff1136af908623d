/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Words, strings, lists and error messages of the configuration parser. */
#include "parser.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/utf8.h"

/* Hexadecimal digits at `text`, up to `most` of them; returns their number. */
static size_t
read_hex(const char *text, size_t most, uint32_t *out)
{
	size_t n = 0;

	for (*out = 0; n < most && isxdigit((unsigned char)text[n]); n++)
		*out = *out << 4 |
		       (uint32_t)(isdigit((unsigned char)text[n]) ? text[n] - '0' : (text[n] | ' ') - 'a' + 10);
	return n;
}

/* One character of a string, or one escape, from *in to *out: what config_put_string writes, and other backslashes as
 * they are. */
static void
unescape(char **in, char **out)
{
	char *p = *in, character[UTF8_MOST];
	uint32_t value;
	size_t n;

	if (p[0] == '\\' && (p[1] == '"' || p[1] == '\\')) {
		*(*out)++ = p[1];
		*in += 2;
	} else if (p[0] == '\\' && p[1] == 'x' && read_hex(p + 2, 2, &value) == 2 && value >= 0x80) {
		*(*out)++ = (char)value;
		*in += 4;
	} else if (p[0] == '\\' && p[1] == 'u' && p[2] == '{' && (n = read_hex(p + 3, 6, &value)) > 0 &&
	           p[3 + n] == '}' && value >= 0x80 && utf8_put(value, character) > 0) {
		memcpy(*out, character, utf8_put(value, character));
		*out += utf8_put(value, character);
		*in += 4 + n;
	} else {
		*(*out)++ = *(*in)++;
	}
}

void
config_put_string(FILE *out, const char *text)
{
	size_t n;
	uint32_t c;

	fputc('"', out);
	for (; *text != '\0'; text += n) {
		n = utf8_next(text, &c);
		if (n == 0)
			fprintf(out, "\\x%02x", (unsigned char)*text);
		else if (utf8_controls(c) || utf8_deceives(c))
			fprintf(out, "\\u{%" PRIx32 "}", c);
		else
			fprintf(out, "%s%.*s", *text == '"' || *text == '\\' ? "\\" : "", (int)n, text);
		n = n > 0 ? n : 1;
	}
	fputc('"', out);
}

const char *
words_split(char *line, struct words *out)
{
	char *p = line, *end;

	out->count = 0;
	for (;;) {
		p += strspn(p, " \t");
		if (*p == '\0' || *p == '#')
			return NULL;
		if (out->count == WORDS)
			return "too many words in one line, expected 512 at most: use several lines";
		out->word[out->count].quoted = *p == '"';
		if (*p == '"') {
			out->word[out->count++].text = end = ++p;
			while (*p != '"' && *p != '\0')
				unescape(&p, &end);
			if (*p == '\0')
				return "unterminated string, expected a closing \"";
			p++;
			if (*p != '\0' && strchr(" \t#", *p) == NULL)
				return "text follows a closing \", expected a space";
		} else {
			out->word[out->count++].text = p;
			end = p += strcspn(p, " \t\"#");
			if (*p == '"')
				return "a \" inside a word, expected a space before it";
			if (*p == '\0')
				return NULL;
			if (*p == '#') {
				*p = '\0';
				return NULL;
			}
			p++;
		}
		*end = '\0';
	}
}

void *
list_add(struct config *c, struct list *list, size_t size)
{
	if (list->count == list->capacity) {
		size_t capacity = list->capacity == 0 ? 64 : list->capacity * 2;
		void *items = reallocarray(list->items, capacity, size);

		if (items == NULL) {
			complain(c, "out of memory");
			return NULL;
		}
		list->items = items;
		list->capacity = capacity;
	}
	return memset((char *)list->items + size * list->count++, 0, size);
}

struct block {
	struct block *next;
	size_t used, size;
	char bytes[];
};

const char *
keep_string(struct config *c, const char *text)
{
	size_t need = strlen(text) + 1;
	struct block *b = c->parser->strings;
	char *copy;

	if (b == NULL || b->size - b->used < need) {
		size_t size = need > 65536 ? need : 65536;

		if ((b = malloc(sizeof *b + size)) == NULL) {
			complain(c, "out of memory");
			return "";
		}
		*b = (struct block){.next = c->parser->strings, .size = size};
		c->parser->strings = b;
	}
	copy = b->bytes + b->used;
	b->used += need;
	return memcpy(copy, text, need);
}

void
free_strings(struct config *c)
{
	struct block *next;

	for (struct block *b = c->parser->strings; b != NULL; b = next) {
		next = b->next;
		free(b);
	}
}

static void
complain_list(struct config *c, const char *file, uint32_t number, const char *format, va_list args)
{
	char text[1200];
	int n;

	n = number > 0 ? snprintf(text, sizeof text, "%s:%u: ", file, number)
	               : snprintf(text, sizeof text, "%s: ", file);
	if (n > 0 && (size_t)n < sizeof text)
		vsnprintf(text + n, sizeof text - (size_t)n, format, args);
	c->parser->errors++;
	c->parser->io.complain(c->parser->io.arg, text);
}

void
complain(struct config *c, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	complain_list(c, c->parser->file, c->parser->number, format, args);
	va_end(args);
}

void
complain_at(struct config *c, const char *file, uint32_t number, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	complain_list(c, file, number, format, args);
	va_end(args);
}
