/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Countries and systems of addresses. With CAPTURES=DIR also from databases that others made, in DIR/mmdb. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/stat.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/geo/geo.h"

#define TELLING 13 /* files that know a country or a system of any address that is asked for here */

/* The path of a file in the folder of other people's databases; valid until the fourth call from now. */
static const char *
of_others(const char *name)
{
	static char paths[4][512];
	static unsigned turn;
	char *path = paths[turn++ % 4];

	snprintf(path, sizeof *paths, "%s/mmdb/%s", getenv("CAPTURES"), name);
	return path;
}

static struct geo_place
find(const struct geo *g, const char *text)
{
	struct addr a;

	assert_true(addr_parse(text, &a));
	return geo_find(g, &a);
}

/* Without its complaint, which the tests of reports hold. */
static struct geo *
open_one(const char *path)
{
	int err = dup(2), null = open("/dev/null", O_WRONLY);
	struct geo *g;

	dup2(null, 2);
	g = geo_new(&path, 1);
	dup2(err, 2);
	close(err);
	close(null);
	assert_non_null(g);
	return g;
}

static void
without_files_nothing_is_found(void **state)
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
places_are_found(void **state)
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
	        {"maxmind-test/MaxMind-DB-test-ipv4-28.mmdb", "2001:218::", "", "", 0},
	        {"maxmind-test/MaxMind-DB-test-ipv4-32.mmdb", "2001:218::", "", "", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct geo *g = open_one(of_others(cases[i].file));
		struct geo_place p;

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
the_first_of_several_files_decides(void **state)
{
	const char *const paths[] = {of_others("maxmind-test/GeoLite2-ASN-Test.mmdb"),
	                             of_others("npm/geo-whois-asn-country.mmdb"),
	                             of_others("npm/iptoasn-country.mmdb")};
	struct geo_place p;
	struct geo *g;

	(void)state;
	g = geo_new(paths, 3);
	assert_int_equal(geo_count(g), 3);
	p = find(g, "1.128.0.0");
	assert_int_equal(p.as, 1221);
	assert_string_equal(p.country, "AU");
	assert_string_equal(find(g, "102.165.32.1").country, "ZA");
	assert_string_equal(find(g, "fe80::1").country, "");
	geo_free(g);
}

/* Those that libmaxminddb 1.7 refuses to open, and the last, whose tree is said to be longer than the file; it opens
 * the rest, whose data may be broken. */
static const char *const refused[] = {
        "cyclic-data-structure.mmdb",
        "invalid-bytes-length.mmdb",
        "invalid-data-record-offset.mmdb",
        "invalid-map-key-length.mmdb",
        "invalid-string-length.mmdb",
        "libmaxminddb-metadata-marker-only.mmdb",
        "libmaxminddb-offset-integer-overflow.mmdb",
        "metadata-is-an-uint128.mmdb",
        "unexpected-bytes.mmdb",
        "GeoIP2-City-Test-Invalid-Node-Count.mmdb",
        "bad-unicode-in-map-key.mmdb",
};

static bool
is_refused(const char *name)
{
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
		if (strcmp(refused[i], name) == 0)
			return true;
	return false;
}

/* Looks all over the address space: an answer of the right form, or none, and no crash. Returns how many. */
static size_t
look_around(const struct geo *g)
{
	static const char *const addresses[] = {"81.2.69.160", "89.160.20.112", "2001:218::", "1.128.0.0", "::1.1.1.1"};
	size_t found = 0;

	for (unsigned i = 0; i < 512 + sizeof addresses / sizeof *addresses; i++) {
		struct addr a = {.family = i < 256 ? 4 : 6, .bytes = {(uint8_t)i, 0x20}};
		struct geo_place p;

		if (i >= 512)
			assert_true(addr_parse(addresses[i - 512], &a));
		p = geo_find(g, &a);
		assert_true(strlen(p.country) == 0 || strlen(p.country) == 2);
		assert_true(strlen(p.name) < sizeof p.name);
		assert_true(p.as != 0 || p.name[0] == '\0');
		found += p.country[0] != '\0' || p.as != 0;
	}
	return found;
}

/* Every file of both folders is read or refused as it should be. */
static void
every_test_file_is_read_or_refused(void **state)
{
	const char *const folders[] = {of_others("maxmind-bad"), of_others("maxmind-test")};
	size_t files[2] = {0}, closed = 0, telling = 0;

	(void)state;
	for (size_t f = 0; f < 2; f++) {
		DIR *dir = opendir(folders[f]);
		const struct dirent *entry;

		assert_non_null(dir);
		while ((entry = readdir(dir)) != NULL) {
			char path[1024];
			struct geo *g;

			if (strstr(entry->d_name, ".mmdb") == NULL)
				continue;
			snprintf(path, sizeof path, "%s/%s", folders[f], entry->d_name);
			g = open_one(path);
			files[f]++;
			if ((geo_count(g) == 0) != is_refused(entry->d_name))
				fail_msg("%s: expected it to be %s", entry->d_name,
				         is_refused(entry->d_name) ? "refused" : "read");
			closed += geo_count(g) == 0;
			telling += look_around(g) > 0;
			geo_free(g);
		}
		closedir(dir);
	}
	assert_int_equal(files[0], 21);
	assert_int_equal(files[1], 40);
	assert_int_equal(closed, sizeof refused / sizeof *refused);
	assert_int_equal(telling, TELLING);
}

/* A file cut anywhere, or with a byte changed, is refused or read, and no more. */
static void
a_damaged_file_is_refused_or_read(void **state)
{
	char path[] = "/tmp/geo-XXXXXX", *bytes;
	FILE *in, *out;
	long size;

	(void)state;
	close(mkstemp(path));
	in = fopen(of_others("maxmind-test/GeoLite2-ASN-Test.mmdb"), "r");
	assert_non_null(in);
	fseek(in, 0, SEEK_END);
	size = ftell(in);
	rewind(in);
	bytes = malloc((size_t)size);
	assert_int_equal(fread(bytes, 1, (size_t)size, in), size);
	fclose(in);
	for (long n = 0; n < size; n += 97) {
		for (int way = 0; way < 2; way++) {
			struct geo *g;

			bytes[n] = (char)(bytes[n] ^ (way == 1 ? 0xff : 0));
			out = fopen(path, "w");
			assert_int_equal(fwrite(bytes, 1, (size_t)(way == 0 ? n : size), out), way == 0 ? n : size);
			fclose(out);
			g = open_one(path);
			assert_true(way == 1 || geo_count(g) == 0);
			look_around(g);
			geo_free(g);
			bytes[n] = (char)(bytes[n] ^ (way == 1 ? 0xff : 0));
		}
	}
	free(bytes);
	unlink(path);
}

static void
copy_to(const char *from, const char *to)
{
	char bytes[65536];
	FILE *in = fopen(from, "r"), *out = fopen(to, "w");
	size_t n;

	assert_non_null(in);
	assert_non_null(out);
	while ((n = fread(bytes, 1, sizeof bytes, in)) > 0)
		assert_int_equal(fwrite(bytes, 1, n, out), n);
	fclose(in);
	assert_int_equal(fclose(out), 0);
}

/* Who has opened a file keeps what it said then, whatever becomes of it: cut off, overwritten, replaced, deleted. Who
 * opens it then sees what lies there. */
static void
an_open_file_does_not_change(void **state)
{
	const char *first = of_others("maxmind-test/GeoLite2-ASN-Test.mmdb"),
	           *second = of_others("maxmind-test/GeoLite2-Country-Test.mmdb");
	char path[] = "/tmp/geo-XXXXXX", other[sizeof path + 4];
	struct geo *g, *later;

	(void)state;
	close(mkstemp(path));
	copy_to(first, path);
	g = open_one(path);
	assert_int_equal(find(g, "1.128.0.0").as, 1221);
	assert_int_equal(truncate(path, 0), 0);
	look_around(g);
	assert_int_equal(find(g, "1.128.0.0").as, 1221);
	later = open_one(path);
	assert_int_equal(geo_count(later), 0);
	geo_free(later);
	copy_to(second, path);
	assert_int_equal(find(g, "1.128.0.0").as, 1221);
	later = open_one(path);
	assert_string_equal(find(later, "81.2.69.160").country, "GB");
	assert_int_equal(find(later, "1.128.0.0").as, 0);
	geo_free(later);
	snprintf(other, sizeof other, "%s.new", path);
	copy_to(first, other);
	assert_int_equal(rename(other, path), 0);
	later = open_one(path);
	assert_int_equal(find(later, "1.128.0.0").as, 1221);
	geo_free(later);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(find(g, "89.160.20.112").as, 29518);
	geo_free(g);
}

/* Of a file that is far too large, and of a pipe that nobody writes to, nothing is read. */
static void
other_files_are_refused(void **state)
{
	char path[] = "/tmp/geo-XXXXXX";
	int fd = mkstemp(path);
	struct geo *g;

	(void)state;
	assert_int_equal(ftruncate(fd, INT64_C(1) << 40), 0);
	close(fd);
	g = open_one(path);
	assert_int_equal(geo_count(g), 0);
	geo_free(g);
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	g = open_one(path);
	assert_int_equal(geo_count(g), 0);
	geo_free(g);
	unlink(path);
}

static void
places_are_printed(void **state)
{
	static const struct {
		struct geo_place place;
		const char *text;
	} cases[] = {
	        {{"US", 15169, "Example"}, "US, AS15169"},
	        {{"", 4294967295, ""}, "AS4294967295"},
	        {{"ZA", 0, ""}, "ZA"},
	        {{"", 0, ""}, "an unknown location"},
	};
	char buf[GEO_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_string_equal(geo_print(&cases[i].place, buf), cases[i].text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(without_files_nothing_is_found),
	        cmocka_unit_test(places_are_printed),
	        cmocka_unit_test(other_files_are_refused),
	};
	const struct CMUnitTest others[] = {
	        cmocka_unit_test(places_are_found),
	        cmocka_unit_test(the_first_of_several_files_decides),
	        cmocka_unit_test(every_test_file_is_read_or_refused),
	        cmocka_unit_test(a_damaged_file_is_refused_or_read),
	        cmocka_unit_test(an_open_file_does_not_change),
	};
	int failed = cmocka_run_group_tests_name("geo", tests, NULL, NULL);

	return getenv("CAPTURES") == NULL ? failed
	                                  : failed + cmocka_run_group_tests_name("geo of others", others, NULL, NULL);
}
