/* Containers: what goes in comes out, and every flip, cut, swap and addition is noticed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "container/container.h"
#include "error.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { FRAME = 4 + CONTAINER_CHUNK + 16, LAST_FRAME_HEAD = 4 };

struct keys {
	struct identity own, other;
	struct recipient to, to_other;
	struct secret passphrase;
};

static struct keys keys;

static int
setup(void **state)
{
	(void)state;
	assert_int_equal(identity_make("ops@example", &keys.own), SKS_OK);
	assert_int_equal(identity_make("other", &keys.other), SKS_OK);
	assert_int_equal(identity_recipient(&keys.own, &keys.to), SKS_OK);
	assert_int_equal(identity_recipient(&keys.other, &keys.to_other), SKS_OK);
	return secret_set_str(&keys.passphrase, "a long enough passphrase");
}

static int
make_file(void)
{
	int fd = memfd_create("container", MFD_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

/* The whole file in heap memory. */
static uint8_t *
slurp(int fd, size_t *len)
{
	off_t end = lseek(fd, 0, SEEK_END);
	uint8_t *data = malloc((size_t)end + 1);

	assert_true(end > 0 && data != NULL);
	assert_int_equal(pread(fd, data, (size_t)end, 0), end);
	*len = (size_t)end;
	return data;
}

