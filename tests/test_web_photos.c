/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Photos over the API, their rows and their files. Every answer is held against
 * docs/openapi.json. */
#include "config.h"

#include "tests/webtest.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/file.h"
#include "db/camera.h"
#include "db/photo.h"
#include "image/photo_jpeg.h"
#include "tests/photofile.h"
#include "webd/upload.h"

#define V "/api/v1"

static json_t *api;

/* The disk as file_free_bytes() sees it: so many more looks find room on it. */
static unsigned looks_with_room = UINT_MAX;

int __wrap_file_free_bytes(int fd, uint64_t *ret, struct err *e);

int
__wrap_file_free_bytes(int fd, uint64_t *ret, struct err *e)
{
	(void)fd;
	(void)e;
	*ret = looks_with_room > 0 ? UINT64_MAX / 4 : 1000;
	if (looks_with_room > 0 && looks_with_room < UINT_MAX)
		looks_with_room--;
	return 0;
}

/* POST as the HTTP side does it: the body goes into a file first. */
static json_t *
post(struct webtest *w, const char *path, const void *p, size_t n, int wanted)
{
	const struct route *route;
	struct request r;
	struct reply rep;
	json_t *doc;

	webtest_request(w, &r, METHOD_POST, path, AS_ADMIN);
	reply_init(&rep);
	r.content_type = "image/jpeg";
	r.has_body = r.has_length = true;
	r.content_length = n;
	route = route_admit(&w->web, &r, &rep);
	if (route != NULL && upload_start(&w->web, &r, PHOTO_JPEG_BYTES_MAX, &rep) == 0) {
		upload_write(r.upload, p, n);
		route_handle(&w->web, route, &r, &rep);
	}
	upload_drop(r.upload);
	doc = rep.kind == REPLY_BYTES ? json_loadb(rep.bytes, rep.n, 0, NULL) : NULL;
	if (rep.status != wanted)
		fail_msg("%s: %d %s", path, rep.status, webtest_code(doc));
	webschema_check(api, V "/photos", "post", rep.status, doc);
	reply_fini(&rep);
	return doc;
}

static void
refused(struct webtest *w, const char *path, const void *p, size_t n, int status,
    const char *code)
{
	json_t *doc = post(w, path, p, n, status);

	assert_string_equal(webtest_code(doc), code);
	json_decref(doc);
}

static void
change(struct webtest *w, enum method method, json_int_t id, const char *body, int status,
    const char *code)
{
	char path[60];
	json_t *doc;

	snprintf(path, sizeof(path), V "/photos/%lld", (long long)id);
	assert_int_equal(webtest_json(w, method, path, AS_ADMIN, body, &doc), status);
	webschema_check(api, V "/photos/{id}", method == METHOD_PATCH ? "patch" : "delete",
	    status, doc);
	assert_string_equal(webtest_code(doc), code);
	json_decref(doc);
}

static size_t
listed(struct webtest *w, const char *query)
{
	char path[100];
	json_t *doc;
	size_t n;

	snprintf(path, sizeof(path), V "/photos%s", query);
	assert_int_equal(
	    webtest_json(w, METHOD_GET, path, AS_VIEWER, NULL, &doc), 200);
	webschema_check(api, V "/photos", "get", 200, doc);
	n = json_array_size(json_object_get(doc, "photos"));
	json_decref(doc);
	return n;
}

/* How many names are in a folder; none when it is not there. */
static unsigned
files(struct webtest *w, const char *folder)
{
	DIR *dir = opendir(dbtest_path(w->t, folder));
	struct dirent *d;
	unsigned n = 0;

	if (dir == NULL)
		return 0;
	while ((d = readdir(dir)) != NULL)
		n += d->d_name[0] != '.';
	closedir(dir);
	return n;
}

static json_int_t
id_of(json_t *doc)
{
	json_int_t id = json_integer_value(json_object_get(doc, "id"));

	assert_true(id > 0);
	json_decref(doc);
	return id;
}

static void
add_garden(struct webtest *w)
{
	struct camera c = { .name = "garden", .enabled = true };
	struct err e = { .code = ERR_NONE };

	assert_ok(camera_add(w->t->db, &c, &e), e);
}

