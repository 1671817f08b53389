/*
 * Enrols a benchmark's users with all that are measured, much faster than their own tools.
 *
 *	enrol keys COUNT FILE			random keys, BENCH_KEY_SIZE bytes a user
 *	enrol oath COUNT KEYS FILE		a users file of pam_oath
 *	enrol google COUNT KEYS DIR		a file a user, of pam_google_authenticator
 *	enrol sekisho COUNT KEYS DIR RUNDIR KEYFILE	our store, and what this boot remembers
 *						of it; no daemon may use it meanwhile
 */
#include "bench.h"

#include "base32.h"
#include "clock.h"
#include "error.h"
#include "factor/factor.h"
#include "factor/seal.h"
#include "secret.h"
#include "store/store.h"
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TURN_USERS = 500, RESERVE_BYTES = 2 << 20 };

static void __attribute__((noreturn, format(printf, 1, 2))) die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("enrol: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	exit(1);
}

static FILE *
file_open(const char *path, const char *mode)
{
	FILE *f = fopen(path, mode);

	if (f == NULL)
		die("%s: %s", path, strerror(errno));
	return f;
}

static void
file_close(FILE *f, const char *path)
{
	if (ferror(f) != 0 || fclose(f) != 0)
		die("%s: cannot be written", path);
}

static uint8_t *
keys_read(const char *path, unsigned int count)
{
	FILE *f = file_open(path, "rb");
	uint8_t *keys = calloc(count, BENCH_KEY_SIZE);

	if (keys == NULL || fread(keys, BENCH_KEY_SIZE, count, f) != count)
		die("%s: holds fewer than %u keys", path, count);
	(void)fclose(f);
	return keys;
}

static void
make_keys(unsigned int count, const char *path)
{
	FILE *f = file_open(path, "wb");
	uint8_t key[BENCH_KEY_SIZE];

	for (unsigned int i = 0; i < count; i++) {
		if (secret_random(key, sizeof(key)) != 0)
			die("no random bytes");
		(void)fwrite(key, sizeof(key), 1, f);
	}
	file_close(f, path);
}

static void
make_oath(unsigned int count, const uint8_t *keys, const char *path)
{
	FILE *f = file_open(path, "w");

	for (unsigned int i = 0; i < count; i++) {
		fprintf(f, "HOTP/T%d/%d\t" BENCH_NAME_FORMAT "\t-\t", BENCH_STEP_S,
		    BENCH_DIGITS, i);
		for (size_t k = 0; k < BENCH_KEY_SIZE; k++)
			fprintf(f, "%02x", keys[(size_t)i * BENCH_KEY_SIZE + k]);
		fputc('\n', f);
	}
	file_close(f, path);
	if (chmod(path, 0600) != 0)
		die("%s: %s", path, strerror(errno));
}

static void
make_google(unsigned int count, const uint8_t *keys, const char *dir)
{
	char path[512], text[64];

	for (unsigned int i = 0; i < count; i++) {
		FILE *f;

		(void)snprintf(path, sizeof(path), "%s/" BENCH_NAME_FORMAT, dir, i);
		base32_encode(
		    keys + (size_t)i * BENCH_KEY_SIZE, BENCH_KEY_SIZE, text, sizeof(text));
		f = file_open(path, "w");
		fprintf(f, "%s\n\" WINDOW_SIZE 3\n\" DISALLOW_REUSE\n\" TOTP_AUTH\n", text);
		file_close(f, path);
		if (chmod(path, 0600) != 0)
			die("%s: %s", path, strerror(errno));
	}
}

