/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Countries and systems of addresses. Databases that others made are read in place, if they are there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "geo.h"

#define DATA "../shared/data/mmdb/"

/* Where this is run from is the top of the repository. */
static bool
is_there(void)
{
	return access(DATA "maxmind-test", R_OK) == 0;
}

static struct place
find(const struct geo *g, const char *text)
{
	struct addr a;

	assert_true(addr_parse(text, &a));
	return geo_find(g, &a);
}

static struct geo *
open_one(const char *path)
{
	struct geo *g = geo_new(&path, 1);

	assert_non_null(g);
	return g;
}

static void
test_none(void **state)
{
	const char *missing = "/nowhere/at/all.mmdb";
	struct geo *g = open_one(missing);

	(void)state;
	assert_int_equal(geo_count(g), 0);
	assert_string_equal(find(g, "192.0.2.1").country, "");
	geo_free(g);
	geo_free(NULL);
	assert_int_equal(geo_count(NULL), 0);
}

static void
test_known(void **state)
{
	static const struct {
		const char *file, *address, *country, *name;
		uint32_t as;
	} cases[] = {
	        {"maxmind-test/GeoLite2-ASN-Test.mmdb", "1.128.0.0", "", "Telstra Pty Ltd", 1221},
	        {"maxmind-test/GeoLite2-ASN-Test.mmdb", "89.160.20.112", "", "Bredband2 AB", 29518},
	        {"maxmind-test/GeoLite2-ASN-Test.mmdb", "12.81.92.0", "", "AT&T Services", 7018},
	        {"maxmind-test/GeoLite2-ASN-Test.mmdb", "2600:6000::", "", "Merit Network Inc.", 237},
	        {"maxmind-test/GeoLite2-Country-Test.mmdb", "81.2.69.160", "GB", "", 0},
	        {"maxmind-test/GeoLite2-Country-Test.mmdb", "89.160.20.112", "SE", "", 0},
	        {"maxmind-test/GeoLite2-Country-Test.mmdb", "2001:218::", "JP", "", 0},
	        {"npm/iptoasn-country.mmdb", "8.8.8.8", "US", "", 0},
	        {"npm/iptoasn-country.mmdb", "1.1.1.1", "US", "", 0},
	        {"npm/iptoasn-country.mmdb", "196.25.1.1", "ZA", "", 0},
	        {"npm/iptoasn-country.mmdb", "102.165.32.1", "GB", "", 0},
	        {"npm/iptoasn-country.mmdb", "10.0.0.1", "", "", 0},
	        {"npm/geo-whois-asn-country.mmdb", "1.1.1.1", "AU", "", 0},
	        {"npm/geo-whois-asn-country.mmdb", "102.165.32.1", "ZA", "", 0},
	        {"npm/geo-whois-asn-country.mmdb", "2c0f:feb0::1", "", "", 0},
	        {"maxmind-test/MaxMind-DB-test-ipv4-24.mmdb", "2001:218::", "", "", 0},
	};

	(void)state;
	if (!is_there())
		skip();
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char path[256];
		struct geo *g;
		struct place p;

		snprintf(path, sizeof path, DATA "%s", cases[i].file);
		g = open_one(path);
		p = find(g, cases[i].address);
		if (strcmp(p.country, cases[i].country) != 0 || p.as != cases[i].as ||
		    strcmp(p.name, cases[i].name) != 0)
			fail_msg("%s %s: expected %s %u %s, got %s %u %s", cases[i].file, cases[i].address,
			         cases[i].country, cases[i].as, cases[i].name, p.country, p.as, p.name);
		assert_int_equal(geo_count(g), 1);
		geo_free(g);
	}
}

