/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An archive under a passphrase: argon2id makes the key, libsodium's secretstream seals
 * block after block, so that a change, a cut or a wrong passphrase is noticed. Any
 * thread; one struct belongs to one caller.
 */
#ifndef APPLIANCE_SEAL_H
#define APPLIANCE_SEAL_H

#include <sodium.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;

#define SEAL_BLOCK 65536	/* of plain bytes */
#define SEAL_CIPHER (SEAL_BLOCK + crypto_secretstream_xchacha20poly1305_ABYTES)
#define SEAL_MAGIC "camherd-sealed-1"	/* 16 bytes, no NUL */
#define SEAL_MAGIC_LEN 16
#define SEAL_HEAD                                                                      \
	(SEAL_MAGIC_LEN + crypto_pwhash_SALTBYTES +                                    \
	    crypto_secretstream_xchacha20poly1305_HEADERBYTES)
#define SEAL_PASSPHRASE_MIN 8
#define SEAL_PASSPHRASE_MAX 1024

struct seal {
	crypto_secretstream_xchacha20poly1305_state state;
	bool ended;	/* the last block went through */
};

/* Too short or too long to seal with. */
int seal_judge(const char *passphrase, struct err *e);
/* Takes up to a second (32 MiB of memory). ret_head goes in front. */
int seal_start(struct seal *s, const char *passphrase, uint8_t ret_head[SEAL_HEAD],
    struct err *e);
/* n <= SEAL_BLOCK; ret gets n + 17 bytes. */
size_t seal_block(struct seal *s, const uint8_t *p, size_t n, bool last, uint8_t *ret);

int unseal_start(struct seal *s, const char *passphrase, const uint8_t head[SEAL_HEAD],
    struct err *e);
/* n <= SEAL_CIPHER; the count of plain bytes in ret, or -1. `first`: a failure means a
 * wrong passphrase. */
int unseal_block(struct seal *s, const uint8_t *p, size_t n, bool first, uint8_t *ret,
    struct err *e);

#endif
