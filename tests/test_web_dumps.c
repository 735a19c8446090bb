/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Looking into dumps over the API: map, found things, text, search, differences,
 * copies; and the worker thread that does it. Every answer is held against
 * docs/openapi.json. */
#include "config.h"

#include "tests/webtest.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/file.h"
#include "common/loop.h"
#include "common/text.h"
#include "db/camera.h"
#include "db/dump.h"
#include "db/event.h"
#include "db/job.h"
#include "tests/sim/mkimage.h"
#include "webd/work.h"

#define FLASH_SIZE (256 * 1024)
#define V "/api/v1"

static json_t *api;

static const struct mkimage garden = { .family = IMAGE_FAMILY_XR872,
	.flash_size = FLASH_SIZE,
	.small = true,
	.seed = 7,
	.mac = { 2, 0, 0, 1, 2, 3 },
	.ssid = "home-of-garden",
	.psk = "wifi-password",
	.old_ssid = "older-name",
	.old_psk = "older-password" };

/* ---- asking ---- */

static json_t *
get_as(struct webtest *w, const char *path, const char *pattern, enum as as, int status)
{
	json_t *doc;
	int got = webtest_json(w, METHOD_GET, path, as, NULL, &doc);

	if (got != status)
		fail_msg("%s: %d (%s)", path, got, webtest_code(doc));
	webschema_check(api, pattern, "get", status, doc);
	return doc;
}

static json_t *
get(struct webtest *w, const char *path, const char *pattern)
{
	return get_as(w, path, pattern, AS_ADMIN, 200);
}

static void
refused(struct webtest *w, const char *path, enum as as, int status, const char *code)
{
	json_t *doc;
	int got = webtest_json(w, METHOD_GET, path, as, NULL, &doc);

	if (got != status || strcmp(webtest_code(doc), code) != 0)
		fail_msg("%s: %d %s", path, got, webtest_code(doc));
	json_decref(doc);
}

static int
number(const json_t *doc, const char *name)
{
	return (int)json_integer_value(json_object_get(doc, name));
}

static const char *
text(const json_t *doc, const char *name)
{
	const char *s = json_string_value(json_object_get(doc, name));

	return s != NULL ? s : "";
}

static bool
holds(const json_t *doc, const char *word)
{
	char *all = json_dumps(doc, 0);
	bool r = all != NULL && strstr(all, word) != NULL;

	free(all);
	return r;
}

/* ---- a little world ---- */

static int
add_dump(struct webtest *w, const char *camera, const struct mkimage *m,
    const char *kind, const char *sidecar)
{
	struct err e = { .code = ERR_NONE };
	struct dump d = { .size = m->flash_size,
		.verified = strcmp(kind, "import") != 0,
		.chip = "xr872",
		.passes = 2,
		.created_s = 1700000000 };
	uint8_t hash[32], *p = malloc(m->flash_size);
	struct camera c;
	char path[300];
	int r = -1;

	snprintf(d.kind, sizeof(d.kind), "%s", kind);
	snprintf(d.sidecar, sizeof(d.sidecar), "%s", sidecar);
	if (p != NULL && mkimage_dump(m, p) == 0 &&
	    camera_by_name(w->t->db, camera, &c, &e) == 0) {
		crypto_hash_sha256(hash, p, m->flash_size);
		text_hex(hash, sizeof(hash), d.sha256);
		d.camera_id = c.id;
		(void)mkdir(dbtest_path(w->t, "dumps"), 0700);
		snprintf(path, sizeof(path), "%s/dumps/%s.bin", w->t->dir, d.sha256);
		r = dump_add(w->t->db, &d, &e);
		if (r == 0)
			r = file_put(AT_FDCWD, path, p, m->flash_size, 0600, &e);
	}
	free(p);
	return r;
}

static int
add_camera(struct webtest *w, const char *name, const char *chip)
{
	struct camera c = { .enabled = true };
	struct err e = { .code = ERR_NONE };

	snprintf(c.name, sizeof(c.name), "%s", name);
	if (camera_add(w->t->db, &c, &e) < 0)
		return -1;
	return chip[0] == '\0'
	    ? 0
	    : camera_set_hardware(w->t->db, c.id, chip, "", "c84012", "", &e);
}

