/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of routes and its guard (see route.h). webd's one thread. */
#include "config.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/err.h"
#include "common/log.h"
#include "common/text.h"
#include "webd/answers.h"
#include "webd/api.h"
#include "webd/auth.h"
#include "webd/events.h"
#include "webd/host.h"
#include "webd/route.h"
#include "webd/site.h"
#include "webd/web.h"

/* Cameras are asked by players, which add what they like to an address. */
#define ANY NULL

/* Six columns, all of them needed: a row without its access does not compile. */
#define ROUTES(X)                                                                      \
	X(GET, "/healthz", PUBLIC, NONE, ANY, api_healthz)                             \
	X(GET, "/api/v1/state", PUBLIC, NONE, "", api_state)                           \
	X(POST, "/api/v1/setup", PUBLIC, JSON, "", api_setup)                          \
	X(POST, "/api/v1/session", PUBLIC, JSON, "", api_session_start)                \
	X(DELETE, "/api/v1/session", VIEWER, JSON, "", api_session_end)                \
	X(GET, "/api/v1/status", VIEWER, NONE, "", api_status)                         \
	X(GET, "/api/v1/cameras", VIEWER, NONE, "after limit private", api_cameras)    \
	X(POST, "/api/v1/cameras", ADMIN, JSON, "", api_camera_add)                    \
	X(GET, "/api/v1/cameras/{name}", VIEWER, NONE, "private", api_camera)          \
	X(PATCH, "/api/v1/cameras/{name}", ADMIN, JSON, "", api_camera_change)         \
	X(DELETE, "/api/v1/cameras/{name}", ADMIN, JSON, "", api_camera_remove)        \
	X(GET, "/api/v1/cameras/{name}/urls", VIEWER, NONE, "", api_camera_urls)       \
	X(GET, "/api/v1/cameras/{name}/connect", VIEWER, NONE, "host",                 \
	    api_camera_connect)                                                        \
	X(POST, "/api/v1/cameras/{name}/test", ADMIN, JSON, "", api_camera_test)       \
	X(GET, "/api/v1/cameras/{name}/history", VIEWER, NONE, "before limit",         \
	    api_camera_history)                                                        \
	X(POST, "/api/v1/cameras/{name}/ctl", ADMIN, JSON, "", api_camera_control)     \
	X(GET, "/api/v1/cameras/{name}/probe", ADMIN, NONE, "", api_camera_probe)      \
	X(POST, "/api/v1/discover", ADMIN, JSON, "", api_discover)                     \
	X(GET, "/api/v1/ports", VIEWER, NONE, "limit skip", api_ports)                 \
	X(PATCH, "/api/v1/ports", ADMIN, JSON, "", api_port_change)                    \
	X(PATCH, "/api/v1/ports/watch", ADMIN, JSON, "", api_ports_watch)              \
	X(GET, "/api/v1/ports/console", ADMIN, NONE, "path", api_console)              \
	X(POST, "/api/v1/ports/console", ADMIN, JSON, "", api_console_say)             \
	X(GET, "/api/v1/jobs", VIEWER, NONE, "before open limit private", api_jobs)    \
	X(POST, "/api/v1/jobs", ADMIN, JSON, "", api_job_add)                          \
	X(GET, "/api/v1/jobs/{id}", VIEWER, NONE, "private", api_job)                  \
	X(POST, "/api/v1/jobs/{id}/cancel", ADMIN, JSON, "", api_job_cancel)           \
	X(POST, "/api/v1/jobs/{id}/resume", ADMIN, JSON, "", api_job_resume)           \
	X(POST, "/api/v1/jobs/{id}/give-up", ADMIN, JSON, "", api_job_give_up)         \
	X(GET, "/api/v1/jobs/{id}/log", VIEWER, NONE, "", api_job_log)                 \
	X(GET, "/api/v1/jobs/{id}/trace", ADMIN, NONE, "", api_job_trace)              \
	X(POST, "/api/v1/plan", ADMIN, JSON, "", api_plan)                             \
	X(GET, "/api/v1/rescues", VIEWER, NONE, "limit skip", api_rescues)             \
	X(POST, "/api/v1/rescues", ADMIN, JSON, "", api_rescue_add)                    \
	X(GET, "/api/v1/rescues/{id}", VIEWER, NONE, "", api_rescue)                   \
	X(PATCH, "/api/v1/rescues/{id}", ADMIN, JSON, "", api_rescue_change)           \
	X(DELETE, "/api/v1/rescues/{id}", ADMIN, JSON, "", api_rescue_remove)          \
	X(POST, "/api/v1/rescues/{id}/start", ADMIN, JSON, "", api_rescue_start)       \
	X(POST, "/api/v1/rescues/{id}/seen", ADMIN, JSON, "", api_rescue_seen)         \
	X(GET, "/api/v1/rescues/{id}/report", VIEWER, NONE, "", api_rescue_report)     \
	X(GET, "/api/v1/rescues/{id}/bundle", ADMIN, NONE, "", api_rescue_bundle)      \
	X(GET, "/api/v1/dumps", VIEWER, NONE, "camera q limit skip private",           \
	    api_dumps)                                                                 \
	X(GET, "/api/v1/dumps/{id}", VIEWER, NONE, "private", api_dump)                \
	X(PATCH, "/api/v1/dumps/{id}", ADMIN, JSON, "", api_dump_change)               \
	X(GET, "/api/v1/dumps/{id}/map", VIEWER, NONE, "private", api_dump_map)        \
	X(GET, "/api/v1/dumps/{id}/found", VIEWER, NONE, "private", api_dump_found)    \
	X(GET, "/api/v1/dumps/{id}/check", VIEWER, NONE, "", api_dump_check)           \
	X(GET, "/api/v1/dumps/{id}/strings", ADMIN, NONE, "min search from to limit",  \
	    api_dump_strings)                                                          \
	X(GET, "/api/v1/dumps/{id}/search", ADMIN, NONE, "text hex from limit",        \
	    api_dump_search)                                                           \
	X(GET, "/api/v1/dumps/{id}/diff", VIEWER, NONE, "with strings", api_dump_diff) \
	X(GET, "/api/v1/dumps/{id}/fits", VIEWER, NONE, "as", api_dump_fits)           \
	X(GET, "/api/v1/dumps/{id}/share", VIEWER, NONE, "keep_mac keep_unknown",      \
	    api_dump_share)                                                            \
	X(GET, "/api/v1/dumps/{id}/share/file", ADMIN, NONE, "keep_mac keep_unknown",  \
	    api_dump_share_file)                                                       \
	X(GET, "/api/v1/dumps/{id}/graft", ADMIN, NONE, "target identity parts",       \
	    api_dump_graft)                                                            \
	X(GET, "/api/v1/dumps/{id}/graft/file", ADMIN, NONE, "target identity parts",  \
	    api_dump_graft_file)                                                       \
	X(GET, "/api/v1/dumps/{id}/file", ADMIN, NONE, "", api_dump_file)              \
	X(GET, "/api/v1/bin", VIEWER, NONE, "limit skip", api_bin)                     \
	X(POST, "/api/v1/incoming", ADMIN, RAW, "", api_incoming)                      \
	X(GET, "/api/v1/photos", VIEWER, NONE, "camera owner limit skip", api_photos)  \
	X(POST, "/api/v1/photos", ADMIN, JPEG, "camera owner about", api_photo_add)    \
	X(GET, "/api/v1/photos/{id}", VIEWER, NONE, "", api_photo)                     \
	X(PATCH, "/api/v1/photos/{id}", ADMIN, JSON, "", api_photo_change)             \
	X(DELETE, "/api/v1/photos/{id}", ADMIN, JSON, "", api_photo_remove)            \
	X(GET, "/api/v1/photos/{id}/file", VIEWER, NONE, "", api_photo_file)           \
	X(GET, "/api/v1/photos/{id}/thumb", VIEWER, NONE, "", api_photo_thumb)         \
	X(GET, "/api/v1/sessions", VIEWER, NONE, "limit skip", api_sessions)           \
	X(DELETE, "/api/v1/sessions/{id}", VIEWER, JSON, "", api_session_remove)       \
	X(POST, "/api/v1/sessions/end-others", VIEWER, JSON, "",                       \
	    api_sessions_end_others)                                                   \
	X(POST, "/api/v1/password", VIEWER, JSON, "", api_password)                    \
	X(GET, "/api/v1/archive", ADMIN, NONE, "", api_archive)                        \
	X(POST, "/api/v1/archive/save", ADMIN, JSON, "", api_archive_save)             \
	X(GET, "/api/v1/archive/save/{ticket}", ADMIN, NONE, "", api_archive_fetch)    \
	X(POST, "/api/v1/archive/load", ADMIN, JSON, "", api_archive_load)             \
	X(POST, "/api/v1/archive/load/{id}", ADMIN, RAW, "at", api_archive_piece)      \
	X(DELETE, "/api/v1/archive/load/{id}", ADMIN, JSON, "", api_archive_forget)    \
	X(POST, "/api/v1/archive/plan", ADMIN, JSON, "", api_archive_plan)             \
	X(POST, "/api/v1/archive/commit", ADMIN, JSON, "", api_archive_commit)         \
	X(GET, "/api/v1/about", VIEWER, NONE, "", api_about)                           \
	X(GET, "/api/v1/doctor", ADMIN, NONE, "", api_doctor)                          \
	X(GET, "/api/v1/doctor/report", ADMIN, NONE, "", api_doctor_report)            \
	X(GET, "/api/v1/storage", VIEWER, NONE, "", api_storage)                       \
	X(GET, "/api/v1/settings", ADMIN, NONE, "", api_settings)                      \
	X(PATCH, "/api/v1/settings", ADMIN, JSON, "", api_settings_change)             \
	X(GET, "/api/v1/users", ADMIN, NONE, "limit skip", api_users)                  \
	X(POST, "/api/v1/users", ADMIN, JSON, "", api_user_add)                        \
	X(PATCH, "/api/v1/users/{name}", ADMIN, JSON, "", api_user_change)             \
	X(DELETE, "/api/v1/users/{name}", ADMIN, JSON, "", api_user_remove)            \
	X(GET, "/api/v1/tokens", ADMIN, NONE, "limit skip", api_tokens)                \
	X(POST, "/api/v1/tokens", ADMIN, JSON, "", api_token_add)                      \
	X(DELETE, "/api/v1/tokens/{name}", ADMIN, JSON, "", api_token_remove)          \
	X(GET, "/api/v1/stream-password", ADMIN, NONE, "", api_stream_password)        \
	X(POST, "/api/v1/stream-password", ADMIN, JSON, "", api_stream_password_new)   \
	X(GET, "/api/v1/events", VIEWER, NONE, "", api_events)                         \
	X(GET, "/cam/{name}/thumb.jpg", STREAM, NONE, ANY, relay_thumb)                \
	X(GET, "/cam/{name}/stream.mjpeg", STREAM, NONE, ANY, relay_stream)            \
	X(GET, "/cam/{name}/snapshot.jpg", STREAM, NONE, ANY, relay_snapshot)

