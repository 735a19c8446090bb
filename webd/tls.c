/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The certificate in use (see tls.h). webd's one thread. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <pwd.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/conf.h"
#include "common/err.h"
#include "common/file.h"
#include "common/log.h"
#include "common/loop.h"
#include "common/text.h"
#include "webd/cert.h"
#include "webd/field.h"
#include "webd/tls.h"

#define PEM_MAX (256 * 1024)
#define CHAIN_MAX 8
#define DAY_S (24 * 3600)
#define RETRY_US (3600 * (int64_t)1000000)
/* No handshake lasts longer: the connection would have been cut off. */
#define RETIRED_US (60 * (int64_t)1000000)

/* A certificate with those that vouch for it, and its key. */
struct pair {
	struct pair *older; /* connections may still be shaking hands with it */
	int64_t retired_us;
	gnutls_pcert_st chain[CHAIN_MAX];
	unsigned n;
	gnutls_privkey_t key;
	/* What is said of it: */
	char fingerprint[32 * 3 + 1];
	char names[2048];
	int64_t from_s, until_s;
};

struct tls {
	struct conf conf;
	bool own; /* made by us */
	struct pair *pair;
	int64_t retry_us; /* not before */
	int64_t warned_s;
};

/* The library's call-back carries nothing of ours. */
static struct tls *current;

int
tls_retrieve(gnutls_session_t session, const gnutls_datum_t *authorities,
    int n_authorities, const gnutls_pk_algorithm_t *algorithms, int n_algorithms,
    gnutls_pcert_st **ret_chain, unsigned int *ret_n, gnutls_privkey_t *ret_key)
{
	(void)session;
	(void)authorities;
	(void)n_authorities;
	(void)algorithms;
	(void)n_algorithms;
	if (current == NULL)
		return -1;
	*ret_chain = current->pair->chain;
	*ret_n = current->pair->n;
	*ret_key = current->pair->key;
	return 0;
}

static void
pair_free(struct pair *p)
{
	unsigned i;

	if (p == NULL)
		return;
	pair_free(p->older);
	for (i = 0; i < p->n; i++)
		gnutls_pcert_deinit(&p->chain[i]);
	if (p->key != NULL)
		gnutls_privkey_deinit(p->key);
	free(p);
}

/* ---- reading ---- */

static int
unreadable(const char *key, const char *path, struct err *e)
{
	int why = errno;
	const struct passwd *me = getpwuid(geteuid());

	return err_set(e, ERR_USAGE, "tls-file", "[webd] %s = %s: %s.%s%s%s", key, path,
	    strerror(why), why == EACCES ? " webd runs as the user " : "",
	    why != EACCES    ? ""
		: me != NULL ? me->pw_name
			     : "of its unit",
	    why == EACCES ? ", who must be able to read it: copy it to where that is "
			    "so, or give it to that group (chgrp, chmod 640)"
			  : "");
}

/* A user's file may be a link (certbot's are). NULL and e. */
static char *
read_pem(const char *key, const char *path, struct err *e)
{
	char *p = malloc(PEM_MAX + 1);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	ssize_t n = -1;

	if (fd < 0)
		(void)unreadable(key, path, e);
	else if (p != NULL && (n = file_read_full(fd, p, PEM_MAX + 1, NULL)) < 0)
		(void)unreadable(key, path, e);
	else if (n > PEM_MAX)
		n = err_set(e, ERR_USAGE, "tls-file",
		    "[webd] %s = %s: this is too large for a certificate or key", key,
		    path);
	if (fd >= 0)
		close(fd);
	if (n >= 0) {
		p[n] = '\0';
		return p;
	}
	free(p);
	return NULL;
}

