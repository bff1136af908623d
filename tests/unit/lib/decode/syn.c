/* SPDX-License-Identifier: GPL-3.0-or-later */
/* syn: defaults of tools and of systems (p0f.fp), and values next to them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/decode/syn.h"

static const struct sample {
	struct syn syn;
	enum syn_sender sender;
} samples[] = {
        /* zmap: its id and window, whatever options its version sends; the same id by chance has another window */
        {{4, 255, 54321, 65535, 0, 0, {0}}, SYN_ZMAP},
        {{4, 250, 54321, 65535, 1460, 1, {2}}, SYN_ZMAP},
        {{4, 64, 54321, 64240, 1460, 5, {2, 4, 8, 1, 3}}, SYN_SYSTEM},
        {{4, 64, 54320, 65535, 1460, 5, {2, 4, 8, 1, 3}}, SYN_SYSTEM},
        {{6, 64, 54321, 65535, 1440, 5, {2, 4, 8, 1, 3}}, SYN_SYSTEM},
        /* masscan */
        {{4, 255, 1, 1024, 0, 0, {0}}, SYN_MASSCAN},
        {{4, 255, 1, 1024, 1460, 1, {2}}, SYN_MASSCAN},
        {{6, 255, 0, 1024, 1440, 1, {2}}, SYN_MASSCAN},
        {{4, 255, 1, 1024, 1460, 2, {2, 3}}, SYN_SYSTEM},
        /* nmap -sS */
        {{4, 37, 777, 1024, 1460, 1, {2}}, SYN_NMAP},
        {{4, 59, 777, 2048, 1460, 1, {2}}, SYN_NMAP},
        {{4, 44, 777, 3072, 1460, 1, {2}}, SYN_NMAP},
        {{4, 51, 777, 4096, 1460, 1, {2}}, SYN_NMAP},
        {{4, 51, 777, 5120, 1460, 1, {2}}, SYN_SYSTEM},
        {{4, 51, 777, 4096, 1400, 1, {2}}, SYN_SYSTEM},
        {{4, 51, 777, 4096, 1460, 1, {3}}, SYN_SYSTEM},
        {{4, 51, 777, 0, 1460, 1, {2}}, SYN_SYSTEM},
        {{4, 51, 777, 4000, 1460, 1, {2}}, SYN_SYSTEM},
        /* small devices: a small window, MSS alone, but a system's TTL */
        {{4, 64, 9, 4096, 1460, 1, {2}}, SYN_SYSTEM},
        {{4, 255, 9, 2048, 1460, 1, {2}}, SYN_SYSTEM},
        {{4, 127, 9, 4096, 1460, 1, {2}}, SYN_SYSTEM},
        {{4, 61, 9, 4096, 1460, 1, {2}}, SYN_SYSTEM},
        {{4, 60, 9, 4096, 1460, 1, {2}}, SYN_NMAP},
        /* Linux; Windows 7 and 8; macOS; more options than are kept */
        {{4, 64, 4711, 29200, 1460, 5, {2, 4, 8, 1, 3}}, SYN_SYSTEM},
        {{4, 128, 4711, 8192, 1460, 6, {2, 1, 3, 1, 1, 4}}, SYN_SYSTEM},
        {{4, 64, 0, 65535, 1460, 8, {2, 1, 3, 1, 1, 8, 4, 0}}, SYN_SYSTEM},
        {{4, 255, 1, 1024, 1460, 40, {2, 1, 1, 1, 1, 1, 1, 1, 1, 1}}, SYN_SYSTEM},
};

static void
senders(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
		if (syn_sender(&samples[i].syn) != samples[i].sender)
			fail_msg("sample %zu: expected %d, got %d", i, (int)samples[i].sender,
			         (int)syn_sender(&samples[i].syn));
		assert_int_equal(syn_is_raw(&samples[i].syn), samples[i].sender != SYN_SYSTEM);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(senders)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
