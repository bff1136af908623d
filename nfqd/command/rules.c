/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `nfqd rules`: prints, applies or removes the kernel rules. */
#include "commands.h"

#include <assert.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/base/log.h"
#include "lib/base/when.h"
#include "lib/config/config.h"
#include "nfqd/kernel/holder.h"
#include "nfqd/rules/rules.h"
#include "nfqd/shared/publish.h"

struct request {
	const char *config;
	unsigned backend; /* enum backend; BACKEND_AUTO: as the configuration says */
	bool apply, remove;
};

static const struct option_row rows[] = {
        {OPTION("config", 'c', struct request, config, "FILE",
                "read this configuration; - is standard input (default: " CONFIG_PATH ")")},
        {OPTION("backend", 0, struct request, backend, "nft|iptables",
                "use this back end instead of the configured one")},
        {OPTION("apply", 0, struct request, apply, NULL, "install the rules, or update the installed ones"),
         .excludes = 'a'},
        {OPTION("remove", 0, struct request, remove, NULL, "remove all rules of nfqd; needs no configuration"),
         .excludes = 'a'},
};

static_assert(BACKEND_NFT == 1 && BACKEND_IPTABLES == 2, "the words of --backend are in this order");
static const struct option_table options = {
        .program = "nfqd",
        .command = "rules",
        .purpose = "print, apply or remove the kernel rules",
        .forms = (const char *const[]){"[OPTION...]", NULL},
        .rows = rows,
        .row_count = sizeof rows / sizeof *rows,
};

/* Queues that a running nfqd holds are as they should be; those of another program get nothing. */
static bool
apply(const struct config *c, enum backend b)
{
	struct rules_wanted wanted = {.now = when_now()};
	struct rules_applied applied;
	struct holder holder;
	char who[HOLDER_TEXT];

	wanted.closed = holder_of_any(c, &holder) && !holder_is_nfqd(&holder);
	publish_policy(c, wanted.now);
	if (!rules_apply(c, b, &wanted, &applied))
		return false;
	publish_settled(c);
	if (wanted.closed)
		log_warnx("%s: " RULES_CLOSED, holder_print(&holder, who));
	return !wanted.closed;
}

/* Without the rules pcapmon is not to go by the policy of an earlier run. It lies beside the control socket, whose
 * place is also read from a wrong configuration, without a word about what is wrong. That of a running nfqd stays. */
static void
unpublish(const char *path)
{
	struct config *c;
	struct holder holder;
	bool wrong;

	log_hush();
	c = config_load_settings(path, &wrong);
	log_speak();
	if (c != NULL && !(holder_of_any(c, &holder) && holder_is_nfqd(&holder)))
		publish_nothing(c);
	config_free(c);
}

static bool
remove_all(const char *path)
{
	bool done = rules_remove();

	unpublish(path);
	return done;
}

static int
run(struct command_line *line)
{
	struct request q = {.config = CONFIG_PATH};
	struct config *c;
	bool done = true;
	enum backend b;

	options_take(line, &q);
	if ((q.remove || q.apply) && geteuid() != 0)
		fatalx("rules: --%s must be run as root", q.remove ? "remove" : "apply");
	if (q.remove) /* without a configuration: it may be broken, and that is why somebody removes */
		return remove_all(q.config) ? 0 : 1;
	if ((c = config_load(q.config)) == NULL)
		return 2;
	if (q.backend != BACKEND_AUTO)
		c->backend = (uint8_t)q.backend;
	if ((b = rules_backend(c)) == BACKEND_AUTO)
		fatalx(RULES_NO_BACKEND "; as root");
	if (q.apply)
		done = apply(c, b);
	else
		rules_print(c, b, stdout);
	config_free(c);
	return done ? 0 : 1;
}

const struct command rules_command = {&options, run};