static void
describe(struct pair *p, gnutls_x509_crt_t crt)
{
	uint8_t hash[32];
	char name[256];
	size_t n = sizeof(hash), at = 0, i;
	int r;

	if (gnutls_x509_crt_get_fingerprint(crt, GNUTLS_DIG_SHA256, hash, &n) < 0)
		memset(hash, 0, sizeof(hash));
	for (i = 0; i < sizeof(hash); i++)
		snprintf(p->fingerprint + i * 3, 4, "%02X:", hash[i]);
	p->fingerprint[sizeof(hash) * 3 - 1] = '\0';
	p->from_s = (int64_t)gnutls_x509_crt_get_activation_time(crt);
	p->until_s = (int64_t)gnutls_x509_crt_get_expiration_time(crt);
	for (i = 0; at < sizeof(p->names); i++) {
		n = sizeof(name) - 1;
		r = gnutls_x509_crt_get_subject_alt_name(
		    crt, (unsigned)i, name, &n, NULL);
		if (r == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
			break;
		if (r != GNUTLS_SAN_DNSNAME)
			continue;
		name[n] = '\0';
		at += (size_t)snprintf(p->names + at, sizeof(p->names) - at, "%s%s",
		    at > 0 ? " " : "", name);
	}
}

static bool
fits(gnutls_privkey_t key, gnutls_x509_crt_t crt)
{
	uint8_t a[64], b[64];
	size_t n_a = sizeof(a), n_b = sizeof(b);
	gnutls_pubkey_t public;
	bool same;

	if (gnutls_pubkey_init(&public) < 0)
		return false;
	same = gnutls_pubkey_import_privkey(public, key, 0, 0) >= 0 &&
	    gnutls_pubkey_get_key_id(public, 0, a, &n_a) >= 0 &&
	    gnutls_x509_crt_get_key_id(crt, 0, b, &n_b) >= 0 && n_a == n_b &&
	    memcmp(a, b, n_a) == 0;
	gnutls_pubkey_deinit(public);
	return same;
}

struct source {
	char *cert, *key; /* PEM */
	const char *cert_name, *key_name; /* for a sentence */
};

static int
take_key(struct pair *p, const struct source *s, struct err *e)
{
	gnutls_datum_t pem = { (void *)s->key, (unsigned)strlen(s->key) };
	int r;

	if ((r = gnutls_privkey_init(&p->key)) < 0 ||
	    (r = gnutls_privkey_import_x509_raw(
		 p->key, &pem, GNUTLS_X509_FMT_PEM, NULL, 0)) < 0)
		return err_set(e, ERR_USAGE, "tls-key",
		    "%s holds no private key in PEM form that can be used without a "
		    "password (%s)",
		    s->key_name, gnutls_strerror(r));
	return 0;
}

static int
take_chain(struct pair *p, const struct source *s, gnutls_x509_crt_t *list, unsigned n,
    struct err *e)
{
	int r;

	if (n > CHAIN_MAX)
		return err_set(e, ERR_USAGE, "tls-cert",
		    "%s holds %u certificates; the server's own and at most %d above "
		    "it are sent",
		    s->cert_name, n, CHAIN_MAX - 1);
	if (!fits(p->key, list[0]))
		return err_set(e, ERR_USAGE, "tls-mismatch",
		    "%s is not the key of the first certificate in %s; the two must "
		    "have been made together, and the server's own certificate comes "
		    "first",
		    s->key_name, s->cert_name);
	p->n = n;
	if ((r = gnutls_pcert_import_x509_list(p->chain, list, &p->n, 0)) < 0) {
		p->n = 0;
		return err_set(e, ERR_USAGE, "tls-cert", "%s: %s", s->cert_name,
		    gnutls_strerror(r));
	}
	describe(p, list[0]);
	return 0;
}

static struct pair *
pair_new(const struct source *s, struct err *e)
{
	gnutls_datum_t pem = { (void *)s->cert, (unsigned)strlen(s->cert) };
	struct pair *p = calloc(1, sizeof(*p));
	gnutls_x509_crt_t *list = NULL;
	unsigned i, n = 0;
	int r;

	if (p == NULL) {
		err_sys(e, "memory for a certificate");
		return NULL;
	}
	r = gnutls_x509_crt_list_import2(&list, &n, &pem, GNUTLS_X509_FMT_PEM, 0);
	if (r < 0 || n == 0)
		r = err_set(e, ERR_USAGE, "tls-cert",
		    "%s holds no certificate in PEM form (%s)", s->cert_name,
		    gnutls_strerror(r));
	else if ((r = take_key(p, s, e)) == 0)
		r = take_chain(p, s, list, n, e);
	for (i = 0; i < n; i++)
		gnutls_x509_crt_deinit(list[i]);
	gnutls_free(list);
	if (r == 0)
		return p;
	pair_free(p);
	return NULL;
}

/* ---- the user's ---- */

static struct pair *
load_users(const struct conf *c, struct err *e)
{
	char cert_name[CONF_PATH_MAX + 30], key_name[CONF_PATH_MAX + 30];
	struct source s = { .cert_name = cert_name, .key_name = key_name };
	struct pair *p = NULL;
	char *cert, *key;

	snprintf(cert_name, sizeof(cert_name), "[webd] tls_cert = %s", c->tls_cert);
	snprintf(key_name, sizeof(key_name), "[webd] tls_key = %s", c->tls_key);
	cert = read_pem("tls_cert", c->tls_cert, e);
	key = cert != NULL ? read_pem("tls_key", c->tls_key, e) : NULL;
	s.cert = cert;
	s.key = key;
	if (cert != NULL && key != NULL)
		p = pair_new(&s, e);
	if (key != NULL)
		sodium_memzero(key, strlen(key));
	free(key);
	free(cert);
	return p;
}

/* ---- our own, in STATE/tls/ ---- */

#define OWN_KEY "webd.key"
#define OWN_CERT "webd.crt"

static int
open_folder(const struct conf *c, struct err *e)
{
	char path[CONF_PATH_MAX + 8];
	struct stat st;
	int dir;

	snprintf(path, sizeof(path), "%s/tls", c->state);
	if (file_mkdir(path, 0700, e) < 0)
		return -1;
	dir = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0)
		return err_sys(e, "open '%s'", path);
	if (fstat(dir, &st) == 0 && st.st_uid == geteuid() && (st.st_mode & 077) == 0)
		return dir;
	close(dir);
	return err_set(e, ERR_USAGE, "tls-folder",
	    "the folder '%s' must belong to webd's user alone (mode 0700), because the "
	    "key of the certificate lies in it; remove it, and webd makes it anew",
	    path);
}

