/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads camherd.conf (see conf.h). Every process, at start and on SIGHUP. */
#include "config.h"

#include <errno.h>
#include <glob.h>
#include <ini.h>
#include <libgen.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/conf.h"
#include "common/err.h"
#include "common/text.h"

enum kind {
	KIND_TEXT, /* any text that fits */
	KIND_PATH, /* an absolute path */
	KIND_LISTEN, /* HOST:PORT */
	KIND_NUMBER, /* within [min, max] */
	KIND_AUTO, /* "auto" (stored as 0) or a number */
	KIND_WORD, /* one of words, stored as text */
	KIND_CHOICE /* one of words, stored as its index in an enum */
};

struct row {
	struct conf_key key;
	enum kind kind;
	size_t offset, size;
	uint64_t min, max;
	const char *const *words;
};

static const char *const encoder_words[] = { "auto", "libx264", "h264_v4l2m2m", NULL };
static const char *const switch_words[] = { "off", "on", NULL };
static const char *const level_words[] = { "error", "warning", "info", "debug", NULL };
static const char *const format_words[] = { "text", "json", NULL };

#define FIELD(f) offsetof(struct conf, f), sizeof(((struct conf *)0)->f)

/* The public part of each row, so that conf_keys() can hand out an array. */
#define ROWS(X)                                                                        \
	X("paths", "state", CAMHERD_STATE_DIR, KIND_PATH, FIELD(state), 0, 0, NULL)    \
	X("paths", "run", CAMHERD_RUN_DIR, KIND_PATH, FIELD(run), 0, 0, NULL)          \
	X("paths", "www", CAMHERD_WWW_DIR, KIND_PATH, FIELD(www), 0, 0, NULL)          \
	X("flashd", "ports", "auto", KIND_TEXT, FIELD(ports), 0, 0, NULL)              \
	X("flashd", "exclude", "", KIND_TEXT, FIELD(exclude), 0, 0, NULL)              \
	X("flashd", "max_baud", "921600", KIND_NUMBER, FIELD(max_baud), 9600, 3000000, \
	    NULL)                                                                      \
	X("flashd", "max_jobs", "16", KIND_NUMBER, FIELD(max_jobs), 1, 64, NULL)       \
	X("streamd", "rtsp_listen", "0.0.0.0:8654", KIND_LISTEN, FIELD(rtsp_listen),   \
	    0, 0, NULL)                                                                \
	X("streamd", "camera_networks", "", KIND_TEXT, FIELD(camera_networks), 0, 0,   \
	    NULL)                                                                      \
	X("streamd", "discovery", "auto", KIND_TEXT, FIELD(discovery), 0, 0, NULL)     \
	X("streamd", "h264_encoder", "auto", KIND_WORD, FIELD(h264_encoder), 0, 0,     \
	    encoder_words)                                                             \
	X("streamd", "max_encoders", "auto", KIND_AUTO, FIELD(max_encoders), 1, 64,    \
	    NULL)                                                                      \
	X("streamd", "max_clients", "64", KIND_NUMBER, FIELD(max_clients), 1, 1000,    \
	    NULL)                                                                      \
	X("streamd", "udp", "off", KIND_WORD, FIELD(udp), 0, 0, switch_words)          \
	X("streamd", "rtp_port", "8656", KIND_NUMBER, FIELD(rtp_port), 0, 65534, NULL) \
	X("streamd", "linger_s", "10", KIND_NUMBER, FIELD(linger_s), 0, 3600, NULL)    \
	X("streamd", "battery_snapshot_s", "300", KIND_NUMBER,                         \
	    FIELD(battery_snapshot_s), 0, 86400, NULL)                                 \
	X("webd", "listen", "0.0.0.0:8360", KIND_LISTEN, FIELD(web_listen), 0, 0,      \
	    NULL)                                                                      \
	X("webd", "tls_listen", "", KIND_LISTEN, FIELD(tls_listen), 0, 0, NULL)        \
	X("webd", "tls_cert", "", KIND_PATH, FIELD(tls_cert), 0, 0, NULL)              \
	X("webd", "tls_key", "", KIND_PATH, FIELD(tls_key), 0, 0, NULL)                \
	X("webd", "trusted_proxy", "", KIND_TEXT, FIELD(trusted_proxy), 0, 0, NULL)    \
	X("webd", "hostnames", "", KIND_TEXT, FIELD(hostnames), 0, 0, NULL)            \
	X("webd", "frame_origins", "", KIND_TEXT, FIELD(frame_origins), 0, 0, NULL)    \
	X("log", "level", "info", KIND_CHOICE, FIELD(log_level), 0, 0, level_words)    \
	X("log", "format", "text", KIND_CHOICE, FIELD(log_format), 0, 0, format_words)

