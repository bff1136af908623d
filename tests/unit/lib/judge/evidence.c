/* SPDX-License-Identifier: GPL-3.0-or-later */
/* judge_evidence: the effect on labels, each limit from both sides; and its sentences. */
#include "lib/judge/evidence.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <locale.h>

#include "lib/judge/words.h"

/* Of these one thing is changed in each line of a table. */
static const struct judge_evidence serves = {.served = 3, .clients = 3};
static const struct judge_evidence one_name = {
        .sessions = 10, .recipients = 10, .refused = 2, .names = 1, .name = "mail.example.org"};
static const struct judge_evidence many_names = {.sessions = 3, .names = 3};
static const struct judge_evidence refused = {.sessions = 8, .refused = 4, .names = 1};

static struct judgement
judged(enum judge_label label, enum judge_certainty certainty)
{
	return (struct judgement){.label = label,
	                          .certainty = certainty,
	                          .rule = RULE_FANOUT,
	                          .networks = 9,
	                          .contacts = 9,
	                          .crossed_at = label == LABEL_ZOMBIE ? 1700000000000000 : 0};
}

struct outcome {
	enum judge_label label;
	enum judge_certainty certainty;
	enum judge_rule rule;
};

static void
expect(int line, struct judgement v, const struct judge_evidence *e, struct outcome to)
{
	struct judgement twice;

	judge_evidence_apply(&v, e);
	if (v.label != to.label || v.certainty != to.certainty || v.rule != to.rule)
		fail_msg("line %d: expected %s, certainty %d, rule %d, got %s, certainty %d, rule %d", line,
		         judge_label_name(to.label), (int)to.certainty, (int)to.rule, judge_label_name(v.label),
		         (int)v.certainty, (int)v.rule);
	twice = v;
	judge_evidence_apply(&twice, e);
	assert_memory_equal(&twice, &v, sizeof v);
}

#define STAYS ((struct outcome){LABEL_ZOMBIE, CERTAINTY_PROVISIONAL, RULE_FANOUT})
#define SURE ((struct outcome){LABEL_ZOMBIE, CERTAINTY_CONFIRMED, RULE_FANOUT})
#define SERVES ((struct outcome){LABEL_MAIL_SERVER, CERTAINTY_PROVISIONAL, RULE_SERVES})
#define ONE_NAME ((struct outcome){LABEL_MAIL_SERVER, CERTAINTY_PROVISIONAL, RULE_ONE_NAME})
/* A provisional zombie, and evidence with changes. */
#define line(from, change, to)                                                                                         \
	do {                                                                                                           \
		struct judge_evidence e = from;                                                                        \
		struct judgement v = judged(LABEL_ZOMBIE, CERTAINTY_PROVISIONAL);                                      \
                                                                                                                       \
		change;                                                                                                \
		expect(__LINE__, v, &e, to);                                                                           \
	} while (0)

static void
a_host_that_serves_clients_is_a_mail_server(void **state)
{
	(void)state;
	line(serves, (void)0, SERVES);
	line(serves, e.clients = 2, STAYS);
	line(serves, e.served = 2, STAYS);
	line(serves, v.certainty = CERTAINTY_CONFIRMED, SURE);
	line(serves, v.certainty = CERTAINTY_CONFIRMED; e.names = 3, SURE);
	line(serves, v.submission = 1; e.submission = 1, SERVES);
	/* Against it: names, refusals, blocklists. It is not made sure either. */
	line(serves, e.names = 2, SERVES);
	line(serves, e.names = 3, STAYS);
	line(serves, e.sessions = 9; e.refused = 4, SERVES);
	line(serves, e.sessions = 9; e.refused = 5, STAYS);
	line(serves, e.sessions = 8; e.refused = 4, STAYS);
	line(serves, e.sessions = 7; e.refused = 7, SERVES);
	line(serves, e.listed = 1, SERVES);
	line(serves, e.listed = 2, STAYS);
	line(serves, e.sessions = 30; e.listed = 2, SERVES);
	line(serves, e.sessions = 30; e.listed = 3, STAYS);
}

