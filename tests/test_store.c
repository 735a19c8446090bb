/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The dump library on a disk that fails: every call of the store in turn is the last
 * one, or fails, and what is found afterwards is looked at. */
#include "config.h"

#include "tests/unit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/err.h"
#include "common/file.h"
#include "db/camera.h"
#include "db/db.h"
#include "db/dump.h"
#include "db/sidecar.h"
#include "flashd/library.h"
#include "flashd/store.h"
#include "tests/crashworld.h"

#define SIZE 20000u

struct place {
	char state[100], dumps[120];
	struct db *db;
	struct store *store;
};

static char fresh_db[64]; /* an empty inventory, to copy */

static void run(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static void
run(const char *fmt, ...)
{
	char command[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(command, sizeof(command), fmt, ap);
	va_end(ap);
	if (system(command) != 0)
		fail_msg("failed: %s", command);
}

static int
setup(void **state)
{
	struct err e;

	(void)state;
	/* Hundreds of small stores: in memory where that is to be had. */
	snprintf(fresh_db, sizeof(fresh_db), "%s/camherd-store.XXXXXX",
	    access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	if (sodium_init() < 0 || mkdtemp(fresh_db) == NULL)
		return -1;
	return db_upgrade(fresh_db, NULL, NULL, NULL, &e);
}

static int
teardown(void **state)
{
	(void)state;
	run("rm -rf %s", fresh_db);
	return 0;
}

/* A new state folder; from = another one's inventory and dumps, or NULL. */
static void
place_make(struct place *p)
{
	memset(p, 0, sizeof(*p));
	snprintf(p->state, sizeof(p->state), "%s/s.XXXXXX", fresh_db);
	assert_non_null(mkdtemp(p->state));
	snprintf(p->dumps, sizeof(p->dumps), "%s/dumps", p->state);
}

static void
place_open(struct place *p, struct world *w)
{
	struct err e;

	p->db = db_open(p->state, DB_READ_WRITE, &e);
	assert_non_null(p->db);
	p->store = store_open(p->state, w != NULL ? &world_ops : NULL, w, &e);
	assert_non_null(p->store);
}

static void
place_close(struct place *p)
{
	store_close(p->store);
	db_close(p->db);
	p->store = NULL;
	p->db = NULL;
}

static void
place_new(struct place *p)
{
	place_make(p);
	run("cp %s/inventory.db %s/", fresh_db, p->state);
	place_open(p, NULL);
}

static void
place_drop(struct place *p)
{
	place_close(p);
	run("rm -rf %s", p->state);
}

static void
fill(uint8_t *p, unsigned seed)
{
	size_t i;

	for (i = 0; i < SIZE; i++)
		p[i] = (uint8_t)((i * 31 + seed * 7919) >> 3);
}

static void
describe(struct dump *d, const uint8_t *p, const char *chip_id)
{
	unsigned char digest[32];

	memset(d, 0, sizeof(*d));
	crypto_hash_sha256(digest, p, SIZE);
	sodium_bin2hex(d->sha256, sizeof(d->sha256), digest, sizeof(digest));
	d->size = SIZE;
	d->verified = true;
	d->passes = 2;
	d->job_id = 9;
	snprintf(d->kind, sizeof(d->kind), "backup");
	snprintf(d->chip, sizeof(d->chip), "xr872");
	snprintf(d->chip_id, sizeof(d->chip_id), "%s", chip_id);
	snprintf(d->port, sizeof(d->port), "/dev/x");
	snprintf(d->tool, sizeof(d->tool), "test");
}

/* A whole backup: part, bytes, seal, row. */
static int
store_dump(struct place *p, unsigned seed, const char *chip_id, struct dump *d,
    int64_t *ret_same, struct err *e)
{
	char part[STORE_NAME_MAX];
	uint8_t bytes[SIZE];
	int fd, r;

	fill(bytes, seed);
	describe(d, bytes, chip_id);
	if ((fd = store_part(p->store, 9, part, e)) < 0)
		return -1;
	r = file_write_all(fd, bytes, SIZE, e);
	if (r == 0)
		r = library_seal(p->db, p->store, fd, part, d, ret_same, e);
	if (r < 0)
		store_drop_part(p->store, part);
	close(fd);
	return r < 0 ? -1 : library_index(p->db, d, e);
}

static unsigned
count_files(const char *folder, const char *ending)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	unsigned n = 0;
	size_t len, tail = strlen(ending);

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		len = strlen(entry->d_name);
		n += entry->d_type == DT_REG && len >= tail &&
		    strcmp(entry->d_name + len - tail, ending) == 0;
	}
	closedir(dir);
	return n;
}

struct census {
	struct place *p;
	unsigned rows, missing;
	const char *sha256; /* count these apart */
	unsigned of_sha;
};

static bool
take_census(const struct dump *d, void *arg)
{
	struct census *c = arg;

	c->rows++;
	c->missing += d->missing;
	c->of_sha += c->sha256 != NULL && strcmp(d->sha256, c->sha256) == 0;
	return true;
}

static struct census
census(struct place *p, const char *sha256)
{
	struct census c = { .p = p, .sha256 = sha256 };
	struct err e;

	assert_int_equal(dump_each(p->db, 0, take_census, &c, &e), 0);
	return c;
}

static void
a_backup_is_kept_and_described(void **state)
{
	struct library_counts n;
	struct dump d, row;
	struct stat st;
	struct place p;
	char path[300];
	int64_t same = -1;
	struct err e;

	(void)state;
	place_new(&p);
	assert_int_equal(store_dump(&p, 1, "aa", &d, &same, &e), 0);
	assert_int_equal(same, 0);
	assert_int_equal(dump_by_id(p.db, d.id, &row, &e), 0);
	assert_true(row.verified && !row.missing && row.same_bytes == 1);
	assert_int_equal(store_check(p.store, d.sha256, SIZE, &e), 0);
	snprintf(path, sizeof(path), "%s/%s.bin", p.dumps, d.sha256);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0440);
	assert_int_equal(count_files(p.dumps, ".json"), 1);
	assert_int_equal(count_files(p.dumps, ".part"), 0);
	assert_int_equal(library_rebuild(p.db, p.store, true, &n, &e), 0);
	assert_int_equal(
	    n.added + n.missing + n.found + n.adopted + n.described + n.unreadable, 0);
	place_drop(&p);
}

