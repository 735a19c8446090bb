/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The archive of the whole appliance on the page. One is saved and one is loaded at a
 * time: a download is made ready with a passphrase and fetched once by its ticket; an
 * upload comes in pieces, which the worker takes apart (appliance/load.h), so that it
 * fits through every proxy and needs no second copy on the disk. webd's one thread; what
 * the worker has in hand is left alone until it gives it back.
 */
#ifndef WEBD_ARCHIVE_H
#define WEBD_ARCHIVE_H

struct archives;

struct archives *archives_new(void);	/* NULL = no memory */
/* After worker_stop(). What was not committed is removed. NULL is fine. */
void archives_free(struct archives *a);

#endif