static uint8_t *
phone_photo(size_t *ret_n)
{
	struct photofile f = {
		.width = 200, .height = 100, .orientation = 6, .secrets = true
	};

	return photofile_make(&f, ret_n);
}

static void
a_photo_is_made_anew_and_given_back(void **state)
{
	struct webtest *w = *state;
	size_t n;
	uint8_t *p = phone_photo(&n);
	struct request r;
	struct reply rep;
	char path[80], etag[400];
	uint8_t saved[65536];
	unsigned width, height;
	json_int_t id;
	json_t *doc;
	ssize_t got;
	int i;

	add_garden(w);
	doc = post(w, V "/photos?camera=garden&about=front", p, n, 201);
	assert_string_equal(
	    json_string_value(json_object_get(doc, "camera")), "garden");
	assert_string_equal(json_string_value(json_object_get(doc, "about")), "front");
	assert_string_equal(json_string_value(json_object_get(doc, "who")), "anna");
	assert_int_equal(json_integer_value(json_object_get(doc, "width")), 100);
	id = id_of(doc);
	assert_int_equal(files(w, "photos"), 2);
	assert_int_equal(files(w, "incoming"), 0);
	for (i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), V "/photos/%lld/%s", (long long)id,
		    i == 0 ? "file" : "thumb");
		webtest_request(w, &r, METHOD_GET, path, AS_VIEWER);
		webtest_ask(w, &r, NULL, &rep);
		assert_int_equal(rep.status, 200);
		assert_string_equal(rep.type, "image/jpeg");
		assert_true((got = pread(rep.fd, saved, sizeof(saved), 0)) > 0);
		assert_int_equal(got, rep.file_n);
		assert_null(memmem(saved, (size_t)got, PHOTOFILE_SECRET, 10));
		assert_int_equal(
		    photofile_quarter(saved, (size_t)got, 0, &width, &height), 'b');
		assert_int_equal(height, 200);
		snprintf(etag, sizeof(etag), "%s", rep.headers[1].value);
		reply_fini(&rep);
		webtest_request(w, &r, METHOD_GET, path, AS_VIEWER);
		r.if_none_match = etag;
		webtest_ask(w, &r, NULL, &rep);
		assert_int_equal(rep.status, 304);
		reply_fini(&rep);
	}
	free(p);
}

static void
words_are_changed_and_photos_find_their_camera(void **state)
{
	struct webtest *w = *state;
	size_t n;
	uint8_t *p = phone_photo(&n);
	json_int_t id;

	add_garden(w);
	id = id_of(post(w, V "/photos?owner=rescue-7", p, n, 201));
	(void)id_of(post(w, V "/photos", p, n, 201));
	assert_int_equal(listed(w, ""), 2);
	assert_int_equal(listed(w, "?owner=rescue-7"), 1);
	assert_int_equal(listed(w, "?owner="), 1);
	assert_int_equal(listed(w, "?camera=garden"), 0);
	change(w, METHOD_PATCH, id, "{\"caption\":\"BK7252 \\u0142\",\"about\":\"label\"}",
	    200, "");
	change(w, METHOD_PATCH, id, "{\"camera\":\"garden\"}", 200, "");
	assert_int_equal(listed(w, "?camera=garden"), 1);
	assert_int_equal(listed(w, "?owner=rescue-7"), 0);
	change(w, METHOD_PATCH, id, "{\"camera\":\"nobody\"}", 404, "camera-unknown");
	change(w, METHOD_PATCH, id, "{\"about\":\"cat\"}", 400, "photo-about");
	change(w, METHOD_PATCH, id, "{\"owner\":\"A b\"}", 400, "photo-owner");
	change(w, METHOD_PATCH, id, "{\"owner\":\"a\",\"camera\":\"garden\"}", 400,
	    "photo-owner");
	change(w, METHOD_DELETE, id, "{}", 204, "");
	change(w, METHOD_DELETE, id, "{}", 404, "photo-unknown");
	assert_int_equal(files(w, "photos"), 2);
	free(p);
}

