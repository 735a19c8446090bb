/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What this build is linked with; the table is made when it is built (libraries.sh). */
#ifndef WEBD_LIBRARIES_H
#define WEBD_LIBRARIES_H

struct library {
	const char *name, *version, *licence, *url;	/* NULL: the last */
};

extern const struct library libraries[];

#endif
