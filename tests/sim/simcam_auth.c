/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sign-in of simcam (see simcam_auth.h). Tests only; pure. */
#include "config.h"

#include <libavutil/md5.h>
#include <sodium.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "common/text.h"
#include "tests/sim/simcam_auth.h"

#define REALM "simcam"
#define NONCE "0123456789abcdef"

void
simcam_auth_challenge(const char *kind, char *ret, size_t ret_size)
{
	if (strcmp(kind, "digest") == 0)
		snprintf(ret, ret_size,
		    "WWW-Authenticate: Digest realm=\"" REALM "\", nonce=\"" NONCE
		    "\", qop=\"auth\", algorithm=MD5");
	else
		snprintf(ret, ret_size, "WWW-Authenticate: Basic realm=\"" REALM "\"");
}

static bool
basic_ok(const char *user, const char *password, const char *request)
{
	char plain[256], coded[400], line[440];

	snprintf(plain, sizeof(plain), "%s:%s", user, password);
	sodium_bin2base64(coded, sizeof(coded), (const unsigned char *)plain,
	    strlen(plain), sodium_base64_VARIANT_ORIGINAL);
	snprintf(line, sizeof(line), "\r\nAuthorization: Basic %s\r\n", coded);
	return strstr(request, line) != NULL;
}

static void
md5_hex(const char *text, char ret[33])
{
	uint8_t sum[16];

	av_md5_sum(sum, (const uint8_t *)text, (int)strlen(text));
	text_hex(sum, sizeof(sum), ret);
}

/* The value of name=value or name="value" in the Authorization line. */
static void
field(const char *line, const char *name, char *ret, size_t ret_size)
{
	char key[40];
	const char *p;
	size_t n;

	ret[0] = '\0';
	snprintf(key, sizeof(key), "%s=", name);
	for (p = line; (p = strstr(p, key)) != NULL; p += strlen(key)) {
		if (p[-1] != ' ' && p[-1] != ',')
			continue;
		p += strlen(key);
		p += *p == '"' ? 1 : 0;
		n = strcspn(p, "\",\r\n");
		snprintf(ret, ret_size, "%.*s", (int)n, p);
		return;
	}
}

static bool
digest_ok(const char *user, const char *password, const char *request)
{
	const char *line = strstr(request, "\r\nAuthorization: Digest ");
	char uri[200], nonce[64], nc[16], cnonce[100], response[40], text[600];
	char ha1[33], ha2[33], want[33];

	if (line == NULL)
		return false;
	field(line, "uri", uri, sizeof(uri));
	field(line, "nonce", nonce, sizeof(nonce));
	field(line, "nc", nc, sizeof(nc));
	field(line, "cnonce", cnonce, sizeof(cnonce));
	field(line, "response", response, sizeof(response));
	snprintf(text, sizeof(text), "%s:%s:%s", user, REALM, password);
	md5_hex(text, ha1);
	snprintf(text, sizeof(text), "GET:%s", uri);
	md5_hex(text, ha2);
	snprintf(
	    text, sizeof(text), "%s:%s:%s:%s:auth:%s", ha1, NONCE, nc, cnonce, ha2);
	md5_hex(text, want);
	return strcmp(nonce, NONCE) == 0 && strcmp(want, response) == 0;
}

bool
simcam_auth_ok(
    const char *kind, const char *user, const char *password, const char *request)
{
	if (strcmp(kind, "digest") == 0)
		return digest_ok(user, password, request);
	return basic_ok(user, password, request);
}
