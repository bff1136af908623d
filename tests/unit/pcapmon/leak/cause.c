/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The likely cause of a leak, from gate.db in the same directory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "pcapmon/leak/cause.h"
#include "lib/policy/event.h"
#include "lib/store/store.h"
#include "lib/base/when.h"

#define NOW (INT64_C(1700000000) * SECOND)
#define MINUTE_NOW ((int)(NOW / SECOND / 60))

struct place {
	char directory[64], file[80];
	struct store *gate;
};

static int
setup(void **state)
{
	struct place *p = calloc(1, sizeof *p);
	char why[256];

	strcpy(p->directory, "/tmp/test_cause.XXXXXX");
	if (mkdtemp(p->directory) == NULL)
		return 1;
	snprintf(p->file, sizeof p->file, "%s/gate.db", p->directory);
	p->gate = store_open(p->file, &schema_gate, why, sizeof why);
	*state = p;
	return p->gate == NULL;
}

static int
teardown(void **state)
{
	struct place *p = *state;

	store_close(p->gate);
	unlink(p->file);
	rmdir(p->directory);
	free(p);
	return 0;
}

static void
alive(struct place *p, int64_t when)
{
	struct statement *st = store_prepare(p->gate, "INSERT OR REPLACE INTO meta (key, value) VALUES ('alive', ?1)");

	bind_int(st, 1, when);
	assert_int_equal(store_step(st), 0);
}

/* A minute of a host that the gate judged; hosts are 10.1.0.N or 2001:db8::N. */
struct judged_minute {
	int ago;
	bool v6;
	int host, port;
	enum verdict verdict;
	int last;
};

static void
judged(struct place *p, const struct judged_minute *m)
{
	char sql[320];

	snprintf(sql, sizeof sql,
	         "INSERT INTO attempt (minute, host, destination, port, verdict, reason, attempts, retransmits,"
	         " destinations, first, last) VALUES (%d, x'%s%02x', x'', %d, %d, 1, 1, 0, 1, %d, %d)",
	         MINUTE_NOW - m->ago, m->v6 ? "20010db80000000000000000000000" : "0a0100", m->host, m->port, m->verdict,
	         m->last, m->last);
	assert_true(store_run(p->gate, sql));
}

static const char *
cause(struct place *p, bool v6, char out[CAUSE_TEXT])
{
	static const uint8_t four[] = {10, 1, 0, 7}, six[16] = {0x20, 1, 0xd, 0xb8, [15] = 7};
	struct flow f = {.src = v6 ? addr_v6(six) : addr_v4(four), .sport = 40000, .dport = 25};

	return cause_find(p->directory, &(struct leaked){.flow = f, .when = NOW, .followed = true}, NOW + 3 * SECOND,
	                  out);
}

static void
expect(struct place *p, bool v6, const char *words)
{
	char out[CAUSE_TEXT];

	if (strstr(cause(p, v6, out), words) == NULL)
		fail_msg("expected \"... %s ...\", got \"%s\"", words, out);
	assert_true(strlen(out) < CAUSE_TEXT - 1);
}

static void
a_gate_that_does_not_run_is_the_cause(void **state)
{
	struct place *p = *state;

	expect(p, false, "nfqd does not run");
	alive(p, NOW - 60 * SECOND);
	expect(p, false, "nfqd does not run, or cannot write, for 1 min");
	unlink(p->file);
	expect(p, false, "no gate.db beside");
}

static void
rows_of_the_host_name_the_cause(void **state)
{
	struct place *p = *state;

	alive(p, NOW);
	expect(p, false, "never saw it");
	judged(p, &(struct judged_minute){1, false, 8, 25, VERDICT_REJECT, 1});
	expect(p, false, "never saw it"); /* another host */
	expect(p, true, "judges no IPv6");
	judged(p, &(struct judged_minute){1, true, 8, 25, VERDICT_REJECT, 1});
	expect(p, true, "never saw it");
	judged(p, &(struct judged_minute){20, false, 7, 25, VERDICT_REJECT, 1}); /* too long ago */
	judged(p, &(struct judged_minute){1, false, 7, 26, VERDICT_REJECT, 1});  /* another port */
	expect(p, false, "never saw it");
	judged(p, &(struct judged_minute){2, false, 7, 25, VERDICT_DROP, 2});
	expect(p, false, "the gate refuses this host");
	judged(p, &(struct judged_minute){1, false, 7, 25, VERDICT_AUDIT, 3});
	expect(p, false, "let the host pass (audit)");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(a_gate_that_does_not_run_is_the_cause, setup, teardown),
	        cmocka_unit_test_setup_teardown(rows_of_the_host_name_the_cause, setup, teardown),
	};

	return cmocka_run_group_tests_name("cause", tests, NULL, NULL);
}
