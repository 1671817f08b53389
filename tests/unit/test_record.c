/* Records: the header's bytes, the body's JSON, and reading both back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "audit/json.h"
#include "audit/record.h"
#include "decide/decide.h"
#include "error.h"
#include <jansson.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t boot_id[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
static const struct instant now = {.wall_ms = INT64_C(1795324991042), .boot_ms = 7654321};

static void
begin(struct record *r)
{
	record_init(r, event_by_action(ACTION_CODE), now, boot_id, "failure", "wrong-code");
}

/* ---- the catalogue
 * --------------------------------------------------------------------------- */

static void
test_numbers_and_names_are_unique(void **state)
{
	(void)state;
	for (unsigned i = 0; i < event_count; i++) {
		const struct event_info *e = &event_table[i];

		assert_ptr_equal(event_by_action(e->action), e);
		assert_ptr_equal(event_by_name(e->name), e);
		assert_true(e->action != 0 && e->retention < RETAIN_COUNT);
	}
	assert_null(event_by_action(0));
	assert_null(event_by_action(9999));
	assert_null(event_by_name("authentication"));
	assert_string_equal(event_by_action(ACTION_CODE)->name, "authentication.code");
}

/* ---- the header
 * ------------------------------------------------------------------------------- */

static void
test_the_header_is_fixed_bytes(void **state)
{
	static const uint8_t expected[RECORD_HEADER_SIZE] = {
	    1,                                                     /* version */
	    0, 0, 0, 0, 0, 0, 0x12, 0x34,                          /* sequence */
	    0, 0, 0x01, 0xa2, 0x01, 0xb5, 0x56, 0x42,              /* wall */
	    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, /* boot id */
	    0, 0, 0, 0, 0, 0x74, 0xcb, 0xb1,                       /* boot clock */
	    RETAIN_ACCESS,                                         /* retention */
	    0, ACTION_CODE,                                        /* action */
	};
	uint8_t header[RECORD_HEADER_SIZE];
	struct record r, back;
	uint8_t hash[32];

	(void)state;
	begin(&r);
	assert_int_equal(record_finish(&r), SKS_OK);
	r.seq = 0x1234;
	record_header_encode(&r, header);
	assert_memory_equal(header, expected, RECORD_HEADER_SIZE - 32);
	assert_int_equal(
	    EVP_Digest(r.body.data, r.body.len, hash, NULL, EVP_sha256(), NULL), 1);
	assert_memory_equal(header + RECORD_HEADER_SIZE - 32, hash, 32);

	assert_int_equal(record_header_decode(header, &back), SKS_OK);
	assert_int_equal(back.seq, 0x1234);
	assert_int_equal(back.wall_ms, now.wall_ms);
	assert_int_equal(back.boot_ms, now.boot_ms);
	assert_memory_equal(back.boot_id, boot_id, 16);
	assert_int_equal(back.retention, RETAIN_ACCESS);
	assert_int_equal(back.action, ACTION_CODE);
	assert_memory_equal(back.body_hash, r.body_hash, 32);
	record_clear(&r);
}

static void
test_a_header_with_unknown_parts_is_refused(void **state)
{
	static const struct {
		size_t at;
		uint8_t value;
	} cases[] = {{0, 0}, {0, 2}, {41, RETAIN_COUNT}, {43, 200}, {42, 1}};
	uint8_t header[RECORD_HEADER_SIZE];
	struct record r, back;

	(void)state;
	begin(&r);
	assert_int_equal(record_finish(&r), SKS_OK);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		record_header_encode(&r, header);
		header[cases[i].at] = cases[i].value;
		assert_int_equal(record_header_decode(header, &back), SKS_INVALID);
		assert_int_equal(back.action, 0);
	}
	record_clear(&r);
}

/* ---- the body
 * ----------------------------------------------------------------------------------- */

