/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Session descriptions (see rtsp_sdp.h), after RFC 4566, 2435, 6184. Pure. */
#include "config.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

#include "streamd/outputs/rtp_h264.h"
#include "streamd/outputs/rtp_pack.h"
#include "streamd/outputs/rtsp_sdp.h"

#define NAL_SPS 7
#define NAL_PPS 8
#define SET_MAX 256 /* bytes of one parameter set */
#define SET_TEXT_MAX 360

struct text {
	char *p;
	size_t n;
	bool full;
};

static void add(struct text *t, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
add(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(t->p + t->n, RTSP_SDP_MAX - t->n, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= RTSP_SDP_MAX - t->n)
		t->full = true;
	else
		t->n += (size_t)n;
}

static void
add_jpeg(struct text *t, const struct rtsp_sdp *d)
{
	add(t, "m=video 0 RTP/AVP %d\r\n", RTP_TYPE_JPEG);
	add(t, "a=rtpmap:%d JPEG/%d\r\n", RTP_TYPE_JPEG, RTP_CLOCK);
	if (d->width > 0 && d->height > 0)
		add(t, "a=x-dimensions:%u,%u\r\n", d->width, d->height);
}

static void
add_sound(struct text *t)
{
	add(t, "m=audio 0 RTP/AVP %d\r\n", RTP_TYPE_ALAW);
	add(t, "a=rtpmap:%d PCMA/%d\r\n", RTP_TYPE_ALAW, RTP_ALAW_CLOCK);
	add(t, "a=control:" RTSP_SOUND_TRACK "\r\n");
}

/* The first set of this kind, as base64. 0, or -1. */
static int
set_text(const struct rtsp_sdp *d, unsigned kind, char ret[SET_TEXT_MAX],
    const uint8_t **ret_nal, size_t *ret_n)
{
	size_t at = 0, n;
	const uint8_t *nal;

	while ((nal = h264_next_nal(d->sets, d->sets_n, &at, &n)) != NULL) {
		if ((nal[0] & 31) != kind || n > SET_MAX)
			continue;
		sodium_bin2base64(
		    ret, SET_TEXT_MAX, nal, n, sodium_base64_VARIANT_ORIGINAL);
		*ret_nal = nal;
		*ret_n = n;
		return 0;
	}
	return -1;
}

static int
add_h264(struct text *t, const struct rtsp_sdp *d)
{
	char sps[SET_TEXT_MAX], pps[SET_TEXT_MAX];
	const uint8_t *nal, *other;
	size_t n, other_n;

	if (d->sets == NULL || set_text(d, NAL_SPS, sps, &nal, &n) < 0 || n < 4 ||
	    set_text(d, NAL_PPS, pps, &other, &other_n) < 0)
		return -1;
	add(t, "m=video 0 RTP/AVP %d\r\n", RTP_TYPE_H264);
	add(t, "a=rtpmap:%d H264/%d\r\n", RTP_TYPE_H264, RTP_CLOCK);
	add(t,
	    "a=fmtp:%d packetization-mode=1;profile-level-id=%02X%02X%02X;"
	    "sprop-parameter-sets=%s,%s\r\n",
	    RTP_TYPE_H264, nal[1], nal[2], nal[3], sps, pps);
	return 0;
}

size_t
rtsp_sdp(const struct rtsp_sdp *d, char ret[RTSP_SDP_MAX])
{
	struct text t = { .p = ret };

	add(&t, "v=0\r\n");
	add(&t, "o=- %" PRIu64 " 1 IN IP4 0.0.0.0\r\n", d->session);
	add(&t, "s=%s\r\n", d->camera);
	add(&t, "c=IN IP4 0.0.0.0\r\n");
	add(&t, "t=0 0\r\n");
	add(&t, "a=control:*\r\n");
	add(&t, "a=range:npt=now-\r\n");
	if (d->codec == CODEC_JPEG)
		add_jpeg(&t, d);
	else if (add_h264(&t, d) < 0)
		return 0;
	add(&t, "a=control:" RTSP_TRACK "\r\n");
	if (d->sound)
		add_sound(&t);
	return t.full ? 0 : t.n;
}
