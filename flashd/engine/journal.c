/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The journal of a write (see journal.h). flashd's child writes, its parent reads. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/buf.h"
#include "common/err.h"
#include "flashd/engine/journal.h"

#define HASH JOURNAL_HASH /* bytes of BLAKE2b behind each piece */
#define BATCH 16u /* records written at once: a chunk of 64 KiB */
#define EVENTS 3u /* records that a sector needs where all goes well */

static const char magic[] = "camherd journal1";

/* The hash of a piece, over the one before it: keyed with that one's hash. */
static void
hash(const uint8_t *before, const uint8_t *p, size_t n, uint8_t *ret)
{
	(void)crypto_generichash(
	    ret, HASH, p, n - HASH, before, before == NULL ? 0 : HASH);
}

static bool
sound(const uint8_t *before, const uint8_t *p, size_t n)
{
	uint8_t want[HASH];

	hash(before, p, n, want);
	return memcmp(want, p + n - HASH, HASH) == 0;
}

void
journal_encode_header(const struct journal_header *h, uint8_t ret[JOURNAL_HEADER])
{
	struct writer w;

	memset(ret, 0, JOURNAL_HEADER);
	writer_init(&w, ret, JOURNAL_HEADER - HASH);
	writer_bytes(&w, magic, sizeof(magic) - 1);
	writer_be64(&w, (uint64_t)h->job_id);
	writer_bytes(&w, h->image, sizeof(h->image));
	writer_bytes(&w, h->safety, sizeof(h->safety));
	writer_be32(&w, h->flash_size);
	writer_be32(&w, h->sector);
	writer_bytes(&w, h->jedec, sizeof(h->jedec));
	writer_bytes(&w, h->chip, sizeof(h->chip));
	writer_bytes(&w, h->chip_id, sizeof(h->chip_id));
	hash(NULL, ret, JOURNAL_HEADER, ret + JOURNAL_HEADER - HASH);
}

void
journal_encode_record(const uint8_t before[JOURNAL_HASH], uint64_t number,
    uint32_t sector, enum journal_state state, uint8_t ret[JOURNAL_RECORD])
{
	struct writer w;

	writer_init(&w, ret, JOURNAL_RECORD - HASH);
	writer_be64(&w, number);
	writer_be32(&w, sector);
	writer_be32(&w, state);
	hash(before, ret, JOURNAL_RECORD, ret + JOURNAL_RECORD - HASH);
}

static void
take(struct reader *r, void *ret, size_t n)
{
	const uint8_t *p = reader_bytes(r, n);

	if (p != NULL)
		memcpy(ret, p, n);
}

static int
parse_header(const uint8_t *p, size_t n, struct journal_header *h, struct err *e)
{
	struct reader r;

	if (n < JOURNAL_HEADER || memcmp(p, magic, sizeof(magic) - 1) != 0 ||
	    !sound(NULL, p, JOURNAL_HEADER))
		return err_set(e, ERR_FAILED, "journal-damaged",
		    "the journal of this write has no sound header, so it is not known "
		    "which camera and which sectors it was about. Give this job up and "
		    "start it anew: that makes a fresh backup and compares every "
		    "sector");
	reader_init(&r, p, JOURNAL_HEADER - HASH);
	reader_skip(&r, sizeof(magic) - 1);
	h->job_id = (int64_t)reader_be64(&r);
	take(&r, h->image, sizeof(h->image));
	take(&r, h->safety, sizeof(h->safety));
	h->flash_size = reader_be32(&r);
	h->sector = reader_be32(&r);
	take(&r, h->jedec, sizeof(h->jedec));
	take(&r, h->chip, sizeof(h->chip));
	take(&r, h->chip_id, sizeof(h->chip_id));
	h->chip[sizeof(h->chip) - 1] = '\0';
	h->chip_id[sizeof(h->chip_id) - 1] = '\0';
	if (h->sector == 0 || h->flash_size == 0 || h->flash_size % h->sector != 0 ||
	    h->flash_size / h->sector > JOURNAL_SECTORS_MAX)
		return err_set(e, ERR_FAILED, "journal-damaged",
		    "the journal of this write names a flash of %u bytes in sectors of "
		    "%u, which cannot be. Give this job up and start it anew",
		    h->flash_size, h->sector);
	return 0;
}

