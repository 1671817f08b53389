/*
 * Sealing: what was sealed opens, and only that, only there, only under that key. The key
 * file must be trusted, and the key must not be found anywhere but in its locked page.
 * Foreign owners need root and are skipped without.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "error.h"
#include "factor/keyfile.h"
#include "factor/seal.h"
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STRANGER = 65533 };

static char dir[64];
static char key_path[96];

static bool racing; /* somebody else makes a key just before we do */
static int steps;   /* in a child: so many calls that change the disk, then it is killed */

static void write_key(uint8_t seed);
int renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned int flags);

/* Stands before the C library's, to hit the moment between looking and renaming. */
int
renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned int flags)
{
	if (racing)
		write_key(1);
	return (int)syscall(SYS_renameat2, from_dir, from, to_dir, to, flags);
}

/* Counts down to the moment at which the power goes. 0 before: it never does. */
static void
step(void)
{
	if (steps > 0 && --steps == 0)
		_exit(9);
}

int
fsync(int fd)
{
	step();
	return (int)syscall(SYS_fsync, fd);
}

int
renameat(int from_dir, const char *from, int to_dir, const char *to)
{
	step();
	return (int)syscall(SYS_renameat2, from_dir, from, to_dir, to, 0);
}

ssize_t
write(int fd, const void *data, size_t len)
{
	step();
	return (ssize_t)syscall(SYS_write, fd, data, len);
}

ssize_t
pwrite(int fd, const void *data, size_t len, off_t at)
{
	step();
	return (ssize_t)syscall(SYS_pwrite64, fd, data, len, at);
}

static int
setup(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/test_seal.XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(key_path, sizeof(key_path), "%s/key", dir);
	return 0;
}

static int
teardown(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return system(command) == 0 ? 0 : -1;
}

static void
write_file(const char *path, const void *data, size_t len, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, len), (ssize_t)len);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static void
write_key(uint8_t seed)
{
	uint8_t key[SEAL_KEY_SIZE];

	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)(seed + i);
	write_file(key_path, key, sizeof(key), 0600);
}

static struct seal *
open_seal(void)
{
	struct seal *s;
	char why[256];

	assert_int_equal(seal_open(key_path, false, &s, why, sizeof(why)), SKS_OK);
	assert_non_null(s);
	assert_string_equal(why, "");
	return s;
}

static void
test_both_ways(void **state)
{
	static const size_t sizes[] = {0, 1, 10, 20, 32, 64, 223, SECRET_MAX};
	struct seal *s;

	(void)state;
	write_key(1);
	s = open_seal();
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct secret plain = SECRET_INIT, back;
		uint8_t out[SECRET_MAX + SEAL_OVERHEAD];
		size_t len;

		plain.len = sizes[i];
		assert_int_equal(secret_random(plain.bytes, plain.len), SKS_OK);
		assert_int_equal(
		    seal_seal(s, "totp:1:2:alice", &plain, out, sizeof(out), &len), SKS_OK);
		assert_int_equal(len, sizes[i] + SEAL_OVERHEAD);
		assert_int_equal(out[0], SEAL_AES_256_GCM);
		assert_int_equal(seal_unseal(s, "totp:1:2:alice", out, len, &back), SKS_OK);
		assert_true(secret_equal(&plain, &back));
		/* no room for it, by one byte */
		assert_int_equal(
		    seal_seal(s, "totp:1:2:alice", &plain, out, len - 1, &len), SKS_TOO_BIG);
		assert_int_equal(len, 0);
	}
	seal_close(s);
}

/* Opened by hand: the format of seal.h, so that another program could read it too. */
static void
test_format(void **state)
{
	static const char context[] = "totp:1:2:alice";
	struct secret plain;
	struct seal *s;
	uint8_t key[SEAL_KEY_SIZE], out[64], digest[32], text[8];
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	size_t len;
	int n;

	(void)state;
	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)(1 + i);
	write_key(1);
	s = open_seal();
	assert_int_equal(secret_set_str(&plain, "sekisho!"), SKS_OK);
	assert_int_equal(seal_seal(s, context, &plain, out, sizeof(out), &len), SKS_OK);
	EVP_Digest(key, sizeof(key), digest, NULL, EVP_sha256(), NULL);
	assert_memory_equal(out + 1, digest, 4);
	EVP_DecryptInit(ctx, EVP_aes_256_gcm(), key, out + 5);
	EVP_DecryptUpdate(ctx, NULL, &n, out, 5);
	EVP_DecryptUpdate(ctx, NULL, &n, (const uint8_t *)context, (int)strlen(context));
	EVP_DecryptUpdate(ctx, text, &n, out + 17, 8);
	EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, 16, out + 25);
	assert_int_equal(EVP_DecryptFinal(ctx, text + n, &n), 1);
	assert_memory_equal(text, "sekisho!", 8);
	EVP_CIPHER_CTX_free(ctx);
	seal_close(s);
}

