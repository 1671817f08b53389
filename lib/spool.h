/*
 * What happened while the daemon was away: written by root callers of the module, read back by
 * the warden, judged by the daemon.
 *
 * Directory /run/sekisho-spool (root, 0700; it must outlive the daemon and need no disk). One file
 * an event, "<wall_ms>-<pid>-<random>.event", 0600, made with O_EXCL. Content: magic "SKSPOOL1",
 * u32 length, fields of struct spool_event, 32 bytes HMAC-SHA-256 of all before under the spool key
 * (/etc/sekisho/spool.key, root, 0600, 32 random bytes, made by the daemon's start). Without a
 * readable key the MAC is zero and the event is recorded as unauthenticated. At most 4,096 files:
 * refusals, of which strangers make as many as they like, up to half of that; what let somebody in,
 * or ended, up to 64 less; codes of break-glass in all of it. When full, the file "lost" grows by
 * one byte an event, up to a megabyte: its size is the count. A file is named *.event only when it
 * is complete; the directory may also hold ".*.part" files and "burned" (lib/breakglass.h).
 */
#ifndef SEKISHO_SPOOL_H
#define SEKISHO_SPOOL_H

#include "buf.h"
#include "fields.h"
#include <stdbool.h>
#include <stdint.h>

#define SPOOL_DIR "/run/sekisho-spool"
#define SPOOL_KEY "/etc/sekisho/spool.key"
enum { SPOOL_FILES_MAX = 4096, SPOOL_EVENT_MAX = 4096, SPOOL_KEY_SIZE = 32 };

enum spool_kind {
	SPOOL_NONE,
	SPOOL_DENIED,	   /* fail=closed: refused, daemon absent, hung or garbled */
	SPOOL_FAIL_OPEN,   /* fail=open: let in without a decision */
	SPOOL_ROOT_CALLER, /* cron of root, su by root: never depend on the daemon */
	SPOOL_BREAK_GLASS, /* a break-glass code was burned */
	SPOOL_BREAK_GLASS_WRONG,
	SPOOL_CLOSED,	   /* a session ended while the daemon was away */
	SPOOL_SUDO_EXIT,   /* a command under sudo did */
};
extern const char *const spool_kind_words[];

struct spool_event {
	uint32_t kind;
	uint32_t phase;
	int64_t wall_ms, boot_ms;
	char boot_id[37];
	char user[256];
	uint32_t uid;
	bool known;
	char service[64];
	char source[128];
	char tty[64];
	char cause[128]; /* why the daemon was not asked: "absent", "timeout", ... */
	uint32_t pid;
	uint32_t number; /* break-glass: which code, counted from 1 */
	/* SPOOL_SUDO_EXIT: as in struct sudo_request */
	uint64_t record, grant;
	bool over;
	uint32_t ended, status;
	char command[1024];
};
extern const struct fields spool_event_fields;

/* dir and key_path as above, or those of a test. 0 or an error; never blocks. */
int spool_write(const char *dir, const char *key_path, const struct spool_event *e);
/* Judges the bytes of one file: 0; SKS_TRUNCATED, SKS_TRAILING, SKS_INVALID; SKS_UNTRUSTED when
 * the MAC is wrong; *authenticated says whether a MAC was there. */
int spool_read(const void *data, size_t len, const uint8_t key[32], struct spool_event *out,
    bool *authenticated);

#endif
