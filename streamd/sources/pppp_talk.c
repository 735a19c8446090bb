/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The two dialects of channel 0 (see pppp_talk.h). Pure; any thread. */
#include "config.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "streamd/sources/pppp_talk.h"

#define BINARY_MARK 0x0a11
#define USER_FIELD 32
#define PASSWORD_FIELD 128
#define NETWORK_N 92 /* bytes of one network in a scan */
#define STATUS_IR 93 /* the byte that says whether the infrared mode is on */

/* Exclusive or with 1, then the first four bytes go last. */
static void
scramble(const uint8_t *p, size_t n, uint8_t *ret)
{
	size_t i;

	for (i = 0; i < n; i++)
		ret[i] = p[(i + 4) % n] ^ 1;
}

static void
unscramble(const uint8_t *p, size_t n, uint8_t *ret)
{
	size_t i;

	for (i = 0; i < n; i++)
		ret[(i + 4) % n] = p[i] ^ 1;
}

size_t
pppp_binary_build(uint8_t *ret, size_t size, uint16_t command, const uint8_t ticket[4],
    const void *p, size_t n)
{
	static const uint8_t no_ticket[4];
	uint8_t wire[PPPP_DATA_MAX];
	struct writer w;

	if (n > sizeof(wire))
		return 0;
	writer_init(&w, ret, size);
	writer_le16(&w, BINARY_MARK);
	writer_le16(&w, command);
	writer_le16(&w, (uint16_t)(n + 4));
	writer_le16(&w, command == PPPP_LOGIN ? 0x00ff : 0);
	writer_bytes(&w, ticket != NULL ? ticket : no_ticket, 4);
	if (n > 0) {
		scramble(p, n, wire);
		writer_bytes(&w, wire, n);
	}
	return w.bad ? 0 : w.n;
}

int
pppp_binary_parse(const uint8_t *p, size_t n, struct pppp_binary *ret)
{
	struct reader r;
	uint16_t mark, command, length;
	size_t left;
	int32_t token;

	reader_init(&r, p, n);
	mark = reader_le16(&r);
	command = reader_le16(&r);
	length = reader_le16(&r);
	reader_skip(&r, 2);
	token = (int32_t)reader_le32(&r);
	if (r.bad || mark != BINARY_MARK || length < 4)
		return -1;
	left = reader_left(&r);
	if (left > length - 4u)
		left = length - 4u;
	if (left > sizeof(ret->p))
		return -1;
	ret->command = command;
	ret->token = token;
	ret->n = left;
	if (left > 0)
		unscramble(p + r.at, left, ret->p);
	return 0;
}

size_t
pppp_binary_login(uint8_t *ret, size_t size, const char *user, const char *password)
{
	uint8_t p[USER_FIELD + PASSWORD_FIELD];
	size_t n;

	memset(p, 0, sizeof(p));
	n = strnlen(user, USER_FIELD);
	memcpy(p, user, n);
	n = strnlen(password, PASSWORD_FIELD);
	memcpy(p + USER_FIELD, password, n);
	n = pppp_binary_build(ret, size, PPPP_LOGIN, NULL, p, sizeof(p));
	explicit_bzero(p, sizeof(p));
	return n;
}

void
pppp_binary_move(uint8_t ret[28], uint32_t value)
{
	static const uint8_t head[16] = { 0x18, 0, 0, 0, 0x01, 0x0a, 0x50, 0x49, 0x00,
		0x10, 0xff, 0xff, 0, 0, 0, 0 };
	struct writer w;

	writer_init(&w, ret, 28);
	writer_bytes(&w, head, sizeof(head));
	writer_be32(&w, 0);
	writer_be32(&w, value);
	writer_be32(&w, 0);
}

void
pppp_status_init(struct pppp_status *st)
{
	st->battery_mv = st->battery = st->charging = st->ir = st->lamp = -1;
	st->signal_dbm = 0;
}

