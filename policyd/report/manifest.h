/* What a manifest of exported records begins with, whoever writes it: root's command or the
 * daemon. */
#ifndef SEKISHO_REPORT_MANIFEST_H
#define SEKISHO_REPORT_MANIFEST_H

#include "protocol.h"
#include <jansson.h>

/* When and where it is made, for whom and what for, by which request, what it was asked to hold
 * (docs/log-format.md). The caller's to release; NULL: no memory, or text that is not UTF-8. */
json_t *manifest_begin(const struct command *asked, const char *format);

#endif
