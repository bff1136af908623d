/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines with one setting each: interface, ports, queue, user, paths, keep, mark, pace, back end. */
#include "parser.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/when.h"

struct setting {
	const char *keyword, *value, *file;
	uint32_t number;
};

void
config_settle(struct tokens *cur, const char *value)
{
	struct config_parser *parser = cur->c->parser;
	struct setting *made = parser->set.items;

	for (size_t i = 0; i < parser->set.count; i++) {
		if (strcmp(made[i].keyword, cur->keyword) != 0)
			continue;
		if (strcmp(made[i].value, value) != 0)
			complain(cur->c, "%s %s contradicts %s %s at %s:%u, expected one of them", cur->keyword, value,
			         made[i].keyword, made[i].value, made[i].file, made[i].number);
		return;
	}
	if ((made = list_add(cur->c, &parser->set, sizeof *made)) != NULL)
		*made = (struct setting){keep_string(cur->c, cur->keyword), keep_string(cur->c, value), parser->file,
		                         parser->number};
}

static bool
parse_number(const char *text, uint64_t most, uint64_t *out)
{
	char *end;

	if (!isdigit((unsigned char)*text))
		return false;
	*out = strtoull(text, &end, strncmp(text, "0x", 2) == 0 ? 16 : 10);
	return *end == '\0' && *out <= most;
}

/* "90d" and "1G". */
static bool
parse_size(const char *text, uint64_t *out)
{
	static const char units[] = "KMGT";
	char digits[16];
	size_t n = strspn(text, "0123456789");
	const char *unit;
	int shift = 0;

	if (n == 0 || n >= sizeof digits - 6)
		return false;
	memcpy(digits, text, n);
	digits[n] = '\0';
	if (text[n] != '\0') {
		if ((unit = strchr(units, toupper((unsigned char)text[n]))) == NULL || text[n + 1] != '\0')
			return false;
		shift = 10 * (int)(unit - units + 1);
	}
	*out = strtoull(digits, NULL, 10);
	if (*out > UINT64_MAX >> (shift + 1))
		return false;
	*out <<= shift;
	return true;
}

/* A name, or the beginning of one and a '*'. */
static bool
is_link(const char *word)
{
	size_t size = strlen(word);
	char name[16] = "";

	if (size == 0 || size >= sizeof name)
		return false;
	memcpy(name, word, size - (word[size - 1] == '*'));
	return config_is_name(name, "_-.@", 15);
}

void
set_interface(struct tokens *cur)
{
	struct config *c = cur->c;
	bool outside = strcmp(cur->keyword, "outside") == 0;
	const char **names = outside ? c->outside : c->interface;
	size_t *count = outside ? &c->outside_count : &c->interface_count;
	const char *name;

	do {
		if ((name = tokens_take(cur, "the name of a network interface")) == NULL)
			return;
		if (!is_link(name)) {
			complain(
			        c,
			        "%s: \"%s\" is not a valid name, expected one such as %s, or ppp* for all that begin so",
			        cur->keyword, name, outside ? "wan0" : "lan0");
			return;
		}
		if (*count == CONFIG_INTERFACES) {
			complain(c, "%s: too many, expected %d at most", cur->keyword, CONFIG_INTERFACES);
			return;
		}
		names[(*count)++] = keep_string(c, name);
	} while (tokens_peek(cur) != NULL);
}

void
set_local(struct tokens *cur)
{
	cur->c->local = true;
}

