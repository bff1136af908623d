/* SPDX-License-Identifier: GPL-3.0-or-later */
/* options: what the command line says. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pcapmon/companions/companions.h"
#include "lib/config/config.h"
#include "lib/geo/geo.h"
#include "pcapmon/capture/taps.h"

#define OPTIONS_PORTS (2 * CONFIG_PORTS)
#define OPTIONS_LANS 256

struct options {
	const char *interface[TAPS_MAX], *file, *config_path, *db, *user;
	size_t interface_count;
	const char *geo[GEO_FILES];
	size_t geo_count;
	bool json, follow, all_ports, no_companions;
	uint16_t ports[OPTIONS_PORTS];
	uint16_t filter[OPTIONS_PORTS + COMPANIONS_PORTS]; /* what the kernel lets pass: main's to fill in */
	size_t filter_count;
	size_t port_count; /* with all_ports 0 */
	struct policy_named lan[OPTIONS_LANS];
	size_t lan_count;
};

/* Ends the program on --help, --version and wrong usage. *o is zero at first. */
void options_parse(struct options *o, int argc, char **argv);
/* Once each; ends the program if there are too many. */
void options_add_port(struct options *o, unsigned long port);

#endif