static void
test_altered_anywhere(void **state)
{
	struct secret plain, back;
	struct seal *s;
	uint8_t out[20 + SEAL_OVERHEAD + 1];
	size_t len;

	(void)state;
	write_key(1);
	s = open_seal();
	assert_int_equal(secret_set(&plain, "12345678901234567890", 20), SKS_OK);
	assert_int_equal(seal_seal(s, "c", &plain, out, sizeof(out), &len), SKS_OK);
	for (size_t i = 0; i < len; i++) {
		for (int bit = 0; bit < 8; bit++) {
			out[i] = (uint8_t)(out[i] ^ 1 << bit);
			memset(&back, 'x', sizeof(back));
			assert_int_equal(seal_unseal(s, "c", out, len, &back), SKS_CORRUPT);
			assert_int_equal(back.len, 0);
			for (size_t b = 0; b < sizeof(back.bytes); b++)
				assert_int_equal(back.bytes[b], 0);
			out[i] = (uint8_t)(out[i] ^ 1 << bit);
		}
	}
	for (size_t cut = 0; cut < len; cut++)
		assert_int_equal(seal_unseal(s, "c", out, cut, &back), SKS_CORRUPT);
	assert_int_equal(seal_unseal(s, "c", out, len + 1, &back), SKS_CORRUPT);
	assert_int_equal(seal_unseal(s, "c", out, SIZE_MAX, &back), SKS_CORRUPT);
	assert_int_equal(seal_unseal(s, "c", out, len, &back), SKS_OK);
	seal_close(s);
}

static void
test_moved(void **state)
{
	static const char *const others[] = {
	    "totp:42:1001:alic",
	    "totp:42:1001:alicE",
	    "totp:42:1001:alice2",
	    "totp:43:1001:alice",
	    "totp:42:1002:alice",
	    "recovery:42:1001:alice",
	    "",
	};
	struct secret plain, back;
	struct seal *s;
	uint8_t out[64];
	size_t len;

	(void)state;
	write_key(1);
	s = open_seal();
	assert_int_equal(secret_set_str(&plain, "secret"), SKS_OK);
	assert_int_equal(
	    seal_seal(s, "totp:42:1001:alice", &plain, out, sizeof(out), &len), SKS_OK);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_int_equal(seal_unseal(s, others[i], out, len, &back), SKS_CORRUPT);
	assert_int_equal(seal_unseal(s, "totp:42:1001:alice", out, len, &back), SKS_OK);
	seal_close(s);
}

static void
test_other_key(void **state)
{
	struct secret plain, back;
	struct seal *s;
	uint8_t out[64], mine[64], claims[64];
	size_t len;

	(void)state;
	write_key(1);
	s = open_seal();
	assert_int_equal(secret_set_str(&plain, "secret"), SKS_OK);
	assert_int_equal(seal_seal(s, "c", &plain, out, sizeof(out), &len), SKS_OK);
	seal_close(s);
	write_key(2);
	s = open_seal();
	assert_int_equal(seal_unseal(s, "c", out, len, &back), SKS_CORRUPT);
	/* nor when it claims to be sealed under this one */
	assert_int_equal(seal_seal(s, "c", &plain, mine, sizeof(mine), &len), SKS_OK);
	memcpy(claims, out, len);
	memcpy(claims, mine, 5);
	assert_int_equal(seal_unseal(s, "c", claims, len, &back), SKS_CORRUPT);
	seal_close(s);
	write_key(1);
	s = open_seal();
	assert_int_equal(seal_unseal(s, "c", out, len, &back), SKS_OK);
	seal_close(s);
}

