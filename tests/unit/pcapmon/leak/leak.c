/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which connections are leaks, on a gateway whose NAT leads some of them elsewhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "pcapmon/leak/leak.h"

static const char policy[] = "lan 10.1.0.0/16\nstranger drop\nallow lan to 203.0.113.25\n";

/* Port 25 is led to the listed smart host, but for one server, which is led to another refused one. */
static const char table[] =
        "ipv4     2 tcp      6 9 ESTABLISHED src=10.1.0.66 dst=203.0.113.99 sport=40000 dport=25 src=203.0.113.25 "
        "dst=198.51.100.1 sport=25 dport=40000 mark=0 zone=0 use=2\n"
        "ipv4     2 tcp      6 9 ESTABLISHED src=10.1.0.66 dst=203.0.113.98 sport=40001 dport=25 src=203.0.113.97 "
        "dst=198.51.100.1 sport=25 dport=40001 mark=0 zone=0 use=2\n"
        "ipv4     2 tcp      6 9 ESTABLISHED src=10.1.0.66 dst=203.0.113.96 sport=40002 dport=25 src=127.0.0.1 "
        "dst=10.1.0.66 sport=2525 dport=40002 mark=0 zone=0 use=2\n";

struct files {
	char config[64], table[64];
};

static void
write_file(char *path, const char *text)
{
	int fd;
	FILE *out = NULL;

	strcpy(path, "/tmp/test_leak.XXXXXX");
	assert_true((fd = mkstemp(path)) >= 0 && (out = fdopen(fd, "w")) != NULL);
	fputs(text, out);
	assert_int_equal(fclose(out), 0);
}

typedef bool found(struct leak *l, const struct flow *f, int64_t when, bool quiet);

static bool
leaks(struct leak *l, found *kind, const char *dst, uint16_t sport)
{
	struct flow f = {.sport = sport, .dport = 25};

	assert_true(addr_parse("10.1.0.66", &f.src) && addr_parse(dst, &f.dst));
	return kind(l, &f, INT64_C(1800000000000000), true);
}

/* An opening that was captured, and answers alone (where bridged frames pass NAT before they are captured, the opening
 * has the new destination and the answers have the old one), are judged by where the connection ends. */
static void
test_where_it_ends(void **state)
{
	found *const kinds[] = {leak_established, leak_answered};
	struct files f;
	struct config *c;
	struct translation *t;
	struct leak *l;

	(void)state;
	write_file(f.config, policy);
	write_file(f.table, table);
	assert_non_null(c = config_load(f.config));
	assert_non_null(t = translation_open_file(f.table));
	assert_non_null(l = leak_new(c, t, 1));
	for (size_t i = 0; i < 2; i++) {
		assert_false(leaks(l, kinds[i], "203.0.113.99", 40000));
		assert_true(leaks(l, kinds[i], "203.0.113.98", 40001));
		assert_false(leaks(l, kinds[i], "203.0.113.96", 40002));
		assert_true(leaks(l, kinds[i], "203.0.113.99", 40009)); /* not in the table */
		assert_false(leaks(l, kinds[i], "203.0.113.25", 40010));
		assert_false(leaks(l, kinds[i], "10.1.0.25", 40011));
	}
	leak_free(l);
	assert_non_null(l = leak_new(c, NULL, 1)); /* no gateway */
	for (size_t i = 0; i < 2; i++)
		assert_true(leaks(l, kinds[i], "203.0.113.99", 40000));
	leak_free(l);
	translation_close(t);
	config_free(c);
	unlink(f.config);
	unlink(f.table);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_where_it_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
