/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * simuart's firmware: a boot log, a prompt, and the console command that reboots into
 * the boot ROM. The texts are in the style of such firmware, not copied from one. Test
 * program, one thread.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "tests/sim/simuart.h"

#define WINDOW_NS (300 * MS) /* fault short-window: then the console is deaf */
#define REBOOT_NS (40 * MS) /* watchdog */

static void
say(struct sim *s, int64_t at, const char *text)
{
	(void)line_send(s, at, text, strlen(text));
}

static void
prompt(struct sim *s, int64_t at)
{
	if (fault_find(s, FAULT_CONSOLE_LOGIN) != NULL && !s->console.logged_in)
		say(s, at,
		    s->console.want_password ? "Password: " : "\r\ncamera login: ");
	else if (fault_find(s, FAULT_NO_PROMPT) == NULL)
		say(s, at, "$ ");
}

void
console_start(struct sim *s)
{
	struct console *c = &s->console;
	char text[400];

	c->n = 0;
	c->logged_in = c->want_password = false;
	s->power = SIM_FIRMWARE;
	s->line.device_baud = c->baud;
	snprintf(text, sizeof(text),
	    "\r\n[FD I]: mode: 0x10, freq: 96000000Hz, drv: 0\r\n"
	    "[FD I]: jedec: 0x%02x%02x%02x, suspend_support: 1\r\n"
	    "platform information ===============================\r\n"
	    "XRADIO Skylark SDK 1.2.0 (simulated %s)\r\n"
	    "cpu 240000000 Hz, ahb 160000000 Hz, hf 40000000 Hz\r\n",
	    s->nor.jedec[0], s->nor.jedec[1], s->nor.jedec[2], s->profile);
	say(s, s->now, text);
	if (fault_find(s, FAULT_SECRET_LOG) != NULL)
		say(s, s->now, "wlan: ssid: HomeNet, psk: hunter2secret\r\n");
	say(s, s->now, "sensor 0x9b42 found, 640x480\r\n");
	prompt(s, s->now);
	c->ready_at = s->line.paced ? s->line.to_host_free : s->now;
	c->closed_at =
	    fault_find(s, FAULT_SHORT_WINDOW) != NULL ? c->ready_at + WINDOW_NS : NEVER;
	s->stats.boots++;
	s->stats_dirty = true;
}

static void
upgrade(struct sim *s, int64_t at)
{
	say(s, at, "<ACK> 200 OK\r\n");
	s->stats.upgrades++;
	s->mem.update_flag = 2;
	sim_power_on(s,
	    s->line.to_host_free + (s->line.paced ? REBOOT_NS : REBOOT_NS / 8), false);
}

static void
login(struct sim *s, const char *line)
{
	struct console *c = &s->console;

	if (c->want_password) {
		c->want_password = false;
		c->logged_in = strcmp(line, "camera") == 0;
	} else {
		c->want_password = line[0] != '\0';
	}
}

static void
command(struct sim *s, int64_t at)
{
	struct console *c = &s->console;

	c->line[c->n] = '\0';
	c->n = 0;
	if (fault_find(s, FAULT_CONSOLE_LOGIN) != NULL && !c->logged_in) {
		login(s, c->line);
	} else if (strcmp(c->line, "upgrade") == 0 && nor_has(s, "upgrade") &&
	    fault_find(s, FAULT_NO_UPGRADE) == NULL) {
		upgrade(s, at);
		return;
	} else if (c->line[0] != '\0') {
		say(s, at, "<ACK> 404 unknown command\r\n");
	}
	prompt(s, at);
}

void
console_byte(struct sim *s, uint8_t b, int64_t at)
{
	struct console *c = &s->console;

	if (at < c->ready_at || at >= c->closed_at)
		return;
	if (b == '\n' || b == '\r')
		command(s, at);
	else if (c->n < sizeof(c->line) - 1)
		c->line[c->n++] = (char)b; /* a NUL too: it hides what follows */
}
