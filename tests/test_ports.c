/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The serial ports that flashd's parent sees: USB adapters by their socket, and who
 * else has one open. No tty is opened by the code under test.
 */
#include "config.h"

#include "tests/unit.h"

#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/err.h"
#include "common/holder.h"
#include "common/loop.h"
#include "db/db.h"
#include "db/live.h"
#include "flashd/flashd.h"
#include "flashd/ports.h"

static struct flashd f;
static char folder[64], pts[64];
static int master;
static struct event *timer;
static int looks_left;
static const char *wanted_state, *wanted_holder;

static void run_command(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static void
run_command(const char *fmt, ...)
{
	char command[600];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(command, sizeof(command), fmt, ap);
	va_end(ap);
	if (system(command) != 0)
		fail_msg("failed: %s", command);
}

static int
open_pty(void)
{
	master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0 ||
	    ptsname_r(master, pts, sizeof(pts)) != 0)
		return -1;
	return 0;
}

static int
setup(void **state)
{
	struct err e;

	(void)state;
	memset(&f, 0, sizeof(f));
	snprintf(folder, sizeof(folder), "/tmp/camherd-ports.XXXXXX");
	if (mkdtemp(folder) == NULL || open_pty() < 0)
		return -1;
	snprintf(f.conf.state, sizeof(f.conf.state), "%s/state", folder);
	snprintf(f.conf.run, sizeof(f.conf.run), "%s/run", folder);
	snprintf(f.conf.ports, sizeof(f.conf.ports), "%s", pts);
	if (mkdir(f.conf.state, 0700) < 0 || mkdir(f.conf.run, 0700) < 0 ||
	    db_upgrade(f.conf.state, NULL, NULL, NULL, &e) < 0)
		return -1;
	f.db = db_open(f.conf.state, DB_READ_WRITE, &e);
	f.live = live_open(f.conf.run, &e);
	f.ports = ports_new();
	f.loop = loop_new(&e);
	if (f.db == NULL || f.live == NULL || f.loop == NULL)
		return -1;
	ports_watch_holders(&f);
	return ports_configure(&f, &e);
}

static int
teardown(void **state)
{
	(void)state;
	ports_free(f.ports);
	loop_free(f.loop);
	live_close(f.live);
	db_close(f.db);
	close(master);
	run_command("rm -rf %s", folder);
	return 0;
}

void flashd_changed(struct flashd *flashd);

void
flashd_changed(struct flashd *flashd)
{
	(void)flashd;
}

/* ---- adapters ---- */

/* /sys and /dev/serial/by-path as kernels show adapters: one with the two links of a
 * newer system, one with the new link only, one without any. */
static void
make_bus(void)
{
	run_command("cd %s && mkdir -p class/tty/ttyUSB0 class/tty/ttyUSB1 "
		    "class/tty/ttyUSB2 class/tty/ttyS0 by-path "
		    "bus/1-2/1-2:1.0/ttyUSB0 bus/1-3.4/1-3.4:1.0/ttyUSB1 "
		    "bus/1-4/1-4:1.0/ttyUSB2",
	    folder);
	run_command("cd %s/class/tty && "
		    "ln -s ../../../bus/1-2/1-2:1.0/ttyUSB0 ttyUSB0/device && "
		    "ln -s ../../../bus/1-3.4/1-3.4:1.0/ttyUSB1 ttyUSB1/device && "
		    "ln -s ../../../bus/1-4/1-4:1.0/ttyUSB2 ttyUSB2/device",
	    folder);
	run_command(
	    "cd %s/bus && echo 1a86 > 1-2/idVendor && echo 7523 > 1-2/idProduct && "
	    "echo 'USB Serial' > 1-2/product && echo QinHeng > 1-2/manufacturer && "
	    "echo 0403 > 1-3.4/idVendor && echo 6001 > 1-3.4/idProduct && "
	    "printf 'A5\\033[2J\\n' > 1-3.4/serial && echo 10c4 > 1-4/idVendor && "
	    "echo ea60 > 1-4/idProduct && "
	    "echo 'Sonoff Zigbee 3.0 USB Dongle Plus' > 1-4/product",
	    folder);
	run_command("cd %s/by-path && "
		    "ln -s ../../ttyUSB0 pci-0000:00:14.0-usbv2-0:2:1.0-port0 && "
		    "ln -s ../../ttyUSB0 pci-0000:00:14.0-usb-0:2:1.0-port0 && "
		    "ln -s ../../ttyUSB2 pci-0000:00:14.0-usbv2-0:4:1.0-port0",
	    folder);
}

static const struct port *
at_node(const struct port *list, size_t n, const char *node)
{
	size_t i;

	for (i = 0; i < n && strcmp(list[i].node, node) != 0; i++)
		;
	assert_true(i < n);
	return &list[i];
}

