/* SPDX-License-Identifier: GPL-3.0-or-later */
/* remembered: the numbers that outlive a run of nfqd, in gate.db's table meta, and their names there. A name is never
 * changed and never used again for something else: an older gate.db has it. */
#ifndef REMEMBERED_H
#define REMEMBERED_H

enum remembered {
	REMEMBERED_ALIVE,    /* when the recorder last committed, microseconds */
	REMEMBERED_RECORDED, /* all openings that this file has ever recorded */
	REMEMBERED_UNSEEN,   /* openings that the kernel's rules counted and that are not in REMEMBERED_RECORDED */
	REMEMBERED_RULES,    /* hash of the rules that stood in the kernel when nfqd last made them */
	REMEMBERED_SHIELDED, /* of the shield's counter of named sources: how much of it is recorded */
	REMEMBERED_UNNAMED,  /* the same of its counter of sources without a name */
	REMEMBERED_SHIELDED_BEFORE, /* what REMEMBERED_SHIELDED was when this file was made in place of a lost one */
	REMEMBERED_COUNT
};

const char *remembered_name(enum remembered what);

#endif
