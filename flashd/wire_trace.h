/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A bounded record of what went over the line, as text: the first half and the last
 * half of its bound are kept. tests/sim/simuart --replay plays it back. Worker process
 * only.
 *
 *	# text			a remark; "# N lines left out here" stands where the
 *				bound was reached: nothing can be played beyond it
 *	T_US = baud N		the host's rate is N from here on
 *	T_US > BYTES		host to device, T_US after the trace began
 *	T_US < BYTES		device to host
 *
 * BYTES are groups separated by blanks: hex digits in pairs, HH*N for N equal bytes,
 * and ??*N for N bytes that were blanked because they may hold a secret; they play
 * as 00 and match anything.
 */
#ifndef FLASHD_WIRE_TRACE_H
#define FLASHD_WIRE_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;
struct wire_trace;

enum wire_dir { WIRE_TO_DEVICE, WIRE_TO_HOST };

/* Usual bound of the text: two passes over 1 MiB, every byte of it shown in two digits,
 * with room to spare. Pages of it that are never filled take no memory. */
#define WIRE_TRACE_BYTES (8u * 1024 * 1024)

/* NULL when out of memory or when max_bytes is below 4096. */
struct wire_trace *wire_trace_new(size_t max_bytes);
void wire_trace_free(struct wire_trace *t);	/* NULL is fine */

/* All of these do nothing when t is NULL. */
void wire_trace_bytes(struct wire_trace *t, enum wire_dir dir, const void *p, size_t n);
void wire_trace_baud(struct wire_trace *t, unsigned baud);
/* Control characters are escaped. */
void wire_trace_note(struct wire_trace *t, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* From hold to release, bytes are kept aside and may be blanked or changed before they
 * become text: only whoever knows the protocol knows where the secrets are. Holds do
 * not nest. What is still held when the trace is written out appears blanked. */
void wire_trace_hold(struct wire_trace *t);
/* The bytes held in this direction (borrowed until the next call), in order. */
size_t wire_trace_held(const struct wire_trace *t, enum wire_dir dir, const uint8_t **ret);
void wire_trace_blank(struct wire_trace *t, enum wire_dir dir, size_t at, size_t n);
void wire_trace_patch(struct wire_trace *t, enum wire_dir dir, size_t at, const void *p,
    size_t n);
void wire_trace_release(struct wire_trace *t);

/* The whole text to fd, in order. */
int wire_trace_write(struct wire_trace *t, int fd, struct err *e);

#endif
