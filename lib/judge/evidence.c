/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "evidence.h"

#include <string.h>

#include "lib/base/ascii.h"

/* Steps over the decimal number at text[*at], at most 255; false if there is none. */
static bool
is_octet(const char *text, size_t *at)
{
	unsigned number = 0;
	size_t digits = 0;

	while (digits < 3 && ascii_is_digit(text[*at + digits]))
		number = number * 10 + (unsigned)(text[*at + digits++] - '0');
	if (digits == 0 || number > 255 || ascii_is_digit(text[*at + digits]))
		return false;
	*at += digits;
	return true;
}

/* "173-66-46-112.wash.example", "host9.2.0.192.example": an access provider's name for an address. */
static bool
has_address(const char *name)
{
	for (size_t begin = 0; name[begin] != '\0'; begin++) {
		size_t at = begin, octets = 0;

		if (begin > 0 && ascii_is_digit(name[begin - 1]))
			continue;
		while (is_octet(name, &at) && ++octets < 4 && (name[at] == '.' || name[at] == '-'))
			at++;
		if (octets == 4)
			return true;
	}
	return false;
}

/* Last labels of names with local meaning only (RFC 6761, 6762, 8375, and common practice). */
static bool
is_private(const char *last)
{
	static const char *const names[] = {"local", "localdomain", "localhost", "lan",
	                                    "home",  "internal",    "invalid",   "arpa"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		size_t n = 0;

		while (names[i][n] != '\0' && ascii_lower(last[n]) == names[i][n])
			n++;
		if (names[i][n] == '\0' && last[n] == '\0')
			return true;
	}
	return false;
}

/* A plausible mail server name: letters, digits, hyphens, at least one dot, and not made from an address. A name that
 * was truncated for storage does not count. */
static bool
is_full(const char *name)
{
	const char *last = strrchr(name, '.');

	if (last == NULL || last == name || strlen(name) >= COMPANION_HELLO_TEXT - 1)
		return false;
	for (const char *c = name; *c != '\0'; c++)
		if ((!ascii_is_alphanumeric(*c) && *c != '-' && *c != '.') || (*c == '.' && c[1] == '.'))
			return false;
	for (const char *c = last + 1; *c != '\0'; c++)
		if (ascii_is_digit(*c))
			return false;
	return last[1] != '\0' && !is_private(last + 1) && !has_address(name);
}

void
judge_evidence_companion(struct judge_evidence *e, const struct companion *c)
{
	const uint64_t *n = c->count;

	e->served = n[COMPANION_SERVED];
	e->clients = distinct_count(&c->clients);
	e->sessions = n[COMPANION_SESSIONS];
	e->dark = n[COMPANION_TLS];
	e->submission = n[COMPANION_SUBMISSION];
	e->refused = n[COMPANION_REFUSED];
	e->listed = n[COMPANION_LISTED];
	e->recipients = n[COMPANION_RECIPIENTS];
	e->names = companion_hellos(c);
	if (e->names == 1 && is_full(c->hello[0].text))
		memcpy(e->name, c->hello[0].text, sizeof e->name);
	e->mx = n[COMPANION_MX];
	e->addresses = n[COMPANION_ADDRESSES];
	e->looked_up = distinct_count(&c->names);
}

void
judge_evidence_port(struct judge_evidence *e, uint64_t attempts, uint64_t established, uint64_t turned_away, bool kept)
{
	if (kept || established == 0 || attempts < established || attempts - established < turned_away)
		return;
	e->attempts += attempts;
	e->established += established;
	e->turned_away += turned_away;
}

uint64_t
judge_evidence_clear(const struct judge_evidence *e)
{
	return e->sessions > e->dark ? e->sessions - e->dark : 0;
}

bool
judge_evidence_serves(const struct judge_evidence *e)
{
	return e->clients >= EVIDENCE_CLIENTS && e->served >= EVIDENCE_CLIENTS;
}

bool
judge_evidence_changes(const struct judge_evidence *e)
{
	return e->names >= EVIDENCE_NAMES;
}

bool
judge_evidence_refused(const struct judge_evidence *e)
{
	uint64_t clear = judge_evidence_clear(e);

	return clear >= EVIDENCE_REFUSALS && e->refused >= clear - clear / 2;
}

bool
judge_evidence_listed(const struct judge_evidence *e)
{
	return e->listed >= 2 && e->listed >= judge_evidence_clear(e) / 10;
}

bool
judge_evidence_dead(const struct judge_evidence *e)
{
	return e->attempts >= EVIDENCE_ATTEMPTS && e->established <= e->attempts / 2;
}

/* One full HELO name in many connections to several networks, rarely refused. The end of connections that switch to TLS
 * is not visible, and mail programs use 587. */
static bool
has_one_name(const struct judgement *v, const struct judge_evidence *e)
{
	uint64_t clear = judge_evidence_clear(e);

	return e->names == 1 && e->name[0] != '\0' && e->submission == 0 && v->submission == 0 &&
	       v->networks >= EVIDENCE_NETWORKS && clear >= EVIDENCE_SESSIONS && e->recipients >= EVIDENCE_SESSIONS &&
	       e->refused <= clear / 5;
}

static bool
may_be_server(enum judge_label label)
{
	return label == LABEL_ZOMBIE || label == LABEL_UNKNOWN || label == LABEL_MISCONFIGURED ||
	       label == LABEL_ROAMING;
}

/* A mail program looks up no MX, and a sweep goes to addresses without any: lookups for half of the networks or more
 * are those of a host that delivers mail. */
static void
apply_lookups(struct judgement *v, const struct judge_evidence *e)
{
	if (v->label == LABEL_ROAMING && e->mx > 0) {
		v->label = LABEL_UNKNOWN;
		v->rule = RULE_ASKS_MX;
		v->certainty = CERTAINTY_NONE;
	} else if (v->label == LABEL_SCANNER && v->rule == RULE_SWEEP && e->mx > 0 && e->mx >= v->networks / 2) {
		v->label = v->crossed_at != 0 ? LABEL_ZOMBIE : LABEL_UNKNOWN;
		v->rule = v->crossed_at == 0 ? RULE_ASKS_MX : v->by_networks ? RULE_NETWORKS : RULE_FANOUT;
		v->certainty = v->crossed_at != 0 ? CERTAINTY_PROVISIONAL : CERTAINTY_NONE;
	}
}

void
judge_evidence_apply(struct judgement *v, const struct judge_evidence *e)
{
	/* Three Internet-wide scanners arrive soon: they do not undo 45 minutes of observation. */
	bool sure = v->label == LABEL_ZOMBIE && v->certainty == CERTAINTY_CONFIRMED;
	bool serves = judge_evidence_serves(e) && !sure, one_name = has_one_name(v, e);
	bool against = judge_evidence_changes(e) || judge_evidence_refused(e) || judge_evidence_listed(e);

	apply_lookups(v, e);

	if (may_be_server(v->label) && (serves || one_name) && !against) {
		v->label = LABEL_MAIL_SERVER;
		v->rule = serves ? RULE_SERVES : RULE_ONE_NAME;
		v->certainty = CERTAINTY_PROVISIONAL;
	} else if (v->label == LABEL_ZOMBIE && !serves && (judge_evidence_changes(e) || judge_evidence_refused(e))) {
		v->certainty = CERTAINTY_CONFIRMED;
	}
}
