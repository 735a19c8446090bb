/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Looks at a JPEG's headers without decoding it: sizes, tables, where the scan is, and
 * whether RTP can carry it (RFC 2435). Repairs what a camera leaves out. All reads are
 * bounded. Pure; any thread.
 */
#ifndef STREAMD_JPEG_H
#define STREAMD_JPEG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;

/* A picture of more pixels is refused before anything decodes it. */
#define JPEG_PIXELS_MAX 4194304u
#define JPEG_SIDE_MAX 4096u
/* RFC 2435 counts eight pixels in one byte. */
#define JPEG_RTP_SIDE_MAX 2040u

enum jpeg_sampling {
	JPEG_GREY,	/* one component */
	JPEG_420,	/* 2x2 1x1 1x1: RTP type 1 */
	JPEG_422,	/* 2x1 1x1 1x1: RTP type 0 */
	JPEG_440,	/* 1x2 1x1 1x1 */
	JPEG_444,
	JPEG_411,	/* 4x1 1x1 1x1 */
	JPEG_OTHER
};

/* What it takes to send a picture by RTP (jpeg_fit.h does it). */
enum jpeg_fit {
	JPEG_FIT_AS_IS,
	JPEG_FIT_RECODE,	/* other entropy coding; no pixel changes */
	JPEG_FIT_REENCODE,	/* 4:2:0, sides padded to a multiple of 8 */
	JPEG_FIT_NEVER		/* H.264 only */
};

struct jpeg_info {
	unsigned width, height;		/* pixels; height also from DNL */
	unsigned components;
	enum jpeg_sampling sampling;
	unsigned bits;			/* a sample: 8 or 12 */
	bool baseline;			/* SOF0, 8 bit, Huffman, one scan */
	bool progressive;
	bool arithmetic;		/* coded so, instead of by Huffman */
	bool shown;			/* players read it: 8 bit, Huffman */
	bool has_huffman;		/* any DHT at all */
	bool standard_huffman;		/* none, or exactly the tables of Annex K */
	bool has_dnl;
	unsigned restart_interval;	/* MCUs; 0 = no markers */
	/* Quantisation tables of luma and chroma in zig-zag order, 8 bit. */
	uint8_t quant[2][64];
	bool quant_ok;			/* both found and 8 bit; grey: one, twice */
	size_t sof_at;			/* of the FF of SOFn */
	size_t sos_at;			/* of the FF of the first SOS */
	size_t scan_at, scan_n;		/* entropy-coded bytes of the first scan */
	size_t n;			/* SOI to EOI; what follows is junk */
	bool rtp_ok;			/* RFC 2435 can carry it as it is */
	enum jpeg_fit fit;
	char rtp_why[64];		/* "ok", or why not as it is */
};

/* 0, or -1: not a whole JPEG, too large to touch, or of a kind that nothing here and no
 * player reads; e says why (names "jpeg-no-eoi", "jpeg-too-large", "jpeg-unsupported",
 * "jpeg-broken"). ret is untouched then. */
int jpeg_parse(const uint8_t *p, size_t n, struct jpeg_info *ret, struct err *e);

/* For people: "ok", "re-coded without loss: ...", "re-encoded: ..." or "H.264 only: ...". */
void jpeg_verdict(const struct jpeg_info *i, struct err *ret);
/* The size of the picture that RTP carries. */
void jpeg_fit_size(const struct jpeg_info *i, unsigned *ret_width, unsigned *ret_height);

/* True when jpeg_repair() would change something: no Huffman tables, lines counted
 * only behind the scan (DNL), or bytes behind EOI. */
bool jpeg_needs_repair(const struct jpeg_info *i, size_t n);
/* A copy with the standard Huffman tables put in where there are none, the height
 * where decoders look for it, and nothing behind EOI. Caller frees *ret. */
int jpeg_repair(const uint8_t *p, const struct jpeg_info *i, uint8_t **ret, size_t *ret_n,
    struct err *e);

/* One DHT segment with the four tables of Annex K, marker included. Static. */
const uint8_t *jpeg_standard_dht(size_t *ret_n);

#endif
