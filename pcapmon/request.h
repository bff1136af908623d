/* SPDX-License-Identifier: GPL-3.0-or-later */
/* request: what the command line asks pcapmon for. */
#ifndef REQUEST_H
#define REQUEST_H

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
	bool json, follow, all_ports, no_companions;
	uint16_t ports[REQUEST_PORTS];
	uint16_t filter[REQUEST_PORTS + COMPANIONS_PORTS]; /* what the kernel lets pass: main's to fill in */
	size_t filter_count;
	size_t port_count; /* with all_ports 0 */
};

/* Ends the program on --help, --version and wrong usage. *q is zero at first. */
void request_take(struct request *q, int argc, char **argv);
void request_free(struct request *q);
/* Once each; ends the program if there are too many. */
void request_add_port(struct request *q, unsigned long port);

#endif
