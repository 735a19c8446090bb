/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who is asking. webd's one thread. */
#ifndef WEBD_IDENTITY_H
#define WEBD_IDENTITY_H

#include <stdint.h>

#include "db/user.h"

enum who {
	WHO_NOBODY,
	WHO_SESSION,	/* a person with a login cookie */
	WHO_TOKEN,	/* a script with a bearer token */
	WHO_STREAM	/* a player with the stream credentials: pictures only */
};

struct identity {
	enum who who;
	enum role role;
	char name[80];		/* "anna", "token backup-script", "camherd" */
	int64_t user_id;	/* WHO_SESSION */
	char csrf[65];		/* WHO_SESSION: what a change must carry */
	char hash[65];		/* WHO_SESSION: names the session */
	char proof[128];	/* the cookie or the token, to ask again later */
};

#endif