/* One record of its place; false ends the sound part of the file. */
static bool
parse_record(const uint8_t *p, struct journal *j)
{
	uint32_t sector, state;
	struct reader r;

	if (!sound(j->last, p, JOURNAL_RECORD))
		return false;
	reader_init(&r, p, JOURNAL_RECORD);
	if (reader_be64(&r) != j->n_records)
		return false;
	sector = reader_be32(&r);
	state = reader_be32(&r);
	if (sector >= j->n_sectors || state < JOURNAL_ERASING ||
	    state > JOURNAL_VERIFIED)
		return false;
	j->state[sector] = (uint8_t)state;
	memcpy(j->last, p + JOURNAL_RECORD - HASH, HASH);
	return true;
}

int
journal_parse(const uint8_t *p, size_t n, struct journal *ret, struct err *e)
{
	size_t at = JOURNAL_HEADER;

	memset(ret, 0, sizeof(*ret));
	if (parse_header(p, n, &ret->header, e) < 0)
		return -1;
	ret->n_sectors = ret->header.flash_size / ret->header.sector;
	memcpy(ret->last, p + JOURNAL_HEADER - HASH, HASH);
	while (n - at >= JOURNAL_RECORD && parse_record(p + at, ret)) {
		ret->n_records++;
		at += JOURNAL_RECORD;
	}
	ret->good = at;
	ret->torn = at != n;
	return 0;
}

void
journal_count(const struct journal *j, unsigned *ret_verified, unsigned *ret_open)
{
	uint32_t i;

	*ret_verified = *ret_open = 0;
	for (i = 0; i < j->n_sectors; i++) {
		*ret_verified += j->state[i] == JOURNAL_VERIFIED;
		*ret_open +=
		    j->state[i] == JOURNAL_ERASING || j->state[i] == JOURNAL_WRITTEN;
	}
}

static int
slurp(int fd, uint8_t *p, size_t n, struct err *e)
{
	size_t have = 0;
	ssize_t r;

	while (have < n) {
		r = pread(fd, p + have, n - have, (off_t)have);
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return err_sys(e, "read the journal");
		if (r == 0)
			return err_set(e, ERR_FAILED, "journal-damaged",
			    "the journal became shorter while it was read");
		have += (size_t)r;
	}
	return 0;
}

int
journal_read(int fd, struct journal *ret, struct err *e)
{
	struct stat st;
	uint8_t *p;
	size_t n;
	int r;

	if (fstat(fd, &st) < 0)
		return err_sys(e, "look at the journal");
	if (!S_ISREG(st.st_mode) || st.st_size > (off_t)JOURNAL_BYTES_MAX)
		return err_set(e, ERR_FAILED, "journal-damaged",
		    "the journal of this write is no file that we wrote. Give this job "
		    "up and start it anew");
	n = (size_t)st.st_size;
	if ((p = malloc(n + 1)) == NULL)
		return err_sys(e, "memory for the journal");
	r = slurp(fd, p, n, e) < 0 ? -1 : journal_parse(p, n, ret, e);
	free(p);
	return r;
}

static ssize_t
sys_write(void *arg, int fd, const void *p, size_t n, off_t at)
{
	(void)arg;
	return pwrite(fd, p, n, at);
}

static int
sys_cut(void *arg, int fd, off_t n)
{
	(void)arg;
	return ftruncate(fd, n);
}

static int
sys_sync(void *arg, int fd)
{
	(void)arg;
	return fsync(fd);
}

static const struct journal_ops system_ops = { sys_write, sys_cut, sys_sync };

