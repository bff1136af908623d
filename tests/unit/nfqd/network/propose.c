/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What nfqd setup proposes for a network is a configuration that fits it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "nfqd/network/findings.h"
#include "nfqd/network/propose.h"
#include "tests/unit/common/networks.h"
#include "tests/unit/common/policies.h"

static const struct example {
	const char *links, *routes; /* as networks_machine has them */
	const char *lines;          /* lan, interface and outside, also in comments */
} examples[] = {
        {"lo wan0 lan0", "0.0.0.0/0>2 198.18.0.0/30>2 10.1.0.0/16>3 10.1.7.0/24>3",
         "lan 10.1.0.0/16|interface lan0|# outside wan0|"},
        {"lo wan0 lan0 lan1",
         "0.0.0.0/0>2 ::/0>2 10.1.0.0/16>3 2001:db8:1::/64>3 fe80::/64>3 fd00:1::/64>4 10.2.0.0/16>4",
         "lan 10.1.0.0/16|lan 10.2.0.0/16|lan 2001:db8:1::/64|lan fd00:1::/64|interface lan0|interface lan1|# outside "
         "wan0|"},
        /* A default route of IPv4 alone; its link is outside for IPv6 as well. */
        {"lo wan0 lan0", "0.0.0.0/0>2 2001:db8:ff::/64>2 10.1.0.0/16>3",
         "lan 10.1.0.0/16|interface lan0|# outside wan0|"},
        {"lo wan0 lan0 docker0:bridge", "0.0.0.0/0>2 10.1.0.0/16>3 172.17.0.0/16>4",
         "lan 10.1.0.0/16|lan 172.17.0.0/16|interface lan0|interface docker0|# outside wan0|"},
        {"lo wan0 red:vrf dmz0<3", "0.0.0.0/0>2 192.168.9.0/24>4", "lan 192.168.9.0/24|interface red|# outside wan0|"},
        {"lo wan0 ppp0 ppp1 ppp2 pppx", "0.0.0.0/0>2 10.7.0.1/32>3 10.7.0.2/32>4 10.7.0.3/32>5 10.8.0.0/24>6",
         "lan 10.8.0.0/24|lan 10.7.0.1|lan 10.7.0.2|lan 10.7.0.3|interface pppx|interface ppp0|interface ppp1|interface "
         "ppp2|# outside wan0|"},
        {"lo wan0 ppp0 ppp1 ppp2", "0.0.0.0/0>2 10.7.0.1/32>3 10.7.0.2/32>4 10.7.0.3/32>5",
         "lan 10.7.0.1|lan 10.7.0.2|lan 10.7.0.3|interface ppp*|# outside wan0|"},
        {"lo eth0 eth1 eth2 eth3", "0.0.0.0/0>2 10.1.0.0/24>3 10.2.0.0/24>4 10.3.0.0/24>5",
         "lan 10.1.0.0/24|lan 10.2.0.0/24|lan 10.3.0.0/24|interface eth1|interface eth2|interface eth3|# outside eth0|"},
        /* Nothing shows what is inside. */
        {"lo eth0", "0.0.0.0/0>2 192.168.7.0/24>2", "# lan 192.168.7.0/24|"},
        {"lo eth0 eth1", "192.168.7.0/24>2 192.168.8.0/24>3", "# lan 192.168.7.0/24|# lan 192.168.8.0/24|"},
        {"lo", "", "# lan PREFIX|"},
};

/* "lan", "interface" and "outside" lines of a text, without their comments, each with a | behind it. */
static const char *
pick(char *text, char *out, size_t size)
{
	char *save = NULL;
	size_t used = 0;

	out[0] = '\0';
	for (char *line = strtok_r(text, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save)) {
		bool comment = strncmp(line, "# ", 2) == 0;
		char word[32] = "", value[80] = "";

		sscanf(line + (comment ? 2 : 0), "%31s %79s", word, value);
		if (strcmp(word, "lan") == 0 || strcmp(word, "interface") == 0 || strcmp(word, "outside") == 0)
			used += (size_t)snprintf(out + used, size - used, "%s%s %s|", comment ? "# " : "", word, value);
	}
	return out;
}

static void
a_proposal_fits_the_network_that_it_is_for(void **state)
{
	struct network network;
	struct findings found;
	char lines[1024];

	(void)state;
	for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
		const struct machine *m = networks_machine(&network, examples[i].links, examples[i].routes);
		char *text = NULL;
		size_t size;
		FILE *out = open_memstream(&text, &size);
		bool done = propose_config(m, out);
		struct config *c;

		fclose(out);
		c = config_of(text, NULL);
		assert_int_equal(done, c != NULL);
		if (c != NULL) {
			findings_make(c, m, 0, &found);
			if (found.count > 0)
				fail_msg("%s\n%s", text, found.list[0].text);
			assert_int_equal(c->policy->stranger, STRANGER_AUDIT);
		}
		config_free(c);
		assert_string_equal(pick(text, lines, sizeof lines), examples[i].lines);
		free(text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_proposal_fits_the_network_that_it_is_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
