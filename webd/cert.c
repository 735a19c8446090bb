/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes certificates (see cert.h). webd's main thread. */
#include "config.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/conf.h"
#include "common/err.h"
#include "webd/cert.h"

#define DAY_S (24 * 3600)

static int
failed(struct err *e, const char *what, int r)
{
	return err_set(
	    e, ERR_FAILED, "certificate", "%s: %s", what, gnutls_strerror(r));
}

static int
give_text(const gnutls_datum_t *out, char **ret, struct err *e)
{
	if ((*ret = gnutls_malloc(out->size + 1)) == NULL)
		return err_sys(e, "memory for a certificate");
	memcpy(*ret, out->data, out->size);
	(*ret)[out->size] = '\0';
	return 0;
}

static int
export_key(gnutls_x509_privkey_t key, char **ret, struct err *e)
{
	gnutls_datum_t out = { .data = NULL };
	int r = gnutls_x509_privkey_generate(
	    key, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0);

	if (r < 0 ||
	    (r = gnutls_x509_privkey_export2(key, GNUTLS_X509_FMT_PEM, &out)) < 0)
		return failed(e, "make a key", r);
	r = give_text(&out, ret, e);
	sodium_memzero(out.data, out.size);
	gnutls_free(out.data);
	return r;
}

int
cert_make_key(char **ret, struct err *e)
{
	gnutls_x509_privkey_t key;
	int r = gnutls_x509_privkey_init(&key);

	if (r < 0)
		return failed(e, "make a key", r);
	r = export_key(key, ret, e);
	gnutls_x509_privkey_deinit(key);
	return r;
}

/* ---- the names ---- */

static void
add_name(gnutls_x509_crt_t crt, const char *name)
{
	if (name[0] != '\0')
		(void)gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_DNSNAME,
		    name, (unsigned)strlen(name), GNUTLS_FSAN_APPEND);
}

static void
add_addresses(gnutls_x509_crt_t crt)
{
	struct ifaddrs *all, *i;
	struct sockaddr_in *v4;
	struct sockaddr_in6 *v6;

	if (getifaddrs(&all) < 0)
		return;
	for (i = all; i != NULL; i = i->ifa_next) {
		v4 = (void *)i->ifa_addr;
		v6 = (void *)i->ifa_addr;
		if (i->ifa_addr == NULL)
			continue;
		if (i->ifa_addr->sa_family == AF_INET)
			(void)gnutls_x509_crt_set_subject_alt_name(crt,
			    GNUTLS_SAN_IPADDRESS, &v4->sin_addr, 4, GNUTLS_FSAN_APPEND);
		else if (i->ifa_addr->sa_family == AF_INET6 &&
		    !IN6_IS_ADDR_LINKLOCAL(&v6->sin6_addr))
			(void)gnutls_x509_crt_set_subject_alt_name(crt,
			    GNUTLS_SAN_IPADDRESS, &v6->sin6_addr, 16,
			    GNUTLS_FSAN_APPEND);
	}
	freeifaddrs(all);
}

static int
add_names(gnutls_x509_crt_t crt, const char *hostnames)
{
	char full[256] = "", name[256], local[300], word[256];

	if (gethostname(full, sizeof(full) - 1) < 0 || full[0] == '\0')
		snprintf(full, sizeof(full), "camherd");
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(full, "."), full);
	snprintf(local, sizeof(local), "%s.local", name);
	add_name(crt, name);
	if (strcmp(full, name) != 0)
		add_name(crt, full);
	add_name(crt, local);
	add_name(crt, "localhost");
	while (conf_word(&hostnames, word, sizeof(word)))
		add_name(crt, word);
	add_addresses(crt);
	/* A common name holds 64 characters. */
	return gnutls_x509_crt_set_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0, name,
	    strlen(name) <= 64 ? (unsigned)strlen(name) : 64);
}

/* ---- the certificate ---- */

static int
fill(gnutls_x509_crt_t crt, gnutls_x509_privkey_t key, const char *hostnames,
    int64_t now_s)
{
	uint8_t serial[16], id[20];
	size_t n_id = sizeof(id);
	int r;

	randombytes_buf(serial, sizeof(serial));
	serial[0] = (uint8_t)((serial[0] & 0x7f) | 0x40); /* positive, of one length */
	if ((r = gnutls_x509_crt_set_version(crt, 3)) < 0 ||
	    (r = gnutls_x509_crt_set_serial(crt, serial, sizeof(serial))) < 0 ||
	    (r = gnutls_x509_crt_set_activation_time(crt, (time_t)(now_s - DAY_S))) <
		0 ||
	    (r = gnutls_x509_crt_set_expiration_time(
		 crt, (time_t)(now_s + (int64_t)CERT_DAYS * DAY_S))) < 0 ||
	    (r = gnutls_x509_crt_set_key(crt, key)) < 0 ||
	    (r = add_names(crt, hostnames)) < 0 ||
	    (r = gnutls_x509_crt_get_key_id(crt, 0, id, &n_id)) < 0 ||
	    (r = gnutls_x509_crt_set_subject_key_id(crt, id, n_id)) < 0 ||
	    (r = gnutls_x509_crt_set_basic_constraints(crt, 0, -1)) < 0 ||
	    (r = gnutls_x509_crt_set_key_usage(crt, GNUTLS_KEY_DIGITAL_SIGNATURE)) <
		0 ||
	    (r = gnutls_x509_crt_set_key_purpose_oid(
		 crt, GNUTLS_KP_TLS_WWW_SERVER, 0)) < 0)
		return r;
	return gnutls_x509_crt_sign2(crt, crt, key, GNUTLS_DIG_SHA256, 0);
}

static int
export_cert(gnutls_x509_crt_t crt, char **ret, struct err *e)
{
	gnutls_datum_t out = { .data = NULL };
	int r = gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, &out);

	if (r < 0)
		return failed(e, "make a certificate", r);
	r = give_text(&out, ret, e);
	gnutls_free(out.data);
	return r;
}

static int
make(gnutls_x509_privkey_t key, const char *hostnames, int64_t now_s, char **ret,
    struct err *e)
{
	gnutls_x509_crt_t crt;
	int r = gnutls_x509_crt_init(&crt);

	if (r < 0)
		return failed(e, "make a certificate", r);
	if ((r = fill(crt, key, hostnames, now_s)) < 0)
		r = failed(e, "make a certificate", r);
	else
		r = export_cert(crt, ret, e);
	gnutls_x509_crt_deinit(crt);
	return r;
}

int
cert_make(
    char *key_pem, const char *hostnames, int64_t now_s, char **ret, struct err *e)
{
	gnutls_datum_t pem = { (void *)key_pem, (unsigned)strlen(key_pem) };
	gnutls_x509_privkey_t key;
	int r = gnutls_x509_privkey_init(&key);

	if (r < 0)
		return failed(e, "make a certificate", r);
	if ((r = gnutls_x509_privkey_import(key, &pem, GNUTLS_X509_FMT_PEM)) < 0)
		r = failed(e, "read the key of the certificate", r);
	else
		r = make(key, hostnames, now_s, ret, e);
	gnutls_x509_privkey_deinit(key);
	return r;
}
