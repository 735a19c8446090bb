/* SPDX-License-Identifier: GPL-3.0-or-later */
/* /dumps/{id}/fits: which cameras of the herd a dump could be written to, and why not
 * to the others. The handler is the main thread's, what makes the answer is the
 * worker's (look.h). It speaks of what is known; flashd asks the chip itself before it
 * writes. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/sentence.h"
#include "common/text.h"
#include "db/camera.h"
#include "image/image.h"
#include "webd/api.h"
#include "webd/field.h"
#include "webd/look.h"
#include "webd/web.h"

#define CAMERAS_MAX 1000u

struct fit_camera {
	char name[TEXT_SLUG_MAX], chip[33];
	uint64_t flash_size; /* 0 = not known */
};

struct fits_opt {
	enum image_use use;
	unsigned n;
	bool more;
	struct fit_camera cameras[CAMERAS_MAX];
};

/* ---- main thread: what is known of the cameras ---- */

struct fits_walk {
	struct web *w;
	struct fits_opt *opt;
};

static bool
add_camera(const struct camera *c, void *arg)
{
	struct fits_walk *walk = arg;
	struct fit_camera *to;

	if (walk->opt->n == CAMERAS_MAX) {
		walk->opt->more = true;
		return false;
	}
	to = &walk->opt->cameras[walk->opt->n++];
	snprintf(to->name, sizeof(to->name), "%s", c->name);
	snprintf(to->chip, sizeof(to->chip), "%s", c->chip);
	(void)dump_flash_size(walk->w->db, c->id, &to->flash_size, NULL);
	return true;
}

/* ---- worker ---- */

/* Judging takes a walk over the image's map; cameras of one kind are judged once. */
static const json_t *
same_kind(const struct fits_opt *opt, unsigned i, const json_t *list)
{
	unsigned k;

	for (k = 0; k < i; k++) {
		if (opt->cameras[k].flash_size == opt->cameras[i].flash_size &&
		    strcmp(opt->cameras[k].chip, opt->cameras[i].chip) == 0)
			return json_array_get(list, k);
	}
	return NULL;
}

static json_t *
verdict(const char *fits, const struct err *why)
{
	return sentence_with(
	    json_pack("{s:s,s:s}", "fits", fits, "code", why->name), "why", why);
}

static json_t *
judge(const struct look *l, const struct image_map *map, const struct fit_camera *c)
{
	const struct fits_opt *opt = l->opt;
	struct image_target target = { .flash_size = c->flash_size };
	struct err e = { .code = ERR_NONE }, warning;

	if (c->chip[0] == '\0') {
		err_set(&e, ERR_NONE, "camera-unknown",
		    "Nobody has identified this camera yet, so its chip is not known. "
		    "Connect it to a USB port and choose Identify.");
		return verdict("unknown", &e);
	}
	if (c->flash_size == 0) {
		err_set(&e, ERR_NONE, "flash-size-unknown",
		    "The size of this camera's flash is not known yet. Make a backup "
		    "of it first.");
		return verdict("unknown", &e);
	}
	snprintf(target.chip, sizeof(target.chip), "%s", c->chip);
	if (image_judge(l->a.p, l->a.n, map, opt->use, &target,
		&warning, &e) < 0)
		return verdict("no", &e);
	return verdict("yes", &warning);
}

static json_t *
fits_json(const struct look *l, const struct image_map *map)
{
	const struct fits_opt *opt = l->opt;
	json_t *list = json_array(), *one;
	const json_t *same;
	unsigned i;

	for (i = 0; i < opt->n; i++) {
		same = same_kind(opt, i, list);
		one = same != NULL ? json_copy((json_t *)(uintptr_t)same)
				   : judge(l, map, &opt->cameras[i]);
		(void)json_object_set_new(
		    one, "camera", json_text(opt->cameras[i].name));
		(void)json_array_append_new(list, one);
	}
	return json_pack("{s:o,s:b}", "cameras", list, "more", opt->more);
}

static json_t *
make_fits(struct look *l, struct err *e)
{
	struct image_map *map = malloc(sizeof(*map));
	json_t *doc = NULL;

	if (map != NULL && image_map(l->a.p, l->a.n, map, e) == 0)
		doc = fits_json(l, map);
	free(map);
	return doc;
}

static int
read_use(const struct request *r, enum image_use *ret, struct err *e)
{
	char word[16];
	int found = request_query(r, "as", word, sizeof(word));

	*ret = IMAGE_WHOLE;
	if (found == 0 || (found > 0 && strcmp(word, "restore") == 0))
		return 0;
	*ret = IMAGE_SECTIONS;
	if (found > 0 && strcmp(word, "flash") == 0)
		return 0;
	return err_set(e, ERR_USAGE, "bad-query",
	    "'as' must be restore (a whole flash) or flash (an image of sections).");
}

void
api_dump_fits(struct web *w, const struct request *r, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	struct fits_walk walk = { .w = w };
	struct look *l;
	struct dump d;

	if (look_row(w, r, &d, rep) < 0 ||
	    (l = look_new(w, &d, NULL, make_fits, sizeof(*walk.opt), rep)) == NULL)
		return;
	walk.opt = l->opt;
	if (read_use(r, &walk.opt->use, &e) < 0 ||
	    camera_each(w->db, add_camera, &walk, &e) < 0)
		look_refuse(l, &e, rep);
	else
		look_give(w, r, l, rep);
}