#define AS_ROUTE(method, pattern, access, body, query, handler)                        \
	{ METHOD_##method, pattern, ACCESS_##access, BODY_##body, query, handler },

static const struct route routes[] = { ROUTES(AS_ROUTE) };

#define N_ROUTES (sizeof(routes) / sizeof(routes[0]))

const struct route *
route_table(size_t *ret_n)
{
	*ret_n = N_ROUTES;
	return routes;
}

const char *
access_name(enum access access)
{
	static const char *const names[] = { "", "public", "stream", "viewer",
		"admin" };

	return names[access];
}

bool
route_match(const char *pattern, const char *path, char *ret_param, size_t ret_size)
{
	const char *open = strchr(pattern, '{'), *close;
	size_t before, n;

	ret_param[0] = '\0';
	if (open == NULL)
		return strcmp(pattern, path) == 0;
	close = strchr(open, '}');
	before = (size_t)(open - pattern);
	if (strncmp(pattern, path, before) != 0)
		return false;
	n = strcspn(path + before, "/");
	return n > 0 && strcmp(close + 1, path + before + n) == 0 &&
	    request_decode(path + before, n, ret_param, ret_size) == 0;
}

/* The route of path and method. When only the method is wrong, ret_allow lists what
 * the path takes. */
static const struct route *
find_route(struct request *r, char *ret_allow, size_t allow_size)
{
	enum method wanted = r->method == METHOD_HEAD ? METHOD_GET : r->method;
	size_t i, n = 0;

	ret_allow[0] = '\0';
	for (i = 0; i < N_ROUTES; i++) {
		if (!route_match(
			routes[i].pattern, r->path, r->param, sizeof(r->param)))
			continue;
		if (routes[i].method == wanted)
			return &routes[i];
		if (n < allow_size)
			n += (size_t)snprintf(ret_allow + n, allow_size - n, "%s%s",
			    n > 0 ? ", " : "", method_name(routes[i].method));
	}
	return NULL;
}

/* The name in a stranger's link is ours only if it says so. */
static int
check_host(struct web *w, const struct request *r, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };

	if (r->host == NULL)
		return reply_fail(
		    rep, 400, ERR_USAGE, "bad-host", "The Host header is missing.");
	if (hosts_check(w->hosts, r->host, r->local.ss_family != 0 ? &r->local : NULL,
		&e) == 0 &&
	    (r->behind == NULL || hosts_check(w->hosts, r->behind, NULL, &e) == 0))
		return 0;
	rep->close = true;
	if (e.code == ERR_USAGE || strncmp(r->path, "/api/", 5) == 0) {
		(void)reply_error(rep, &e);
		rep->status = e.code == ERR_USAGE ? 400 : 421;
	} else {
		reply_text(rep, 421, "text/plain; charset=utf-8", e.msg, strlen(e.msg));
	}
	rep->close = true;
	return -1;
}

