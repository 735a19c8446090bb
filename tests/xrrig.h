/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A driver, a wire and a simulated boot ROM put together, for the driver's tests. The
 * simulator is simuart behind a pty (xrrig_pty.c), or part of the program on a clock of
 * its own (xrrig_line.c): there a figure of the driver's is the same on every machine.
 */
#ifndef TESTS_XRRIG_H
#define TESTS_XRRIG_H

#include <stddef.h>

#include "common/err.h"
#include "flashd/chips/chip.h"
#include "flashd/chips/xr_brom.h"
#include "flashd/wire.h"
#include "flashd/wire_trace.h"
#include "tests/simrun.h"
#include "tests/unit.h"

#define ARGS(...) ((const char *const[]){ __VA_ARGS__, NULL })

struct vline;

struct rig {
	struct simrun sim;		/* of xrrig_pty.c */
	struct vline *line;		/* of xrrig_line.c */
	struct wire *wire;
	struct chip *chip;
	struct wire_trace *trace;	/* NULL unless the test makes one */
	struct err err;
};

/* A call that must succeed; its sentence if it does not. */
#define must(r, call)                                                          \
	do {                                                                   \
		err_clear(&(r)->err);                                          \
		if ((call) < 0)                                                \
			fail_msg("%s: %s", #call, (r)->err.msg);               \
	} while (0)

/* One that must fail with this name. */
#define must_fail(r, call, wanted)                                             \
	do {                                                                   \
		err_clear(&(r)->err);                                          \
		assert_int_equal((call), -1);                                  \
		assert_string_equal((r)->err.name, (wanted));                  \
		assert_true((r)->err.msg[0] != '\0');                          \
	} while (0)

void rig_start(struct rig *r, const char *const *args);
/* The same, already in download mode and unpaced. */
void rig_start_rom(struct rig *r, const char *const *args);
void rig_attach(struct rig *r);
void rig_detach(struct rig *r);
void rig_end(struct rig *r);

int rig_enter(struct rig *r, enum chip_entry way);
/* Must get in; a few times, because a busy machine may be slower than one try. */
void rig_get_in(struct rig *r, enum chip_entry way);
int rig_identify(struct rig *r, struct chip_id *ret);
int rig_baud(struct rig *r, unsigned baud);
int rig_read(struct rig *r, uint32_t at, uint8_t *p, size_t n);
int rig_erase(struct rig *r, uint32_t at, size_t n);
int rig_write(struct rig *r, uint32_t at, const uint8_t *p, size_t n);
int rig_resync(struct rig *r);
/* The simulator's flash file; caller frees. */
uint8_t *rig_flash(struct rig *r, size_t *ret_n);
/* A read that must give what the file holds. */
void rig_check(struct rig *r, uint32_t at, size_t n);
/* A command of simuart's, and a counter. */
void rig_control(struct rig *r, const char *line);
int64_t rig_count(struct rig *r, const char *name);
/* Raw bytes past the driver. */
void rig_raw(struct rig *r, const void *p, size_t n);

#endif
