#include "audit/epoch.h"

#include "base64.h"
#include "error.h"
#include "hex.h"
#include "log.h"
#include "safeopen.h"
#include "secret.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { EPOCH_PATH_SIZE = 4096 };

/* ---- the statement ----------------------------------------------------------------------- */

static void
put_base64(struct buf *out, const uint8_t *data, size_t len)
{
	char text[BASE64_LEN(MERKLE_HASH_SIZE) + 1] = "";

	(void)base64_encode(data, len, text, sizeof(text));
	buf_printf(out, "%s", text);
}

static void
put_time(struct buf *out, const char *word, const struct epoch_time *t)
{
	char boot_id[2 * sizeof(t->boot_id) + 1];

	buf_printf(out, "%s %" PRId64 " %s %" PRId64 "\n", word, t->wall_ms,
	    hex_put(boot_id, t->boot_id, sizeof(t->boot_id)), t->boot_ms);
}

void
seal_text(const struct seal_statement *s, struct buf *out)
{
	buf_printf(out,
	    "sekisho/seal/v1\n%s\nepoch %" PRIu64 "\nsize %" PRIu64 "\nroot ", s->origin,
	    s->epoch, s->size);
	put_base64(out, s->root.bytes, sizeof(s->root.bytes));
	buf_printf(out, "\n");
	put_time(out, "from", &s->from);
	put_time(out, "to", &s->to);
	buf_printf(out, "next ");
	put_base64(out, s->next, sizeof(s->next));
	buf_printf(out, "\n");
}

/* ---- the keys ---------------------------------------------------------------------------- */

static int
epoch_path(char path[EPOCH_PATH_SIZE], const char *dir, uint64_t chain, uint64_t epoch)
{
	int n = snprintf(
	    path, EPOCH_PATH_SIZE, "%s/%" PRIu64 ".%" PRIu64, dir, chain, epoch);

	return n > 0 && n < EPOCH_PATH_SIZE ? SKS_OK : SKS_TOO_BIG;
}

static int
epoch_read(const char *dir, uint64_t chain, uint64_t epoch, struct secret *seed)
{
	char path[EPOCH_PATH_SIZE], why[256] = "";
	struct buf b;
	int r = epoch_path(path, dir, chain, epoch);

	if (r != SKS_OK)
		return r;
	buf_init(&b, ED25519_SEED_SIZE);
	r = safeopen_slurp(path, geteuid(), 0600, &b, why, sizeof(why));
	if (r == SKS_OK && b.len != ED25519_SEED_SIZE)
		r = SKS_CORRUPT;
	if (r == SKS_OK)
		r = secret_set(seed, b.data, b.len);
	else if (r != SKS_NOT_FOUND)
		log_error("the sealing key %s cannot be used: %s %s", path, error_text(r), why);
	buf_clear(&b);
	return r;
}

int
epoch_public(const char *dir, uint64_t chain, uint64_t epoch, uint8_t public[ED25519_KEY_SIZE])
{
	struct secret seed = SECRET_INIT;
	int r = epoch_read(dir, chain, epoch, &seed);

	if (r == SKS_OK)
		r = ed25519_public(&seed, public);
	secret_clear(&seed);
	return r;
}

int
epoch_make(const char *dir, uint64_t chain, uint64_t epoch, uint8_t public[ED25519_KEY_SIZE])
{
	char path[EPOCH_PATH_SIZE];
	struct secret seed = SECRET_INIT;
	int r = epoch_public(dir, chain, epoch, public);

	if (r != SKS_NOT_FOUND && r != SKS_CORRUPT)
		return r;
	if ((r = epoch_path(path, dir, chain, epoch)) == SKS_OK)
		r = ed25519_generate(&seed);
	if (r == SKS_OK)
		r = ed25519_public(&seed, public);
	if (r == SKS_OK)
		r = safeopen_replace(path, 0600, seed.bytes, seed.len);
	secret_clear(&seed);
	return r;
}

int
epoch_sign(const char *dir, uint64_t chain, uint64_t epoch, const void *text, size_t len,
    uint8_t signature[ED25519_SIGNATURE_SIZE])
{
	struct secret seed = SECRET_INIT;
	int r = epoch_read(dir, chain, epoch, &seed);

	if (r == SKS_OK)
		r = ed25519_sign(&seed, text, len, signature);
	secret_clear(&seed);
	return r;
}

/* ---- destroying -------------------------------------------------------------------------- */

/* Overwritten first: the blocks may outlive the name. What this means on flash memory and on
 * file systems that copy on write is in docs/threat-model.md. */
static int
epoch_destroy(int dir, const char *name)
{
	uint8_t noise[ED25519_SEED_SIZE];
	int fd = openat(dir, name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY);
	int r = SKS_OK;

	if (fd < 0)
		return errno == ENOENT ? SKS_OK : SKS_IO;
	if (secret_random(noise, sizeof(noise)) != SKS_OK ||
	    pwrite(fd, noise, sizeof(noise), 0) != (ssize_t)sizeof(noise) || fdatasync(fd) != 0)
		r = SKS_IO;
	if (close(fd) != 0 || unlinkat(dir, name, 0) != 0)
		r = SKS_IO;
	return r;
}

int
epoch_keep_only(const char *dir, uint64_t chain, uint64_t epoch)
{
	char kept[64];
	DIR *d = opendir(dir);
	struct dirent *entry;
	int r = SKS_OK, e;

	if (d == NULL)
		return errno == ENOENT ? SKS_OK : SKS_IO;
	(void)snprintf(kept, sizeof(kept), "%" PRIu64 ".%" PRIu64, chain, epoch);
	while ((entry = readdir(d)) != NULL) {
		/* a hidden name is a copy that a crash left beside */
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
		    strcmp(entry->d_name, kept) == 0)
			continue;
		e = epoch_destroy(dirfd(d), entry->d_name);
		r = r == SKS_OK ? e : r;
	}
	if (fsync(dirfd(d)) != 0)
		r = SKS_IO;
	(void)closedir(d);
	return r;
}