static bool
same_origin(const struct request *r)
{
	const char *origin = r->origin;

	/* A proxy with TLS that is not listed as trusted: we see plain HTTP. */
	if (!r->is_secure && strncasecmp(origin, "http://", 7) == 0)
		origin += 7;
	else if (strncasecmp(origin, "https://", 8) == 0)
		origin += 8;
	else
		return false;
	return strcasecmp(origin, r->behind != NULL ? r->behind : r->host) == 0;
}

/* A change must come from our own page or from a script, never from another site. */
static int
check_origin(const struct request *r, struct reply *rep)
{
	bool fine = true;

	if (r->origin != NULL)
		fine = same_origin(r);
	if (fine && r->fetch_site != NULL)
		fine = strcmp(r->fetch_site, "same-origin") == 0 ||
		    strcmp(r->fetch_site, "none") == 0;
	if (fine)
		return 0;
	return reply_fail(rep, 403, ERR_REFUSED, "foreign-origin",
	    "This change was asked for by another web site. Nothing was changed.");
}

/* "application/json", with or without "; charset=utf-8". */
static bool
type_is(const char *value, const char *type)
{
	size_t n = strlen(type);

	if (strncasecmp(value, type, n) != 0)
		return false;
	value += n + strspn(value + n, " ");
	return *value == '\0' || *value == ';';
}

