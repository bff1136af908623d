/* SPDX-License-Identifier: GPL-3.0-or-later */
/* others: rules of other programs that an administrator should know of, in tables as iptables-save prints them. Pure.
 */
#ifndef OTHERS_H
#define OTHERS_H

#define OTHERS_RULE 200 /* bytes; a longer rule is cut */

/* A rule of each kind as a command, safe on a terminal: the first that was found, or "". */
struct others {
	char queue[OTHERS_RULE]; /* leads packets to a queue: its program decides, too */
	char clamp[OTHERS_RULE]; /* sets the MSS behind our queue, which what it has accepted skips */
};

/* `tool` is the command to change such rules with. What an earlier call has found stays. */
void others_find(const char *tool, const char *mangle, const char *filter, struct others *out);

#endif