/* Dump 1: garden's; 2: porch's, the same firmware with settings of its own; 3: shed's,
 * the bytes of 1, imported. */
static int
world(void **state)
{
	struct mkimage porch = garden;
	struct webtest *w;

	if ((api = webschema_load()) == NULL || webtest_setup(state) < 0)
		return -1;
	w = *state;
	porch.mac[5] = 9;
	porch.ssid = "home-of-porch";
	if (add_camera(w, "garden", "xr872") < 0 ||
	    add_camera(w, "porch", "xr806") < 0 || add_camera(w, "shed", "") < 0 ||
	    add_dump(w, "garden", &garden, "backup", "one.json") < 0 ||
	    add_dump(w, "porch", &porch, "backup", "two.json") < 0 ||
	    add_dump(w, "shed", &garden, "import", "three.json") < 0)
		return -1;
	return 0;
}

static int
world_end(void **state)
{
	json_decref(api);
	return webtest_teardown(state);
}

/* ---- firmware and siblings ---- */

static const json_t *
differs(struct webtest *w, const char *camera, json_t **ret)
{
	char path[120];

	/* The first question has the dumps looked into; its answer may be older. */
	snprintf(path, sizeof(path), V "/cameras/%s", camera);
	json_decref(get(w, path, V "/cameras/{name}"));
	*ret = get(w, path, V "/cameras/{name}");
	return json_object_get(*ret, "differs");
}

static void
another_firmware_than_the_siblings_is_told(void **state)
{
	struct webtest *w = *state;
	struct mkimage other = garden, large = garden;
	const json_t *d;
	json_t *doc;

	/* Settings of its own make no other firmware. */
	d = differs(w, "porch", &doc);
	assert_true(json_is_null(d));
	assert_true(json_is_object(json_object_get(doc, "firmware")));
	json_decref(doc);
	/* The third of four has another one: that one differs, the others do not. */
	other.seed = 8;
	assert_int_equal(add_camera(w, "attic", "xr872"), 0);
	assert_int_equal(add_dump(w, "attic", &other, "backup", "four.json"), 0);
	d = differs(w, "attic", &doc);
	assert_string_equal(text(d, "from"), "garden");
	assert_int_not_equal(json_array_size(json_object_get(d, "sections")), 0);
	assert_string_equal(
	    text(json_array_get(json_object_get(d, "sections"), 0), "section"), "boot");
	json_decref(doc);
	d = differs(w, "garden", &doc);
	assert_true(json_is_null(d));
	json_decref(doc);
	/* One with another flash is no sibling of anybody. */
	large.seed = 9;
	large.flash_size = 2 * FLASH_SIZE;
	assert_int_equal(add_camera(w, "hut", "xr872"), 0);
	assert_int_equal(add_dump(w, "hut", &large, "backup", "five.json"), 0);
	d = differs(w, "hut", &doc);
	assert_true(json_is_null(d));
	json_decref(doc);
	/* Nor is one without a dump. */
	assert_int_equal(add_camera(w, "bare", "xr872"), 0);
	d = differs(w, "bare", &doc);
	assert_true(json_is_null(d));
	assert_true(json_is_null(json_object_get(doc, "firmware")));
	json_decref(doc);
}

/* ---- the library ---- */

static void
the_library_is_filtered_by_a_word(void **state)
{
	struct webtest *w = *state;
	json_t *doc = get(w, V "/dumps?q=PORCH", V "/dumps"), *list, *one;
	char path[120];

	list = json_object_get(doc, "dumps");
	assert_int_equal(json_array_size(list), 1);
	assert_string_equal(text(json_array_get(list, 0), "camera"), "porch");
	json_decref(doc);
	one = get(w, V "/dumps/1", V "/dumps/{id}");
	assert_int_equal(number(one, "same_bytes"), 2);
	snprintf(path, sizeof(path), V "/dumps?q=%s", text(one, "sha256"));
	json_decref(one);
	doc = get(w, path, V "/dumps");
	assert_int_equal(json_array_size(json_object_get(doc, "dumps")), 2);
	json_decref(doc);
	doc = get(w, V "/dumps?q=import&limit=1", V "/dumps");
	assert_int_equal(json_array_size(json_object_get(doc, "dumps")), 1);
	assert_true(json_is_false(json_object_get(doc, "more")));
	json_decref(doc);
}

