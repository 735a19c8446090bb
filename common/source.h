/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What streamd will say of a source, told already when somebody types it. Nothing is
 * looked up or connected to. Any process.
 */
#ifndef COMMON_SOURCE_H
#define COMMON_SOURCE_H

#include <stddef.h>

struct err;

/* Can streamd of this version open such an address? The one place that knows. 0, or -1
 * and ERR_REFUSED "source-scheme" with the sentence. */
int source_opens(const char *source, struct err *e);
/* Ten times the pictures a second that are asked of a http+still: camera: what stands
 * behind "#fps=", 0.2 to 15, else SOURCE_STILL_FPS10. 0, or -1 when it cannot be read. */
#define SOURCE_STILL_FPS10 10
int source_still_rate(const char *source, unsigned *ret_fps10);
/* How the reason begins when a camera at the right address is the wrong one. */
#define SOURCE_OTHER_CAMERA "another camera answers at this address"
/* One sentence, or "" when nothing is known to be wrong. networks: [streamd]
 * camera_networks. Returns ret. */
const struct err *source_warning(
    const char *source, const char *networks, struct err *ret);

#endif
