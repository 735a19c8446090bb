/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The serial ports that are there now (see ports.h). flashd's parent, main thread. */
#include "config.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/conf.h"
#include "common/err.h"
#include "common/holder.h"
#include "common/log.h"
#include "common/loop.h"
#include "db/live.h"
#include "db/socket.h"
#include "flashd/flashd.h"
#include "flashd/ports.h"
#include "flashd/ports_hold.h"
#include "flashd/ports_new.h"
#include "flashd/watch.h"

#define BUSY_SHOWN_US 30000000 /* how long a port that was refused shows so */

struct ports {
	struct port list[PORTS_MAX];
	size_t n;
	bool looked; /* what comes from now on was plugged in */
	struct ports_hold *hold;
};

struct ports *
ports_new(void)
{
	return calloc(1, sizeof(struct ports));
}

void
ports_free(struct ports *p)
{
	if (p != NULL)
		ports_hold_free(p->hold);
	free(p);
}

static void
on_hold(void *arg)
{
	ports_ask_holders(arg);
}

void
ports_watch_holders(struct flashd *f)
{
	f->ports->hold = ports_hold_new(f->loop, on_hold, f);
}

static bool
excluded(const struct flashd *f, const struct port *p)
{
	return conf_list_has(f->conf.exclude, p->path) ||
	    conf_list_has(f->conf.exclude, p->node);
}

int
ports_configure(struct flashd *f, struct err *e)
{
	const char *at = f->conf.ports;
	struct socket_row row;
	char word[256];

	while (conf_word(&at, word, sizeof(word))) {
		if (strcmp(word, "auto") == 0 || word[0] != '/')
			continue;
		if (socket_by_path(f->db, word, &row, e) == 0 && row.enabled)
			continue;
		if (socket_set_enabled(f->db, word, true, e) < 0)
			return -1;
	}
	return 0;
}

static bool
is_device(const char *node)
{
	struct stat st;

	return stat(node, &st) == 0 && S_ISCHR(st.st_mode);
}

/* True when one of the configured paths leads to the same device. */
static bool
is_listed(const struct port *list, size_t n, const char *node)
{
	struct stat a, b;
	size_t i;

	if (stat(node, &a) < 0)
		return false;
	for (i = 0; i < n; i++) {
		if (stat(list[i].node, &b) == 0 && a.st_rdev == b.st_rdev)
			return true;
	}
	return false;
}

/* What is there now, without what is excluded. */
static size_t
scan(const struct flashd *f, struct port *found)
{
	const char *at = f->conf.ports;
	char word[128];
	size_t n = 0, usb, i, kept, listed = 0;

	while (n < PORTS_MAX && conf_word(&at, word, sizeof(word))) {
		if (word[0] != '/' || !is_device(word))
			continue;
		memset(&found[n], 0, sizeof(found[n]));
		memcpy(found[n].path, word, sizeof(word));
		memcpy(found[n].node, word, sizeof(word));
		n++;
	}
	usb = ports_scan_usb(
	    "/sys/class/tty", "/dev/serial/by-path", found + n, PORTS_MAX - n);
	for (i = kept = 0; i < n + usb; i++) {
		if (i == n)
			listed = kept;
		if (excluded(f, &found[i]) ||
		    (i >= n && is_listed(found, listed, found[i].node)))
			continue;
		if (kept != i)
			found[kept] = found[i];
		kept++;
	}
	return kept;
}

static const char *
state_of(const struct flashd *f, const struct port *p)
{
	if (p->lost)
		return "lost";
	if (p->job != 0)
		return "working";
	if (watch_has_port(f, p->path))
		return "console";
	return p->holder[0] != '\0' ? "busy" : "free";
}

