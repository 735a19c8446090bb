/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One request of a trial by libcurl, HTTP or RTSP, and what its answer means (see
 * trial_run.h). The thread of one trial. Sends nobody else's way: no redirect, no proxy,
 * and the password only to who asked for it in camherd's own words.
 */
#include "config.h"

#include <curl/curl.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/loop.h"
#include "common/said.h"
#include "common/sentence.h"
#include "streamd/outputs/rtsp_auth.h"
#include "streamd/trial_run.h"

#define AGENT "HomeAssistant (camherd " PACKAGE_VERSION ")"
#define REALM_HTTP "camherd streams"

static bool
is_rtsp(const struct trial_run *r)
{
	return r->o.output == TRIAL_RTSP || r->o.output == TRIAL_RTSP_MJPEG;
}

static bool
take_header(const char *p, size_t n, const char *name, char *ret, size_t ret_size)
{
	size_t len = strlen(name);

	if (n <= len || p[len] != ':' || strncasecmp(p, name, len) != 0)
		return false;
	for (p += len + 1, n -= len + 1; n > 0 && *p == ' '; p++)
		n--;
	while (n > 0 && strchr(" \t\r\n", p[n - 1]) != NULL)
		n--;
	text_escape(p, n, ret, ret_size);
	return true;
}

static size_t
on_header(char *p, size_t size, size_t count, void *arg)
{
	struct trial_answer *a = arg;
	size_t n = size * count, have = strlen(a->challenge);

	if (have > 0 && have + 4 < sizeof(a->challenge) &&
	    take_header(p, n, "WWW-Authenticate", a->challenge + have + 2,
		sizeof(a->challenge) - have - 2))
		memcpy(a->challenge + have, ", ", 2);
	else if (have == 0)
		(void)take_header(p, n, "WWW-Authenticate", a->challenge,
		    sizeof(a->challenge));
	(void)take_header(p, n, "Content-Type", a->type, sizeof(a->type));
	(void)take_header(p, n, "Server", a->server, sizeof(a->server));
	(void)take_header(p, n, "X-Camherd-Code", a->code, sizeof(a->code));
	(void)take_header(p, n, "Reason", a->reason.msg, sizeof(a->reason.msg));
	(void)take_header(
	    p, n, "X-Camherd-Said", a->reason_params, sizeof(a->reason_params));
	return n;
}

struct transfer {
	struct trial_answer *a;
	CURL *easy;
	int64_t begun_us;
	bool late;
};

static size_t
on_body(char *p, size_t size, size_t count, void *arg)
{
	struct transfer *t = arg;
	struct trial_answer *a = t->a;
	size_t n = size * count, room = TRIAL_BODY_MAX - a->n_body;
	long status = 0;

	(void)curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	if (status >= 200 && status < 300 && a->take != NULL) {
		a->taken = !a->take(a, (const uint8_t *)p, n);
		return a->taken ? 0 : n;
	}
	memcpy(a->body + a->n_body, p, n < room ? n : room);
	a->n_body += n < room ? n : room;
	/* Nobody needs the rest of an error. */
	return n <= room ? n : 0;
}

/* Home Assistant waits ten seconds for an answer, and for a picture. */
static int
on_progress(void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	struct transfer *t = arg;
	int64_t waited = loop_now_us() - t->begun_us;

	(void)a, (void)b, (void)c, (void)d;
	if (t->a->r->pictures == 0 && waited > (int64_t)TRIAL_ANSWER_MS * 1000)
		t->late = true;
	return t->late || trial_over(t->a->r);
}

