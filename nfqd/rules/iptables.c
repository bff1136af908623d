/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The chains of the iptables back end; their sets are in ipset.c. Chains are written only if their text has changed, so
 * that the kernel's counters keep counting. The queue is in mangle; the last places (iptables_last.c) are in filter,
 * where openings are reset, and in mangle's POSTROUTING. Those of the gateway itself are queued in filter's OUTPUT. */
#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#include "lib/base/log.h"
#include "nfqd/kernel/tool.h"
#include "nfqd/kernel/trouble.h"
#include "nfqd/kernel/iptables_look.h"
#include "nfqd/kernel/iptables_text.h"
#include "ipset.h"
#include "iptables.h"
#include "iptables_script.h"

#define ANSWER "-p tcp -m tcp --tcp-flags RST,ACK ACK"
#define ASKING "asking" /* in place of the hash */
#define OPENING "-p tcp -m tcp --tcp-flags SYN,ACK SYN"

/* Matches packets that may be fragments of TCP. iptables has no match for whole IPv4 packets: the chain sorts them. */
static const char *
hiding(uint8_t family)
{
	return family == 4 ? "-p tcp" : "-m frag";
}

/* Rules for listed hosts: the gate decides about sources with a `max`; all others pass here and are reported. */
static void
print_listed(FILE *out, const struct config *c, const struct kernel_policy *p, uint8_t family)
{
	static const struct {
		const char *set, *ends;
		bool (*exists)(void); /* the kernel may lack this kind of set; NULL: it has it */
		bool max;
	} lists[] = {{"max", "src", NULL, true},
	             {"max_pairs", "src,dst", ipset_has_pairs, true},
	             {"max_cards", "src,src", ipset_has_cards, true},
	             {"open", "src", NULL, false},
	             {"pairs", "src,dst", ipset_has_pairs, false},
	             {"cards", "src,src", ipset_has_cards, false}};
	char queue[IPTABLES_QUEUE];

	iptables_queue(c, p, true, queue);
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
		if ((p->has_max || !lists[i].max) && (lists[i].exists == NULL || lists[i].exists()))
			fprintf(out,
			        "-A NFQD-OUT -m set --match-set nfqd_%s%u %s -m comment --comment \"nfqd listed\" %s\n",
			        lists[i].set, family, lists[i].ends, lists[i].max ? queue : IPTABLES_LISTED);
	fprintf(out, "-A NFQD-LISTED -j NFLOG --nflog-group %u\n", config_queue(c, true, 0));
}

static void
print_chains(FILE *out, const struct config *c, const struct kernel_policy *p, const struct tool *t)
{
	uint8_t f = t->family;
	char closed[IPTABLES_QUEUE];

	iptables_queue(c, p, false, closed);
	fprintf(out, "-A NFQD -p tcp -m multiport ! --dports ");
	iptables_print_ports(out, c);
	fprintf(out, " -j RETURN\n");
	fprintf(out, "-A NFQD -m set --match-set nfqd_lan%u dst -j RETURN\n", f);
	iptables_print_links(out, c, "NFQD", false, "NFQD-OUT");
	fprintf(out, "-A NFQD -m set --match-set nfqd_lan%u src -g NFQD-OUT\n", f);
	fprintf(out,
	        "-A NFQD-OUT -m set --match-set nfqd_deny%u dst -m comment --comment \"nfqd deny\""
	        " %s\n",
	        f, closed);
	print_listed(out, c, p, f);
	fprintf(out, "-A NFQD-OUT -m comment --comment \"nfqd stranger\" %s\n", closed);
}

/* `local` may go again while all else stays. */
static void
print_local_jump(FILE *out, bool want, bool have)
{
	if (want != have)
		fprintf(out, "-%s OUTPUT%s " OPENING " -j NFQD-LOCAL\n", want ? "I" : "D", want ? " 1" : "");
}

/* Earlier versions judged openings of the gateway itself in mangle, before destination NAT, and took the last fragment
 * of an IPv6 packet for none. */
