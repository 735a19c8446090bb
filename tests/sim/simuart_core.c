/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * simuart's camera: power, and who gets the bytes of the line. Tests only, one thread.
 */
#include "config.h"

#include <string.h>

#include "tests/sim/simuart.h"

#define RESET_NS (20 * MS) /* from reset until the ROM has decided what to start */

/* xorshift64*: the same seed, the same faults. */
uint64_t
sim_random(struct sim *s)
{
	s->rng ^= s->rng >> 12;
	s->rng ^= s->rng << 25;
	s->rng ^= s->rng >> 27;
	return s->rng * 0x2545f4914f6cdd1dull;
}

void
sim_power_off(struct sim *s)
{
	s->power = SIM_OFF;
	s->line.to_host.n = 0;
	s->rom.next_baud = 0;
	s->rom.busy_until = 0;
	s->rom.reboot = false;
	mem_reset(s);
	s->mem.update_flag = 0;
	s->stats_dirty = true;
}

/* Out of reset at `at`; cold: the update flag is lost as well. */
void
sim_power_on(struct sim *s, int64_t at, bool cold)
{
	uint32_t flag = cold ? 0 : s->mem.update_flag;

	mem_reset(s);
	s->mem.update_flag = flag;
	s->power = SIM_STARTING;
	s->power_at = at + RESET_NS;
	s->stats_dirty = true;
}

static void
started(struct sim *s)
{
	if (s->straps || (s->mem.update_flag & 0xff) != 0 || !nor_boots(s))
		rom_enter(s);
	else
		console_start(s);
}

static void
feed(struct sim *s)
{
	struct timed t;

	while (line_next(s, &t)) {
		if (s->replay != NULL)
			replay_byte(s, t.byte);
		else if (s->power == SIM_ROM)
			rom_byte(s, t.byte, t.at);
		else if (s->power == SIM_FIRMWARE)
			console_byte(s, t.byte, t.at);
	}
}

int64_t
sim_wake(const struct sim *s)
{
	int64_t at = line_wake(s), t;

	if (s->power == SIM_ROM && (t = rom_wake(s)) < at)
		at = t;
	if (s->power == SIM_STARTING && s->power_at < at)
		at = s->power_at;
	if (s->stats_dirty && s->stats_file[0] != '\0' && s->stats_next < at)
		at = s->stats_next;
	return at;
}

void
sim_work(struct sim *s)
{
	if (s->power == SIM_STARTING && s->power_at <= s->now)
		started(s);
	if (s->power == SIM_ROM)
		rom_run(s);
	feed(s);
	if (s->power == SIM_ROM)
		rom_run(s);
}
