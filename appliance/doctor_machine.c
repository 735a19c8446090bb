/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The doctor looks at the machine: disk, clock, power, rights, other programs. */
#include "config.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#include "appliance/doctor_parts.h"
#include "common/err.h"
#include "common/file.h"
#include "common/text.h"
#include "db/event.h"
#include "db/live.h"

#define FREE_BAD (64ull << 20)
#define FREE_LOW (512ull << 20)
#define BORN_S 1763000000 /* this program was not there before November 2025 */

/* First line of a small file of the kernel's; "" when it is not there. */
static const char *
first_line(const char *path, char *ret, size_t size)
{
	FILE *f = fopen(path, "re");

	ret[0] = '\0';
	if (f == NULL)
		return ret;
	if (fgets(ret, (int)size, f) == NULL)
		ret[0] = '\0';
	fclose(f);
	ret[strcspn(ret, "\n")] = '\0';
	return ret;
}

struct mount {
	char device[128], type[32], options[256];
	unsigned major, minor;
};

/* The line of /proc/self/mountinfo for the file system of path. */
static bool
find_mount(const char *path, struct mount *ret)
{
	FILE *f = fopen("/proc/self/mountinfo", "re");
	char line[2048], *dash;
	struct stat st;
	unsigned major, minor;
	bool found = false;

	if (f == NULL || stat(path, &st) < 0) {
		if (f != NULL)
			fclose(f);
		return false;
	}
	while (!found && fgets(line, sizeof(line), f) != NULL) {
		if (sscanf(line, "%*d %*d %u:%u", &major, &minor) != 2 ||
		    major != major(st.st_dev) || minor != minor(st.st_dev) ||
		    (dash = strstr(line, " - ")) == NULL)
			continue;
		found = sscanf(dash, " - %31s %127s %255s", ret->type, ret->device,
			    ret->options) == 3;
		ret->major = major;
		ret->minor = minor;
	}
	fclose(f);
	return found;
}

static void
look_room(struct doctor *d)
{
	struct statvfs v;
	char bytes[32];
	uint64_t room;

	if (statvfs(d->conf.state, &v) < 0) {
		doctor_found(d, "disk", FINDING_BAD, "disk-state",
		    "The state folder {folder} cannot be looked at: {why}.",
		    "Make it, or correct [paths] state.", "folder", d->conf.state, "why",
		    strerror(errno), NULL);
		return;
	}
	room = (uint64_t)v.f_bavail * v.f_frsize;
	text_bytes(room, bytes, sizeof(bytes));
	if ((v.f_flag & ST_RDONLY) != 0)
		doctor_found(d, "disk", FINDING_BAD, "disk-read-only",
		    "The disk of {folder} is mounted read-only.",
		    "A disk that fails is often made read-only: 'dmesg' says why. Save an "
		    "archive from another place, then change the disk.",
		    "folder", d->conf.state, NULL);
	else if (room < FREE_BAD)
		doctor_found(d, "disk", FINDING_BAD, "disk-full",
		    "{room} are free on the disk of {folder}: no backup fits.",
		    "Remove what you do not need; Settings, Storage shows what takes room.",
		    "room", bytes, "folder", d->conf.state, NULL);
	else
		doctor_found(d, "disk", room < FREE_LOW ? FINDING_WARNING : FINDING_OK,
		    room < FREE_LOW ? "disk-low" : "disk-room",
		    "{room} are free on the disk of {folder}.",
		    room < FREE_LOW ? "Make room before the next backups." : "", "room",
		    bytes, "folder", d->conf.state, NULL);
}

static void
look_file_system(struct doctor *d, const struct mount *m)
{
	static const char *const careless[] = { "vfat", "exfat", "msdos", "ntfs",
		"ntfs3", "nfs", "nfs4", "cifs", "smb3", NULL };
	int i;

	for (i = 0; careless[i] != NULL; i++) {
		if (strcmp(m->type, careless[i]) == 0)
			doctor_found(d, "disk", FINDING_WARNING, "disk-type",
			    "{folder} lies on {type}, which keeps no promise in a power "
			    "cut and has no rights of users.",
			    "Put the state folder on ext4.", "folder", d->conf.state,
			    "type", m->type, NULL);
	}
	if (strstr(m->options, "data=writeback") != NULL ||
	    strstr(m->options, "nobarrier") != NULL)
		doctor_found(d, "disk", FINDING_WARNING, "disk-options",
		    "{device} is mounted with data=writeback or nobarrier: a power cut may "
		    "spoil what was just saved.",
		    "Take the option out of /etc/fstab.", "device", m->device, NULL);
}

/* What the card and ext4 count themselves. */
static void
look_wear(struct doctor *d, const struct mount *m)
{
	char path[256], line[128], life_a[16] = "", life_b[16] = "";
	const char *name = strrchr(m->device, '/');
	unsigned a = 0, b = 0;

	name = name != NULL ? name + 1 : m->device;
	snprintf(path, sizeof(path), "/sys/fs/ext4/%.60s/errors_count", name);
	if (strtoul(first_line(path, line, sizeof(line)), NULL, 10) > 0)
		doctor_found(d, "disk", FINDING_BAD, "disk-errors",
		    "The file system on {device} counted {n} errors.",
		    "Save an archive now, then run fsck or change the card.", "device",
		    m->device, "n", line, NULL);
	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/../device/life_time", m->major,
	    m->minor);
	if (sscanf(first_line(path, line, sizeof(line)), "%15s %15s", life_a, life_b) != 2)
		return;
	a = (unsigned)strtoul(life_a, NULL, 0);
	b = (unsigned)strtoul(life_b, NULL, 0);
	a = a > b ? a : b;
	/* Steps of ten per cent; 0x0b is "past its life". */
	if (a >= 9)
		doctor_found(d, "disk", a >= 11 ? FINDING_BAD : FINDING_WARNING,
		    "disk-worn", "The card of {device} says that most of its life is used.",
		    "Save an archive and change the card soon.", "device", m->device, NULL);
}