static void
one_full_name_rarely_refused_is_a_mail_server(void **state)
{
	(void)state;
	line(one_name, (void)0, ONE_NAME);
	line(one_name, e.sessions = 9, STAYS);
	line(one_name, e.refused = 3, STAYS);
	line(one_name, e.recipients = 9, STAYS);
	line(one_name, e.names = 2, STAYS);
	line(one_name, e.names = 0; e.name[0] = '\0', STAYS);
	line(one_name, e.name[0] = '\0', STAYS);
	line(one_name, e.dark = 1, STAYS); /* the end of encrypted ones is not seen */
	line(one_name, e.sessions = 11; e.dark = 1, ONE_NAME);
	line(one_name, e.sessions = 40; e.dark = 30, ONE_NAME);
	line(one_name, e.sessions = 40; e.dark = 30; e.refused = 3, STAYS); /* they do not vouch */
	line(one_name, e.dark = 11, STAYS);
	line(one_name, e.sessions = 20; e.dark = 21; e.refused = 0, STAYS);
	line(one_name, e.sessions = 60; e.dark = 40; e.listed = 2, STAYS);
	line(one_name, e.submission = 1, STAYS);
	line(one_name, v.submission = 1, STAYS);
	line(one_name, v.networks = 4, ONE_NAME);
	line(one_name, v.networks = 3, STAYS);
	line(one_name, e.listed = 2, STAYS);
	line(one_name, e.clients = e.served = 3, SERVES);
}

static void
many_names_or_refusals_confirm_a_zombie(void **state)
{
	(void)state;
	line(many_names, (void)0, SURE);
	line(many_names, e.names = 2, STAYS);
	line(refused, (void)0, SURE);
	line(refused, e.refused = 3, STAYS);
	line(refused, e.sessions = e.refused = 7, STAYS);
	line(refused, e.sessions = 9, STAYS);
	line(refused, e.sessions = 9; e.refused = 5, SURE);
	line(refused, e.sessions = 30; e.dark = 22, SURE);
	line(refused, e.sessions = 30; e.dark = 21, STAYS);
	line(refused, e.sessions = 30; e.dark = 23, STAYS);
	line(refused, e.dark = 9; e.refused = 8, STAYS); /* more than there are */
	/* Look-ups, blocklists and dead servers are reasons alone. */
	line((struct judge_evidence){0}, e.mx = e.addresses = e.looked_up = 1000, STAYS);
	line((struct judge_evidence){0}, e.listed = 1000, STAYS);
	line((struct judge_evidence){0}, e.attempts = 1000; e.established = 1, STAYS);
	line((struct judge_evidence){0}, (void)0, STAYS);
}

/* The possible changes of each label. None becomes zombie. */
static void
evidence_makes_no_label_a_zombie(void **state)
{
	static const enum judge_label to_server[] = {LABEL_ZOMBIE, LABEL_UNKNOWN, LABEL_MISCONFIGURED, LABEL_ROAMING};
	const struct judge_evidence *const all[] = {&serves, &one_name, &many_names, &refused};

	(void)state;
	for (int label = 0; label < LABEL_COUNT; label++)
		for (int certainty = 0; certainty <= CERTAINTY_CONFIRMED; certainty++)
			for (size_t n = 0; n < sizeof all / sizeof *all; n++) {
				struct judgement v = judged((enum judge_label)label, (enum judge_certainty)certainty);
				struct judgement before = v;
				bool server = false, sure = label == LABEL_ZOMBIE && certainty == CERTAINTY_CONFIRMED;

				for (size_t i = 0; i < sizeof to_server / sizeof *to_server; i++)
					server |= n < 2 && to_server[i] == v.label && (all[n] != &serves || !sure);
				judge_evidence_apply(&v, all[n]);
				if (server) {
					assert_int_equal(v.label, LABEL_MAIL_SERVER);
					assert_int_equal(v.certainty, CERTAINTY_PROVISIONAL);
				} else if (label != LABEL_ZOMBIE) {
					assert_memory_equal(&v, &before, sizeof v);
				}
				assert_true(v.label != LABEL_ZOMBIE || before.label == LABEL_ZOMBIE);
			}
}