static void
same_bytes_are_stored_once(void **state)
{
	struct dump a, b, again, row;
	int64_t same;
	struct place p;
	struct err e;

	(void)state;
	place_new(&p);
	assert_int_equal(store_dump(&p, 1, "aa", &a, &same, &e), 0);
	assert_int_equal(store_dump(&p, 1, "bb", &b, &same, &e), 0);
	assert_int_equal(same, a.id);
	assert_true(b.id != a.id);
	assert_int_equal(dump_by_id(p.db, a.id, &row, &e), 0);
	assert_int_equal(row.same_bytes, 2);
	assert_int_equal(row.same_cameras, 2);
	/* The same camera once more needs no third row. */
	assert_int_equal(store_dump(&p, 1, "aa", &again, &same, &e), 0);
	assert_int_equal(again.id, a.id);
	assert_int_equal(same, a.id);
	assert_int_equal(count_files(p.dumps, ".bin"), 1);
	assert_int_equal(count_files(p.dumps, ".json"), 2);
	assert_int_equal(count_files(p.dumps, ".part"), 0);
	place_drop(&p);
}

static void
what_is_not_what_was_said_is_not_kept(void **state)
{
	char part[STORE_NAME_MAX];
	uint8_t bytes[SIZE];
	struct place p;
	struct dump d;
	int64_t same;
	struct err e;
	int fd;

	(void)state;
	place_new(&p);
	fill(bytes, 1);
	describe(&d, bytes, "aa");
	bytes[777] ^= 4;
	fd = store_part(p.store, 9, part, &e);
	assert_true(fd >= 0);
	assert_int_equal(file_write_all(fd, bytes, SIZE, &e), 0);
	assert_int_equal(library_seal(p.db, p.store, fd, part, &d, &same, &e), -1);
	assert_int_equal(e.code, ERR_MISMATCH);
	assert_int_equal(count_files(p.dumps, ".bin"), 0);
	close(fd);
	place_drop(&p);
}

static void
a_rotten_file_gives_way_to_a_good_one(void **state)
{
	char path[300], bin[300];
	struct dump a, b;
	struct place p;
	int64_t same;
	struct err e;
	int fd;

	(void)state;
	place_new(&p);
	assert_int_equal(store_dump(&p, 1, "aa", &a, &same, &e), 0);
	snprintf(path, sizeof(path), "%s/%s.bin", p.dumps, a.sha256);
	assert_int_equal(chmod(path, 0640), 0);
	fd = open(path, O_WRONLY);
	assert_int_equal(pwrite(fd, "rot", 3, 100), 3);
	close(fd);
	assert_int_equal(store_check(p.store, a.sha256, SIZE, &e), -1);
	assert_int_equal(e.code, ERR_MISMATCH);
	assert_int_equal(store_dump(&p, 1, "bb", &b, &same, &e), 0);
	assert_int_equal(store_check(p.store, a.sha256, SIZE, &e), 0);
	snprintf(bin, sizeof(bin), "%s/bin", p.dumps);
	assert_int_equal(count_files(bin, ""), 1);
	place_drop(&p);
}

