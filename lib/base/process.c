/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "process.h"

#include <stdio.h>
#include <string.h>

const char *
process_name(pid_t pid, char out[PROCESS_NAME])
{
	char path[64];
	FILE *in;

	out[0] = '\0';
	snprintf(path, sizeof path, "/proc/%d/comm", (int)pid);
	if (pid <= 0 || (in = fopen(path, "re")) == NULL)
		return out;
	if (fgets(out, PROCESS_NAME, in) == NULL)
		out[0] = '\0';
	out[strcspn(out, "\n")] = '\0';
	fclose(in);
	return out;
}
