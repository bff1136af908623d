/* SPDX-License-Identifier: GPL-3.0-or-later */
/* remembered: numbers that outlive a run of nfqd, in gate.db's table meta, and their names there. Never change a name
 * or reuse one for something else: older files have it. */
#ifndef REMEMBERED_H
#define REMEMBERED_H

enum remembered {
	REMEMBERED_ALIVE,    /* time of the recorder's last commit, microseconds */
	REMEMBERED_RECORDED, /* all openings that this file has ever recorded */
	REMEMBERED_UNSEEN,   /* openings that the kernel's rules counted and that are not in REMEMBERED_RECORDED */
	REMEMBERED_RULES,    /* hash of the rules that stood in the kernel when nfqd last made them */
	REMEMBERED_SHIELDED, /* recorded part of the shield's counter of named sources */
	REMEMBERED_UNNAMED,  /* the same of its counter of sources without a name */
	REMEMBERED_SHIELDED_BEFORE, /* value of REMEMBERED_SHIELDED when this file replaced a lost one */
	REMEMBERED_CLOCK,           /* time by which rows may be deleted, microseconds (lib/base/standing.h) */
	REMEMBERED_DOUBT, /* at the last commit the rules may have been missing since then, microseconds; 0: they stood
	                   */
	REMEMBERED_EMPTIED, /* 1: the shield's sets were emptied since; 0: they may hold what is recorded */
	REMEMBERED_COUNT
};

const char *remembered_name(enum remembered what);

#endif