static void
ask_remove(struct webtest *w, const char *body, int status, const char *code)
{
	json_t *doc;
	int got = webtest_json(w, METHOD_POST, V "/jobs", AS_ADMIN, body, &doc);

	if (got != status || strcmp(webtest_code(doc), code) != 0)
		fail_msg("%s: %d %s", body, got, webtest_code(doc));
	json_decref(doc);
}

static void
a_dump_is_removed_by_its_typed_name(void **state)
{
	struct webtest *w = *state;
	struct err e = { .code = ERR_NONE };
	struct job j;

	ask_remove(w, "{\"kind\":\"remove\"}", 400, "dump-missing");
	ask_remove(w, "{\"kind\":\"remove\",\"dump\":1}", 400, "confirm");
	ask_remove(w, "{\"kind\":\"remove\",\"dump\":1,\"confirm\":\"porch\"}", 400,
	    "confirm");
	ask_remove(w, "{\"kind\":\"rebuild\",\"force\":true}", 400, "force");
	ask_remove(
	    w, "{\"kind\":\"remove\",\"dump\":1,\"confirm\":\"garden\"}", 202, "");
	assert_ok(job_by_id(w->t->db, 1, &j, &e), e);
	assert_int_equal(j.flags & JOB_FLAG_FORCE, 0);
	ask_remove(w,
	    "{\"kind\":\"remove\",\"dump\":2,\"confirm\":\"porch\",\"force\":true}",
	    202, "");
	assert_ok(job_by_id(w->t->db, 2, &j, &e), e);
	assert_int_not_equal(j.flags & JOB_FLAG_FORCE, 0);
}

static void
an_empty_bin_is_no_error(void **state)
{
	json_t *doc = get(*state, V "/bin", V "/bin");

	assert_int_equal(json_array_size(json_object_get(doc, "bin")), 0);
	json_decref(doc);
}

/* ---- inside ---- */

static void
the_map_covers_every_byte(void **state)
{
	struct webtest *w = *state;
	json_t *doc = get(w, V "/dumps/1/map", V "/dumps/{id}/map"), *r;
	int at = 0, blank = 0;
	size_t i;

	json_array_foreach(json_object_get(doc, "regions"), i, r)
	{
		assert_int_equal(number(r, "offset"), at);
		at += number(r, "size");
		if (strcmp(text(r, "kind"), "blank") == 0)
			blank += number(r, "size");
	}
	assert_int_equal(at, FLASH_SIZE);
	assert_int_equal(number(doc, "blank_bytes"), blank);
	assert_true(holds(doc, "\"device\""));
	assert_true(json_array_size(json_object_get(doc, "areas")) >= 1);
	assert_string_equal(text(doc, "chip"), "xr872");
	assert_true(strlen(text(doc, "chip_reason")) > 10);
	assert_false(holds(doc, "02:00:00:01:02:03"));
	json_decref(doc);
	doc = get(w, V "/dumps/1/map?private=1", V "/dumps/{id}/map");
	assert_true(holds(doc, "02:00:00:01:02:03"));
	json_decref(doc);
	refused(w, V "/dumps/1/map?private=1", AS_VIEWER, 403, "admin-only");
}

static bool
is_about_dump(const struct event_row *ev, void *arg)
{
	bool *ret = arg;

	*ret = *ret ||
	    (strcmp(ev->kind, "dump") == 0 && strstr(ev->text, "dump 1") != NULL);
	return true;
}

