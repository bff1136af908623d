/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A table of networks and configurations: what is said of each, and of those that fit, nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/when.h"
#include "nfqd/network/findings.h"
#include "tests/unit/common/networks.h"
#include "tests/unit/common/policies.h"

struct example {
	const char *what;
	const char *config;
	const char *links, *routes; /* as networks_machine has them */
	const char *found;          /* "KIND SUBJECT; ..." */
};

#define OFFICE "lo wan0 lan0"
#define OFFICE4 "0.0.0.0/0>2 198.18.0.0/30>2 10.1.0.0/16>3 "
#define OFFICE6 "::/0>2 2001:db8:ff::/64>2 fe80::/64>2 fe80::/64>3 2001:db8:1::/64>3 "

static const struct example examples[] = {
        /* What fits. */
        {"an office", "lan 10.1.0.0/16\n", OFFICE, OFFICE4, ""},
        {"an office with both families", "lan 10.1.0.0/16 2001:db8:1::/48\n", OFFICE, OFFICE4 OFFICE6, ""},
        {"all private addresses in lan", "lan 10.0.0.0/8 172.16.0.0/12 192.168.0.0/16\n", OFFICE, OFFICE4, ""},
        {"IPv6 in lan that is not there yet", "lan 10.1.0.0/16 2001:db8:1::/48\n", OFFICE, OFFICE4, ""},
        {"IPv6 inside that leads nowhere", "lan 10.1.0.0/16\n", OFFICE, OFFICE4 "2001:db8:1::/64>3", ""},
        {"unique local addresses beside global ones", "lan 10.1.0.0/16 2001:db8:1::/48\n", OFFICE,
         OFFICE4 OFFICE6 "fd00:1::/64>3", ""},
        {"docker without a container", "lan 10.1.0.0/16\n", OFFICE " docker0:bridge", OFFICE4 "172.17.0.0/16>4", ""},
        {"a VPN that is down", "lan 10.1.0.0/16\n", OFFICE " wg0:wireguard!", OFFICE4 "10.8.0.0/24>4", ""},
        {"lan of several parts", "lan 10.1.0.0/17 10.1.128.0/18 10.1.192.0/18\n", OFFICE, OFFICE4, ""},
        {"one arm", "lan 10.1.0.0/16\n", "lo eth0", "0.0.0.0/0>2 10.1.0.0/16>2", ""},
        {"a provider whose customers come later", "lan 10.1.0.0/16\n", "lo wan0", "0.0.0.0/0>2 10.0.0.0/8>0", ""},
        {"customers", "lan 10.1.0.0/16\n", "lo wan0 ppp0 ppp1", "0.0.0.0/0>2 10.1.0.1/32>3 10.1.7.9/32>4", ""},
        {"a core router without a default route", "lan 10.1.0.0/16\n", "lo up0 up1 lan0",
         "198.51.100.0/24>2 203.0.113.0/24>3 10.1.0.0/16>4", ""},
        {"two providers", "lan 10.1.0.0/16\n", "lo wan0 wan1 lan0",
         "0.0.0.0/0>2 0.0.0.0/0>3 198.18.0.0/30>2 198.18.4.0/30>3 10.1.0.0/16>4", ""},
        {"a default route in two halves", "lan 10.1.0.0/16\n", "lo tun0 lan0",
         "0.0.0.0/1>2 128.0.0.0/1>2 10.8.0.0/24>2 10.1.0.0/16>3", ""},
        {"a network inside by its interface", "lan 10.1.0.0/16\ninterface lan0 dmz0\n", OFFICE " dmz0",
         OFFICE4 "192.168.9.0/24>4", ""},
        {"the VRF as interface", "lan 10.1.0.0/16\ninterface red\n", OFFICE " red:vrf dmz0<4",
         OFFICE4 "192.168.9.0/24>5", ""},
        {"the bridge as interface", "lan 10.1.0.0/16\ninterface br0\n", "lo wan0 br0:bridge eth1<3",
         "0.0.0.0/0>2 10.1.0.0/16>3", ""},
        {"nothing is up yet", "lan 10.1.0.0/16\n", "lo wan0! lan0!", "", ""},
        {"only the inside is up yet", "lan 10.1.0.0/16\n", "lo wan0 lan0", "10.1.0.0/16>3 192.168.1.0/24>2", ""},
        {"customers by a pattern", "lan 10.1.0.0/16\ninterface ppp*\n", "lo wan0 ppp0 ppp1",
         "0.0.0.0/0>2 10.1.0.1/32>3 10.7.0.9/32>4", ""},
        {"all that leaves", "lan 10.1.0.0/16\noutside wan0\n", OFFICE " docker0:bridge veth7<4",
         OFFICE4 OFFICE6 "172.17.0.0/16>4 10.9.0.0/16>3", ""},
        {"all that leaves by a pattern", "lan 10.1.0.0/16\noutside wan*\n", OFFICE, OFFICE4 "10.9.0.0/16>3", ""},
        /* What does not. */
        {"lan of the sample", "lan 10.1.0.0/16\n", OFFICE, "0.0.0.0/0>2 198.18.0.0/30>2 192.168.7.0/24>3",
         "lan-elsewhere 10.1.0.0/16"},
        {"lan of the sample, one arm", "lan 10.1.0.0/16\n", "lo eth0", "0.0.0.0/0>2 192.168.7.0/24>2",
         "lan-elsewhere 10.1.0.0/16"},
        {"lan of the sample, the right interface", "lan 10.1.0.0/16\ninterface lan0\n", OFFICE,
         "0.0.0.0/0>2 192.168.7.0/24>3", "lan-elsewhere 10.1.0.0/16"},
        {"IPv6 is forwarded", "lan 10.1.0.0/16\n", OFFICE, OFFICE4 OFFICE6, "not-in-lan 2001:db8:1::/64"},
        {"unique local addresses alone", "lan 10.1.0.0/16\n", OFFICE, OFFICE4 "::/0>2 fd00:1::/64>3",
         "not-in-lan fd00:1::/64"},
        {"containers", "lan 10.1.0.0/16\n", OFFICE " docker0:bridge veth7:veth<4", OFFICE4 "172.17.0.0/16>4",
         "not-in-lan 172.17.0.0/16"},
        {"a forgotten prefix, twice in the table", "lan 10.1.0.0/16\n", OFFICE " lan1",
         OFFICE4 "10.2.0.0/16>4 10.2.0.0/16>4 10.2.7.0/24>4", "not-in-lan 10.2.0.0/16"},
        {"half of a prefix", "lan 10.1.0.0/17\n", OFFICE, OFFICE4, "not-in-lan 10.1.0.0/16"},
        {"seven prefixes", "lan 10.1.0.0/16\n", OFFICE,
         OFFICE4 "10.2.0.0/16>3 10.3.0.0/16>3 10.4.0.0/16>3 10.5.0.0/16>3 10.6.0.0/16>3 10.7.0.0/16>3 10.8.0.0/16>3",
         "not-in-lan 10.2.0.0/16; not-in-lan 10.3.0.0/16; not-in-lan 10.4.0.0/16; not-in-lan 10.5.0.0/16; "
         "not-in-lan 10.6.0.0/16; not-in-lan 10.7.0.0/16; not-in-lan more"},
        {"everything in lan", "lan 0.0.0.0/0\n", OFFICE, OFFICE4, "lan-everything 0.0.0.0/0"},
        {"half of everything", "lan 10.1.0.0/16 128.0.0.0/1\n", OFFICE, OFFICE4, "lan-everything 128.0.0.0/1"},
        {"all of IPv6", "lan 10.1.0.0/16 2000::/3\n", OFFICE, OFFICE4, "lan-everything 2000::/3"},
        {"no such interface", "lan 10.1.0.0/16\ninterface lan0 lan7\n", OFFICE, OFFICE4, "interface-absent lan7"},
        {"a port of a bridge", "lan 10.1.0.0/16\ninterface eth1\n", "lo wan0 br0:bridge eth1<3",
         "0.0.0.0/0>2 10.1.0.0/16>3", "interface-port eth1"},
        {"a port of a bond", "lan 10.1.0.0/16\ninterface eth1\n", "lo wan0 bond0:bond eth1<3",
         "0.0.0.0/0>2 10.1.0.0/16>3", "interface-port eth1"},
        {"a link of a VRF", "lan 10.1.0.0/16\ninterface dmz0\n", OFFICE " red:vrf dmz0<4", OFFICE4 "192.168.9.0/24>5",
         "not-in-lan 192.168.9.0/24; interface-vrf dmz0"},
        {"the parent of VLANs", "lan 10.1.0.0/16\ninterface eth1\n", "lo wan0 eth1 eth1.10:vlan^3 eth1.20:vlan^3",
         "0.0.0.0/0>2 10.1.0.0/24>4 10.1.1.0/24>5", "interface-vlans eth1"},
        {"the parent of VLANs with a network of its own", "lan 10.1.0.0/16\ninterface eth1\n",
         "lo wan0 eth1@ eth1.10:vlan^3", "0.0.0.0/0>2 10.1.0.0/24>3 10.1.1.0/24>4", ""},
        {"the outside as interface", "lan 10.1.0.0/16\ninterface wan0\n", OFFICE, OFFICE4, "interface-outside wan0"},
        {"the inside as outside", "lan 10.1.0.0/16\noutside lan0\n", OFFICE, OFFICE4, "outside-inside lan0"},
        {"no such outside", "lan 10.1.0.0/16\noutside wan0 wan9\n", OFFICE, OFFICE4, "interface-absent wan9"},
        {"one of two providers as outside", "lan 10.1.0.0/16\noutside wan0\n", "lo wan0 wan1 lan0",
         "0.0.0.0/0>2 0.0.0.0/0>3 10.1.0.0/16>4 10.9.0.0/16>4", "not-in-lan 10.9.0.0/16"},
        {"lan of the sample, all that leaves", "lan 10.1.0.0/16\noutside wan0\n", OFFICE,
         "0.0.0.0/0>2 192.168.7.0/24>3", "lan-elsewhere 10.1.0.0/16"},
        {"one arm as interface", "lan 10.1.0.0/16\ninterface eth0\n", "lo eth0", "0.0.0.0/0>2 10.1.0.0/16>2", ""},
        {"a line outside lan", "lan 10.1.0.0/16\nallow 10.2.0.25\nallow 10.3.0.0/16\n", OFFICE, OFFICE4,
         "source-outside-lan 10.2.0.25"},
        {"lines that have ended", "lan 10.1.0.0/16\nallow 10.1.0.9 until 2020-01-01\nallow 10.1.0.8 until 2999-01-01\n",
         OFFICE, OFFICE4, "until-past allow 10.1.0.9 until 2020-01-01"},
        {"no forwarding", "lan 10.1.0.0/16\n", "lo", "", "forwarding "},
        {"a relative database", "lan 10.1.0.0/16\ndatabase \"db\"\n", OFFICE, OFFICE4, "database db"},
};

static const char *
summary(const struct findings *f, char *out, size_t size)
{
	size_t used = 0;

	out[0] = '\0';
	for (uint32_t i = 0; i < f->count; i++)
		used += (size_t)snprintf(out + used, size - used, "%s%s %s", used > 0 ? "; " : "",
		                         finding_kind_name((enum finding_kind)f->list[i].kind), f->list[i].subject);
	return out;
}

static int64_t
now(void)
{
	int64_t t;

	assert_true(when_parse("2026-11-30T00:00:00Z", &t));
	return t;
}

static void
each_network_gets_what_is_to_be_said_and_no_more(void **state)
{
	struct network network;
	struct findings found;
	char text[1024];

	(void)state;
	for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
		struct config *c = config_of(examples[i].config, NULL);
		const struct machine *m = networks_machine(&network, examples[i].links, examples[i].routes);

		findings_make(c, m, now(), &found);
		if (strcmp(summary(&found, text, sizeof text), examples[i].found) != 0)
			fail_msg("%s: expected \"%s\", got \"%s\"", examples[i].what, examples[i].found, text);
		config_free(c);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(each_network_gets_what_is_to_be_said_and_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
