/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Publishing by RTSP, the words of it (see push_talk.h), after RFC 2326. Pure; main
 * thread. Written here and not left to libavformat's muxer: that one drops pictures with
 * restart markers or own Huffman tables without a word, believes any Content-Length,
 * and holds packets back for 40 ms; and the packets exist already, for all viewers.
 */
#include "config.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/err.h"
#include "streamd/outputs/push_talk.h"

#define RENEW_MAX 5 /* nonces that grew old on one connection, one after the other */

static const char *const methods[] = { [PUSH_ANNOUNCE] = "ANNOUNCE",
	[PUSH_SETUP] = "SETUP",
	[PUSH_SETUP_SOUND] = "SETUP",
	[PUSH_RECORD] = "RECORD",
	[PUSH_RECORDS] = "OPTIONS" };

void
push_talk_init(struct push_talk *t, const char *url, const char *user,
    const char *password, const char *sdp, bool sound)
{
	memset(t, 0, sizeof(*t));
	snprintf(t->url, sizeof(t->url), "%s", url);
	snprintf(t->user, sizeof(t->user), "%s", user);
	snprintf(t->password, sizeof(t->password), "%s", password);
	snprintf(t->sdp, sizeof(t->sdp), "%s", sdp);
	t->sound = sound;
}

void
push_talk_fini(struct push_talk *t)
{
	sodium_memzero(t, sizeof(*t));
}

/* The address of a step: a track's for SETUP, else the whole stream's. */
static void
step_url(const struct push_talk *t, char *ret, size_t ret_size)
{
	const char *track = t->step == PUSH_SETUP ? "/" RTSP_TRACK
	    : t->step == PUSH_SETUP_SOUND	  ? "/" RTSP_SOUND_TRACK
						  : "";
	size_t n = strlen(t->url);

	/* One slash between the two. */
	if (track[0] != '\0' && n > 0 && t->url[n - 1] == '/')
		n--;
	snprintf(ret, ret_size, "%.*s%s", (int)n, t->url, track);
}

/* The header lines that a step has of its own. */
static void
step_lines(const struct push_talk *t, char *ret, size_t ret_size)
{
	unsigned at = t->step == PUSH_SETUP_SOUND ? 2 : 0;

	ret[0] = '\0';
	if (t->step == PUSH_ANNOUNCE)
		snprintf(ret, ret_size,
		    "Content-Type: application/sdp\r\nContent-Length: %zu\r\n",
		    strlen(t->sdp));
	else if (t->step == PUSH_SETUP || t->step == PUSH_SETUP_SOUND)
		snprintf(ret, ret_size,
		    "Transport: RTP/AVP/TCP;unicast;interleaved=%u-%u;mode=record\r\n",
		    at, at + 1);
	else if (t->step == PUSH_RECORD)
		snprintf(ret, ret_size, "Range: npt=0.000-\r\n");
}

static size_t
make(struct push_talk *t, const char *method, const char *lines, const char *body,
    char ret[PUSH_REQUEST_MAX])
{
	char url[PUSH_URL_MAX + 16], sign[RTSP_SIGN_MAX] = "", session[160] = "";
	int n;

	step_url(t, url, sizeof(url));
	t->signed_in = t->asked;
	if (t->asked &&
	    rtsp_auth_sign(&t->challenge, t->user, t->password, method, url, ++t->count,
		sign) == 0)
		return 0;
	if (t->session[0] != '\0')
		snprintf(session, sizeof(session), "Session: %s\r\n", t->session);
	n = snprintf(ret, PUSH_REQUEST_MAX,
	    "%s %s RTSP/1.0\r\nCSeq: %" PRIu64 "\r\nUser-Agent: " PACKAGE_NAME
	    "/" PACKAGE_VERSION "\r\n%s%s%s\r\n%s",
	    method, url, ++t->cseq, sign, session, lines, body);
	sodium_memzero(sign, sizeof(sign));
	return n > 0 && n < PUSH_REQUEST_MAX ? (size_t)n : 0;
}

size_t
push_talk_request(struct push_talk *t, char ret[PUSH_REQUEST_MAX])
{
	char lines[160];

	if (t->step == PUSH_RECORDS)
		return 0;
	step_lines(t, lines, sizeof(lines));
	return make(
	    t, methods[t->step], lines, t->step == PUSH_ANNOUNCE ? t->sdp : "", ret);
}

size_t
push_talk_alive(struct push_talk *t, char ret[PUSH_REQUEST_MAX])
{
	return make(t, "OPTIONS", "", "", ret);
}

size_t
push_talk_bye(struct push_talk *t, char ret[PUSH_REQUEST_MAX])
{
	return make(t, "TEARDOWN", "", "", ret);
}