static int
check_type(const struct route *route, const struct request *r, struct reply *rep)
{
	const char *wanted = "application/json";

	if (route->body == BODY_RAW)
		wanted = "application/octet-stream";
	else if (route->body == BODY_JPEG)
		wanted = "image/jpeg";
	/* A change that needs no body may come without one, and then without a type. */
	if (r->content_type == NULL && !r->has_body)
		return 0;
	if (r->content_type != NULL && type_is(r->content_type, wanted))
		return 0;
	if (route->body == BODY_JPEG)
		return reply_fail(rep, 415, ERR_USAGE, "photo-not-jpeg",
		    "A photo must be a JPEG, sent as image/jpeg. Save it as JPEG and "
		    "send it again.");
	return reply_fail(rep, 415, ERR_USAGE, "content-type",
	    "The body must be sent as %s.", wanted);
}

static int
check_length(const struct route *route, const struct request *r, struct reply *rep)
{
	if (route->body == BODY_NONE && r->has_body)
		return reply_fail(
		    rep, 400, ERR_USAGE, "no-body", "This request takes no body.");
	if (route->body == BODY_JSON && r->has_length &&
	    r->content_length > REQUEST_BODY_MAX)
		return reply_fail(rep, 413, ERR_USAGE, "body-too-large",
		    "The body must not be larger than %d bytes.", REQUEST_BODY_MAX);
	return 0;
}

