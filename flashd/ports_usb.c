/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * USB serial adapters as /sys and /dev/serial/by-path show them. A socket's key is its
 * physical path, so that a name stays with the socket and not with ttyUSB numbers.
 * flashd's parent.
 */
#include "config.h"

#include <dirent.h>
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

static void
name_adapter(const char *device, struct port *p)
{
	char product[48], vendor[8], id[8];

	read_line(device, "product", product, sizeof(product));
	read_line(device, "idVendor", vendor, sizeof(vendor));
	read_line(device, "idProduct", id, sizeof(id));
	snprintf(p->adapter, sizeof(p->adapter), "%s%s%s:%s", product,
	    product[0] != '\0' ? " " : "", vendor, id);
}

/* The by-path link to this tty, without "-port0". Newer systems have two links; the one
 * without "usbv" is the same on all. */
static void
name_path(const char *by_path, const char *tty, struct port *p)
{
	DIR *dir = opendir(by_path);
	struct dirent *entry;
	char target[PATH_MAX], *base, *tail;
	ssize_t n;

	snprintf(p->path, sizeof(p->path), "/dev/%s", tty);
	if (dir == NULL)
		return;
	while ((entry = readdir(dir)) != NULL) {
		n = readlinkat(dirfd(dir), entry->d_name, target, sizeof(target) - 1);
		if (n <= 0 || strstr(entry->d_name, "-usbv") != NULL ||
		    !text_is_clean(entry->d_name, strlen(entry->d_name)))
			continue;
		target[n] = '\0';
		base = strrchr(target, '/');
		if (strcmp(base != NULL ? base + 1 : target, tty) != 0)
			continue;
		snprintf(p->path, sizeof(p->path), "%s", entry->d_name);
		tail = strstr(p->path, "-port0");
		if (tail != NULL && tail[6] == '\0')
			*tail = '\0';
		break;
	}
	closedir(dir);
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
		    !usb_device(sys, entry->d_name, device, sizeof(device)))
			continue;
		memset(&ret[have], 0, sizeof(ret[have]));
		snprintf(ret[have].node, sizeof(ret[have].node), "/dev/%.64s",
		    entry->d_name);
		name_adapter(device, &ret[have]);
		name_path(by_path, entry->d_name, &ret[have]);
		have++;
	}
	closedir(dir);
	return have;
}
