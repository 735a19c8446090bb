/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The wire trace of a session: it holds no secret, and the simulator plays it back. */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/file.h"
#include "common/text.h"
#include "flashd/chips/xr_trace.h"
#include "tests/sim/mkimage.h"
#include "tests/xrrig.h"

#define SSID "Nachbars Netz 7"
#define PSK "sehr geheim 0815"
#define OLD_SSID "Altes Netz"
#define OLD_PSK "altes Kennwort"

static void
make_flash(struct rig *r, uint32_t size)
{
	struct mkimage m = { .family = IMAGE_FAMILY_XR872,
		.flash_size = size,
		.seed = 5,
		.mac = { 2, 4, 6, 8, 10, 12 },
		.ssid = SSID,
		.psk = PSK,
		.old_ssid = OLD_SSID,
		.old_psk = OLD_PSK };
	uint8_t *p = malloc(size);

	assert_non_null(p);
	assert_int_equal(mkimage_dump(&m, p), 0);
	must(r, file_put(AT_FDCWD, r->sim.flash, p, size, 0600, &r->err));
	free(p);
}

static void
rig_traced(struct rig *r, uint32_t size, const char *const *args)
{
	memset(r, 0, sizeof(*r));
	simrun_prepare(&r->sim);
	make_flash(r, size);
	r->trace = wire_trace_new(8u << 20);
	assert_non_null(r->trace);
	simrun_again(&r->sim, args);
	rig_attach(r);
}

static void
save_trace(struct rig *r, const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	must(r, wire_trace_write(r->trace, fd, &r->err));
	close(fd);
}

static char *
trace_text(struct rig *r)
{
	char path[128];
	uint8_t *p;

	snprintf(path, sizeof(path), "%s/trace", r->sim.dir);
	save_trace(r, path);
	must(r, file_get(AT_FDCWD, path, 16 << 20, &p, NULL, &r->err));
	return (char *)p;
}

/* Neither as hex nor as text, also not a piece of it. */
static void
lacks(const char *text, const char *secret)
{
	size_t n = strlen(secret);
	char hex[200];

	text_hex((const uint8_t *)secret, n, hex);
	assert_null(strstr(text, hex));
	hex[2 * (n / 2)] = '\0';
	assert_null(strstr(text, hex));
	assert_null(strstr(text, secret));
}

static void
lacks_all(const char *text)
{
	lacks(text, SSID);
	lacks(text, PSK);
	lacks(text, OLD_SSID);
	lacks(text, OLD_PSK);
}

static void
session(struct rig *r, struct chip_id *ret, uint8_t *buf, size_t n)
{
	size_t at;

	assert_int_equal(rig_enter(r, CHIP_ENTRY_ALREADY), 0);
	rig_get_in(r, CHIP_ENTRY_CONSOLE);
	must(r, rig_baud(r, 921600));
	must(r, rig_identify(r, ret));
	for (at = 0; at < n; at += XR_UNIT_MAX)
		must(r, rig_read(r, (uint32_t)at, buf + at, XR_UNIT_MAX));
	r->chip->driver->leave(r->chip);
}

static void
trace_of_a_backup_holds_no_secret(void **state)
{
	static uint8_t buf[512 * 1024], settings[4096];
	struct chip_id id;
	struct rig r;
	char *text;
	size_t at;

	(void)state;
	rig_traced(&r, sizeof(buf), ARGS("--unpaced", "--fault", "secret-log"));
	session(&r, &id, buf, sizeof(buf));
	assert_non_null(memmem(buf, sizeof(buf), PSK, strlen(PSK)));
	/* The same with pieces that do not begin at a sector. */
	rig_get_in(&r, CHIP_ENTRY_CONSOLE);
	for (at = sizeof(buf) - 0x4000; at < sizeof(buf); at += 0x200)
		must(&r, rig_read(&r, (uint32_t)at, settings, 512));
	text = trace_text(&r);
	lacks_all(text);
	lacks(text, "hunter2secret");
	lacks(text, "HomeNet");
	/* But it shows the firmware. */
	assert_non_null(strstr(text, "41574948"));
	free(text);
	wire_trace_free(r.trace);
	rig_end(&r);
}

static void
trace_of_failures_holds_no_secret(void **state)
{
	static uint8_t buf[XR_UNIT_MAX];
	struct rig r;
	uint32_t at;
	char *text;

	(void)state;
	rig_traced(&r, 512 * 1024,
	    ARGS("--unpaced", "--start", "rom", "--fault", "late:1a:4:1200", "--fault",
		"stall:40000:700", "--fault", "twice:1a:7", "--fault", "no-checksum"));
	rig_get_in(&r, CHIP_ENTRY_ALREADY);
	must(&r, rig_baud(&r, 3000000));
	for (at = 0x78000; at < 0x80000; at += 0x1000) {
		err_clear(&r.err);
		(void)rig_read(&r, at, buf, 4096);
		err_clear(&r.err);
		(void)rig_read(&r, at, buf, 4096);
	}
	text = trace_text(&r);
	lacks_all(text);
	free(text);
	wire_trace_free(r.trace);
	rig_end(&r);
}