static void
what_is_found_is_masked_until_an_admin_asks(void **state)
{
	struct webtest *w = *state;
	struct err e = { .code = ERR_NONE };
	bool noted = false;
	json_t *doc;

	doc = get_as(w, V "/dumps/1/found", V "/dumps/{id}/found", AS_VIEWER, 200);
	assert_true(holds(doc, "passphrase"));
	assert_false(holds(doc, "wifi-password"));
	assert_false(holds(doc, "older-password"));
	assert_false(holds(doc, "home-of-garden"));
	json_decref(doc);
	refused(w, V "/dumps/1/found?private=1", AS_VIEWER, 403, "admin-only");
	assert_ok(event_row_each(w->t->db, 0, 0, 50, is_about_dump, &noted, &e), e);
	assert_false(noted);
	doc = get(w, V "/dumps/1/found?private=1", V "/dumps/{id}/found");
	assert_true(holds(doc, "wifi-password") && holds(doc, "older-password"));
	json_decref(doc);
	assert_ok(event_row_each(w->t->db, 0, 0, 50, is_about_dump, &noted, &e), e);
	assert_true(noted);
}

struct scrubs {
	int64_t dump;
	int n;
};

static bool
count_scrub(const struct job *j, void *arg)
{
	struct scrubs *s = arg;

	s->n += j->kind == JOB_SCRUB && j->dump_id == s->dump;
	return true;
}

static int
scrubs_of(struct webtest *w, int64_t dump)
{
	struct scrubs s = { .dump = dump };
	struct err e;

	assert_ok(job_each(w->t->db, true, 100, count_scrub, &s, &e), e);
	return s.n;
}

static void
a_flipped_bit_is_found(void **state)
{
	struct webtest *w = *state;
	json_t *doc = get(w, V "/dumps/1/check", V "/dumps/{id}/check"), *row;
	char path[300];
	uint8_t byte;
	int fd, i;

	assert_true(json_is_true(json_object_get(doc, "whole")));
	json_decref(doc);
	row = get(w, V "/dumps/1", V "/dumps/{id}");
	snprintf(path, sizeof(path), "%s/dumps/%s.bin", w->t->dir, text(row, "sha256"));
	json_decref(row);
	assert_true((fd = open(path, O_RDWR | O_CLOEXEC)) >= 0);
	assert_int_equal(pread(fd, &byte, 1, 5000), 1);
	byte ^= 4;
	assert_int_equal(pwrite(fd, &byte, 1, 5000), 1);
	close(fd);
	/* flashd is to mark the row: asked once, however often somebody looks. */
	assert_int_equal(scrubs_of(w, 1), 0);
	for (i = 0; i < 2; i++) {
		doc = get(w, V "/dumps/1/check", V "/dumps/{id}/check");
		assert_true(json_is_false(json_object_get(doc, "whole")));
		json_decref(doc);
		assert_int_equal(scrubs_of(w, 1), 1);
	}
	assert_int_equal(unlink(path), 0);
	refused(w, V "/dumps/1/check", AS_ADMIN, 404, "file-missing");
}

static void
strings_come_in_pages(void **state)
{
	struct webtest *w = *state;
	json_t *doc, *list, *one;
	int next = 0, last = -1;
	char path[120];
	size_t i, pages = 0, hits = 0;

	do {
		snprintf(path, sizeof(path), V "/dumps/1/strings?min=8&limit=3&from=%d",
		    next);
		doc = get(w, path, V "/dumps/{id}/strings");
		list = json_object_get(doc, "strings");
		json_array_foreach(list, i, one)
		{
			assert_true(number(one, "offset") > last);
			assert_true(number(one, "size") >= 8);
			last = number(one, "offset");
			hits += strcmp(text(one, "text"), "wifi-password") == 0;
		}
		next = number(doc, "next");
		pages++;
		json_decref(doc);
	} while (next != 0);
	assert_true(pages > 1);
	assert_true(hits >= 1);
	doc = get(w, V "/dumps/1/strings?search=WIFI-pass", V "/dumps/{id}/strings");
	assert_int_equal(json_array_size(json_object_get(doc, "strings")), hits);
	json_decref(doc);
	doc = get(w, V "/dumps/1/strings?to=64", V "/dumps/{id}/strings");
	json_array_foreach(json_object_get(doc, "strings"), i, one)
	    assert_true(number(one, "offset") + number(one, "size") <= 64);
	json_decref(doc);
	refused(w, V "/dumps/1/strings?min=1", AS_ADMIN, 400, "bad-query");
	refused(w, V "/dumps/1/strings", AS_VIEWER, 403, "admin-only");
}

