/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * USB serial adapters as /sys and /dev/serial/by-path show them. A socket's key is its
 * physical path, so that a name stays with the socket and not with ttyUSB numbers: by
 * its link, else as udev's database has it, else by the place in /sys. flashd's parent.
 */
#include "config.h"

#include <dirent.h>
#include <libudev.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/file.h"
#include "common/text.h"
#include "flashd/ports.h"

#include <fcntl.h>

/* The file's first line, printable; "" when there is none. */
static void
read_line(const char *folder, const char *name, char *ret, size_t ret_size)
{
	char path[PATH_MAX], raw[128];
	struct err *none = NULL;
	ssize_t n = -1;
	int fd;

	ret[0] = '\0';
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
		return;
	n = file_read_full(fd, raw, sizeof(raw) - 1, none);
	close(fd);
	if (n <= 0)
		return;
	raw[n] = '\0';
	raw[strcspn(raw, "\n")] = '\0';
	text_escape(raw, strlen(raw), ret, ret_size);
}

/* Walk up from the tty's device to the USB device, which has an idVendor. */
static bool
usb_device(const char *sys, const char *tty, char *ret, size_t ret_size)
{
	char path[PATH_MAX], real[PATH_MAX], probe[PATH_MAX + 16];
	char *slash;

	snprintf(path, sizeof(path), "%s/%s/device", sys, tty);
	if (realpath(path, real) == NULL)
		return false;
	while ((slash = strrchr(real, '/')) != NULL && slash != real) {
		snprintf(probe, sizeof(probe), "%s/idVendor", real);
		if (access(probe, R_OK) == 0)
			return (size_t)snprintf(ret, ret_size, "%s", real) < ret_size;
		*slash = '\0';
	}
	return false;
}

/* Sticks that are hardly ever a camera: told by what they call themselves. */
static bool
looks_like_radio(const struct port *p)
{
	static const char *const words[] = { "zigbee", "z-wave", "zwave", "z-stick",
		"conbee", "skyconnect", "zbt-1", "zbt-2", "thread", "sonoff", "zooz",
		"raspbee", "zig-a-zig", "slzb", "dongle plus", "ember", "aeotec" };
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcasestr(p->product, words[i]) != NULL ||
		    strcasestr(p->vendor, words[i]) != NULL)
			return true;
	}
	return false;
}

static void
name_adapter(const char *device, struct port *p)
{
	char vendor[8], id[8];

	read_line(device, "manufacturer", p->vendor, sizeof(p->vendor));
	read_line(device, "product", p->product, sizeof(p->product));
	read_line(device, "serial", p->serial, sizeof(p->serial));
	read_line(device, "idVendor", vendor, sizeof(vendor));
	read_line(device, "idProduct", id, sizeof(id));
	snprintf(p->usb_id, sizeof(p->usb_id), "%.4s:%.4s", vendor, id);
	snprintf(p->adapter, sizeof(p->adapter), "%s%s%s", p->product,
	    p->product[0] != '\0' ? " " : "", p->usb_id);
	p->radio = looks_like_radio(p);
}

/* "pci-0000:00:14.0-usbv2-0:2:1.0-port0" to "pci-0000:00:14.0-usb-0:2:1.0": newer
 * systems have a second link that names the USB revision, and an adapter that fell back
 * to another revision would be another socket. */
static void
tidy_path(const char *name, char *ret, size_t ret_size)
{
	const char *v = strstr(name, "-usbv"), *rest;
	char *tail;

	rest = v == NULL ? NULL : v + 5 + strspn(v + 5, "0123456789");
	if (rest != NULL && *rest == '-')
		snprintf(ret, ret_size, "%.*s-usb%s", (int)(v - name), name, rest);
	else
		snprintf(ret, ret_size, "%s", name);
	tail = strstr(ret, "-port0");
	if (tail != NULL && tail[6] == '\0')
		*tail = '\0';
}

/* From the by-path links to this tty. Of several, which all say the same once tidied,
 * the first by name counts, so that the order in the folder does not. */
