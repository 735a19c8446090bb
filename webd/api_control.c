/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Looking for cameras, and at one, and asking it for something; all through streamd. webd's one
 * thread. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "common/err.h"
#include "db/camera.h"
#include "webd/api.h"
#include "webd/field.h"
#include "webd/relay.h"
#include "webd/web.h"

#define WORD_MAX 20
#define ADDRESSES_MAX 400
#define ADDRESS_LETTERS "0123456789.:auto "
#define LETTERS "abcdefghijklmnopqrstuvwxyz0123456789-"

static const struct field control_fields[] = {
	{ "request", FIELD_TEXT, FIELD_NEEDED, 1, WORD_MAX },
	{ "value", FIELD_TEXT, FIELD_OPTIONAL, 0, WORD_MAX },
};

void
api_camera_control(struct web *w, const struct request *r, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	const char *request, *value;
	struct camera c;
	char words[80];
	json_t *doc;

	if (camera_by_name(w->db, r->param, &c, &e) < 0 ||
	    (doc = field_body(r, control_fields, 2, &e)) == NULL) {
		(void)reply_error(rep, &e);
		return;
	}
	request = field_text(doc, "request", "");
	value = field_text(doc, "value", "");
	/* They become words of a line to streamd, which knows what they mean. */
	if (strspn(request, LETTERS) != strlen(request) ||
	    strspn(value, LETTERS) != strlen(value)) {
		err_set(&e, ERR_USAGE, "camera-control",
		    "\"request\" and \"value\" are small letters, digits and hyphens.");
		(void)reply_error(rep, &e);
	} else {
		snprintf(words, sizeof(words), "%s %s %s", c.name, request, value);
		relay_ask(w, "ctl", words, rep);
	}
	json_decref(doc);
}

void
api_camera_probe(struct web *w, const struct request *r, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	struct camera c;

	if (camera_by_name(w->db, r->param, &c, &e) < 0) {
		(void)reply_error(rep, &e);
		return;
	}
	relay_ask(w, "probe", c.name, rep);
}

static const struct field discover_fields[] = {
	{ "addresses", FIELD_TEXT, FIELD_OPTIONAL, 0, ADDRESSES_MAX },
};

void
api_discover(struct web *w, const struct request *r, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	json_t *doc = field_body(r, discover_fields, 1, &e);
	const char *words;

	if (doc == NULL) {
		(void)reply_error(rep, &e);
		return;
	}
	words = field_text(doc, "addresses", "");
	if (strspn(words, ADDRESS_LETTERS) != strlen(words)) {
		err_set(&e, ERR_USAGE, "discovery",
		    "\"addresses\" are IPv4 addresses such as 192.168.2.20 or "
		    "192.168.2.20:32108, with spaces between.");
		(void)reply_error(rep, &e);
	} else {
		relay_ask(w, "discover", words, rep);
	}
	json_decref(doc);
}
