/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Random words, digests and password hashes (see secret.h). Any process, any thread. */
#include "config.h"

#include <sodium.h>
#include <string.h>

#include "common/err.h"
#include "common/text.h"
#include "db/secret.h"

#define PASSWORD_OPS 3
#define PASSWORD_MEMORY (32u * 1024 * 1024) /* a Pi with 512 MB has more to do */

/* A hash that no password is known for, made with the figures above: who asks for a
 * user that does not exist waits as long as for one that does. */
static const char nobody[] = "$argon2id$v=19$m=32768,t=3,p=1$ufEqTA+Vzl4DAVFDS9grcg$"
			     "oi74+GFuyD6U55ezadmX++L+pQ33I84gtuCYG9e6CGw";

void
secret_word(const char *alphabet, size_t n, char *ret)
{
	uint32_t letters = (uint32_t)strlen(alphabet);
	size_t i;

	for (i = 0; i < n; i++)
		ret[i] = alphabet[randombytes_uniform(letters)];
	ret[n] = '\0';
}

void
secret_hex(char *ret)
{
	uint8_t bytes[32];

	randombytes_buf(bytes, sizeof(bytes));
	text_hex(bytes, sizeof(bytes), ret);
	sodium_memzero(bytes, sizeof(bytes));
}

void
secret_hash(const char *text, char ret[SECRET_HASH_SIZE])
{
	uint8_t digest[crypto_hash_sha256_BYTES];

	(void)crypto_hash_sha256(digest, (const unsigned char *)text, strlen(text));
	text_hex(digest, sizeof(digest), ret);
}

int
secret_password_hash(
    const char *password, char ret[SECRET_PASSWORD_SIZE], struct err *e)
{
	if (crypto_pwhash_str_alg(ret, password, strlen(password), PASSWORD_OPS,
		PASSWORD_MEMORY, crypto_pwhash_ALG_ARGON2ID13) != 0)
		return err_set(e, ERR_FAILED, "memory",
		    "there is not enough memory (32 MiB) to store the password; end "
		    "other "
		    "programs and try again");
	return 0;
}

int
secret_password_check(const char *hash, const char *password)
{
	int r;

	r = crypto_pwhash_str_verify(
	    hash != NULL ? hash : nobody, password, strlen(password));
	return hash != NULL && r == 0;
}
