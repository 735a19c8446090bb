/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names, keys, addresses and versions inside an image (see found.h). Pure. */
#include "config.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/text.h"
#include "image/device_id.h"
#include "image/fdcm.h"
#include "image/found.h"

#define SSID_MAX 32u
#define PSK_MAX 65u
#define PSK_MIN 8u
#define STATION_AT 12u /* of the station in a settings record */
#define NETWORK (SSID_MAX + 1 + PSK_MAX)
#define VERSION_MAX 16u
#define TEXT_MIN 4u /* shorter runs of text are chance */

struct scan {
	const uint8_t *p;
	size_t n;
	const struct image_map *map;
	struct found_list *list;
	bool macs;
};

static const char *const sensors[] = { "gc0308", "gc0312", "gc0328", "gc0329", "gc032a",
	"gc2145", "bf3703", "bf3a03", "bf20a1", "bf2257", "bf30a2", "ov2640", "ov7670",
	"ov7725", "sp0838", "sp0a19", "h62", "h63", "hi704", "sc031gs", NULL };

static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul",
	"Aug", "Sep", "Oct", "Nov", "Dec", NULL };

const char *
found_kind_name(enum found_kind kind)
{
	static const char *const names[] = { "ssid", "passphrase", "mac", "device-id",
		"email", "setting", "url", "version", "build-date", "sensor" };

	return names[kind];
}

bool
found_is_secret(enum found_kind kind)
{
	return kind < FOUND_URL;
}

/* Where there is no room, what gives nothing away goes. */
static bool
make_room(struct found_list *list, enum found_kind kind)
{
	unsigned i = list->n;

	if (list->n < FOUND_MAX)
		return true;
	list->more = true;
	if (!found_is_secret(kind))
		return false;
	while (i > 0 && found_is_secret(list->items[i - 1].kind))
		i--;
	if (i == 0) {
		list->more_secrets = true;
		return false;
	}
	memmove(&list->items[i - 1], &list->items[i],
	    (list->n - i) * sizeof(list->items[0]));
	list->n--;
	return true;
}

static void
add(struct scan *s, enum found_kind kind, size_t at, size_t n, const char *where)
{
	struct found *f;
	unsigned i;

	if (n == 0 || n > FOUND_BYTES_MAX || at > s->n || n > s->n - at ||
	    s->list->more_secrets || (kind == FOUND_MAC && !s->macs))
		return;
	for (i = 0; i < s->list->n; i++) {
		f = &s->list->items[i];
		if (f->at == at && f->n == n)
			return;
	}
	if (!make_room(s->list, kind))
		return;
	f = &s->list->items[s->list->n++];
	f->kind = kind;
	f->at = (uint32_t)at;
	f->n = (uint16_t)n;
	memcpy(f->bytes, s->p + at, n);
	snprintf(f->where, sizeof(f->where), "%s", where);
}

static bool
printable(uint8_t c)
{
	return c >= 0x20 && c < 0x7f;
}

/* Length of the text in a field that ends at NUL, FF or its size. */
static size_t
field_text(const uint8_t *p, size_t size)
{
	size_t n = 0;

	while (n < size && p[n] != 0 && p[n] != 0xff)
		n++;
	return n;
}

/* A network: name[32], its length, passphrase[65]. */
static void
add_network(struct scan *s, size_t at, unsigned record, const char *what)
{
	size_t n = s->p[at + SSID_MAX];
	char where[48];

	if (n == 0 || n > SSID_MAX)
		n = field_text(s->p + at, SSID_MAX);
	snprintf(where, sizeof(where), "record %u, %s name", record, what);
	add(s, FOUND_SSID, at, n, where);
	snprintf(where, sizeof(where), "record %u, %s passphrase", record, what);
	add(s, FOUND_PASSPHRASE, at + SSID_MAX + 1,
	    field_text(s->p + at + SSID_MAX + 1, PSK_MAX), where);
}

