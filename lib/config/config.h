/* SPDX-License-Identifier: GPL-3.0-or-later */
/* config: text -> settings and policy. Pure: it is fed lines, and asks its caller for files. */
#ifndef CONFIG_H
#define CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "lib/judge/judge.h"
#include "lib/policy/policy.h"

#define CONFIG_PATH "/etc/nfqd/nfqd.conf"
#define CONFIG_PORTS 15 /* what one iptables multiport match holds */
#define CONFIG_INTERFACES 16
#define CONFIG_WORKERS 16
#define CONFIG_BLOCKLISTS 128
#define CONFIG_GEO 8

enum backend { BACKEND_AUTO, BACKEND_NFT, BACKEND_IPTABLES };

/* One line of the configuration that speaks of addresses, kept for `check` and `explain`. */
struct config_line {
	const char *file;  /* owned by the config */
	const char *note;  /* or NULL */
	const char *text;  /* canonical text of the line, as `nfqd check` prints it */
	uint32_t number;   /* of the line in its file */
	const char *range; /* name, of a range line; else NULL */
};

struct config_ports {
	uint16_t port[CONFIG_PORTS];
	size_t count;
};

/* What a stranger may open before the kernel drops and counts it by itself. */
struct config_pace {
	uint32_t rate;  /* openings ... */
	uint32_t burst; /* ... and so many at once; 0: the shield is off */
	char unit;      /* ... a 's'econd, 'm'inute or 'h'our */
};

struct config {
	/* settings */
	const char *interface[CONFIG_INTERFACES]; /* where hosts come in; none: known by source address alone */
	size_t interface_count;
	bool local; /* the gateway's own processes are judged, too */
	struct config_ports port, watch;
	uint8_t backend; /* enum backend */
	uint16_t queue;  /* the first of `workers` for listed sources; as many behind them take the rest */
	uint8_t workers; /* gates, each with a queue of both kinds: 1 to CONFIG_WORKERS */
	const char *user, *database, *control;
	bool user_given;
	uint32_t mark, mark_mask; /* how the verdict tells the kernel to answer with a reset */
	struct config_pace pace;
	struct judge_parameters judge;
	bool companions;                          /* pcapmon counts what goes along with spam */
	const char *blocklist[CONFIG_BLOCKLISTS]; /* what refusals name */
	size_t blocklist_count;
	bool blocklist_given;
	const char *geo[CONFIG_GEO]; /* files that say where addresses are, for reports */
	size_t geo_count;
	int64_t keep;      /* microseconds; 0 = for ever */
	uint64_t max_size; /* bytes; 0 = no limit */
	/* policy */
	struct policy *policy;
	struct config_line *lines;
	size_t line_count;
	/* what the parser keeps to itself, and the memory of every string above */
	struct config_parser *parser;
};

/* Where the parser gets files from, and where its complaints go. */
struct config_io {
	void *arg;
	/* Calls line(ctx, file, number, text) for each line of the files that `pattern` names, seen from the file
	 * `from`. Returns NULL, or the reason why not, as static text. */
	const char *(*read)(void *arg, const char *from, const char *pattern, bool glob,
	                    void (*line)(void *ctx, const char *file, uint32_t number, const char *text), void *ctx);
	/* The number of a user of this system; false if there is none. NULL: users are known by number only. */
	bool (*user)(void *arg, const char *name, uint32_t *out);
	/* One line of complaint, ready to print, without newline. */
	void (*complain)(void *arg, const char *text);
};

/* A configuration with the defaults of nfqd.conf(5). NULL if memory is short. */
struct config *config_new(const struct config_io *io);
/* One line. Errors go to io->complain and are counted. */
void config_feed(struct config *c, const char *file, uint32_t number, const char *text);
/* Checks the whole and builds the policy. Returns the number of errors since config_new; with any, the
 * configuration must not be used. */
size_t config_finish(struct config *c, const char *file);
void config_free(struct config *c); /* accepts NULL */

/* Writes the configuration so that it parses to the same policy and settings. */
void config_print(const struct config *c, FILE *out);
/* The queue of one gate, the first being 0, for listed sources or for the rest. */
uint16_t config_queue(const struct config *c, bool listed, unsigned gate);
bool config_enforces(const struct config *c, uint16_t port);
/* Name of the range an address lies in, or NULL. */
const char *config_range(const struct config *c, const struct addr *a);

/* A user's name or number -> number. */
bool config_user(const struct config *c, const char *text, uint32_t *out);

/* config_file.c: reads `path` and its includes, complaints to standard error as "file:line: ...".
 * NULL if there was any error; all of them have been printed. */
struct config *config_load(const char *path);

#endif