static bool
path_by_link(const char *by_path, const char *tty, char *ret, size_t ret_size)
{
	DIR *dir = opendir(by_path);
	struct dirent *entry;
	char target[PATH_MAX], tidy[sizeof(entry->d_name)];
	const char *base;
	ssize_t n;

	ret[0] = '\0';
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		n = readlinkat(dirfd(dir), entry->d_name, target, sizeof(target) - 1);
		if (n <= 0 || !text_is_clean(entry->d_name, strlen(entry->d_name)))
			continue;
		target[n] = '\0';
		base = strrchr(target, '/');
		if (strcmp(base != NULL ? base + 1 : target, tty) != 0)
			continue;
		tidy_path(entry->d_name, tidy, sizeof(tidy));
		if (strlen(tidy) < ret_size &&
		    (ret[0] == '\0' || strcmp(tidy, ret) < 0))
			memcpy(ret, tidy, strlen(tidy) + 1);
	}
	if (dir != NULL)
		closedir(dir);
	return ret[0] != '\0';
}

/* What udev keeps of a tty. Only of the machine's own /sys. */
static bool
path_by_udev(const char *tty, char *ret, size_t ret_size)
{
	struct udev *udev = udev_new();
	struct udev_device *d = udev == NULL
	    ? NULL
	    : udev_device_new_from_subsystem_sysname(udev, "tty", tty);
	const char *path =
	    d == NULL ? NULL : udev_device_get_property_value(d, "ID_PATH");
	bool ok = path != NULL && path[0] != '\0' && strlen(path) < ret_size &&
	    text_is_clean(path, strlen(path));

	if (ok)
		snprintf(ret, ret_size, "%s", path);
	if (d != NULL)
		udev_device_unref(d);
	if (udev != NULL)
		udev_unref(udev);
	return ok;
}

/* A machine without udev: "usb-1-2:1.0", the interface's own place on the bus. */
static bool
path_by_place(const char *sys, const char *tty, char *ret, size_t ret_size)
{
	char path[PATH_MAX], real[PATH_MAX];
	char *p, *base;

	snprintf(path, sizeof(path), "%s/%s/device", sys, tty);
	if (realpath(path, real) == NULL)
		return false;
	/* The interface is the last part with a colon behind a place of the bus. */
	for (p = real; (p = strrchr(real, '/')) != NULL; *p = '\0') {
		base = p + 1;
		if (base[strspn(base, "0123456789-.")] == ':' &&
		    strchr(base, '-') != NULL && text_is_clean(base, strlen(base)))
			return (size_t)snprintf(ret, ret_size, "usb-%s", base) <
			    ret_size;
	}
	return false;
}

static void
name_path(const char *sys, const char *by_path, const char *tty, struct port *p)
{
	if (path_by_link(by_path, tty, p->path, sizeof(p->path)) ||
	    (strncmp(sys, "/sys/", 5) == 0 &&
		path_by_udev(tty, p->path, sizeof(p->path))) ||
	    path_by_place(sys, tty, p->path, sizeof(p->path)))
		return;
	snprintf(p->path, sizeof(p->path), "/dev/%s", tty);
}

/* udev is still at work on it: its links are not there yet, and it would be taken for
 * another socket until they are. It tells when it is done. */
static bool
is_unfinished(const char *sys, const char *tty)
{
	struct udev *udev;
	struct udev_device *d;
	bool unfinished;

	if (strncmp(sys, "/sys/", 5) != 0 || access("/run/udev/control", F_OK) < 0 ||
	    (udev = udev_new()) == NULL)
		return false;
	d = udev_device_new_from_subsystem_sysname(udev, "tty", tty);
	unfinished = d != NULL && !udev_device_get_is_initialized(d);
	if (d != NULL)
		udev_device_unref(d);
	udev_unref(udev);
	return unfinished;
}

size_t
ports_scan_usb(const char *sys, const char *by_path, struct port *ret, size_t n)
{
	char device[PATH_MAX];
	DIR *dir = opendir(sys);
	struct dirent *entry;
	size_t have = 0;

	if (dir == NULL)
		return 0;
	while (have < n && (entry = readdir(dir)) != NULL) {
		if (strncmp(entry->d_name, "ttyUSB", 6) != 0 &&
		    strncmp(entry->d_name, "ttyACM", 6) != 0)
			continue;
		if (strlen(entry->d_name) > 64 ||
		    !usb_device(sys, entry->d_name, device, sizeof(device)) ||
		    is_unfinished(sys, entry->d_name))
			continue;
		memset(&ret[have], 0, sizeof(ret[have]));
		snprintf(ret[have].node, sizeof(ret[have].node), "/dev/%.64s",
		    entry->d_name);
		name_adapter(device, &ret[have]);
		name_path(sys, by_path, entry->d_name, &ret[have]);
		have++;
	}
	closedir(dir);
	return have;
}
