/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The archive of the whole appliance: what save makes, load takes, byte by byte; whatever
 * is cut, changed, foreign or hostile is refused with nothing changed; and flashd's taking
 * in, ended after each call that changes the disk, is made good at the next start.
 */
#include "config.h"

#include <dirent.h>
#include <fcntl.h>
#include <sodium.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "appliance/load.h"
#include "appliance/save.h"
#include "appliance/seal.h"
#include "appliance/tar.h"
#include "common/conf.h"
#include "common/file.h"
#include "db/camera.h"
#include "db/copy.h"
#include "db/dump.h"
#include "db/event.h"
#include "db/job.h"
#include "db/setting.h"
#include "db/stmt.h"
#include "flashd/flashd.h"
#include "flashd/library.h"
#include "flashd/store.h"
#include "flashd/takein.h"
#include "tests/dbtest.h"
#include "tests/storebed.h"

#define PASSPHRASE "correct horse battery"
#define ARCHIVE_MAX (4u * 1024 * 1024)

/* ---- ending the world: the n-th call that changes a folder is the last ---- */

static int calls_left = -1; /* -1 = no end */

static void
count_call(void)
{
	if (calls_left >= 0 && calls_left-- == 0)
		_exit(99);
}

int __real_renameat(int, const char *, int, const char *);
int __real_renameat2(int, const char *, int, const char *, unsigned);
int __real_unlinkat(int, const char *, int);
int __real_mkdirat(int, const char *, mode_t);
int __wrap_renameat(int, const char *, int, const char *);
int __wrap_renameat2(int, const char *, int, const char *, unsigned);
int __wrap_unlinkat(int, const char *, int);
int __wrap_mkdirat(int, const char *, mode_t);

int __wrap_fsync(int);
int __wrap_syncfs(int);

int
__wrap_fsync(int fd)
{
	(void)fd;
	return 0;
}

int
__wrap_syncfs(int fd)
{
	(void)fd;
	return 0;
}

int
__wrap_renameat(int a, const char *from, int b, const char *to)
{
	count_call();
	return __real_renameat(a, from, b, to);
}

int
__wrap_renameat2(int a, const char *from, int b, const char *to, unsigned flags)
{
	count_call();
	return __real_renameat2(a, from, b, to, flags);
}

int
__wrap_unlinkat(int dir, const char *name, int flags)
{
	count_call();
	return __real_unlinkat(dir, name, flags);
}

int
__wrap_mkdirat(int dir, const char *name, mode_t mode)
{
	count_call();
	return __real_mkdirat(dir, name, mode);
}

/* ---- an appliance ---- */

/* flashd/main.c's. */
void
flashd_changed(struct flashd *f)
{
	(void)f;
}

struct bed {
	struct dbtest t;
	struct conf conf;
	char conf_file[200];
	uint8_t *archive;
	size_t n;
};

static void
put_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static void
add_camera(struct db *db, const char *name)
{
	struct camera c = { .enabled = true };
	struct err e;

	snprintf(c.name, sizeof(c.name), "%s", name);
	snprintf(c.source, sizeof(c.source), "test:");
	snprintf(c.password, sizeof(c.password), "secret-of-%s", name);
	assert_ok(camera_add(db, &c, &e), e);
}

static void
add_dump(struct bed *b, unsigned seed)
{
	struct store *s;
	struct err e;

	assert_non_null(s = store_open(b->t.dir, NULL, NULL, &e));
	assert_true(bed_dump(b->t.db, s, seed, 0, "", "", &e) > 0);
	store_close(s);
}

static int
setup(void **state)
{
	struct bed *b = calloc(1, sizeof(*b));
	void *inner = NULL;
	struct dbtest *made;

	if (b == NULL || dbtest_setup(&inner) != 0)
		return -1;
	made = inner;
	/* No power is cut here: what ends the world is a process's end. */
	(void)sqlite3_exec(made->db->handle, "PRAGMA synchronous = OFF", NULL, NULL, NULL);
	b->t = *made;
	free(made);
	snprintf(b->conf.state, sizeof(b->conf.state), "%s", b->t.dir);
	snprintf(b->conf.run, sizeof(b->conf.run), "%.79s", b->t.dir);
	snprintf(b->conf_file, sizeof(b->conf_file), "%s.conf", b->t.dir);
	put_file(b->conf_file, "[log]\nlevel = info\n");
	mkdir(dbtest_path(&b->t, "incoming"), 0770);
	mkdir(dbtest_path(&b->t, "jobs"), 0770);
	mkdir(dbtest_path(&b->t, "photos"), 0770);
	put_file(dbtest_path(&b->t, "photos/1.jpg"), "a picture of the board");
	put_file(dbtest_path(&b->t, "jobs/1.log"), "log of job 1");
	put_file(dbtest_path(&b->t, "jobs/1.part"), "unfinished");
	add_camera(b->t.db, "garden");
	add_dump(b, 1);
	*state = b;
	return 0;
}