static void
print_former(FILE *out, const struct jumps *have)
{
	if (have->former)
		fprintf(out, "-D OUTPUT " OPENING " -j NFQD-LOCAL\n");
	if (have->former_chain)
		fprintf(out, "-F NFQD-LOCAL\n-X NFQD-LOCAL\n");
	if (have->former_hidden)
		fprintf(out, "-D FORWARD -m frag --fragmore -j NFQD-HIDDEN\n");
}

/* A script for iptables-restore --noflush. */
struct script {
	const struct tool *tool;
	const char *hash;  /* of the chains, to be found again; or NULL */
	struct jumps have; /* these are not written again */
};

static void
print_tables(FILE *out, const struct config *c, const struct kernel_policy *p, const struct script *s)
{
	const struct tool *t = s->tool;
	struct jumps have = s->have;

	fprintf(out, "*mangle\n:NFQD - [0:0]\n:NFQD-OUT - [0:0]\n:NFQD-LISTED - [0:0]\n"
	             ":NFQD-END - [0:0]\n:NFQD-END-OUT - [0:0]\n:NFQD-END-LOCAL - [0:0]\n"
	             ":NFQD-BACK - [0:0]\n:NFQD-BACK-IN - [0:0]\n:NFQD-BACK-DROP - [0:0]\n"
	             ":NFQD-HIDDEN - [0:0]\n:NFQD-HIDDEN-FIRST - [0:0]\n");
	if (s->hash != NULL)
		fprintf(out, "-A NFQD -m comment --comment \"nfqd rules %s\"\n", s->hash);
	print_chains(out, c, p, t);
	iptables_print_end(c, p, t->family, out);
	iptables_print_fragments(c, t->family, out);
	iptables_print_answers(c, p, t->family, out);
	if (!have.hidden)
		fprintf(out, "-I FORWARD 1 %s -j NFQD-HIDDEN\n", hiding(t->family));
	if (!have.answers)
		fprintf(out, "-I FORWARD 2 " ANSWER " -j NFQD-BACK\n");
	if (!have.queue)
		fprintf(out, "-I FORWARD %u " OPENING " -j NFQD\n", have.at);
	if (!have.end)
		fprintf(out, "-I POSTROUTING 1 " OPENING " -j NFQD-END\n");
	print_former(out, &have);
	fprintf(out, "COMMIT\n*filter\n:NFQD - [0:0]\n:NFQD-OUT - [0:0]\n:NFQD-LOCAL - [0:0]\n");
	iptables_print_reset(c, p, t->family, out);
	if (c->local)
		iptables_print_local(c, p, t->family, out);
	if (!have.reset)
		fprintf(out, "-I FORWARD 1 " OPENING " -j NFQD\n");
	print_local_jump(out, c->local, have.local);
	fprintf(out, "COMMIT\n");
}

void
iptables_print(const struct config *c, const struct kernel_policy *p, FILE *out)
{
	ipset_print(p, out);
	for (size_t t = 0; t < TOOLS; t++) {
		fprintf(out, "# %s --noflush\n", iptables_tools[t].restore);
		print_tables(out, c, p, &(struct script){.tool = &iptables_tools[t], .have.at = 3});
	}
}

bool
iptables_usable(void)
{
	static const char probe[] =
	        "*mangle\n:NFQD-PROBE - [0:0]\n-A NFQD-PROBE -j NFQUEUE --queue-num 25 --queue-bypass\n"
	        "-A NFQD-PROBE -j NFLOG --nflog-group 25\nCOMMIT\n";
	const char *const test[] = {"iptables-restore", "--noflush", "--test", NULL};

	return command_run(test, probe, NULL, NULL) == 0 && ipset_usable();
}

bool
iptables_traces(void)
{
	bool any = ipset_traces();

	for (size_t t = 0; t < TOOLS && !any; t++) {
		struct standing s;

		any = iptables_look(&iptables_tools[t], &s) && s.foreign[0] == '\0' &&
		      (strstr(s.mangle, ":NFQD") != NULL || strstr(s.filter, ":NFQD") != NULL);
		iptables_look_away(&s);
	}
	return any;
}

