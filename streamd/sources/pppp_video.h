/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Pictures and sound out of the ordered packets of a PPPP camera's video channel. A
 * JPEG comes bare, behind a packet that holds only a header, or behind a header in its
 * first packet; it ends by its EOI or by the header's length. One with a hole is left
 * out whole. Pure; any thread.
 */
#ifndef STREAMD_SOURCES_PPPP_VIDEO_H
#define STREAMD_SOURCES_PPPP_VIDEO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PPPP_FRAME_MAX (512 * 1024)

struct pppp_video_ops {
	/* malloc()ed bytes, taken. arrived_us: of the first packet. */
	void (*jpeg)(void *arg, uint8_t *owned, size_t n, int64_t arrived_us);
	/* G.711 A-law, 8 kHz; borrowed. */
	void (*audio)(void *arg, const uint8_t *p, size_t n, int64_t arrived_us);
	/* A picture was left out; why is a constant word. */
	void (*drop)(void *arg, const char *why);
};

struct pppp_video {
	const struct pppp_video_ops *ops;	/* borrowed */
	void *arg;
	uint8_t *p;
	size_t n, size;
	size_t length;		/* the header's; 0 = not told */
	bool inside;		/* a picture has begun */
	int64_t first_us;
	int64_t quick_us;	/* from a picture's first packet to its last, of late; 0 = ? */
};

void pppp_video_init(struct pppp_video *v, const struct pppp_video_ops *ops, void *arg);
/* So long, in microseconds, nothing of interest comes: the picture under way has hardly
 * begun. Half of what the quick ones take at most, so that no picture waits. */
int64_t pppp_video_rest(const struct pppp_video *v, int64_t now_us);
void pppp_video_fini(struct pppp_video *v);
void pppp_video_put(struct pppp_video *v, const uint8_t *p, size_t n, bool gap,
    int64_t arrived_us);

#endif