static void
trace_of_a_write_holds_no_secret(void **state)
{
	static uint8_t buf[XR_UNIT_MAX], back[4096];
	struct rig r;
	char *text;

	(void)state;
	rig_traced(&r, 512 * 1024, ARGS("--unpaced", "--start", "rom"));
	rig_get_in(&r, CHIP_ENTRY_ALREADY);
	must(&r, rig_read(&r, 0, buf, sizeof(buf)));
	/* Into what was firmware when it was read. */
	memcpy(buf + 0x1234, PSK, sizeof(PSK));
	must(&r, rig_erase(&r, 0x8000, 4096));
	must(&r, rig_write(&r, 0x8000, buf + 0x1000, 4096));
	must(&r, rig_read(&r, 0x8000, back, 4096));
	assert_memory_equal(back, buf + 0x1000, 4096);
	text = trace_text(&r);
	lacks_all(text);
	free(text);
	wire_trace_free(r.trace);
	rig_end(&r);
}

static void
simulator_plays_a_trace_back(void **state)
{
	static uint8_t first[128 * 1024], again[128 * 1024];
	struct chip_id id, other;
	struct rig r;
	char path[160];

	(void)state;
	rig_traced(&r, 512 * 1024, ARGS("--unpaced", "--mac", "DC:44:6D:01:02:03"));
	session(&r, &id, first, sizeof(first));
	snprintf(path, sizeof(path), "%s/recorded", r.sim.dir);
	save_trace(&r, path);
	wire_trace_free(r.trace);
	r.trace = NULL;
	rig_detach(&r);
	assert_int_equal(simrun_stop(&r.sim), 0);

	simrun_again(&r.sim, ARGS("--unpaced", "--replay", path));
	rig_attach(&r);
	session(&r, &other, again, sizeof(again));
	assert_memory_equal(&id, &other, sizeof(id));
	assert_memory_equal(first, again, sizeof(first));
	assert_int_equal(simrun_stat(&r.sim, "replay_mismatch"), 0);
	rig_detach(&r);
	assert_int_equal(simrun_stop(&r.sim), 0);

	/* A host that asks for something else is noticed. */
	simrun_again(&r.sim, ARGS("--unpaced", "--replay", path));
	rig_attach(&r);
	rig_get_in(&r, CHIP_ENTRY_CONSOLE);
	err_clear(&r.err);
	assert_int_equal(rig_read(&r, 0x4000, again, 512), -1);
	rig_detach(&r);
	assert_int_equal(simrun_stop(&r.sim), 1);
	simrun_clean(&r.sim);
}

static void
only_firmware_that_was_seen_as_such_is_shown(void **state)
{
	static uint8_t p[512 * 1024];
	struct mkimage m = { .family = IMAGE_FAMILY_XR872,
		.flash_size = sizeof(p),
		.seed = 5,
		.ssid = SSID,
		.psk = PSK };
	struct xr_trace t = { 0 };
	struct image_map map;
	unsigned i;

	(void)state;
	assert_int_equal(mkimage_dump(&m, p), 0);
	assert_int_equal(image_map(p, sizeof(p), &map, NULL), 0);
	assert_false(xr_trace_shows(&t, 0, 'A'));
	xr_trace_learn(&t, 0, p, 16384);
	assert_true(xr_trace_shows(&t, 0, 'A'));
	assert_true(xr_trace_shows(&t, 0x100, 'A'));
	assert_false(xr_trace_shows(&t, map.sections[1].offset, 'A'));
	xr_trace_learn(&t, 16384, p + 16384, sizeof(p) - 16384);
	assert_int_equal(t.n_sections, map.n_sections);
	for (i = 0; i < map.n_sections; i++) {
		assert_true(xr_trace_shows(&t, map.sections[i].offset, 'A'));
		assert_true(xr_trace_shows(
		    &t, map.sections[i].offset + 63 + map.sections[i].size, 'A'));
	}
	assert_false(xr_trace_shows(&t, mkimage_sysinfo_at(&m) + 30, 'A'));
	assert_false(xr_trace_shows(&t, mkimage_key_at(&m), 'A'));
	assert_true(xr_trace_shows(&t, mkimage_key_at(&m), 0xff));
	t.written = true;
	assert_false(xr_trace_shows(&t, 0, 'A'));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(trace_of_a_backup_holds_no_secret),
		cmocka_unit_test(trace_of_failures_holds_no_secret),
		cmocka_unit_test(trace_of_a_write_holds_no_secret),
		cmocka_unit_test(simulator_plays_a_trace_back),
		cmocka_unit_test(only_firmware_that_was_seen_as_such_is_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