int
pppp_binary_status(const struct pppp_binary *m, struct pppp_status *ret)
{
	struct reader r;
	uint32_t battery, flags;
	int32_t dbm;

	reader_init(&r, m->p, m->n);
	reader_skip(&r, 4);
	battery = reader_le32(&r);
	reader_skip(&r, 8);
	dbm = (int32_t)reader_le32(&r);
	flags = reader_le32(&r);
	if (r.bad)
		return -1;
	pppp_status_init(ret);
	if (battery > 0 && battery < 100000)
		ret->battery_mv = (int)battery;
	if (dbm < 0 && dbm > -128)
		ret->signal_dbm = dbm;
	ret->charging = flags & 1;
	if (m->n > STATUS_IR)
		ret->ir = m->p[STATUS_IR] != 0;
	return 0;
}

/* Signal as one firmware tells it, -77, and as another does, 198 for -58. */
static int
signal_of(int32_t v)
{
	if (v > 127 && v < 256)
		v -= 256;
	return v < 0 && v > -128 ? (int)v : 0;
}

static int
channel_of(uint32_t v)
{
	return v > 0 && v < 200 ? (int)v : 0;
}

static void
take_name(struct pppp_network *to, const uint8_t *p, size_t n)
{
	n = strnlen((const char *)p, n);
	if (n >= sizeof(to->name))
		n = sizeof(to->name) - 1;
	memcpy(to->name, p, n);
	to->name[n] = '\0';
}

/* The 264 bytes of the settings; only what is shown is looked at. */
static int
wifi_settings(const struct pppp_binary *m, struct pppp_wifi *ret)
{
	struct reader r;

	reader_init(&r, m->p, m->n);
	reader_skip(&r, 0x0c);
	ret->network[0].channel = channel_of(reader_le32(&r));
	ret->network[0].secured = reader_le32(&r) != 0;
	reader_skip(&r, 4);
	if (r.bad || reader_left(&r) < 32)
		return -1;
	take_name(&ret->network[0], m->p + r.at, 32);
	ret->n = ret->network[0].name[0] != '\0';
	return 0;
}

int
pppp_binary_wifi(const struct pppp_binary *m, struct pppp_wifi *ret)
{
	uint32_t count = (uint32_t)m->token;
	struct pppp_network *to;
	struct reader r;
	size_t at;

	memset(ret, 0, sizeof(*ret));
	if (m->command == (PPPP_WIFI_GET | PPPP_ANSWER))
		return wifi_settings(m, ret);
	for (at = 0; ret->n < count && ret->n < PPPP_NETWORKS_MAX; at += NETWORK_N) {
		if (m->n - at < NETWORK_N)
			break;
		to = &ret->network[ret->n++];
		take_name(to, m->p + at, 64);
		reader_init(&r, m->p + at, NETWORK_N);
		reader_skip(&r, 72);
		to->secured = reader_le32(&r) != 0;
		to->signal_dbm = signal_of((int32_t)reader_le32(&r));
		reader_skip(&r, 8);
		to->channel = channel_of(reader_le32(&r));
	}
	return 0;
}

size_t
pppp_json_build(uint8_t *ret, size_t size, const struct pppp_json_request *q)
{
	json_t *doc = json_pack("{s:s,s:i,s:s,s:s,s:s}", "pro", q->name, "cmd",
	    q->command, "user", q->user, "pwd", q->password, "devmac", "0000");
	struct writer w;
	size_t n;

	if (doc == NULL)
		return 0;
	if (q->key != NULL)
		(void)json_object_set_new(doc, q->key, json_integer(q->value));
	if (q->key2 != NULL)
		(void)json_object_set_new(doc, q->key2, json_integer(q->value2));
	writer_init(&w, ret, size);
	writer_be32(&w, 0x060aa080);
	n = size > 8 ? json_dumpb(doc, (char *)ret + 8, size - 8, JSON_COMPACT) : 0;
	json_decref(doc);
	writer_le32(&w, (uint32_t)n);
	return w.bad || n == 0 || n > size - 8 ? 0 : n + 8;
}

