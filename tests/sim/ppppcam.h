/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A PPPP camera without socket and clock: datagrams and time in, datagrams out. Plays
 * both families, a bad network, resending and hostile packets. Tests only; pure.
 */
#ifndef TESTS_SIM_PPPPCAM_H
#define TESTS_SIM_PPPPCAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "streamd/sources/pppp_wire.h"

enum ppppcam_layout { PPPPCAM_NONE, PPPPCAM_SEPARATE, PPPPCAM_INLINE };

struct ppppcam_options {
	const char *id;
	unsigned key;			/* 0: binary family; else JSON */
	bool strange;			/* answers under a key that nobody knows */
	unsigned fps;
	enum ppppcam_layout layout;
	unsigned loss, reorder, dup;	/* of 10,000 data packets */
	unsigned resend_ms;		/* 0 = 200 */
	unsigned start;			/* the first index of channel 1 */
	bool audio;			/* sound inside the pictures */
	bool odd;			/* hostile packets now and then */
	unsigned scan_ms;		/* more, until a scan of the JSON family is over */
	/* It acknowledges all, but answers no sign-in, or sends no video. */
	enum { PPPPCAM_TALKS, PPPPCAM_MUTE_LOGIN, PPPPCAM_MUTE_VIDEO } mute;
	bool lax;			/* refuses every password and streams */
	const char *user, *password;	/* NULL: the maker's default */
	uint32_t seed;
};

struct ppppcam_stats {
	unsigned opened, logins, refused, frames, skipped, closes, acks, reboots, moves;
	unsigned commands;		/* on channel 0, resent ones not counted */
	unsigned stops;			/* of the live video, before any Close */
	unsigned resolution;
	int ir, lamp;
	uint64_t in, out;		/* bytes */
};

struct ppppcam;
struct ppppcam *ppppcam_new(const struct ppppcam_options *o,
    void (*send)(void *arg, const uint8_t *p, size_t n),
    /* Picture number n; borrowed until the next call. */
    const uint8_t *(*picture)(void *arg, unsigned number, size_t *ret_n), void *arg);
void ppppcam_free(struct ppppcam *c);
void ppppcam_put(struct ppppcam *c, const uint8_t *p, size_t n, int64_t now_us);
/* Returns when to call again. */
int64_t ppppcam_tick(struct ppppcam *c, int64_t now_us);
/* Silent for ms, then as new; told to nobody. */
void ppppcam_reboot(struct ppppcam *c, int64_t now_us, unsigned ms);
/* Ends the session with a Close. */
void ppppcam_kick(struct ppppcam *c);
/* A Close and nothing else, for somebody who is not let in. */
void ppppcam_say_close(struct ppppcam *c);
bool ppppcam_open(const struct ppppcam *c);	/* a session is open */
const struct ppppcam_stats *ppppcam_stats(const struct ppppcam *c);
/* One of the eleven odd packets, clear. */
#define PPPPCAM_ODD 11
size_t ppppcam_odd(unsigned which, uint8_t ret[64]);

#endif
