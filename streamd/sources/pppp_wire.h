/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * PPPP's datagrams (UDP 32108): the stream cipher and its known keys, the four-byte
 * header, device ids, data packets and their acknowledgements. Pure; any thread.
 */
#ifndef STREAMD_SOURCES_PPPP_WIRE_H
#define STREAMD_SOURCES_PPPP_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PPPP_PORT 32108
#define PPPP_DATAGRAM_MAX 1500	/* more of a datagram is not looked at */
#define PPPP_DATA_MAX 1024	/* bytes of one data packet */
#define PPPP_UID 20		/* a device id on the wire */
#define PPPP_UID_TEXT 48	/* as text, with NUL */
#define PPPP_ACKS_MAX 10	/* indices in one acknowledgement of ours */

enum pppp_op {
	PPPP_SEARCH = 0x30,
	PPPP_PUNCH = 0x41,	/* the answer to a search */
	PPPP_READY = 0x42,
	PPPP_DATA = 0xd0,
	PPPP_DATA_ACK = 0xd1,
	PPPP_ALIVE = 0xe0,
	PPPP_ALIVE_ACK = 0xe1,
	PPPP_CLOSE = 0xf0
};

/* Keys by number: 0 is no cipher at all. Those below PPPP_KEYS_SPOKEN can be streamed
 * from; the others are only recognised. */
enum pppp_key { PPPP_CLEAR, PPPP_CAMERA, PPPP_SHIX, PPPP_LITTLESTARS };
#define PPPP_KEYS_SPOKEN 3
unsigned pppp_keys(void);
const char *pppp_key_name(unsigned key);	/* "clear", "camera", … */

void pppp_encrypt(unsigned key, uint8_t *p, size_t n);	/* in place */
void pppp_decrypt(unsigned key, uint8_t *p, size_t n);
/* The key under which these bytes are a packet with this operation, or -1. */
int pppp_guess_key(const uint8_t *p, size_t n, enum pppp_op op);

struct pppp_packet {
	uint8_t op;
	const uint8_t *p;	/* the payload, borrowed */
	size_t n;		/* the smaller of what the header says and what came */
	bool cut;		/* the header says more than came */
	uint8_t channel;	/* data and acknowledgements */
	uint16_t index;		/* data */
};
/* p is clear. 0, or -1: no packet. For data, p and n are behind channel and index. */
int pppp_parse(const uint8_t *p, size_t n, struct pppp_packet *ret);
/* Indices of an acknowledgement: their number; ret may be shorter than what came. */
unsigned pppp_parse_acks(const struct pppp_packet *pk, uint16_t *ret, unsigned max);

/* All build clear packets into ret and return their length (0: it does not fit). */
size_t pppp_build(uint8_t *ret, size_t size, enum pppp_op op, const void *p, size_t n);
size_t pppp_build_data(uint8_t *ret, size_t size, uint8_t channel, uint16_t index,
    const void *p, size_t n);
/* type: 0xd2 to binary cameras, 0xd1 to JSON cameras. */
size_t pppp_build_acks(uint8_t *ret, size_t size, uint8_t type, uint8_t channel,
    const uint16_t *index, unsigned n);

struct pppp_id {
	char prefix[9];		/* letters */
	uint64_t serial;
	char check[9];		/* "" when a person left it out */
};
/* 0, or -1: not a device id (letters, serial, letters). */
int pppp_id_parse(const char *text, struct pppp_id *ret);
int pppp_id_read(const uint8_t uid[PPPP_UID], struct pppp_id *ret);
/* PREFIX-SERIAL-CHECK. */
void pppp_id_format(const struct pppp_id *id, char ret[PPPP_UID_TEXT]);
/* The same with the check letters and most of the serial left out, for logs. */
void pppp_id_mask(const struct pppp_id *id, char ret[PPPP_UID_TEXT]);
/* The serial by value; a missing check matches every one. */
bool pppp_id_equal(const struct pppp_id *a, const struct pppp_id *b);

#endif
