/* SPDX-License-Identifier: GPL-3.0-or-later */
/* options: the command line of pcapmon, as a request. */
#ifndef PCAPMON_OPTIONS_H
#define PCAPMON_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/options.h"
#include "lib/config/config.h"
#include "pcapmon/companions/companions.h"

#define REQUEST_PORTS (2 * CONFIG_PORTS)

struct request {
	struct option_list interfaces, geo;
	const char *file, *config_path, *db, *user;
	struct prefix_list lan;
	const char *port_list;
	bool json, csv, local, follow, prepare, all_ports, no_companions;
	uint16_t ports[REQUEST_PORTS];
	uint16_t filter[REQUEST_PORTS + COMPANIONS_PORTS]; /* ports of the kernel filter; set by main */
	size_t filter_count;
	size_t port_count; /* 0 with all_ports */
};

/* Parses the options into *q, which must be zero. Ends the program on --help, --version and wrong usage. */
void request_take(struct request *q, int argc, char **argv);
void request_free(struct request *q);
/* Adds a port unless it is there already. Ends the program if there are too many. */
void request_add_port(struct request *q, unsigned long port);

#endif