/* Two files know more than one, and the first has the word. */
static void
test_several(void **state)
{
	static const char *const paths[] = {DATA "maxmind-test/GeoLite2-ASN-Test.mmdb",
	                                    DATA "npm/geo-whois-asn-country.mmdb", DATA "npm/iptoasn-country.mmdb"};
	struct place p;
	struct geo *g;

	(void)state;
	if (!is_there())
		skip();
	g = geo_new(paths, 3);
	assert_int_equal(geo_count(g), 3);
	p = find(g, "1.128.0.0");
	assert_int_equal(p.as, 1221);
	assert_string_equal(p.country, "AU");
	assert_string_equal(find(g, "102.165.32.1").country, "ZA");
	assert_string_equal(find(g, "fe80::1").country, "");
	geo_free(g);
}

/* Files of all kinds, the broken ones too: an answer or none, and no crash. */
static void
test_broken(void **state)
{
	static const char *const folders[] = {DATA "maxmind-bad", DATA "maxmind-test"};
	static const char *const addresses[] = {"0.0.0.0", "1.1.1.1",    "81.2.69.160", "255.255.255.255", "10.0.0.1",
	                                        "::",      "2001:218::", "ffff::1",     "1.128.0.0",       "::1.1.1.1"};
	size_t files = 0, opened = 0;

	(void)state;
	if (!is_there())
		skip();
	for (size_t f = 0; f < 2; f++) {
		DIR *dir = opendir(folders[f]);
		const struct dirent *entry;

		assert_non_null(dir);
		while ((entry = readdir(dir)) != NULL) {
			char path[512];
			struct geo *g;

			if (strstr(entry->d_name, ".mmdb") == NULL)
				continue;
			snprintf(path, sizeof path, "%s/%s", folders[f], entry->d_name);
			g = open_one(path);
			files++;
			opened += geo_count(g);
			for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
				struct place p = find(g, addresses[i]);

				for (const char *c = p.name; *c != '\0'; c++)
					assert_in_range(*c, ' ', '~');
			}
			geo_free(g);
		}
		closedir(dir);
	}
	assert_int_equal(files, 61);
	assert_true(opened > 40 && opened < files);
}

static void
copy(const char *from, const char *to)
{
	FILE *in = fopen(from, "r"), *out = fopen(to, "w");
	char buffer[65536];
	size_t n;

	assert_true(in != NULL && out != NULL);
	while ((n = fread(buffer, 1, sizeof buffer, in)) > 0)
		assert_int_equal(fwrite(buffer, 1, n, out), n);
	fclose(in);
	fclose(out);
}

/* A file that is replaced is read anew; one that is replaced by rubbish is not. */
static void
test_replaced(void **state)
{
	char folder[] = "/tmp/geo-XXXXXX", path[64], fresh[64];
	struct geo *g;
	FILE *rubbish;

	(void)state;
	if (!is_there())
		skip();
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/country.mmdb", folder);
	snprintf(fresh, sizeof fresh, "%s/new", folder);
	copy(DATA "maxmind-test/GeoLite2-Country-Test.mmdb", path);
	g = open_one(path);
	assert_string_equal(find(g, "81.2.69.160").country, "GB");
	assert_string_equal(find(g, "8.8.8.8").country, "");
	copy(DATA "npm/iptoasn-country.mmdb", fresh);
	assert_int_equal(rename(fresh, path), 0);
	geo_refresh(g);
	assert_string_equal(find(g, "8.8.8.8").country, "US");
	rubbish = fopen(fresh, "w");
	assert_true(rubbish != NULL && fputs("this is no database", rubbish) > 0 && fclose(rubbish) == 0);
	assert_int_equal(rename(fresh, path), 0);
	geo_refresh(g);
	assert_string_equal(find(g, "8.8.8.8").country, "US");
	geo_free(g);
	unlink(path);
	rmdir(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_none),   cmocka_unit_test(test_known),    cmocka_unit_test(test_several),
	        cmocka_unit_test(test_broken), cmocka_unit_test(test_replaced),
	};

	return cmocka_run_group_tests_name("geo", tests, NULL, NULL);
}
