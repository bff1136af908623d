/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kinds: makes the life of one host of each kind (population.h). */
#ifndef KINDS_H
#define KINDS_H

#include "world.h"

/* bots.c: the workload's zombies, and those of today. */
void live_fast(struct world *w);
void live_freemail(struct world *w);
void live_slow(struct world *w);
void live_retry(struct world *w);
void live_emotet(struct world *w);
void live_evader(struct world *w);
void live_three_freemailers(struct world *w);
void live_gmail_best(struct world *w);
void live_tenants(struct world *w);
void live_patient(struct world *w);
void live_greylist(struct world *w);
void live_six_an_hour(struct world *w);
void live_one_an_hour(struct world *w);
void live_gives_up(struct world *w);
void live_proxy(struct world *w);
void live_rotating(struct world *w);
void live_encrypted_bot(struct world *w);

/* clients.c: fixed destinations. */
void live_printer(struct world *w);
void live_app(struct world *w);
void live_roaming(struct world *w);
void live_mfp_office365(struct world *w);
void live_mfp_direct(struct world *w);
void live_mfp_encrypted(struct world *w);
void live_ups_ses(struct world *w);
void live_app_sendgrid(struct world *w);
void live_mail_client(struct world *w);
void live_two_accounts(struct world *w);
void live_relay_office365(struct world *w);
void live_relay_isp(struct world *w);
void live_new_leases(struct world *w);
void live_random_mac(struct world *w);
void live_ipv6_privacy(struct world *w);

/* branches.c: many behind one address. */
void live_router(struct world *w);
void live_router_zombie(struct world *w);
void live_branch(struct world *w);
void live_branch_bot(struct world *w);

/* servers.c: mail servers. */
void live_mta(struct world *w);
void live_exchange(struct world *w);
void live_office_postfix(struct world *w);
void live_gitlab(struct world *w);
void live_newsletter(struct world *w);
void live_cron(struct world *w);
void live_pager(struct world *w);
void live_exim(struct world *w);

/* monitors.c: monitors, and programs that deliver or check without a queue. */
void live_monitor(struct world *w);
void live_zabbix(struct world *w);
void live_nagios(struct world *w);
void live_blackbox(struct world *w);
void live_canary(struct world *w);
void live_erp(struct world *w);
void live_checker(struct world *w);
void live_signup(struct world *w);

/* scanners.c */
void live_scanner(struct world *w);

#endif
