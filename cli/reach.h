/* SPDX-License-Identifier: GPL-3.0-or-later */
/* By which name and ports others reach this appliance's streams. One thread. */
#ifndef CLI_REACH_H
#define CLI_REACH_H

struct cli;
struct connect;
struct err;

/* What other programs are told of this camera. host: the name to tell, or NULL for the
 * first of [webd] hostnames, else an address of this machine. Needs CLI_CONF, CLI_READ
 * and, for the picture's size, CLI_LIVE. ERR_DOWN when a daemon's port is not known. */
int reach_camera(struct cli *cli, const char *camera, const char *host,
    struct connect *ret, struct err *e);

#endif
