/* SPDX-License-Identifier: GPL-3.0-or-later */
/* PPPP's datagrams (see pppp_wire.h). Pure; any thread. */
#include "config.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "streamd/sources/pppp_wire.h"

#define MAGIC 0xf1

/* Pre-shared keys of the camera makers, as their apps carry them. */
static const char *const keys[] = { "", "camera", "SHIX", "@@@@....", "VMSV",
	"FERRY@88", "mycamera", "Deng123abc", "Duncom", "JX20130716", "hyWHzyhtzH",
	"JYDGAOZHANP2P", "SZGMBESTER", "vstarcam2018" };

/* The cipher's permutation of 0 … 255. */
/* clang-format off */
static const uint8_t box[256] = {
	0x7c, 0x9c, 0xe8, 0x4a, 0x13, 0xde, 0xdc, 0xb2, 0x2f, 0x21, 0x23, 0xe4,
	0x30, 0x7b, 0x3d, 0x8c, 0xbc, 0x0b, 0x27, 0x0c, 0x3c, 0xf7, 0x9a, 0xe7,
	0x08, 0x71, 0x96, 0x00, 0x97, 0x85, 0xef, 0xc1, 0x1f, 0xc4, 0xdb, 0xa1,
	0xc2, 0xeb, 0xd9, 0x01, 0xfa, 0xba, 0x3b, 0x05, 0xb8, 0x15, 0x87, 0x83,
	0x28, 0x72, 0xd1, 0x8b, 0x5a, 0xd6, 0xda, 0x93, 0x58, 0xfe, 0xaa, 0xcc,
	0x6e, 0x1b, 0xf0, 0xa3, 0x88, 0xab, 0x43, 0xc0, 0x0d, 0xb5, 0x45, 0x38,
	0x4f, 0x50, 0x22, 0x66, 0x20, 0x7f, 0x07, 0x5b, 0x14, 0x98, 0x1d, 0x9b,
	0xa7, 0x2a, 0xb9, 0xa8, 0xcb, 0xf1, 0xfc, 0x49, 0x47, 0x06, 0x3e, 0xb1,
	0x0e, 0x04, 0x3a, 0x94, 0x5e, 0xee, 0x54, 0x11, 0x34, 0xdd, 0x4d, 0xf9,
	0xec, 0xc7, 0xc9, 0xe3, 0x78, 0x1a, 0x6f, 0x70, 0x6b, 0xa4, 0xbd, 0xa9,
	0x5d, 0xd5, 0xf8, 0xe5, 0xbb, 0x26, 0xaf, 0x42, 0x37, 0xd8, 0xe1, 0x02,
	0x0a, 0xae, 0x5f, 0x1c, 0xc5, 0x73, 0x09, 0x4e, 0x69, 0x24, 0x90, 0x6d,
	0x12, 0xb3, 0x19, 0xad, 0x74, 0x8a, 0x29, 0x40, 0xf5, 0x2d, 0xbe, 0xa5,
	0x59, 0xe0, 0xf4, 0x79, 0xd2, 0x4b, 0xce, 0x89, 0x82, 0x48, 0x84, 0x25,
	0xc6, 0x91, 0x2b, 0xa2, 0xfb, 0x8f, 0xe9, 0xa6, 0xb0, 0x9e, 0x3f, 0x65,
	0xf6, 0x03, 0x31, 0x2e, 0xac, 0x0f, 0x95, 0x2c, 0x5c, 0xed, 0x39, 0xb7,
	0x33, 0x6c, 0x56, 0x7e, 0xb4, 0xa0, 0xfd, 0x7a, 0x81, 0x53, 0x51, 0x86,
	0x8d, 0x9f, 0x77, 0xff, 0x6a, 0x80, 0xdf, 0xe2, 0xbf, 0x10, 0xd7, 0x75,
	0x64, 0x57, 0x76, 0xf3, 0x55, 0xcd, 0xd0, 0xc8, 0x18, 0xe6, 0x36, 0x41,
	0x62, 0xcf, 0x99, 0xf2, 0x32, 0x4c, 0x67, 0x60, 0x61, 0x92, 0xca, 0xd3,
	0xea, 0x63, 0x7d, 0x16, 0xb6, 0x8e, 0xd4, 0x68, 0x35, 0xc3, 0x52, 0x9d,
	0x46, 0x44, 0x1e, 0x17
};
/* clang-format on */

