/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The XRadio boot ROM's protocol over a wire: sync, calls, resynchronising, rates. The
 * drivers of its chips are thin layers over this. One request at a time; a reply counts
 * only when it is awaited, and after any failure the line is brought in order before
 * the next request. Worker process only.
 */
#ifndef FLASHD_CHIPS_XR_BROM_H
#define FLASHD_CHIPS_XR_BROM_H

#include <sys/types.h>

#include "common/err.h"
#include "flashd/chips/chip.h"
#include "flashd/chips/xr_frame.h"
#include "flashd/chips/xr_trace.h"

#define XR_BAUDS_MAX 16

/* A driver's state begins with this; zeroed = nothing known. */
struct xr_brom {
	bool dirty;		/* something went wrong: resync before the next request */
	bool sums;		/* the ROM was told to send checksums */
	bool in_rom;		/* it answered */
	unsigned version;	/* of the ROM, as it said at hello */
	unsigned version_seen;	/* in its last reply */
	uint8_t flags;		/* of its last reply */
	unsigned bauds[XR_BAUDS_MAX];	/* the ROM's own, fastest first; 0 at the end */
	char console[161];	/* what the firmware said, escaped */
	char line[161];		/* the console line that is coming in */
	size_t line_n;
	/* Of a camera that is switched off and on: what came of its start, and how often
	 * that was garbage. */
	uint64_t start_bytes, start_printable;
	unsigned starts;
	struct xr_trace trace;
	struct err spare;	/* where the caller wants no error */
	uint8_t buf[XR_UNIT_MAX];
};

/* e, or a place for it when the caller gave none: inside, errors are looked at. */
struct err *xr_brom_err(struct chip *c, struct err *e);
/* True for errors that end everything: the port is gone, or we were asked to stop. */
bool xr_brom_over(const struct err *e);

struct xr_call {
	struct xr_request request;
	size_t want;		/* bytes of a good reply */
	int64_t timeout_us;	/* until it begins; the line's time comes on top */
	const char *what;	/* "read of 16384 bytes at 0x8000", for the error */
	bool flash;		/* the reply holds flash contents from here */
	uint32_t at;
};

/* Rates in the order of trust when the ROM does not list its own, fastest first. */
extern const unsigned xr_brom_bauds[];

/* What a port may need beyond the line's time to take bytes: it is stuck after that. */
#define XR_WRITE_SLACK_US INT64_C(3000000)

/* Time that n bytes need on the line. */
int64_t xr_brom_line_us(const struct wire *w, size_t n);

/* Send 0x55 until the ROM says OK, for at most total_us at the wire's rate. 1, 0, or
 * -1 when the line failed. */
int xr_brom_sync(struct chip *c, int64_t total_us, struct err *e);
/* Bring a ROM that may sit inside a frame back to listening; reply checksums are
 * switched on again. 0, or -1 when it stays mute. */
int xr_brom_resync(struct chip *c, struct err *e);
/* The same for a ROM that nobody spoke to yet: at once with as much as the longest
 * frame takes. */
int xr_brom_dig(struct chip *c, struct err *e);
/* After a sync: prove that it is the ROM by a request, learn its version, ask for reply
 * checksums. 0 or -1. */
int xr_brom_hello(struct chip *c, struct err *e);

/* Ask for reply checksums. 0 also when the ROM has none. */
int xr_brom_sums_on(struct chip *c, struct err *e);

/* One request, one reply of exactly call->want bytes into ret (untouched on failure).
 * ERR_FAILED "rom-refuses" when the ROM knows no such thing, "rom-error" when it could
 * not, both with its code in ret_code (may be NULL; 0 otherwise), "rom-silent",
 * "rom-garbled"; ERR_LOST. */
int xr_brom_call(struct chip *c, const struct xr_call *call, uint8_t *ret,
    uint8_t *ret_code, struct err *e);
/* A two-stage write: the request, its ACK, the data, the second ACK. */
int xr_brom_write_sectors(struct chip *c, uint32_t at, const uint8_t *p, size_t n,
    struct err *e);
int xr_brom_read32(struct chip *c, uint32_t address, uint32_t *ret, struct err *e);
int xr_brom_write32(struct chip *c, uint32_t address, uint32_t value, struct err *e);

/* The common half of the drivers; see struct chip_driver. */
int xr_brom_set_baud(struct chip *c, unsigned baud, struct err *e);
int xr_brom_read(struct chip *c, uint32_t at, uint8_t *ret, size_t n, struct err *e);
int xr_brom_erase(struct chip *c, uint32_t at, size_t n, struct err *e);
int xr_brom_write(struct chip *c, uint32_t at, const uint8_t *p, size_t n, struct err *e);
void xr_brom_leave(struct chip *c);

/* xr_enter.c: the ways into download mode. */
int xr_brom_enter(struct chip *c, enum chip_entry way, struct err *e);

/* For xr_enter.c and the call: read what comes until it has been quiet for quiet_us,
 * at most total_us; the last two bytes seen stay in tail. Bytes read, or -1. */
ssize_t xr_brom_listen(struct chip *c, int64_t quiet_us, int64_t total_us, uint8_t tail[2],
    struct err *e);
/* Count what nobody awaited and keep its last printable line. */
void xr_brom_see(struct chip *c, const uint8_t *p, size_t n);

#endif