/* A number, also when it comes as text; fallback when it is missing. */
static int
number(const json_t *doc, const char *key, int fallback)
{
	const json_t *v = json_object_get(doc, key);
	long long n = fallback;

	if (json_is_integer(v))
		n = json_integer_value(v);
	else if (json_is_string(v))
		n = strtol(json_string_value(v), NULL, 10);
	return n > -1000000 && n < 1000000 ? (int)n : fallback;
}

/* The first of these members that is there. */
static const json_t *
one_of(const json_t *doc, const char *const *names)
{
	const json_t *v = NULL;

	for (; *names != NULL && v == NULL; names++)
		v = json_object_get(doc, *names);
	return v;
}

/* Nobody has written down how these members are called: names that are seen in the
 * family's other messages, and the usual ones. */
static void
take_network(const json_t *doc, struct pppp_wifi *ret)
{
	static const char *const names[] = { "wifissid", "ssid", "name", NULL },
				 *const signals[] = { "signal", "rssi", "dbm", NULL },
				 *const locks[] = { "encryption", "auth", "security",
					 NULL };
	const json_t *name = one_of(doc, names), *v;
	struct pppp_network *to = &ret->network[ret->n];

	if (!json_is_string(name) || json_string_length(name) == 0 ||
	    ret->n == PPPP_NETWORKS_MAX)
		return;
	take_name(
	    to, (const uint8_t *)json_string_value(name), json_string_length(name));
	v = one_of(doc, signals);
	to->signal_dbm =
	    json_is_integer(v) ? signal_of((int32_t)json_integer_value(v)) : 0;
	v = one_of(doc, locks);
	to->secured = json_is_integer(v) ? json_integer_value(v) != 0 : -1;
	v = json_object_get(doc, "channel");
	to->channel =
	    json_is_integer(v) ? channel_of((uint32_t)json_integer_value(v)) : 0;
	ret->n++;
}

/* The answer itself names one network, or one of its members is a list of them. */
static void
take_wifi(json_t *doc, struct pppp_wifi *ret)
{
	const char *key;
	json_t *v;
	size_t i;

	memset(ret, 0, sizeof(*ret));
	take_network(doc, ret);
	json_object_foreach(doc, key, v)
	{
		for (i = 0; i < json_array_size(v); i++)
			take_network(json_array_get(v, i), ret);
	}
}

size_t
pppp_json_length(const uint8_t *p, size_t n)
{
	struct reader r;
	uint32_t length;

	reader_init(&r, p, n);
	if (reader_u8(&r) != 0x06 || reader_u8(&r) != 0x0a)
		return 0;
	reader_skip(&r, 2);
	length = reader_le32(&r);
	return r.bad || length > INT32_MAX ? 0 : 8 + (size_t)length;
}

int
pppp_json_parse(const uint8_t *p, size_t n, int *ret_command, int *ret_result,
    struct pppp_status *st, struct pppp_wifi *wifi)
{
	size_t length = pppp_json_length(p, n);
	json_t *doc;

	if (length == 0 || length > n)
		return -1;
	doc = json_loadb((const char *)p + 8, length - 8, JSON_DISABLE_EOF_CHECK, NULL);
	if (!json_is_object(doc)) {
		json_decref(doc);
		return -1;
	}
	*ret_command = number(doc, "cmd", -1);
	*ret_result = number(doc, "result", 0);
	pppp_status_init(st);
	st->battery = number(doc, "batValue", -1);
	st->charging = number(doc, "batStatus", -1);
	st->signal_dbm = number(doc, "signal", 0);
	st->ir = number(doc, "icut", -1);
	st->lamp = number(doc, "lamp", -1);
	take_wifi(doc, wifi);
	json_decref(doc);
	return 0;
}
