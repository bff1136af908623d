/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "population.h"

#include <string.h>

#include "kinds.h"

const char *const group_names[GROUPS] = {
        [GROUP_WORKLOAD] = "workload",
        [GROUP_CLIENT] = "clients, devices, relays",
        [GROUP_BRANCH] = "branch behind NAT",
        [GROUP_BRANCH_BOT] = "the same with a slow bot",
        [GROUP_SERVER] = "mail servers that are not listed",
        [GROUP_MONITOR] = "monitors",
        [GROUP_ONE_TRY] = "one try a message",
        [GROUP_FEW] = "bots to few providers",
        [GROUP_PATIENT] = "bots that retry after 10 to 25 minutes",
        [GROUP_BOT] = "other bots",
};

#define FIXED "misconfigured roaming unknown"
#define RELAY "misconfigured roaming unknown mail-server"
#define TODAY(name, right, group, live)                                                                                \
	{                                                                                                              \
		name, right, 0, group, live                                                                            \
	}

const struct kind_facts kinds[KIND_COUNT] = {
        [KIND_FAST] = {"zombie, fast", "zombie", .0015, GROUP_WORKLOAD, live_fast},
        [KIND_FREEMAIL] = {"zombie, freemail", "zombie", .0005, GROUP_WORKLOAD, live_freemail},
        [KIND_SLOW] = {"zombie, slow", "zombie", .0015, GROUP_WORKLOAD, live_slow},
        [KIND_RETRY] = {"zombie, retrying", "zombie", .0005, GROUP_WORKLOAD, live_retry},
        [KIND_EMOTET] = {"zombie, Emotet", "zombie", .001, GROUP_WORKLOAD, live_emotet},
        [KIND_PRINTER] = {"printer", "misconfigured", .01, GROUP_WORKLOAD, live_printer},
        [KIND_APP] = {"application", "misconfigured", .01, GROUP_WORKLOAD, live_app},
        [KIND_ROAMING] = {"roaming", "roaming", .02, GROUP_WORKLOAD, live_roaming},
        [KIND_MONITOR] = {"monitor", "monitor", .0005, GROUP_WORKLOAD, live_monitor},
        [KIND_MTA] = {"mail server", "mail-server", .0005, GROUP_WORKLOAD, live_mta},
        [KIND_SCANNER] = {"scanner", "scanner", .0002, GROUP_WORKLOAD, live_scanner},
        [KIND_EVADER] = {"zombie, evading", "zombie", 0, GROUP_WORKLOAD, live_evader},
        [KIND_ROUTER] = {"router, 10 honest", "roaming", 0, GROUP_WORKLOAD, live_router},
        [KIND_ROUTER_ZOMBIE] = {"router, 10 + slow zombie", "zombie", 0, GROUP_WORKLOAD, live_router_zombie},

        [KIND_WORKLOAD] = TODAY("printer, Office 365", FIXED, GROUP_CLIENT, live_mfp_office365),
        TODAY("printer, direct send", FIXED, GROUP_CLIENT, live_mfp_direct),
        TODAY("printer, Office 365, encrypted DNS", FIXED, GROUP_CLIENT, live_mfp_encrypted),
        TODAY("printer, a new lease each hour", FIXED, GROUP_CLIENT, live_new_leases),
        TODAY("power supply, SES", FIXED, GROUP_CLIENT, live_ups_ses),
        TODAY("application, SendGrid", FIXED, GROUP_CLIENT, live_app_sendgrid),
        TODAY("mail program, one account", FIXED, GROUP_CLIENT, live_mail_client),
        TODAY("mail program, three accounts", FIXED, GROUP_CLIENT, live_two_accounts),
        TODAY("telephone, new MAC addresses", FIXED, GROUP_CLIENT, live_random_mac),
        TODAY("laptop, IPv6 temporary addresses", FIXED, GROUP_CLIENT, live_ipv6_privacy),
        TODAY("Postfix, relay Office 365", RELAY, GROUP_CLIENT, live_relay_office365),
        TODAY("Postfix, relay of a provider", RELAY, GROUP_CLIENT, live_relay_isp),
        TODAY("branch, 5 to 20 devices", FIXED, GROUP_BRANCH, live_branch),
        TODAY("branch with a bot, 6 an hour", "zombie", GROUP_BRANCH_BOT, live_branch_bot),
        TODAY("Exchange", "mail-server", GROUP_SERVER, live_exchange),
        TODAY("Postfix of an office", "mail-server", GROUP_SERVER, live_office_postfix),
        TODAY("GitLab", "mail-server", GROUP_SERVER, live_gitlab),
        TODAY("newsletter", "mail-server", GROUP_SERVER, live_newsletter),
        TODAY("Postfix, cron only", "mail-server", GROUP_SERVER, live_cron),
        TODAY("Postfix, pager", "mail-server", GROUP_SERVER, live_pager),
        TODAY("Exim of a web host", "mail-server", GROUP_SERVER, live_exim),
        TODAY("Zabbix, customers' MX", "monitor", GROUP_MONITOR, live_zabbix),
        TODAY("Nagios, customers' MX", "monitor", GROUP_MONITOR, live_nagios),
        TODAY("blackbox exporter", "monitor", GROUP_MONITOR, live_blackbox),
        TODAY("canary, three freemailers", "monitor", GROUP_MONITOR, live_canary),
        TODAY("ERP, invoices", "zombie? mail-server unknown", GROUP_ONE_TRY, live_erp),
        TODAY("address checker", "zombie? mail-server unknown", GROUP_ONE_TRY, live_checker),
        TODAY("checker of sign-ups", "zombie? mail-server unknown misconfigured", GROUP_ONE_TRY, live_signup),
        TODAY("bot, three freemailers", "zombie", GROUP_FEW, live_three_freemailers),
        TODAY("bot, Gmail's best MX", "zombie", GROUP_FEW, live_gmail_best),
        TODAY("bot, Microsoft tenants", "zombie", GROUP_FEW, live_tenants),
        TODAY("bot, retries 10 to 25 min", "zombie", GROUP_PATIENT, live_patient),
        TODAY("bot, retries once at 15 min", "zombie", GROUP_PATIENT, live_greylist),
        TODAY("bot, 6 an hour", "zombie", GROUP_BOT, live_six_an_hour),
        TODAY("bot, 1 an hour", "zombie", GROUP_BOT, live_one_an_hour),
        TODAY("bot, gives up after 3", "zombie unknown", GROUP_BOT, live_gives_up),
        TODAY("back-connect proxy", "zombie", GROUP_BOT, live_proxy),
        TODAY("bot, rotating IPv6 sources", "zombie", GROUP_BOT, live_rotating),
        TODAY("bot, encrypted DNS", "zombie", GROUP_BOT, live_encrypted_bot),
};

