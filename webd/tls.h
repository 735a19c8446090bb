/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The certificate that webd shows: the user's ([webd] tls_cert, tls_key), or one of its
 * own, made at the first start and renewed before it expires. Can be changed while
 * connections are open. webd's one thread.
 */
#ifndef WEBD_TLS_H
#define WEBD_TLS_H

#include <gnutls/abstract.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct conf;
struct err;
struct tls;

/* NULL and e, which says what is wrong with which file. */
struct tls *tls_open(const struct conf *c, struct err *e);
void tls_free(struct tls *t);	/* after the server; NULL is fine */

/* Read or make everything anew; on failure the old certificate stays. */
int tls_reload(struct tls *t, const struct conf *c, struct err *e);
/* Now and then: renew our own certificate in time, warn of the user's. True when there
 * is another one. NULL is fine. */
bool tls_tick(struct tls *t);

/* {"listen","fingerprint","expires_s","own","expired","names"} as `camherd status` and
 * the page show it. Without TLS (t NULL): null. listen may be NULL. */
json_t *tls_json(const struct tls *t, const char *listen);

/* For the HTTP library: the certificate of a new connection. */
int tls_retrieve(gnutls_session_t session, const gnutls_datum_t *authorities,
    int n_authorities, const gnutls_pk_algorithm_t *algorithms, int n_algorithms,
    gnutls_pcert_st **ret_chain, unsigned int *ret_n, gnutls_privkey_t *ret_key);

#endif
