/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kernel itself runs the filter: it is attached to a pair of sockets, and a frame that comes out at the other end
 * has passed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/socket.h>

#include <linux/filter.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "pcapmon/capture/filter.h"

static const uint16_t mail[] = {25, 587};

/* A frame that is put together from left to right. */
struct frame {
	uint8_t b[256];
	size_t n;
};

static void
put(struct frame *f, const void *bytes, size_t size)
{
	memcpy(f->b + f->n, bytes, size);
	f->n += size;
}

static void
put16(struct frame *f, unsigned n)
{
	put(f, (uint8_t[]){(uint8_t)(n >> 8), (uint8_t)n}, 2);
}

static struct frame
ethernet(unsigned type)
{
	struct frame f = {.n = 12};

	put16(&f, type);
	return f;
}

static void
ipv4(struct frame *f, unsigned protocol, unsigned words, unsigned fragment)
{
	uint8_t h[60] = {(uint8_t)(0x40 | words)};

	h[6] = (uint8_t)(fragment >> 8);
	h[7] = (uint8_t)fragment;
	h[9] = (uint8_t)protocol;
	put(f, h, (size_t)words * 4);
}

static void
ipv6(struct frame *f, unsigned next)
{
	uint8_t h[40] = {0x60};

	h[6] = (uint8_t)next;
	put(f, h, sizeof h);
}

static void
ports(struct frame *f, unsigned from, unsigned to)
{
	put16(f, from);
	put16(f, to);
	f->n += 16;
}

static bool
passes_with(const struct frame *f, enum filter_link link, const uint16_t *list, size_t count)
{
	static struct filter_step step[FILTER_ROOM];
	struct sock_filter program[FILTER_ROOM];
	struct sock_fprog attach = {.filter = program};
	uint8_t got[256];
	int pair[2];
	ssize_t n;

	attach.len = (unsigned short)filter_build(step, link, list, count);
	for (size_t i = 0; i < attach.len; i++)
		program[i] = (struct sock_filter){step[i].code, step[i].if_true, step[i].if_false, step[i].value};
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, pair), 0);
	assert_int_equal(setsockopt(pair[1], SOL_SOCKET, SO_ATTACH_FILTER, &attach, sizeof attach), 0);
	assert_true(send(pair[0], f->b, f->n, 0) != 0);
	n = recv(pair[1], got, sizeof got, 0);
	close(pair[0]);
	close(pair[1]);
	assert_true(n < 0 || (size_t)n == f->n);
	return n > 0;
}

static bool
passes(const struct frame *f)
{
	return passes_with(f, FILTER_ETHERNET, mail, 2);
}

static bool
tcp4(unsigned from, unsigned to)
{
	struct frame f = ethernet(0x0800);

	ipv4(&f, 6, 5, 0);
	ports(&f, from, to);
	return passes(&f);
}

static void
ports_in_either_direction(void **state)
{
	(void)state;
	assert_true(tcp4(40000, 25));
	assert_true(tcp4(25, 40000));
	assert_true(tcp4(587, 40000));
	assert_true(tcp4(40000, 587));
	assert_false(tcp4(40000, 443));
	assert_false(tcp4(26, 24));
}

static void
ip_options_and_version_6(void **state)
{
	struct frame f = ethernet(0x0800);

	(void)state;
	ipv4(&f, 6, 15, 0);
	ports(&f, 40000, 25);
	assert_true(passes(&f));
	f = ethernet(0x0800);
	ipv4(&f, 6, 15, 0);
	ports(&f, 40000, 80);
	assert_false(passes(&f));
	f = ethernet(0x86dd);
	ipv6(&f, 6);
	ports(&f, 40000, 25);
	assert_true(passes(&f));
	f = ethernet(0x86dd);
	ipv6(&f, 6);
	ports(&f, 40000, 443);
	assert_false(passes(&f));
}

static void
tags(void **state)
{
	static const unsigned outer[] = {0x8100, 0x88a8, 0x9100};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		for (unsigned port = 25; port <= 443; port += 418) {
			struct frame one = ethernet(outer[i]), two = ethernet(outer[i]), three = ethernet(outer[i]);

			put16(&one, 42), put16(&one, 0x0800);
			ipv4(&one, 6, 5, 0);
			ports(&one, 40000, port);
			assert_int_equal(passes(&one), port == 25);
			put16(&two, 42), put16(&two, 0x8100), put16(&two, 43), put16(&two, 0x86dd);
			ipv6(&two, 6);
			ports(&two, 40000, port);
			assert_int_equal(passes(&two), port == 25);
			put16(&three, 42), put16(&three, 0x8100), put16(&three, 43), put16(&three, 0x8100);
			put16(&three, 44), put16(&three, 0x0800);
			ipv4(&three, 6, 5, 0);
			ports(&three, 40000, port);
			assert_true(passes(&three)); /* decode's to judge */
		}
	}
}