/* Folders too. */
static void
empty(const char *path)
{
	int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = opendir(path);
	struct dirent *entry;
	struct err ignored;

	while (list != NULL && (entry = readdir(list)) != NULL) {
		if (entry->d_type == DT_DIR && entry->d_name[0] != '.')
			(void)load_remove_tree(dir, entry->d_name, &ignored);
	}
	if (list != NULL)
		closedir(list);
	close(dir);
}

static int
teardown(void **state)
{
	struct bed *b = *state;
	struct dbtest *t = malloc(sizeof(*t));
	void *inner = t;

	if (t == NULL)
		return -1;
	*t = b->t;
	empty(t->dir);
	unlink(b->conf_file);
	free(b->archive);
	free(b);
	return dbtest_teardown(&inner);
}

static void
save(struct bed *b, const char *passphrase)
{
	struct save *s;
	struct err e;
	ssize_t n;

	free(b->archive);
	assert_non_null(b->archive = malloc(ARCHIVE_MAX));
	b->n = 0;
	s = save_start(b->t.db, &b->conf, b->conf_file, passphrase, &e);
	if (s == NULL)
		fail_msg("save: %s", e.msg);
	/* Odd pieces: no border of ours is one of theirs. */
	while ((n = save_read(s, b->archive + b->n, 4999, &e)) > 0)
		b->n += (size_t)n;
	assert_int_equal(n, 0);
	assert_int_equal(b->n, save_total(s));
	save_free(s);
}

static struct load *
take(struct bed *b, const uint8_t *p, size_t n, const char *passphrase, struct err *e)
{
	struct load *l = load_start(b->t.dir, passphrase, e);
	size_t at, piece;

	assert_non_null(l);
	for (at = 0; at < n; at += piece) {
		piece = n - at < 7001 ? n - at : 7001;
		if (load_put(l, p + at, piece, e) < 0)
			break;
	}
	if (at < n || load_finish(l, e) < 0) {
		load_free(l);
		return NULL;
	}
	return l;
}

static void
refused(struct bed *b, const char *name)
{
	struct err e = { .code = ERR_NONE };
	struct load *l = take(b, b->archive, b->n, NULL, &e);

	if (l != NULL || strcmp(e.name, name) != 0)
		fail_msg("wanted %s, got %s: %s", name, l != NULL ? "taken" : e.name,
		    e.msg);
	assert_non_null(strstr(e.msg, "othing was changed"));
	assert_int_equal(dbtest_count_files(&b->t, "loading"), 0);
}

/* ---- what goes in comes out ---- */

static bool
holds(const struct bed *b, const char *path)
{
	char tail[300];

	snprintf(tail, sizeof(tail), "  %s\n", path);
	return memmem(b->archive, b->n, tail, strlen(tail)) != NULL;
}

static void
all_of_it_is_saved(void **state)
{
	struct bed *b = *state;
	char sha[65], path[120];
	uint8_t *p = malloc(BED_BYTES);

	assert_non_null(p);
	put_file(dbtest_path(&b->t, "a-file-of-tomorrow"), "taken by rule");
	save(b, NULL);
	bed_bytes(1, p, sha);
	free(p);
	snprintf(path, sizeof(path), "state/dumps/%s.bin", sha);
	assert_true(holds(b, path));
	snprintf(path, sizeof(path), "state/dumps/%s-1.json", sha);
	assert_true(holds(b, path));
	assert_true(holds(b, "state/inventory.db"));
	assert_true(holds(b, "state/photos/1.jpg"));
	assert_true(holds(b, "state/jobs/1.log"));
	assert_true(holds(b, "state/a-file-of-tomorrow"));
	assert_true(holds(b, "config/camherd.conf"));
	assert_false(holds(b, "state/jobs/1.part"));
}

