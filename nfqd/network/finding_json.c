/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "finding_json.h"

#include "lib/output/value.h"

json_t *
finding_json(const struct finding *f)
{
	return json_pack("{s:s, s:s, s:o, s:o}", "kind", finding_kind_name((enum finding_kind)f->kind), "level",
	                 finding_level_name((enum finding_level)f->level), "subject", value_text(f->subject), "text",
	                 value_text(f->text));
}
