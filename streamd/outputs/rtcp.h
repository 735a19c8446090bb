/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RTCP that a sender speaks: reports with a name, goodbye; and what it reads. Pure. */
#ifndef STREAMD_OUTPUTS_RTCP_H
#define STREAMD_OUTPUTS_RTCP_H

#include <stddef.h>
#include <stdint.h>

#define RTCP_MAX 128

struct rtcp_report {
	uint32_t ssrc;
	int64_t wall_us;	/* since 1970, of the moment rtp_time stands for */
	uint32_t rtp_time;
	uint32_t packets, payload_n;	/* sent so far */
	const char *cname;	/* at most 63 bytes are used */
};

/* Sender report and SDES behind their interleaving bytes. Length written. */
size_t rtcp_report(const struct rtcp_report *r, uint8_t channel, uint8_t ret[RTCP_MAX]);
/* The same and a BYE: the stream ends. */
size_t rtcp_bye(const struct rtcp_report *r, uint8_t channel, uint8_t ret[RTCP_MAX]);

struct rtsp_loss;

/* The receiver reports in a compound packet of RTCP, without interleaving bytes. How
 * many there are; 0: none, or it is no RTCP. */
unsigned rtcp_read(const uint8_t *p, size_t n, struct rtsp_loss *ret, unsigned max);

#endif
