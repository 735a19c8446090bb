/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Console lines for other people: what must not stand in them. */
#include "config.h"

#include "tests/unit.h"

#include <string.h>

#include "common/redact.h"

static void
secrets_are_left_out(void **state)
{
	static const char *const pairs[][2] = {
		{ "wlan: ssid: HomeNet, psk: hunter2secret",
		    "wlan: ssid: ***, psk: ***" },
		{ "Password: camera", "Password: ***" },
		{ "wifi_key=\"a b\", ok", "wifi_key=\"***\", ok" },
		{ "ssid Home", "ssid Home" },
		{ "mac d0:51:3E:00:7a:1c up", "mac *** up" },
		{ "id 0123456789abcdef!", "id ***!" },
		{ "jedec: 0x5e3214, 240 MHz", "jedec: 0x5e3214, 240 MHz" },
		{ "keys: monkey business", "keys: ***" },
		{ "monkey: business", "monkey: business" },
		{ "ssid:", "ssid:" },
		{ "", "" },
	};
	char out[200];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		redact_line(pairs[i][0], out, sizeof(out));
		assert_string_equal(out, pairs[i][1]);
	}
	redact_line("password: secret", out, 8);
	assert_string_equal(out, "passwor");
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(secrets_are_left_out) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