static void
what_is_no_photo_leaves_nothing(void **state)
{
	struct webtest *w = *state;
	static const char png[] = "\x89PNG\r\n\x1a\n";
	size_t n;
	uint8_t *p = phone_photo(&n);

	refused(w, V "/photos", png, sizeof(png), 400, "photo-png");
	refused(w, V "/photos", "hello", 5, 400, "photo-not-jpeg");
	refused(w, V "/photos", p, n / 2, 400, "photo-broken");
	refused(w, V "/photos?camera=nobody", p, n, 404, "camera-unknown");
	refused(w, V "/photos?about=cat", p, n, 400, "photo-about");
	refused(w, V "/photos?owner=../x", p, n, 400, "photo-owner");
	assert_int_equal(files(w, "photos"), 0);
	assert_int_equal(files(w, "incoming"), 0);
	assert_int_equal(listed(w, ""), 0);
	free(p);
}

static void
a_full_disk_is_said_and_leaves_nothing(void **state)
{
	struct webtest *w = *state;
	size_t n;
	uint8_t *p = phone_photo(&n);

	/* Before the body comes, and when it is to be kept. */
	for (looks_with_room = 0; looks_with_room < 2; looks_with_room++) {
		unsigned looks = looks_with_room;

		refused(w, V "/photos", p, n, 507, "disk-full");
		looks_with_room = looks;
		assert_int_equal(files(w, "photos"), 0);
		assert_int_equal(files(w, "incoming"), 0);
	}
	looks_with_room = UINT_MAX;
	(void)id_of(post(w, V "/photos", p, n, 201));
	free(p);
}

static void
a_camera_has_so_many_and_takes_them_with_it(void **state)
{
	struct webtest *w = *state;
	struct photofile f = { .width = 8, .height = 8 };
	size_t n;
	uint8_t *p = photofile_make(&f, &n);
	int i;

	add_garden(w);
	for (i = 0; i < PHOTO_EACH_MAX; i++)
		(void)id_of(post(w, V "/photos?camera=garden", p, n, 201));
	refused(w, V "/photos?camera=garden", p, n, 409, "photo-too-many");
	(void)id_of(post(w, V "/photos", p, n, 201));
	assert_int_equal(listed(w, "?camera=garden"), PHOTO_EACH_MAX);
	assert_int_equal(webtest_json(w, METHOD_DELETE, V "/cameras/garden", AS_ADMIN,
			     "{\"confirm\":\"garden\"}", NULL),
	    204);
	assert_int_equal(listed(w, ""), 1);
	assert_int_equal(files(w, "photos"), 2);
	free(p);
}

static void
a_file_that_no_row_names_is_swept(void **state)
{
	static const char *const names[] = { "photos/0123456789abcdef0123456789abcdef.jpg",
		"photos/0123456789abcdef0123456789abcdef.thumb.jpg.77.new",
		"photos/notes.txt" };
	struct webtest *w = *state;
	struct timespec old[2] = { { .tv_sec = 1000 }, { .tv_sec = 1000 } };
	struct err e = { .code = ERR_NONE };
	size_t n, i;
	uint8_t *p = phone_photo(&n);
	unsigned gone;

	(void)id_of(post(w, V "/photos", p, n, 201));
	for (i = 0; i < 3; i++) {
		assert_ok(
		    file_put(AT_FDCWD, dbtest_path(w->t, names[i]), "x", 1, 0600, &e), e);
		if (i != 0)
			utimensat(AT_FDCWD, dbtest_path(w->t, names[i]), old, 0);
	}
	assert_ok(photo_sweep(w->t->db, w->t->dir, &gone, &e), e);
	/* Somebody may be adding the first one just now. */
	assert_int_equal(gone, 1);
	utimensat(AT_FDCWD, dbtest_path(w->t, names[0]), old, 0);
	assert_ok(photo_sweep(w->t->db, w->t->dir, &gone, &e), e);
	assert_int_equal(gone, 1);
	assert_int_equal(files(w, "photos"), 3);
	assert_int_equal(listed(w, ""), 1);
	free(p);
}

static int
setup(void **state)
{
	api = webschema_load();
	return api != NULL ? webtest_setup(state) : -1;
}

static int
teardown(void **state)
{
	json_decref(api);
	return webtest_teardown(state);
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test(a_photo_is_made_anew_and_given_back),
		test(words_are_changed_and_photos_find_their_camera),
		test(what_is_no_photo_leaves_nothing),
		test(a_full_disk_is_said_and_leaves_nothing),
		test(a_camera_has_so_many_and_takes_them_with_it),
		test(a_file_that_no_row_names_is_swept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
