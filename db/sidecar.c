/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A dump's description beside its bytes (see sidecar.h). Pure; any process. */
#include "config.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "common/err.h"
#include "common/text.h"
#include "db/dump.h"
#include "db/sidecar.h"

#define FORMAT 1

char *
sidecar_format(const struct dump *d)
{
	char *text;
	json_t *j;

	j = json_pack("{s:i, s:s, s:I, s:s, s:b, s:s, s:s, s:s, s:s, s:s}", "format",
	    FORMAT, "sha256", d->sha256, "size", (json_int_t)d->size, "kind", d->kind,
	    "verified", d->verified, "camera", d->camera, "chip", d->chip, "chip_id",
	    d->chip_id, "jedec", d->jedec, "mac", d->mac);
	if (j == NULL)
		return NULL;
	if (json_object_set_new(j, "port", json_string(d->port)) < 0 ||
	    json_object_set_new(j, "baud", json_integer(d->baud)) < 0 ||
	    json_object_set_new(j, "passes", json_integer(d->passes)) < 0 ||
	    json_object_set_new(j, "retries", json_integer(d->retries)) < 0 ||
	    json_object_set_new(j, "tool", json_string(d->tool)) < 0 ||
	    json_object_set_new(j, "file", json_string(d->file)) < 0 ||
	    json_object_set_new(j, "note", json_string(d->note)) < 0 ||
	    json_object_set_new(j, "job", json_integer(d->job_id)) < 0 ||
	    json_object_set_new(j, "created_s", json_integer(d->created_s)) < 0) {
		json_decref(j);
		return NULL;
	}
	text = json_dumps(j, JSON_INDENT(1));
	json_decref(j);
	return text;
}

static int
take_text(const json_t *j, const char *key, char *ret, size_t ret_size)
{
	const json_t *v = json_object_get(j, key);
	size_t n = json_string_length(v);

	if (!json_is_string(v) || n >= ret_size ||
	    !text_is_clean(json_string_value(v), n))
		return -1;
	memcpy(ret, json_string_value(v), n + 1);
	return 0;
}

static int
take_number(const json_t *j, const char *key, int64_t max, int64_t *ret)
{
	const json_t *v = json_object_get(j, key);
	json_int_t n = json_integer_value(v);

	if (!json_is_integer(v) || n < 0 || n > max)
		return -1;
	*ret = n;
	return 0;
}

static int
take_all(const json_t *j, struct dump *d)
{
	int64_t format = 0, size = 0, baud = 0, passes = 0, retries = 0;
	const json_t *verified = json_object_get(j, "verified");
	uint8_t digest[32];

	if (take_number(j, "format", FORMAT, &format) < 0 || format != FORMAT ||
	    take_text(j, "sha256", d->sha256, sizeof(d->sha256)) < 0 ||
	    text_unhex(d->sha256, digest, sizeof(digest)) < 0 ||
	    take_number(j, "size", UINT32_MAX, &size) < 0 || size == 0 ||
	    take_text(j, "kind", d->kind, sizeof(d->kind)) < 0 ||
	    !json_is_boolean(verified))
		return -1;
	if (strcmp(d->kind, "backup") != 0 && strcmp(d->kind, "safety") != 0 &&
	    strcmp(d->kind, "import") != 0)
		return -1;
	if (take_text(j, "camera", d->camera, sizeof(d->camera)) < 0 ||
	    take_text(j, "chip", d->chip, sizeof(d->chip)) < 0 ||
	    take_text(j, "chip_id", d->chip_id, sizeof(d->chip_id)) < 0 ||
	    take_text(j, "jedec", d->jedec, sizeof(d->jedec)) < 0 ||
	    take_text(j, "mac", d->mac, sizeof(d->mac)) < 0 ||
	    take_text(j, "port", d->port, sizeof(d->port)) < 0 ||
	    take_text(j, "tool", d->tool, sizeof(d->tool)) < 0 ||
	    take_text(j, "file", d->file, sizeof(d->file)) < 0 ||
	    take_text(j, "note", d->note, sizeof(d->note)) < 0)
		return -1;
	if (take_number(j, "baud", 4000000, &baud) < 0 ||
	    take_number(j, "passes", 1000, &passes) < 0 ||
	    take_number(j, "retries", UINT32_MAX, &retries) < 0 ||
	    take_number(j, "job", INT64_MAX, &d->job_id) < 0 ||
	    take_number(j, "created_s", INT64_MAX, &d->created_s) < 0)
		return -1;
	d->size = (uint64_t)size;
	d->baud = (unsigned)baud;
	d->passes = (unsigned)passes;
	d->retries = (unsigned)retries;
	d->verified = json_is_true(verified);
	/* The digest becomes a file name, so it has one form only. */
	text_hex(digest, sizeof(digest), d->sha256);
	return 0;
}

int
sidecar_parse(const char *text, size_t n, struct dump *ret, struct err *e)
{
	struct dump d;
	json_error_t why;
	json_t *j;
	int r;

	memset(&d, 0, sizeof(d));
	if (n > SIDECAR_MAX || (j = json_loadb(text, n, 0, &why)) == NULL)
		return err_set(e, ERR_FAILED, "sidecar-damaged", "it is no JSON");
	r = take_all(j, &d);
	json_decref(j);
	if (r < 0)
		return err_set(e, ERR_FAILED, "sidecar-damaged",
		    "a field of it is missing or makes no sense");
	*ret = d;
	return 0;
}