/* The key, made when it is missing. NULL and e; free with free(). */
static char *
own_key(int dir, struct err *e)
{
	uint8_t *p = NULL;
	struct err missing = { .code = ERR_NONE };
	char *made, *copy;

	if (file_get(dir, OWN_KEY, PEM_MAX, &p, NULL, &missing) == 0)
		return (char *)p;
	if (missing.code != ERR_NOT_FOUND) {
		*e = missing;
		return NULL;
	}
	if (cert_make_key(&made, e) < 0)
		return NULL;
	copy = file_put(dir, OWN_KEY, made, strlen(made), 0600, e) == 0 ? strdup(made)
									: NULL;
	sodium_memzero(made, strlen(made));
	gnutls_free(made);
	return copy;
}

/* Is a certificate of ours still good for this machine? */
static bool
is_good(const struct pair *p, const struct conf *c)
{
	const char *names = c->hostnames;
	int64_t now_s = (int64_t)time(NULL);
	char name[256] = "";

	if (p->from_s > now_s + DAY_S ||
	    p->until_s < now_s + (int64_t)CERT_RENEW_DAYS * DAY_S)
		return false;
	(void)gethostname(name, sizeof(name) - 1);
	name[strcspn(name, ".")] = '\0';
	if (name[0] != '\0' && !conf_list_has(p->names, name))
		return false;
	while (conf_word(&names, name, sizeof(name))) {
		if (!conf_list_has(p->names, name))
			return false;
	}
	return true;
}

static struct pair *
own_pair(int dir, char *key, const struct conf *c, struct err *e)
{
	struct source s = { .key = key,
		.cert_name = "the certificate in tls/" OWN_CERT,
		.key_name = "tls/" OWN_KEY };
	struct pair *p = NULL;
	uint8_t *cert = NULL;
	char *made;

	if (file_get(dir, OWN_CERT, PEM_MAX, &cert, NULL, NULL) == 0) {
		s.cert = (char *)cert;
		p = pair_new(&s, NULL);
		free(cert);
	}
	if (p != NULL && is_good(p, c))
		return p;
	pair_free(p);
	if (cert_make(key, c->hostnames, (int64_t)time(NULL), &made, e) < 0)
		return NULL;
	s.cert = made;
	p = pair_new(&s, e);
	if (p != NULL && file_put(dir, OWN_CERT, made, strlen(made), 0644, e) < 0) {
		pair_free(p);
		p = NULL;
	}
	gnutls_free(made);
	if (p != NULL)
		log_info("tls", "made a certificate; SHA-256 %s", p->fingerprint);
	return p;
}