static void
what_decode_must_see(void **state)
{
	static const unsigned types[] = {0x8864, 0x8847, 0x8848, 0x88e7, 0x6558, 0x894f, 100};
	static const unsigned wrapped[] = {4, 41, 47, 51, 97, 137, 143};
	static const unsigned tunnels[] = {1701, 2152, 3544, 4754, 4789, 8472, 4790, 5072, 5247, 6081, 6635};
	static const unsigned extensions[] = {0, 43, 44, 60, 135, 4, 41, 47};
	struct frame f;

	(void)state;
	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		f = ethernet(types[i]);
		f.n += 40;
		assert_true(passes(&f));
	}
	for (size_t i = 0; i < sizeof wrapped / sizeof *wrapped; i++) {
		f = ethernet(0x0800);
		ipv4(&f, wrapped[i], 5, 0);
		f.n += 40;
		assert_true(passes(&f));
	}
	for (size_t i = 0; i < sizeof extensions / sizeof *extensions; i++) {
		f = ethernet(0x86dd);
		ipv6(&f, extensions[i]);
		f.n += 40;
		assert_true(passes(&f));
	}
	f = ethernet(0x0800);
	ipv4(&f, 6, 5, 1);
	f.n += 40;
	assert_true(passes(&f));
	for (size_t i = 0; i < sizeof tunnels / sizeof *tunnels; i++) {
		f = ethernet(0x0800);
		ipv4(&f, 17, 5, 0);
		ports(&f, 50000, tunnels[i]);
		assert_true(passes(&f));
	}
	f = ethernet(0x0800);
	ipv4(&f, 1, 5, 0);
	put(&f, (uint8_t[8]){3, 1}, 8);
	assert_true(passes(&f));
}

/* The most ports that there may be fit, too. */
static void
look_ups(void **state)
{
	uint16_t list[FILTER_PORTS] = {53, 25};
	struct frame f;

	(void)state;
	for (unsigned i = 2; i < FILTER_PORTS; i++)
		list[i] = (uint16_t)(1000 + i);
	for (int end = 0; end < 2; end++) {
		f = ethernet(0x0800);
		ipv4(&f, 17, 5, 0x4000);
		ports(&f, end == 0 ? 50000 : 53, end == 0 ? 53 : 50000);
		assert_false(passes(&f));
		assert_true(passes_with(&f, FILTER_ETHERNET, list, 2));
		assert_true(passes_with(&f, FILTER_ETHERNET, list, FILTER_PORTS));
		assert_true(passes_with(&f, FILTER_ETHERNET, NULL, 0));
		f = ethernet(0x86dd);
		ipv6(&f, 17);
		ports(&f, end == 0 ? 50000 : 53, end == 0 ? 53 : 50000);
		assert_false(passes(&f));
		assert_true(passes_with(&f, FILTER_ETHERNET, list, 2));
		assert_true(passes_with(&f, FILTER_ETHERNET, list, FILTER_PORTS));
	}
	f = ethernet(0x0800);
	ipv4(&f, 17, 5, 0x4000);
	ports(&f, 50000, 25);
	assert_false(passes_with(&f, FILTER_ETHERNET, list, 2));
}

static void
what_costs_nothing(void **state)
{
	struct frame f = ethernet(0x0806);

	(void)state;
	f.n += 28;
	assert_false(passes(&f));
	f = ethernet(0x0800);
	ipv4(&f, 17, 5, 0x4000);
	ports(&f, 50000, 443);
	assert_false(passes(&f));
	f = ethernet(0x0800);
	ipv4(&f, 1, 5, 0);
	put(&f, (uint8_t[8]){8}, 8);
	assert_false(passes(&f));
	f = ethernet(0x86dd);
	ipv6(&f, 58);
	put(&f, (uint8_t[8]){135}, 8);
	assert_false(passes(&f));
	f = ethernet(0x8892); /* Profinet */
	f.n += 40;
	assert_false(passes(&f));
	f = ethernet(0x86dd);
	ipv6(&f, 50); /* ESP */
	f.n += 40;
	assert_false(passes(&f));
	f = ethernet(0x0800);
	ipv4(&f, 6, 5, 0);
	put16(&f, 25);
	f.n -= 1; /* cut inside the first port */
	assert_false(passes(&f));
}