static void
prepare(struct transfer *t, struct curl_slist *resolve, bool login)
{
	struct trial_run *r = t->a->r;
	CURL *c = t->easy;

	curl_easy_setopt(c, CURLOPT_URL, r->url);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https,rtsp");
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_PROXY, "");
	curl_easy_setopt(c, CURLOPT_USERAGENT, AGENT);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)TRIAL_CONNECT_MS);
	curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(c, CURLOPT_HEADERDATA, t->a);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, t);
	curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(c, CURLOPT_XFERINFODATA, t);
	if (resolve != NULL)
		curl_easy_setopt(c, CURLOPT_RESOLVE, resolve);
	if (is_rtsp(r)) {
		curl_easy_setopt(c, CURLOPT_RTSP_STREAM_URI, r->url);
		curl_easy_setopt(
		    c, CURLOPT_RTSP_REQUEST, (long)CURL_RTSPREQ_DESCRIBE);
	}
	if (r->unverified) {
		curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 0L);
	}
	if (login) {
		curl_easy_setopt(c, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
		curl_easy_setopt(c, CURLOPT_USERNAME, r->o.user);
		curl_easy_setopt(c, CURLOPT_PASSWORD, r->o.password);
	}
}

static int
late(struct trial_run *r)
{
	trial_step(r, "answer", false, "no answer within %d s", TRIAL_ANSWER_MS / 1000);
	return trial_fail(r, "answer-late",
	    "Look at the camera's own state: a camera that takes so long to answer "
	    "fails in Home Assistant, too.",
	    "It took the connection but gave %s within %d s, which is all the time "
	    "that Home Assistant allows.",
	    r->n_steps > 3 ? "no picture" : "no answer", TRIAL_ANSWER_MS / 1000);
}

/* What libcurl says of an attempt that brought no answer. */
static int
explain(struct transfer *t, CURLcode rc)
{
	struct trial_run *r = t->a->r;
	struct err said = { .code = ERR_NONE };
	curl_off_t connected = 0;
	long error = 0;

	(void)curl_easy_getinfo(t->easy, CURLINFO_CONNECT_TIME_T, &connected);
	(void)curl_easy_getinfo(t->easy, CURLINFO_OS_ERRNO, &error);
	if (t->late)
		return late(r);
	if (rc == CURLE_ABORTED_BY_CALLBACK)
		return trial_fail(r, "quit", "Try again.", "It was stopped.");
	if (rc == CURLE_COULDNT_CONNECT && error == ECONNREFUSED)
		return trial_refused(r);
	if ((rc == CURLE_COULDNT_CONNECT || rc == CURLE_OPERATION_TIMEDOUT) &&
	    connected == 0)
		return trial_silent(r);
	err_text(&said, curl_easy_strerror(rc));
	if (rc == CURLE_SSL_CONNECT_ERROR) {
		trial_step_said(r, "connect", false, &said);
		return trial_fail(r, "certificate",
		    "Look whether this port is really the one with TLS ([webd] "
		    "tls_listen), or use the http address.",
		    "No encrypted connection came about: %s.", curl_easy_strerror(rc));
	}
	trial_step_said(r, "answer", false, &said);
	if (rc == CURLE_UNSUPPORTED_PROTOCOL || rc == CURLE_WEIRD_SERVER_REPLY)
		return trial_fail(r, "other-server",
		    "Correct the port: camherd's addresses with their ports stand on "
		    "the camera's page.",
		    "What listens at %s does not speak %s. No password was sent to it.",
		    r->o.host, is_rtsp(r) ? "RTSP" : "HTTP");
	return trial_fail(r, "no-answer",
	    "Look whether this port is really camherd's, and whether too many clients "
	    "are connected.",
	    "The connection was taken, but no sensible answer came: %s.",
	    curl_easy_strerror(rc));
}

/* camherd's own certificate is nobody's: Home Assistant can be told not to mind. */
static void
mind_less(struct trial_run *r)
{
	r->unverified = true;
	trial_step(r, "connect", true,
	    "the certificate is not one that this machine trusts");
	err_set(&r->note, ERR_NONE, "",
	    "The certificate is camherd's own, which nobody else vouches for: \"Verify "
	    "SSL certificate\" must be switched off in Home Assistant.");
}