static void
text_and_bytes_are_searched(void **state)
{
	struct webtest *w = *state;
	json_t *doc = get(
		   w, V "/dumps/1/search?text=Wifi-Password", V "/dumps/{id}/search"),
	       *hits = json_object_get(doc, "hits"), *same;
	char path[120];
	int at;

	assert_true(json_array_size(hits) >= 1);
	at = number(json_array_get(hits, json_array_size(hits) - 1), "offset");
	json_decref(doc);
	/* "wifi" as bytes, from there on; and nowhere behind it. */
	snprintf(path, sizeof(path), V "/dumps/1/search?hex=77%%2069:6669&from=%d", at);
	same = get(w, path, V "/dumps/{id}/search");
	assert_int_equal(
	    number(json_array_get(json_object_get(same, "hits"), 0), "offset"), at);
	json_decref(same);
	snprintf(path, sizeof(path), V "/dumps/1/search?hex=77696669&from=%d", at + 1);
	same = get(w, path, V "/dumps/{id}/search");
	assert_int_equal(json_array_size(json_object_get(same, "hits")), 0);
	json_decref(same);
	/* Blank flash matches everywhere: a page, and where the next one begins. */
	doc = get(w, V "/dumps/1/search?hex=ffff&limit=10", V "/dumps/{id}/search");
	assert_int_equal(json_array_size(json_object_get(doc, "hits")), 10);
	assert_true(number(doc, "next") > 0);
	json_decref(doc);
	refused(w, V "/dumps/1/search", AS_ADMIN, 400, "bad-query");
	refused(w, V "/dumps/1/search?text=a&hex=00", AS_ADMIN, 400, "bad-query");
	refused(w, V "/dumps/1/search?hex=0", AS_ADMIN, 400, "bad-hex");
	refused(w, V "/dumps/1/search?hex=zz", AS_ADMIN, 400, "bad-hex");
	refused(w, V "/dumps/1/search?text=wifi", AS_VIEWER, 403, "admin-only");
}

/* ---- beside others ---- */

static void
two_dumps_of_one_firmware_differ_in_settings_only(void **state)
{
	struct webtest *w = *state;
	json_t *doc = get(w, V "/dumps/1/diff?with=2&strings=1", V "/dumps/{id}/diff");
	json_t *classes = json_object_get(doc, "by_class"), *one;
	int bytes = 0;
	size_t i;

	assert_int_equal(number(doc, "sectors"), FLASH_SIZE / 4096);
	assert_int_equal(number(classes, "code"), 0);
	assert_true(number(doc, "differing") > 0);
	json_array_foreach(json_object_get(doc, "runs"), i, one) bytes +=
	    number(one, "bytes");
	assert_int_equal(number(doc, "bytes"), bytes);
	assert_true(json_array_size(json_object_get(doc, "ranges")) >= 2);
	assert_true(holds(json_object_get(doc, "only_a"), "home-of-garden"));
	assert_false(holds(json_object_get(doc, "only_a"), "wifi-password"));
	assert_true(holds(json_object_get(doc, "only_b"), "home-of-porch"));
	json_decref(doc);
	doc = get_as(w, V "/dumps/1/diff?with=3", V "/dumps/{id}/diff", AS_VIEWER, 200);
	assert_int_equal(number(doc, "differing"), 0);
	assert_true(json_is_null(json_object_get(doc, "only_a")));
	json_decref(doc);
	refused(w, V "/dumps/1/diff?with=2&strings=1", AS_VIEWER, 403, "admin-only");
	refused(w, V "/dumps/1/diff", AS_ADMIN, 400, "bad-query");
	refused(w, V "/dumps/1/diff?with=77", AS_ADMIN, 404, "dump-unknown");
}