static const struct journal_ops *
ops_of(const struct journal_file *f)
{
	return f->ops != NULL ? f->ops : &system_ops;
}

/* All n bytes, or -1 with errno. */
static int
put(struct journal_file *f, const uint8_t *p, size_t n, off_t at)
{
	ssize_t w;

	while (n > 0) {
		w = ops_of(f)->write(f->ops_arg, f->fd, p, n, at);
		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0)
			return -1;
		p += w;
		n -= (size_t)w;
		at += w;
	}
	return 0;
}

/* Room on the disk for what will be said, so that a full disk shows before the first
 * erase. A file system that cannot promise it is believed. */
static int
reserve(const struct journal_file *f, uint32_t sectors)
{
	const off_t most =
	    (off_t)JOURNAL_HEADER + (off_t)sectors * EVENTS * JOURNAL_RECORD;

	if (fallocate(f->fd, FALLOC_FL_KEEP_SIZE, 0, most) == 0)
		return 0;
	return errno == ENOSPC || errno == EROFS || errno == EDQUOT || errno == EIO ? -1
										    : 0;
}

int
journal_begin(struct journal_file *f, const struct journal_header *h, uint32_t sectors,
    struct err *e)
{
	uint8_t header[JOURNAL_HEADER];

	journal_encode_header(h, header);
	if (ops_of(f)->cut(f->ops_arg, f->fd, 0) == 0 && reserve(f, sectors) == 0 &&
	    put(f, header, sizeof(header), 0) == 0 &&
	    ops_of(f)->sync(f->ops_arg, f->fd) == 0) {
		f->n_records = 0;
		memcpy(f->last, header + JOURNAL_HEADER - HASH, HASH);
		return 0;
	}
	return err_set(e, ERR_REFUSED, "journal-unwritable",
	    "the journal, without which an interrupted write could not go on, cannot "
	    "be "
	    "written: %s. Nothing was written to the chip. Make room on the disk of "
	    "the "
	    "state folder, and check that it can be written, then try again",
	    strerror(errno));
}

int
journal_reopen(struct journal_file *f, struct journal *ret, struct err *e)
{
	if (journal_read(f->fd, ret, e) < 0)
		return -1;
	if (ret->torn &&
	    (ops_of(f)->cut(f->ops_arg, f->fd, (off_t)ret->good) < 0 ||
		ops_of(f)->sync(f->ops_arg, f->fd) < 0))
		return err_sys(e, "cut the torn end of the journal off");
	f->n_records = ret->n_records;
	memcpy(f->last, ret->last, HASH);
	return 0;
}

int
journal_note(struct journal_file *f, uint32_t first, uint32_t n,
    enum journal_state state, bool sync, struct err *e)
{
	uint8_t records[BATCH * JOURNAL_RECORD], last[HASH];
	uint32_t i, take;
	off_t at;

	for (; n > 0; first += take, n -= take) {
		take = n < BATCH ? n : BATCH;
		memcpy(last, f->last, HASH);
		for (i = 0; i < take; i++) {
			journal_encode_record(last, f->n_records + i, first + i, state,
			    records + i * JOURNAL_RECORD);
			memcpy(last, records + (i + 1) * JOURNAL_RECORD - HASH, HASH);
		}
		at = (off_t)(JOURNAL_HEADER + f->n_records * JOURNAL_RECORD);
		if (put(f, records, take * JOURNAL_RECORD, at) < 0)
			goto bad;
		f->n_records += take;
		memcpy(f->last, last, HASH);
	}
	if (!sync || ops_of(f)->sync(f->ops_arg, f->fd) == 0)
		return 0;
bad:
	return err_set(e, ERR_FAILED, "journal-unwritable",
	    "the journal of this write cannot be written: %s; no sector was begun "
	    "without it. Make room on the disk of the state folder, and check that it "
	    "can be written",
	    strerror(errno));
}
