/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The journal of a write: round trip, torn ends, lies. */
#include "config.h"

#include "tests/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/err.h"
#include "flashd/engine/journal.h"

#define RECORDS 5u
#define FILE_BYTES (JOURNAL_HEADER + RECORDS * JOURNAL_RECORD)

struct box {
	uint8_t file[FILE_BYTES + 100];
	struct journal j;
	struct err e;
};

static const struct journal_header header = { .job_id = 42,
	.image = { 1, 2 },
	.safety = { 3 },
	.flash_size = 0x10000,
	.sector = 4096,
	.jedec = { 0x5e, 0x32, 0x14 },
	.chip = "xr872",
	.chip_id = "00112233" };

static int
setup(void **state)
{
	static const struct {
		uint32_t sector;
		enum journal_state state;
	} events[RECORDS] = { { 3, JOURNAL_ERASING }, { 3, JOURNAL_WRITTEN },
		{ 3, JOURNAL_VERIFIED }, { 15, JOURNAL_ERASING },
		{ 0, JOURNAL_ERASING } };
	struct box *b = calloc(1, sizeof(*b));
	uint8_t *at = b->file + JOURNAL_HEADER;
	unsigned i;

	assert_true(sodium_init() >= 0);
	journal_encode_header(&header, b->file);
	for (i = 0; i < RECORDS; i++, at += JOURNAL_RECORD)
		journal_encode_record(
		    at - JOURNAL_HASH, i, events[i].sector, events[i].state, at);
	*state = b;
	return 0;
}

static int
teardown(void **state)
{
	free(*state);
	return 0;
}

static void
what_was_written_is_read_back(void **state)
{
	struct box *b = *state;

	assert_int_equal(journal_parse(b->file, FILE_BYTES, &b->j, &b->e), 0);
	assert_memory_equal(&b->j.header, &header, sizeof(header));
	assert_int_equal(b->j.n_records, RECORDS);
	assert_int_equal(b->j.n_sectors, 16);
	assert_int_equal(b->j.state[3], JOURNAL_VERIFIED);
	assert_int_equal(b->j.state[15], JOURNAL_ERASING);
	assert_int_equal(b->j.state[0], JOURNAL_ERASING);
	assert_int_equal(b->j.state[1], JOURNAL_PENDING);
	assert_false(b->j.torn);
}

static void
a_file_cut_anywhere_gives_the_records_before_the_cut(void **state)
{
	struct box *b = *state;
	size_t n;

	for (n = JOURNAL_HEADER; n < FILE_BYTES; n++) {
		assert_int_equal(journal_parse(b->file, n, &b->j, &b->e), 0);
		assert_int_equal(b->j.n_records, (n - JOURNAL_HEADER) / JOURNAL_RECORD);
		assert_int_equal(b->j.torn, (n - JOURNAL_HEADER) % JOURNAL_RECORD != 0);
	}
	for (n = 0; n < JOURNAL_HEADER; n++)
		assert_int_equal(journal_parse(b->file, n, &b->j, &b->e), -1);
}

static void
one_flipped_bit_never_makes_a_sector_verified(void **state)
{
	struct box *b = *state;
	size_t bit;
	unsigned i;

	for (bit = 0; bit < 8 * FILE_BYTES; bit++) {
		b->file[bit / 8] ^= (uint8_t)(1u << (bit % 8));
		if (journal_parse(b->file, FILE_BYTES, &b->j, &b->e) == 0) {
			assert_true(b->j.n_records < RECORDS);
			for (i = 0; i < b->j.n_sectors; i++)
				assert_true(
				    b->j.state[i] != JOURNAL_VERIFIED || i == 3);
		}
		b->file[bit / 8] ^= (uint8_t)(1u << (bit % 8));
	}
}

static void
a_record_out_of_its_place_ends_the_sound_part(void **state)
{
	struct box *b = *state;

	memcpy(b->file + JOURNAL_HEADER + JOURNAL_RECORD,
	    b->file + JOURNAL_HEADER + 2 * JOURNAL_RECORD, JOURNAL_RECORD);
	assert_int_equal(journal_parse(b->file, FILE_BYTES, &b->j, &b->e), 0);
	assert_int_equal(b->j.n_records, 1);
	assert_true(b->j.torn);
	assert_int_equal(b->j.state[3], JOURNAL_ERASING);
}

