/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Frames of the XRadio boot ROM as pure functions on bytes: building requests, parsing
 * a stream that should hold a reply, checksums. No I/O. The facts and where they come
 * from: docs/provenance.md.
 */
#ifndef FLASHD_CHIPS_XR_FRAME_H
#define FLASHD_CHIPS_XR_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define XR_HEAD 12u		/* bytes before the payload */
#define XR_SECTOR 512u
#define XR_SECTORS_MAX 32u	/* in one read or write; 48 kill the ROM */
#define XR_UNIT_MAX (XR_SECTORS_MAX * XR_SECTOR)
#define XR_NOISE_MAX 4096u	/* foreign bytes tolerated before a reply */

enum xr_op {
	XR_READ32 = 0x04,
	XR_WRITE32 = 0x05,
	XR_SET_BAUD = 0x10,
	XR_REBOOT = 0x12,
	XR_REPLY_SUMS = 0x14,
	XR_GET_BAUDS = 0x15,
	XR_FLASH_ID = 0x18,
	XR_ERASE = 0x19,
	XR_READ_SECTORS = 0x1a,
	XR_WRITE_SECTORS = 0x1b
};

enum { XR_FLAG_ERROR = 0x01, XR_FLAG_ACK = 0x02, XR_FLAG_SUM = 0x04 };

/* Sum of the 16-bit little-endian words; an odd last byte is added as it is. */
uint16_t xr_sum16(const uint8_t *p, size_t n);
/* What a two-stage write carries for its data. */
uint16_t xr_data_sum(const uint8_t *p, size_t n);

/* A request being built. Numbers go big-endian onto the wire, but into the checksum as
 * little-endian, hence the second copy. */
struct xr_request {
	uint8_t wire[40], sum[40];
	size_t n;		/* bytes of wire, once ended */
};

void xr_request_start(struct xr_request *r, enum xr_op op);
void xr_request_u8(struct xr_request *r, uint8_t v);
void xr_request_u16(struct xr_request *r, uint16_t v);
void xr_request_u32(struct xr_request *r, uint32_t v);
/* A value in the memory order of the chip: not swapped. */
void xr_request_value32(struct xr_request *r, uint32_t v);
void xr_request_end(struct xr_request *r);

enum xr_parse {
	XR_MORE,	/* the reply is not complete */
	XR_REPLY,	/* complete and good; an error reply, too (see failed) */
	XR_BAD		/* this is no reply to what was asked; see why */
};

enum xr_bad {
	XR_BAD_NONE,
	XR_BAD_NOISE,	/* no reply in too many bytes */
	XR_BAD_FLAGS,	/* no ACK, or flags that do not exist, or a missing checksum */
	XR_BAD_LENGTH,	/* another length than asked for */
	XR_BAD_SUM
};

struct xr_parser {
	uint8_t *payload;	/* the caller's, `want` bytes */
	size_t want;		/* exact length of a good reply */
	bool need_sum;		/* the ROM was told to send checksums */
	/* Results. */
	uint8_t head[XR_HEAD];
	size_t skipped;		/* foreign bytes before the reply */
	unsigned version;	/* of the boot ROM */
	bool failed;		/* it is an error reply */
	uint8_t error;		/* and its code */
	enum xr_bad bad;
	/* Inside. */
	size_t n;		/* bytes of head and payload so far */
	size_t length;
	uint32_t sum;
};

/* payload may be NULL when want is 0. */
void xr_parser_init(struct xr_parser *p, uint8_t *payload, size_t want, bool need_sum);
/* Feed n bytes; ret_used gets how many belong to the reply or came before it. After
 * XR_REPLY or XR_BAD nothing more may be fed. */
enum xr_parse xr_parser_feed(struct xr_parser *p, const uint8_t *b, size_t n,
    size_t *ret_used);
/* True once the head of a reply has been seen. */
bool xr_parser_in_frame(const struct xr_parser *p);

/* The checksum that belongs into head (its bytes 6 and 7 count as 0) over payload. */
uint16_t xr_reply_sum(const uint8_t head[XR_HEAD], const uint8_t *payload, size_t n);

/* The ROM understood and will never do it; else it may be asked again. */
bool xr_error_is_no(uint8_t code);
const char *xr_error_text(uint8_t code);
const char *xr_bad_text(enum xr_bad bad);

#endif