static const char *
body_text(struct record *r)
{
	static char text[RECORD_BODY_MAX + 1];

	assert_int_equal(record_finish(r), SKS_OK);
	memcpy(text, r->body.data, r->body.len);
	text[r->body.len] = '\0';
	return text;
}

static void
test_a_body_begins_with_what_and_when(void **state)
{
	static const char start[] =
	    "{\"@timestamp\":\"2026-11-22T05:23:11.042Z\",\"event.action\":\"authentication."
	    "code\",\"event.outcome\":\"failure\",\"event.reason\":\"wrong-code\","
	    "\"sekisho.salt\":\"";
	struct record r;
	const char *text;

	(void)state;
	begin(&r);
	text = body_text(&r);
	assert_memory_equal(text, start, sizeof(start) - 1);
	assert_int_equal(strlen(text), sizeof(start) - 1 + 32 + 2);
	assert_int_equal(r.outcome, OUTCOME_FAILURE);
	assert_string_equal(r.reason, "wrong-code");
	record_clear(&r);
	record_init(&r, event_by_action(ACTION_CODE), now, boot_id, NULL, NULL);
	text = body_text(&r);
	assert_null(strstr(text, "outcome"));
	assert_null(strstr(text, "reason"));
	assert_int_equal(r.outcome, OUTCOME_UNKNOWN);
	record_clear(&r);
}

static void
test_two_records_of_the_same_do_not_hash_the_same(void **state)
{
	struct record a, b;

	(void)state;
	begin(&a);
	begin(&b);
	assert_int_equal(record_finish(&a), SKS_OK);
	assert_int_equal(record_finish(&b), SKS_OK);
	assert_memory_not_equal(a.body_hash, b.body_hash, 32);
	record_clear(&a);
	record_clear(&b);
}

static void
test_an_outcome_out_of_the_list_is_refused(void **state)
{
	struct record r;

	(void)state;
	record_init(&r, event_by_action(ACTION_CODE), now, boot_id, "failed", NULL);
	assert_int_equal(record_finish(&r), SKS_INVALID);
	record_clear(&r);
}

static void
test_each_kind_of_value(void **state)
{
	static const char *const list[] = {"a", "b\"c"};
	struct record r;
	const char *text;

	(void)state;
	begin(&r);
	record_put_str(&r, "s", "x");
	record_put_str(&r, "empty", "");
	record_put_str(&r, "none", NULL);
	record_put_int(&r, "zero", 0);
	record_put_int(&r, "least", INT64_MIN);
	record_put_int(&r, "most", INT64_MAX);
	record_put_bool(&r, "yes", true);
	record_put_bool(&r, "no", false);
	record_put_list(&r, "list", list, 2);
	record_put_list(&r, "nothing", list, 0);
	text = body_text(&r);
	assert_non_null(strstr(text, ",\"s\":\"x\",\"zero\":0,\"least\":-9223372036854775808,"
				     "\"most\":9223372036854775807,\"yes\":true,\"no\":false,"
				     "\"list\":[\"a\",\"b\\\"c\"],"
				     "\"nothing\":[]}"));
	record_clear(&r);
}

static void
test_strings_are_escaped(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
	    {"plain", "plain"},
	    {"a\"b\\c/d", "a\\\"b\\\\c/d"},
	    {"\n\t\x01\x1f\x7f", "\\u000a\\u0009\\u0001\\u001f\\u007f"},
	    {"\xe3\x81\x82\xf0\x9f\x94\x91", "\xe3\x81\x82\xf0\x9f\x94\x91"}, /* kana, emoji */
	    {"\xc2\x85x", "\\u0085x"},                                        /* C1 */
	    {"a\xe2\x80\xae"
	     "b",
		"a\\u202eb"}, /* turns the text */
	    {"\xe2\x80\xa8", "\\u2028"},
	    {"\xff", "\xef\xbf\xbd"},
	    {"a\xe3\x81", "a\xef\xbf\xbd\xef\xbf\xbd"},               /* cut off */
	    {"\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd"},                 /* overlong */
	    {"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"}, /* surrogate */
	    {"\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char expected[64];
		struct buf b;

		buf_init(&b, 256);
		json_put_string(&b, cases[i].in);
		(void)snprintf(expected, sizeof(expected), "\"%s\"", cases[i].out);
		assert_int_equal(b.len, strlen(expected));
		assert_memory_equal(b.data, expected, b.len);
		buf_clear(&b);
	}
}