/* As "sekisho factor import" would leave them: active at once, nothing spent. */
static int
enrol_device(struct store *store, struct seal *seal, unsigned int user, const uint8_t *bytes,
    int64_t wall_ms)
{
	struct device d = {.uid = BENCH_UID_FIRST + user,
	    .name = "bench",
	    .state = DEVICE_ACTIVE,
	    .algorithm = "SHA1",
	    .digits = BENCH_DIGITS,
	    .period_s = BENCH_STEP_S,
	    .imported = true,
	    .issued_by = "root",
	    .verified_by = "root",
	    .verified_how = "not stated",
	    .issued_wall_ms = wall_ms,
	    .confirmed_wall_ms = wall_ms};
	struct secret key = SECRET_INIT;
	int r = secret_set(&key, bytes, BENCH_KEY_SIZE);

	(void)snprintf(d.user, sizeof(d.user), BENCH_NAME_FORMAT, user);
	if (r == SKS_OK)
		r = store_device_reserve_id(store, &d.id);
	if (r == SKS_OK)
		r = factor_seal(seal, &d, &key);
	if (r == SKS_OK)
		r = store_device_add(store, &d);
	secret_clear(&key);
	return r;
}

/* As the daemon keeps it: 16 bytes of the hex digits. */
static int
read_boot_id(uint8_t id[16])
{
	char text[BOOT_ID_SIZE + 1];
	const char *at = text;
	int r = clock_boot_id(text);

	for (size_t i = 0; r == SKS_OK && i < 16; i++) {
		unsigned int byte;

		at += *at == '-';
		if (sscanf(at, "%2x", &byte) != 1)
			return SKS_INTERNAL;
		id[i] = (uint8_t)byte;
		at += 2;
	}
	return r;
}

/* The users from "first" on, as many as one turn takes. */
static int
enrol_turn(struct store *store, struct seal *seal, unsigned int first, unsigned int count,
    const uint8_t *keys)
{
	unsigned int end = count - first < TURN_USERS ? count : first + TURN_USERS;
	struct instant now = clock_now();
	int r;

	if (store_space(store) >= STORE_SPACE_RESERVE)
		return SKS_FULL;
	r = store_begin(store, now);
	for (unsigned int i = first; i < end && r == SKS_OK; i++)
		r = enrol_device(
		    store, seal, i, keys + (size_t)i * BENCH_KEY_SIZE, now.wall_ms);
	if (r == SKS_OK)
		r = store_commit(store);
	if (r == SKS_OK && store_checkpoint_due(store))
		r = store_checkpoint(store);
	return r;
}

static void
make_sekisho(unsigned int count, const uint8_t *keys, const char *dir, const char *run_dir,
    const char *key_file)
{
	struct store_options options = {.dir = dir, .reserve_bytes = RESERVE_BYTES};
	enum store_start start;
	struct store *store;
	struct seal *seal;
	char why[256], generation[512];
	int r;

	(void)snprintf(generation, sizeof(generation), "%s/generation", run_dir);
	options.generation_path = generation;
	if (read_boot_id(options.boot_id) != SKS_OK)
		die("no boot id");
	if (seal_open(key_file, true, &seal, why, sizeof(why)) != SKS_OK)
		die("%s", why);
	r = store_open(&options, &store, &start);
	if (r != SKS_OK)
		die("%s: %s", dir, error_text(r));
	for (unsigned int i = 0; i < count && r == SKS_OK; i += TURN_USERS)
		r = enrol_turn(store, seal, i, count, keys);
	if (r != SKS_OK)
		die("%s: %s (%s)", dir, error_text(r), store_error(store));
	store_close(store);
	seal_close(seal);
}

int
main(int argc, char **argv)
{
	unsigned long count = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
	const char *what = argc > 1 ? argv[1] : "";

	umask(077);
	if (count == 0 || count > BENCH_USERS_MAX)
		die("usage: enrol keys|oath|google|sekisho COUNT FILE...");
	if (strcmp(what, "keys") == 0 && argc == 4)
		make_keys((unsigned int)count, argv[3]);
	else if (strcmp(what, "oath") == 0 && argc == 5)
		make_oath(
		    (unsigned int)count, keys_read(argv[3], (unsigned int)count), argv[4]);
	else if (strcmp(what, "google") == 0 && argc == 5)
		make_google(
		    (unsigned int)count, keys_read(argv[3], (unsigned int)count), argv[4]);
	else if (strcmp(what, "sekisho") == 0 && argc == 7)
		make_sekisho((unsigned int)count, keys_read(argv[3], (unsigned int)count),
		    argv[4], argv[5], argv[6]);
	else
		die("usage: enrol keys|oath|google|sekisho COUNT FILE...");
	return 0;
}