#define AS_ROW(section, key, fallback, kind, offset, size, min, max, words)            \
	{ { section, key, fallback }, kind, offset, size, min, max, words },
/* FIELD() expands to two arguments only once the row is expanded again. */
#define EXPAND(...) AS_ROW(__VA_ARGS__)
static const struct row rows[] = { ROWS(EXPAND) };

#define AS_KEY(section, key, fallback, ...) { section, key, fallback },
static const struct conf_key keys[] = { ROWS(AS_KEY) };

#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

/* One file being read. inih hands out pairs without line numbers, so the lines are
 * counted where it gets them from. */
struct load {
	struct conf *conf;
	FILE *f;
	int line; /* the newest one */
	bool has_pair; /* of this section; inih then takes an indented line... */
	bool continued; /* ...for more of the last value, as this line is */
	struct err e; /* the first mistake of a value */
	int bad_line; /* where it is */
};

const struct conf_key *
conf_keys(size_t *ret_n)
{
	*ret_n = N_ROWS;
	return keys;
}

const char *
conf_value(const struct conf *c, const struct conf_key *key, char *ret, size_t ret_size)
{
	const struct row *row = &rows[key - keys];
	const void *field = (const char *)c + row->offset;
	unsigned number;
	int choice;

	switch (row->kind) {
	case KIND_NUMBER:
	case KIND_AUTO:
		memcpy(&number, field, sizeof(number));
		if (row->kind == KIND_AUTO && number == 0)
			snprintf(ret, ret_size, "auto");
		else
			snprintf(ret, ret_size, "%u", number);
		break;
	case KIND_CHOICE:
		memcpy(&choice, field, sizeof(choice));
		snprintf(ret, ret_size, "%s", row->words[choice]);
		break;
	default:
		snprintf(ret, ret_size, "%s", (const char *)field);
		break;
	}
	return ret;
}

bool
conf_word(const char **at, char *ret, size_t ret_size)
{
	const char *p = *at + strspn(*at, " \t");
	size_t n = strcspn(p, " \t");

	if (n == 0)
		return false;
	snprintf(ret, ret_size, "%.*s", (int)n, p);
	*at = p + n;
	return true;
}

bool
conf_list_has(const char *list, const char *word)
{
	char item[CONF_PATH_MAX];

	while (conf_word(&list, item, sizeof(item))) {
		if (strcmp(item, word) == 0)
			return true;
	}
	return false;
}

static int
word_index(const char *const *words, const char *value)
{
	int i;

	for (i = 0; words[i] != NULL; i++) {
		if (strcmp(words[i], value) == 0)
			return i;
	}
	return -1;
}

/* "one of a, b, c" for a message. */
static void
list_words(const char *const *words, char *ret, size_t ret_size)
{
	size_t n = 0;
	int i;

	ret[0] = '\0';
	for (i = 0; words[i] != NULL && n < ret_size; i++)
		n += (size_t)snprintf(
		    ret + n, ret_size - n, "%s%s", i > 0 ? ", " : "", words[i]);
}

static int
set_text(const struct row *row, void *field, const char *value, struct err *e)
{
	if (strlen(value) >= row->size)
		return err_set(e, ERR_USAGE, "conf-too-long",
		    "%s is longer than %zu characters", row->key.key, row->size - 1);
	snprintf(field, row->size, "%s", value);
	return 0;
}

