/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The doctor's round (see doctor.h). Any process, any thread. */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "appliance/doctor_parts.h"
#include "common/err.h"
#include "common/text.h"
#include "db/copy.h"
#include "db/db.h"
#include "db/live.h"

static const char *const daemons[] = { "flashd", "streamd", "webd", NULL };
static const char *const words[] = { "ok", "warning", "bad" };

const char *
doctor_number(long long n, char ret[24])
{
	snprintf(ret, 24, "%lld", n);
	return ret;
}

/* {name} becomes its value. */
static void
fill(const char *text, const json_t *params, char *ret, size_t size)
{
	size_t n = 0, length;
	char name[32];
	const char *value;

	while (*text != '\0' && n + 1 < size) {
		length = strcspn(text + 1, "}");
		if (*text == '{' && text[1 + length] == '}' && length < sizeof(name)) {
			snprintf(name, sizeof(name), "%.*s", (int)length, text + 1);
			value = json_string_value(json_object_get(params, name));
			n += (size_t)snprintf(
			    ret + n, size - n, "%s", value != NULL ? value : "?");
			text += length + 2;
		} else {
			ret[n++] = *text++;
		}
	}
	ret[n < size ? n : size - 1] = '\0';
}

static json_t *
clean(const char *value)
{
	char shown[800];

	text_escape(value, strlen(value), shown, sizeof(shown));
	return json_string(shown);
}

void
doctor_found(struct doctor *d, const char *check, enum finding how, const char *code,
    const char *text, const char *what_to_do, ...)
{
	json_t *params = json_object();
	char said[1200], next[600];
	const char *name;
	va_list ap;

	va_start(ap, what_to_do);
	while ((name = va_arg(ap, const char *)) != NULL)
		(void)json_object_set_new(params, name, clean(va_arg(ap, const char *)));
	va_end(ap);
	fill(text, params, said, sizeof(said));
	fill(what_to_do, params, next, sizeof(next));
	d->n[how]++;
	(void)json_array_append_new(d->findings,
	    json_pack("{s:s,s:s,s:s,s:s,s:s,s:o}", "check", check, "state", words[how],
		"code", code, "text", said, "do", next, "params", params));
}

/* ---- configuration, inventory, daemons ---- */

static int
look_config(struct doctor *d, const char *named)
{
	struct err e = { .code = ERR_NONE };

	if (conf_load(named, &d->conf, &e) < 0) {
		doctor_found(d, "config", FINDING_BAD, "config-wrong",
		    "The configuration cannot be read: {why}.",
		    "Mend that line; 'camherd config check' reads the file again.", "why",
		    e.msg, NULL);
		return -1;
	}
	if (access(d->conf_file, F_OK) == 0)
		doctor_found(d, "config", FINDING_OK, "config-fine",
		    "The configuration {file} is right.", "", "file", d->conf_file, NULL);
	else
		doctor_found(d, "config", FINDING_OK, "config-defaults",
		    "There is no {file}: the defaults hold.", "", "file", d->conf_file,
		    NULL);
	return 0;
}

static void
look_inventory(struct doctor *d)
{
	struct err e = { .code = ERR_NONE };
	char why[300], schema[24];

	if ((d->db = db_open(d->conf.state, DB_READ_ONLY, &e)) == NULL) {
		doctor_found(d, "inventory", FINDING_BAD, "inventory-closed",
		    "The inventory cannot be opened: {why}.",
		    "Run 'camherd db-upgrade' as a member of the group camherd.", "why",
		    e.msg, NULL);
		return;
	}
	if (db_quick_check(d->db, why, sizeof(why), &e) == 0 && why[0] == '\0')
		doctor_found(d, "inventory", FINDING_OK, "inventory-sound",
		    "The inventory is sound (schema {schema}).", "", "schema",
		    doctor_number(db_schema(d->db), schema), NULL);
	else
		doctor_found(d, "inventory", FINDING_BAD, "inventory-damaged",
		    "The inventory is damaged: {why}.",
		    "Stop the three daemons and run 'camherd db-upgrade': it keeps the "
		    "damaged file and builds the index of backups anew. Check the disk.",
		    "why", why[0] != '\0' ? why : e.msg, NULL);
}

static void
look_daemon(struct doctor *d, const char *name)
{
	struct live_daemon row;

	if (d->live == NULL || !live_is_up(d->live, name))
		doctor_found(d, "daemons", FINDING_BAD, "daemon-down",
		    "{name} is not running.",
		    "Start it: 'systemctl start camherd-{name}'; 'journalctl -u "
		    "camherd-{name}' says why it ended.",
		    "name", name, NULL);
	else if (live_get_daemon(d->live, name, &row, NULL) == 1 &&
	    strcmp(row.version, PACKAGE_VERSION) != 0)
		doctor_found(d, "daemons", FINDING_WARNING, "daemon-version",
		    "{name} runs version {version}, and {ours} is installed.",
		    "Start it anew: 'systemctl restart camherd.target'.", "name", name,
		    "version", row.version, "ours", PACKAGE_VERSION, NULL);
	else
		doctor_found(d, "daemons", FINDING_OK, "daemon-up",
		    "{name} is running, version {version}.", "", "name", name, "version",
		    PACKAGE_VERSION, NULL);
}

static void
look_daemons(struct doctor *d)
{
	struct err e;
	int i;

	if (access(d->conf.run, X_OK) == 0)
		d->live = live_open(d->conf.run, &e);
	for (i = 0; daemons[i] != NULL; i++)
		look_daemon(d, daemons[i]);
}

json_t *
doctor_run(const char *conf_named, enum doctor_from from)
{
	struct doctor d = { .from = from,
		.conf_file = conf_file_used(conf_named),
		.findings = json_array() };

	if (look_config(&d, conf_named) == 0) {
		look_daemons(&d);
		look_inventory(&d);
		doctor_disk(&d);
		doctor_clock(&d);
		doctor_rights(&d);
		doctor_meddlers(&d);
		doctor_addresses(&d);
		doctor_names(&d);
		doctor_tls(&d);
		doctor_ports(&d);
		doctor_cameras(&d);
		doctor_dumps(&d);
		doctor_people(&d);
	}
	db_close(d.db);
	if (d.live != NULL)
		live_close(d.live);
	return json_pack("{s:o,s:i,s:i,s:i}", "findings", d.findings, "ok",
	    (int)d.n[FINDING_OK], "warnings", (int)d.n[FINDING_WARNING], "bad",
	    (int)d.n[FINDING_BAD]);
}
