/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/common/wire_log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "tests/unit/common/policies.h"

int
wire_log_setup(void **state)
{
	struct wire_log *p = calloc(1, sizeof *p);
	char why[256];

	*state = p;
	p->config = config_of("lan 10.0.0.0/8\nrange guests 10.1.0.67\n", NULL);
	if (p->config == NULL || !scratch_make(&p->scratch))
		return 1;
	p->config->keep = 0;
	p->config->max_size = 0;
	p->minutes = minutes_new(4096, 1);
	p->devices = devices_new();
	p->rows = wire_rows_open(p->scratch.directory, p->config, why, sizeof why);
	return p->minutes == NULL || p->devices == NULL || p->rows == NULL;
}

int
wire_log_teardown(void **state)
{
	struct wire_log *p = *state;

	wire_rows_close(p->rows);
	minutes_free(p->minutes);
	devices_free(p->devices);
	config_free(p->config);
	if (!scratch_remove(&p->scratch))
		return 1;
	free(p);
	return 0;
}

void
wire_log_attempt(struct wire_log *p, int64_t when, uint8_t host, uint16_t destination)
{
	struct addr from = addr_v4((uint8_t[]){10, 1, 0, host});
	struct addr to = addr_v4((uint8_t[]){203, 0, (uint8_t)(destination >> 8), (uint8_t)destination});
	struct minute_row *row =
	        minutes_at(p->minutes, when, &(struct minute_key){.host = from, .destination = to, .port = 25});

	assert_non_null(row);
	row->count[WIRE_ATTEMPTS]++;
}

bool
wire_log_write(struct wire_log *p)
{
	return wire_rows_write(p->rows, p->minutes, p->devices, 0);
}

void
wire_log_prune(struct wire_log *p, int64_t now)
{
	bool more = true;

	while (more)
		assert_true(wire_rows_prune(p->rows, now, NULL, &more));
}
