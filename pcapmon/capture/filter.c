/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it works: the index register X walks from header to header as decode does, and every look is relative to it, so
 * that a tag moves nothing. X counts from the end of the link header (`base`), and no look but that for its protocol
 * goes before that end: in a cooked frame there is nothing there. A load beyond the frame's end rejects the frame,
 * which is right: such a frame has no ports. Conditional jumps reach 255 instructions, so each skips a return
 * instruction next to it. */
#include "filter.h"

#include <linux/filter.h>

#include "lib/decode/decode.h"

#define TAGS 2

enum { PASS = 0x40000, LEAVE_OUT = 0 };

struct maker {
	struct filter_step *out;
	size_t count;
	uint32_t base; /* bytes of the link header */
};

static void
emit(struct maker *m, uint16_t code, uint32_t value, uint8_t if_true, uint8_t if_false)
{
	m->out[m->count++] =
	        (struct filter_step){.code = code, .if_true = if_true, .if_false = if_false, .value = value};
}

static void
answer(struct maker *m, uint32_t size)
{
	emit(m, BPF_RET | BPF_K, size, 0, 0);
}

/* A = the `bits` bits, `offset` bytes from X on. */
static void
load(struct maker *m, int bits, uint32_t offset)
{
	emit(m, (uint16_t)(BPF_LD | BPF_IND | (bits == 8 ? BPF_B : BPF_H)), m->base + offset, 0, 0);
}

/* X += step, and A stays. */
static void
walk(struct maker *m, uint32_t step)
{
	emit(m, BPF_ST, 0, 0, 0);
	emit(m, BPF_MISC | BPF_TXA, 0, 0, 0);
	emit(m, BPF_ALU | BPF_ADD | BPF_K, step, 0, 0);
	emit(m, BPF_MISC | BPF_TAX, 0, 0, 0);
	emit(m, BPF_LD | BPF_MEM, 0, 0, 0);
}

/* Executes the next instruction, usually a return or a jump, only if A is the value. */
static void
if_equal(struct maker *m, uint32_t value)
{
	emit(m, BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1);
}

static void
pass_if_any(struct maker *m, const uint16_t *value, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if_equal(m, value[i]);
		answer(m, PASS);
	}
}

/* A jump to a place that is not known yet. */
static size_t
jump(struct maker *m)
{
	emit(m, BPF_JMP | BPF_JA, 0, 0, 0);
	return m->count - 1;
}

static void
land(struct maker *m, size_t from)
{
	m->out[from].value = (uint32_t)(m->count - from - 1);
}

/* A is an EtherType, and X behind it; that of up to two tags' content in the end. */
static void
pass_tags(struct maker *m)
{
	size_t done[TAGS];

	for (int i = 0; i < TAGS; i++) {
		emit(m, BPF_JMP | BPF_JEQ | BPF_K, 0x8100, 3, 0);
		emit(m, BPF_JMP | BPF_JEQ | BPF_K, 0x88a8, 2, 0);
		emit(m, BPF_JMP | BPF_JEQ | BPF_K, 0x9100, 1, 0);
		done[i] = jump(m);
		load(m, 16, 2);
		walk(m, 4);
	}
	for (int i = 0; i < TAGS; i++)
		land(m, done[i]);
}

/* A is an EtherType, or a length, that is not IP's. */
static void
other_types(struct maker *m)
{
	/* tags, bridging, PPP and its sessions, MPLS, provider bridges, FabricPath, VN-Tag, NSH: lib/decode/ethernet.c
	 */
	static const uint16_t types[] = {0x8100, 0x88a8, 0x9100, 0x9200, 0x6558, 0x880b, 0x8864,
	                                 0x8847, 0x8848, 0x88e7, 0x8903, 0x8926, 0x894f};

	pass_if_any(m, types, sizeof types / sizeof *types);
	emit(m, BPF_JMP | BPF_JGT | BPF_K, 1500, 0, 1); /* LLC */
	answer(m, LEAVE_OUT);
	answer(m, PASS);
}

static void
pass_if_ports(struct maker *m, const uint16_t *ports, size_t count)
{
	for (uint32_t end = 0; end < 4; end += 2) {
		load(m, 16, end);
		pass_if_any(m, ports, count);
	}
	answer(m, LEAVE_OUT);
}