void
doctor_disk(struct doctor *d)
{
	struct mount m;

	look_room(d);
	if (find_mount(d->conf.state, &m)) {
		look_file_system(d, &m);
		look_wear(d, &m);
	}
}

static bool
newest_event(const struct event_row *ev, void *arg)
{
	int64_t *at_s = arg;

	*at_s = ev->at_s;
	return false;
}

void
doctor_clock(struct doctor *d)
{
	struct timex t = { .modes = 0 };
	int64_t now = (int64_t)time(NULL), newest = 0;
	struct err ignored;
	char when[32];
	int r;

	text_time(now, when, sizeof(when));
	if (d->db != NULL)
		(void)event_row_each(d->db, 0, 0, 1, newest_event, &newest, &ignored);
	if (now < BORN_S || now + 86400 < newest) {
		doctor_found(d, "clock", FINDING_BAD, "clock-wrong",
		    "The clock says {when}, which cannot be.",
		    "Let the machine set it: 'timedatectl set-ntp true', or fit a clock "
		    "with a battery.",
		    "when", when, NULL);
		return;
	}
	r = adjtimex(&t);
	if (r < 0 || (t.status & STA_UNSYNC) == 0)
		doctor_found(d, "clock", FINDING_OK, "clock-fine", "The clock says {when}.",
		    "", "when", when, NULL);
	else
		doctor_found(d, "clock", FINDING_WARNING, "clock-alone",
		    "The clock says {when}, and nothing sets it.",
		    "'timedatectl set-ntp true' lets the network set it.", "when", when,
		    NULL);
}

/* ---- rights ---- */

static bool
user_in_group(const char *user, gid_t group)
{
	const struct passwd *pw = getpwnam(user);
	gid_t list[64];
	int i, n = 64;

	if (pw == NULL || getgrouplist(user, pw->pw_gid, list, &n) < 0)
		return false;
	for (i = 0; i < n; i++) {
		if (list[i] == group)
			return true;
	}
	return false;
}

static const char *
group_name(gid_t group, char *ret, size_t size)
{
	const struct group *g = getgrgid(group);

	if (g != NULL)
		snprintf(ret, size, "%s", g->gr_name);
	else
		snprintf(ret, size, "%u", (unsigned)group);
	return ret;
}

static bool
look_node(const struct live_port *p, void *arg)
{
	struct doctor *d = arg;
	char group[64], user[] = "camherd-flash";
	struct stat st;
	bool fine;

	if (p->node[0] == '\0' || stat(p->node, &st) < 0)
		return true;
	if (getpwnam(user) != NULL)
		fine = (st.st_mode & 0006) == 0006 ||
		    ((st.st_mode & 0060) == 0060 && user_in_group(user, st.st_gid));
	else
		fine = access(p->node, R_OK | W_OK) == 0 || d->from == DOCTOR_WEBD;
	if (!fine)
		doctor_found(d, "rights", FINDING_BAD, "port-closed",
		    "{node} belongs to the group {group}, and {user} is not in it.",
		    "'usermod -a -G {group} {user}', then 'systemctl restart "
		    "camherd-flashd'. camherd's udev rule gives adapters to dialout.",
		    "node", p->node, "group", group_name(st.st_gid, group, sizeof(group)),
		    "user", user, NULL);
	return true;
}

/* Who runs the command must be in the group; webd is, or it would not answer. */
void
doctor_rights(struct doctor *d)
{
	unsigned bad = d->n[FINDING_BAD];
	struct err ignored;
	char group[64];
	struct stat st;

	if (access(d->conf.state, R_OK | W_OK | X_OK) < 0 && stat(d->conf.state, &st) == 0)
		doctor_found(d, "rights", FINDING_BAD, "state-closed",
		    "You may not write to {folder}; it belongs to the group {group}.",
		    "'sudo usermod -a -G {group} $USER', then sign in anew.", "folder",
		    d->conf.state, "group", group_name(st.st_gid, group, sizeof(group)),
		    NULL);
	if (d->live != NULL)
		(void)live_each_port(d->live, look_node, d, &ignored);
	if (d->n[FINDING_BAD] == bad)
		doctor_found(d, "rights", FINDING_OK, "rights-fine",
		    "The state folder and all adapters may be used.", "", NULL);
}

/* ---- programs that take adapters for something else ---- */

static bool
is_meddler(const char *name)
{
	return strcmp(name, "brltty") == 0 || strcmp(name, "ModemManager") == 0;
}

void
doctor_meddlers(struct doctor *d)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	char path[300], name[64];
	unsigned seen = 0, others = 0;

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		snprintf(path, sizeof(path), "/proc/%.20s/comm", entry->d_name);
		others++;
		if (!is_meddler(first_line(path, name, sizeof(name))))
			continue;
		seen++;
		doctor_found(d, "meddlers", FINDING_WARNING, "meddler",
		    "{name} runs here and may open serial adapters: it takes them for a "
		    "Braille display or a modem.",
		    "If you do not need it: 'sudo systemctl mask --now {name}'.", "name",
		    name, NULL);
	}
	if (dir != NULL)
		closedir(dir);
	/* webd's unit hides other users' processes from it. */
	if (seen == 0 && others > 3)
		doctor_found(d, "meddlers", FINDING_OK, "meddler-none",
		    "Neither brltty nor ModemManager is running.", "", NULL);
}
