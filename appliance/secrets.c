/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A text without secrets (see secrets.h). Any thread. */
#include "config.h"

#include <ctype.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/secrets.h"
#include "common/conf.h"
#include "common/err.h"
#include "common/file.h"
#include "common/text.h"
#include "db/camera.h"
#include "db/dump.h"
#include "db/people_hashes.h"
#include "db/setting.h"

#define FORMS_MAX 40000u
#define FILE_MAX_BYTES 65536

struct secrets {
	char **form;
	size_t n, room;
	bool failed;
};

struct secrets *
secrets_new(void)
{
	return calloc(1, sizeof(struct secrets));
}

void
secrets_free(struct secrets *s)
{
	size_t i;

	if (s == NULL)
		return;
	for (i = 0; i < s->n; i++) {
		sodium_memzero(s->form[i], strlen(s->form[i]));
		free(s->form[i]);
	}
	free(s->form);
	free(s);
}

/* Longest first, so that a form within another does not leave its ends behind. */
static int
add_form(struct secrets *s, const char *form)
{
	size_t i, length = strlen(form), room;
	char **more, *copy;

	if (length < SECRET_MIN || s->n >= FORMS_MAX)
		return 0;
	for (i = 0; i < s->n; i++) {
		if (strcmp(s->form[i], form) == 0)
			return 0;
	}
	if (s->n == s->room) {
		room = s->room > 0 ? s->room * 2 : 64;
		if ((more = realloc(s->form, room * sizeof(*more))) == NULL)
			return -1;
		s->form = more;
		s->room = room;
	}
	if ((copy = strdup(form)) == NULL)
		return -1;
	for (i = s->n++; i > 0 && strlen(s->form[i - 1]) < length; i--)
		s->form[i] = s->form[i - 1];
	s->form[i] = copy;
	return 0;
}

/* All bytes but letters, digits and what `keep` holds as %XX. */
static void
percent(const char *p, const char *keep, const char *digits, char *ret)
{
	for (; *p != '\0'; p++) {
		if (isalnum((unsigned char)*p) || strchr(keep, *p) != NULL) {
			*ret++ = *p;
		} else {
			*ret++ = '%';
			*ret++ = digits[(unsigned char)*p >> 4];
			*ret++ = digits[(unsigned char)*p & 15];
		}
	}
	*ret = '\0';
}

/* In base64 the letters depend on how many bytes stand in front (0 to 2 modulo 3), and
 * the first and last letter also on the neighbours: what is the same anyhow. */
static int
add_base64(struct secrets *s, const char *secret, int variant)
{
	char padded[520], text[800];
	size_t n = strlen(secret), shift, from, letters;

	for (shift = 0; shift < 3; shift++) {
		memset(padded, 0, sizeof(padded));
		memcpy(padded + shift, secret, n);
		sodium_bin2base64(text, sizeof(text), (const unsigned char *)padded,
		    shift + n, variant);
		from = (shift * 8 + 5) / 6;
		letters = ((shift + n) * 8) / 6;
		if (letters <= from || letters - from < SECRET_MIN)
			continue;
		text[letters] = '\0';
		if (add_form(s, text + from) < 0)
			return -1;
	}
	return 0;
}

static int
add_hex(struct secrets *s, const char *secret)
{
	char text[1040];
	size_t i;

	text_hex((const uint8_t *)secret, strlen(secret), text);
	if (add_form(s, text) < 0)
		return -1;
	for (i = 0; text[i] != '\0'; i++)
		text[i] = (char)toupper((unsigned char)text[i]);
	return add_form(s, text);
}

static int
add_url(struct secrets *s, const char *secret)
{
	static const char *const keeps[] = { "-_.~", "", "-_.!~*'()", "-_.~:@$&+,;=" };
	char text[1540];
	unsigned i;

	for (i = 0; i < sizeof(keeps) / sizeof(keeps[0]); i++) {
		percent(secret, keeps[i], "0123456789ABCDEF", text);
		if (add_form(s, text) < 0)
			return -1;
		percent(secret, keeps[i], "0123456789abcdef", text);
		if (add_form(s, text) < 0)
			return -1;
	}
	return 0;
}