static int
set_number(const struct row *row, void *field, const char *value, struct err *e)
{
	uint64_t number;
	unsigned v;

	if (text_number(value, row->min, row->max, false, &number) < 0)
		return err_set(e, ERR_USAGE, "conf-number",
		    "%s = %s: must be a whole number from %llu to %llu%s", row->key.key,
		    value, (unsigned long long)row->min, (unsigned long long)row->max,
		    row->kind == KIND_AUTO ? ", or auto" : "");
	v = (unsigned)number;
	memcpy(field, &v, sizeof(v));
	return 0;
}

/* HOST:PORT with a port that is a number; the daemon judges the host when it binds. */
static int
set_listen(const struct row *row, void *field, const char *value, struct err *e)
{
	const char *colon = strrchr(value, ':');
	uint64_t port;

	if (colon == NULL || colon == value ||
	    text_number(colon + 1, 0, 65535, false, &port) < 0)
		return err_set(e, ERR_USAGE, "conf-listen",
		    "%s = %s: must be HOST:PORT, for example 0.0.0.0:8360 or [::]:8360",
		    row->key.key, value);
	return set_text(row, field, value, e);
}

static int
set_word(const struct row *row, void *field, const char *value, struct err *e)
{
	char list[200];
	int i = word_index(row->words, value);

	if (i < 0) {
		list_words(row->words, list, sizeof(list));
		return err_set(e, ERR_USAGE, "conf-word", "%s = %s: must be one of %s",
		    row->key.key, value, list);
	}
	if (row->kind == KIND_WORD)
		return set_text(row, field, value, e);
	memcpy(field, &i, sizeof(i));
	return 0;
}

static int
set_row(const struct row *row, struct conf *c, const char *value, struct err *e)
{
	void *field = (char *)c + row->offset;
	unsigned zero = 0;

	/* Empty where that is the default: off. */
	if (value[0] == '\0' && row->key.fallback[0] == '\0')
		return set_text(row, field, value, e);
	switch (row->kind) {
	case KIND_PATH:
		if (value[0] != '/')
			return err_set(e, ERR_USAGE, "conf-path",
			    "%s = %s: must be a path that starts with /", row->key.key,
			    value);
		return set_text(row, field, value, e);
	case KIND_TEXT:
		return set_text(row, field, value, e);
	case KIND_LISTEN:
		return set_listen(row, field, value, e);
	case KIND_AUTO:
		if (strcmp(value, "auto") == 0) {
			memcpy(field, &zero, sizeof(zero));
			return 0;
		}
		return set_number(row, field, value, e);
	case KIND_NUMBER:
		return set_number(row, field, value, e);
	case KIND_WORD:
	case KIND_CHOICE:
		return set_word(row, field, value, e);
	}
	return -1;
}

/* The key stands in a section that does not exist. */
static int
unknown_section(const char *section, const char *key, struct err *e)
{
	const char *names[N_ROWS + 1], *near;
	size_t i;

	for (i = 0; i < N_ROWS; i++)
		names[i] = keys[i].section;
	names[N_ROWS] = NULL;
	if (section[0] == '\0')
		return err_set(e, ERR_USAGE, "conf-no-section",
		    "'%s' stands before the first [section]; camherd.conf(5) says "
		    "where it belongs",
		    key);
	if ((near = text_nearest(section, names)) == NULL)
		return err_set(e, ERR_USAGE, "conf-unknown-section",
		    "there is no section [%s]; camherd.conf(5) lists them all",
		    section);
	return err_set(e, ERR_USAGE, "conf-unknown-section",
	    "there is no section [%s]; did you mean [%s]?", section, near);
}

static bool
is_section(const char *section)
{
	size_t i;

	for (i = 0; i < N_ROWS; i++) {
		if (strcmp(keys[i].section, section) == 0)
			return true;
	}
	return false;
}

