/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The appliance's name, and the configuration as it is in force: what a person may read,
 * with the line to write where another value is wanted. The file itself belongs to the
 * machine's administrator; nothing here writes it. webd's one thread. */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/conf.h"
#include "db/setting.h"
#include "webd/api.h"
#include "webd/field.h"
#include "webd/web.h"

#define NAME_KEY "appliance_name"
#define NAME_MAX_BYTES 64

static const struct field settings_fields[] = {
	{ "name", FIELD_TEXT, FIELD_NEEDED, 0, NAME_MAX_BYTES },
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
	char name[NAME_MAX_BYTES + 1];
	const struct conf_key *keys;
	json_t *list;
	size_t i, n;

	if (setting_get(w->db, NAME_KEY, "", name, sizeof(name), &e) < 0) {
		(void)reply_error(rep, &e);
		return;
	}
	list = json_array();
	keys = conf_keys(&n);
	for (i = 0; i < n; i++)
		(void)json_array_append_new(list, key_json(w->conf, &keys[i]));
	reply_json(rep, 200,
	    json_pack("{s:o,s:o,s:b,s:o}", "name", json_text(name), "file",
		json_text(file), "file_exists", access(file, F_OK) == 0, "keys", list));
}

void
api_settings(struct web *w, const struct request *r, struct reply *rep)
{
	(void)r;
	answer(w, rep);
}

void
api_settings_change(struct web *w, const struct request *r, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	json_t *doc = field_body(r, settings_fields, 1, &e);

	if (doc == NULL ||
	    setting_set(w->db, NAME_KEY, field_text(doc, "name", ""), &e) < 0)
		(void)reply_error(rep, &e);
	else
		answer(w, rep);
	if (doc != NULL && e.code == ERR_NONE)
		api_note(w, r, "setting", 0, "the appliance is called '%s' now",
		    field_text(doc, "name", ""));
	json_decref(doc);
}
