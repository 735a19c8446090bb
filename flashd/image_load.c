/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Images on their way to a child (see image_load.h). flashd's parent, main thread. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/err.h"
#include "common/file.h"
#include "flashd/image_load.h"
#include "flashd/store.h"
#include "image/image.h"

static int
copy(int from, int to, struct err *e)
{
	uint8_t block[65536];
	uint64_t at = 0;
	ssize_t n;

	for (;;) {
		n = pread(from, block, sizeof(block), (off_t)at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, "read the image");
		if (n == 0)
			return 0;
		at += (uint64_t)n;
		if (at > IMAGE_BYTES_MAX)
			return err_set(e, ERR_REFUSED, "image-too-large",
			    "the image has more than 32 MiB, which no camera of this "
			    "kind holds");
		if (file_write_all(to, block, (size_t)n, e) < 0)
			return -1;
	}
}

static int
fill(int fd, int from, struct image_load *l, struct err *e)
{
	if (copy(from, fd, e) < 0)
		return -1;
	if (fcntl(fd, F_ADD_SEALS,
		F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) < 0)
		return err_sys(e, "seal the image");
	if (store_hash(fd, l->sha256, &l->size, e) < 0)
		return -1;
	if (l->size == 0)
		return err_set(e, ERR_REFUSED, "image-empty", "the image is empty");
	return 0;
}

int
image_load(int from, struct image_load *ret, struct err *e)
{
	struct image_load l = { .fd = memfd_create(
				    "image", MFD_CLOEXEC | MFD_ALLOW_SEALING) };

	if (l.fd < 0)
		return err_sys(e, "memory for the image");
	if (fill(l.fd, from, &l, e) < 0) {
		close(l.fd);
		return -1;
	}
	*ret = l;
	return 0;
}

void
image_load_close(struct image_load *l)
{
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
}

int
image_load_incoming(int state_dir, const char *hex, struct err *e)
{
	char path[64];
	struct stat st;
	int fd;

	if (strlen(hex) != 32 || strspn(hex, "0123456789abcdef") != 32)
		return err_set(e, ERR_USAGE, "incoming-name",
		    "'%.40s' names no uploaded file", hex);
	snprintf(path, sizeof(path), "incoming/%s", hex);
	fd = openat(state_dir, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return err_set(e, ERR_NOT_FOUND, "incoming-gone",
		    "the uploaded file is gone; uploads are kept for a day. Send it "
		    "again");
	if (fd < 0)
		return err_sys(e, "open the uploaded file");
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		err_set(e, ERR_REFUSED, "incoming-no-file",
		    "what was uploaded is no regular file");
	else if (st.st_size > (off_t)IMAGE_BYTES_MAX)
		err_set(e, ERR_REFUSED, "image-too-large",
		    "the file has more than 32 MiB, which no camera of this kind "
		    "holds");
	else if (st.st_size == 0)
		err_set(e, ERR_REFUSED, "image-empty", "the file is empty");
	else
		return fd;
	close(fd);
	return -1;
}

int
image_load_judge(const struct image_load *l, int whole, const char *chip,
    unsigned brom_version, uint64_t flash_size, int force, struct err *e)
{
	struct image_target target = { .brom_version = brom_version,
		.flash_size = flash_size,
		.force_xr808 = force != 0 };
	struct image_map *map = malloc(sizeof(*map));
	void *p = mmap(NULL, (size_t)l->size, PROT_READ, MAP_PRIVATE, l->fd, 0);
	int r;

	snprintf(target.chip, sizeof(target.chip), "%s", chip);
	if (map == NULL || p == MAP_FAILED)
		r = err_sys(e, "memory to judge the image");
	else if ((r = image_map(p, (size_t)l->size, map, e)) == 0)
		r = image_judge(p, (size_t)l->size, map,
		    whole ? IMAGE_WHOLE : IMAGE_SECTIONS, &target, NULL, e);
	if (p != MAP_FAILED)
		munmap(p, (size_t)l->size);
	free(map);
	return r;
}