static void
a_file_that_cannot_be_held_is_named(void **state)
{
	struct bed *b = *state;
	struct err e;

	assert_int_equal(symlink("/etc/passwd", dbtest_path(&b->t, "photos/link")), 0);
	assert_null(save_start(b->t.db, &b->conf, b->conf_file, NULL, &e));
	assert_string_equal(e.name, "archive-odd-file");
	assert_non_null(strstr(e.msg, "photos/link"));
}

static void
a_sealed_archive_shows_nothing(void **state)
{
	struct bed *b = *state;

	save(b, NULL);
	assert_non_null(memmem(b->archive, b->n, "secret-of-garden", 16));
	save(b, PASSPHRASE);
	assert_null(memmem(b->archive, b->n, "secret-of-garden", 16));
	assert_null(memmem(b->archive, b->n, "inventory", 9));
}

static void
the_plan_says_what_differs(void **state)
{
	struct bed *b = *state;
	struct load *l;
	struct err e;
	json_t *plan, *v;

	save(b, PASSPHRASE);
	add_camera(b->t.db, "later");
	dbtest_sql(&b->t, "UPDATE camera SET notes = 'x' WHERE name = 'garden'");
	add_dump(b, 2);
	put_file(b->conf_file, "[log]\nlevel = debug\n");
	assert_non_null(l = take(b, b->archive, b->n, PASSPHRASE, &e));
	assert_non_null(plan = load_plan(l, b->t.db, &b->conf, b->conf_file, &e));
	v = json_object_get(plan, "cameras");
	assert_string_equal(
	    json_string_value(json_array_get(json_object_get(v, "only_here"), 0)), "later");
	assert_string_equal(
	    json_string_value(json_array_get(json_object_get(v, "changed"), 0)), "garden");
	v = json_object_get(plan, "dumps");
	assert_int_equal(json_integer_value(json_object_get(v, "archive")), 1);
	assert_int_equal(json_integer_value(json_object_get(v, "here")), 2);
	assert_int_equal(json_integer_value(json_object_get(v, "new")), 0);
	assert_int_equal(json_integer_value(json_object_get(v, "only_here")), 1);
	v = json_array_get(json_object_get(plan, "config"), 0);
	assert_true(json_is_false(json_object_get(v, "same")));
	assert_true(json_is_null(json_object_get(plan, "blocked")));
	json_decref(plan);
	load_free(l);
	assert_int_equal(dbtest_count_files(&b->t, "loading"), 0);
}

/* ---- what is not an archive of ours ---- */

static void
wherever_it_is_cut_it_is_refused(void **state)
{
	struct bed *b = *state;
	struct err e;
	struct load *l;
	size_t whole, at;

	save(b, NULL);
	whole = b->n;
	for (at = 0; at < whole; at += at < 4096 || whole - at < 4096 ? 511 : 60013) {
		e.code = ERR_NONE;
		if ((l = take(b, b->archive, at, NULL, &e)) != NULL)
			fail_msg("cut at %zu of %zu it was taken", at, whole);
		assert_true(strcmp(e.name, "archive-damaged") == 0 ||
		    strcmp(e.name, "archive-foreign") == 0);
	}
	save(b, PASSPHRASE);
	whole = b->n;
	l = take(b, b->archive, whole - 1, PASSPHRASE, &e);
	assert_null(l);
	assert_string_equal(e.name, "archive-damaged");
	/* At the border of a block, too: the end must say that it is the end. */
	l = take(b, b->archive, SEAL_HEAD + SEAL_CIPHER, PASSPHRASE, &e);
	assert_null(l);
	assert_string_equal(e.name, "archive-damaged");
	assert_int_equal(dbtest_count_files(&b->t, "loading"), 0);
}

/* Where a file's bytes begin in the archive. */
static size_t
find_entry(const struct bed *b, const char *path)
{
	struct tar_entry t;
	size_t at = 0;
	struct err e;

	while (at + TAR_BLOCK <= b->n && tar_parse(b->archive + at, &t, &e) == 1) {
		if (strcmp(t.path, path) == 0)
			return at;
		at += TAR_BLOCK + (size_t)t.size + tar_padding(t.size);
	}
	fail_msg("no %s in the archive", path);
	return 0;
}

