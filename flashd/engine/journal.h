/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The journal of a write: which sector of which camera was being erased, written,
 * proved. A header, then one 32-byte record per event, appended only. Each piece ends
 * with a hash over itself and the piece before it, so that neither a torn end nor what
 * an earlier, longer end left behind is ever taken for a record. Encoding and parsing
 * are pure; the child appends through a descriptor that its parent opened, and the
 * parent reads it.
 */
#ifndef FLASHD_ENGINE_JOURNAL_H
#define FLASHD_ENGINE_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct err;

#define JOURNAL_HEADER 256u		/* bytes of the header in the file */
#define JOURNAL_RECORD 32u		/* bytes of one record */
#define JOURNAL_HASH 16u
#define JOURNAL_SECTORS_MAX 8192u	/* 32 MiB of 4 KiB sectors */
#define JOURNAL_BYTES_MAX (64u * 1024 * 1024)

enum journal_state {
	JOURNAL_PENDING = 0,	/* never in a record: as the safety dump has it */
	JOURNAL_ERASING = 1,	/* on the disk before the erase: may hold anything */
	JOURNAL_WRITTEN = 2,	/* not read back yet: may hold anything */
	JOURNAL_VERIFIED = 3	/* as it is wanted */
};

struct journal_header {
	int64_t job_id;
	uint8_t image[32];	/* SHA-256 of what the whole flash shall hold */
	uint8_t safety[32];	/* SHA-256 of the safety dump: what it held before */
	uint32_t flash_size, sector;	/* bytes */
	uint8_t jedec[3];
	char chip[33], chip_id[65];
};

struct journal {
	struct journal_header header;
	uint32_t n_sectors;
	uint8_t state[JOURNAL_SECTORS_MAX];	/* enum journal_state, the last one said */
	uint64_t n_records;
	uint8_t last[JOURNAL_HASH];	/* of the last sound piece */
	size_t good;		/* bytes that are sound; a longer file has a torn end */
	bool torn;
};

void journal_encode_header(const struct journal_header *h, uint8_t ret[JOURNAL_HEADER]);
/* before: the hash of the piece before it, the last JOURNAL_HASH bytes of that. */
void journal_encode_record(const uint8_t before[JOURNAL_HASH], uint64_t number,
    uint32_t sector, enum journal_state state, uint8_t ret[JOURNAL_RECORD]);

/* ERR_FAILED "journal-damaged" when the header is not sound; a torn end is no error.
 * ret is large: caller allocates. */
int journal_parse(const uint8_t *p, size_t n, struct journal *ret, struct err *e);
/* Sectors that are verified, and those that may hold anything. */
void journal_count(const struct journal *j, unsigned *ret_verified, unsigned *ret_open);
/* Parse the whole file. */
int journal_read(int fd, struct journal *ret, struct err *e);

/* The calls that make it durable, so that a test can end the world at each of them.
 * They return as the system calls do. */
struct journal_ops {
	ssize_t (*write)(void *arg, int fd, const void *p, size_t n, off_t at);
	int (*cut)(void *arg, int fd, off_t n);
	int (*sync)(void *arg, int fd);
};

/* A journal that is being written. Worker process. */
struct journal_file {
	int fd;				/* borrowed; -1 = none */
	const struct journal_ops *ops;	/* NULL: the system's */
	void *ops_arg;
	uint64_t n_records;
	uint8_t last[JOURNAL_HASH];
};

/* A new one, on the disk with its header and with room for `sectors` sectors when this
 * returns 0. ERR_REFUSED "journal-unwritable" else. */
int journal_begin(struct journal_file *f, const struct journal_header *h,
    uint32_t sectors, struct err *e);
/* Go on behind the last sound record; a torn end is cut off for good. */
int journal_reopen(struct journal_file *f, struct journal *ret, struct err *e);
/* Sectors [first, first + n) are in this state now; with sync they are so on the disk
 * when this returns 0. ERR_FAILED "journal-unwritable": nothing may be erased. */
int journal_note(struct journal_file *f, uint32_t first, uint32_t n,
    enum journal_state state, bool sync, struct err *e);

#endif
