/* Targets of forwarding, and messages as they leave: exact bytes for both forms. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "error.h"
#include "forward/format.h"
#include "policy/target.h"
#include <arpa/inet.h>
#include <jansson.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

static void
test_targets(void **state)
{
	static const char *const good[] = {"journal", "unix:/dev/log", "udp:192.0.2.1:514",
	    "tcp:192.0.2.1:65535", "tcp:[2001:db8::1]:601", "udp:[::1]:1"};
	static const char *const bad[] = {"", "Journal", "journal ", "unix:", "unix:log",
	    "udp:host.example:514", "udp:192.0.2.1", "udp:192.0.2.1:", "udp:192.0.2.1:0",
	    "udp:192.0.2.1:0514", "udp:192.0.2.1:65536", "udp:192.0.2.1:99999999999",
	    "udp:192.0.2.1:5x", "udp:2001:db8::1:514", "udp:[192.0.2.1]:514", "udp:[]:514",
	    "udp:[:514", "udp:]:514", "udp:192.0.2:514", "tcp:[fe80::1%lo]:1",
	    "tls:192.0.2.1:1",
	    "unix:/"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
	struct sockaddr_in6 six;
	struct target t;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		if (!target_parse(good[i], &t))
			fail_msg("%s is refused", good[i]);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (target_parse(bad[i], &t))
			fail_msg("%s is taken", bad[i]);
	}
	assert_true(target_parse("tcp:[2001:db8::1]:601", &t));
	assert_int_equal(t.kind, TARGET_TCP);
	memcpy(&six, &t.address, sizeof(six));
	assert_int_equal(ntohs(six.sin6_port), 601);
	assert_int_equal(t.address_len, sizeof(six));
}

static void
test_leaves_host(void **state)
{
	static const struct {
		const char *target;
		bool leaves;
	} cases[] = {{"journal", false}, {"unix:/dev/log", false}, {"udp:127.0.0.1:514", false},
	    {"tcp:127.9.9.9:601", false}, {"tcp:[::1]:601", false},
	    {"tcp:[::ffff:127.0.0.1]:601", false}, {"udp:192.0.2.1:514", true},
	    {"tcp:126.0.0.1:601", true}, {"tcp:[2001:db8::1]:601", true},
	    {"tcp:[::ffff:192.0.2.1]:601", true}};
	struct target t;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_true(target_parse(cases[i].target, &t));
		if (target_leaves_host(&t) != cases[i].leaves)
			fail_msg("%s", cases[i].target);
	}
}

static void
make_leaf(uint8_t leaf[RECORD_HEADER_SIZE], const char *body, struct record *r)
{
	*r = (struct record){.seq = 17,
	    .wall_ms = INT64_C(1795323791042),
	    .boot_ms = 5,
	    .retention = RETAIN_ACCESS,
	    .action = ACTION_ACCOUNT};
	(void)body;
	record_header_encode(r, leaf);
}

static struct format_record item;
static uint8_t leaf[RECORD_HEADER_SIZE];

static const char *
read_item(const char *body)
{
	struct record r;

	make_leaf(leaf, body, &r);
	assert_int_equal(
	    format_record_read(&item, leaf, body, body != NULL ? strlen(body) : 0), SKS_OK);
	return body;
}

static const char *
hex(void)
{
	static char text[2 * RECORD_HEADER_SIZE + 1];

	for (size_t i = 0; i < RECORD_HEADER_SIZE; i++)
		snprintf(text + 2 * i, 3, "%02x", leaf[i]);
	return text;
}

static void
assert_text(const struct buf *b, const char *expected)
{
	assert_int_equal(b->error, 0);
	if (b->len != strlen(expected) || memcmp(b->data, expected, b->len) != 0)
		fail_msg("got:      %.*s\nexpected: %s", (int)b->len, (const char *)b->data,
		    expected);
}

static const char plain[] =
    "{\"event.action\":\"access.account\",\"event.outcome\":\"failure\",\"event.reason\":"
    "\"no-device\",\"user.name\":\"a\\\"b]\\\\c\",\"source.ip\":\"192.0.2.7\"}";

static void
test_syslog(void **state)
{
	char expected[2048];
	struct buf b;

	(void)state;
	buf_init(&b, FORMAT_MAX);
	read_item(plain);
	format_syslog_record(&b, "gate", &item);
	snprintf(expected, sizeof(expected),
	    "<85>1 2026-11-22T05:03:11.042Z gate sekisho - access.account [sekisho@32473 "
	    "seq=\"17\" event=\"access.account\" outcome=\"failure\" reason=\"no-device\" "
	    "user=\"a\\\"b\\]\\\\c\" source=\"192.0.2.7\" header=\"%s\"] %s",
	    hex(), plain);
	assert_text(&b, expected);
	/* deleted: what stays is said */
	buf_reset(&b);
	read_item(NULL);
	format_syslog_record(&b, "gate", &item);
	snprintf(expected, sizeof(expected),
	    "<85>1 2026-11-22T05:03:11.042Z gate sekisho - access.account [sekisho@32473 "
	    "seq=\"17\" event=\"access.account\" header=\"%s\"]",
	    hex());
	assert_text(&b, expected);
	buf_clear(&b);
}