static void
a_sector_beyond_the_flash_is_not_taken(void **state)
{
	struct box *b = *state;

	journal_encode_record(b->file + FILE_BYTES - JOURNAL_HASH, RECORDS, 16,
	    JOURNAL_VERIFIED, b->file + FILE_BYTES);
	assert_int_equal(
	    journal_parse(b->file, FILE_BYTES + JOURNAL_RECORD, &b->j, &b->e), 0);
	assert_int_equal(b->j.n_records, RECORDS);
}

static void
an_impossible_flash_is_refused(void **state)
{
	static const struct {
		uint32_t flash, sector;
	} rows[] = { { 0, 4096 }, { 4096, 0 }, { 5000, 4096 }, { 0x80000000, 4096 } };
	struct journal_header h = header;
	struct box *b = *state;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		h.flash_size = rows[i].flash;
		h.sector = rows[i].sector;
		journal_encode_header(&h, b->file);
		assert_int_equal(journal_parse(b->file, FILE_BYTES, &b->j, &b->e), -1);
		assert_string_equal(b->e.name, "journal-damaged");
	}
}

/* An end that was torn leaves sound-looking records behind; what is appended before
 * them must not bring them back. */
static void
an_old_end_is_never_taken_for_a_new_one(void **state)
{
	const uint8_t *last = NULL;
	struct box *b = *state;

	/* The first record is lost, as if its block had not reached the disk, and
	 * another one takes its place. */
	last = b->file + JOURNAL_HEADER - JOURNAL_HASH;
	journal_encode_record(last, 0, 5, JOURNAL_ERASING, b->file + JOURNAL_HEADER);
	assert_int_equal(journal_parse(b->file, FILE_BYTES, &b->j, &b->e), 0);
	assert_int_equal(b->j.n_records, 1);
	assert_int_equal(b->j.state[3], JOURNAL_PENDING);
	assert_int_equal(b->j.state[5], JOURNAL_ERASING);
}

static void
records_of_another_journal_do_not_count(void **state)
{
	struct journal_header h = header;
	struct box *b = *state;

	h.job_id = 43;
	journal_encode_header(&h, b->file);
	assert_int_equal(journal_parse(b->file, FILE_BYTES, &b->j, &b->e), 0);
	assert_int_equal(b->j.n_records, 0);
}

static int
memory_file(const uint8_t *p, size_t n)
{
	int fd = memfd_create("journal", MFD_CLOEXEC);

	assert_true(fd >= 0);
	if (n > 0)
		assert_int_equal(pwrite(fd, p, n, 0), (ssize_t)n);
	return fd;
}

static void
a_file_is_begun_and_gone_on_with(void **state)
{
	struct box *b = *state;
	struct journal_file f = { .fd = memory_file(b->file, FILE_BYTES) };
	unsigned done, open;

	/* Whatever was there is gone. */
	assert_int_equal(journal_begin(&f, &header, 16, &b->e), 0);
	assert_int_equal(journal_note(&f, 0, 16, JOURNAL_ERASING, true, &b->e), 0);
	assert_int_equal(journal_note(&f, 0, 4, JOURNAL_WRITTEN, false, &b->e), 0);
	assert_int_equal(journal_note(&f, 0, 4, JOURNAL_VERIFIED, false, &b->e), 0);
	/* A torn end is cut off. */
	assert_int_equal(pwrite(f.fd, b->file, 50, lseek(f.fd, 0, SEEK_END)), 50);
	memset(f.last, 0, sizeof(f.last));
	f.n_records = 99;
	assert_int_equal(journal_reopen(&f, &b->j, &b->e), 0);
	assert_true(b->j.torn);
	journal_count(&b->j, &done, &open);
	assert_int_equal(done, 4);
	assert_int_equal(open, 12);
	assert_int_equal(journal_note(&f, 4, 12, JOURNAL_VERIFIED, true, &b->e), 0);
	assert_int_equal(journal_read(f.fd, &b->j, &b->e), 0);
	assert_false(b->j.torn);
	journal_count(&b->j, &done, &open);
	assert_int_equal(done, 16);
	assert_int_equal(open, 0);
	close(f.fd);
}