/* The name of the only EHLO, if it is one that a mail server has. */
static void
names_of_dialled_up_hosts_are_no_full_names(void **state)
{
	static const struct {
		const char *name;
		bool full;
	} names[] = {
	        {"mail.example.org", true},
	        {"MX1.example.co.uk", true},
	        {"a.b", true},
	        {"mail01", false},
	        {"[192.0.2.7]", false},
	        {"[IPv6:2001:db8::7]", false},
	        {"10.15.6.146", false},
	        {"173-66-46-112.wash.fios.example.net", false},
	        {"host-192-0-2-7.example.net", false},
	        {"7.2.0.192.dyn.example.net", false},
	        {"cpe192-0-2-7.example.net", false},
	        {"1-2-3.example.net", true}, /* three numbers are no address */
	        {"1-2-3-256.example.net", true},
	        {"1-2-3-255.example.net", false},
	        {"1.2-3.4.example.net", false},
	        {"1-2-3-4444.example.net", true},
	        {"2024-1-2-3-4.example.net", false},
	        {"laptop.local", false},
	        {"laptop.LAN", false},
	        {"localhost.localdomain", false},
	        {"laptop.locals", true},
	        {"laptop.loca", true},
	        {".org", false},
	        {"mail.", false},
	        {"mail..org", false},
	        {"mail_1.example.org", false},
	        {"mail.example.org\x1b[2J", false},
	        {"mail.example.1rg", false},
	        {"a23456789.a23456789.a23456789.a23456789.a23456789.a234567.orga", true},   /* 62 */
	        {"a23456789.a23456789.a23456789.a23456789.a23456789.a2345678.orga", false}, /* it may go on */
	};

	(void)state;
	for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
		struct companion c = {0};
		struct judge_evidence e = {0};

		companion_hello(&c, names[n].name, strlen(names[n].name));
		companion_hello(&c, names[n].name, strlen(names[n].name));
		judge_evidence_companion(&e, &c);
		assert_int_equal(e.names, 1);
		if ((e.name[0] != '\0') != names[n].full)
			fail_msg("\"%s\": expected %d, got \"%s\"", names[n].name, names[n].full, e.name);
		companion_hello(&c, "other.example", 13);
		e = (struct judge_evidence){0};
		judge_evidence_companion(&e, &c);
		assert_int_equal(e.names, 2);
		assert_string_equal(e.name, "");
	}
}

/* A letter of ISO 8859-1 is none of a mail server's name in that locale either. */
static void
names_do_not_depend_on_the_locale(void **state)
{
	static const char name[] = "m\xe4il.example.com";
	char directory[] = "/tmp/test_evidence.XXXXXX", command[200];
	struct companion c = {0};
	struct judge_evidence e = {0};
	const char *set;

	(void)state;
	assert_non_null(mkdtemp(directory));
	snprintf(command, sizeof command, "localedef -i de_DE -f ISO-8859-1 %s/de_DE >/dev/null 2>&1", directory);
	set = system(command) == 0 && setenv("LOCPATH", directory, 1) == 0 ? setlocale(LC_CTYPE, "de_DE") : NULL;
	snprintf(command, sizeof command, "rm -r %s", directory);
	assert_int_equal(system(command), 0);
	if (set == NULL)
		skip(); /* no localedef */
	companion_hello(&c, name, strlen(name));
	judge_evidence_companion(&e, &c);
	setlocale(LC_CTYPE, "C");
	assert_int_equal(e.names, 1);
	assert_string_equal(e.name, "");
}

/* Every count goes where it belongs. */
static void
each_companion_count_has_its_place(void **state)
{
	struct addr client = addr_v4((uint8_t[]){198, 51, 100, 1});
	struct judge_evidence e = {.attempts = 7, .span = 5};
	struct companion c = {0};

	(void)state;
	for (uint64_t n = 0; n < COMPANION_COUNT; n++)
		c.count[n] = 100 + n;
	companion_served(&c, &client);
	companion_served(&c, &client);
	distinct_add(&c.names, "a", 1);
	judge_evidence_companion(&e, &c);
	assert_int_equal(e.served, 102 + COMPANION_SERVED);
	assert_int_equal(e.clients, 1);
	assert_int_equal(e.sessions, 100 + COMPANION_SESSIONS);
	assert_int_equal(e.dark, 100 + COMPANION_TLS);
	assert_int_equal(e.submission, 100 + COMPANION_SUBMISSION);
	assert_int_equal(e.refused, 100 + COMPANION_REFUSED);
	assert_int_equal(e.listed, 100 + COMPANION_LISTED);
	assert_int_equal(e.recipients, 100 + COMPANION_RECIPIENTS);
	assert_int_equal(e.mx, 100 + COMPANION_MX);
	assert_int_equal(e.addresses, 100 + COMPANION_ADDRESSES);
	assert_int_equal(e.looked_up, 1);
	assert_int_equal(e.attempts, 7);
	assert_int_equal(e.span, 5);
}