void
set_ports(struct tokens *cur)
{
	struct config *c = cur->c;
	bool watch = strcmp(cur->keyword, "watch") == 0;
	struct config_ports *ports = watch ? &c->watch : &c->port;
	struct config_ports read = {.count = 0};
	char value[128] = "";
	const char *word;
	uint64_t port;

	do {
		if ((word = tokens_take(cur, "port numbers")) == NULL)
			return;
		if (!parse_number(word, 65535, &port) || port == 0) {
			complain(c, "%s: \"%s\" is not a port, expected a number from 1 to 65535", cur->keyword, word);
			return;
		}
		if (read.count == CONFIG_PORTS) {
			complain(c, "%s: too many ports, expected %d at most", cur->keyword, CONFIG_PORTS);
			return;
		}
		read.port[read.count++] = (uint16_t)port;
		snprintf(value + strlen(value), sizeof value - strlen(value), "%s%d", value[0] != '\0' ? " " : "",
		         (int)port);
	} while (tokens_peek(cur) != NULL);
	config_settle(cur, value);
	*ports = read;
}

/* "workers 4"; absent: 1. */
static bool
take_workers(struct tokens *cur, uint64_t *workers)
{
	const struct word *next = tokens_peek(cur);
	const char *word;

	*workers = 1;
	if (next == NULL || next->quoted || strcmp(next->text, "workers") != 0)
		return true;
	tokens_take(cur, "workers");
	if ((word = tokens_take(cur, "a number of workers")) == NULL)
		return false;
	if (parse_number(word, CONFIG_WORKERS, workers) && *workers > 0)
		return true;
	complain(cur->c, "queue: \"%s\" is not a number of workers, expected 1 to %d", word, CONFIG_WORKERS);
	return false;
}

/* "queue 25" or "queue 25 workers 4" */
void
set_queue(struct tokens *cur)
{
	const char *word = tokens_take(cur, "a queue number");
	uint64_t number, workers;
	char value[32];

	if (word == NULL)
		return;
	if (!parse_number(word, 65534, &number)) {
		complain(cur->c,
		         "queue: \"%s\" is not a queue, expected a number from 0 to 65534 (the next one is used, too)",
		         word);
		return;
	}
	if (!take_workers(cur, &workers))
		return;
	if (number + 2 * workers > 65536) {
		complain(cur->c, "queue: %d workers take %d queues from %d on, expected a number up to %d",
		         (int)workers, 2 * (int)workers, (int)number, 65536 - 2 * (int)workers);
		return;
	}
	snprintf(value, sizeof value, workers > 1 ? "%d workers %d" : "%d", (int)number, (int)workers);
	config_settle(cur, value);
	cur->c->queue = (uint16_t)number;
	cur->c->workers = (uint8_t)workers;
}

void
set_user(struct tokens *cur)
{
	const char *word = tokens_take(cur, "the name of a user");

	if (word == NULL)
		return;
	if (!config_is_name(word, "_-.", 32)) {
		complain(cur->c, "user: \"%s\" is not a valid name, expected a system user", word);
		return;
	}
	config_settle(cur, word);
	cur->c->user = keep_string(cur->c, word);
	cur->c->user_given = true;
}

void
set_path(struct tokens *cur)
{
	bool database = strcmp(cur->keyword, "database") == 0;
	const char *word = tokens_take(cur, database ? "a directory" : "the path of a socket");

	if (word == NULL)
		return;
	if (word[0] == '\0' || strlen(word) > (database ? 3000 : 100)) {
		complain(cur->c, "%s: expected a path of 1 to %d bytes", cur->keyword, database ? 3000 : 100);
		return;
	}
	config_settle(cur, word);
	*(database ? &cur->c->database : &cur->c->control) = keep_string(cur->c, word);
}

void
set_keep(struct tokens *cur)
{
	const char *word;
	char value[64] = "";

	do {
		if ((word = tokens_take(cur, "an age such as 90d, or max-size and a size such as 1G")) == NULL)
			return;
		if (strcmp(word, "max-size") == 0) {
			if ((word = tokens_take(cur, "a size such as 1G")) == NULL)
				return;
			if (!parse_size(word, &cur->c->max_size) || cur->c->max_size < 1 << 20) {
				complain(cur->c,
				         "keep: \"%s\" is not a size, expected one from 1M up, such as 500M or 1G",
				         word);
				return;
			}
			snprintf(value + strlen(value), sizeof value - strlen(value), " max-size %.16s", word);
		} else if (when_parse_span(word, &cur->c->keep) && cur->c->keep >= HOUR) {
			snprintf(value + strlen(value), sizeof value - strlen(value), " %.16s", word);
		} else {
			complain(cur->c, "keep: \"%s\" is not an age, expected one from 1h up, such as 90d or 12w",
			         word);
			return;
		}
	} while (tokens_peek(cur) != NULL);
	config_settle(cur, value + 1);
}