static int
ask_once(struct trial_answer *a, bool login, CURLcode *ret)
{
	struct transfer t = { .a = a, .begun_us = loop_now_us() };
	struct curl_slist *resolve = NULL;
	CURLcode rc;
	int ret_code = 0;

	a->status = 0;
	a->n_body = 0;
	a->type[0] = a->challenge[0] = a->code[0] = a->server[0] = '\0';
	a->reason_params[0] = '\0';
	err_clear(&a->reason);
	if ((t.easy = curl_easy_init()) == NULL)
		return trial_fail(
		    a->r, "no-memory", "Try again.", "There is no memory left.");
	if (a->r->resolve[0] != '\0')
		resolve = curl_slist_append(NULL, a->r->resolve);
	prepare(&t, resolve, login);
	*ret = rc = curl_easy_perform(t.easy);
	(void)curl_easy_getinfo(t.easy, CURLINFO_RESPONSE_CODE, &a->status);
	a->body[a->n_body] = '\0';
	if (rc == CURLE_PEER_FAILED_VERIFICATION && !a->r->unverified)
		ret_code = -1;
	else if (a->status == 0 || (rc != CURLE_OK && !a->taken && a->status < 300))
		ret_code = explain(&t, rc != CURLE_OK ? rc : CURLE_GOT_NOTHING);
	curl_easy_cleanup(t.easy);
	curl_slist_free_all(resolve);
	return ret_code;
}

int
trial_ask(struct trial_answer *a, bool login)
{
	CURLcode rc = CURLE_OK;

	if (ask_once(a, login, &rc) == 0)
		return 0;
	if (rc != CURLE_PEER_FAILED_VERIFICATION || a->r->unverified)
		return -1;
	mind_less(a->r);
	return ask_once(a, login, &rc);
}

/* ---- what the answer means ---- */

/* webd's {"error":{"code","message",…}}, or streamd's headers. */
static void
read_error(struct trial_answer *a)
{
	json_t *doc = json_loadb(a->body, a->n_body, 0, NULL);
	const json_t *error = json_object_get(doc, "error");
	const char *code = json_string_value(json_object_get(error, "code")),
		   *message = json_string_value(json_object_get(error, "message"));
	char header[sizeof(a->reason.msg)];

	if (code != NULL && message != NULL) {
		snprintf(a->code, sizeof(a->code), "%s", code);
		(void)sentence_read(&a->reason, message, error);
	} else if (a->reason.msg[0] != '\0') {
		memcpy(header, a->reason.msg, sizeof(header));
		(void)said_unpack(&a->reason, header, a->reason_params);
	} else if (strncasecmp(a->type, "text/plain", 10) == 0) {
		err_set(&a->reason, ERR_NONE, "", "%.390s", a->body);
	} else {
		err_text(&a->reason, "no reason given");
	}
	json_decref(doc);
}

/* A step where camherd said no. */
static void
refused_step(struct trial_answer *a, const char *step)
{
	struct err said = { .code = ERR_NONE };

	err_set(&said, ERR_NONE, "", "%ld: %s", a->status, a->reason.msg);
	said_nest(&said, 1, &a->reason);
	trial_step_said(a->r, step, false, &said);
}

static int
wrong_password(struct trial_answer *a)
{
	struct trial_run *r = a->r;
	const char *todo = "Take user and password from the camera's page (\"Use it "
			   "elsewhere\") and type them into Home Assistant anew. A new "
			   "stream password makes all old ones useless.";

	trial_step(r, "sign-in", false, "%ld: user %s and this password are refused",
	    a->status, r->o.user);
	if (r->o.own_login)
		return trial_fail(r, "password", todo,
		    "The user %s or the password is not accepted.", r->o.user);
	return trial_fail(r, "password", todo,
	    "The user %s or the password is not accepted: they are not camherd's "
	    "stream user and password (any more).",
	    r->o.user);
}