void
ports_publish(struct flashd *f, struct port *p)
{
	struct live_port row = { .job_id = 0 };
	struct err e;

	if (p == NULL)
		return;
	memcpy(row.path, p->path, sizeof(row.path));
	memcpy(row.node, p->node, sizeof(row.node));
	memcpy(row.adapter, p->adapter, sizeof(row.adapter));
	memcpy(row.chip, p->chip, sizeof(row.chip));
	memcpy(row.vendor, p->vendor, sizeof(row.vendor));
	memcpy(row.product, p->product, sizeof(row.product));
	memcpy(row.serial, p->serial, sizeof(row.serial));
	memcpy(row.usb_id, p->usb_id, sizeof(row.usb_id));
	row.radio = p->radio;
	row.plugged_us = p->plugged_us;
	row.job_id = p->job;
	row.frame_errors = p->errors.frame;
	row.overruns = p->errors.overrun;
	row.parity_errors = p->errors.parity;
	row.breaks = p->errors.breaks;
	row.retries = p->errors.retries;
	snprintf(row.state, sizeof(row.state), "%s", state_of(f, p));
	if (strcmp(row.state, "busy") == 0)
		memcpy(row.holder, p->holder, sizeof(row.holder));
	if (live_set_port(f->live, &row, &e) < 0)
		log_warnx("ports", "%s", e.msg);
}

/* ---- other programs ---- */

/* One of our own children has it, or is to have it. */
static bool
is_ours(const struct flashd *f, const struct port *p)
{
	return p->lost || p->job != 0 || watch_has_port(f, p->path);
}

/* Somebody has it, but who cannot be seen: a program of another user's. */
static bool
is_held_unseen(const struct flashd *f, const struct port *p, const char *real)
{
	return ports_hold_is_open(f->ports->hold, real) ||
	    loop_now_us() < p->busy_until_us;
}

static bool
set_holder(struct flashd *f, struct port *p, const struct holder *h)
{
	char who[sizeof(p->holder)] = "";

	if (h->who[0] != '\0') {
		snprintf(who, sizeof(who), "%s", h->who);
		p->busy_until_us = 0; /* its end will be seen, too */
	} else if (is_held_unseen(f, p, h->node))
		snprintf(who, sizeof(who), "another program");
	if (strcmp(who, p->holder) == 0)
		return false;
	log_info("ports", "%s %s%s", p->path,
	    who[0] != '\0' ? "is held by " : "is free again", who);
	memcpy(p->holder, who, sizeof(p->holder));
	ports_publish(f, p);
	return true;
}

void
ports_ask_holders(struct flashd *f)
{
	struct holder *asked = calloc(PORTS_MAX, sizeof(*asked));
	char(*real)[PATH_MAX] = calloc(PORTS_MAX, sizeof(*real));
	size_t of[PORTS_MAX], n = 0, i;
	bool changed = false;

	for (i = 0; asked != NULL && real != NULL && i < f->ports->n; i++) {
		if (is_ours(f, &f->ports->list[i]) ||
		    realpath(f->ports->list[i].node, real[n]) == NULL)
			continue;
		asked[n].node = real[n];
		of[n++] = i;
	}
	if (n > 0)
		holder_find(asked, n);
	for (i = 0; i < n; i++)
		changed = set_holder(f, &f->ports->list[of[i]], &asked[i]) || changed;
	free(asked);
	free(real);
	if (changed) {
		flashd_changed(f);
		watches_look(f->watches);
	}
}

void
ports_count_errors(struct flashd *f, const char *path, const uint64_t n[4])
{
	struct port *p = ports_find(f, path);

	if (p == NULL)
		return;
	p->errors.frame += n[0];
	p->errors.overrun += n[1];
	p->errors.parity += n[2];
	p->errors.breaks += n[3];
	ports_publish(f, p);
}

void
ports_was_busy(struct flashd *f, struct port *p)
{
	p->busy_until_us = loop_now_us() + BUSY_SHOWN_US;
	ports_ask_holders(f);
}

