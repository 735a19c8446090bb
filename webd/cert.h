/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A self-signed certificate for this machine: EC P-256, made anew when it is about to
 * expire. webd's main thread. */
#ifndef WEBD_CERT_H
#define WEBD_CERT_H

#include <stdint.h>

struct err;

#define CERT_DAYS 800		/* browsers of phones take no more than 825 */
#define CERT_RENEW_DAYS 30

/* Make a key, PEM. Caller frees *ret with gnutls_free(). */
int cert_make_key(char **ret, struct err *e);
/* A certificate of that key for the machine's name, name.local, localhost, the names in
 * hostnames and the machine's addresses, valid from a day before now_s. PEM; the caller
 * frees *ret with gnutls_free(). */
int cert_make(char *key_pem, const char *hostnames, int64_t now_s, char **ret,
    struct err *e);

#endif