/* X at the header whose protocol, within IP of either version, is A. */
static void
transport(struct maker *m, const uint16_t *ports, size_t count)
{
	/* IP in IP, 6in4, GRE, AH, EtherIP, MPLS, Ethernet: lib/decode/ip.c */
	static const uint16_t wrappers[] = {4, 41, 47, 51, 97, 137, 143};
	/* L2TP, GTP-U, Teredo, GRE, VXLAN (twice) and VXLAN-GPE, AYIYA, CAPWAP, Geneve, MPLS: lib/decode/udp.c */
	static const uint16_t tunnels[] = {1701, 2152, 3544, 4754, 4789, 8472, 4790, 5072, 5247, 6081, 6635};
	/* unreachable, too big, time exceeded, parameter problem; in either numbering */
	static const uint16_t errors[] = {1, 2, 3, 4, 11, 12};
	static const uint16_t dns = PORT_DNS;
	size_t tcp, udp, icmp, icmp6, with_dns = count == 0;

	for (size_t i = 0; i < count; i++)
		with_dns |= ports[i] == PORT_DNS;

	pass_if_any(m, wrappers, sizeof wrappers / sizeof *wrappers);
	if_equal(m, 6);
	tcp = jump(m);
	if_equal(m, 17);
	udp = jump(m);
	if_equal(m, 1);
	icmp = jump(m);
	if_equal(m, 58);
	icmp6 = jump(m);
	answer(m, LEAVE_OUT);
	land(m, tcp);
	if (count == 0)
		answer(m, PASS);
	pass_if_ports(m, ports, count);
	land(m, udp);
	for (uint32_t end = 0; end < 4; end += 2) {
		load(m, 16, end);
		pass_if_any(m, tunnels, sizeof tunnels / sizeof *tunnels);
		pass_if_any(m, &dns, with_dns);
	}
	answer(m, LEAVE_OUT);
	land(m, icmp);
	land(m, icmp6);
	load(m, 8, 0);
	pass_if_any(m, errors, sizeof errors / sizeof *errors);
	answer(m, LEAVE_OUT);
}

/* X at the header; in the end at the next, of which A is the protocol. */
static void
ipv4(struct maker *m)
{
	size_t whole;

	load(m, 16, 6);
	emit(m, BPF_JMP | BPF_JSET | BPF_K, 0x3fff, 1, 0); /* an offset, or more fragments */
	whole = jump(m);
	load(m, 8, 9);
	if_equal(m, 6);
	answer(m, PASS);
	if_equal(m, 51);
	answer(m, PASS);
	load(m, 16, 6);
	emit(m, BPF_JMP | BPF_JSET | BPF_K, 0x1fff, 0, 1); /* a later fragment does not begin with a header */
	answer(m, LEAVE_OUT);
	land(m, whole);
	load(m, 8, 9);
	emit(m, BPF_ST, 0, 0, 0);
	load(m, 8, 0);
	emit(m, BPF_ALU | BPF_AND | BPF_K, 0x0f, 0, 0);
	emit(m, BPF_ALU | BPF_LSH | BPF_K, 2, 0, 0);
	emit(m, BPF_ALU | BPF_ADD | BPF_X, 0, 0, 0);
	emit(m, BPF_MISC | BPF_TAX, 0, 0, 0);
	emit(m, BPF_LD | BPF_MEM, 0, 0, 0);
}

/* The same. */
static void
ipv6(struct maker *m)
{
	/* hop-by-hop, routing, fragment, destination options, mobility, HIP, shim6 */
	static const uint16_t extensions[] = {0, 43, 44, 60, 135, 139, 140};

	load(m, 8, 6);
	pass_if_any(m, extensions, sizeof extensions / sizeof *extensions);
	walk(m, 40);
}

/* A = the protocol of the link header, or what stands for one: only the version is known of raw IP. */
static void
link_protocol(struct maker *m, enum filter_link link)
{
	static const struct {
		uint32_t size, protocol;
	} header[FILTER_LINKS] = {[FILTER_ETHERNET] = {14, 12},
	                          [FILTER_IP] = {0, 0},
	                          [FILTER_COOKED] = {16, 14},
	                          [FILTER_COOKED_2] = {20, 0}};

	m->base = header[link].size;
	emit(m, BPF_LDX | BPF_W | BPF_IMM, 0, 0, 0);
	if (link != FILTER_IP) {
		emit(m, BPF_LD | BPF_ABS | BPF_H, header[link].protocol, 0, 0);
		pass_tags(m);
		return;
	}
	load(m, 8, 0);
	emit(m, BPF_ALU | BPF_RSH | BPF_K, 4, 0, 0);
	emit(m, BPF_JMP | BPF_JEQ | BPF_K, 4, 0, 2);
	emit(m, BPF_LD | BPF_IMM, 0x0800, 0, 0);
	emit(m, BPF_JMP | BPF_JA, 3, 0, 0);
	emit(m, BPF_JMP | BPF_JEQ | BPF_K, 6, 1, 0);
	answer(m, LEAVE_OUT);
	emit(m, BPF_LD | BPF_IMM, 0x86dd, 0, 0);
}

size_t
filter_build(struct filter_step out[FILTER_ROOM], enum filter_link link, const uint16_t *ports, size_t count)
{
	struct maker m = {.out = out};
	size_t four, six, known;

	link_protocol(&m, link);
	if_equal(&m, 0x0800);
	four = jump(&m);
	if_equal(&m, 0x86dd);
	six = jump(&m);
	other_types(&m);
	land(&m, four);
	ipv4(&m);
	known = jump(&m);
	land(&m, six);
	ipv6(&m);
	land(&m, known);
	transport(&m, ports, count);
	return m.count;
}