/* Does a network stand here? Its length matches its text, zeroes fill the rest. */
static bool
looks_like_network(const uint8_t *p)
{
	size_t n = p[SSID_MAX], i;

	if (n == 0 || n > SSID_MAX)
		return false;
	for (i = 0; i < n; i++) {
		if (p[i] < 0x20 || p[i] == 0x7f || p[i] == 0xff)
			return false;
	}
	for (; i < SSID_MAX; i++) {
		if (p[i] != 0)
			return false;
	}
	return true;
}

/* "1.0.6": digits and dots. Without a dot it may be a passphrase. */
static bool
is_version(const uint8_t *p, size_t n)
{
	size_t i, dots = 0;

	for (i = 0; i < n; i++) {
		if (!isdigit(p[i]) && p[i] != '.')
			return false;
		dots += p[i] == '.';
	}
	return dots > 0 && n <= VERSION_MAX;
}

/* Runs of text in a settings record that no field explained. */
static void
add_loose_text(struct scan *s, size_t at, size_t end, unsigned record)
{
	char where[48];
	size_t from;

	snprintf(where, sizeof(where), "record %u, other text", record);
	while (at < end) {
		from = at;
		while (at < end && printable(s->p[at]) && at - from < FOUND_BYTES_MAX)
			at++;
		if (at - from >= TEXT_MIN)
			add(s,
			    is_version(s->p + from, at - from) ? FOUND_VERSION
							       : FOUND_SETTING,
			    from, at - from, where);
		if (at == from)
			at++;
	}
}

/* Networks of a vendor's own in [at, end), one behind the other or here and there. */
static void
add_networks(struct scan *s, size_t at, size_t end, unsigned record)
{
	while (end - at >= NETWORK) {
		if (looks_like_network(s->p + at)) {
			add_network(s, at, record, "vendor's");
			at += NETWORK;
		} else {
			at++;
		}
	}
}

static void
scan_sysinfo_record(struct scan *s, size_t at, size_t n, unsigned record)
{
	char where[48];

	snprintf(where, sizeof(where), "record %u, MAC address", record);
	if (s->p[at + SYSINFO_MAC] != 0xff &&
	    memcmp(s->p + at + SYSINFO_MAC, "\0\0\0\0\0\0", 6) != 0)
		add(s, FOUND_MAC, at + SYSINFO_MAC, 6, where);
	add_network(s, at + STATION_AT, record, "station");
	add_network(s, at + 110, record, "access point");
	/* What the vendor's tail holds besides: a version is no secret, the rest may
	 * be. */
	add_networks(s, at + SYSINFO_BYTES, at + n, record);
	add_loose_text(s, at + SYSINFO_BYTES, at + n, record);
}

static void
scan_fdcm(struct scan *s, const struct image_fdcm *f, bool sysinfo)
{
	size_t at;
	unsigned i;

	/* Every record that fits, written or not: the bitmap itself may be damaged. */
	for (i = 0; i < f->capacity; i++) {
		at = fdcm_record(f, i);
		if (at > s->n || f->record > s->n - at)
			return;
		if (field_text(s->p + at, f->record) == 0 && s->p[at] == 0xff)
			continue;
		if (sysinfo) {
			scan_sysinfo_record(s, at, f->record, i);
			continue;
		}
		add_networks(s, at, at + f->record, i);
		add_loose_text(s, at, at + f->record, i);
	}
}

/* Every area, however many there are. */
static void
scan_areas(struct scan *s)
{
	struct image_fdcm f;
	size_t at;

	for (at = 0; at < s->n; at += IMAGE_SECTOR) {
		if (fdcm_read(s->p, s->n, (uint32_t)at, &f) == 0)
			scan_fdcm(s, &f, fdcm_is_sysinfo(s->p, s->n, &f));
	}
}

static bool
is_hex(uint8_t c)
{
	return isxdigit(c) != 0;
}

/* "aa:bb:cc:dd:ee:ff" (or with dashes). */
static bool
match_mac(const uint8_t *p, size_t n)
{
	size_t i;

	if (n < 17 || (p[2] != ':' && p[2] != '-'))
		return false;
	for (i = 0; i < 17; i++) {
		if (i % 3 == 2 ? p[i] != p[2] : !is_hex(p[i]))
			return false;
	}
	return true;
}

