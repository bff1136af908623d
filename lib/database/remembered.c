/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "remembered.h"

#include <assert.h>

static const char *const names[] = {
        [REMEMBERED_ALIVE] = "alive",
        [REMEMBERED_RECORDED] = "recorded",
        [REMEMBERED_UNSEEN] = "unseen",
        [REMEMBERED_RULES] = "rules",
        [REMEMBERED_SHIELDED] = "shielded",
        [REMEMBERED_UNNAMED] = "unnamed",
        [REMEMBERED_SHIELDED_BEFORE] = "shielded_before",
        [REMEMBERED_CLOCK] = "clock",
        [REMEMBERED_DOUBT] = "doubt",
        [REMEMBERED_EMPTIED] = "emptied",
};
static_assert(sizeof names / sizeof *names == REMEMBERED_COUNT, "each has a name");

const char *
remembered_name(enum remembered what)
{
	return names[what];
}
