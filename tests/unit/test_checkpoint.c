/* Heads: those of golang.org/x/mod and of Tessera's test log, and what is no head. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "audit/checkpoint.h"
#include "error.h"
#include <stdio.h>
#include <string.h>

#define DASH "\xe2\x80\x94 "
#define ROOT "TszzRgjTG6xce+z2AG31kAXYKBgQVtCSCE40HmuwBb0="

static int
parse(const char *text, struct checkpoint *out)
{
	return checkpoint_parse(text, strlen(text), out);
}

static void
test_a_head_both_ways(void **state)
{
	static const char text[] = "go.sum database tree\n123456789012\n" ROOT "\n";
	struct merkle_hash hello;
	struct checkpoint c;
	struct buf out;

	(void)state;
	assert_int_equal(merkle_leaf("hello world", 11, &hello), SKS_OK);
	assert_int_equal(parse(text, &c), SKS_OK);
	assert_string_equal(c.origin, "go.sum database tree");
	assert_int_equal(c.size, INT64_C(123456789012));
	assert_true(merkle_equal(&c.root, &hello));
	buf_init(&out, 4096);
	assert_int_equal(checkpoint_format(&c, &out), SKS_OK);
	assert_int_equal(out.len, strlen(text));
	assert_memory_equal(out.data, text, out.len);
	buf_clear(&out);
	/* extension lines are none of ours, but allowed */
	assert_int_equal(parse("a\n0\n" ROOT "\nJOE\n", &c), SKS_OK);
	assert_int_equal(c.size, 0);
	assert_int_equal(parse("a\n9223372036854775807\n" ROOT "\n", &c), SKS_OK);
	assert_int_equal(c.size, INT64_MAX);
}

static void
test_what_is_no_head(void **state)
{
	static const char *const bad[] = {"", "a", "a\n", "a\n1\n", "a\n1\n" ROOT,
	    "\n1\n" ROOT "\n", "a\n0xabc\n" ROOT "\n", "a\n01\n" ROOT "\n", "a\n-1\n" ROOT "\n",
	    "a\n+1\n" ROOT "\n", "a\n\n" ROOT "\n", "a\n1 \n" ROOT "\n",
	    "a\n9223372036854775808\n" ROOT "\n", "a\n99999999999999999999\n" ROOT "\n",
	    "a\n1\nTszzRgjTG6xce+z2AG31kAXYKBgQVtCSCE40HmuwBTOOBIG=\n",
	    "a\n1\nTszzRgjTG6xce+z2AG31kAXYKBgQVtCSCE40Hmuw\n", "a\n1\n" ROOT "\n\n",
	    "a\n1\n" ROOT "\n\nJOE\n", "a\n1\n" ROOT "\nJOE"};
	static const struct checkpoint none;
	char longest[NOTE_NAME_SIZE + 80];
	struct checkpoint c;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(parse(bad[i], &c), SKS_INVALID);
		assert_memory_equal(&c, &none, sizeof(c));
	}
	assert_int_equal(checkpoint_parse("a\0b\n1\n" ROOT "\n", 51, &c), SKS_INVALID);
	memset(longest, 'a', NOTE_NAME_SIZE);
	(void)snprintf(longest + NOTE_NAME_SIZE, 80, "\n1\n" ROOT "\n");
	assert_int_equal(parse(longest, &c), SKS_INVALID);
	assert_int_equal(parse(longest + 1, &c), SKS_OK);
}

static void
test_a_signed_head_comes_back(void **state)
{
	struct checkpoint c = {.origin = "host/00/audit", .size = 7}, back;
	struct note_skey key, other;
	struct buf out;

	(void)state;
	memset(&c.root, 3, sizeof(c.root));
	assert_int_equal(note_skey_new(c.origin, NOTE_ED25519, &key), SKS_OK);
	assert_int_equal(note_skey_new(c.origin, NOTE_ED25519, &other), SKS_OK);
	buf_init(&out, 4096);
	assert_int_equal(checkpoint_sign(&c, &key, &out), SKS_OK);
	assert_int_equal(checkpoint_open(out.data, out.len, &key.vkey, &back), SKS_OK);
	assert_memory_equal(&back, &c, sizeof(c));
	assert_int_equal(checkpoint_open(out.data, out.len, &other.vkey, &back), SKS_NOT_FOUND);
	assert_int_equal(back.size, 7);
	out.data[strlen("host/00/audit\n")] = '8';
	assert_int_equal(checkpoint_open(out.data, out.len, &key.vkey, &back), SKS_CORRUPT);
	assert_int_equal(back.size, 8);
	assert_int_equal(checkpoint_open(out.data, 9, &key.vkey, &back), SKS_INVALID);
	assert_int_equal(back.size, 0);
	buf_reset(&out);
	c.size = UINT64_MAX;
	assert_int_equal(checkpoint_sign(&c, &key, &out), SKS_INVALID);
	c.size = 1;
	(void)snprintf(c.origin, sizeof(c.origin), "a\nb");
	assert_int_equal(checkpoint_sign(&c, &key, &out), SKS_INVALID);
	c.origin[0] = '\0';
	assert_int_equal(checkpoint_sign(&c, &key, &out), SKS_INVALID);
	buf_clear(&out);
	note_skey_clear(&key);
	note_skey_clear(&other);
}