static void
test_nonces_differ(void **state)
{
	uint8_t out[100][SEAL_OVERHEAD];
	struct secret plain = SECRET_INIT;
	struct seal *s;
	size_t len;

	(void)state;
	write_key(1);
	s = open_seal();
	for (size_t i = 0; i < 100; i++) {
		assert_int_equal(
		    seal_seal(s, "c", &plain, out[i], sizeof(out[i]), &len), SKS_OK);
		for (size_t k = 0; k < i; k++)
			assert_memory_not_equal(out[i] + 5, out[k] + 5, 12);
	}
	seal_close(s);
}

/* HKDF (RFC 5869) written out with HMAC: extract with a salt of zeros, one block of expand. */
static void
test_mac(void **state)
{
	uint8_t zero[32] = {0}, key[SEAL_KEY_SIZE], prk[32], okm[32], expected[32], mac[32];
	static const char info[] = "recovery\x01";
	struct seal *s;

	(void)state;
	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)(1 + i);
	HMAC(EVP_sha256(), zero, 32, key, sizeof(key), prk, NULL);
	HMAC(EVP_sha256(), prk, 32, (const uint8_t *)info, 9, okm, NULL);
	HMAC(EVP_sha256(), okm, 32, (const uint8_t *)"data", 4, expected, NULL);
	write_key(1);
	s = open_seal();
	for (int i = 0; i < 3; i++) {
		assert_int_equal(seal_mac(s, "recovery", "data", 4, mac), SKS_OK);
		assert_memory_equal(mac, expected, 32);
		assert_int_equal(seal_mac(s, "slots", "data", 4, mac), SKS_OK);
		assert_memory_not_equal(mac, expected, 32);
		assert_int_equal(seal_mac(s, "recovery", "datb", 4, mac), SKS_OK);
		assert_memory_not_equal(mac, expected, 32);
	}
	assert_int_equal(seal_mac(s, "recovery", NULL, 0, mac), SKS_OK);
	assert_int_equal(
	    seal_mac(s, "a purpose far longer than any of ours", "x", 1, mac), SKS_INTERNAL);
	seal_close(s);
}

/* ---- a ring that changes ----------------------------------------------------------------- */

static void
rotate_file(uint8_t algorithm, enum ring_state then)
{
	static uint8_t space[KEYRING_FILE_MAX];
	static struct keyring ring;
	char why[256];

	assert_int_equal(keyfile_read(key_path, &ring, space, why, sizeof(why)), SKS_OK);
	assert_int_equal(keyring_rotate(&ring, algorithm, then, 1795000000000), SKS_OK);
	assert_int_equal(keyfile_write(key_path, &ring, space, why, sizeof(why)), SKS_OK);
	keyring_clear(&ring);
}

static void
stage_file(struct seal *s, int expected)
{
	static uint8_t file[KEYRING_FILE_MAX];
	int fd = open(key_path, O_RDONLY);
	ssize_t len = read(fd, file, sizeof(file));

	assert_true(len > 0);
	close(fd);
	assert_int_equal(seal_stage(s, file, (size_t)len), expected);
	assert_int_equal(seal_staged(s) != NULL, expected == SKS_OK);
	explicit_bzero(file, sizeof(file));
}

/* From the bare key of before to another algorithm and back: what was sealed under each opens,
 * what is sealed now is under the newest, and no MAC changes. */
