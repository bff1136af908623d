/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ipset_owner: whose an ipset of our name is, by what `ipset list -t` prints. Pure. */
#ifndef IPSET_OWNER_H
#define IPSET_OWNER_H

#include <stdbool.h>

#define IPSET_LEAST_ROOM 65536U /* elements; ours have room for as many, or doubled until all fit */

enum ipset_owner { IPSET_NOBODY, IPSET_OURS, IPSET_OTHER_TYPE, IPSET_OTHER_OPTIONS };

/* A set as we make it. */
struct ipset_form {
	const char *name, *type; /* "hash:net" */
	const char *inet;        /* its family's word */
	bool timeout;            /* its elements may have one */
};

bool ipset_is_ours(const char *name);    /* the name of a set that we make, without those not swapped in yet */
bool ipset_is_unended(const char *name); /* of one that is not swapped in yet: it was, or is, cut short */
/* IPSET_OURS is also another program's with this very form: nothing tells them apart. */
enum ipset_owner ipset_find_owner(const char *list, const struct ipset_form *form);

#endif