static int
check_query(const struct route *route, const struct request *r, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };

	if (route->query == NULL || request_query_keys(r, route->query, &e) == 0)
		return 0;
	return reply_error(rep, &e);
}

static int
check_csrf(const struct route *route, const struct request *r, struct reply *rep)
{
	/* A cookie is sent by the browser on its own; a token is not. */
	if (route->access == ACCESS_PUBLIC || r->who.who != WHO_SESSION)
		return 0;
	if (r->csrf != NULL && auth_same(r->csrf, r->who.csrf))
		return 0;
	return reply_fail(rep, 403, ERR_REFUSED, "csrf",
	    "The X-Camherd-CSRF header of this sign-in is missing or wrong. Load the "
	    "page "
	    "anew and try again.");
}

static int
check_role(const struct route *route, const struct request *r, struct reply *rep)
{
	if (r->who.who == WHO_NOBODY || r->who.who == WHO_STREAM) {
		if (r->authorization != NULL)
			return reply_fail(rep, 401, ERR_REFUSED, "sign-in",
			    "This token is not valid (any more).");
		return reply_fail(rep, 401, ERR_REFUSED, "sign-in", "Sign in first.");
	}
	if (r->who.role >= (route->access == ACCESS_ADMIN ? ROLE_ADMIN : ROLE_VIEWER))
		return 0;
	return reply_fail(rep, 403, ERR_REFUSED, "admin-only",
	    "Only an admin may do this. You are signed in as a viewer.");
}

static int
check_who(
    struct web *w, const struct route *route, struct request *r, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };

	if (auth_identify(w, r, &e) < 0)
		return reply_error(rep, &e);
	switch (route->access) {
	case ACCESS_PUBLIC:
		return 0;
	case ACCESS_STREAM:
		return auth_identify_stream(w, r, rep);
	case ACCESS_VIEWER:
	case ACCESS_ADMIN:
		break;
	}
	return check_role(route, r, rep);
}

static const struct route *
not_found(struct request *r, const char *allow, struct reply *rep)
{
	if (allow[0] != '\0') {
		reply_fail(rep, 405, ERR_USAGE, "method", "This path takes %s.", allow);
		reply_header(rep, "Allow", "%s", allow);
	} else if (strncmp(r->path, "/api/", 5) == 0) {
		reply_fail(rep, 404, ERR_NOT_FOUND, "no-such-path",
		    "There is nothing here; docs/openapi.json lists all paths.");
	} else {
		reply_fail(rep, 404, ERR_NOT_FOUND, "no-such-path",
		    "There is nothing here. The page is at /.");
	}
	rep->close = !request_is_read(r);
	return NULL;
}

