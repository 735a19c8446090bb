/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mkimage: writes a built image or dump to a file.
 *	mkimage [--family xr872] [--size BYTES] [--seed N] [--mac AA:BB:CC:DD:EE:FF]
 *	    [--ssid S --psk P] [--ota AT:N] [--small] [--no-upgrade] [--sections] FILE
 * AT and N are hexadecimal. Tests only.
 */
#include "config.h"

#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/err.h"
#include "common/file.h"
#include "common/text.h"
#include "tests/sim/mkimage.h"

static const struct option options[] = { { "family", required_argument, NULL, 'f' },
	{ "size", required_argument, NULL, 's' },
	{ "seed", required_argument, NULL, 'r' },
	{ "mac", required_argument, NULL, 'm' },
	{ "ssid", required_argument, NULL, 'w' },
	{ "psk", required_argument, NULL, 'p' },
	{ "ota", required_argument, NULL, 'o' },
	{ "no-upgrade", no_argument, NULL, 'n' }, { "small", no_argument, NULL, 'k' },
	{ "sections", no_argument, NULL, 'i' }, { NULL, 0, NULL, 0 } };

static int
parse_family(const char *s, enum image_family *ret)
{
	int f;

	for (f = IMAGE_FAMILY_XR809; f <= IMAGE_FAMILY_XR806; f++) {
		if (strcmp(s, image_family_name((enum image_family)f)) == 0) {
			*ret = (enum image_family)f;
			return 0;
		}
	}
	return -1;
}

static int
parse_mac(const char *s, uint8_t *ret)
{
	unsigned b[6];
	size_t i;

	if (sscanf(s, "%2x:%2x:%2x:%2x:%2x:%2x", &b[0], &b[1], &b[2], &b[3], &b[4],
		&b[5]) != 6)
		return -1;
	for (i = 0; i < 6; i++)
		ret[i] = (uint8_t)b[i];
	return 0;
}

static int
parse_option(int opt, const char *arg, struct mkimage *m)
{
	uint64_t v = 0;
	int r = 0;

	switch (opt) {
	case 'f':
		return parse_family(arg, &m->family);
	case 's':
		r = text_number(arg, 65536, IMAGE_BYTES_MAX, true, &v);
		m->flash_size = (uint32_t)v;
		return r;
	case 'r':
		r = text_number(arg, 0, UINT32_MAX, false, &v);
		m->seed = (unsigned)v;
		return r;
	case 'm':
		return parse_mac(arg, m->mac);
	case 'w':
		m->ssid = arg;
		return 0;
	case 'p':
		m->psk = arg;
		return 0;
	case 'o':
		return sscanf(arg, "%x:%x", &m->ota_at, &m->ota_n) == 2 ? 0 : -1;
	case 'k':
		m->small = true;
		return 0;
	case 'n':
		m->no_upgrade = true;
		return 0;
	default:
		return -1;
	}
}

static int
write_image(const struct mkimage *m, bool sections, const char *file)
{
	struct err e = { .code = ERR_NONE };
	size_t n = m->flash_size != 0 ? m->flash_size : 1024 * 1024;
	uint8_t *p = malloc(n);
	int r = 1;

	if (p == NULL)
		return 1;
	if (sections)
		n = mkimage_sections(m, p, n);
	else if (mkimage_dump(m, p) < 0)
		n = 0;
	if (n == 0)
		fprintf(stderr, "mkimage: the firmware does not fit\n");
	else if (file_put(AT_FDCWD, file, p, n, 0644, &e) < 0)
		fprintf(stderr, "mkimage: %s\n", e.msg);
	else
		r = 0;
	free(p);
	return r;
}

int
main(int argc, char **argv)
{
	struct mkimage m = { .family = IMAGE_FAMILY_XR872,
		.seed = 1,
		.mac = { 0x02, 0x11, 0x22, 0x33, 0x44, 0x55 } };
	bool sections = false;
	int opt;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (opt == 'i')
			sections = true;
		else if (parse_option(opt, optarg, &m) < 0) {
			fprintf(stderr, "mkimage: bad option or value\n");
			return 2;
		}
	}
	if (optind + 1 != argc) {
		fprintf(stderr, "usage: mkimage [options] FILE\n");
		return 2;
	}
	return write_image(&m, sections, argv[optind]);
}