void
set_mark(struct tokens *cur)
{
	const char *word = tokens_take(cur, "a mark such as 0x20000000/0x20000000");
	char value[32];
	const char *slash;
	uint64_t mark, mask;

	if (word == NULL)
		return;
	if ((slash = strchr(word, '/')) == NULL || (size_t)(slash - word) >= sizeof value) {
		complain(cur->c, "mark: \"%s\" is not a mark, expected VALUE/MASK such as 0x20000000/0x20000000", word);
		return;
	}
	snprintf(value, sizeof value, "%.*s", (int)(slash - word), word);
	if (!parse_number(value, UINT32_MAX, &mark) || !parse_number(slash + 1, UINT32_MAX, &mask) || mark == 0 ||
	    (mark & ~mask) != 0) {
		complain(cur->c, "mark: \"%s\" is not valid, expected VALUE/MASK, VALUE not zero and inside MASK",
		         word);
		return;
	}
	config_settle(cur, word);
	cur->c->mark = (uint32_t)mark;
	cur->c->mark_mask = (uint32_t)mask;
}

/* "pace 200/second burst 1000" or "pace off" */
void
set_pace(struct tokens *cur)
{
	static const char *const units[] = {"second", "minute", "hour"};
	struct config_pace pace = {.burst = 0};
	const char *word = tokens_take(cur, "a pace such as 200/second burst 1000, or off"), *slash;
	char value[48], number[16];
	uint64_t n = 0;

	if (word == NULL)
		return;
	if (strcmp(word, "off") == 0) {
		config_settle(cur, word);
		cur->c->pace = pace;
		return;
	}
	slash = strchr(word, '/');
	if (slash != NULL && (size_t)(slash - word) < sizeof number) {
		snprintf(number, sizeof number, "%.*s", (int)(slash - word), word);
		for (size_t i = 0; i < sizeof units / sizeof *units; i++)
			if (strcmp(slash + 1, units[i]) == 0 && parse_number(number, 1000000, &n) && n > 0)
				pace.unit = units[i][0];
	}
	if (pace.unit == '\0') {
		complain(cur->c,
		         "pace: \"%s\" is not a pace, expected one such as 200/second or 30/minute, up to 1000000, "
		         "or off",
		         word);
		return;
	}
	pace.rate = (uint32_t)n;
	if ((word = tokens_take(cur, "burst and a number")) == NULL)
		return;
	if (strcmp(word, "burst") != 0 || (word = tokens_take(cur, "a number")) == NULL ||
	    !parse_number(word, 1000000, &n) || n == 0) {
		if (word != NULL)
			complain(cur->c, "pace: unexpected word \"%s\", expected burst and a number from 1 to 1000000",
			         word);
		return;
	}
	pace.burst = (uint32_t)n;
	snprintf(value, sizeof value, "%u%s burst %u", pace.rate, slash, pace.burst);
	config_settle(cur, value);
	cur->c->pace = pace;
}

void
set_backend(struct tokens *cur)
{
	static const char *const names[] = {"auto", "nft", "iptables"};
	const char *word = tokens_take(cur, "auto, nft or iptables");

	for (uint8_t i = 0; word != NULL && i < 3; i++)
		if (strcmp(word, names[i]) == 0) {
			config_settle(cur, word);
			cur->c->backend = i;
			return;
		}
	if (word != NULL)
		complain(cur->c, "backend: \"%s\" is not known, expected auto, nft or iptables", word);
}