/* Whatever the disk holds: start on it and look. */
static void
look_at_disk(struct world *w, const struct place *from, enum world_disk disk,
    const struct dump *old, const struct dump *fresh, bool promised)
{
	struct library_counts n;
	struct census c;
	struct place p;
	struct dump d;
	int64_t same;
	struct err e;

	place_make(&p);
	run("cp %s/inventory.db %s/ && mkdir -m 750 %s", from->state, p.state, p.dumps);
	world_disk(w, disk, p.dumps);
	place_open(&p, NULL);
	assert_int_equal(library_rebuild(p.db, p.store, true, &n, &e), 0);
	assert_int_equal(n.unreadable, 0);
	assert_int_equal(store_check(p.store, old->sha256, SIZE, &e), 0);
	c = census(&p, fresh->sha256);
	assert_int_equal(c.missing, 0);
	assert_true(c.of_sha <= 1 && c.rows - c.of_sha == 1);
	if (c.of_sha == 1)
		assert_int_equal(store_check(p.store, fresh->sha256, SIZE, &e), 0);
	else
		assert_false(promised);
	assert_int_equal(count_files(p.dumps, ".part"), 0);
	/* And the backup can be made (again). */
	assert_int_equal(store_dump(&p, 2, "bb", &d, &same, &e), 0);
	assert_int_equal(store_check(p.store, fresh->sha256, SIZE, &e), 0);
	place_drop(&p);
}

/* Store a second dump in a world that ends at the call; true when it did end. */
static bool
end_at(unsigned call, enum world_when when, unsigned *ret_checks)
{
	struct dump old, fresh;
	struct place p;
	struct world w;
	int64_t same;
	struct err e;
	bool promised, ended;
	int disk;

	place_new(&p);
	assert_int_equal(store_dump(&p, 1, "aa", &old, &same, &e), 0);
	place_close(&p);
	world_init(&w, p.dumps);
	w.end_at = call;
	w.when = when;
	place_open(&p, &w);
	promised = store_dump(&p, 2, "bb", &fresh, &same, &e) == 0;
	ended = w.ended;
	assert_int_equal(promised, !ended);
	store_close(p.store);
	p.store = NULL;
	for (disk = 0; disk < N_WORLD_DISKS; disk++, (*ret_checks)++)
		look_at_disk(&w, &p, (enum world_disk)disk, &old, &fresh, promised);
	world_fini(&w);
	place_drop(&p);
	return ended;
}

static void
the_world_may_end_at_any_call(void **state)
{
	unsigned call, checks = 0;
	int when;

	(void)state;
	for (call = 1;; call++) {
		bool ended = false;

		for (when = WORLD_BEFORE; when <= WORLD_AFTER; when++)
			ended = end_at(call, (enum world_when)when, &checks) || ended;
		if (!ended)
			break;
	}
	/* All steps of the protocol were there to end at. */
	assert_true(call > 10 && checks > 100);
}

static void
any_call_may_fail(void **state)
{
	static const int errors[] = { ENOSPC, EIO, EROFS };
	struct dump old, fresh;
	unsigned call, calls = 0, i;
	struct place p;
	struct world w;
	int64_t same;
	struct err e;

	(void)state;
	for (call = 1;; call++) {
		for (i = 0; i < 3; i++) {
			place_new(&p);
			assert_int_equal(store_dump(&p, 1, "aa", &old, &same, &e), 0);
			place_close(&p);
			world_init(&w, p.dumps);
			w.end_at = call;
			w.fail_errno = errors[i];
			place_open(&p, &w);
			if (store_dump(&p, 2, "bb", &fresh, &same, &e) < 0) {
				assert_int_equal(census(&p, NULL).rows, 1);
				assert_true(e.msg[0] != '\0');
			}
			calls = w.calls;
			w.end_at = 0;
			assert_int_equal(store_check(p.store, old.sha256, SIZE, &e), 0);
			/* The service goes on: the same backup again. */
			assert_int_equal(store_dump(&p, 2, "bb", &fresh, &same, &e), 0);
			assert_int_equal(
			    store_check(p.store, fresh.sha256, SIZE, &e), 0);
			assert_int_equal(count_files(p.dumps, ".part"), 0);
			world_fini(&w);
			place_drop(&p);
		}
		if (calls < call)
			break;
	}
	assert_true(call > 10);
}

