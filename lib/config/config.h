/* SPDX-License-Identifier: GPL-3.0-or-later */
/* config: text -> settings and policy. Pure: the caller feeds lines and reads files. */
#ifndef CONFIG_H
#define CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "lib/judge/judge.h"
#include "lib/policy/policy.h"

#define CONFIG_PATH SYSCONFDIR "/nfqd/nfqd.conf" /* the Makefile defines both folders */
#define CONFIG_DATABASE LOCALSTATEDIR "/lib/nfqd"
#define CONFIG_PORTS 15 /* the capacity of one iptables multiport match */
#define CONFIG_INTERFACES 16
#define CONFIG_WORKERS 16
#define CONFIG_BLOCKLISTS 128
#define CONFIG_GEO 8

enum backend { BACKEND_AUTO, BACKEND_NFT, BACKEND_IPTABLES };

/* One configuration line about addresses, kept for `check` and `explain`. */
struct config_line {
	const char *file;  /* owned by the config */
	const char *note;  /* or NULL */
	const char *text;  /* canonical text of the line, as `nfqd check` prints it */
	uint32_t number;   /* line number in its file */
	const char *range; /* name of a range line; else NULL */
};

struct config_ports {
	uint16_t port[CONFIG_PORTS];
	size_t count;
};

/* Openings that a stranger may make before the kernel itself drops and counts them. */
struct config_pace {
	uint32_t rate;  /* openings ... */
	uint32_t burst; /* ... and this many at once; 0: the shield is off */
	char unit;      /* ... per 's'econd, 'm'inute or 'h'our */
};

struct config {
	/* settings */
	/* Openings that come in, or leave, through these are outbound. A name may end with '*', which stands for
	 * anything. None: outbound is what comes from lan. */
	const char *interface[CONFIG_INTERFACES], *outside[CONFIG_INTERFACES];
	size_t interface_count, outside_count;
	bool local; /* the gateway's own processes are judged, too */
	struct config_ports port, watch;
	uint8_t backend; /* enum backend */
	uint16_t queue;  /* first of `workers` queues for listed sources; as many after them take the rest */
	uint8_t workers; /* gates, each with a queue of both kinds: 1 to CONFIG_WORKERS */
	const char *user, *database, *control;
	bool user_given;
	uint32_t mark, mark_mask; /* ignored; accepted from older configurations */
	struct config_pace pace;
	struct judge_parameters judge;
	bool companions;                          /* pcapmon counts side traffic ... */
	bool names;                               /* ... and learns names of destinations from it */
	const char *blocklist[CONFIG_BLOCKLISTS]; /* names searched for in refusals */
	size_t blocklist_count;
	bool blocklist_given;
	const char *geo[CONFIG_GEO]; /* country and system databases, for reports */
	size_t geo_count;
	int64_t keep;      /* microseconds; 0 = for ever */
	uint64_t max_size; /* bytes; 0 = no limit */
	/* policy */
	struct policy *policy;
	struct config_line *lines;
	size_t line_count;
	/* the parser's private state, and the memory of every string above */
	struct config_parser *parser;
};

void config_free(struct config *c); /* accepts NULL */

/* Writes the configuration in a form that parses to the same policy and settings. */
void config_print(const struct config *c, FILE *out);
/* The queue of a gate (numbered from 0) for listed sources or for the rest. */
uint16_t config_queue(const struct config *c, bool listed, unsigned gate);
bool config_enforces(const struct config *c, uint16_t port);
/* An interface is one of those that `names` has. */
bool config_has_link(const char *const *names, size_t count, const char *link);
/* The name of the range that contains the address, or NULL. */
const char *config_range(const struct config *c, const struct addr *a);

/* User name or number -> uid. */
bool config_user(const struct config *c, const char *text, uint32_t *out);

/* file.c: reads `path` ("-": standard input) and its includes; prints every error to standard error as
 * "file:line: ...". NULL after any error. */
struct config *config_load(const char *path);
/* The same, but with errors, too: then only settings such as `control` may be used, as far as they were read, or their
 * defaults. NULL if out of memory. */
struct config *config_load_settings(const char *path, bool *wrong);

#endif
