/* Signed notes and their keys: the vectors of C2SP and of golang.org/x/mod, and junk. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "audit/note.h"
#include "error.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PETER "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
#define PETER_PRIVATE                                                                          \
	"PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
#define ENOCH "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
#define TEXT                                                                                   \
	"If you think cryptography is the answer to your problem,\n"                           \
	"then you don't know what your problem is.\n"
#define DASH "\xe2\x80\x94 "
#define PETER_SIG                                                                              \
	DASH "PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKv" \
	     "qfqdngotpRZb6KE6RyyBwJnAM=\n"
#define ENOCH_SIG                                                                              \
	DASH "EnochRoot "                                                                      \
	     "rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOT"         \
	     "GwnWLox33WWd1RvMc+QQ=\n"

static struct note_vkey
vkey(const char *text)
{
	struct note_vkey key;

	assert_int_equal(note_vkey_parse(text, &key), SKS_OK);
	return key;
}

static void
skey(const char *text, struct note_skey *key)
{
	struct secret s;

	assert_int_equal(secret_set_str(&s, text), SKS_OK);
	assert_int_equal(note_skey_parse(&s, key), SKS_OK);
}

static int
open_note(const char *text, const struct note_vkey *key)
{
	struct note n;
	int r = note_parse(text, strlen(text), &n);

	return r == SKS_OK ? note_verify(&n, key, NULL) : r;
}

/* ---- keys -------------------------------------------------------------------------------- */

static void
test_verifier_keys(void **state)
{
	static const char *const good[] = {PETER, ENOCH,
	    "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
	    "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"};
	char text[NOTE_VKEY_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct note_vkey key = vkey(good[i]);

		note_vkey_format(&key, text);
		assert_string_equal(text, good[i]);
		assert_true(note_vkey_equal(&key, &key));
	}
}

static void
expect_no_vkey(const char *text)
{
	static const struct note_vkey none;
	struct note_vkey key;

	assert_int_equal(note_vkey_parse(text, &key), SKS_INVALID);
	assert_memory_equal(&key, &none, sizeof(key));
}

/* Every piece of it, every letter one further, and the two of the Go package. */
static void
test_mangled_verifier_keys_are_refused(void **state)
{
	char text[sizeof(PETER)] = PETER, piece[sizeof(PETER)];
	size_t len = strlen(text);

	(void)state;
	for (size_t i = 0; i <= len; i++) {
		for (size_t j = i + 1; j <= len; j++) {
			if (i == 0 && j == len)
				continue;
			(void)snprintf(piece, sizeof(piece), "%.*s", (int)(j - i), text + i);
			expect_no_vkey(piece);
		}
	}
	for (size_t i = 0; i < len; i++) {
		text[i]++;
		expect_no_vkey(text);
		text[i]--;
	}
	expect_no_vkey(
	    "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==");
	expect_no_vkey("PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW");
	expect_no_vkey(PETER "\n");
	expect_no_vkey("");
}