static void
a_dump_says_which_cameras_it_fits(void **state)
{
	struct webtest *w = *state;
	json_t *doc = get(w, V "/dumps/1/fits", V "/dumps/{id}/fits"),
	       *list = json_object_get(doc, "cameras"), *said;

	assert_int_equal(json_array_size(list), 3);
	assert_string_equal(text(json_array_get(list, 0), "fits"), "yes");
	assert_string_equal(text(json_array_get(list, 1), "fits"), "no");
	assert_string_equal(text(json_array_get(list, 1), "code"), "image-other-chip");
	said = json_object_get(json_array_get(list, 1), "why_said");
	assert_int_equal(json_array_size(json_object_get(said, "params")), 4);
	/* Why it is thought to be for that chip is a sentence of its own. */
	said = json_array_get(json_object_get(said, "inner"), 0);
	assert_int_equal(number(said, "param"), 2);
	assert_int_equal(json_array_size(json_object_get(said, "params")), 4);
	assert_string_equal(text(json_array_get(list, 2), "fits"), "unknown");
	assert_true(strlen(text(json_array_get(list, 2), "why")) > 20);
	json_decref(doc);
	json_decref(get(w, V "/dumps/1/fits?as=flash", V "/dumps/{id}/fits"));
	refused(w, V "/dumps/1/fits?as=whole", AS_ADMIN, 400, "bad-query");
}

/* ---- copies ---- */

static uint8_t *
download(struct webtest *w, const char *path, size_t *ret_n)
{
	struct request r;
	struct reply rep;
	uint8_t *p;

	webtest_request(w, &r, METHOD_GET, path, AS_ADMIN);
	webtest_ask(w, &r, NULL, &rep);
	assert_int_equal(rep.status, 200);
	assert_int_equal(rep.kind, REPLY_FILE);
	assert_false(rep.cacheable);
	*ret_n = (size_t)rep.file_n;
	assert_non_null(p = malloc(*ret_n));
	assert_int_equal(pread(rep.fd, p, *ret_n, 0), *ret_n);
	reply_fini(&rep);
	return p;
}

static void
a_copy_to_share_holds_no_secret(void **state)
{
	static const char *const secrets[] = { "wifi-password", "older-password",
		"home-of-garden", "older-name" };
	struct webtest *w = *state;
	json_t *doc =
	    get_as(w, V "/dumps/1/share", V "/dumps/{id}/share", AS_VIEWER, 200);
	uint8_t *p;
	size_t n, i;

	assert_true(number(doc, "secrets") >= 5);
	assert_true(number(doc, "unknown_bytes") > 0);
	for (i = 0; i < 4; i++)
		assert_false(holds(doc, secrets[i]));
	json_decref(doc);
	p = download(w, V "/dumps/1/share/file", &n);
	assert_int_equal(n, FLASH_SIZE);
	for (i = 0; i < 4; i++)
		assert_null(memmem(p, n, secrets[i], strlen(secrets[i])));
	assert_null(memmem(p, n, garden.mac, 6));
	free(p);
	p = download(w, V "/dumps/1/share/file?keep_mac=1", &n);
	assert_non_null(memmem(p, n, garden.mac, 6));
	free(p);
	/* The library's own bytes stay. */
	doc = get(w, V "/dumps/1/check", V "/dumps/{id}/check");
	assert_true(json_is_true(json_object_get(doc, "whole")));
	json_decref(doc);
	refused(w, V "/dumps/1/share/file", AS_VIEWER, 403, "admin-only");
	refused(w, V "/dumps/1/share?keep_mac=2", AS_ADMIN, 400, "bad-query");
}

/* The settings are the donor's when somebody chooses so. */
static void
parts_are_chosen(struct webtest *w)
{
	json_t *doc = get(w, V "/dumps/1/graft?target=2", V "/dumps/{id}/graft");
	json_t *line, *lines = json_object_get(doc, "lines");
	char path[120] = "";
	uint8_t *p;
	size_t i, n;
	int at = 0;

	json_array_foreach(lines, i, line)
	{
		if (strcmp(json_string_value(json_object_get(line, "what")),
			"settings") != 0)
			continue;
		assert_string_equal(
		    json_string_value(json_object_get(line, "usual")), "target");
		snprintf(path, sizeof(path), "%s?target=2&parts=%d%%3Ddonor",
		    V "/dumps/1/graft/file", at = (int)number(line, "offset"));
	}
	json_decref(doc);
	assert_string_not_equal(path, "");
	p = download(w, path, &n);
	assert_null(memmem(p, n, "home-of-porch", 13));
	assert_non_null(memmem(p, n, "home-of-garden", 14));
	free(p);
	refused(w, V "/dumps/1/graft?target=2&parts=0%3Dblank", AS_ADMIN, 400,
	    "graft-part");
	refused(w, V "/dumps/1/graft?target=2&parts=0%3Dmine", AS_ADMIN, 400,
	    "graft-part");
	/* A part that there is, twice. */
	snprintf(path, sizeof(path), "%s?target=2&parts=%d%%3Ddonor%%2C%d%%3Dblank",
	    V "/dumps/1/graft", at, at);
	refused(w, path, AS_ADMIN, 400, "graft-part");
}