/* Whatever bytes go in, jansson accepts what comes out. */
static void
test_any_bytes_make_valid_json(void **state)
{
	unsigned seed = 7;
	char s[64], key[16];

	(void)state;
	for (int round = 0; round < 500; round++) {
		struct record r;
		json_t *root;

		begin(&r);
		for (int k = 0; k < 5; k++) {
			for (size_t i = 0; i < sizeof(s) - 1; i++) {
				seed = seed * 1103515245 + 12345;
				s[i] = (char)(seed >> 16 | 1);
			}
			s[sizeof(s) - 1] = '\0';
			(void)snprintf(key, sizeof(key), "key.%d", k);
			record_put_str(&r, key, s);
		}
		assert_int_equal(record_finish(&r), SKS_OK);
		root = json_loadb(
		    (const char *)r.body.data, r.body.len, JSON_REJECT_DUPLICATES, NULL);
		assert_non_null(root);
		assert_int_equal(json_object_size(root), 10);
		json_decref(root);
		record_clear(&r);
	}
}

static void
test_a_body_that_is_too_big_is_an_error(void **state)
{
	static char big[RECORD_BODY_MAX];
	struct record r;

	(void)state;
	memset(big, 'x', sizeof(big) - 1);
	begin(&r);
	record_put_str(&r, "big", big);
	record_put_int(&r, "more", 1);
	assert_int_equal(record_finish(&r), SKS_TOO_BIG);
	record_clear(&r);
}

/* ---- structures
 * --------------------------------------------------------------------------------- */

static void
test_request_and_facts_come_back_equal(void **state)
{
	struct request request = {
	    .phase = PHASE_CODE,
	    .flags = PAM_FLAG_INTERACTIVE | PAM_FLAG_JUNK,
	    .user = "alice",
	    .known = true,
	    .uid = 1001,
	    .service = "sshd",
	    .source = "192.0.2.7",
	    .method = "publickey \"x\" \xe3\x81\x82",
	    .login_uid = NO_UID,
	    .pid = 4711,
	    .pid_start = UINT64_MAX,
	    .parent_start = (uint64_t)INT64_MAX,
	    .by_root = true,
	};
	struct facts facts = {
	    .wall_ms = now.wall_ms,
	    .lane = LANE_STRANGER,
	    .lane_key = "S:1001:alice",
	    .lane_age_ms = AGE_NEVER,
	    .txn_factor = FACTOR_TOTP,
	    .code = CODE_REPLAYED,
	    .drift = -2,
	    .step = -1,
	};
	struct request request_back;
	struct facts facts_back;
	struct record r;

	(void)state;
	begin(&r);
	record_put_fields(&r, &request_fields, &request);
	record_put_fields(&r, &facts_fields, &facts);
	assert_int_equal(record_finish(&r), SKS_OK);
	assert_string_equal(r.user, "alice");
	assert_string_equal(r.source, "192.0.2.7");
	memset(&request_back, 0xff, sizeof(request_back));
	memset(&facts_back, 0xff, sizeof(facts_back));
	assert_int_equal(
	    record_read_fields(r.body.data, r.body.len, &request_fields, &request_back),
	    SKS_OK);
	assert_int_equal(
	    record_read_fields(r.body.data, r.body.len, &facts_fields, &facts_back), SKS_OK);
	assert_memory_equal(&request, &request_back, sizeof(request));
	assert_memory_equal(&facts, &facts_back, sizeof(facts));
	record_clear(&r);
}

