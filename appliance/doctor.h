/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a person would have to look after one by one: daemons, configuration, inventory,
 * disk, clock, rights, ports, addresses, cameras, backups. Reads only, opens what it needs by itself
 * and may take some seconds (it tries the addresses). Any process, any thread.
 */
#ifndef APPLIANCE_DOCTOR_H
#define APPLIANCE_DOCTOR_H

#include <jansson.h>

enum doctor_from { DOCTOR_CLI, DOCTOR_WEBD };

/* docs/openapi.json's Doctor: {"findings":[{"check","state","code","text","do",
 * "params"}],"ok","warnings","bad"}. conf_named: -c, or NULL. NULL when out of memory. */
json_t *doctor_run(const char *conf_named, enum doctor_from from);

#endif
