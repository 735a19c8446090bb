/* SPDX-License-Identifier: GPL-3.0-or-later */
/* simcam's sign-in: Basic, and Digest with MD5 as cheap cameras have it. Tests only. */
#ifndef TESTS_SIM_SIMCAM_AUTH_H
#define TESTS_SIM_SIMCAM_AUTH_H

#include <stdbool.h>
#include <stddef.h>

/* kind: "basic" or "digest". request: the whole head. */
bool simcam_auth_ok(const char *kind, const char *user, const char *password,
    const char *request);
/* The WWW-Authenticate header line. */
void simcam_auth_challenge(const char *kind, char *ret, size_t ret_size);

#endif