/* Attempts dropped by a gate are no dead servers. */
static void
dropped_attempts_are_no_dead_servers(void **state)
{
	struct judge_evidence e = {0};

	(void)state;
	judge_evidence_port(&e, 100, 0, 0, false); /* nothing gets through */
	judge_evidence_port(&e, 100, 50, 0, true);
	judge_evidence_port(&e, 5, 6, 0, false); /* that cannot be */
	judge_evidence_port(&e, 10, 6, 5, false);
	assert_int_equal(e.attempts, 0);
	judge_evidence_port(&e, 5, 1, 2, false);
	judge_evidence_port(&e, 2, 2, 0, false);
	assert_int_equal(e.attempts, 7);
	assert_int_equal(e.established, 3);
	assert_int_equal(e.turned_away, 2);
	assert_false(judge_evidence_dead(&e)); /* too few */
	judge_evidence_port(&e, 1, 1, 0, false);
	assert_true(judge_evidence_dead(&e));
	judge_evidence_port(&e, 1, 1, 0, false);
	assert_false(judge_evidence_dead(&e));
}

/* A host that looks up MX is no mail program, and no sweep if it makes half as many lookups as it has networks. */
static void
lookups(void **state)
{
	const struct judge_evidence none = {.mx = 0}, one = {.mx = 1}, three = {.mx = 3}, four = {.mx = 4};
	struct judgement v = judged(LABEL_ROAMING, CERTAINTY_PROVISIONAL);

	(void)state;
	expect(__LINE__, v, &none, (struct outcome){LABEL_ROAMING, CERTAINTY_PROVISIONAL, RULE_FANOUT});
	expect(__LINE__, v, &one, (struct outcome){LABEL_UNKNOWN, CERTAINTY_NONE, RULE_ASKS_MX});
	v = judged(LABEL_MISCONFIGURED, CERTAINTY_PROVISIONAL);
	expect(__LINE__, v, &one, (struct outcome){LABEL_MISCONFIGURED, CERTAINTY_PROVISIONAL, RULE_FANOUT});
	v = judged(LABEL_SCANNER, CERTAINTY_CONFIRMED);
	v.rule = RULE_SWEEP;
	expect(__LINE__, v, &three, (struct outcome){LABEL_SCANNER, CERTAINTY_CONFIRMED, RULE_SWEEP});
	expect(__LINE__, v, &four, (struct outcome){LABEL_UNKNOWN, CERTAINTY_NONE, RULE_ASKS_MX});
	v.crossed_at = 1;
	expect(__LINE__, v, &four, STAYS);
	v.rule = RULE_RAW_SYN;
	expect(__LINE__, v, &four, (struct outcome){LABEL_SCANNER, CERTAINTY_CONFIRMED, RULE_RAW_SYN});
}

/* The evidence that decided comes first, in less than 90 characters. */
static void
evidence_that_decided(void **state)
{
	static const struct judge_evidence mx = {.mx = 12};
	static const struct {
		const struct judge_evidence *e;
		enum judge_label label;
		const char *first;
	} cases[] = {
	        {&serves, LABEL_UNKNOWN, "greets clients of 3 networks on its port 25 (threshold: 3): mail-server"},
	        {&one_name, LABEL_UNKNOWN, "one HELO name in 10 connections in clear (threshold: 10): mail-server"},
	        {&mx, LABEL_ROAMING, "12 MX lookups, so it delivers mail itself (threshold: 1): unknown"}};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct judgement v = judged(cases[i].label, CERTAINTY_NONE);
		struct judge_words w;

		judge_evidence_apply(&v, cases[i].e);
		judge_reasons(&v, &w);
		judge_reasons_evidence(&v, cases[i].e, &w);
		assert_string_equal(w.text[0], cases[i].first);
		assert_in_range(w.count, 2, JUDGE_SENTENCES);
	}
}