static void
test_names(void **state)
{
	static const char *const bad[] = {"", "a b", "a+b", "a\xc2\xa0z", "a\xe3\x80\x80z",
	    "a\xe2\x80\xa8z", "a\nb", "a\tb", "\xff", "a\x7f", "\xc2\x85"};
	char longest[NOTE_NAME_SIZE + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(note_name_is_valid(bad[i]));
	assert_true(note_name_is_valid("host.example/0123456789abcdef/audit"));
	assert_true(note_name_is_valid("\xe9\x96\xa2\xe6\x89\x80"));
	memset(longest, 'a', sizeof(longest));
	longest[NOTE_NAME_SIZE] = '\0';
	assert_false(note_name_is_valid(longest));
	longest[NOTE_NAME_SIZE - 1] = '\0';
	assert_true(note_name_is_valid(longest));
}

static void
test_private_keys(void **state)
{
	struct note_skey key = {.seed = SECRET_INIT};
	struct note_vkey peter = vkey(PETER);
	struct secret text;

	(void)state;
	skey(PETER_PRIVATE, &key);
	assert_true(note_vkey_equal(&key.vkey, &peter));
	assert_int_equal(note_skey_format(&key, &text), SKS_OK);
	assert_string_equal((const char *)text.bytes, PETER_PRIVATE);
	assert_int_equal(text.len, strlen(PETER_PRIVATE));
	/* as a file has it */
	skey(PETER_PRIVATE "\n", &key);
	assert_true(note_vkey_equal(&key.vkey, &peter));
	note_skey_clear(&key);
}

static void
expect_no_skey(const char *text, size_t len)
{
	static const struct note_skey none = {.seed = SECRET_INIT};
	struct note_skey key;
	struct secret s;

	assert_int_equal(secret_set(&s, text, len), SKS_OK);
	assert_int_equal(note_skey_parse(&s, &key), SKS_INVALID);
	assert_memory_equal(&key, &none, sizeof(key));
}

static void
test_mangled_private_keys_are_refused(void **state)
{
	char text[sizeof(PETER_PRIVATE)] = PETER_PRIVATE;
	size_t len = strlen(text);

	(void)state;
	for (size_t i = 0; i <= len; i++) {
		for (size_t j = i + 1; j <= len; j++) {
			if (i != 0 || j != len)
				expect_no_skey(text + i, j - i);
		}
	}
	for (size_t i = 0; i < len; i++) {
		text[i]++;
		expect_no_skey(text, len);
		text[i]--;
	}
	expect_no_skey(PETER_PRIVATE "\n\n", len + 2);
}

static void
test_new_keys_sign_for_their_verifiers(void **state)
{
	struct note_skey one, two;
	struct buf out;
	struct note n;
	uint64_t time;

	(void)state;
	assert_int_equal(note_skey_new("EnochRoot", NOTE_ED25519, &one), SKS_OK);
	assert_int_equal(note_skey_new("EnochRoot", NOTE_COSIGNATURE, &two), SKS_OK);
	assert_false(note_vkey_equal(&one.vkey, &two.vkey));
	buf_init(&out, NOTE_MAX);
	assert_int_equal(note_sign(&one, 0, "hi\n", 3, &out), SKS_OK);
	assert_int_equal(note_sign_line(&two, 1700000000, "hi\n", 3, &out), SKS_OK);
	assert_int_equal(note_parse(out.data, out.len, &n), SKS_OK);
	assert_int_equal(n.count, 2);
	assert_int_equal(note_verify(&n, &one.vkey, &time), SKS_OK);
	assert_int_equal(time, 0);
	assert_int_equal(note_verify(&n, &two.vkey, &time), SKS_OK);
	assert_int_equal(time, 1700000000);
	/* the same bytes with another time in them */
	memcpy(out.data, "ho", 2);
	assert_int_equal(note_verify(&n, &one.vkey, NULL), SKS_CORRUPT);
	assert_int_equal(note_verify(&n, &two.vkey, &time), SKS_CORRUPT);
	assert_int_equal(time, 0);
	buf_clear(&out);
	assert_int_equal(note_skey_new("a b", NOTE_ED25519, &one), SKS_INVALID);
	assert_int_equal(one.seed.len, 0);
	note_skey_clear(&two);
}

/* ---- notes ------------------------------------------------------------------------------- */

static void
test_signing_gives_the_bytes_of_the_go_package(void **state)
{
	struct note_skey key;
	struct buf out;

	(void)state;
	skey(PETER_PRIVATE, &key);
	buf_init(&out, NOTE_MAX);
	assert_int_equal(note_sign(&key, 0, TEXT, strlen(TEXT), &out), SKS_OK);
	assert_int_equal(out.len, strlen(TEXT "\n" PETER_SIG));
	assert_memory_equal(out.data, TEXT "\n" PETER_SIG, out.len);
	buf_reset(&out);
	assert_int_equal(note_sign(&key, 0, "abc", 3, &out), SKS_INVALID);
	buf_reset(&out);
	assert_int_equal(note_sign(&key, 0, "a\x01\n", 3, &out), SKS_INVALID);
	buf_reset(&out);
	assert_int_equal(note_sign(&key, 0, "", 0, &out), SKS_INVALID);
	buf_clear(&out);
	note_skey_clear(&key);
}

static void
test_notes_of_others_verify(void **state)
{
	static const char both[] = TEXT "\n" PETER_SIG ENOCH_SIG;
	struct note_vkey peter = vkey(PETER), enoch = vkey(ENOCH);
	struct note_vkey foo =
	    vkey("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k");

	(void)state;
	assert_int_equal(open_note(TEXT "\n" PETER_SIG, &peter), SKS_OK);
	assert_int_equal(open_note(TEXT "\n" PETER_SIG, &enoch), SKS_NOT_FOUND);
	assert_int_equal(open_note(both, &peter), SKS_OK);
	assert_int_equal(open_note(both, &enoch), SKS_OK);
	assert_int_equal(open_note(both, &foo), SKS_NOT_FOUND);
	assert_int_equal(
	    open_note("This is an example message.\n\n" DASH
		      "example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg"
		      "1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n",
		&foo),
	    SKS_OK);
	/* an empty line in the text: the last one ends it */
	assert_int_equal(open_note("one\n\ntwo\n\n" PETER_SIG, &peter), SKS_CORRUPT);
	assert_int_equal(open_note("one\n\ntwo\n\n" PETER_SIG, &enoch), SKS_NOT_FOUND);
}

/* The key of Wit1, a witness of transparency-dev, in both of its kinds. */
static void
test_a_cosigner_has_an_id_of_its_own(void **state)
{
	struct note_vkey cosigner;
	struct note_skey key;

	(void)state;
	skey("PRIVATE+KEY+Wit1+55ee4561+AeadRiG7XM4XiieCHzD8lxysXMwcViy5nYsoXURWGrlE", &key);
	assert_int_equal(
	    note_vkey_make("Wit1", NOTE_COSIGNATURE, key.vkey.key, &cosigner), SKS_OK);
	assert_int_equal(cosigner.id, 0x9b3fb2d5);
	note_skey_clear(&key);
}

static void
test_malformed_notes_are_refused(void **state)
{
	static const char *const bad[] = {TEXT, TEXT "\n", "", "\n", "\n\n",
	    TEXT "\n" DASH "PeterNeumann x08go/ZJ", "\x01" TEXT "\n" PETER_SIG,
	    "\xff" TEXT "\n" PETER_SIG, TEXT "\n" DASH "Bad Name x08go/ZJkuBS9UG/SffcvIAQ\n",
	    TEXT "\n" PETER_SIG "Unexpected line.\n", TEXT "\n" DASH "PeterNeumann \n",
	    TEXT "\n" DASH "PeterNeumann x08g\n", TEXT "\n" DASH " x08go/ZJ\n",
	    TEXT "\n" DASH "PeterNeumann\n", TEXT "\n- PeterNeumann x08go/ZJ\n",
	    TEXT "\n" DASH "a+b x08go/ZJ\n", TEXT "\n" DASH "PeterNeumann x08go/Z=\n"};
	struct note_vkey peter = vkey(PETER);

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(open_note(bad[i], &peter), SKS_INVALID);
	/* the right name and id over a wrong signature, however long */
	assert_int_equal(
	    open_note(TEXT "\n" DASH "PeterNeumann x08go/ZJ\n", &peter), SKS_CORRUPT);
	assert_int_equal(
	    open_note(TEXT "\n" PETER_SIG DASH "PeterNeumann x08go/AB\n", &peter), SKS_CORRUPT);
}

static void
test_limits(void **state)
{
	size_t len = strlen(PETER_SIG), max = strlen(TEXT) + 1 + 101 * len;
	struct note_vkey peter = vkey(PETER);
	char *many = malloc(NOTE_MAX + 2);
	struct note n;

	(void)state;
	assert_non_null(many);
	(void)snprintf(many, max, "%s\n", TEXT);
	for (size_t i = 0; i < 101; i++)
		memcpy(many + strlen(TEXT) + 1 + i * len, PETER_SIG, len);
	assert_int_equal(note_parse(many, max, &n), SKS_TOO_BIG);
	assert_int_equal(n.text_len, 0);
	assert_int_equal(note_parse(many, max - len, &n), SKS_OK);
	assert_int_equal(n.count, NOTE_SIGNATURES_MAX);
	assert_int_equal(note_verify(&n, &peter, NULL), SKS_OK);
	memset(many, 'a', NOTE_MAX + 1);
	assert_int_equal(note_parse(many, NOTE_MAX + 1, &n), SKS_TOO_BIG);
	assert_int_equal(note_parse(many, NOTE_MAX, &n), SKS_INVALID);
	free(many);
}

/* Every bit of a note counts: the text, the name, the id, the signature. */
static void
test_every_bit_of_a_note_counts(void **state)
{
	static const char whole[] = TEXT "\n" PETER_SIG;
	struct note_vkey peter = vkey(PETER);
	char note[sizeof(whole)];

	(void)state;
	for (size_t i = 0; i < 8 * (sizeof(whole) - 1); i++) {
		struct note n;

		memcpy(note, whole, sizeof(whole));
		note[i / 8] = (char)(note[i / 8] ^ (1 << i % 8));
		if (note_parse(note, sizeof(whole) - 1, &n) == SKS_OK)
			assert_int_not_equal(note_verify(&n, &peter, NULL), SKS_OK);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_verifier_keys),
	    cmocka_unit_test(test_mangled_verifier_keys_are_refused),
	    cmocka_unit_test(test_names),
	    cmocka_unit_test(test_private_keys),
	    cmocka_unit_test(test_mangled_private_keys_are_refused),
	    cmocka_unit_test(test_new_keys_sign_for_their_verifiers),
	    cmocka_unit_test(test_signing_gives_the_bytes_of_the_go_package),
	    cmocka_unit_test(test_notes_of_others_verify),
	    cmocka_unit_test(test_a_cosigner_has_an_id_of_its_own),
	    cmocka_unit_test(test_malformed_notes_are_refused),
	    cmocka_unit_test(test_limits),
	    cmocka_unit_test(test_every_bit_of_a_note_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