static void
an_image_for_a_camera_keeps_its_identity(void **state)
{
	struct webtest *w = *state;
	json_t *doc = get(w, V "/dumps/1/graft?target=2", V "/dumps/{id}/graft");
	uint8_t *p;
	size_t n;

	assert_true(json_array_size(json_object_get(doc, "lines")) > 1);
	assert_int_equal(number(doc, "sectors"), FLASH_SIZE / 4096);
	json_decref(doc);
	p = download(w, V "/dumps/1/graft/file?target=2", &n);
	assert_non_null(memmem(p, n, "home-of-porch", 13));
	assert_null(memmem(p, n, "home-of-garden", 14));
	free(p);
	refused(w, V "/dumps/1/graft", AS_ADMIN, 400, "bad-query");
	parts_are_chosen(w);
	refused(
	    w, V "/dumps/1/graft?target=2&identity=donor", AS_ADMIN, 400, "identity");
}

/* ---- what may be kept ---- */

static int
ask_again(struct webtest *w, const char *path, char *etag, size_t size)
{
	struct request r;
	struct reply rep;
	unsigned i;
	int status;

	webtest_request(w, &r, METHOD_GET, path, AS_ADMIN);
	r.if_none_match = etag[0] != '\0' ? etag : NULL;
	webtest_ask(w, &r, NULL, &rep);
	status = rep.status;
	etag[0] = '\0';
	for (i = 0; i < rep.n_headers; i++) {
		if (strcmp(rep.headers[i].name, "ETag") == 0)
			snprintf(etag, size, "%s", rep.headers[i].value);
	}
	reply_fini(&rep);
	return status;
}

static void
what_cannot_change_is_sent_once(void **state)
{
	static const char *const same[] = { V "/dumps/1/map", V "/dumps/1/found",
		V "/dumps/1/diff?with=2", V "/dumps/1/share", V "/dumps/1/file" };
	struct webtest *w = *state;
	char etag[200];
	size_t i;

	for (i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		etag[0] = '\0';
		assert_int_equal(ask_again(w, same[i], etag, sizeof(etag)), 200);
		assert_true(etag[0] == '"');
		assert_int_equal(ask_again(w, same[i], etag, sizeof(etag)), 304);
		assert_true(etag[0] == '"');
	}
	/* The same bytes under another number have the same tag; private things none.
	 */
	etag[0] = '\0';
	assert_int_equal(ask_again(w, V "/dumps/1/map", etag, sizeof(etag)), 200);
	assert_int_equal(ask_again(w, V "/dumps/3/map", etag, sizeof(etag)), 304);
	etag[0] = '\0';
	assert_int_equal(
	    ask_again(w, V "/dumps/1/found?private=1", etag, sizeof(etag)), 200);
	assert_string_equal(etag, "");
}

/* ---- the worker ---- */

struct parcel {
	struct loop *loop;
	struct reply rep;
	sem_t *begun; /* run() says so */
	pthread_mutex_t *gate; /* then it passes here */
	unsigned *order;
	unsigned ran, answered, dropped;
	bool last;
};

static void
parcel_run(void *arg)
{
	struct parcel *p = arg;

	(void)sem_post(p->begun);
	(void)pthread_mutex_lock(p->gate);
	p->ran = ++*p->order;
	(void)pthread_mutex_unlock(p->gate);
}

static void
parcel_answer(void *arg, struct reply *rep)
{
	struct parcel *p = arg;

	p->answered++;
	reply_empty(rep, 200);
}

static void
parcel_drop(void *arg)
{
	struct parcel *p = arg;

	p->dropped++;
	if (p->last)
		loop_stop(p->loop, 0);
}

