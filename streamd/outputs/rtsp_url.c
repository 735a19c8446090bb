/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RTSP addresses (see rtsp_url.h). Pure; any thread. */
#include "config.h"

#include <string.h>
#include <strings.h>

#include "streamd/outputs/rtsp_sdp.h"
#include "streamd/outputs/rtsp_url.h"

#define SCHEME "rtsp://"

/* The next step of a path that ends with NUL, '?' or '#'; moves *at behind it. Empty
 * steps are passed over: some clients join with one '/' too many. */
static size_t
step(const char **at, const char **ret)
{
	size_t n;

	*at += strspn(*at, "/");
	n = strcspn(*at, "/?#");
	*ret = *at;
	*at += n;
	return n;
}

static bool
is(const char *s, size_t n, const char *word)
{
	return n == strlen(word) && memcmp(s, word, n) == 0;
}

int
rtsp_url_parse(const char *url, struct rtsp_target *ret)
{
	struct rtsp_target t = { .codec = CODEC_H264 };
	const char *at, *word;
	size_t n;

	if (strncasecmp(url, SCHEME, strlen(SCHEME)) != 0)
		return -1;
	at = url + strlen(SCHEME);
	if ((n = strcspn(at, "/?#")) == 0 || at[n] != '/')
		return -1;
	at += n;
	if ((n = step(&at, &word)) == 0 || n >= sizeof(t.camera))
		return -1;
	memcpy(t.camera, word, n);
	if (!text_is_slug(t.camera))
		return -1;
	t.base_n = (size_t)(at - url);
	n = step(&at, &word);
	if (is(word, n, "mjpeg")) {
		t.codec = CODEC_JPEG;
		t.base_n = (size_t)(at - url);
		n = step(&at, &word);
	}
	if (is(word, n, RTSP_TRACK))
		t.track = 1;
	else if (is(word, n, RTSP_SOUND_TRACK))
		t.track = 2;
	if (t.track > 0)
		n = step(&at, &word);
	if (n > 0)
		return -1;
	*ret = t;
	return 0;
}