bool
kind_right(enum kind kind, const char *label, bool confirmed)
{
	const char *at = strstr(kinds[kind].right, label);

	return at != NULL && !(at[strlen(label)] == '?' && confirmed);
}

/* Loses SYNs: the first that arrives counts, later by the sender's pauses. */
static void
lose(struct world *w)
{
	size_t kept = 0;

	for (size_t n = 0; n < w->l->count; n++) {
		struct tried t = w->l->list[n];
		double wait = 1;
		bool seen = true;

		while (chance(&w->r, w->s->loss)) {
			if (t.raw || wait > 30) {
				seen = false;
				break;
			}
			t.retransmits = (uint8_t)(t.retransmits - (t.retransmits > 0));
			t.when += (int64_t)(wait * SECOND);
			wait *= 2;
		}
		if (seen)
			w->l->list[kept++] = t;
	}
	w->l->count = kept;
}

void
population_live(struct life *life, enum kind kind, uint64_t seed, uint64_t number, const struct setting *s)
{
	struct random mixer = {seed ^ number * UINT64_C(0xd1342543de82ef95) ^ (uint64_t)kind << 56};
	struct world w = {.r = {bits(&mixer)}, .l = life, .s = s, .end = s->hours * HOUR};

	w.domains = (struct domains){seed, s->moving};
	life_clear(life);
	kinds[kind].live(&w);
	lose(&w);
	life_sort(life);
}
