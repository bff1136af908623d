/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pcapmon: counts the connections that hosts open to mail ports, on the wire or in a capture file.
 *
 * The order of the start follows lib/priv/priv.h: read options and configuration, open the capture, hand over the
 * directory of the database, drop privileges, open the database, and only then read packets. */
#include <assert.h>
#include <errno.h>
#include <linux/capability.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

#include "lib/config/config.h"
#include "lib/config/published.h"
#include "lib/policy/build.h"
#include "pcapmon/run/counting.h"
#include "lib/geo/geo.h"
#include "pcapmon/leak/translation.h"
#include "pcapmon/run/live.h"
#include "lib/base/log.h"
#include "lib/base/when.h"
#include "lib/base/notify.h"
#include "pcapmon/run/offline.h"
#include "options.h"
#include "lib/priv/priv.h"
#include "lib/priv/single.h"

/* The parts of a run; freed together. */
struct run {
	struct request o;
	struct config *config;
	struct policy *lan; /* of --lan */
	struct counting counting;
	struct taps *taps;      /* of -i */
	struct offline offline; /* of -r */
	struct wire_rows *rows;
	struct geo *geo;                 /* or NULL */
	struct translation *translation; /* or NULL */
	bool ports_of_config;
	unsigned followed; /* policies of the gate */
};

static struct policy *
build_lan(const struct prefix_list *lan)
{
	struct policy_named *named = calloc(lan->count, sizeof *named);
	struct policy_input in = {.lan = named, .lan_count = lan->count, .stranger_line = POLICY_NONE};
	struct policy *p = NULL;

	for (size_t n = 0; named != NULL && n < lan->count; n++)
		named[n] = (struct policy_named){.prefix = lan->prefix[n], .line = POLICY_NONE};
	if (named == NULL || (p = policy_build(&in)) == NULL)
		fatalx("out of memory");
	free(named);
	return p;
}

/* Completes the options from the configuration. */
static void
settle(struct run *r)
{
	static const uint16_t mail_ports[] = {25, 465, 587, 2525};
	struct request *o = &r->o;
	const struct config *c = NULL;

	if (o->config_path != NULL) {
		c = r->config = config_load(o->config_path);
		if (c == NULL)
			exit(2);
	}
	if (o->port_count == 0 && c == NULL && !o->all_ports)
		for (size_t i = 0; i < sizeof mail_ports / sizeof *mail_ports; i++)
			request_add_port(o, mail_ports[i]);
	r->ports_of_config = o->port_count == 0 && c != NULL && !o->all_ports;
	if (r->ports_of_config) {
		for (size_t i = 0; i < c->port.count; i++)
			request_add_port(o, c->port.port[i]);
		for (size_t i = 0; i < c->watch.count; i++)
			request_add_port(o, c->watch.port[i]);
	}
	o->no_companions = o->no_companions || (c != NULL && !c->companions);
	memcpy(o->filter, o->ports, sizeof o->ports);
	o->filter_count = o->no_companions || o->all_ports ? o->port_count : companions_ports(o->filter, o->port_count);
	if (o->db == NULL && o->interfaces.count > 0 && c != NULL)
		o->db = c->database;
	if (o->db == NULL && o->interfaces.count > 0)
		usagex("-i %s needs a directory for its rows, expected --db DIR or -c FILE", o->interfaces.text[0]);
	if (o->user == NULL)
		o->user = c != NULL ? c->user : priv_default_user();
	if (o->lan.count > 0)
		r->lan = build_lan(&o->lan);
}

/* Called when the tables of minutes or devices are full. */
static void
flush_rows(void *arg)
{
	struct run *r = arg;

	if (r->o.file != NULL)
		offline_flush(&r->offline);
	else
		/* 0: the capture continues */
		wire_rows_write(r->rows, r->counting.counters.minutes, r->counting.counters.devices, 0);
}

static const struct policy *
lan_of(const struct run *r)
{
	if (r->lan != NULL)
		return r->lan;
	return r->config != NULL && r->config->policy->lan.count > 0 ? r->config->policy : NULL;
}

static bool
same_ports(const struct config_ports *a, const struct config_ports *b)
{
	return a->count == b->count && memcmp(a->port, b->port, a->count * sizeof *a->port) == 0;
}

