/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "say.h"

#include <stdarg.h>
#include <stdio.h>

#include "delivery.h"

void
say(struct judge_words *w, const char *format, ...)
{
	va_list args;

	if (w->count == JUDGE_SENTENCES)
		return;
	va_start(args, format);
	vsnprintf(w->text[w->count++], JUDGE_SENTENCE, format, args);
	va_end(args);
}

static void
say_returns(const struct judge_delivery *d, struct judge_words *w)
{
	char a[COUNTED];

	if (d->aged > 0)
		say(w, "returned within two hours to %u of %s first tried 45 minutes ago", d->back,
		    text_count(d->aged, "domain", a));
}

bool
say_delivery(const struct judgement *v, struct judge_words *w)
{
	const struct judge_delivery *d = &v->delivery;
	char a[COUNTED], b[COUNTED];

	switch (v->rule) {
	case RULE_FAILS_OVER:
		say(w, "%s to other addresses of a domain for %s (threshold: a third): mail-server",
		    text_count(d->steps, "fail-over", a), text_count(d->contacts, "contact", b));
		say_returns(d, w);
		return true;
	case RULE_NO_FAIL_OVER:
		say(w, "%s to %s by MX without fail-over (threshold: %d): zombie",
		    text_count(d->contacts, "contact", a), text_count(d->domains, "domain", b), DELIVERY_CONTACTS);
		say(w, "%s to other addresses of a domain for %s: a mail server that finds a door shut tries the next",
		    text_count(d->steps, "fail-over", a), text_count(d->contacts, "contact", b));
		return true;
	case RULE_NO_RETURN:
		say(w, "%u of %s by MX never retried within two hours (threshold: %d): zombie", d->aged - d->back,
		    text_count(d->aged, "domain", a), DELIVERY_DOMAINS);
		return true;
	case RULE_DELIVERS:
		say(w, "%s to %s by MX (threshold: %d domains): unknown", text_count(d->contacts, "contact", a),
		    text_count(d->domains, "domain", b), DELIVERY_FEW);
		say(w, "a host that looks up MX delivers mail itself, as mail servers and bots do: no mail program");
		return true;
	default:
		return false;
	}
}