static int
check_change(const struct route *route, const struct request *r, struct reply *rep)
{
	if (request_is_read(r))
		return 0;
	if (check_origin(r, rep) < 0 || check_type(route, r, rep) < 0)
		return -1;
	return check_csrf(route, r, rep);
}

const struct route *
route_admit(struct web *w, struct request *r, struct reply *rep)
{
	const struct route *route;
	char allow[64];

	if (check_host(w, r, rep) < 0)
		return NULL;
	if ((route = find_route(r, allow, sizeof(allow))) == NULL) {
		if (allow[0] == '\0' && request_is_read(r) &&
		    site_serve(w->site, r, rep))
			return NULL;
		return not_found(r, allow, rep);
	}
	/* Who asks comes first, so that a stranger learns nothing from the rest. */
	if (check_who(w, route, r, rep) < 0 || check_change(route, r, rep) < 0 ||
	    check_query(route, r, rep) < 0 || check_length(route, r, rep) < 0) {
		rep->close = rep->close || r->has_body;
		return NULL;
	}
	return route;
}

/* What is asked for again and again. Nothing that only an admin may see, or that is
 * shown in whole only when asked for. */
static bool
may_be_tagged(const struct route *route, const struct request *r)
{
	return route->access == ACCESS_VIEWER && request_is_read(r) &&
	    strstr(r->query, "private") == NULL && strcmp(route->pattern, "/api/v1/events") != 0;
}

/* Of that, what a browser may keep: lists without passwords, without bytes of a dump,
 * and without whose sign-in it is. */
static bool
may_be_kept(const struct route *route)
{
	static const char *const kept[] = { "/api/v1/status", "/api/v1/cameras",
		"/api/v1/cameras/{name}/history", "/api/v1/ports", "/api/v1/jobs",
		"/api/v1/rescues", "/api/v1/dumps", "/api/v1/bin", "/api/v1/photos" };
	size_t i;

	for (i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		if (strcmp(route->pattern, kept[i]) == 0)
			return true;
	}
	return false;
}

/* The same answer again is a short one: 304. A tag of its own stays. */
static void
tag(const struct route *route, const struct request *r, struct reply *rep)
{
	unsigned char digest[16];
	char hex[33], etag[40];
	unsigned i;

	if (rep->kind != REPLY_BYTES || rep->status != 200 || rep->n == 0)
		return;
	for (i = 0; i < rep->n_headers; i++) {
		if (strcmp(rep->headers[i].name, "ETag") == 0)
			return;
	}
	(void)crypto_generichash(digest, sizeof(digest), (const unsigned char *)rep->bytes,
	    rep->n, NULL, 0);
	text_hex(digest, sizeof(digest), hex);
	snprintf(etag, sizeof(etag), "\"%s\"", hex);
	if (r->if_none_match != NULL && strstr(r->if_none_match, etag) != NULL)
		reply_empty(rep, 304);
	reply_header(rep, "ETag", "%s", etag);
	rep->by_tag = may_be_kept(route);
}

/* Long, asked for by every open page, and made from the databases alone. */
static bool
may_be_shared(const struct route *route, const struct request *r)
{
	return (route->handler == api_cameras || route->handler == api_jobs ||
		   route->handler == api_dumps) &&
	    strstr(r->query, "private") == NULL;
}

static void
handle(struct web *w, const struct route *route, const struct request *r,
    struct reply *rep)
{
	bool shared = may_be_shared(route, r);

	if (shared && answers_find(w, r, rep))
		return;
	route->handler(w, r, rep);
	if (shared)
		answers_keep(w, r, rep);
}

void
route_handle(struct web *w, const struct route *route, const struct request *r,
    struct reply *rep)
{
	handle(w, route, r, rep);
	if (rep->kind == REPLY_NONE)
		reply_fail(
		    rep, 500, ERR_FAILED, "failed", "There is no answer to this.");
	if (may_be_tagged(route, r))
		tag(route, r, rep);
	if (!request_is_read(r) && rep->status < 300)
		events_changed(w->events);
}