static void
test_rotation(void **state)
{
	static const uint8_t algorithm[] = {ALGORITHM_CHACHA20_POLY1305, ALGORITHM_AES_256_GCM};
	uint8_t out[3][64], head[SEAL_HEAD_SIZE], mac[32], before[32];
	struct secret plain, back;
	struct seal *s;
	size_t len;

	(void)state;
	write_key(1);
	s = open_seal();
	assert_int_equal(secret_set_str(&plain, "secret"), SKS_OK);
	assert_int_equal(seal_mac(s, "recovery", "x", 1, before), SKS_OK);
	assert_int_equal(seal_seal(s, "c", &plain, out[0], sizeof(out[0]), &len), SKS_OK);
	for (size_t i = 0; i < 2; i++) {
		rotate_file(algorithm[i], RING_OLD);
		stage_file(s, SKS_OK);
		seal_head(s, head);
		assert_memory_equal(out[i], head, sizeof(head)); /* not before it is taken */
		seal_take(s);
		assert_null(seal_staged(s));
		seal_head(s, head);
		assert_int_equal(head[0], algorithm[i]);
		assert_int_equal(
		    seal_seal(s, "c", &plain, out[i + 1], sizeof(out[0]), &len), SKS_OK);
		assert_memory_equal(out[i + 1], head, sizeof(head));
		for (size_t k = 0; k <= i + 1; k++) {
			assert_int_equal(seal_unseal(s, "c", out[k], len, &back), SKS_OK);
			assert_true(secret_equal(&plain, &back));
			assert_true(seal_ring_opens(seal_ring(s), out[k]));
		}
		assert_int_equal(seal_mac(s, "recovery", "x", 1, mac), SKS_OK);
		assert_memory_equal(mac, before, sizeof(mac));
	}
	/* an object cannot be told to be of another algorithm than its key's */
	out[1][0] = ALGORITHM_AES_256_GCM;
	assert_false(seal_ring_opens(seal_ring(s), out[1]));
	assert_int_equal(seal_unseal(s, "c", out[1], len, &back), SKS_CORRUPT);
	seal_close(s);
	s = open_seal();
	assert_int_equal(seal_unseal(s, "c", out[0], len, &back), SKS_OK);
	assert_int_equal(seal_unseal(s, "c", out[2], len, &back), SKS_OK);
	assert_int_equal(seal_mac(s, "recovery", "x", 1, mac), SKS_OK);
	assert_memory_equal(mac, before, sizeof(mac));
	seal_close(s);
}

/* Once it is retired nothing opens under it, and its bytes are in no file. */
static void
test_retired(void **state)
{
	static uint8_t space[KEYRING_FILE_MAX], file[KEYRING_FILE_MAX];
	static struct keyring ring;
	uint8_t out[64], id[KEYRING_ID_SIZE], key[SEAL_KEY_SIZE];
	struct secret plain, back;
	char why[256];
	struct seal *s;
	size_t len;
	int fd;

	(void)state;
	write_key(1);
	s = open_seal();
	assert_int_equal(secret_set_str(&plain, "secret"), SKS_OK);
	assert_int_equal(seal_seal(s, "c", &plain, out, sizeof(out), &len), SKS_OK);
	memcpy(id, out + 1, sizeof(id));
	fd = open(key_path, O_RDONLY); /* what lay on the disk before */
	rotate_file(ALGORITHM_AES_256_GCM, RING_OLD);
	assert_int_equal(pread(fd, key, sizeof(key), 0), sizeof(key));
	for (size_t i = 0; i < sizeof(key); i++)
		assert_int_equal(key[i], 0);
	close(fd);
	assert_int_equal(keyfile_read(key_path, &ring, space, why, sizeof(why)), SKS_OK);
	assert_int_equal(keyring_retire(&ring, id, 1796000000000), SKS_OK);
	assert_int_equal(keyring_retire(&ring, id, 1796000000000), SKS_CONFLICT);
	assert_int_equal(
	    keyring_retire(&ring, keyring_current(&ring, RING_SEALING)->id, 1), SKS_CONFLICT);
	assert_int_equal(keyring_retire(&ring, (const uint8_t *)"none", 1), SKS_NOT_FOUND);
	assert_int_equal(keyfile_write(key_path, &ring, space, why, sizeof(why)), SKS_OK);
	fd = open(key_path, O_RDONLY);
	assert_true(read(fd, file, sizeof(file)) > 0);
	close(fd);
	assert_null(strstr((const char *)file, "0102030405060708"));
	stage_file(s, SKS_OK);
	assert_false(seal_ring_opens(seal_staged(s), out));
	assert_true(seal_ring_opens(seal_ring(s), out));
	seal_drop(s);
	assert_int_equal(seal_unseal(s, "c", out, len, &back), SKS_OK);
	stage_file(s, SKS_OK);
	seal_take(s);
	assert_int_equal(seal_unseal(s, "c", out, len, &back), SKS_CORRUPT);
	seal_close(s);
}

/* In a child that is killed at its n-th step: rotate, or retire the old key. Its exit status.
 */