/* 401: once more, with what it asks for. */
static int
challenged(struct push_talk *t, const struct rtsp_request *r, struct err *e)
{
	bool have = false, stale = false;
	unsigned i;

	if (t->user[0] == '\0' && t->password[0] == '\0')
		return err_set(e, ERR_REFUSED, "push-password",
		    "it asks for a user name and password; set them beside the "
		    "address");
	for (i = 0; i < r->headers; i++) {
		if (strcasecmp(r->header[i].name, "WWW-Authenticate") != 0)
			continue;
		have = rtsp_auth_asked(r->header[i].value, have, &t->challenge);
		stale |= strcasestr(r->header[i].value, "stale=true") != NULL;
	}
	/* A nonce that grew old is renewed, but not for ever. */
	if (t->signed_in && !(stale && t->renewed++ < RENEW_MAX))
		return err_set(e, ERR_REFUSED, "push-password",
		    "it does not accept the user name or password");
	if (!have)
		return err_set(e, ERR_REFUSED, "push-sign-in",
		    "it asks for a way of signing in that is not known here; Digest "
		    "(MD5 or SHA-256) and Basic are");
	t->asked = true;
	t->count = 0;
	return 1;
}

static int
refused(const struct push_talk *t, int status, struct err *e)
{
	const char *method = methods[t->step];

	if (status < 400)
		return err_set(e, ERR_REFUSED, "push-redirect",
		    "it sends to another address, which is not followed; enter that "
		    "address itself");
	if (status == 403)
		return err_set(e, ERR_REFUSED, "push-forbidden",
		    "it does not let this user publish under this path (403)");
	if (status == 404)
		return err_set(e, ERR_REFUSED, "push-path",
		    "it has no such path to publish to (404); check the part behind "
		    "the host name");
	if (status == 405 || status == 455 || status == 501)
		return err_set(e, ERR_REFUSED, "push-server",
		    "it takes no published streams (%d to %s): is it a media server "
		    "such as MediaMTX, and is publishing allowed there?",
		    status, method);
	if (status == 415)
		return err_set(e, ERR_REFUSED, "push-codec",
		    "it does not take this kind of stream (415); try the other one of "
		    "h264 and mjpeg");
	if (status == 461)
		return err_set(e, ERR_REFUSED, "push-transport",
		    "it does not take RTP inside the RTSP connection (461); allow TCP "
		    "there");
	return err_set(e, ERR_FAILED, "push-status", "it answered %d to %s", status,
	    method);
}

/* The session's id is sent back: only what cannot break a header. */
static int
take_session(struct push_talk *t, const struct rtsp_request *r, struct err *e)
{
	const char *s = rtsp_header(r, "Session");
	size_t n = s != NULL ? strcspn(s, "; \t") : 0;

	if (n == 0 || n > PUSH_SESSION_MAX)
		return err_set(e, ERR_FAILED, "push-answer",
		    "its answer to SETUP has no session, or one that is too long");
	memcpy(t->session, s, n);
	t->session[n] = '\0';
	return 0;
}

/* "RTP/AVP/TCP;unicast;interleaved=0-1;mode=record": the server's word on channels. */
static int
take_transport(struct push_talk *t, const struct rtsp_request *r, unsigned track,
    struct err *e)
{
	const char *s = rtsp_header(r, "Transport");

	if (s == NULL || rtsp_transport_taken(s, &t->track[track]) < 0)
		return err_set(e, ERR_FAILED, "push-transport",
		    "it answers SETUP with another way of carrying RTP than inside the "
		    "RTSP connection");
	if (!t->track[track].channels_given) {
		t->track[track].rtp = (uint8_t)(2 * track);
		t->track[track].rtcp = (uint8_t)(2 * track + 1);
	}
	return 0;
}

static int
accepted(struct push_talk *t, const struct rtsp_request *r, struct err *e)
{
	unsigned track = t->step == PUSH_SETUP_SOUND ? 1 : 0;

	switch (t->step) {
	case PUSH_ANNOUNCE:
		t->step = PUSH_SETUP;
		break;
	case PUSH_SETUP:
	case PUSH_SETUP_SOUND:
		if (take_transport(t, r, track, e) < 0 ||
		    (track == 0 && take_session(t, r, e) < 0))
			return -1;
		t->step = t->sound && track == 0 ? PUSH_SETUP_SOUND : PUSH_RECORD;
		break;
	case PUSH_RECORD:
		t->step = PUSH_RECORDS;
		break;
	case PUSH_RECORDS:
		return 0;
	}
	return 1;
}

int
push_talk_reply(struct push_talk *t, const struct rtsp_request *r, struct err *e)
{
	if (r->status < 200 || r->cseq != t->cseq)
		return 0;
	/* What it says of an OPTIONS does not matter: it is there. */
	if (t->step == PUSH_RECORDS)
		return 0;
	if (r->status == 401)
		return challenged(t, r, e);
	if (r->status >= 300)
		return refused(t, r->status, e);
	return accepted(t, r, e);
}

/* go2rtc agrees to every step and hangs up then, when the path is not in its file. */
void
push_talk_closed(const struct push_talk *t, bool taken, struct err *e)
{
	if (t->step != PUSH_RECORDS)
		err_set(e, ERR_LOST, "push-closed",
		    "it closed the connection without an answer");
	else if (taken)
		err_set(e, ERR_LOST, "push-closed", "it closed the connection");
	else
		err_set(e, ERR_REFUSED, "push-unwanted",
		    "it agreed to take the stream and closed the connection at once: "
		    "does it know this path? (go2rtc: name the stream in go2rtc.yaml)");
}