/* Puts the jumps into their places, in one transaction of each table. Chains and their counters stay as they are. */
static bool
move_jumps(const struct tool *t, const struct jumps *have)
{
	const char *hides = hiding(t->family);
	char script[2048];

	snprintf(script, sizeof script,
	         "*mangle\n-D FORWARD %s -j NFQD-HIDDEN\n-I FORWARD 1 %s -j NFQD-HIDDEN\n"
	         "-D FORWARD " ANSWER " -j NFQD-BACK\n-I FORWARD 2 " ANSWER " -j NFQD-BACK\n"
	         "-D FORWARD " OPENING " -j NFQD\n-I FORWARD %u " OPENING " -j NFQD\n"
	         "-D POSTROUTING " OPENING " -j NFQD-END\n-I POSTROUTING 1 " OPENING " -j NFQD-END\nCOMMIT\n%s",
	         hides, hides, have->at,
	         have->local ? "*filter\n-D OUTPUT " OPENING " -j NFQD-LOCAL\n-I OUTPUT 1 " OPENING
	                       " -j NFQD-LOCAL\nCOMMIT\n"
	                     : "");
	return command_feed(t->restore, "--noflush", script);
}

static bool
apply_tables(const struct config *c, const struct kernel_policy *p, const struct tool *t, bool anew, unsigned *rules)
{
	struct script wanted = {
	        .tool = t,
	        .have = {
	                .queue = true, .end = true, .hidden = true, .answers = true, .reset = true, .local = c->local}};
	char *chains = NULL, *script = NULL, hash[20], mark[64];
	struct standing s;
	unsigned count;
	size_t size;
	FILE *out;
	bool done = false;

	if (!iptables_look(t, &s) || (out = open_memstream(&chains, &size)) == NULL) {
		if (!command_hangs(t->save))
			trouble("cannot read the rules with %s", t->save);
		iptables_look_away(&s);
		return false;
	}
	print_tables(out, c, p, &wanted);
	fclose(out);
	if (s.foreign[0] != '\0') {
		trouble("the chain %s in iptables' table %s (%s) is another program's, for no rule in it is ours: "
		        "rename or delete it; it leads no opening to the daemon",
		        s.foreign, s.foreign_in, t->save);
		goto end;
	}
	snprintf(hash, sizeof hash, "%016" PRIx64, (uint64_t)XXH3_64bits(chains, size));
	snprintf(mark, sizeof mark, "\"nfqd rules %s\"", hash);
	/* The rule with the hash, and the jumps to our chains, count, too. */
	count = iptables_count_rules(chains) + 6 + c->local;
	*rules += count;
	if (!anew && s.whole && s.rules >= count && strstr(s.mangle, mark) != NULL) {
		done = (!s.misplaced && !s.bypassed) || move_jumps(t, &s.jumps);
	} else if ((out = open_memstream(&script, &size)) != NULL) {
		wanted.hash = hash;
		wanted.have = s.jumps;
		print_tables(out, c, p, &wanted);
		s.jumps.local = s.jumps.local && c->local; /* the others are new, and in their places */
		done = fclose(out) == 0 && command_feed(t->restore, "--noflush", script) &&
		       ((!s.misplaced && !s.bypassed) || move_jumps(t, &s.jumps));
	}
end:
	free(script);
	free(chains);
	iptables_look_away(&s);
	return done;
}

/* What refuses while the sets are filled: all openings but those that small sets pass go through the closed queue, and
 * the gate drops what the last places would reset. */
static void
ask_gate(const struct config *c, const struct kernel_policy *p, const struct tool *t)
{
	struct script asking = {.tool = t, .hash = ASKING};
	char *script = NULL;
	struct standing s;
	size_t size;
	FILE *out;

	if (iptables_look(t, &s) && s.foreign[0] == '\0' && (out = open_memstream(&script, &size)) != NULL) {
		asking.have = s.jumps;
		asking.have.end = asking.have.answers = asking.have.reset = true;
		asking.have.at -= !s.jumps.answers; /* it would stand before */
		print_tables(out, c, p, &asking);
		if (fclose(out) == 0)
			command_feed(t->restore, "--noflush", script);
	}
	free(script);
	iptables_look_away(&s);
}

bool
iptables_stand(void)
{
	bool stand = true;

	for (size_t t = 0; t < TOOLS; t++) {
		struct standing s;

		stand = (!iptables_look(&iptables_tools[t], &s) || s.whole || s.foreign[0] != '\0' ||
		         (s.jumps.queue && strstr(s.mangle, "\"nfqd rules " ASKING "\"") != NULL)) &&
		        stand;
		iptables_look_away(&s);
	}
	return stand;
}

