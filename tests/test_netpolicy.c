/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which addresses may be cameras. */
#include "config.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "common/err.h"
#include "common/netpolicy.h"
#include "tests/unit.h"

static void
address(const char *text, struct sockaddr_storage *ret)
{
	struct sockaddr_in *in = (struct sockaddr_in *)(void *)ret;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)(void *)ret;

	memset(ret, 0, sizeof(*ret));
	if (inet_pton(AF_INET, text, &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
		return;
	}
	assert_int_equal(inet_pton(AF_INET6, text, &in6->sin6_addr), 1);
	in6->sin6_family = AF_INET6;
}

static void
own(struct netpolicy *p, const char *text, unsigned prefix)
{
	struct sockaddr_storage ss;

	address(text, &ss);
	assert_int_equal(netpolicy_add_own(p, (struct sockaddr *)&ss, prefix), 0);
}

static struct netpolicy *
policy(const char *list)
{
	struct err e;
	struct netpolicy *p = netpolicy_new(list, &e);

	assert_non_null(p);
	own(p, "127.0.0.1", 8);
	own(p, "::1", 128);
	own(p, "192.168.1.5", 24);
	own(p, "203.0.113.10", 28); /* a public network that this machine is in */
	own(p, "2001:db8:1::5", 64);
	own(p, "fe80::5", 64);
	return p;
}

struct row {
	const char *to;
	bool may;
};

static void
check_rows(const char *list, const struct row *rows, size_t n)
{
	struct netpolicy *p = policy(list);
	struct sockaddr_storage ss;
	struct err e;
	size_t i;
	int r;

	for (i = 0; i < n; i++) {
		address(rows[i].to, &ss);
		err_clear(&e);
		r = netpolicy_check(p, (struct sockaddr *)&ss, &e);
		if ((r == 0) != rows[i].may)
			fail_msg("'%s' with list '%s': %s", rows[i].to, list, e.msg);
		if (r < 0) {
			assert_string_equal(e.name, "address");
			assert_int_equal(e.code, ERR_REFUSED);
			assert_non_null(strstr(e.msg, "it is "));
		}
	}
	netpolicy_free(p);
}

#define CHECK(list, rows) check_rows(list, rows, sizeof(rows) / sizeof(rows[0]))

static void
takes_private_and_own_networks_by_default(void **state)
{
	static const struct row rows[] = {
		{ "192.168.1.77", true },
		{ "192.168.200.1", true },
		{ "10.9.8.7", true },
		{ "172.16.0.1", true },
		{ "172.31.255.254", true },
		{ "fd00::1", true },
		{ "203.0.113.9", true },
		{ "2001:db8:1::77", true },
		{ "172.15.0.1", false },
		{ "172.32.0.1", false },
		{ "8.8.8.8", false },
		{ "203.0.113.30", false },
		{ "2001:db8:2::1", false },
		{ "100.64.0.1", false },
		{ "1.1.1.1", false },
	};

	(void)state;
	CHECK("", rows);
	CHECK("  ", rows);
}

static void
never_takes_itself_or_no_address(void **state)
{
	static const struct row rows[] = {
		{ "127.0.0.1", false },
		{ "127.255.0.9", false },
		{ "::1", false },
		{ "192.168.1.5", false },
		{ "203.0.113.10", false },
		{ "2001:db8:1::5", false },
		{ "0.0.0.0", false },
		{ "0.1.2.3", false },
		{ "::", false },
		{ "224.0.0.1", false },
		{ "239.1.2.3", false },
		{ "255.255.255.255", false },
		{ "240.0.0.1", false },
		{ "ff02::1", false },
		{ "192.168.1.255", false },
		{ "203.0.113.15", false },
		{ "169.254.10.1", false },
		{ "fe80::9", false },
		{ "::ffff:127.0.0.1", false },
		{ "::ffff:192.168.1.7", false },
		{ "::7f00:1", false },
	};

	(void)state;
	CHECK("", rows);
}

static void
a_list_replaces_the_default(void **state)
{
	static const struct row rows[] = {
		{ "192.0.2.1", true },
		{ "192.0.2.127", true },
		{ "192.0.2.128", false },
		{ "198.51.100.7", true },
		{ "198.51.100.8", false },
		{ "2001:db8:5::1", true },
		{ "2001:db8:6::1", false },
		{ "192.168.1.77", false },
		{ "10.0.0.1", false },
		{ "127.0.0.1", false },
		{ "192.0.2.5", true },
	};

	(void)state;
	CHECK("192.0.2.0/25 198.51.100.7 2001:db8:5::/48", rows);
}

static void
loopback_and_itself_only_when_listed(void **state)
{
	static const struct row loop[] = { { "127.0.0.1", true }, { "127.0.0.2", true },
		{ "::1", false }, { "192.168.1.5", false } };
	static const struct row six[] = { { "::1", true }, { "127.0.0.1", false } };
	/* A whole network that holds this machine does not mean this machine. */
	static const struct row net[] = { { "192.168.1.6", true },
		{ "192.168.1.5", false } };
	static const struct row self[] = { { "192.168.1.5", true },
		{ "192.168.1.6", false } };
	static const struct row all[] = { { "224.0.0.1", false }, { "0.0.0.0", false },
		{ "127.0.0.1", true }, { "8.8.8.8", true }, { "192.168.1.5", false },
		{ "::ffff:1.2.3.4", false }, { "169.254.1.1", true } };

	(void)state;
	CHECK("127.0.0.0/8", loop);
	CHECK("::1", six);
	CHECK("192.168.1.0/24", net);
	CHECK("192.168.1.5", self);
	CHECK("0.0.0.0/0 ::/0", all);
}

static void
names_the_bad_word(void **state)
{
	static const char *const bad[] = { "192.168.1.0/33", "192.168.1", "lan",
		"fd00::/129", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8x", "0x7f.1",
		"010.0.0.1/8 300.1.1.1" };
	struct netpolicy *p;
	struct err e;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_null(netpolicy_new(bad[i], &e));
		assert_string_equal(e.name, "camera-networks");
	}
	p = policy("10.0.0.0/8");
	assert_int_equal(netpolicy_set(p, "nonsense", &e), -1);
	assert_non_null(strstr(e.msg, "nonsense"));
	netpolicy_free(p);
}

static void
learns_this_machine(void **state)
{
	struct sockaddr_storage ss;
	struct err e;
	struct netpolicy *p = netpolicy_new("127.0.0.0/8", &e);

	(void)state;
	assert_non_null(p);
	assert_int_equal(netpolicy_refresh(p, &e), 0);
	assert_int_equal(netpolicy_refresh(p, &e), 0);
	address("127.0.0.1", &ss);
	assert_int_equal(netpolicy_check(p, (struct sockaddr *)&ss, &e), 0);
	netpolicy_free(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_private_and_own_networks_by_default),
		cmocka_unit_test(never_takes_itself_or_no_address),
		cmocka_unit_test(a_list_replaces_the_default),
		cmocka_unit_test(loopback_and_itself_only_when_listed),
		cmocka_unit_test(names_the_bad_word),
		cmocka_unit_test(learns_this_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
