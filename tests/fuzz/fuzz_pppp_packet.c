/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A datagram of a PPPP camera: the first byte is the key. What is parsed must lie
 * inside it, decrypting must undo encrypting, and both dialects must take the payload.
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "streamd/sources/pppp_talk.h"
#include "streamd/sources/pppp_wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
both_dialects(const struct pppp_packet *pk)
{
	struct pppp_binary m;
	struct pppp_status st;
	struct pppp_wifi wifi;
	struct pppp_id id;
	uint16_t index[16];
	char text[PPPP_UID_TEXT];
	int command, result;

	if (pppp_parse_acks(pk, index, 16) > 16)
		abort();
	if (pppp_binary_parse(pk->p, pk->n, &m) == 0) {
		if (m.n > pk->n || m.n > sizeof(m.p))
			abort();
		(void)pppp_binary_status(&m, &st);
		(void)pppp_binary_wifi(&m, &wifi);
	}
	(void)pppp_json_parse(pk->p, pk->n, &command, &result, &st, &wifi);
	if (pk->n >= PPPP_UID && pppp_id_read(pk->p, &id) == 0) {
		pppp_id_format(&id, text);
		pppp_id_mask(&id, text);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	uint8_t *p, *again;
	struct pppp_packet pk;
	unsigned key;

	if (n < 1 || n > PPPP_DATAGRAM_MAX)
		return 0;
	key = data[0] % pppp_keys();
	n--;
	p = malloc(n + 1);
	again = malloc(n + 1);
	if (p == NULL || again == NULL)
		abort();
	memcpy(p, data + 1, n);
	memcpy(again, data + 1, n);
	pppp_encrypt(key, again, n);
	(void)pppp_guess_key(again, n, PPPP_PUNCH);
	pppp_decrypt(key, again, n);
	if (memcmp(p, again, n) != 0)
		abort();
	free(again);
	p = realloc(p, n > 0 ? n : 1);
	if (pppp_parse(p, n, &pk) == 0) {
		if (pk.p < p || pk.p + pk.n > p + n)
			abort();
		both_dialects(&pk);
	}
	free(p);
	return 0;
}