/* The test log of Tessera: its leaves, its head of fifteen, and a witness's cosignature. */
static void
test_the_head_of_another_log(void **state)
{
	static const char *const word[] = {"one", "two", "three", "four", "five", "six",
	    "seven", "eit", "nain", "ten", "ileven", "twelf", "threeten", "fourten", "fivten"};
	static const char text[] =
	    "example.com/log/testdata\n15\nrKbDipCvhuX1GZ7g5BBe8sA6BbJ7ja/1nk427v383cs=\n";
	static const char log_line[] =
	    DASH "example.com/log/testdata M9e0luh4jTG+UMBqOUo9/q+yAEvx1ilBEniMvjf1zfcBOhg+CKub"
		 "Mt53MvIt/uEWP6zdkdIQzd/fmwlM/dlPWF74ewI=\n";
	static const char witness_line[] =
	    DASH "Wit1 mz+y1QAAAABkGFDLi4zi/+2kU/5P/4hpCkNoBjvoRHwqkmsDuocW+0ObiIxdYaW7bwTBaMLG"
		 "HYwvM5lh63uUblihMBNMSJQRd2V3AQ==\n";
	struct merkle_frontier f = {0};
	struct note_vkey log, witness;
	struct note_skey key;
	struct checkpoint c;
	struct merkle_hash hash;
	struct secret private;
	char whole[512];
	struct note n;
	uint64_t time;
	struct buf out;

	(void)state;
	for (size_t i = 0; i < sizeof(word) / sizeof(word[0]); i++) {
		assert_int_equal(merkle_leaf(word[i], strlen(word[i]), &hash), SKS_OK);
		assert_int_equal(merkle_push(&f, &hash), SKS_OK);
	}
	assert_int_equal(merkle_root(&f, &hash), SKS_OK);
	assert_int_equal(note_vkey_parse("example.com/log/testdata+33d7b496+"
					 "AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx",
			     &log),
	    SKS_OK);
	(void)snprintf(whole, sizeof(whole), "%s\n%s%s", text, log_line, witness_line);
	assert_int_equal(checkpoint_open(whole, strlen(whole), &log, &c), SKS_OK);
	assert_true(merkle_equal(&c.root, &hash));
	assert_int_equal(c.size, 15);
	assert_int_equal(
	    secret_set_str(&private,
		"PRIVATE+KEY+Wit1+55ee4561+AeadRiG7XM4XiieCHzD8lxysXMwcViy5nYsoXURWGrlE"),
	    SKS_OK);
	assert_int_equal(note_skey_parse(&private, &key), SKS_OK);
	assert_int_equal(
	    note_vkey_make("Wit1", NOTE_COSIGNATURE, key.vkey.key, &witness), SKS_OK);
	assert_int_equal(note_parse(whole, strlen(whole), &n), SKS_OK);
	assert_int_equal(note_verify(&n, &witness, &time), SKS_OK);
	assert_int_equal(time, 1679315147);
	/* and ours is the same line */
	key.vkey = witness;
	buf_init(&out, 4096);
	assert_int_equal(note_sign_line(&key, time, text, strlen(text), &out), SKS_OK);
	assert_int_equal(out.len, strlen(witness_line));
	assert_memory_equal(out.data, witness_line, out.len);
	buf_clear(&out);
	note_skey_clear(&key);
	secret_clear(&private);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_head_both_ways),
	    cmocka_unit_test(test_what_is_no_head),
	    cmocka_unit_test(test_a_signed_head_comes_back),
	    cmocka_unit_test(test_the_head_of_another_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
