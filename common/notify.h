/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * systemd's readiness and watchdog protocol (sd_notify(3)), without its library.
 * Does nothing where NOTIFY_SOCKET is not set. Main thread.
 */
#ifndef COMMON_NOTIFY_H
#define COMMON_NOTIFY_H

#include <stdint.h>

/* Send lines such as "READY=1" or "STATUS=2 jobs". Failures are ignored. */
void notify_send(const char *state);
/* How often to send "WATCHDOG=1" (half of systemd's limit), or -1 for never. */
int64_t notify_watchdog_ms(void);

#endif
