/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * h264_coder.h and rtsp_av.h for the daemon: each call goes on into the module (see
 * av_module.h). streamd, worker threads. The module stands in the folder of the program
 * itself and is never let go of.
 */
#include "config.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/err.h"
#include "streamd/av_module.h"

/* Libraries are the process's, not a caller's: so is what is known of them. */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static const struct av_module *module;
static struct err why_not;

/* The module's path, or -1. */
static int
find(char *ret, size_t ret_size)
{
	ssize_t n = readlink("/proc/self/exe", ret, ret_size - 1);
	char *slash;

	if (n <= 0)
		return err_sys(&why_not, "find the folder of streamd");
	ret[n] = '\0';
	if ((slash = strrchr(ret, '/')) == NULL ||
	    (size_t)(slash + 1 - ret) + sizeof(AV_MODULE_FILE) > ret_size)
		return err_set(&why_not, ERR_FAILED, "module-path",
		    "the folder of streamd has too long a name");
	memcpy(slash + 1, AV_MODULE_FILE, sizeof(AV_MODULE_FILE));
	return 0;
}

static void
load(void)
{
	const struct av_module *m;
	char path[4096];
	void *handle;

	if (find(path, sizeof(path)) < 0)
		return;
	if ((handle = dlopen(path, RTLD_NOW | RTLD_LOCAL)) == NULL ||
	    (m = dlsym(handle, AV_MODULE_SYMBOL)) == NULL)
		err_set(&why_not, ERR_FAILED, "encoder-none",
		    "FFmpeg's libraries, for H.264 and rtsp: cameras, cannot be "
		    "loaded: "
		    "%.300s; is camherd installed completely?",
		    dlerror());
	else if (strcmp(m->version, PACKAGE_VERSION) != 0)
		err_set(&why_not, ERR_FAILED, "encoder-none",
		    "%.300s belongs to version %.40s, and this is " PACKAGE_VERSION
		    "; restart streamd after the upgrade",
		    path, m->version);
	else
		module = m;
}

/* NULL and e: it cannot be had. */
static const struct av_module *
get(struct err *e)
{
	(void)pthread_once(&once, load);
	if (module == NULL)
		*e = why_not;
	return module;
}

struct h264_coder *
h264_coder_new(const char *encoder, struct err *e)
{
	const struct av_module *m = get(e);

	return m != NULL ? m->coder_new(encoder, e) : NULL;
}

/* Who has a coder has the module. */
void
h264_coder_free(struct h264_coder *c)
{
	if (c != NULL)
		module->coder_free(c);
}

int
h264_coder_put(struct h264_coder *c, const struct frame *jpeg, bool key,
    struct frame **ret, struct err *e)
{
	return module->coder_put(c, jpeg, key, ret, e);
}

const uint8_t *
h264_coder_sets(struct h264_coder *c, size_t *ret_n, bool *ret_changed)
{
	return module->coder_sets(c, ret_n, ret_changed);
}

const char *
h264_coder_name(const struct h264_coder *c)
{
	return module->coder_name(c);
}

const struct err *
h264_coder_passed_over(const struct h264_coder *c)
{
	return module->coder_passed_over(c);
}

void
rtsp_av_run(const char *url, const char *user, const char *password,
    const struct rtsp_av_ops *ops, void *arg, struct err *e)
{
	const struct av_module *m = get(e);

	if (m != NULL)
		m->rtsp_run(url, user, password, ops, arg, e);
}
