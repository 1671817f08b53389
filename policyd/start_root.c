/*
 * What has to be done as root: directories, keys, the policy of the files, helpers, sockets. Under
 * a service manager that hands us the sockets of the helpers too we never are: then it has made the
 * directories, and the keys come from the warden.
 */
#include "error.h"
#include "factor/keyfile.h"
#include "log.h"
#include "safeopen.h"
#include "spool.h"
#include "start.h"
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static int
make_directory(const char *path, mode_t mode, const char *owner)
{
	const struct passwd *pw = owner != NULL ? getpwnam(owner) : NULL;

	if (mkdir(path, mode) != 0 && errno != EEXIST) {
		log_error("cannot make %s: %s", path, strerror(errno));
		return SKS_IO;
	}
	if (geteuid() != 0)
		return SKS_OK;
	if (chmod(path, mode) != 0 ||
	    chown(path, pw != NULL ? pw->pw_uid : 0, pw != NULL ? pw->pw_gid : 0) != 0) {
		/* A read-only file system: its own modes must do. */
		log_warn("cannot set owner and mode of %s: %s", path, strerror(errno));
	}
	return SKS_OK;
}

/* Put back by root from a copy, it belongs to root. Its name lies where the daemon's user can
 * put a link, so the directory is given by its descriptor, and only what is one. */
static void
give_seal_directory(const struct server_options *o)
{
	const struct passwd *pw = o->user != NULL ? getpwnam(o->user) : NULL;
	char path[4096];
	int fd;

	if (geteuid() != 0 || pw == NULL ||
	    snprintf(path, sizeof(path), "%s/seal", o->state_dir) >= (int)sizeof(path))
		return;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return; /* made later, where it is not there */
	if (fchown(fd, pw->pw_uid, pw->pw_gid) != 0 || fchmod(fd, 0700) != 0)
		log_warn("cannot set owner and mode of %s: %s", path, strerror(errno));
	(void)close(fd);
}

static int
make_directories(const struct server_options *o)
{
	int e;

	if ((e = make_directory(o->state_dir, 0700, o->user)) != SKS_OK)
		return e;
	give_seal_directory(o);
	if ((e = make_directory(o->run_dir, 0755, o->user)) != SKS_OK)
		return e;
	return make_directory(SPOOL_DIR, 0700, NULL);
}

/* Reports are sealed by their writers with a key that only root reads. */
static int
read_spool_key(struct server *s)
{
	struct stat st;
	struct buf b;
	char why[256] = "";
	int e;

	buf_init(&b, 64);
	e = safeopen_slurp(s->options.spool_key, 0, 0600, &b, why, sizeof(why));
	if (e == SKS_NOT_FOUND) {
		if ((e = secret_random(s->spool_key, sizeof(s->spool_key))) == SKS_OK)
			e = safeopen_replace(
			    s->options.spool_key, 0600, s->spool_key, sizeof(s->spool_key));
	} else if (e == SKS_OK && b.len != sizeof(s->spool_key)) {
		e = SKS_INVALID;
	} else if (e == SKS_OK) {
		memcpy(s->spool_key, b.data, sizeof(s->spool_key));
	}
	buf_clear(&b);
	if (e == SKS_OK && lstat(s->options.spool_key, &st) == 0)
		s->spool_made_ms = (int64_t)st.st_mtime * 1000;
	if (e != SKS_OK)
		log_error("%s: %s %s", s->options.spool_key, error_text(e), why);
	return e;
}

/* The files are only read for the first start; later ones are applied by the command. */
static void
read_first_policy(struct server *s, struct buf *bundle)
{
	static struct policy_problems problems;
	int e = policy_bundle_read(
	    s->options.policy_file, s->options.policy_dropin, true, bundle, &problems);

	if (e == SKS_OK)
		return;
	buf_reset(bundle);
	log_error("%s: %s %s", s->options.policy_file, error_text(e),
	    problems.count > 0 ? problems.item[0].text : "");
}