static int
unknown_key(const char *section, const char *key, struct err *e)
{
	const char *names[N_ROWS + 1], *near;
	char full[N_ROWS][64], asked[128];
	size_t i;

	for (i = 0; i < N_ROWS; i++) {
		snprintf(
		    full[i], sizeof(full[i]), "%s.%s", keys[i].section, keys[i].key);
		names[i] = full[i];
	}
	names[N_ROWS] = NULL;
	snprintf(asked, sizeof(asked), "%s.%s", section, key);
	/* The right key in the wrong section, before one that looks like it. */
	for (i = 0; i < N_ROWS && strcmp(keys[i].key, key) != 0; i++)
		;
	near = i < N_ROWS ? full[i] : text_nearest(asked, names);
	if (near == NULL)
		return err_set(e, ERR_USAGE, "conf-unknown-key",
		    "there is no key '%s' in section [%s]; camherd.conf(5) lists them "
		    "all",
		    key, section);
	return err_set(e, ERR_USAGE, "conf-unknown-key",
	    "there is no key '%s' in section [%s]; did you mean '%s' in section "
	    "[%.*s]?",
	    key, section, strchr(near, '.') + 1, (int)strcspn(near, "."), near);
}

static const struct row *
find_row(const char *section, const char *key)
{
	size_t i;

	for (i = 0; i < N_ROWS; i++) {
		if (strcmp(keys[i].section, section) == 0 &&
		    strcmp(keys[i].key, key) == 0)
			return &rows[i];
	}
	return NULL;
}

/* A further line of a list. */
static int
append(const struct row *row, struct conf *c, const char *value, struct err *e)
{
	char joined[2 * CONF_LIST_MAX];
	const char *remark = strstr(value, " ;");
	int n = (int)(remark != NULL ? (size_t)(remark - value) : strlen(value));

	/* inih takes remarks off the first line only. */
	if (row->kind != KIND_TEXT || memchr(value, '=', (size_t)n) != NULL)
		return err_set(e, ERR_USAGE, "conf-continued",
		    "this line begins with a space, so it continues %s; move it to the "
		    "left if it "
		    "is a line of its own",
		    row->key.key);
	snprintf(
	    joined, sizeof(joined), "%s %.*s", (const char *)c + row->offset, n, value);
	return set_row(row, c, joined, e);
}

#if INI_HANDLER_LINENO
#error "inih is built with line numbers in the handler; this file counts on it without"
#endif

/* inih's call-back: 1 = fine, 0 = a mistake. It goes on after one; the first counts. */
static int
on_pair(void *arg, const char *section, const char *key, const char *value)
{
	struct load *load = arg;
	const struct row *row;
	int r;

	load->has_pair = true;
	if (load->bad_line != 0)
		return 0;
	if ((row = find_row(section, key)) == NULL)
		r = is_section(section) ? unknown_key(section, key, &load->e)
					: unknown_section(section, key, &load->e);
	else if (load->continued)
		r = append(row, load->conf, value, &load->e);
	else
		r = set_row(row, load->conf, value, &load->e);
	if (r < 0)
		load->bad_line = load->line;
	return r == 0;
}

/* inih cuts a line longer than its buffer in two and takes the rest for another line;
 * better stop there. NULL ends the reading. */
static char *
read_line(char *s, int n, void *arg)
{
	struct load *load = arg;
	size_t indent;

	if (fgets(s, n, load->f) == NULL)
		return NULL;
	load->line++;
	if (strlen(s) + 1 == (size_t)n && s[n - 2] != '\n') {
		if (load->bad_line == 0) {
			load->bad_line = load->line;
			err_set(&load->e, ERR_USAGE, "conf-long-line",
			    "the line is longer than %d characters; a list may go on "
			    "in the next "
			    "line, which then begins with a space",
			    n - 2);
		}
		return NULL;
	}
	indent = strspn(s, " \t\r\n\v\f");
	load->continued = load->has_pair && indent > 0 && s[indent] != '\0';
	if (!load->continued && s[indent] == '[')
		load->has_pair = false;
	return s;
}