static void
one_changed_bit_is_noticed(void **state)
{
	struct bed *b = *state;
	const char *seed = getenv("SEED");
	unsigned i, random = seed != NULL ? (unsigned)atoi(seed) : 1;
	struct tar_entry t;
	struct err e;
	size_t at, bit;

	save(b, NULL);
	at = find_entry(b, "state/inventory.db");
	assert_int_equal(tar_parse(b->archive + at, &t, &e), 1);
	for (i = 0; i < 12; i++) {
		random = random * 1103515245 + 12345;
		bit = at + TAR_BLOCK + (random >> 8) % t.size;
		b->archive[bit] ^= 1;
		refused(b, "archive-damaged");
		b->archive[bit] ^= 1;
	}
	b->archive[at + 3] ^= 1;
	refused(b, "archive-damaged");
	save(b, PASSPHRASE);
	for (i = 0; i < 3; i++) {
		bit = SEAL_HEAD + i * 60000;
		b->archive[bit] ^= 1;
		assert_null(take(b, b->archive, b->n, PASSPHRASE, &e));
		b->archive[bit] ^= 1;
	}
	assert_null(take(b, b->archive, b->n, "another passphrase", &e));
	assert_string_equal(e.name, "passphrase-wrong");
	refused(b, "passphrase-needed");
}

/* Change the header of an entry and mend its sum. */
static void
forge(struct bed *b, const char *path, const char *new_path, char type, uint64_t size)
{
	size_t at = find_entry(b, path);
	uint8_t *h = b->archive + at;
	unsigned sum = 0, i;

	if (new_path != NULL) {
		memset(h, 0, 100);
		memset(h + 345, 0, 155);
		memcpy(h, new_path, strlen(new_path));
	}
	if (type != 0)
		h[156] = (uint8_t)type;
	if (size != 0)
		snprintf((char *)h + 124, 12, "%011llo", (unsigned long long)size);
	memset(h + 148, ' ', 8);
	for (i = 0; i < TAR_BLOCK; i++)
		sum += h[i];
	snprintf((char *)h + 148, 8, "%06o", sum);
}

static void
names_that_lead_elsewhere_are_refused(void **state)
{
	static const char *const bad[] = { "../../etc/passwd", "/etc/passwd",
		"state/../../x", "state//x", "state/./x", "state/a\\b", "state/a\nb",
		"state/.hidden", "state/a/b/c/d/e/f/g/h/i/j/k", "state/" };
	struct bed *b = *state;
	unsigned i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		save(b, NULL);
		forge(b, "state/photos/1.jpg", bad[i], 0, 0);
		refused(b, "archive-path");
	}
	save(b, NULL);
	forge(b, "state/photos/1.jpg", "somewhere/else", 0, 0);
	refused(b, "archive-foreign");
	save(b, NULL);
	forge(b, "state/photos/1.jpg", "state/loading/order.json", 0, 0);
	refused(b, "archive-foreign");
	save(b, NULL);
	forge(b, "state/photos/1.jpg", "state/jobs/1.log", 0, 0);
	refused(b, "archive-damaged");
	save(b, NULL);
	forge(b, "state/photos/1.jpg", "state/jobs", 0, 0);
	refused(b, "archive-damaged");
}

static void
links_and_bombs_are_refused(void **state)
{
	struct bed *b = *state;

	save(b, NULL);
	forge(b, "state/photos/1.jpg", NULL, '2', 0);
	refused(b, "archive-foreign");
	save(b, NULL);
	forge(b, "state/photos/1.jpg", NULL, '5', 0);
	refused(b, "archive-foreign");
	save(b, NULL);
	forge(b, "state/photos/1.jpg", NULL, 0, 1ull << 31);
	refused(b, "archive-damaged");
	save(b, NULL);
	forge(b, "state/photos/1.jpg", NULL, 0, (1ull << 32) + 1);
	refused(b, "archive-size");
}

/* The first file is rewritten in place; the manifest then does not fit, but what it says
 * is judged first. */
static void
head_says(struct bed *b, const char *text)
{
	size_t at = find_entry(b, ARCHIVE_HEAD);
	struct tar_entry t;
	struct err e;

	assert_int_equal(tar_parse(b->archive + at, &t, &e), 1);
	assert_true(strlen(text) <= t.size);
	memset(b->archive + at + TAR_BLOCK, ' ', (size_t)t.size);
	memcpy(b->archive + at + TAR_BLOCK, text, strlen(text));
}

static void
newer_foreign_and_too_large_ones_are_named(void **state)
{
	struct bed *b = *state;

	save(b, NULL);
	head_says(b, "{\"format\":2,\"camherd\":\"9\"}");
	refused(b, "archive-newer");
	save(b, NULL);
	head_says(b, "{\"hello\":1}");
	refused(b, "archive-foreign");
	save(b, NULL);
	head_says(b, "{\"format\":1,\"schema\":2,\"files\":9,\"bytes\":999999999999999}");
	refused(b, "disk-full");
	memset(b->archive, 'x', b->n);
	refused(b, "archive-foreign");
	b->n = 3;
	refused(b, "archive-foreign");
	b->n = 0;
	refused(b, "archive-foreign");
}