static int
change_and_die(int n, bool retire)
{
	static uint8_t space[KEYRING_FILE_MAX];
	static struct keyring ring;
	int status, r;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		char why[256];

		r = keyfile_read(key_path, &ring, space, why, sizeof(why));
		if (r == SKS_OK && retire)
			r = keyring_retire(&ring, ring.key[0].id, 1);
		else if (r == SKS_OK)
			r = keyring_rotate(&ring, ALGORITHM_AES_256_GCM, RING_OLD, 1);
		steps = n;
		if (r == SKS_OK)
			r = keyfile_write(key_path, &ring, space, why, sizeof(why));
		_exit(r == SKS_OK ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* Whenever it dies, the file is the ring of before or the one of after, and nothing else. */
static void
test_killed_at_each_step(void **state)
{
	struct secret plain, back;
	uint8_t out[64];
	struct seal *s;
	size_t len, before, died = 0;
	char why[256];
	int status = 9;

	(void)state;
	assert_int_equal(secret_set_str(&plain, "secret"), SKS_OK);
	for (int n = 1; status == 9; n++) {
		unlink(key_path);
		write_key(1);
		s = open_seal();
		assert_int_equal(seal_seal(s, "c", &plain, out, sizeof(out), &len), SKS_OK);
		before = seal_ring(s)->count;
		seal_close(s);
		status = change_and_die(n, false);
		died += status == 9;
		assert_int_equal(seal_open(key_path, false, &s, why, sizeof(why)), SKS_OK);
		assert_true(seal_ring(s)->count == before || seal_ring(s)->count == before + 1);
		assert_int_equal(seal_unseal(s, "c", out, len, &back), SKS_OK);
		seal_close(s);
	}
	assert_int_equal(status, 0);
	assert_true(died >= 5); /* written, synced, renamed, synced, overwritten, synced */
	status = 9;
	for (int n = 1; status == 9; n++) {
		unlink(key_path);
		write_key(1);
		rotate_file(ALGORITHM_AES_256_GCM, RING_OLD);
		status = change_and_die(n, true);
		s = open_seal();
		assert_int_equal(seal_ring(s)->count, 3);
		assert_int_equal(seal_unseal(s, "c", out, len, &back),
		    seal_ring(s)->key[0].state == RING_OLD ? SKS_OK : SKS_CORRUPT);
		seal_close(s);
	}
	assert_int_equal(status, 0);
}

/* A ring of somebody else's: no recovery code would be known any more. */
static void
test_stage_refuses(void **state)
{
	struct seal *s;

	(void)state;
	write_key(1);
	s = open_seal();
	write_key(2);
	stage_file(s, SKS_CONFLICT);
	write_file(key_path, "sekisho keys 1\nend 0 0\n", 23, 0600);
	stage_file(s, SKS_CORRUPT);
	write_file(key_path, "nonsense", 8, 0600);
	stage_file(s, SKS_INVALID);
	write_key(1);
	stage_file(s, SKS_OK);
	seal_close(s);
}

static void
assert_open_fails(int error, const char *reason)
{
	struct seal *s = (void *)dir;
	char why[256] = "";

	assert_int_equal(seal_open(key_path, false, &s, why, sizeof(why)), error);
	assert_null(s);
	if (strstr(why, reason) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", why, reason);
	/* nor is it replaced */
	assert_int_equal(seal_open(key_path, true, &s, why, sizeof(why)), error);
	assert_null(s);
}

static void
test_key_size(void **state)
{
	static const uint8_t bytes[64] = {1};
	static const size_t bad[] = {0, 1, 31, 33, 64};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		write_file(key_path, bytes, bad[i], 0600);
		assert_open_fails(SKS_INVALID, "32 bytes");
	}
	write_file(key_path, bytes, 32, 0400);
	seal_close(open_seal());
}

static void
test_key_trust(void **state)
{
	static const mode_t bad[] = {0640, 0604, 0620, 0602, 0700, 0644, 0666, 0610};
	char other[128];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		write_key(1);
		assert_int_equal(chmod(key_path, bad[i]), 0);
		assert_open_fails(SKS_UNTRUSTED, "mode");
	}
	write_key(1);
	assert_int_equal(chmod(key_path, 0600), 0);
	snprintf(other, sizeof(other), "%s/other", dir);
	assert_int_equal(link(key_path, other), 0);
	assert_open_fails(SKS_UNTRUSTED, "links");
	unlink(key_path);
	assert_int_equal(symlink(other, key_path), 0);
	assert_open_fails(SKS_UNTRUSTED, "symbolic link");
	unlink(key_path);
	assert_int_equal(mkdir(key_path, 0700), 0);
	assert_open_fails(SKS_UNTRUSTED, "regular");
	rmdir(key_path);
	write_key(1);
	assert_int_equal(chmod(dir, 0777), 0);
	assert_open_fails(SKS_UNTRUSTED, "written by others");
	assert_int_equal(chmod(dir, 0700), 0);
	seal_close(open_seal());
}

static void
test_key_owner(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	write_key(1);
	assert_int_equal(chown(key_path, STRANGER, STRANGER), 0);
	assert_open_fails(SKS_UNTRUSTED, "belongs to uid 65533");
	assert_int_equal(chown(key_path, 0, STRANGER), 0);
	seal_close(open_seal());
}

static void
test_create(void **state)
{
	struct secret plain, back;
	struct seal *s, *again;
	uint8_t out[64];
	char why[256], name[128];
	struct stat st;
	size_t len;
	mode_t mask;

	(void)state;
	assert_int_equal(seal_open(key_path, false, &s, why, sizeof(why)), SKS_NOT_FOUND);
	assert_null(s);
	assert_true(why[0] != '\0');
	assert_int_equal(access(key_path, F_OK), -1);
	mask = umask(0777);
	assert_int_equal(seal_open(key_path, true, &s, why, sizeof(why)), SKS_OK);
	umask(mask);
	assert_int_equal(stat(key_path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_true(st.st_size > SEAL_KEY_SIZE); /* a ring, not a bare key */
	assert_int_equal(st.st_nlink, 1);
	snprintf(name, sizeof(name), "%s.new-%ld", key_path, (long)getpid());
	assert_int_equal(access(name, F_OK), -1);
	assert_int_equal(secret_set_str(&plain, "secret"), SKS_OK);
	assert_int_equal(seal_seal(s, "c", &plain, out, sizeof(out), &len), SKS_OK);
	/* the second one to come takes the key that is there */
	assert_int_equal(seal_open(key_path, true, &again, why, sizeof(why)), SKS_OK);
	assert_int_equal(seal_unseal(again, "c", out, len, &back), SKS_OK);
	seal_close(again);
	seal_close(s);
	unlink(key_path);
	assert_int_equal(seal_open(key_path, true, &s, why, sizeof(why)), SKS_OK);
	assert_int_equal(seal_unseal(s, "c", out, len, &back), SKS_CORRUPT);
	seal_close(s);
	assert_int_equal(seal_open("relative", true, &s, why, sizeof(why)), SKS_UNTRUSTED);
	snprintf(name, sizeof(name), "%s/no/key", dir);
	assert_int_equal(seal_open(name, true, &s, why, sizeof(why)), SKS_NOT_FOUND);
	seal_close(NULL);
}

static void
test_create_race(void **state)
{
	struct secret plain, back;
	struct seal *s;
	uint8_t out[64];
	char why[256], name[128];
	size_t len;

	(void)state;
	racing = true;
	assert_int_equal(seal_open(key_path, true, &s, why, sizeof(why)), SKS_OK);
	racing = false;
	assert_int_equal(secret_set_str(&plain, "secret"), SKS_OK);
	assert_int_equal(seal_seal(s, "c", &plain, out, sizeof(out), &len), SKS_OK);
	seal_close(s);
	snprintf(name, sizeof(name), "%s.new-%ld", key_path, (long)getpid());
	assert_int_equal(access(name, F_OK), -1);
	write_key(1);
	s = open_seal();
	assert_int_equal(seal_unseal(s, "c", out, len, &back), SKS_OK);
	seal_close(s);
}

/* ---- where the key lies ------------------------------------------------------------------ */

/* The flags of the mapping that holds p, as in /proc/self/smaps. */
static void
find_flags(const void *p, char *flags, size_t size)
{
	FILE *f = fopen("/proc/self/smaps", "re");
	char line[512];
	bool inside = false;

	flags[0] = '\0';
	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL) {
		unsigned long from, to;

		if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
			inside = (uintptr_t)p >= from && (uintptr_t)p < to;
		else if (inside && strncmp(line, "VmFlags:", 8) == 0)
			snprintf(flags, size, "%s", line + 8);
	}
	fclose(f);
}

/* How often the key, given inverted, lies in writable memory outside [skip, skip + page). */
static size_t
count_copies(const uint8_t inverted[SEAL_KEY_SIZE], const void *skip_page)
{
	FILE *f = fopen("/proc/self/maps", "re");
	char line[512];
	size_t found = 0;

	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL) {
		unsigned long from, to;
		char mode[8];

		if (sscanf(line, "%lx-%lx %7s", &from, &to, mode) != 3 || mode[0] != 'r' ||
		    mode[1] != 'w')
			continue;
		if ((uintptr_t)skip_page >= from && (uintptr_t)skip_page < to)
			continue;
		for (const uint8_t *at = (const uint8_t *)from;
		     (uintptr_t)at + SEAL_KEY_SIZE <= to; at++) {
			size_t n = 0;

			while (n < SEAL_KEY_SIZE && (at[n] ^ inverted[n]) == 0xff)
				n++;
			found += n == SEAL_KEY_SIZE;
		}
	}
	fclose(f);
	return found;
}

/* The current key, and the first half of it as the file's text has it, both inverted. */
static void
invert_key(const struct seal *s, uint8_t inverted[SEAL_KEY_SIZE], uint8_t hex[SEAL_KEY_SIZE])
{
	const struct ring_key *k = keyring_current(seal_ring(s), RING_SEALING);

	for (size_t i = 0; i < SEAL_KEY_SIZE; i++) {
		uint8_t nibble = k->bytes[i / 2] >> (i % 2 == 0 ? 4 : 0) & 15;

		inverted[i] = k->bytes[i] ^ 0xff;
		hex[i] = (uint8_t) ~"0123456789abcdef"[nibble];
	}
}

static void
test_key_stays_in_its_page(void **state)
{
	uint8_t inverted[SEAL_KEY_SIZE], hex[SEAL_KEY_SIZE];
	struct secret plain, back;
	struct seal *s;
	uint8_t out[64], mac[32];
	char flags[512], why[64];
	size_t len;

	(void)state;
#ifdef __SANITIZE_ADDRESS__
	skip(); /* terabytes of shadow, and red zones that we may not read */
#endif
	assert_int_equal(seal_open(key_path, true, &s, why, sizeof(why)), SKS_OK);
	find_flags(s, flags, sizeof(flags));
	assert_non_null(strstr(flags, " lo")); /* locked */
	assert_non_null(strstr(flags, " dd")); /* not dumped */
	assert_int_equal(secret_set_str(&plain, "secret"), SKS_OK);
	assert_int_equal(seal_seal(s, "c", &plain, out, sizeof(out), &len), SKS_OK);
	assert_int_equal(seal_unseal(s, "c", out, len, &back), SKS_OK);
	out[20] ^= 1;
	assert_int_equal(seal_unseal(s, "c", out, len, &back), SKS_CORRUPT);
	assert_int_equal(seal_mac(s, "recovery", "x", 1, mac), SKS_OK);
	invert_key(s, inverted, hex);
	assert_int_equal(count_copies(inverted, NULL), 1); /* the search does find it */
	assert_int_equal(count_copies(inverted, s), 0);
	assert_int_equal(count_copies(hex, NULL), 0); /* nor as it stands in the file */
	rotate_file(ALGORITHM_CHACHA20_POLY1305, RING_OLD);
	stage_file(s, SKS_OK);
	seal_take(s);
	invert_key(s, inverted, hex);
	assert_int_equal(seal_seal(s, "c", &plain, out, sizeof(out), &len), SKS_OK);
	assert_int_equal(count_copies(inverted, NULL), 1);
	assert_int_equal(count_copies(inverted, s), 0);
	assert_int_equal(count_copies(hex, NULL), 0);
	seal_close(s);
	assert_int_equal(count_copies(inverted, NULL), 0);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(test_both_ways),
	    TEST(test_format),
	    TEST(test_altered_anywhere),
	    TEST(test_moved),
	    TEST(test_other_key),
	    TEST(test_nonces_differ),
	    TEST(test_mac),
	    TEST(test_rotation),
	    TEST(test_retired),
	    TEST(test_killed_at_each_step),
	    TEST(test_stage_refuses),
	    TEST(test_key_size),
	    TEST(test_key_trust),
	    TEST(test_key_owner),
	    TEST(test_create),
	    TEST(test_create_race),
	    TEST(test_key_stays_in_its_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
