/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * simuart's camera in the same process, behind a wire, on a clock of its own: time
 * passes only while somebody waits for the line, so a paced line costs no time, and the
 * same seed gives the same run on every machine. A program with this is linked with
 * -Wl,--wrap=loop_now_us. Tests only, one thread.
 */
#ifndef TESTS_VLINE_H
#define TESTS_VLINE_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "flashd/wire.h"
#include "tests/fakechip.h"
#include "tests/sim/simuart.h"

struct vline {
	struct wire wire;	/* first */
	struct sim sim;
	unsigned good_baud;	/* faults only at rates above it; 0 = at all */
	unsigned n_faults;
	uint8_t *flash;		/* the simulator's */
	uint8_t *heard;		/* come in and not read yet */
	size_t n_heard;
	/* When the ROM was first asked for more than a sector, first to erase, and last
	 * to read or program. */
	int64_t first_unit_us, first_erase_us, last_work_us;
	uint64_t work_seen;
	/* What a person does after so long; NULL = nothing. */
	void (*hand)(struct vline *v);
	int64_t hand_us;
};

/* A paced line to a camera whose ROM waits at 115200, with a copy of these bytes as its
 * flash. */
void vline_init(struct vline *v, const uint8_t *flash, size_t n, uint64_t seed);
void vline_fini(struct vline *v);
/* As simuart's --fault. */
void vline_fault(struct vline *v, const char *spec);
/* The same with a rate, for every kind in turn by `which`. */
void vline_fault_rate(struct vline *v, unsigned which, double rate);
/* Instead of the ROM: the firmware, from power-on. */
void vline_firmware(struct vline *v);

/* Let time pass. */
void vline_wait(struct vline *v, int64_t us);

/* Put the real driver over this line into an engine's session of fakechip.h. */
void vline_session(struct vline *v, struct fake_session *s);
void vline_session_end(struct fake_session *s);

/* The clock of the program, in microseconds. */
int64_t vline_now_us(void);

#endif
