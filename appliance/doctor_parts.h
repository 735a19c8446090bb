/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the parts of the doctor share. */
#ifndef APPLIANCE_DOCTOR_PARTS_H
#define APPLIANCE_DOCTOR_PARTS_H

#include <jansson.h>
#include <stdbool.h>

#include "appliance/doctor.h"
#include "common/conf.h"

struct db;
struct live;

enum finding { FINDING_OK, FINDING_WARNING, FINDING_BAD };

struct doctor {
	enum doctor_from from;
	const char *conf_file;
	struct conf conf;
	struct db *db;		/* NULL = it could not be opened, which was told */
	struct live *live;
	json_t *findings;
	unsigned n[3];		/* by enum finding */
};

/* One finding. text and what_to_do ("" = nothing) may hold {name}; behind them pairs of
 * const char * name and value, NULL at the end. The page has texts of its own by code,
 * with the same names. */
void doctor_found(struct doctor *d, const char *check, enum finding how, const char *code,
    const char *text, const char *what_to_do, ...) __attribute__((sentinel));
/* A number as text, in a buffer of the caller's. Returns ret. */
const char *doctor_number(long long n, char ret[24]);

/* doctor_machine.c */
void doctor_disk(struct doctor *d);
void doctor_clock(struct doctor *d);
void doctor_rights(struct doctor *d);
void doctor_meddlers(struct doctor *d);
/* doctor_net.c */
void doctor_addresses(struct doctor *d);
void doctor_names(struct doctor *d);
void doctor_tls(struct doctor *d);
/* doctor_herd.c */
void doctor_ports(struct doctor *d);
void doctor_cameras(struct doctor *d);
void doctor_dumps(struct doctor *d);
void doctor_people(struct doctor *d);

#endif