static void
usb_adapters_are_found_by_their_socket(void **state)
{
	struct port found[4];
	const struct port *p;
	char sys[200], by_path[200];
	size_t n;

	(void)state;
	make_bus();
	snprintf(sys, sizeof(sys), "%s/class/tty", folder);
	snprintf(by_path, sizeof(by_path), "%s/by-path", folder);
	n = ports_scan_usb(sys, by_path, found, 4);
	assert_int_equal(n, 3); /* one row each, however many links */
	p = at_node(found, n, "/dev/ttyUSB0");
	assert_string_equal(p->path, "pci-0000:00:14.0-usb-0:2:1.0");
	assert_string_equal(p->adapter, "USB Serial 1a86:7523");
	assert_string_equal(p->vendor, "QinHeng");
	assert_string_equal(p->product, "USB Serial");
	assert_string_equal(p->serial, "");
	assert_false(p->radio);
	p = at_node(found, n, "/dev/ttyUSB1");
	assert_string_equal(p->path, "usb-1-3.4:1.0");
	assert_string_equal(p->usb_id, "0403:6001");
	assert_string_equal(p->serial, "A5\\x1b[2J");
	p = at_node(found, n, "/dev/ttyUSB2");
	assert_string_equal(p->path, "pci-0000:00:14.0-usb-0:4:1.0");
	assert_true(p->radio);
	assert_int_equal(ports_scan_usb(sys, by_path, found, 1), 1);
	assert_int_equal(ports_scan_usb("/nowhere", "/nowhere", found, 4), 0);
}

/* ---- other programs ---- */

/* A process of its own that has the tty open, and says so by a byte. */
static pid_t
start_holder(void)
{
	int pair[2];
	pid_t pid;
	char byte;

	assert_int_equal(pipe(pair), 0);
	if ((pid = fork()) == 0) {
		close(master); /* it would count as the pty's other end */
		if (open(pts, O_RDWR | O_NOCTTY) < 0 || write(pair[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	assert_int_equal(read(pair[0], &byte, 1), 1);
	close(pair[0]);
	close(pair[1]);
	return pid;
}

static void
end_holder(pid_t pid)
{
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void
a_holder_is_named_and_ourselves_do_not_count(void **state)
{
	struct holder h[2] = { { .node = pts }, { .node = "/dev/null-not" } };
	char wanted[40];
	int fd = open(pts, O_RDWR | O_NOCTTY);
	pid_t pid;

	(void)state;
	holder_find(h, 2);
	assert_string_equal(h[0].who, "");
	pid = start_holder();
	holder_find(h, 2);
	snprintf(wanted, sizeof(wanted), "(process %d)", (int)pid);
	assert_non_null(strstr(h[0].who, wanted));
	assert_non_null(strstr(h[0].who, "test_ports"));
	assert_string_equal(h[1].who, "");
	end_holder(pid);
	holder_find(h, 2);
	assert_string_equal(h[0].who, "");
	close(fd);
}

static void
on_timer(int fd, short what, void *arg)
{
	struct live_port p;
	struct err e;

	(void)fd;
	(void)what;
	(void)arg;
	assert_int_equal(live_get_port(f.live, pts, &p, &e), 1);
	if (strcmp(p.state, wanted_state) == 0 &&
	    strstr(p.holder, wanted_holder) != NULL)
		loop_stop(f.loop, 1);
	else if (--looks_left == 0)
		fail_msg("'%s' by '%s', wanted '%s'", p.state, p.holder, wanted_state);
	else
		loop_timer_set(timer, 100);
}

/* Until the row says so; nothing here looks at the port meanwhile but the kernel's
 * word. */
static void
until(const char *state, const char *holder)
{
	wanted_state = state;
	wanted_holder = holder;
	looks_left = 600;
	loop_timer_set(timer, 0);
	assert_int_equal(loop_run(f.loop), 1);
}

static void
who_takes_a_port_is_shown_before_a_job_meets_it(void **state)
{
	struct err e;
	pid_t pid;
	int fd;

	(void)state;
	timer = loop_timer(f.loop, on_timer, NULL, &e);
	ports_look(&f);
	until("free", "");
	pid = start_holder();
	until("busy", "test_ports (process");
	end_holder(pid);
	until("free", "");
	/* Ourselves are left out of the search, so this one has no name: as a program
	 * of another user's has none. */
	fd = open(pts, O_RDWR | O_NOCTTY);
	until("busy", "another program");
	close(fd);
	until("free", "");
	loop_drop(timer);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(usb_adapters_are_found_by_their_socket),
		cmocka_unit_test(a_holder_is_named_and_ourselves_do_not_count),
		cmocka_unit_test(who_takes_a_port_is_shown_before_a_job_meets_it),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
