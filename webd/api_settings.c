/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a person chose for the appliance: its name, how long things are kept. And the
 * configuration as it is in force: to be read, with the line to write where another value
 * is wanted. The file itself belongs to the machine's administrator; nothing here writes
 * it. webd's one thread. */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/conf.h"
#include "db/keep.h"
#include "db/setting.h"
#include "webd/api.h"
#include "webd/field.h"
#include "webd/web.h"

static const struct field settings_fields[] = {
	{ "name", FIELD_TEXT, FIELD_OPTIONAL, 0, SETTING_NAME_MAX },
	{ "logs_days", FIELD_NUMBER, FIELD_OPTIONAL, 1, 3650 },
	{ "history_days", FIELD_NUMBER, FIELD_OPTIONAL, 1, 3650 },
	{ "bin_days", FIELD_NUMBER, FIELD_OPTIONAL, 2, 3650 },
};

/* Which daemon reads it, and whether a reload is enough for it. */
static const char *
daemon_of(const char *section)
{
	if (strcmp(section, "paths") == 0 || strcmp(section, "log") == 0)
		return "all";
	return strcmp(section, "mqtt") == 0 ? "streamd" : section;
}

static json_t *
key_json(const struct conf *c, const struct conf_key *k)
{
	char value[CONF_LIST_MAX];

	conf_value(c, k, value, sizeof(value));
	return json_pack("{s:s,s:s,s:o,s:o,s:b,s:s}", "section", k->section, "key", k->key,
	    "value", json_text(value), "fallback", json_text(k->fallback), "changed",
	    strcmp(value, k->fallback) != 0, "daemon", daemon_of(k->section));
}

static void
answer(struct web *w, struct reply *rep)
{
	const char *file = conf_file_used(w->conf_file);
	struct err e = { .code = ERR_NONE };
	char name[SETTING_NAME_MAX + 1];
	struct keep keep;
	const struct conf_key *keys;
	json_t *list;
	size_t i, n;

	if (setting_get(w->db, SETTING_NAME, "", name, sizeof(name), &e) < 0 ||
	    keep_get(w->db, &keep, &e) < 0) {
		(void)reply_error(rep, &e);
		return;
	}
	list = json_array();
	keys = conf_keys(&n);
	for (i = 0; i < n; i++)
		(void)json_array_append_new(list, key_json(w->conf, &keys[i]));
	reply_json(rep, 200,
	    json_pack("{s:o,s:o,s:b,s:o,s:{s:i,s:i,s:i}}", "name", json_text(name),
		"file", json_text(file), "file_exists", access(file, F_OK) == 0, "keys",
		list, "keep", "logs_days", keep.logs, "history_days", keep.history,
		"bin_days", keep.bin));
}

void
api_settings(struct web *w, const struct request *r, struct reply *rep)
{
	(void)r;
	answer(w, rep);
}

static int
change_name(struct web *w, const struct request *r, const json_t *doc, struct err *e)
{
	const char *name = field_text(doc, "name", "");

	if (!field_has(doc, "name"))
		return 0;
	if (setting_set(w->db, SETTING_NAME, name, e) < 0)
		return -1;
	api_note(w, r, "setting", 0, "the appliance is called '%s' now", name);
	return 0;
}

/* Whoever sweeps asks for them each time, flashd every hour. */
static int
change_keep(struct web *w, const struct request *r, const json_t *doc, struct err *e)
{
	struct keep keep;

	if (!field_has(doc, "logs_days") && !field_has(doc, "history_days") &&
	    !field_has(doc, "bin_days"))
		return 0;
	if (keep_get(w->db, &keep, e) < 0)
		return -1;
	keep.logs = (int)field_number(doc, "logs_days", (uint64_t)keep.logs);
	keep.history = (int)field_number(doc, "history_days", (uint64_t)keep.history);
	keep.bin = (int)field_number(doc, "bin_days", (uint64_t)keep.bin);
	if (keep_set(w->db, &keep, e) < 0)
		return -1;
	api_note(w, r, "setting", 0, KEEP_TOLD, keep.logs, keep.history, keep.bin);
	return 0;
}

void
api_settings_change(struct web *w, const struct request *r, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	json_t *doc = field_body(r, settings_fields,
	    sizeof(settings_fields) / sizeof(settings_fields[0]), &e);

	if (doc == NULL || change_name(w, r, doc, &e) < 0 ||
	    change_keep(w, r, doc, &e) < 0)
		(void)reply_error(rep, &e);
	else
		answer(w, rep);
	json_decref(doc);
}
