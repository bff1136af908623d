/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "judge_words.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "text.h"
#include "when.h"

static void say(struct judge_words *w, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A sentence. */
static void
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
say_scanner(const struct judgement *v, struct judge_words *w)
{
	char a[TEXT_NUMBER + 32], b[TEXT_NUMBER + 32];

	switch (v->rule) {
	case RULE_RAW_SYN:
		say(w,
		    "%s of %s begin with a SYN that no operating system sends (window, options and IP id of a "
		    "scanning tool)",
		    text_number(v->raw, a), text_count(v->attempts, "attempt", b));
		return;
	case RULE_SWEEP:
		say(w, "%s in %s: it goes through whole networks, and mail goes to few addresses of each",
		    text_count(v->addresses, "address", a), text_count(v->networks, "network", b));
		return;
	case RULE_BOGON:
		say(w, "tries addresses that are not on the Internet, which no mail server has: it makes addresses up");
		return;
	default:
		say(w,
		    "sent only %s to %s that nobody answered: an operating system sends a SYN again, a scanner "
		    "does not",
		    text_count(v->silent_again, "retransmission", a), text_count(v->silent, "attempt", b));
	}
}

static void
say_crossing(const struct judgement *v, struct judge_words *w)
{
	char a[TEXT_NUMBER + 32], b[TEXT_NUMBER + 32], span[WHEN_TEXT], when[WHEN_TEXT];

	say(w,
	    "%s (%s) in %s; %u of %u contacts after the first went to a network that was new to it, where a program "
	    "with a mail server of its own stays with that",
	    text_count(v->networks, "network", a), text_count(v->addresses, "address", b),
	    span_print(v->last - v->first, span), v->fresh > 0 ? v->fresh - 1 : 0,
	    v->contacts > 0 ? v->contacts - 1 : 0);
	if (v->rule == RULE_FANOUT)
		say(w, "the test decided at %s: score %.1f, needed %.1f", when_print(v->crossed_at, false, when),
		    v->score, v->cross);
	else
		say(w, "more networks in a day than the limit of %u, at %s", v->limit,
		    when_print(v->crossed_at, false, when));
}

static void
say_zombie(const struct judgement *v, struct judge_words *w)
{
	char a[TEXT_NUMBER + 32], b[TEXT_NUMBER + 32];

	say_crossing(v, w);
	if (v->aged > 0)
		say(w,
		    "%u of %s first tried 45 minutes ago or more were tried again after 4 minutes or more: a mail "
		    "server tries again wherever it was refused",
		    v->revisited, text_count(v->aged, "network", a));
	if (v->burst >= 5)
		say(w, "up to %u new networks within 10 s", v->burst);
	if (v->silent >= 8 && v->silent_again > 0)
		say(w, "%s of %s that nobody answered: an operating system is behind them, no scanner",
		    text_count(v->silent_again, "retransmission", a), text_count(v->silent, "attempt", b));
}

static void
say_fixed(const struct judgement *v, struct judge_words *w)
{
	char a[TEXT_NUMBER + 32], b[TEXT_NUMBER + 32], c[TEXT_NUMBER + 32], span[WHEN_TEXT];

	say(w, "%s to %s (%s) in %s: always the same, as a program does that has a mail server of its own",
	    text_count(v->contacts, "contact", a), text_count(v->networks, "network", b),
	    text_count(v->addresses, "address", c), span_print(v->last - v->first, span));
	if (v->rule == RULE_SUBMISSION)
		say(w, "%s on the ports for travellers too (465, 587, 2525): a mail program",
		    text_count(v->submission, "attempt", a));
	else if (v->rule == RULE_BY_HAND)
		say(w, "%u of %u pauses were as long as the one before: a person is behind it", v->alike, v->gaps);
	else if (v->gaps > 0)
		say(w, "%u of %u pauses were as long as the one before: a timer is behind it", v->alike, v->gaps);
}

void
judge_why(const struct judgement *v, struct judge_words *w)
{
	char a[TEXT_NUMBER + 32];

	w->count = 0;
	switch (v->label) {
	case LABEL_SCANNER:
		say_scanner(v, w);
		break;
	case LABEL_MONITOR:
		say(w, "%s tried as by the clock, every %.0f s, and always the same",
		    text_count(v->regular, "network", a), v->period);
		break;
	case LABEL_MAIL_SERVER:
		say_crossing(v, w);
		say(w,
		    "but %u of %s first tried 45 minutes ago or more were tried again after 4 minutes or more, %u of "
		    "them more than once: so does a mail server, and a bot does not",
		    v->revisited, text_count(v->aged, "network", a), v->insists);
		break;
	case LABEL_ZOMBIE:
		say_zombie(v, w);
		break;
	case LABEL_MISCONFIGURED:
	case LABEL_ROAMING:
		say_fixed(v, w);
		break;
	case LABEL_LISTED:
		say(w, "%s, all allowed by the policy", text_count(v->allowed, "attempt", a));
		break;
	default:
		say(w, "%s: too few to say what it is", text_count(v->contacts, "contact", a));
	}
}

const char *
judge_advice(enum judge_label label)
{
	switch (label) {
	case LABEL_ZOMBIE:
		return "take it off the net and clean it; whoever uses it may have lost passwords";
	case LABEL_SCANNER:
		return "find out who runs the scan, or what does";
	case LABEL_MONITOR:
		return "if it is yours, allow it to the servers it watches";
	case LABEL_MAIL_SERVER:
		return "if it is meant to send mail, put it on the list; if not, shut its mail server down";
	case LABEL_ROAMING:
		return "ask its owner to send by port 587 or 465, with a password";
	case LABEL_MISCONFIGURED:
		return "set it to your smart host on port 587, or allow it to its mail server";
	default:
		return NULL;
	}
}
