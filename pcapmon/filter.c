/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it works: the index register X walks from header to header as decode does, and every look is relative to it, so
 * that a tag moves nothing. A look beyond the frame's end ends the program with "leave out", which is right: such a
 * frame has no ports. Conditional jumps reach 255 instructions, so each passes by an answer that stands beside it. */
#include "filter.h"

#include <linux/filter.h>
#include <stdbool.h>

#include "decode.h"

#define TAGS 2

enum { PASS = 0x40000, LEAVE_OUT = 0 };

struct maker {
	struct filter_step *out;
	size_t count;
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

/* A = the `bits` bits at X + offset. */
static void
load(struct maker *m, int bits, uint32_t offset)
{
	emit(m, (uint16_t)(BPF_LD | BPF_IND | (bits == 8 ? BPF_B : BPF_H)), offset, 0, 0);
}

/* X += step; A is lost. */
static void
walk(struct maker *m, uint32_t step)
{
	emit(m, BPF_MISC | BPF_TXA, 0, 0, 0);
	emit(m, BPF_ALU | BPF_ADD | BPF_K, step, 0, 0);
	emit(m, BPF_MISC | BPF_TAX, 0, 0, 0);
}

/* What follows is done only if A is the value: the next instruction, usually an answer or a jump. */
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

/* Leaves X at the EtherType that is no tag, and A equal to it. */
static void
pass_tags(struct maker *m)
{
	size_t done[TAGS];

	emit(m, BPF_LDX | BPF_W | BPF_IMM, 12, 0, 0);
	for (int i = 0; i < TAGS; i++) {
		load(m, 16, 0);
		emit(m, BPF_JMP | BPF_JEQ | BPF_K, 0x8100, 3, 0);
		emit(m, BPF_JMP | BPF_JEQ | BPF_K, 0x88a8, 2, 0);
		emit(m, BPF_JMP | BPF_JEQ | BPF_K, 0x9100, 1, 0);
		done[i] = jump(m);
		walk(m, 4);
	}
	load(m, 16, 0);
	for (int i = 0; i < TAGS; i++)
		land(m, done[i]);
}

/* X at the header whose protocol is A. With `others` unknown protocols pass: IPv6 extension headers. */
static void
transport(struct maker *m, const uint16_t *ports, size_t count, bool others)
{
	/* IP in IP, 6in4, GRE, AH, EtherIP, MPLS */
	static const uint16_t wrappers[] = {4, 41, 47, 51, 97, 137};
	/* GTP-U, Teredo, GRE, VXLAN (twice), AYIYA, CAPWAP, Geneve, MPLS */
	static const uint16_t tunnels[] = {2152, 3544, 4754, 4789, 8472, 5072, 5247, 6081, 6635};
	/* unreachable, too big, time exceeded, parameter problem; in either numbering */
	static const uint16_t errors[] = {1, 2, 3, 4, 11, 12};
	static const uint16_t dns = PORT_DNS;
	size_t tcp, udp, icmp, icmp6, with_dns = count == 0;

	for (size_t i = 0; i < count; i++)
		with_dns |= ports[i] == PORT_DNS;

	pass_if_any(m, wrappers, sizeof wrappers / sizeof *wrappers);
	emit(m, BPF_JMP | BPF_JEQ | BPF_K, 6, 0, 1);
	tcp = jump(m);
	if_equal(m, 17);
	udp = jump(m);
	if_equal(m, 1);
	icmp = jump(m);
	if_equal(m, 58);
	icmp6 = jump(m);
	if_equal(m, 59); /* nothing follows */
	answer(m, LEAVE_OUT);
	answer(m, others ? PASS : LEAVE_OUT);
	land(m, tcp);
	if (count == 0)
		answer(m, PASS);
	for (uint32_t end = 0; end < 4; end += 2) {
		load(m, 16, end);
		pass_if_any(m, ports, count);
	}
	answer(m, LEAVE_OUT);
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

/* X at the header. */
static void
ipv4(struct maker *m, const uint16_t *ports, size_t count)
{
	load(m, 16, 6);
	emit(m, BPF_JMP | BPF_JSET | BPF_K, 0x1fff, 0, 1); /* a later fragment */
	answer(m, PASS);
	load(m, 8, 9);
	emit(m, BPF_ST, 0, 0, 0);
	load(m, 8, 0);
	emit(m, BPF_ALU | BPF_AND | BPF_K, 0x0f, 0, 0);
	emit(m, BPF_ALU | BPF_LSH | BPF_K, 2, 0, 0);
	emit(m, BPF_ALU | BPF_ADD | BPF_X, 0, 0, 0);
	emit(m, BPF_MISC | BPF_TAX, 0, 0, 0);
	emit(m, BPF_LD | BPF_MEM, 0, 0, 0);
	transport(m, ports, count, false);
}

static void
ipv6(struct maker *m, const uint16_t *ports, size_t count)
{
	load(m, 8, 6);
	emit(m, BPF_ST, 0, 0, 0);
	walk(m, 40);
	emit(m, BPF_LD | BPF_MEM, 0, 0, 0);
	transport(m, ports, count, true);
}

size_t
filter_build(struct filter_step out[FILTER_ROOM], bool ethernet, const uint16_t *ports, size_t count)
{
	struct maker m = {.out = out};
	size_t six;

	if (ethernet) {
		pass_tags(&m);
		if_equal(&m, 0x0806); /* ARP: a scan of the network must not reach us */
		answer(&m, LEAVE_OUT);
		emit(&m, BPF_ST, 0, 0, 0);
		walk(&m, 2);
		emit(&m, BPF_LD | BPF_MEM, 0, 0, 0);
		if_equal(&m, 0x86dd);
		six = jump(&m);
		emit(&m, BPF_JMP | BPF_JEQ | BPF_K, 0x0800, 1, 0);
		answer(&m, PASS);
	} else {
		emit(&m, BPF_LDX | BPF_W | BPF_IMM, 0, 0, 0);
		load(&m, 8, 0);
		emit(&m, BPF_ALU | BPF_RSH | BPF_K, 4, 0, 0);
		if_equal(&m, 6);
		six = jump(&m);
		emit(&m, BPF_JMP | BPF_JEQ | BPF_K, 4, 1, 0);
		answer(&m, LEAVE_OUT);
	}
	ipv4(&m, ports, count);
	land(&m, six);
	ipv6(&m, ports, count);
	return m.count;
}