/* The keyword whose change needs a restart, or NULL. */
static const char *
needs_restart(const struct run *r, const struct config *new)
{
	if (r->ports_of_config && !same_ports(&r->config->port, &new->port))
		return "port";
	if (r->ports_of_config && !same_ports(&r->config->watch, &new->watch))
		return "watch";
	if (r->config->companions != new->companions)
		return "companions";
	if (r->config->names != new->names)
		return "names";
	return strcmp(r->config->database, new->database) != 0 ? "database" : NULL;
}

/* Reads the configuration again: all of it takes effect, or nothing. Logs why it is refused. */
static bool
reload(void *arg)
{
	struct run *r = arg;
	struct config *old = r->config, *new;
	const char *line;

	if (old == NULL) {
		log_warnx("SIGHUP ignored: no configuration was given (-c)");
		return false;
	}
	new = config_load(r->o.config_path);
	line = new != NULL ? needs_restart(r, new) : NULL;
	if (line != NULL)
		log_warnx("%s: another %s needs a restart", r->o.config_path, line);
	if (new == NULL || line != NULL) {
		log_warnx("the old policy stays");
		config_free(new);
		return false;
	}
	if (r->o.db == old->database)
		r->o.db = new->database;
	r->config = new;
	counting_policy(&r->counting, lan_of(r), new);
	wire_rows_policy(r->rows, new);
	config_free(old);
	log_info("%s: read again", r->o.config_path);
	return true;
}

/* Takes the policy of the gate on this machine, if it has another one, with its lan and ranges. */
static bool
follow(void *arg)
{
	struct run *r = arg;
	struct in_force *f = leak_in_force(tally_leaks(r->counting.tally));
	const struct config *now;
	const char *line;

	in_force_look(f);
	if (in_force_taken(f) == r->followed)
		return false;
	r->followed = in_force_taken(f);
	now = in_force_now(f);
	counting_follow(&r->counting, r->lan != NULL ? r->lan : now->policy, now);
	wire_rows_policy(r->rows, strcmp(now->database, r->config->database) == 0 ? now : r->config);
	log_info("the policy is that of the gate: %zu lines", now->line_count);
	if ((line = needs_restart(r, now)) != NULL)
		log_warnx("another %s than that of the gate needs a restart", line);
	in_force_forget(f);
	return true;
}

static void
build_tally(struct run *r)
{
	struct tally_options t = {.ports = r->o.ports,
	                          .port_count = r->o.port_count,
	                          .lan = lan_of(r),
	                          .config = r->config,
	                          .translation = r->translation};

	char path[PUBLISHED_PATH];

	r->counting.without_companions = r->o.no_companions;
	counting_tally(&r->counting, &t, r->o.file != NULL, r->rows);
	if (r->o.file == NULL && r->config != NULL)
		in_force_follow(leak_in_force(tally_leaks(r->counting.tally)), published_path(r->config, path));
}

/* A hash of what is counted, for progress; the order of ports and lan does not matter. */
static uint64_t
scope(const struct run *r)
{
	const struct policy *lan = r->lan != NULL ? r->lan : r->config != NULL ? r->config->policy : NULL;
	uint64_t sum = 0;

	for (size_t i = 0; i < r->o.port_count; i++)
		sum += XXH3_64bits(&r->o.ports[i], sizeof r->o.ports[i]);
	for (uint32_t i = 0; lan != NULL && i < lan->lan.count; i++) {
		char text[PREFIX_TEXT];

		prefix_print(&policy_nodes(lan)[lan->lan.first + i].prefix, text);
		sum += XXH3_64bits(text, strlen(text));
	}
	return sum;
}

/* A live capture continues with a new file if the existing one is not a database. */
static struct wire_rows *
open_rows(const struct run *r)
{
	int64_t now = when_now(), keep = r->config != NULL ? r->config->keep : 0;
	char why[1024], lost[200] = "";
	struct wire_rows *rows;

	if (r->taps != NULL && !wire_rows_make_room(r->o.db, now, lost, sizeof lost))
		fatalx("%s", lost);
	if ((rows = wire_rows_open(r->o.db, r->config, why, sizeof why)) == NULL)
		fatalx("%s", why);
	if (lost[0] != '\0') /* its content is unknown: as much as a file may hold */
		wire_rows_lost(rows, keep > 0 ? now - keep : 0, MISSING_UNKNOWN, lost);
	return rows;
}