static int
file_of(const void *data, size_t len)
{
	int fd = make_file();

	assert_int_equal(write(fd, data, len), (ssize_t)len);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static uint8_t
pattern(size_t i)
{
	return (uint8_t)(i * 7 + (i >> 8) * 13 + (i >> 16) * 3);
}

static int
sign(void *ctx, const char *text, size_t len, struct buf *note)
{
	buf_put_bytes(note, text, len);
	buf_put_bytes(note, ctx, strlen(ctx));
	return SKS_OK;
}

/* A container of "size" bytes of the pattern. */
static int
make(const struct container_to *to, size_t size, char *signature, struct container_sum *sum)
{
	struct container_writer *w = NULL;
	uint8_t block[1000];
	int fd = make_file();

	assert_int_equal(container_create(fd, to, &w), SKS_OK);
	for (size_t at = 0; at < size;) {
		size_t n = size - at < sizeof(block) ? size - at : sizeof(block);

		for (size_t i = 0; i < n; i++)
			block[i] = pattern(at + i);
		assert_int_equal(container_write(w, block, n), SKS_OK);
		at += n;
	}
	assert_int_equal(
	    container_finish(w, signature != NULL ? sign : NULL, signature, sum), SKS_OK);
	container_writer_free(w);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static const struct container_to to_own = {
    .kind = "test", .recipient = &keys.to, .recipient_count = 1};

/* Reads all of it; 0 only when it is the pattern of that size to the last byte. */
static int
take(int fd, const struct identity *identity, const struct secret *passphrase, size_t size)
{
	struct container_reader *r = NULL;
	uint8_t block[777];
	size_t at = 0, len = 1;
	int e;

	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	e = container_open(fd, &r);
	if (e == SKS_OK)
		e = container_unlock(r, identity, passphrase);
	while (e == SKS_OK && len > 0) {
		e = container_read(r, block, sizeof(block), &len);
		for (size_t i = 0; i < len; i++)
			assert_int_equal(block[i], pattern(at + i));
		at += len;
	}
	if (e == SKS_OK)
		assert_int_equal(at, size);
	if (e != SKS_OK && r != NULL) /* and no second try makes it right */
		assert_int_not_equal(container_read(r, block, sizeof(block), &len), SKS_OK);
	container_reader_free(r);
	return e;
}

static int
take_bytes(const uint8_t *data, size_t len, size_t size)
{
	int fd = file_of(data, len);
	int e = take(fd, &keys.own, NULL, size);

	close(fd);
	return e;
}

static void
test_sizes(void **state)
{
	const size_t size[] = {0, 1, 999, CONTAINER_CHUNK - 1, CONTAINER_CHUNK,
	    CONTAINER_CHUNK + 1, 3 * CONTAINER_CHUNK, 200001};

	(void)state;
	for (size_t i = 0; i < sizeof(size) / sizeof(size[0]); i++) {
		struct container_sum sum;
		int fd = make(&to_own, size[i], NULL, &sum);

		assert_int_equal(sum.plain, size[i]);
		assert_int_equal(sum.length + 4, lseek(fd, 0, SEEK_END));
		assert_int_equal(sum.length + 4, sum.file_length);
		assert_int_equal(take(fd, &keys.own, NULL, size[i]), SKS_OK);
		assert_int_equal(take(fd, &keys.other, NULL, size[i]), SKS_NOT_FOUND);
		assert_int_equal(take(fd, NULL, &keys.passphrase, size[i]), SKS_NOT_FOUND);
		close(fd);
	}
}

static void
test_recipients(void **state)
{
	const struct recipient both[] = {keys.to_other, keys.to};
	const struct container_to to = {.kind = "backup",
	    .meta = "{\"host\":\"gate\"}",
	    .recipient = both,
	    .recipient_count = 2,
	    .passphrase = &keys.passphrase,
	    .scrypt_log_n = CONTAINER_SCRYPT_LOG_N_MIN};
	struct secret wrong = SECRET_INIT;
	struct container_reader *r;
	int fd = make(&to, 70000, NULL, NULL);

	(void)state;
	assert_int_equal(take(fd, &keys.own, NULL, 70000), SKS_OK);
	assert_int_equal(take(fd, &keys.other, NULL, 70000), SKS_OK);
	assert_int_equal(take(fd, NULL, &keys.passphrase, 70000), SKS_OK);
	secret_set_str(&wrong, "a long enough passphrasE");
	assert_int_equal(take(fd, NULL, &wrong, 70000), SKS_DENIED);
	/* a key that fits beside a passphrase that does not */
	assert_int_equal(take(fd, &keys.own, &wrong, 70000), SKS_OK);
	lseek(fd, 0, SEEK_SET);
	assert_int_equal(container_open(fd, &r), SKS_OK);
	assert_string_equal(container_info(r)->kind, "backup");
	assert_string_equal(container_info(r)->meta, "{\"host\":\"gate\"}");
	assert_true(container_info(r)->passphrase);
	assert_int_equal(container_info(r)->recipient_count, 2);
	assert_string_equal(container_info(r)->recipient[1], "ops@example");
	container_reader_free(r);
	close(fd);
}

static void
test_refused_makers(void **state)
{
	struct secret shorter = SECRET_INIT;
	const struct container_to none = {.kind = "test"};
	const struct container_to weak = {.kind = "test", .passphrase = &shorter};
	const struct container_to cheap = {
	    .kind = "test", .passphrase = &keys.passphrase, .scrypt_log_n = 14};
	const struct container_to nameless = {
	    .kind = "", .recipient = &keys.to, .recipient_count = 1};
	const struct container_to *const refused[] = {&none, &weak, &cheap, &nameless};
	struct container_writer *w;

	(void)state;
	secret_set_str(&shorter, "eleven char");
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		int fd = make_file();

		assert_int_equal(container_create(fd, refused[i], &w), SKS_INVALID);
		assert_null(w);
		close(fd);
	}
	/* a full disk is told, and stays told */
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

	assert_int_equal(container_create(fd, &to_own, &w), SKS_FULL);
	close(fd);
}

/* Each byte of a file, each in two ways. */
static void
test_each_flip(void **state)
{
	size_t len, size = 300;
	int fd = make(&to_own, size, NULL, NULL);
	uint8_t *data = slurp(fd, &len);

	(void)state;
	assert_int_equal(take_bytes(data, len, size), SKS_OK);
	for (size_t i = 0; i < len; i++) {
		for (int bit = 0; bit < 8; bit += 7) {
			data[i] ^= (uint8_t)(1 << bit);
			assert_int_not_equal(take_bytes(data, len, size), SKS_OK);
			data[i] ^= (uint8_t)(1 << bit);
		}
	}
	free(data);
	close(fd);
}

static void
test_each_cut_and_addition(void **state)
{
	size_t len, size = 300;
	int fd = make(&to_own, size, NULL, NULL);
	uint8_t *data = slurp(fd, &len);

	(void)state;
	for (size_t i = 0; i < len; i++)
		assert_int_not_equal(take_bytes(data, i, size), SKS_OK);
	data[len] = 0;
	assert_int_equal(take_bytes(data, len + 1, size), SKS_TRAILING);
	free(data);
	close(fd);
}

/* Frames dropped, doubled, exchanged, cut at a border, brought in from another file. */
static void
test_frames(void **state)
{
	const size_t size = 3 * CONTAINER_CHUNK + 5;
	size_t len, len_b, head;
	int a = make(&to_own, size, NULL, NULL), b = make(&to_own, size, NULL, NULL);
	uint8_t *data = slurp(a, &len), *other = slurp(b, &len_b),
		*changed = malloc(len + FRAME);

	(void)state;
	head = len - 4 - (4 + 5 + 16) - 3 * FRAME;
	assert_int_equal(len, len_b);
	/* the second frame is gone */
	memcpy(changed, data, head + FRAME);
	memcpy(changed + head + FRAME, data + head + 2 * FRAME, len - head - 2 * FRAME);
	assert_int_equal(take_bytes(changed, len - FRAME, size), SKS_CORRUPT);
	/* the first comes twice */
	memcpy(changed, data, head + FRAME);
	memcpy(changed + head + FRAME, data + head, len - head);
	assert_int_equal(take_bytes(changed, len + FRAME, size), SKS_CORRUPT);
	/* the first two exchanged */
	memcpy(changed, data, len);
	memcpy(changed + head, data + head + FRAME, FRAME);
	memcpy(changed + head + FRAME, data + head, FRAME);
	assert_int_equal(take_bytes(changed, len, size), SKS_CORRUPT);
	/* it ends with a whole frame */
	assert_int_equal(take_bytes(data, head + 2 * FRAME, size), SKS_TRUNCATED);
	/* and says so: the length of the note follows */
	memcpy(changed, data, head + 2 * FRAME);
	memset(changed + head + 2 * FRAME, 0, 4);
	assert_int_not_equal(take_bytes(changed, head + 2 * FRAME + 4, size), SKS_OK);
	/* another file's frame, in its own place */
	memcpy(changed, data, len);
	memcpy(changed + head + FRAME, other + head + FRAME, FRAME);
	assert_int_equal(take_bytes(changed, len, size), SKS_CORRUPT);
	/* another file's header */
	memcpy(changed, data, len);
	memcpy(changed, other, head);
	assert_int_equal(take_bytes(changed, len, size), SKS_CORRUPT);
	/* a frame marked as the last one */
	memcpy(changed, data, len);
	changed[head] |= 0x80;
	assert_int_equal(take_bytes(changed, len, size), SKS_CORRUPT);
	free(changed);
	free(data);
	free(other);
	close(a);
	close(b);
}

static void
test_note(void **state)
{
	char signature[] = "\n- signed\n";
	struct container_reader *r = NULL;
	struct container_sum made, sum;
	struct buf note, text;
	size_t len;
	uint8_t block[512];
	int fd = make(&to_own, 300, signature, &made);

	(void)state;
	buf_init(&note, CONTAINER_NOTE_MAX);
	buf_init(&text, 512);
	container_text("test", &made, &text);
	buf_printf(&text, "%s", signature);
	/* without a key */
	assert_int_equal(container_scan(fd, &sum, &note), SKS_OK);
	assert_memory_equal(sum.hash, made.hash, sizeof(sum.hash));
	assert_int_equal(sum.length, made.length);
	assert_int_equal(sum.file_length, lseek(fd, 0, SEEK_END));
	assert_memory_equal(sum.file_hash, made.file_hash, sizeof(sum.file_hash));
	assert_memory_not_equal(sum.file_hash, sum.hash, sizeof(sum.hash));
	assert_int_equal(note.len, text.len);
	assert_memory_equal(note.data, text.data, text.len);
	/* and with one: it is no part of the contents */
	lseek(fd, 0, SEEK_SET);
	assert_int_equal(container_open(fd, &r), SKS_OK);
	assert_int_equal(container_unlock(r, &keys.own, NULL), SKS_OK);
	assert_int_equal(container_read(r, block, sizeof(block), &len), SKS_OK);
	assert_int_equal(len, 300);
	assert_int_equal(container_read(r, block, sizeof(block), &len), SKS_OK);
	assert_int_equal(len, 0);
	container_reader_free(r);
	buf_clear(&note);
	buf_clear(&text);
	close(fd);
}

static void
test_lines(void **state)
{
	char line[RECIPIENT_LINE_SIZE], changed[RECIPIENT_LINE_SIZE],
	    spaced[RECIPIENT_LINE_SIZE + 8];
	struct recipient r;
	struct identity i;

	(void)state;
	recipient_print(&keys.to, line);
	assert_int_equal(recipient_parse(line, &r), SKS_OK);
	assert_memory_equal(&r, &keys.to, sizeof(r));
	(void)snprintf(spaced, sizeof(spaced), " %s\r\n", line);
	assert_int_equal(recipient_parse(spaced, &r), SKS_OK);
	/* whatever letter was mistyped */
	for (size_t at = 0; at < strlen(line); at++) {
		memcpy(changed, line, sizeof(changed));
		changed[at] = changed[at] == 'x' ? 'y' : 'x';
		assert_int_equal(recipient_parse(changed, &r), SKS_INVALID);
		changed[at] = '\0';
		assert_int_equal(recipient_parse(changed, &r), SKS_INVALID);
	}
	(void)snprintf(spaced, sizeof(spaced), "%sA", line);
	assert_int_equal(recipient_parse(spaced, &r), SKS_INVALID);
	/* the secret one is no public one */
	identity_print(&keys.own, line);
	assert_int_equal(recipient_parse(line, &r), SKS_INVALID);
	assert_int_equal(identity_parse(line, &i), SKS_OK);
	assert_memory_equal(&i, &keys.own, sizeof(i));
	assert_int_equal(identity_make("no+plus", &i), SKS_INVALID);
	assert_int_equal(identity_make("", &i), SKS_INVALID);
}

/* A public key of small order gives everybody the same secret. */
static void
test_weak_key(void **state)
{
	struct recipient zero = {.name = "zero"};
	const struct container_to to = {
	    .kind = "test", .recipient = &zero, .recipient_count = 1};
	struct container_writer *w;
	int fd = make_file();

	(void)state;
	assert_int_equal(container_create(fd, &to, &w), SKS_INVALID);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sizes),
	    cmocka_unit_test(test_recipients),
	    cmocka_unit_test(test_refused_makers),
	    cmocka_unit_test(test_each_flip),
	    cmocka_unit_test(test_each_cut_and_addition),
	    cmocka_unit_test(test_frames),
	    cmocka_unit_test(test_note),
	    cmocka_unit_test(test_lines),
	    cmocka_unit_test(test_weak_key),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