static void
one_store_one_flashd(void **state)
{
	struct place p;
	struct err e;

	(void)state;
	place_new(&p);
	assert_null(store_open(p.state, NULL, NULL, &e));
	assert_int_equal(e.code, ERR_REFUSED);
	assert_string_equal(e.name, "store-taken");
	place_drop(&p);
}

static void
a_folder_open_to_others_is_refused(void **state)
{
	struct place p;
	struct err e;

	(void)state;
	place_new(&p);
	store_close(p.store);
	assert_int_equal(chmod(p.dumps, 0770), 0);
	p.store = store_open(p.state, NULL, NULL, &e);
	assert_null(p.store);
	assert_string_equal(e.name, "store-open-to-others");
	/* Nor a link to somewhere else. */
	run("mv %s %s.real && ln -s dumps.real %s", p.dumps, p.dumps, p.dumps);
	p.store = store_open(p.state, NULL, NULL, &e);
	assert_null(p.store);
	place_drop(&p);
}

static void
the_index_is_built_again_from_the_files(void **state)
{
	struct camera cam = { .name = "porch", .enabled = true };
	struct library_counts n;
	struct dump a, b, row;
	struct place p;
	int64_t same;
	struct err e;

	(void)state;
	place_new(&p);
	assert_int_equal(store_dump(&p, 1, "aa", &a, &same, &e), 0);
	assert_int_equal(store_dump(&p, 1, "bb", &b, &same, &e), 0);
	place_close(&p);
	run("cp %s/inventory.db %s/", fresh_db, p.state);
	place_open(&p, NULL);
	assert_int_equal(camera_add(p.db, &cam, &e), 0);
	assert_int_equal(
	    camera_set_hardware(p.db, cam.id, "xr872", "aa", "", "", &e), 0);
	assert_int_equal(library_rebuild(p.db, p.store, true, &n, &e), 0);
	assert_int_equal(n.added, 2);
	assert_int_equal(dump_by_sidecar(p.db, a.sidecar, &row, &e), 0);
	assert_string_equal(row.chip_id, "aa");
	assert_string_equal(row.camera, "porch");
	assert_true(row.verified && row.passes == 2 && row.job_id == 9);
	assert_int_equal(row.created_s, a.created_s);
	place_drop(&p);
}

static void
what_is_gone_is_flagged_and_may_come_back(void **state)
{
	struct library_counts n;
	struct dump d, row;
	struct place p;
	char path[300];
	int64_t same;
	struct err e;

	(void)state;
	place_new(&p);
	assert_int_equal(store_dump(&p, 1, "aa", &d, &same, &e), 0);
	snprintf(path, sizeof(path), "%s/%s.bin", p.dumps, d.sha256);
	run("mv %s %s.away", path, path);
	assert_int_equal(library_rebuild(p.db, p.store, true, &n, &e), 0);
	assert_int_equal(n.missing, 1);
	assert_int_equal(dump_by_id(p.db, d.id, &row, &e), 0);
	assert_true(row.missing);
	assert_int_equal(store_get(p.store, d.sha256, &e), -1);
	assert_int_equal(e.code, ERR_NOT_FOUND);
	run("mv %s.away %s", path, path);
	/* Its description is written again, too. */
	snprintf(path, sizeof(path), "%s/%s", p.dumps, d.sidecar);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(library_rebuild(p.db, p.store, true, &n, &e), 0);
	assert_int_equal(n.found, 1);
	assert_int_equal(n.described, 1);
	assert_int_equal(access(path, R_OK), 0);
	place_drop(&p);
}