static struct pair *
load_own(const struct conf *c, struct err *e)
{
	struct pair *p = NULL;
	char *key;
	int dir = open_folder(c, e);

	if (dir < 0)
		return NULL;
	if ((key = own_key(dir, e)) != NULL) {
		p = own_pair(dir, key, c, e);
		sodium_memzero(key, strlen(key));
	}
	free(key);
	close(dir);
	return p;
}

/* ---- in use ---- */

static void
warn_of_end(struct tls *t)
{
	int64_t now_s = (int64_t)time(NULL), left_s = t->pair->until_s - now_s;

	if (t->own || left_s > 14 * DAY_S ||
	    (now_s >= t->warned_s && now_s - t->warned_s < DAY_S))
		return;
	t->warned_s = now_s;
	if (left_s < 0)
		log_warnx("tls",
		    "the certificate %s has expired: browsers will refuse it. Put the "
		    "new one there and reload webd (systemctl reload camherd-webd)",
		    t->conf.tls_cert);
	else
		log_warnx("tls",
		    "the certificate %s expires in %lld days. Put the new one there "
		    "and reload webd (systemctl reload camherd-webd)",
		    t->conf.tls_cert, (long long)(left_s / DAY_S));
}

/* The older ones are kept until no connection can still be shaking hands with them. */
static void
use(struct tls *t, struct pair *fresh)
{
	struct pair **at = &fresh->older;
	int64_t now_us = loop_now_us();

	fresh->older = t->pair;
	if (t->pair != NULL)
		t->pair->retired_us = now_us;
	while (*at != NULL && (*at)->retired_us > now_us - RETIRED_US)
		at = &(*at)->older;
	pair_free(*at);
	*at = NULL;
	t->pair = fresh;
}

int
tls_reload(struct tls *t, const struct conf *c, struct err *e)
{
	bool own = c->tls_cert[0] == '\0';
	struct pair *fresh = own ? load_own(c, e) : load_users(c, e);

	if (fresh == NULL)
		return -1;
	t->conf = *c;
	t->own = own;
	t->warned_s = 0;
	use(t, fresh);
	warn_of_end(t);
	return 0;
}

struct tls *
tls_open(const struct conf *c, struct err *e)
{
	struct tls *t = calloc(1, sizeof(*t));

	if (t == NULL) {
		err_sys(e, "memory for TLS");
		return NULL;
	}
	if (tls_reload(t, c, e) < 0) {
		free(t);
		return NULL;
	}
	current = t;
	return t;
}

void
tls_free(struct tls *t)
{
	if (t == NULL)
		return;
	if (current == t)
		current = NULL;
	pair_free(t->pair);
	free(t);
}

bool
tls_tick(struct tls *t)
{
	struct err e = { .code = ERR_NONE };

	if (t == NULL)
		return false;
	warn_of_end(t);
	if (!t->own || is_good(t->pair, &t->conf) || loop_now_us() < t->retry_us)
		return false;
	t->retry_us = loop_now_us() + RETRY_US;
	if (tls_reload(t, &t->conf, &e) == 0)
		return true;
	log_warnx("tls", "the certificate could not be renewed: %s", e.msg);
	return false;
}

json_t *
tls_json(const struct tls *t, const char *listen)
{
	const struct pair *p;

	if (t == NULL)
		return json_null();
	p = t->pair;
	return json_pack("{s:o,s:s,s:I,s:b,s:b,s:o}", "listen",
	    listen != NULL ? json_text(listen) : json_null(), "fingerprint",
	    p->fingerprint, "expires_s", (json_int_t)p->until_s, "own", t->own,
	    "expired", p->until_s < (int64_t)time(NULL), "names", json_text(p->names));
}
