/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What load.c and plan.c share: an archive that is being taken apart. */
#ifndef APPLIANCE_LOAD_PARTS_H
#define APPLIANCE_LOAD_PARTS_H

#include <jansson.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdint.h>

#include "appliance/seal.h"
#include "appliance/tar.h"
#include "common/conf.h"
#include "common/err.h"

#define LOAD_CHECKED "checked.json"	/* the head of an archive that was found sound */

enum load_stage { LOAD_FILES, LOAD_END, LOAD_SOUND };
enum load_sealed { SEALED_UNKNOWN, SEALED_NOT, SEALED_HEAD, SEALED_BLOCKS };

struct load_text {
	char *p;
	size_t n, size;
};

struct load {
	char id[33], folder[48], state[CONF_PATH_MAX];
	char *passphrase;
	int state_dir, dir;	/* STATE; the folder in it */
	bool keep;
	enum load_stage stage;
	enum load_sealed sealed;
	struct err failed;
	/* sealed: */
	struct seal seal;
	bool opened;		/* its first block */
	uint8_t *cipher;
	size_t n_cipher;
	/* the archive: */
	uint8_t block[TAR_BLOCK];
	size_t n_block;
	json_t *head;		/* its first file */
	unsigned files, n_files;	/* announced; come */
	uint64_t bytes, got;
	/* the file under way: */
	bool in_entry, into_text, is_manifest;
	struct tar_entry entry;
	uint64_t left;
	size_t pad;
	int out;
	crypto_hash_sha256_state sha;
	struct load_text manifest;	/* as we make it */
	struct load_text wanted;	/* as the archive has it */
};

#endif