static void
strangers_in_the_folder_are_judged(void **state)
{
	char path[300], bin[300];
	struct library_counts n;
	uint8_t bytes[SIZE];
	struct dump d, row;
	struct place p;
	struct err e;
	int fd;

	(void)state;
	place_new(&p);
	fill(bytes, 3);
	describe(&d, bytes, "");
	/* Bytes that are what their name says, without a description. */
	snprintf(path, sizeof(path), "%s/%s.bin", p.dumps, d.sha256);
	fd = open(path, O_WRONLY | O_CREAT, 0640);
	assert_int_equal(file_write_all(fd, bytes, SIZE, &e), 0);
	close(fd);
	/* Bytes that are not, a broken description, and what a killed child left. */
	run("cp %s %s/%064d.bin", path, p.dumps, 1);
	run("echo '{}' > %s/%064d-1.json", p.dumps, 2);
	run("echo half > %s/job-3.part; : > %s/job-4.part", p.dumps, p.dumps);
	assert_int_equal(library_rebuild(p.db, p.store, true, &n, &e), 0);
	assert_int_equal(n.adopted, 1);
	assert_int_equal(n.unreadable, 1);
	assert_int_equal(dump_resolve(p.db, d.sha256, &row, &e), 0);
	assert_string_equal(row.kind, "import");
	assert_false(row.verified);
	assert_int_equal(census(&p, NULL).rows, 1);
	assert_int_equal(count_files(p.dumps, ".part"), 0);
	snprintf(bin, sizeof(bin), "%s/bin", p.dumps);
	assert_int_equal(count_files(bin, ""), 2);
	place_drop(&p);
}

static void
removed_dumps_wait_in_the_bin(void **state)
{
	struct timespec old[2] = { { .tv_sec = 1 }, { .tv_sec = 1 } };
	struct dump a, b, row;
	char bin[300];
	struct dirent *entry;
	struct place p;
	int64_t same;
	struct err e;
	DIR *dir;

	(void)state;
	place_new(&p);
	assert_int_equal(store_dump(&p, 1, "aa", &a, &same, &e), 0);
	assert_int_equal(store_dump(&p, 1, "bb", &b, &same, &e), 0);
	assert_int_equal(dump_by_id(p.db, a.id, &row, &e), 0);
	assert_int_equal(library_remove(p.db, p.store, &row, &e), 0);
	/* The other camera's row needs the bytes. */
	assert_int_equal(store_check(p.store, a.sha256, SIZE, &e), 0);
	assert_int_equal(dump_by_id(p.db, b.id, &row, &e), 0);
	assert_int_equal(library_remove(p.db, p.store, &row, &e), 0);
	assert_int_equal(census(&p, NULL).rows, 0);
	assert_int_equal(count_files(p.dumps, ""), 0);
	snprintf(bin, sizeof(bin), "%s/bin", p.dumps);
	assert_int_equal(count_files(bin, ""), 3);
	store_sweep_bin(p.store, db_now_s(p.db), 30);
	assert_int_equal(count_files(bin, ""), 3);
	dir = opendir(bin);
	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL)
		(void)utimensat(dirfd(dir), entry->d_name, old, 0);
	closedir(dir);
	store_sweep_bin(p.store, db_now_s(p.db), 30);
	assert_int_equal(count_files(bin, ""), 0);
	place_drop(&p);
}

static void
a_description_is_read_strictly(void **state)
{
	static const char *const bad[] = { "", "[]", "{}", "{\"format\":1}",
		"{\"format\":2,\"sha256\":\"\"}" };
	struct dump d, back;
	uint8_t bytes[SIZE];
	struct err e;
	size_t i;
	char *text, *at;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(sidecar_parse(bad[i], strlen(bad[i]), &back, &e), -1);
	fill(bytes, 1);
	describe(&d, bytes, "aa");
	snprintf(d.note, sizeof(d.note), "says \"hello\"\\");
	text = sidecar_format(&d);
	assert_non_null(text);
	assert_int_equal(sidecar_parse(text, strlen(text), &back, &e), 0);
	assert_string_equal(back.sha256, d.sha256);
	assert_string_equal(back.note, d.note);
	for (i = 0; i < strlen(text); i++)
		assert_int_equal(sidecar_parse(text, i, &back, &e), -1);
	at = strstr(text, d.sha256);
	memcpy(at, "../../etc/passwd", 16);
	assert_int_equal(sidecar_parse(text, strlen(text), &back, &e), -1);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_backup_is_kept_and_described),
		cmocka_unit_test(same_bytes_are_stored_once),
		cmocka_unit_test(what_is_not_what_was_said_is_not_kept),
		cmocka_unit_test(a_rotten_file_gives_way_to_a_good_one),
		cmocka_unit_test(the_world_may_end_at_any_call),
		cmocka_unit_test(any_call_may_fail),
		cmocka_unit_test(one_store_one_flashd),
		cmocka_unit_test(a_folder_open_to_others_is_refused),
		cmocka_unit_test(the_index_is_built_again_from_the_files),
		cmocka_unit_test(what_is_gone_is_flagged_and_may_come_back),
		cmocka_unit_test(strangers_in_the_folder_are_judged),
		cmocka_unit_test(removed_dumps_wait_in_the_bin),
		cmocka_unit_test(a_description_is_read_strictly),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