/* Opens the files that locate addresses: those of --geo, or else of the configuration. */
static struct geo *
open_geo(const struct run *r)
{
	const struct config *c = r->config;
	bool own = r->o.geo.count > 0 || c == NULL;
	size_t count = own ? r->o.geo.count : c->geo_count;
	struct geo *g = count > 0 ? geo_new(own ? (const char *const *)r->o.geo.text : c->geo, count) : NULL;

	static_assert(GEO_FILES >= CONFIG_GEO, "all files of the configuration are opened");
	if (g == NULL && count > 0)
		fatal("geo");
	return g;
}

/* What needs the right to change owners, of a unit whose main process does not have it. Returns the exit status. */
static int
prepare(const struct request *o)
{
	if (geteuid() == 0)
		priv_check_user(o->user);
	return single_in_directory(o->db, "wire.lock", o->user, false) ? 0 : 1;
}

/* True for root without CAP_DAC_OVERRIDE, as the unit runs it, where the directory is the user's already (--prepare).
 */
static bool
users_alone(const char *directory)
{
	return geteuid() == 0 && access(directory, R_OK | W_OK | X_OK) != 0 && errno == EACCES;
}

static void
open_all(struct run *r)
{
	const struct request *o = &r->o;
	bool later = o->db != NULL && users_alone(o->db);
	const struct taps_options taps = {.names = (const char *const *)o->interfaces.text,
	                                  .count = o->interfaces.count,
	                                  .ports = o->filter,
	                                  .port_count = o->filter_count};
	char why[1024];

	if (o->file != NULL)
		r->geo = open_geo(r);
	if (geteuid() == 0)
		priv_check_user(o->user);
	if (o->file != NULL)
		r->offline.file = savefile_open(o->file, o->follow, why, sizeof why);
	else
		r->taps = taps_open(&taps, why, sizeof why);
	if (r->taps == NULL && r->offline.file == NULL)
		fatalx("%s", why);
	if (o->file == NULL && r->config != NULL)
		r->translation = translation_open();
	if (o->db != NULL && !later && !single_in_directory(o->db, "wire.lock", o->user, false))
		exit(1);
	/* CAP_NET_RAW is kept only to reopen an interface that comes back. */
	priv_drop(o->user, o->interfaces.count > 0 ? CAP_NET_RAW : PRIV_NO_CAPABILITY);
	if (later && !single_in_directory(o->db, "wire.lock", o->user, false))
		exit(1);
	if (o->db != NULL)
		r->rows = open_rows(r);
}

int
main(int argc, char **argv)
{
	struct run r = {0};
	int status;

	setlocale(LC_ALL, "");
	log_open("pcapmon");
	request_take(&r.o, argc, argv);
	if (r.o.local)
		when_sentences_local();
	settle(&r);
	if (r.o.prepare)
		return prepare(&r.o);
	r.counting.counters.flush = flush_rows;
	r.counting.counters.arg = &r;
	counting_tables(&r.counting, r.o.file != NULL, r.o.db != NULL);
	if (r.o.interfaces.count > 0) {
		log_never_wait();
		live_signals();
	} else {
		offline_signals();
	}
	open_all(&r);
	build_tally(&r);
	notify_open();
	priv_filter(PRIV_CAPTURE);
	if (r.o.file != NULL) {
		r.offline.path = r.o.file;
		r.offline.follow = r.o.follow;
		r.offline.json = r.o.json;
		r.offline.csv = r.o.csv;
		r.offline.local = r.o.local;
		r.offline.scope = scope(&r);
		r.offline.counting = &r.counting;
		r.offline.parameters = r.config != NULL ? r.config->judge : judge_defaults;
		r.offline.rows = r.rows;
		r.offline.geo = r.geo;
		status = offline_run(&r.offline);
	} else {
		struct live l = {.directory = &r.o.db,
		                 .reload = reload,
		                 .follow = follow,
		                 .arg = &r,
		                 .taps = r.taps,
		                 .tally = r.counting.tally,
		                 .counters = &r.counting.counters,
		                 .rows = r.rows,
		                 .memory = r.counting.memory_rows};

		status = live_run(&l);
	}
	taps_close(r.taps);
	counting_free(&r.counting);
	translation_close(r.translation);
	savefile_close(r.offline.file);
	geo_free(r.geo);
	wire_rows_close(r.rows);
	free(r.lan);
	config_free(r.config);
	request_free(&r.o);
	return status;
}