static void
test_journal(void **state)
{
	char expected[2048];
	struct buf b;

	(void)state;
	buf_init(&b, FORMAT_MAX);
	read_item(plain);
	format_journal_record(&b, &item);
	snprintf(expected, sizeof(expected),
	    "MESSAGE=access.account failure no-device, \"a\\\"b]\\\\c\" from "
	    "192.0.2.7\nPRIORITY=5\n"
	    "SYSLOG_FACILITY=10\nSYSLOG_IDENTIFIER=sekisho\nSEKISHO_SEQ=17\nSEKISHO_EVENT="
	    "access.account\nSEKISHO_OUTCOME=failure\nSEKISHO_REASON=no-device\nSEKISHO_USER="
	    "a\"b]\\c\nSEKISHO_SOURCE=192.0.2.7\nSEKISHO_HEADER=%s\nSEKISHO_RECORD=%s\n",
	    hex(), plain);
	assert_text(&b, expected);
	buf_clear(&b);
}

/* Who could write into the store could try to write other lines into a syslog file. */
static void
test_hostile_bodies(void **state)
{
	static const char *const body[] = {
	    "{\"user.name\":\"a\\nPRIORITY=0\\n\",\"event.outcome\":\"success\"}",
	    "{\"user.name\":\"\\u001b[2J\",\"event.outcome\":\"success\"}", "{\"user.name\":7}",
	    "not json\nSEKISHO_SEQ=1", "{", "{\"event.outcome\":\"012345678901234567890\"}",
	    "{\"user.name\":\"\\u2028\"}"};
	struct buf b;

	(void)state;
	buf_init(&b, FORMAT_MAX);
	for (size_t i = 0; i < sizeof(body) / sizeof(body[0]); i++) {
		const char *raw;

		read_item(body[i]);
		assert_null(strpbrk(item.user, "\n\033"));
		buf_reset(&b);
		format_journal_record(&b, &item);
		buf_put_u8(&b, 0);
		assert_int_equal(b.error, 0);
		assert_null(strstr((const char *)b.data, "\nPRIORITY=0"));
		/* a body with a newline goes with its length, not as a line */
		raw = strstr((const char *)b.data, "SEKISHO_RECORD=not json");
		assert_null(raw);
	}
	buf_clear(&b);
	leaf[0] = 9;
	assert_int_equal(format_record_read(&item, leaf, "{}", 2), SKS_INVALID);
}

static void
test_heads(void **state)
{
	static const char note[] =
	    "gate/00/audit\n17\nq83v=\n\n\xe2\x80\x94 gate/00/audit \"\\Ab\xf0\x9f\x94\x91=\n";
	const struct format_head head = {.size = 17,
	    .note = note,
	    .note_len = sizeof(note) - 1,
	    .wall_ms = INT64_C(1795323791042)};
	static const char line[] =
	    "<86>1 2026-11-22T05:03:11.042Z gate sekisho - head [sekisho@32473 size=\"17\"] "
	    "sekisho-head \"gate/00/audit\\n17\\nq83v=\\n\\n\\u2014 gate/00/audit "
	    "\\\"\\\\Ab\\ud83d\\udd11=\\n\"";
	struct buf b;
	json_t *text;

	(void)state;
	buf_init(&b, FORMAT_MAX);
	format_syslog_head(&b, "gate", &head);
	assert_text(&b, line);
	text = json_loads(strstr(line, "\"gate"), JSON_DECODE_ANY, NULL);
	assert_string_equal(json_string_value(text), note);
	json_decref(text);
	buf_reset(&b);
	format_journal_head(&b, &head);
	assert_int_equal(b.error, 0);
	assert_non_null(memmem(b.data, b.len, "SEKISHO_HEAD\n", 13));
	assert_non_null(memmem(b.data, b.len, note, sizeof(note) - 1));
	/* the length, 64 bits little endian, right behind the name */
	assert_int_equal(((const uint8_t *)memmem(b.data, b.len, "SEKISHO_HEAD\n", 13))[13],
	    sizeof(note) - 1);
	buf_clear(&b);
}

/* RFC 5424 allows 32 characters for the message id. */
static void
test_events_fit(void **state)
{
	(void)state;
	for (unsigned i = 0; i < event_count; i++)
		assert_in_range(strlen(event_table[i].name), 1, 32);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_targets),
	    cmocka_unit_test(test_leaves_host),
	    cmocka_unit_test(test_syslog),
	    cmocka_unit_test(test_journal),
	    cmocka_unit_test(test_hostile_bodies),
	    cmocka_unit_test(test_heads),
	    cmocka_unit_test(test_events_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