/* Calls that fail from the nth on. */
struct failing {
	unsigned calls, from;
	int how;
};

static int
may(void *arg)
{
	struct failing *f = arg;

	if (f->from == 0 || ++f->calls < f->from)
		return 0;
	errno = f->how;
	return -1;
}

static ssize_t
f_write(void *arg, int fd, const void *p, size_t n, off_t at)
{
	/* A full disk takes what it can. */
	if (may(arg) < 0)
		return n > 20 && errno == ENOSPC ? pwrite(fd, p, n / 2, at) : -1;
	return pwrite(fd, p, n, at);
}

static int
f_cut(void *arg, int fd, off_t n)
{
	return may(arg) < 0 ? -1 : ftruncate(fd, n);
}

static int
f_sync(void *arg, int fd)
{
	(void)fd;
	return may(arg);
}

static const struct journal_ops failing_ops = { f_write, f_cut, f_sync };

static void
a_full_or_read_only_disk_is_told_and_loses_nothing(void **state)
{
	static const int errors[] = { ENOSPC, EROFS, EIO };
	struct box *b = *state;
	struct failing how = { .from = 0 };
	struct journal_file f = { .ops = &failing_ops, .ops_arg = &how };
	unsigned from;
	size_t i;
	int r;

	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		for (from = 1, r = -1; r < 0; from++) {
			how = (struct failing) { .from = from, .how = errors[i] };
			f.fd = memory_file(NULL, 0);
			r = journal_begin(&f, &header, 16, &b->e);
			if (r < 0) {
				assert_int_equal(b->e.code, ERR_REFUSED);
				assert_string_equal(b->e.name, "journal-unwritable");
				assert_non_null(strstr(b->e.msg, strerror(errors[i])));
			}
			close(f.fd);
		}
		assert_true(from > 3);
		/* A note that fails half-way is written over by the next. */
		how = (struct failing) { .from = 0 };
		f.fd = memory_file(NULL, 0);
		assert_int_equal(journal_begin(&f, &header, 16, &b->e), 0);
		assert_int_equal(
		    journal_note(&f, 0, 2, JOURNAL_ERASING, true, &b->e), 0);
		how = (struct failing) { .from = 1, .how = errors[i] };
		assert_int_equal(
		    journal_note(&f, 2, 16, JOURNAL_ERASING, true, &b->e), -1);
		assert_int_equal(b->e.code, ERR_FAILED);
		assert_non_null(strstr(b->e.msg, strerror(errors[i])));
		how.from = 0;
		assert_int_equal(
		    journal_note(&f, 0, 2, JOURNAL_VERIFIED, true, &b->e), 0);
		assert_int_equal(journal_read(f.fd, &b->j, &b->e), 0);
		assert_int_equal(b->j.n_records, 4);
		assert_int_equal(b->j.state[1], JOURNAL_VERIFIED);
		assert_int_equal(b->j.state[2], JOURNAL_PENDING);
		close(f.fd);
	}
}

/* The system's own ENOSPC. */
static void
the_full_device_refuses(void **state)
{
	struct box *b = *state;
	struct journal_file f = { .fd = open("/dev/full", O_RDWR | O_CLOEXEC) };

	assert_true(f.fd >= 0);
	assert_int_equal(journal_begin(&f, &header, 16, &b->e), -1);
	assert_int_equal(b->e.code, ERR_REFUSED);
	close(f.fd);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(what_was_written_is_read_back),
		TEST(a_file_cut_anywhere_gives_the_records_before_the_cut),
		TEST(one_flipped_bit_never_makes_a_sector_verified),
		TEST(a_record_out_of_its_place_ends_the_sound_part),
		TEST(a_sector_beyond_the_flash_is_not_taken),
		TEST(an_impossible_flash_is_refused),
		TEST(an_old_end_is_never_taken_for_a_new_one),
		TEST(records_of_another_journal_do_not_count),
		TEST(a_file_is_begun_and_gone_on_with),
		TEST(a_full_or_read_only_disk_is_told_and_loses_nothing),
		TEST(the_full_device_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
