/*
 * Operational messages to syslog (LOG_AUTHPRIV), and to standard error where asked. Not the
 * audit log. There is no way to hand it a struct secret.
 */
#ifndef SEKISHO_LOG_H
#define SEKISHO_LOG_H

#include <stdbool.h>

/* ident is kept, not copied. to_stderr: also print (daemons in the foreground). */
void log_open(const char *ident, bool to_stderr);
void log_debug_enable(bool on);
/*
 * From here on no message waits for syslog: what it does not take at once is lost, and how many
 * were is said with the next one that it takes. For processes that others wait for. Needs
 * log_open before; the connection is made again when syslog was restarted.
 */
void log_never_wait(void);
/* Closes the descriptor, in a child that closes all: the next message connects again. */
void log_close(void);
void log_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