static bool
says(const struct judgement *v, const struct judge_evidence *e, const char *text)
{
	struct judge_words w = {.count = 0};
	bool found = false;

	judge_reasons_evidence(v, e, &w);
	for (size_t i = 0; i < w.count; i++)
		found |= strstr(w.text[i], text) != NULL;
	return found;
}

/* The sentences for each label, with their numbers. */
static void
sentences_have_their_numbers(void **state)
{
	struct judgement v = judged(LABEL_ZOMBIE, CERTAINTY_PROVISIONAL);
	struct judge_evidence e = {.span = 600 * INT64_C(1000000), .mx = 118, .looked_up = 117};

	(void)state;
	assert_true(says(&v, &e, "made 118 MX lookups in 10 min, for about 117 names"));
	v.label = LABEL_ROAMING;
	assert_false(says(&v, &e, "lookup"));
	v.label = LABEL_UNKNOWN;
	assert_true(says(&v, &e, "118 MX lookups"));
	v = judged(LABEL_UNKNOWN, CERTAINTY_NONE);
	e = (struct judge_evidence){.addresses = 3};
	assert_false(says(&v, &e, "lookup"));
	v = judged(LABEL_ZOMBIE, CERTAINTY_PROVISIONAL);
	assert_true(says(&v, &e, "3 address lookups in clear in 0.0 s and no MX lookup, but contacted 9 networks"));
	e = (struct judge_evidence){.attempts = 40, .established = 4, .turned_away = 5};
	assert_true(says(&v, &e, "of 40 attempts that were allowed, 31 got no answer and 5 were refused"));
	e.established = 21;
	assert_false(says(&v, &e, "were allowed"));
	e = many_names;
	e.names = 4;
	assert_true(says(&v, &e, "sent 4 HELO names in 3 SMTP connections"));
	e.names = 5;
	assert_true(says(&v, &e, "sent about 5 HELO names"));
	e.names = 2;
	assert_false(says(&v, &e, "names"));
	assert_true(says(&v, &refused, "4 of 8 SMTP connections in clear in 0.0 s were refused"));
	e = (struct judge_evidence){.sessions = 12, .listed = 2};
	assert_true(says(&v, &e, "2 refusals named a blocklist, among 12 SMTP connections in clear in 0.0 s"));
	e = serves;
	e.clients = 2;
	assert_true(says(&v, &e, "fewer than 3 networks"));
	e = serves;
	e.names = 3;
	assert_true(says(&v, &e, "but other evidence contradicts it"));
	e = serves;
	judge_evidence_apply(&v, &e);
	assert_true(says(&v, &e,
	                 "in 3 connections to its port 25 it greeted and the client sent EHLO or HELO, from about 3 "
	                 "networks in 0.0 s; a mail server does that (3 networks or more), a bot hardly ever"));
	v = judged(LABEL_ZOMBIE, CERTAINTY_CONFIRMED);
	judge_evidence_apply(&v, &e);
	assert_true(says(&v, &e, "does not clear a confirmed zombie"));
	v = judged(LABEL_ZOMBIE, CERTAINTY_PROVISIONAL);
	judge_evidence_apply(&v, &one_name);
	assert_true(says(&v, &one_name,
	                 "\"mail.example.org\", in 10 SMTP connections in clear in 0.0 s (threshold: 10), 2 of them"));
	v.label = LABEL_SCANNER;
	e.names = 9;
	assert_false(says(&v, &e, ""));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_host_that_serves_clients_is_a_mail_server),
	        cmocka_unit_test(one_full_name_rarely_refused_is_a_mail_server),
	        cmocka_unit_test(many_names_or_refusals_confirm_a_zombie),
	        cmocka_unit_test(evidence_makes_no_label_a_zombie),
	        cmocka_unit_test(lookups),
	        cmocka_unit_test(evidence_that_decided),
	        cmocka_unit_test(names_of_dialled_up_hosts_are_no_full_names),
	        cmocka_unit_test(names_do_not_depend_on_the_locale),
	        cmocka_unit_test(each_companion_count_has_its_place),
	        cmocka_unit_test(dropped_attempts_are_no_dead_servers),
	        cmocka_unit_test(sentences_have_their_numbers),
	};

	return cmocka_run_group_tests_name("judge_evidence", tests, NULL, NULL);
}