/* Be told of opens and closes of what is there. */
static void
watch_nodes(struct flashd *f)
{
	char real[PATH_MAX];
	size_t i;

	ports_hold_begin(f->ports->hold);
	for (i = 0; i < f->ports->n; i++) {
		if (realpath(f->ports->list[i].node, real) != NULL)
			ports_hold_add(f->ports->hold, real);
	}
	ports_hold_end(f->ports->hold);
}

/* A program that is gone unseen, or one whose open was not told. */
static bool
any_busy(const struct ports *ports)
{
	size_t i;

	for (i = 0; i < ports->n; i++) {
		if (ports->list[i].holder[0] != '\0')
			return true;
	}
	return false;
}

struct port *
ports_find(struct flashd *f, const char *path)
{
	size_t i;

	for (i = 0; i < f->ports->n; i++) {
		if (strcmp(f->ports->list[i].path, path) == 0)
			return &f->ports->list[i];
	}
	return NULL;
}

static bool
holds(const struct port *list, size_t n, const char *path)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (strcmp(list[i].path, path) == 0)
			return true;
	}
	return false;
}

/* A port that went away keeps its row while a job works with it. */
static bool
drop_gone(struct flashd *f, struct port *found, size_t *n)
{
	struct ports *ports = f->ports;
	struct err e;
	bool changed = false;
	size_t i;

	for (i = 0; i < ports->n; i++) {
		if (holds(found, *n, ports->list[i].path))
			continue;
		changed = true;
		if (ports->list[i].job != 0 && *n < PORTS_MAX) {
			found[*n] = ports->list[i];
			found[*n].lost = true;
			ports_publish(f, &found[(*n)++]);
			continue;
		}
		log_info("ports", "%s is gone", ports->list[i].path);
		if (live_drop_port(f->live, ports->list[i].path, &e) < 0)
			log_warnx("ports", "%s", e.msg);
	}
	return changed;
}

/* Keep what is known of a port that stays; publish what is new or other than it was. */
static bool
take_found(struct flashd *f, struct port *found)
{
	struct port *old = ports_find(f, found->path);
	bool changed;

	if (old == NULL) {
		log_info("ports", "%s is there (%s)", found->path, found->node);
		found->plugged_us = f->ports->looked ? loop_now_us() : 0;
		found->came = f->ports->looked;
		ports_publish(f, found);
		return true;
	}
	memcpy(found->chip, old->chip, sizeof(found->chip));
	memcpy(found->holder, old->holder, sizeof(found->holder));
	found->busy_until_us = old->busy_until_us;
	found->plugged_us = old->plugged_us;
	found->errors = old->errors;
	found->job = old->job;
	changed = strcmp(found->node, old->node) != 0 || old->lost != found->lost ||
	    strcmp(found->serial, old->serial) != 0 ||
	    strcmp(found->usb_id, old->usb_id) != 0;
	if (changed)
		ports_publish(f, found);
	return changed;
}

/* What came since the last look, and nobody else has. */
static void
begin_new(struct flashd *f)
{
	struct port *p;
	size_t i;

	for (i = 0; i < f->ports->n; i++) {
		p = &f->ports->list[i];
		if (p->came && p->holder[0] == '\0')
			ports_new_came(f, p);
		if (p->came)
			watch_came(f, p->path);
		p->came = false;
	}
}

void
ports_look(struct flashd *f)
{
	struct port *found = calloc(PORTS_MAX, sizeof(*found));
	bool changed = false;
	size_t n, i;

	if (found == NULL)
		return;
	n = scan(f, found);
	for (i = 0; i < n; i++)
		changed = take_found(f, &found[i]) || changed;
	changed = drop_gone(f, found, &n) || changed;
	memcpy(f->ports->list, found, n * sizeof(*found));
	f->ports->n = n;
	f->ports->looked = true;
	free(found);
	watch_nodes(f);
	if (changed || any_busy(f->ports))
		ports_ask_holders(f);
	begin_new(f);
	if (changed)
		flashd_changed(f);
}
