/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "features.h"

#include <assert.h>

#include "nfqd/kernel/tool.h"

static struct features own = {{-1, -1, -1, -1, -1}};
static_assert(sizeof own.known / sizeof *own.known == 5, "none is known at first");

bool
features_have(enum feature f, const char *const argv[], const char *script)
{
	return command_takes(argv, script, &own.known[f]);
}

void
features_get(struct features *out)
{
	*out = own;
}

void
features_set(const struct features *f)
{
	own = *f;
}