static bool
apply_all_tables(const struct config *c, const struct kernel_policy *p, bool anew, unsigned *rules)
{
	bool done = true;

	for (size_t t = 0; t < TOOLS; t++)
		done = apply_tables(c, p, &iptables_tools[t], anew, rules) && done;
	return done;
}

/* Sets that are missing take seconds if they are large. */
static void
ask_gate_first(const struct config *c, const struct kernel_policy *p, const struct rules_wanted *w)
{
	if (w->last_missing == NULL || p->closed || kernel_policy_is_small(p))
		return;
	atomic_store(w->last_missing, true);
	if (ipset_make_missing(p))
		for (size_t t = 0; t < TOOLS; t++)
			ask_gate(c, p, &iptables_tools[t]);
}

/* Chains never ask another program's sets. Those that are missing come first if their sets are there: filling those may
 * take seconds. */
bool
iptables_apply(const struct config *c, const struct kernel_policy *p, const struct rules_wanted *w,
               struct rules_state *made)
{
	bool anew = w->anew;
	struct ipset_state ipsets = {0};
	unsigned unused = 0;
	bool filled, done;

	if (!ipset_names_are_free())
		return false;
	if (!ipset_stand())
		ask_gate_first(c, p, w);
	else if (anew)
		anew = !apply_all_tables(c, p, anew, &unused);
	filled = ipset_apply(p, &ipsets);
	made->lan = ipsets.lan;
	made->sets = ipsets.rest;
	done = apply_all_tables(c, p, anew, &made->rules) && filled;
	if (done && w->last_missing != NULL)
		atomic_store(w->last_missing, false);
	return done;
}

/* Deletes the rules that lead to our chains, then the chains, in one transaction of the table. */
static bool
remove_table(const struct tool *t, const char *table)
{
	char *text = iptables_save(t, table, false), *script = NULL, *last = NULL, foreign[IPTABLES_CHAIN];
	size_t size, last_size;
	FILE *out = text != NULL ? open_memstream(&script, &size) : NULL;
	FILE *chains = out != NULL ? open_memstream(&last, &last_size) : NULL;
	bool done = false, any = false;
	struct iptables_line line;

	if (chains == NULL)
		goto end;
	done = iptables_find_foreign(text, foreign);
	if (done)
		goto end;
	fprintf(out, "*%s\n", table);
	for (const char *rest = text; iptables_next(&rest, &line);) {
		if (iptables_begins(line, ":") && iptables_is_ours(line)) {
			int name = (int)strcspn(line.text + 1, " ");

			fprintf(out, "-F %.*s\n", name, line.text + 1);
			fprintf(chains, "-X %.*s\n", name, line.text + 1);
			any = true;
		} else if (!iptables_is_ours(line) && iptables_leads_to_us(line)) {
			fprintf(out, "-D %.*s\n", (int)line.size - 3, line.text + 3);
		}
	}
	fflush(chains);
	fprintf(out, "%s", last);
	fprintf(out, "COMMIT\n");
	done = fclose(out) == 0 && (!any || command_feed(t->restore, "--noflush", script));
	out = NULL;
end:
	if (out != NULL)
		fclose(out);
	if (chains != NULL)
		fclose(chains);
	free(last);
	free(script);
	free(text);
	return done;
}

bool
iptables_remove(void)
{
	bool done = true;

	for (size_t t = 0; t < TOOLS; t++)
		done = remove_table(&iptables_tools[t], "mangle") && remove_table(&iptables_tools[t], "filter") && done;
	return ipset_remove() && done;
}

void
iptables_tell_left(void)
{
	for (size_t t = 0; t < TOOLS; t++) {
		struct standing s;

		if (iptables_look(&iptables_tools[t], &s) && s.foreign[0] != '\0')
			log_info("left: the chain %s in iptables' table %s (%s), with rules that are not nfqd's",
			         s.foreign, s.foreign_in, iptables_tools[t].save);
		iptables_look_away(&s);
	}
	ipset_tell_left();
}