/* Only a host without a store may get a new key: under another one nothing that was sealed
 * opens again, and everybody would be told that their code is wrong. */
static bool
has_store(const struct server_options *o)
{
	char path[4096];
	struct stat st;

	if (snprintf(path, sizeof(path), "%s/" STORE_FILE, o->state_dir) >= (int)sizeof(path))
		return true;
	return lstat(path, &st) == 0 || errno != ENOENT;
}

/* What the service manager hands out, unless another file was asked for. */
static void
find_keys(struct server_options *o)
{
	static char key[4096], log_key[4096];

	if (strcmp(o->key_file, KEYFILE_PATH) == 0) {
		o->key_is_credential =
		    keyfile_find(KEYFILE_CREDENTIAL, o->key_file, key, sizeof(key));
		o->key_file = key;
	}
	if (strcmp(o->log_key, LOGKEY_FILE) == 0) {
		o->log_key_is_credential =
		    keyfile_find(LOGKEY_CREDENTIAL, o->log_key, log_key, sizeof(log_key));
		o->log_key = log_key;
	}
}

static int
open_key(struct server *s)
{
	char why[256] = "";
	bool create = !s->options.key_is_credential && !has_store(&s->options);
	int e = seal_open(s->options.key_file, create, &s->seal, why, sizeof(why));

	if (e == SKS_OK)
		return SKS_OK;
	log_error("%s", why);
	return e;
}

/* Signs the heads of the log. One that is lost is replaced: the log then begins a new chain and
 * says so, but nobody is locked out. */
static int
open_log_key(struct server *s)
{
	char why[512] = "";
	int e = logkey_open(s->options.log_key, &s->log_key, why, sizeof(why));

	if (e != SKS_OK)
		log_error("%s", why);
	return e;
}

/* A credential is ours to read, whoever we are. */
static int
open_keys(struct server *s)
{
	bool by_warden = s->handed.helpers;
	int e = SKS_OK;

	if (!by_warden || s->options.key_is_credential)
		e = open_key(s);
	if (e == SKS_OK && (!by_warden || s->options.log_key_is_credential))
		e = open_log_key(s);
	if (e == SKS_OK)
		e = by_warden ? start_keys_by_warden(s, !has_store(&s->options))
			      : read_spool_key(s);
	if (e != SKS_NOT_FOUND || !has_store(&s->options))
		return e;
	log_error("%s holds what was sealed with that key, so no new one is made. Put the key "
		  "back from its backup. Is there none, every device has to be enrolled again: "
		  "move %s away, keep it for its log, and start",
	    s->options.state_dir, s->options.state_dir);
	return SKS_INVALID;
}

enum { LIBRARY_SECRETS = 65536, LIBRARY_SECRET_MIN = 32 };

/* Before the first key is read. What seals has memory of its own (factor/seal.c). */
static int
keep_secrets(struct server *s)
{
	int e = secret_keep(&s->log_key, sizeof(s->log_key));

	if (e == SKS_OK)
		e = secret_keep(s->spool_key, sizeof(s->spool_key));
	/* the library's own copies of private keys */
	if (e == SKS_OK && CRYPTO_secure_malloc_init(LIBRARY_SECRETS, LIBRARY_SECRET_MIN) != 1)
		e = SKS_NOMEM;
	if (e != SKS_OK)
		log_error("the memory for keys cannot be locked: allow this service some 200 kB "
			  "(LimitMEMLOCK, @memlock)");
	return e;
}

int
start_as_root(struct server *s, struct buf *first_policy)
{
	int e;

	if ((e = keep_secrets(s)) != SKS_OK)
		return e;
	find_keys(&s->options);
	if (!s->handed.helpers && (e = make_directories(&s->options)) != SKS_OK)
		return e;
	/* Those who hold no key are started before there is one in our memory. */
	if ((e = start_helpers(s)) != SKS_OK || (e = open_keys(s)) != SKS_OK)
		return e;
	read_first_policy(s, first_policy);
	return loop_open(s);
}
