/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Transport header (see rtsp_transport.h). Pure; any thread. */
#include "config.h"

#include <string.h>
#include <strings.h>

#include "common/text.h"
#include "streamd/outputs/rtsp_transport.h"

#define ENTRY_MAX 256

/* "4" or "4-5", both at most 255 and different. */
static int
channels(const char *s, struct rtsp_transport *t)
{
	unsigned v[2] = { 0, 0 };
	int i, digits;

	for (i = 0; i < 2; i++) {
		for (digits = 0; *s >= '0' && *s <= '9'; s++, digits++)
			if (digits == 3 ||
			    (v[i] = v[i] * 10 + (unsigned)(*s - '0')) > 255)
				return -1;
		if (digits == 0)
			return -1;
		if (i == 0 && *s == '\0') {
			v[1] = v[0] + 1;
			break;
		}
		if (*s++ != (i == 0 ? '-' : '\0'))
			return -1;
	}
	if (v[1] > 255 || v[0] == v[1])
		return -1;
	t->channels_given = true;
	t->rtp = (uint8_t)v[0];
	t->rtcp = (uint8_t)v[1];
	return 0;
}

/* "5000-5001" or "5000": an even port that needs no rights, and the next one. */
static int
ports(const char *s, struct rtsp_transport *t)
{
	char text[12], *dash;
	uint64_t rtp, rtcp;

	if (strlen(s) >= sizeof(text))
		return -1;
	memcpy(text, s, strlen(s) + 1);
	if ((dash = strchr(text, '-')) != NULL)
		*dash++ = '\0';
	if (text_number(text, 1024, 65534, false, &rtp) < 0 || rtp % 2 != 0)
		return -1;
	if (dash != NULL &&
	    (text_number(dash, rtp + 1, rtp + 1, false, &rtcp) < 0))
		return -1;
	t->rtp_port = (uint16_t)rtp;
	t->rtcp_port = (uint16_t)(rtp + 1);
	return 0;
}

/* One parameter of an entry. 0 = fine or of no concern, -1 = not served, -2 = bad. */
static int
parameter(const char *s, struct rtsp_transport *t)
{
	if (strncasecmp(s, "interleaved=", 12) == 0)
		return channels(s + 12, t) < 0 ? -2 : 0;
	if (strncasecmp(s, "client_port=", 12) == 0 && t->udp)
		return ports(s + 12, t) < 0 ? -2 : 0;
	if (strcasecmp(s, "multicast") == 0)
		return -1;
	if (strncasecmp(s, "mode=", 5) == 0) {
		s += 5 + (s[5] == '"');
		return strncasecmp(s, "play", 4) == 0 ? 0 : -1;
	}
	return 0;
}

static char *
trim(char *s)
{
	char *end;

	s += strspn(s, " \t");
	end = s + strlen(s);
	while (end > s && (end[-1] == ' ' || end[-1] == '\t'))
		*--end = '\0';
	return s;
}

/* One entry of the list: profile;parameter;… */
static int
entry(char *s, bool udp, struct rtsp_transport *t)
{
	char *save, *word = strtok_r(s, ";", &save);
	int r;

	memset(t, 0, sizeof(*t));
	if (word == NULL)
		return -2;
	word = trim(word);
	t->udp = strcasecmp(word, "RTP/AVP") == 0 || strcasecmp(word, "RTP/AVP/UDP") == 0;
	if (t->udp ? !udp : strcasecmp(word, "RTP/AVP/TCP") != 0)
		return -1;
	while ((word = strtok_r(NULL, ";", &save)) != NULL)
		if ((r = parameter(trim(word), t)) < 0)
			return r;
	return t->udp && t->rtp_port == 0 ? -2 : 0;
}

int
rtsp_transport_choose(const char *header, bool udp, struct rtsp_transport *ret)
{
	char text[ENTRY_MAX];
	struct rtsp_transport t;
	size_t n;
	int r;

	for (;; header += n + 1) {
		n = strcspn(header, ",");
		if (n >= sizeof(text))
			return -2;
		memcpy(text, header, n);
		text[n] = '\0';
		if ((r = entry(text, udp, &t)) == 0) {
			*ret = t;
			return 0;
		}
		if (r == -2)
			return -2;
		if (header[n] == '\0')
			return -1;
	}
}

int
rtsp_transport_taken(const char *header, struct rtsp_transport *ret)
{
	char text[ENTRY_MAX], *save, *word;

	memset(ret, 0, sizeof(*ret));
	if (strlen(header) >= sizeof(text))
		return -1;
	memcpy(text, header, strlen(header) + 1);
	word = strtok_r(text, ";", &save);
	if (word == NULL || strcasecmp(trim(word), "RTP/AVP/TCP") != 0)
		return -1;
	while ((word = strtok_r(NULL, ";", &save)) != NULL) {
		word = trim(word);
		if (strncasecmp(word, "interleaved=", 12) == 0 &&
		    channels(word + 12, ret) < 0)
			return -1;
	}
	return 0;
}