/* line: inih's first line that is wrong in any way, or 0. */
static int
load_end(const struct load *load, const char *file, int line, struct err *e)
{
	if (line > 0 && (load->bad_line == 0 || line < load->bad_line))
		return err_set(e, ERR_USAGE, "conf-syntax",
		    "%s:%d: neither a [section] nor key = value", file, line);
	if (load->bad_line != 0)
		return err_set(e, ERR_USAGE, load->e.name, "%s:%d: %s", file,
		    load->bad_line, load->e.msg);
	return line < 0 ? err_sys(e, "read the configuration '%s'", file) : 0;
}

static int
load_file(struct conf *c, const char *file, bool may_miss, struct err *e)
{
	struct load load = { .conf = c };
	int r;

	if ((load.f = fopen(file, "re")) == NULL) {
		if (errno == ENOENT && may_miss)
			return 0;
		return err_sys(e, "read the configuration '%s'", file);
	}
	r = ini_parse_stream(read_line, &load, on_pair, &load);
	if (ferror(load.f))
		r = err_sys(e, "read the configuration '%s'", file);
	else
		r = load_end(&load, file, r, e);
	fclose(load.f);
	return r;
}

static int
load_drop_ins(struct conf *c, const char *file, struct err *e)
{
	char pattern[CONF_PATH_MAX + 40], copy[CONF_PATH_MAX];
	glob_t found;
	size_t i;
	int r = 0;

	snprintf(copy, sizeof(copy), "%s", file);
	snprintf(pattern, sizeof(pattern), "%s/conf.d/*.conf", dirname(copy));
	if (glob(pattern, 0, NULL, &found) != 0)
		return 0;
	for (i = 0; i < found.gl_pathc && r == 0; i++)
		r = load_file(c, found.gl_pathv[i], false, e);
	globfree(&found);
	return r;
}

static int
load_defaults(struct conf *c, struct err *e)
{
	size_t i;

	memset(c, 0, sizeof(*c));
	for (i = 0; i < N_ROWS; i++) {
		if (set_row(&rows[i], c, keys[i].fallback, e) < 0)
			return -1;
	}
	return 0;
}

/* Keys that make sense together only. */
static int
check_pairs(const struct conf *c, struct err *e)
{
	if ((c->tls_cert[0] != '\0') != (c->tls_key[0] != '\0'))
		return err_set(e, ERR_USAGE, "conf-tls",
		    "[webd] tls_cert and tls_key belong together; give both, or none "
		    "for a certificate that webd makes itself");
	if (c->tls_cert[0] != '\0' && c->tls_listen[0] == '\0')
		return err_set(e, ERR_USAGE, "conf-tls",
		    "[webd] tls_cert needs an address to listen on: tls_listen = "
		    "0.0.0.0:8443");
	return 0;
}

const char *
conf_file_used(const char *path)
{
	if (path == NULL)
		path = getenv("CAMHERD_CONF");
	return path != NULL ? path : CAMHERD_CONF_FILE;
}

void
conf_files(const struct conf *c,
    void (*fn)(const char *key, const char *path, void *arg), void *arg)
{
	const char *path;
	size_t i;

	for (i = 0; i < N_ROWS; i++) {
		path = (const char *)c + rows[i].offset;
		if (rows[i].kind == KIND_PATH && path[0] != '\0' &&
		    strcmp(rows[i].key.section, "paths") != 0)
			fn(rows[i].key.key, path, arg);
	}
}

int
conf_load(const char *path, struct conf *ret, struct err *e)
{
	bool named = path != NULL || getenv("CAMHERD_CONF") != NULL;
	struct conf c;

	path = conf_file_used(path);
	if (strlen(path) >= CONF_PATH_MAX)
		return err_set(e, ERR_USAGE, "conf-path",
		    "the path of the configuration is too long");
	if (load_defaults(&c, e) < 0 || load_file(&c, path, !named, e) < 0 ||
	    load_drop_ins(&c, path, e) < 0 || check_pairs(&c, e) < 0)
		return -1;
	*ret = c;
	return 0;
}
