/* SPDX-License-Identifier: GPL-3.0-or-later */
/* name: what the DNS answers that a host got say about a destination, as pcapmon writes it and the judge reads it. */
#ifndef COMPANION_NAME_H
#define COMPANION_NAME_H

#include <stdint.h>

/* Stored in databases: append, never renumber. */
enum naming_kind {
	NAMING_NONE, /* no answer named it */
	NAMING_NAME, /* an address of a name that was no mail exchange ... */
	NAMING_MX,   /* ... or of one that was: the name is then the recipient domain */
	NAMINGS
};

struct naming {
	uint64_t hash; /* 48 bits; 0: none */
	uint8_t kind;  /* enum naming_kind */
};

#define NAMING_TEXT 64   /* room for the spelling of a name, with a final zero */
#define NAMING_SPELLED 4 /* names of a host and kind whose spelling is kept */

#endif