unsigned
pppp_keys(void)
{
	return sizeof(keys) / sizeof(keys[0]);
}

const char *
pppp_key_name(unsigned key)
{
	return key == 0 ? "clear" : key < pppp_keys() ? keys[key] : "unknown";
}

static void
schedule(unsigned key, uint8_t k[4])
{
	const char *s = keys[key];

	memset(k, 0, 4);
	for (; *s != '\0'; s++) {
		k[0] = (uint8_t)(k[0] + (uint8_t)*s);
		k[1] = (uint8_t)(k[1] - (uint8_t)*s);
		k[2] = (uint8_t)(k[2] + (uint8_t)*s / 3);
		k[3] = (uint8_t)(k[3] ^ (uint8_t)*s);
	}
}

static void
cipher(unsigned key, uint8_t *p, size_t n, bool encrypt)
{
	uint8_t k[4], previous = 0, in;
	size_t i;

	if (key == PPPP_CLEAR)
		return;
	schedule(key, k);
	for (i = 0; i < n; i++) {
		in = p[i];
		p[i] = in ^ box[(k[previous & 3] + previous) & 255];
		previous = encrypt ? p[i] : in;
	}
}

void
pppp_encrypt(unsigned key, uint8_t *p, size_t n)
{
	cipher(key, p, n, true);
}

void
pppp_decrypt(unsigned key, uint8_t *p, size_t n)
{
	cipher(key, p, n, false);
}

int
pppp_guess_key(const uint8_t *p, size_t n, enum pppp_op op)
{
	uint8_t head[4];
	unsigned i;

	if (n < sizeof(head))
		return -1;
	for (i = 0; i < pppp_keys(); i++) {
		memcpy(head, p, sizeof(head));
		pppp_decrypt(i, head, sizeof(head));
		if (head[0] == MAGIC && head[1] == op && head[2] < 8)
			return (int)i;
	}
	return -1;
}

/* Channel and index of data and acknowledgements. */
static int
parse_channel(struct reader *r, struct pppp_packet *ret)
{
	uint8_t mark = reader_u8(r);

	ret->channel = reader_u8(r);
	if (ret->op == PPPP_DATA)
		ret->index = reader_be16(r);
	return r->bad || (mark != 0xd1 && mark != 0xd2) ? -1 : 0;
}

int
pppp_parse(const uint8_t *p, size_t n, struct pppp_packet *ret)
{
	struct pppp_packet pk = { .op = 0 };
	struct reader r;
	uint8_t magic;

	reader_init(&r, p, n);
	magic = reader_u8(&r);
	pk.op = reader_u8(&r);
	pk.n = reader_be16(&r);
	if (r.bad || magic != MAGIC)
		return -1;
	pk.cut = pk.n > reader_left(&r);
	reader_init(&r, p + 4, pk.cut ? n - 4 : pk.n);
	if ((pk.op == PPPP_DATA || pk.op == PPPP_DATA_ACK) &&
	    parse_channel(&r, &pk) < 0)
		return -1;
	pk.p = r.p + r.at;
	pk.n = reader_left(&r);
	*ret = pk;
	return 0;
}

unsigned
pppp_parse_acks(const struct pppp_packet *pk, uint16_t *ret, unsigned max)
{
	struct reader r;
	unsigned i, n;

	reader_init(&r, pk->p, pk->n);
	n = reader_be16(&r);
	for (i = 0; i < n && i < max && reader_left(&r) >= 2; i++)
		ret[i] = reader_be16(&r);
	return i;
}

size_t
pppp_build(uint8_t *ret, size_t size, enum pppp_op op, const void *p, size_t n)
{
	struct writer w;

	writer_init(&w, ret, size);
	writer_u8(&w, MAGIC);
	writer_u8(&w, (uint8_t)op);
	writer_be16(&w, (uint16_t)n);
	if (n > 0)
		writer_bytes(&w, p, n);
	return w.bad || n > UINT16_MAX ? 0 : w.n;
}

