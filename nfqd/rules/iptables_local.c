/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `local`: openings by the gateway's own processes, behind destination NAT at OUTPUT (-100), treated like all others. A
 * user has a rule, not an element of a set: sets know no users. Inside, and at the gateway itself, nothing is outbound.
 *
 * The two chains share the work, since a packet that a queue accepts skips the rest of its table at that hook:
 *
 *   NFQD-LOCAL, first in filter's OUTPUT, queues what no line may let pass. The gate drops it, or accepts it to have it
 *   reset by nft_end.c right behind filter, or, without nft, dropped in NFQD-END-LOCAL. So no accept of ours lets an
 *   opening pass rules of the administrator's.
 *   NFQD-END-LOCAL, in mangle's POSTROUTING, reports listed users, queues what only the gate can decide, and drops the
 *   rest. What the gate rejects there, it drops (policy_settle).
 *
 * The interface says nothing in OUTPUT: it is the one from before NAT. */
#include "iptables.h"
#include "iptables_script.h"

#define COMMENT "-m comment --comment "

/* The targets of rules for openings by users, as options. */
struct targets {
	const char *deny;
	const char *listed, *max; /* listed users, without and with a `max` */
	const char *limited;      /* users with other lines that only the gate can decide */
	const char *stranger;
};

/* A rule for openings by a user's processes, to the element's destination, unless that is of the other family. */
static void
print_user(FILE *out, const char *chain, const struct element *user, uint8_t family, const char *target)
{
	char to[PREFIX_TEXT];

	if (user->to.addr.family != 0 && user->to.addr.family != family)
		return;
	fprintf(out, "-A %s", chain);
	if (user->to.addr.family != 0)
		fprintf(out, " -d %s", prefix_print(&user->to, to));
	fprintf(out, " -m owner --uid-owner %u %s\n", element_user(user), target);
}

static void
print_users(FILE *out, const struct kernel_policy *p, const char *chain, const struct targets *t, uint8_t family)
{
	fprintf(out, "-A %s -p tcp -m set --match-set nfqd_deny%u dst %s\n", chain, family, t->deny);
	for (size_t i = 0; i < p->users.count; i++)
		print_user(out, chain, &p->users.items[i], family, p->users.items[i].max ? t->max : t->listed);
	for (size_t i = 0; !p->users_open && i < p->users_limited.count; i++)
		print_user(out, chain, &p->users_limited.items[i], family, t->limited);
	fprintf(out, "-A %s -p tcp %s\n", chain, p->users_open ? t->listed : t->stranger);
}

void
iptables_print_local(const struct config *c, const struct kernel_policy *p, uint8_t family, FILE *out)
{
	char closed[IPTABLES_QUEUE], deny[IPTABLES_TARGET], stranger[IPTABLES_TARGET];
	struct targets targets = {deny, "-j RETURN", "-j RETURN", "-j RETURN", stranger};

	iptables_queue(c, p, false, closed);
	snprintf(deny, sizeof deny, COMMENT "\"nfqd deny\" %s", closed);
	snprintf(stranger, sizeof stranger, COMMENT "\"nfqd stranger\" %s", closed);
	iptables_print_others(out, c, "NFQD-LOCAL", family);
	fprintf(out, "-A NFQD-LOCAL -m addrtype --dst-type LOCAL -j RETURN\n");
	print_users(out, p, "NFQD-LOCAL", &targets, family);
}

void
iptables_print_end_local(const struct config *c, const struct kernel_policy *p, uint8_t family, FILE *out)
{
	char queue[IPTABLES_QUEUE], max[IPTABLES_TARGET], limited[IPTABLES_TARGET];
	struct targets targets = {"-j DROP", COMMENT "\"nfqd listed\" " IPTABLES_LISTED, max, limited, "-j DROP"};

	snprintf(max, sizeof max, COMMENT "\"nfqd listed\" %s", iptables_queue(c, p, true, queue));
	snprintf(limited, sizeof limited, COMMENT "\"nfqd stranger\" %s", iptables_queue(c, p, false, queue));
	fprintf(out, "-A NFQD-END-LOCAL -o lo -j RETURN\n");
	print_users(out, p, "NFQD-END-LOCAL", &targets, family);
}
