/*
 * Where the module looks. Fixed when it is compiled, never taken from the environment: it runs
 * in set-user-ID programs. Unit tests set their own by -D.
 */
#ifndef SEKISHO_PATHS_H
#define SEKISHO_PATHS_H

#include "breakglass.h"
#include "notice.h"
#include "protocol.h"
#include "spool.h"

#ifndef MODULE_PAM_SOCKET
#define MODULE_PAM_SOCKET PAM_SOCKET_PATH
#endif
#ifndef MODULE_USER_SOCKET
#define MODULE_USER_SOCKET USER_SOCKET_PATH
#endif
#ifndef MODULE_NOTICE
#define MODULE_NOTICE NOTICE_PATH
#endif
#ifndef MODULE_SPOOL_DIR
#define MODULE_SPOOL_DIR SPOOL_DIR
#endif
#ifndef MODULE_SPOOL_KEY
#define MODULE_SPOOL_KEY SPOOL_KEY
#endif

#endif