static bool
starts(const uint8_t *p, size_t n, const char *word)
{
	return n >= strlen(word) && memcmp(p, word, strlen(word)) == 0;
}

static size_t
match_url(const uint8_t *p, size_t n)
{
	static const char *const schemes[] = { "http://", "https://", "rtsp://",
		"rtmp://", "mqtt://", NULL };
	size_t i, k;

	for (k = 0; schemes[k] != NULL; k++) {
		if (!starts(p, n, schemes[k]))
			continue;
		for (i = 0; i < n && p[i] > 0x20 && p[i] < 0x7f && p[i] != '"'; i++)
			;
		return i > strlen(schemes[k]) + 3 ? i : 0;
	}
	return 0;
}

/* An address is no secret, but "user:password@" in it is. */
static void
add_url(struct scan *s, size_t at, size_t n)
{
	const uint8_t *p = s->p + at, *host, *slash, *sign;

	host = (const uint8_t *)memmem(p, n, "://", 3) + 3;
	slash = memchr(host, '/', n - (size_t)(host - p));
	sign = memrchr(host, '@', (size_t)((slash != NULL ? slash : p + n) - host));
	if (sign != NULL && sign - host >= 3)
		add(s, FOUND_PASSPHRASE, (size_t)(host - s->p), (size_t)(sign - host),
		    "login in an address");
	else
		add(s, FOUND_URL, at, n < FOUND_BYTES_MAX ? n : FOUND_BYTES_MAX,
		    "text");
}

static bool
is_name_char(uint8_t c)
{
	return isalnum(c) || c == '.' || c == '_' || c == '-' || c == '+';
}

/* An address around the '@' at p[at]: sets *from, returns the length or 0. */
static size_t
match_email(const uint8_t *p, size_t n, size_t at, size_t *from)
{
	size_t a = at, b = at + 1, dot = 0;

	while (a > 0 && at - a < 40 && is_name_char(p[a - 1]))
		a--;
	while (b < n && b - at < 50 && is_name_char(p[b])) {
		if (p[b] == '.')
			dot = b;
		b++;
	}
	if (at - a < 2 || dot == 0 || b - dot < 3 || dot - at < 3)
		return 0;
	*from = a;
	return b - a;
}

/* "Nov 12 2021", the form of the compiler's __DATE__. */
static bool
match_date(const uint8_t *p, size_t n)
{
	size_t i;

	if (n < 11 || p[3] != ' ' || p[6] != ' ' || !isdigit(p[5]) ||
	    !starts(p + 7, n - 7, "20") || !isdigit(p[9]) || !isdigit(p[10]))
		return false;
	for (i = 0; months[i] != NULL; i++) {
		if (memcmp(p, months[i], 3) == 0)
			return true;
	}
	return false;
}

static bool
match_word(const uint8_t *p, size_t n, const char *word)
{
	size_t i;

	for (i = 0; word[i] != '\0'; i++) {
		if (i == n || tolower(p[i]) != word[i])
			return false;
	}
	return i == n || !isalnum(p[i]);
}

static size_t
match_sensor(const uint8_t *p, size_t n)
{
	size_t k;

	for (k = 0; sensors[k] != NULL; k++) {
		if (match_word(p, n, sensors[k]))
			return strlen(sensors[k]);
	}
	return 0;
}

/* "SDK 1.2.0" and "V1.0.6" like texts. */
static size_t
match_version(const uint8_t *p, size_t n)
{
	size_t i, dots = 0;

	if (starts(p, n, "SDK "))
		i = 4;
	else if (n > 1 && (p[0] == 'V' || p[0] == 'v') && isdigit(p[1]))
		i = 1;
	else
		return 0;
	for (; i < n && i < 24 && (isdigit(p[i]) || p[i] == '.'); i++)
		dots += p[i] == '.';
	return dots >= 2 ? i : 0;
}

