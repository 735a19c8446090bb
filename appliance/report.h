/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Diagnostics that can be handed to a stranger: versions, the doctor's findings, the
 * configuration, what cameras and ports do, jobs that failed with the end of their logs,
 * history, the daemons' last lines without names of people and addresses. No secret that this appliance knows is in it, however it is written: plain,
 * URL-encoded, base64, hex, JSON. Any process, any thread.
 */
#ifndef APPLIANCE_REPORT_H
#define APPLIANCE_REPORT_H

#include <stddef.h>

#include "appliance/doctor.h"

struct err;

/* The text; caller frees *ret. Works as far as it can without a configuration or an
 * inventory. 0, or -1 when out of memory, or when a secret is found in the end
 * ("report-secret": the report must not be given away). */
int report_make(const char *conf_named, enum doctor_from from, char **ret, size_t *ret_n,
    struct err *e);

#endif