int
secrets_add(struct secrets *s, const char *secret)
{
	char escaped[2100];
	size_t n = strlen(secret);

	if (n < SECRET_MIN || n > 512)
		return 0;
	if (add_form(s, secret) < 0 || add_url(s, secret) < 0 || add_hex(s, secret) < 0 ||
	    add_base64(s, secret, sodium_base64_VARIANT_ORIGINAL) < 0 ||
	    add_base64(s, secret, sodium_base64_VARIANT_URLSAFE) < 0)
		return -1;
	text_escape(secret, n, escaped, sizeof(escaped));
	if (add_form(s, escaped) < 0)
		return -1;
	text_escape_json(secret, n, escaped, sizeof(escaped));
	return add_form(s, escaped);
}

/* ---- where they are ---- */

static void
add(struct secrets *s, const char *secret)
{
	if (secrets_add(s, secret) < 0)
		s->failed = true;
}

/* "user:password" is what HTTP Basic turns into base64. */
static void
add_pair(struct secrets *s, const char *user, const char *password)
{
	char pair[260];

	add(s, password);
	if (user[0] == '\0' || password[0] == '\0')
		return;
	snprintf(pair, sizeof(pair), "%s:%s", user, password);
	add(s, pair);
}

static bool
take_camera(const struct camera *c, void *arg)
{
	struct secrets *s = arg;
	char id[514];

	add_pair(s, c->user, c->password);
	/* Not "admin" and its like: that would blank the word everywhere. */
	if (strlen(c->user) > 6)
		add(s, c->user);
	add(s, c->chip_id);
	add(s, c->mac);
	if (strncmp(c->source, "pppp:", 5) == 0) {
		snprintf(id, sizeof(id), "%.*s", (int)strcspn(c->source + 5, "@?#/"),
		    c->source + 5);
		add(s, id);
	}
	/* A key in the address: "?token=…". */
	if (strchr(c->source, '?') != NULL)
		add(s, strchr(c->source, '?') + 1);
	return true;
}

static bool
take_dump(const struct dump *d, void *arg)
{
	struct secrets *s = arg;

	add(s, d->chip_id);
	add(s, d->mac);
	return true;
}

static void
take_hash(const char *hash, void *arg)
{
	add(arg, hash);
}

/* Each line of a small file that the configuration names: a password, a key. */
static void
take_file(const char *key, const char *path, void *arg)
{
	uint8_t *text;
	struct err ignored;
	char *line, *save = NULL;

	(void)key;
	if (file_get(AT_FDCWD, path, FILE_MAX_BYTES, &text, NULL, &ignored) < 0)
		return;
	for (line = strtok_r((char *)text, "\r\n", &save); line != NULL;
	     line = strtok_r(NULL, "\r\n", &save)) {
		if (strncmp(line, "-----", 5) != 0)
			add(arg, line);
	}
	free(text);
}

int
secrets_gather(struct secrets *s, struct db *db, const struct conf *conf, struct err *e)
{
	char user[33], password[65];
	struct err ignored;

	if (conf != NULL)
		conf_files(conf, take_file, s);
	if (db != NULL) {
		if (camera_each(db, take_camera, s, e) < 0 ||
		    dump_each(db, 0, take_dump, s, e) < 0 ||
		    people_hashes(db, take_hash, s, e) < 0)
			return -1;
		if (stream_password_get(db, user, password, &ignored) == 0)
			add_pair(s, user, password);
	}
	return s->failed ? err_set(e, ERR_FAILED, "no-memory", "memory for the report") : 0;
}

/* ---- the text ---- */

int
secrets_find(const struct secrets *s, const char *text, size_t n)
{
	size_t i;

	for (i = 0; i < s->n; i++) {
		if (memmem(text, n, s->form[i], strlen(s->form[i])) != NULL)
			return (int)i;
	}
	return -1;
}

static size_t
blank_one(char *text, size_t n, const char *form)
{
	size_t length = strlen(form);
	char *at = text;

	while ((at = memmem(at, n - (size_t)(at - text), form, length)) != NULL) {
		memcpy(at, "***", 3);
		memmove(at + 3, at + length, n - (size_t)(at - text) - length);
		n -= length - 3;
		at += 3;
	}
	return n;
}

size_t
secrets_blank(const struct secrets *s, char *text, size_t n)
{
	size_t i, before;

	do {
		before = n;
		for (i = 0; i < s->n; i++)
			n = blank_one(text, n, s->form[i]);
		/* What was blanked may bring two halves together. */
	} while (n < before && secrets_find(s, text, n) >= 0);
	text[n] = '\0';
	return n;
}