static void
scan_text_at(struct scan *s, size_t at, bool word_start)
{
	const uint8_t *p = s->p + at;
	size_t n = s->n - at, len, from;
	struct device_id id;

	if (*p == '@') {
		if ((len = match_email(s->p, s->n, at, &from)) > 0)
			add(s, FOUND_EMAIL, from, len, "text");
		return;
	}
	if ((len = device_id_read(p, n, &id)) > 0)
		add(s, FOUND_DEVICE_ID, at, len, "bytes");
	if (!word_start)
		return;
	if (match_mac(p, n))
		add(s, FOUND_MAC, at, 17, "text");
	else if ((len = device_id_match(p, n, &id)) > 0)
		add(s, FOUND_DEVICE_ID, at, len, "text");
	else if ((len = match_url(p, n)) > 0)
		add_url(s, at, len);
	else if (match_date(p, n))
		add(s, FOUND_BUILD_DATE, at, 11, "text");
	else if ((len = match_version(p, n)) > 0)
		add(s, FOUND_VERSION, at, len, "text");
	else if ((len = match_sensor(p, n)) > 0)
		add(s, FOUND_SENSOR, at, len, "text");
}

/* Outside of an area a network must look more like one: chance has much room there. */
static bool
looks_like_lost_network(const uint8_t *p)
{
	const uint8_t *psk = p + SSID_MAX + 1;
	size_t n, i;

	if (p[SSID_MAX] < 2 || !looks_like_network(p))
		return false;
	n = field_text(psk, PSK_MAX);
	for (i = 0; i < n; i++) {
		if (!printable(psk[i]))
			return false;
	}
	/* 32, the longest name's length, is a space: a text of 32 letters and more words
	 * is no network unless nothing stands behind its end. */
	if (p[SSID_MAX] == SSID_MAX) {
		for (i = n; i < PSK_MAX; i++) {
			if (psk[i] != 0)
				return false;
		}
	}
	return n == 0 || (n >= PSK_MIN && n < PSK_MAX);
}

/* The network at `at` may be the station's of a settings record; then its MAC address
 * stands before it. */
static void
add_lost_mac(struct scan *s, size_t at)
{
	const uint8_t *rec;

	if (at < STATION_AT || s->n - at < SYSINFO_BYTES - STATION_AT)
		return;
	rec = s->p + at - STATION_AT;
	if (rec[11] <= 2 && rec[142] <= SSID_MAX && (rec[4] & 0xfe) == 0 &&
	    (rec[SYSINFO_MAC] & 1) == 0 &&
	    memcmp(rec + SYSINFO_MAC, "\0\0\0\0\0\0", 6) != 0)
		add(s, FOUND_MAC, at - STATION_AT + SYSINFO_MAC, 6,
		    "record 0, lost MAC address");
}

static bool
match_nocase(const uint8_t *p, size_t n, const char *word, size_t *ret)
{
	*ret = strlen(word);
	return n >= *ret && strncasecmp((const char *)p, word, *ret) == 0;
}

/* "wifi_password=…", "\"ssid\": \"…\"": where the value begins, or 0. */
static size_t
match_key(const uint8_t *p, size_t n, enum found_kind *ret)
{
	static const struct {
		const char *word;
		enum found_kind kind;
	} keys[] = { { "ssid", FOUND_SSID }, { "psk", FOUND_PASSPHRASE },
		{ "passphrase", FOUND_PASSPHRASE }, { "password", FOUND_PASSPHRASE },
		{ "passwd", FOUND_PASSPHRASE }, { "pwd", FOUND_PASSPHRASE },
		{ "wifi_key", FOUND_PASSPHRASE } };
	size_t i, at = 0;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (match_nocase(p, n, keys[i].word, &at))
			break;
	}
	if (i == sizeof(keys) / sizeof(keys[0]))
		return 0;
	*ret = keys[i].kind;
	if (at < n && (p[at] == '"' || p[at] == '\''))
		at++;
	while (at < n && p[at] == ' ')
		at++;
	if (at == n || (p[at] != '=' && p[at] != ':'))
		return 0;
	at++;
	while (at < n && (p[at] == ' ' || p[at] == '"' || p[at] == '\''))
		at++;
	return at;
}