/* A receiver may put TCP together from pieces in any order; of all else the first piece has the header. */
static void
fragments(void **state)
{
	static const struct {
		unsigned protocol, place;
		bool passes;
	} piece[] = {{6, 0x2000, 1},  {6, 0x0001, 1},  {51, 0x0001, 1},
	             {17, 0x0001, 0}, {47, 0x00b9, 0}, {47, 0x2000, 1}};

	(void)state;
	for (size_t i = 0; i < sizeof piece / sizeof *piece; i++) {
		struct frame f = ethernet(0x0800);

		ipv4(&f, piece[i].protocol, 5, piece[i].place);
		ports(&f, 40000, 80);
		assert_int_equal(passes(&f), piece[i].passes);
	}
}

/* The beginning of the frame, with the protocol in its place. */
static struct frame
begin(enum filter_link link, unsigned type)
{
	static const size_t size[] = {[FILTER_ETHERNET] = 14, [FILTER_COOKED] = 16, [FILTER_COOKED_2] = 20};
	static const size_t at[] = {[FILTER_ETHERNET] = 12, [FILTER_COOKED] = 14, [FILTER_COOKED_2] = 0};
	struct frame f = {.n = at[link]};

	put16(&f, type);
	f.n = size[link];
	return f;
}

static void
cooked_links(void **state)
{
	(void)state;
	for (enum filter_link link = FILTER_ETHERNET; link < FILTER_LINKS; link++) {
		for (unsigned port = 25; link != FILTER_IP && port <= 443; port += 418) {
			struct frame plain = begin(link, 0x0800), tagged = begin(link, 0x8100);
			struct frame arp = begin(link, 0x0806), session = begin(link, 0x8864);

			ipv4(&plain, 6, 6, 0x4000);
			ports(&plain, 40000, port);
			assert_int_equal(passes_with(&plain, link, mail, 2), port == 25);
			put16(&tagged, 42), put16(&tagged, 0x86dd);
			ipv6(&tagged, 6);
			ports(&tagged, port, 40000);
			assert_int_equal(passes_with(&tagged, link, mail, 2), port == 25);
			ports(&arp, 40000, port);
			assert_false(passes_with(&arp, link, mail, 2));
			ports(&session, 40000, port);
			assert_true(passes_with(&session, link, mail, 2));
		}
	}
}

static void
without_ethernet_and_with_every_port(void **state)
{
	uint16_t many[FILTER_PORTS];
	struct frame f = {0};

	(void)state;
	ipv4(&f, 6, 5, 0);
	ports(&f, 40000, 25);
	assert_true(passes_with(&f, FILTER_IP, mail, 2));
	assert_false(passes_with(&f, FILTER_IP, mail + 1, 1));
	f.b[0] = 0x75;
	assert_false(passes_with(&f, FILTER_IP, mail, 2));
	f.b[0] = 0x45;
	assert_true(passes_with(&f, FILTER_IP, NULL, 0));
	f = (struct frame){0};
	ipv6(&f, 6);
	ports(&f, 587, 40000);
	assert_true(passes_with(&f, FILTER_IP, mail, 2));
	assert_false(passes_with(&f, FILTER_IP, mail, 1));
	for (uint16_t i = 0; i < FILTER_PORTS; i++)
		many[i] = (uint16_t)(1000 + i);
	many[FILTER_PORTS - 1] = 587;
	assert_true(passes_with(&f, FILTER_IP, many, FILTER_PORTS));
	assert_false(passes_with(&f, FILTER_IP, many, FILTER_PORTS - 1));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(ports_in_either_direction),
	        cmocka_unit_test(ip_options_and_version_6),
	        cmocka_unit_test(tags),
	        cmocka_unit_test(what_decode_must_see),
	        cmocka_unit_test(look_ups),
	        cmocka_unit_test(what_costs_nothing),
	        cmocka_unit_test(fragments),
	        cmocka_unit_test(cooked_links),
	        cmocka_unit_test(without_ethernet_and_with_every_port),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