size_t
pppp_build_data(
    uint8_t *ret, size_t size, uint8_t channel, uint16_t index, const void *p, size_t n)
{
	struct writer w;

	writer_init(&w, ret, size);
	writer_u8(&w, MAGIC);
	writer_u8(&w, PPPP_DATA);
	writer_be16(&w, (uint16_t)(n + 4));
	writer_u8(&w, 0xd1);
	writer_u8(&w, channel);
	writer_be16(&w, index);
	writer_bytes(&w, p, n);
	return w.bad || n > PPPP_DATA_MAX ? 0 : w.n;
}

size_t
pppp_build_acks(uint8_t *ret, size_t size, uint8_t type, uint8_t channel,
    const uint16_t *index, unsigned n)
{
	struct writer w;
	unsigned i;

	writer_init(&w, ret, size);
	writer_u8(&w, MAGIC);
	writer_u8(&w, PPPP_DATA_ACK);
	writer_be16(&w, (uint16_t)(4 + 2 * n));
	writer_u8(&w, type);
	writer_u8(&w, channel);
	writer_be16(&w, (uint16_t)n);
	for (i = 0; i < n; i++)
		writer_be16(&w, index[i]);
	return w.bad ? 0 : w.n;
}

/* Capital letters of at most max; the number taken, -1 for too many. */
static int
take_letters(const char **s, char *ret, size_t max)
{
	size_t n = 0;

	while (isalpha((unsigned char)**s)) {
		if (n == max)
			return -1;
		ret[n++] = (char)toupper((unsigned char)*(*s)++);
	}
	ret[n] = '\0';
	if (**s == '-')
		(*s)++;
	return (int)n;
}

int
pppp_id_parse(const char *text, struct pppp_id *ret)
{
	struct pppp_id id;
	unsigned digits = 0;

	memset(&id, 0, sizeof(id));
	if (take_letters(&text, id.prefix, 8) < 1)
		return -1;
	for (; isdigit((unsigned char)*text); text++, digits++)
		id.serial = id.serial * 10 + (unsigned)(*text - '0');
	if (*text == '-')
		text++;
	if (digits < 1 || digits > 18 || take_letters(&text, id.check, 8) < 0 ||
	    *text != '\0')
		return -1;
	*ret = id;
	return 0;
}

/* Letters and NULs of a fixed field. */
static int
read_letters(const uint8_t *p, size_t n, char *ret)
{
	size_t i, used = 0;

	for (i = 0; i < n; i++) {
		if (p[i] == 0)
			break;
		if (!isalnum(p[i]))
			return -1;
		ret[used++] = (char)p[i];
	}
	ret[used] = '\0';
	return used > 0 ? 0 : -1;
}

/* Prefixes of five to seven letters reach into the serial's upper half, which is zero
 * otherwise. */
int
pppp_id_read(const uint8_t uid[PPPP_UID], struct pppp_id *ret)
{
	struct pppp_id id;
	struct reader r;

	memset(&id, 0, sizeof(id));
	if (read_letters(uid, 8, id.prefix) < 0 ||
	    read_letters(uid + 12, 8, id.check) < 0)
		return -1;
	reader_init(&r, uid, PPPP_UID);
	reader_skip(&r, strlen(id.prefix) > 4 ? 8 : 4);
	id.serial = strlen(id.prefix) > 4 ? reader_be32(&r) : reader_be64(&r);
	*ret = id;
	return 0;
}

void
pppp_id_format(const struct pppp_id *id, char ret[PPPP_UID_TEXT])
{
	snprintf(ret, PPPP_UID_TEXT, "%s-%06" PRIu64 "%s%s", id->prefix, id->serial,
	    id->check[0] != '\0' ? "-" : "", id->check);
}

void
pppp_id_mask(const struct pppp_id *id, char ret[PPPP_UID_TEXT])
{
	snprintf(
	    ret, PPPP_UID_TEXT, "%s-…%02u", id->prefix, (unsigned)(id->serial % 100));
}

bool
pppp_id_equal(const struct pppp_id *a, const struct pppp_id *b)
{
	return strcmp(a->prefix, b->prefix) == 0 && a->serial == b->serial &&
	    (a->check[0] == '\0' || b->check[0] == '\0' ||
		strcmp(a->check, b->check) == 0);
}