static const struct work_ops parcel_ops = { parcel_run, parcel_answer, parcel_drop };

static void
begun(sem_t *s)
{
	while (sem_wait(s) < 0 && errno == EINTR)
		;
}

/* One runs (held at the gate), the queue is filled, the next is refused; a client that
 * hangs up meanwhile is not answered; all are done in their order. */
static void
the_worker_does_one_thing_at_a_time(void **state)
{
	enum { N = WORK_QUEUE_MAX + 2 };
	static struct parcel p[N];
	pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
	struct err e = { .code = ERR_NONE };
	struct webtest *w = *state;
	unsigned order = 0, i;
	sem_t start;

	assert_int_equal(sem_init(&start, 0, 0), 0);
	assert_non_null(w->web.worker = worker_start(w->web.loop, "busy", &e));
	(void)pthread_mutex_lock(&gate);
	for (i = 0; i < N; i++) {
		p[i] = (struct parcel) { .loop = w->web.loop,
			.begun = &start,
			.gate = &gate,
			.order = &order };
		reply_init(&p[i].rep);
		work_give(w->web.worker, &parcel_ops, &p[i], &p[i].rep);
		if (i == 0)
			begun(&start);
		assert_int_equal(p[i].rep.kind == REPLY_LATER, i < N - 1);
	}
	assert_int_equal(p[N - 1].rep.status, 503);
	reply_fini(&p[3].rep);
	p[N - 2].last = true;
	(void)pthread_mutex_unlock(&gate);
	(void)loop_run(w->web.loop);
	for (i = 0; i < N; i++) {
		assert_int_equal(p[i].dropped, 1);
		assert_int_equal(p[i].answered, i < N - 1 && i != 3);
		assert_int_equal(p[i].ran, i < N - 1 ? i + 1 : 0);
		reply_fini(&p[i].rep);
	}
	worker_stop(w->web.worker);
	w->web.worker = NULL;
	(void)sem_destroy(&start);
}

static void
what_waits_is_dropped_when_webd_stops(void **state)
{
	static struct parcel p[3];
	pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
	struct err e = { .code = ERR_NONE };
	struct webtest *w = *state;
	unsigned order = 0, i;
	sem_t start;

	assert_int_equal(sem_init(&start, 0, 0), 0);
	assert_non_null(w->web.worker = worker_start(w->web.loop, "busy", &e));
	for (i = 0; i < 3; i++) {
		p[i] = (struct parcel) { .loop = w->web.loop,
			.begun = &start,
			.gate = &gate,
			.order = &order };
		reply_init(&p[i].rep);
		work_give(w->web.worker, &parcel_ops, &p[i], &p[i].rep);
		reply_fini(&p[i].rep);
	}
	worker_stop(w->web.worker);
	w->web.worker = NULL;
	(void)sem_destroy(&start);
	for (i = 0; i < 3; i++) {
		assert_int_equal(p[i].dropped, 1);
		assert_int_equal(p[i].answered, 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_library_is_filtered_by_a_word),
		cmocka_unit_test(a_dump_is_removed_by_its_typed_name),
		cmocka_unit_test(an_empty_bin_is_no_error),
		cmocka_unit_test(the_map_covers_every_byte),
		cmocka_unit_test(what_is_found_is_masked_until_an_admin_asks),
		cmocka_unit_test(strings_come_in_pages),
		cmocka_unit_test(text_and_bytes_are_searched),
		cmocka_unit_test(two_dumps_of_one_firmware_differ_in_settings_only),
		cmocka_unit_test(a_dump_says_which_cameras_it_fits),
		cmocka_unit_test(a_copy_to_share_holds_no_secret),
		cmocka_unit_test(an_image_for_a_camera_keeps_its_identity),
		cmocka_unit_test(what_cannot_change_is_sent_once),
		cmocka_unit_test(the_worker_does_one_thing_at_a_time),
		cmocka_unit_test(another_firmware_than_the_siblings_is_told),
		cmocka_unit_test(what_waits_is_dropped_when_webd_stops),
		/* Last: it spoils the world. */
		cmocka_unit_test(a_flipped_bit_is_found),
	};

	return cmocka_run_group_tests(tests, world, world_end);
}