/* The camera's own trouble, or the encoder's. */
static int
camera_trouble(struct trial_answer *a)
{
	struct trial_run *r = a->r;
	const char *todo = "Look at the camera: is it switched on, in reach of the "
			   "Wi-Fi, at its address? Home Assistant shows it again by "
			   "itself once it is back.";

	if (strcmp(a->code, "encoder-budget") == 0)
		todo = "Close another H.264 viewer, raise [streamd] max_encoders in "
		       "camherd.conf, or use the MJPEG address, which needs no "
		       "encoder.";
	else if (strncmp(a->code, "encoder-", 8) == 0)
		todo = "Use the MJPEG address, which needs no encoder; 'camherd "
		       "doctor' says what the encoder lacks.";
	else if (strcmp(a->code, "camera-disabled") == 0)
		todo = "Switch the camera on (Edit, \"Switched on\").";
	else if (strcmp(a->code, "camera-no-source") == 0)
		todo = "Give the camera the address of its stream (Edit).";
	else if (strcmp(a->code, "jpeg-not-rtp") == 0)
		todo = "Use the H.264 address for this camera.";
	refused_step(a, "picture");
	(void)trial_fail(r, a->code[0] != '\0' ? a->code : "camera-trouble", todo,
	    "camherd answers, but %s: %s.",
	    strncmp(a->code, "encoder-", 8) == 0 ? "cannot encode this camera now"
						 : "gets no picture from the camera",
	    a->reason.msg);
	return said_nest(&r->e, 1, &a->reason);
}

static int
other_server(struct trial_answer *a)
{
	struct trial_run *r = a->r;

	trial_step(r, "challenge", false, "%ld from %s, without camherd's question",
	    a->status, a->server[0] != '\0' ? a->server : "a server without a name");
	(void)trial_fail(r, "other-server", "",
	    "Something else than camherd answers at %s (%s, status %ld). No password "
	    "was sent to it.",
	    r->o.host, a->server[0] != '\0' ? a->server : "without a name", a->status);
	if (r->own[0] != '\0')
		trial_todo(r,
		    "Correct name and port: this machine is %s. If a proxy stands "
		    "there, it must pass the path /cam/ and the header Authorization "
		    "on.",
		    r->own);
	else
		trial_todo(r,
		    "Correct name and port. If a proxy stands there, it must pass the "
		    "path /cam/ and the header Authorization on.");
	return -1;
}

static int
name_refused(struct trial_answer *a)
{
	struct trial_run *r = a->r;
	int n = (int)(strrchr(r->o.host, ':') - r->o.host);

	trial_step(r, "challenge", false, "421: camherd does not know itself by %.*s", n,
	    r->o.host);
	(void)trial_fail(r, "host-refused", "",
	    "camherd answers at %s, but does not know itself by the name %.*s and "
	    "sends no picture there (421).",
	    r->o.host, n, r->o.host);
	trial_todo(r,
	    "Add the name to camherd.conf, section [webd], hostnames = %.*s, and "
	    "restart webd; or use an address.",
	    n, r->o.host);
	return -1;
}

int
trial_judge(struct trial_answer *a, bool login)
{
	const char *realm = is_rtsp(a->r) ? RTSP_REALM : REALM_HTTP;

	read_error(a);
	if (a->status == 421)
		return name_refused(a);
	if (a->status == 429) {
		refused_step(a, "sign-in");
		(void)trial_fail(a->r, "too-many-tries",
		    "Wait a minute. If it comes back, some program tries a wrong "
		    "password again and again: correct it there.",
		    "%s", a->reason.msg);
		return said_nest(&a->r->e, 0, &a->reason);
	}
	if (!login && (a->status != 401 || strstr(a->challenge, realm) == NULL))
		return other_server(a);
	if (a->status == 401)
		return login ? wrong_password(a) : 0;
	if (a->status == 404) {
		trial_step(a->r, "picture", false, "404");
		return trial_fail(a->r, "camera-unknown",
		    "Use the name that the camera has now.",
		    "There is no camera %s.", a->r->o.camera);
	}
	return camera_trouble(a);
}