static void
test_a_secret_has_no_way_in(void **state)
{
	struct pam_request request = {.user = "alice"};
	struct record r;
	const char *text;

	(void)state;
	assert_int_equal(secret_set(&request.code, "123456", 6), SKS_OK);
	begin(&r);
	record_put_fields(&r, &pam_request_fields, &request);
	text = body_text(&r);
	assert_null(strstr(text, "123456"));
	record_clear(&r);
	fields_clear(&pam_request_fields, &request);
}

static void
test_wrong_types_are_refused(void **state)
{
	static const struct {
		const char *body;
		int error;
	} cases[] = {
	    {"{\"user.name\":\"alice\",\"process.pid\":7}", SKS_OK},
	    {"{}", SKS_OK},
	    {"{\"user.name\":7}", SKS_INVALID},
	    {"{\"process.pid\":\"x\"}", SKS_INVALID},
	    {"{\"process.pid\":\"\"}", SKS_INVALID},
	    {"{\"process.pid\":-1}", SKS_INVALID},
	    {"{\"process.pid\":4294967296}", SKS_INVALID},
	    {"{\"process.pid\":1.5}", SKS_INVALID},
	    {"{\"sekisho.process.start\":\"18446744073709551616\"}", SKS_INVALID},
	    {"{\"sekisho.process.start\":\"18446744073709551615\"}", SKS_OK},
	    {"{\"sekisho.process.start\":\"-1\"}", SKS_INVALID},
	    {"{\"sekisho.user.known\":1}", SKS_INVALID},
	    {"{\"sekisho.phase\":3}", SKS_INVALID},
	    {"{\"sekisho.phase\":\"sleep\"}", SKS_INVALID},
	    {"{\"user.name\":\"a\",\"user.name\":\"b\"}", SKS_INVALID},
	    {"[]", SKS_INVALID},
	    {"{\"user.name\":\"alice\"", SKS_INVALID},
	    {"", SKS_INVALID},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *body = cases[i].body;
		struct request r;

		assert_int_equal(record_read_fields(body, strlen(body), &request_fields, &r),
		    cases[i].error);
		if (cases[i].error != SKS_OK)
			assert_string_equal(r.user, "");
	}
}

static void
test_a_string_longer_than_its_member_is_refused(void **state)
{
	char body[512], name[NAME_SIZE + 1];
	struct request r;

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	(void)snprintf(body, sizeof(body), "{\"user.name\":\"%s\"}", name);
	assert_int_equal(
	    record_read_fields(body, strlen(body), &request_fields, &r), SKS_TOO_BIG);
	(void)snprintf(body, sizeof(body), "{\"user.name\":\"%s\"}", name + 1);
	assert_int_equal(record_read_fields(body, strlen(body), &request_fields, &r), SKS_OK);
	assert_string_equal(r.user, name + 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_numbers_and_names_are_unique),
	    cmocka_unit_test(test_the_header_is_fixed_bytes),
	    cmocka_unit_test(test_a_header_with_unknown_parts_is_refused),
	    cmocka_unit_test(test_a_body_begins_with_what_and_when),
	    cmocka_unit_test(test_two_records_of_the_same_do_not_hash_the_same),
	    cmocka_unit_test(test_an_outcome_out_of_the_list_is_refused),
	    cmocka_unit_test(test_each_kind_of_value),
	    cmocka_unit_test(test_strings_are_escaped),
	    cmocka_unit_test(test_any_bytes_make_valid_json),
	    cmocka_unit_test(test_a_body_that_is_too_big_is_an_error),
	    cmocka_unit_test(test_request_and_facts_come_back_equal),
	    cmocka_unit_test(test_a_secret_has_no_way_in),
	    cmocka_unit_test(test_wrong_types_are_refused),
	    cmocka_unit_test(test_a_string_longer_than_its_member_is_refused),
	};

	return cmocka_run_group_tests_name("records", tests, NULL, NULL);
}