static void
an_inventory_of_tomorrow_is_refused(void **state)
{
	struct bed *b = *state;

	dbtest_sql(&b->t, "UPDATE setting SET value = '9000' WHERE key = 'oldest_program'");
	dbtest_sql(&b->t, "PRAGMA user_version = 9000");
	save(b, NULL);
	refused(b, "archive-newer");
}

static void
a_dump_that_rotted_before_is_named(void **state)
{
	struct bed *b = *state;
	char sha[65], name[100];
	uint8_t *p = malloc(BED_BYTES);
	int fd;

	assert_non_null(p);
	bed_bytes(1, p, sha);
	free(p);
	snprintf(name, sizeof(name), "dumps/%s.bin", sha);
	assert_int_equal(chmod(dbtest_path(&b->t, name), 0640), 0);
	assert_true((fd = open(dbtest_path(&b->t, name), O_WRONLY)) >= 0);
	assert_int_equal(pwrite(fd, "rot", 3, 5000), 3);
	close(fd);
	save(b, NULL);
	refused(b, "archive-dump-damaged");
}

/* ---- taking it in ---- */

static void
open_flashd(struct bed *b, struct flashd *f)
{
	struct err e;

	memset(f, 0, sizeof(*f));
	f->conf = b->conf;
	f->db = b->t.db;
	assert_non_null(f->store = store_open(b->t.dir, NULL, NULL, &e));
	f->state_dir = open(b->t.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(f->state_dir >= 0);
}

static void
close_flashd(struct flashd *f)
{
	store_close(f->store);
	close(f->state_dir);
}

/* The state after the archive was made: a camera more, a dump more, another picture. */
static void
live_on(struct bed *b)
{
	add_camera(b->t.db, "later");
	add_dump(b, 2);
	put_file(dbtest_path(&b->t, "photos/1.jpg"), "another picture");
}

static void
commit(struct bed *b)
{
	struct load *l;
	struct err e;
	char id[33];

	assert_non_null(l = take(b, b->archive, b->n, NULL, &e));
	assert_ok(load_commit(l, b->t.db, "anna", id, &e), e);
	load_free(l);
	assert_int_equal(dbtest_count_files(&b->t, "loading"), 1);
	/* flashd's own mark that all was read and it goes on whatever comes. */
	put_file(dbtest_path(&b->t, "loading/switching"), "");
}

static void
check_taken(struct bed *b)
{
	char text[100], before[200], result[2000];
	struct err e;
	json_t *doc;
	FILE *f;

	assert_int_equal(dbtest_count_files(&b->t, "loading"), 0);
	assert_int_equal(dbtest_sql(&b->t, "SELECT count(*) FROM camera"), 1);
	assert_int_equal(dbtest_sql(&b->t, "SELECT count(*) FROM dump"), 2);
	assert_int_equal(dbtest_sql(&b->t, "SELECT count(*) FROM dump WHERE missing"), 0);
	assert_int_equal(dbtest_sql(&b->t, "SELECT count(*) FROM session"), 0);
	assert_non_null(f = fopen(dbtest_path(&b->t, "photos/1.jpg"), "r"));
	assert_non_null(fgets(text, sizeof(text), f));
	fclose(f);
	assert_string_equal(text, "a picture of the board");
	assert_ok(setting_get(b->t.db, LOAD_RESULT_KEY, "{}", result, sizeof(result), &e),
	    e);
	assert_non_null(doc = json_loads(result, 0, NULL));
	assert_true(json_is_true(json_object_get(doc, "ok")));
	snprintf(before, sizeof(before), "%s/photos/1.jpg",
	    json_string_value(json_object_get(doc, "before")));
	assert_non_null(f = fopen(dbtest_path(&b->t, before), "r"));
	assert_non_null(fgets(text, sizeof(text), f));
	fclose(f);
	assert_string_equal(text, "another picture");
	snprintf(before, sizeof(before), "%s/inventory.db",
	    json_string_value(json_object_get(doc, "before")));
	assert_int_equal(access(dbtest_path(&b->t, before), R_OK), 0);
	json_decref(doc);
}

static void
it_becomes_the_archive_and_no_dump_is_lost(void **state)
{
	struct bed *b = *state;
	struct flashd f;

	save(b, NULL);
	live_on(b);
	commit(b);
	open_flashd(b, &f);
	takein_recover(&f);
	close_flashd(&f);
	check_taken(b);
}

struct end {
	struct bed *b;
	int calls;
};

/* Another process: its own connection and store; ends at the call. */
static int
take_in_and_die(void *arg)
{
	struct end *end = arg;
	struct flashd f;
	struct err e;

	end->b->t.db = db_open(end->b->t.dir, DB_READ_WRITE, &e);
	open_flashd(end->b, &f);
	calls_left = end->calls;
	takein_recover(&f);
	calls_left = -1;
	close_flashd(&f);
	db_close(end->b->t.db);
	return 0;
}

/* Every call in a long run, every third in a short one. */
static int
stride(void)
{
	return getenv("CHECK_LONG_PART") != NULL ? 1 : 3;
}

static void
ended_anywhere_it_goes_on(void **state)
{
	struct bed *b = *state;
	struct end end = { .b = b };
	struct flashd f;
	struct err e;
	int status = 99;

	for (end.calls = 0; status == 99; end.calls += stride()) {
		/* A fresh appliance for each end: as the archive left it, and lived on. */
		void *fresh = NULL;
		struct bed *c;

		assert_int_equal(setup(&fresh), 0);
		c = fresh;
		save(c, NULL);
		live_on(c);
		commit(c);
		db_close(c->t.db);
		c->t.db = NULL;
		end.b = c;
		status = dbtest_wait(dbtest_fork(take_in_and_die, &end));
		assert_non_null(c->t.db = db_open(c->t.dir, DB_READ_WRITE, &e));
		open_flashd(c, &f);
		takein_recover(&f);
		close_flashd(&f);
		/* What was being thrown away goes with the next archive. */
		load_free(load_start(c->t.dir, NULL, &e));
		check_taken(c);
		assert_int_equal(teardown(&fresh), 0);
	}
	assert_int_equal(status, 0);
	assert_true(end.calls > 10);
}

static void
open_jobs_stand_in_its_way(void **state)
{
	struct bed *b = *state;
	struct job j = { .kind = JOB_REBUILD };
	struct load *l;
	struct err e;
	char id[33];

	save(b, NULL);
	assert_ok(job_submit(b->t.db, &j, &e), e);
	assert_non_null(l = take(b, b->archive, b->n, NULL, &e));
	assert_err(load_commit(l, b->t.db, "anna", id, &e), e, ERR_REFUSED,
	    "archive-jobs-open");
	load_free(l);
	assert_int_equal(dbtest_count_files(&b->t, "loading"), 0);
}

static void
jobs_that_were_open_then_are_not_begun_now(void **state)
{
	struct bed *b = *state;
	struct job j = { .kind = JOB_REBUILD };
	struct flashd f;
	struct err e;

	assert_ok(job_submit(b->t.db, &j, &e), e);
	save(b, NULL);
	assert_ok(job_cancel(b->t.db, j.id, &e), e);
	live_on(b);
	commit(b);
	open_flashd(b, &f);
	takein_recover(&f);
	close_flashd(&f);
	check_taken(b);
	assert_int_equal(
	    dbtest_sql(&b->t, "SELECT count(*) FROM job WHERE state = 'cancelled'"), 1);
	assert_int_equal(
	    dbtest_sql(&b->t, "SELECT count(*) FROM job WHERE state != 'cancelled'"), 0);
}

#define EACH(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		EACH(all_of_it_is_saved),
		EACH(a_file_that_cannot_be_held_is_named),
		EACH(a_sealed_archive_shows_nothing),
		EACH(the_plan_says_what_differs),
		EACH(wherever_it_is_cut_it_is_refused),
		EACH(one_changed_bit_is_noticed),
		EACH(names_that_lead_elsewhere_are_refused),
		EACH(links_and_bombs_are_refused),
		EACH(newer_foreign_and_too_large_ones_are_named),
		EACH(an_inventory_of_tomorrow_is_refused),
		EACH(a_dump_that_rotted_before_is_named),
		EACH(it_becomes_the_archive_and_no_dump_is_lost),
		EACH(ended_anywhere_it_goes_on),
		EACH(open_jobs_stand_in_its_way),
		EACH(jobs_that_were_open_then_are_not_begun_now),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests_name("archive", tests, NULL, NULL);
}
