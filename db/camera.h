/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cameras: what a person named and what the hardware said. Thread of the struct db. */
#ifndef DB_CAMERA_H
#define DB_CAMERA_H

#include <stdbool.h>
#include <stdint.h>

struct db;
struct err;

struct camera {
	int64_t id;
	char name[33];		/* slug */
	char source[513];	/* URL without user and password; "" = flash only */
	char user[65];
	char password[129];
	char notes[4097];
	char tags[257];
	bool enabled;
	char push[513];		/* published to: rtsp://HOST/PATH without user; "" = not */
	char push_user[65];
	char push_password[129];
	char push_codec[8];	/* "h264" or "mjpeg"; "" counts as h264 */
	char chip[33], chip_id[65], jedec[17], mac[18];	/* from the hardware; "" unknown */
	int64_t created_s, changed_s;
};

/* A camera row from user's input: name must be a slug, source one of the schemes of
 * camera_source_check(). Fills id. ERR_USAGE "camera-exists" when the name is taken. */
int camera_add(struct db *db, struct camera *c, struct err *e);
/* Write what people set (all up to push_codec) of row c->id. */
int camera_update(struct db *db, const struct camera *c, struct err *e);
/* Names of the columns that differ, for the history: "source, notes". Returns ret. */
#define CAMERA_CHANGES_MAX 120
const char *camera_changes(const struct camera *old, const struct camera *now,
    char ret[CAMERA_CHANGES_MAX]);
int camera_remove(struct db *db, int64_t id, struct err *e);

/* ERR_NOT_FOUND when there is none. */
int camera_by_name(struct db *db, const char *name, struct camera *ret, struct err *e);
int camera_by_id(struct db *db, int64_t id, struct camera *ret, struct err *e);
/* The camera whose chip id this is; chip_id must not be empty. */
int camera_by_chip_id(struct db *db, const char *chip_id, struct camera *ret,
    struct err *e);
/* Call fn for each camera by name; fn must not write. Stops when fn returns false. */
int camera_each(struct db *db, bool (*fn)(const struct camera *c, void *arg), void *arg,
    struct err *e);

/* flashd only: what the hardware said; empty strings leave a column as it is. */
int camera_set_hardware(struct db *db, int64_t id, const char *chip, const char *chip_id,
    const char *jedec, const char *mac, struct err *e);

/* A PPPP camera whose source names no device id ("pppp:@HOST") is this one from now on:
 * the id goes into its source. 1 = done, 0 = it has one already or is another kind. */
int camera_pin(struct db *db, int64_t id, const char *device_id, struct err *e);

/* Judge a source as the user typed it and split off user:password@ into the two
 * fields (when present and the fields are empty). ERR_USAGE with the reason. */
int camera_source_parse(const char *typed, struct camera *c, struct err *e);

/* The same for the address that a camera is published to: rtsp://HOST[:PORT][/PATH] into
 * push, user:password@ into the two fields beside it. "" or "off": not published, and
 * nothing is kept. ERR_USAGE "camera-push". */
int camera_push_parse(const char *typed, struct camera *c, struct err *e);

/* The source as it is shown: a PPPP device id, which its maker's cloud takes for a
 * proof, keeps only its letters and last digits ("pppp:BATC****31@192.168.1.20").
 * ret holds sizeof(c->source) bytes. Returns ret. */
const char *camera_source_show(const struct camera *c, char ret[513]);

#endif
