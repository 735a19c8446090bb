/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What of the ROM's talk may stand in a wire trace that somebody gives away. Flash
 * contents stay only where they belong to firmware sections that were seen to be such
 * (and FF, which tells nothing); console text loses what follows words like "psk".
 * Worker process only.
 */
#ifndef FLASHD_CHIPS_XR_TRACE_H
#define FLASHD_CHIPS_XR_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wire_trace;

#define XR_TRACE_SECTIONS 32

/* Zeroed = nothing known. */
struct xr_trace {
	struct {
		uint32_t at, end;
	} sections[XR_TRACE_SECTIONS];
	unsigned n_sections;
	uint32_t here, here_end;	/* a section that begins where the last read began */
	uint32_t next;		/* where the next section's head is expected */
	bool chain_ended;
	bool written;		/* the flash was changed: nothing is known any more */
};

/* Learn from n bytes of flash at `at`. */
void xr_trace_learn(struct xr_trace *t, uint32_t at, const uint8_t *p, size_t n);
/* May this byte of the flash be shown? */
bool xr_trace_shows(const struct xr_trace *t, uint32_t at, uint8_t byte);

/* Blank in the held bytes: the payload of a reply to a read at `at`, whose head begins
 * at byte `head` of what came in; its checksum is made right for zeroes. */
void xr_trace_reply(struct wire_trace *w, const struct xr_trace *t, size_t head,
    uint32_t at, size_t n);
/* All data that went to the flash. The last n bytes held. */
void xr_trace_data(struct wire_trace *w, size_t n);
/* Everything that came in but heads of replies, error codes and "OK". */
void xr_trace_strangers(struct wire_trace *w);
/* Console text: secrets by their words, and lumps that are no text. */
void xr_trace_console(struct wire_trace *w);

#endif
