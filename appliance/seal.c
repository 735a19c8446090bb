/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An archive under a passphrase (see seal.h). Any thread. */
#include "config.h"

#include <string.h>

#include "appliance/seal.h"
#include "common/err.h"

/* Fixed by the magic: bytes of a stranger do not choose how much memory we take. */
#define OPS 4
#define MEMORY (32u * 1024 * 1024)

int
seal_judge(const char *passphrase, struct err *e)
{
	size_t n = strlen(passphrase);

	if (n < SEAL_PASSPHRASE_MIN)
		return err_set(e, ERR_USAGE, "passphrase-short",
		    "the passphrase needs at least %d characters", SEAL_PASSPHRASE_MIN);
	if (n > SEAL_PASSPHRASE_MAX)
		return err_set(e, ERR_USAGE, "passphrase-long",
		    "the passphrase has more than %d characters", SEAL_PASSPHRASE_MAX);
	return 0;
}

static int
make_key(const char *passphrase, const uint8_t *salt, uint8_t *ret, struct err *e)
{
	if (crypto_pwhash(ret, crypto_secretstream_xchacha20poly1305_KEYBYTES, passphrase,
		strlen(passphrase), salt, OPS, MEMORY,
		crypto_pwhash_ALG_ARGON2ID13) == 0)
		return 0;
	return err_set(e, ERR_FAILED, "no-memory",
	    "there are no %u MiB of memory for the key of the archive",
	    MEMORY / 1024 / 1024);
}

int
seal_start(struct seal *s, const char *passphrase, uint8_t ret_head[SEAL_HEAD],
    struct err *e)
{
	uint8_t key[crypto_secretstream_xchacha20poly1305_KEYBYTES];
	uint8_t *salt = ret_head + SEAL_MAGIC_LEN;

	if (seal_judge(passphrase, e) < 0)
		return -1;
	memcpy(ret_head, SEAL_MAGIC, SEAL_MAGIC_LEN);
	randombytes_buf(salt, crypto_pwhash_SALTBYTES);
	if (make_key(passphrase, salt, key, e) < 0)
		return -1;
	(void)crypto_secretstream_xchacha20poly1305_init_push(
	    &s->state, salt + crypto_pwhash_SALTBYTES, key);
	sodium_memzero(key, sizeof(key));
	s->ended = false;
	return 0;
}

size_t
seal_block(struct seal *s, const uint8_t *p, size_t n, bool last, uint8_t *ret)
{
	unsigned long long made = 0;

	(void)crypto_secretstream_xchacha20poly1305_push(&s->state, ret, &made, p, n,
	    NULL, 0,
	    last ? crypto_secretstream_xchacha20poly1305_TAG_FINAL
		 : crypto_secretstream_xchacha20poly1305_TAG_MESSAGE);
	s->ended = last;
	return (size_t)made;
}

int
unseal_start(struct seal *s, const char *passphrase, const uint8_t head[SEAL_HEAD],
    struct err *e)
{
	uint8_t key[crypto_secretstream_xchacha20poly1305_KEYBYTES];
	const uint8_t *salt = head + SEAL_MAGIC_LEN;
	int r;

	if (make_key(passphrase, salt, key, e) < 0)
		return -1;
	r = crypto_secretstream_xchacha20poly1305_init_pull(
	    &s->state, salt + crypto_pwhash_SALTBYTES, key);
	sodium_memzero(key, sizeof(key));
	s->ended = false;
	return r == 0 ? 0
		      : err_set(e, ERR_REFUSED, "archive-damaged",
			    "the head of the archive is damaged. Nothing was changed");
}

int
unseal_block(struct seal *s, const uint8_t *p, size_t n, bool first, uint8_t *ret,
    struct err *e)
{
	unsigned long long made = 0;
	unsigned char tag = 0;

	if (s->ended)
		return err_set(e, ERR_REFUSED, "archive-damaged",
		    "there are bytes behind the end of the archive. Nothing was changed");
	if (n < crypto_secretstream_xchacha20poly1305_ABYTES ||
	    crypto_secretstream_xchacha20poly1305_pull(
		&s->state, ret, &made, &tag, p, n, NULL, 0) != 0)
		return first ? err_set(e, ERR_REFUSED, "passphrase-wrong",
				   "the passphrase is wrong, or the first bytes of the "
				   "archive are damaged. Nothing was changed")
			     : err_set(e, ERR_REFUSED, "archive-damaged",
				   "the archive is cut off or was changed after it was "
				   "sealed. Take another copy of it; nothing was changed");
	s->ended = tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL;
	return (int)made;
}