static void
add_keyed(struct scan *s, size_t at, size_t end)
{
	enum found_kind kind;
	size_t from = match_key(s->p + at, end - at, &kind), n;
	const char *stop;

	if (from == 0)
		return;
	at += from;
	/* In quotes to their end; else as far as it may go: too much is no harm. */
	stop = strchr("\"'", s->p[at - 1]) != NULL
	    ? (const char[]) { (char)s->p[at - 1], 0 }
	    : "\"'&";
	for (n = 0; at + n < end && n < PSK_MAX && printable(s->p[at + n]) &&
	     strchr(stop, s->p[at + n]) == NULL;
	     n++)
		;
	if (n >= TEXT_MIN)
		add(s, kind, at, n, "text beside its name");
}

/* What lies outside of the firmware and of all areas: an area whose head is damaged, a
 * file of settings. The firmware itself holds such names for its own use. */
static void
scan_gap(struct scan *s, size_t at, size_t end)
{
	for (; at < end; at++) {
		if (end - at >= NETWORK && looks_like_lost_network(s->p + at)) {
			add_network(s, at, 0, "lost");
			add_lost_mac(s, at);
		}
		if (printable(s->p[at]))
			add_keyed(s, at, end);
	}
}

static void
scan_gaps(struct scan *s)
{
	const struct image_region *r;
	size_t at, end;
	unsigned i;

	for (i = 0; i < s->map->n_regions; i++) {
		r = &s->map->regions[i];
		if (r->kind == IMAGE_REGION_SECTION || r->kind == IMAGE_REGION_BLANK)
			continue;
		at = r->at;
		/* What is written across their border is in neither of two regions. */
		while (i + 1 < s->map->n_regions &&
		    r[1].kind != IMAGE_REGION_SECTION && r[1].kind != IMAGE_REGION_BLANK) {
			r++;
			i++;
		}
		end = (size_t)r->at + r->n;
		if (end <= s->n)
			scan_gap(s, at, end);
	}
}

void
found_scan(
    const uint8_t *p, size_t n, const struct image_map *map, struct found_list *ret)
{
	found_scan_kinds(p, n, map, true, ret);
}

void
found_scan_kinds(const uint8_t *p, size_t n, const struct image_map *map, bool macs,
    struct found_list *ret)
{
	struct scan s = { p, n, map, ret, macs };
	size_t at;

	ret->n = 0;
	ret->more = ret->more_secrets = false;
	scan_areas(&s);
	scan_gaps(&s);
	for (at = 0; at < n; at++) {
		if (printable(p[at]))
			scan_text_at(&s, at, at == 0 || !isalnum(p[at - 1]));
	}
}

const char *
found_text(const struct found *f, bool show, char *ret, size_t ret_size)
{
	char text[4 * FOUND_BYTES_MAX + 1];
	struct device_id id;
	size_t n = f->n;

	if (f->kind == FOUND_DEVICE_ID && device_id_read(f->bytes, n, &id) > 0) {
		device_id_format(&id, text);
		n = strlen(text);
	} else if (f->kind == FOUND_MAC && n == 6)
		snprintf(text, sizeof(text), "%02x:%02x:%02x:%02x:%02x:%02x",
		    f->bytes[0], f->bytes[1], f->bytes[2], f->bytes[3], f->bytes[4],
		    f->bytes[5]);
	else
		text_escape(f->bytes, n, text, sizeof(text));
	if (show || !found_is_secret(f->kind))
		snprintf(ret, ret_size, "%s", text);
	else
		snprintf(ret, ret_size, "%c*** (%zu characters)",
		    printable(f->bytes[0]) ? text[0] : '*',
		    f->kind == FOUND_MAC && n == 6 ? strlen(text) : n);
	return ret;
}
