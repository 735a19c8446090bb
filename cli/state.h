/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is true now: daemons, streams, ports, with words for what cannot be known. */
#ifndef CLI_STATE_H
#define CLI_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct camera;
struct cli;
struct err;
struct live_daemon;
struct live_stream;

extern const char *const state_daemons[];	/* flashd, streamd, webd, NULL */

bool state_is_up(struct cli *cli, const char *daemon);
/* Its last heartbeat, also when it is down: true when there is one. */
bool state_daemon(struct cli *cli, const char *daemon, struct live_daemon *ret);
/* The camera's stream; state becomes "disabled", "no-source" or "unknown" (with the
 * reason) where streamd says nothing of it. */
void state_stream(struct cli *cli, const struct camera *c, struct live_stream *ret);
/* Age of its last frame, or -1. */
int64_t state_frame_age_ms(const struct live_stream *s);
/* What the user typed as PORT → the port's path. While flashd is down an unknown port
 * is ERR_DOWN: nobody knows what is plugged in. */
int state_find_port(struct cli *cli, const char *typed, char *ret_path, size_t ret_size,
    struct err *e);
/* ERR_DOWN with a sentence that says how to start it; returns -1. */
int state_down(const char *daemon, struct err *e);

#endif
