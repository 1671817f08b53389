/*
 * Where records are forwarded to: "journal", "unix:/dev/log", "udp:192.0.2.1:514",
 * "tcp:[2001:db8::1]:601". Addresses are numbers: no name service is ever asked.
 */
#ifndef SEKISHO_POLICY_TARGET_H
#define SEKISHO_POLICY_TARGET_H

#include <stdbool.h>
#include <sys/socket.h>

#define TARGET_JOURNAL_NAME   "journal"
#define TARGET_JOURNAL_SOCKET "/run/systemd/journal/socket"

enum { TARGET_TEXT_MAX = 127 }; /* of a whole target, without its NUL */

enum target_kind { TARGET_JOURNAL, TARGET_UNIX, TARGET_UDP, TARGET_TCP };

struct target {
	enum target_kind kind;
	struct sockaddr_storage address; /* what to connect to */
	socklen_t address_len;
};

/* False when text is none of the forms above; *out is then unspecified. */
bool target_parse(const char *text, struct target *out);
/* Is it elsewhere, as far as its address says: neither a socket of this host nor its loopback? What a
 * relay on this host does with it is not known here. */
bool target_leaves_host(const struct target *t);

#endif
