/* An alert as people and programs read it; and where it may go at all. */
#include "alert/alert.h"

#include "error.h"
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct alert
hostile(void)
{
	struct alert a = {
	    .count = 3, .held = 2, .within_ms = 600000, .record = 77, .test = true};

	snprintf(a.rule, sizeof(a.rule), "mine");
	snprintf(a.what, sizeof(a.what), "A \"quoted\"\nBcc: eve@example.org\n\nbody");
	snprintf(a.event, sizeof(a.event), "user.report");
	snprintf(a.user, sizeof(a.user), "a b\r\nTo: eve");
	snprintf(a.source, sizeof(a.source), "192.0.2.1");
	snprintf(a.records, sizeof(a.records), "12,13,14");
	snprintf(a.by, sizeof(a.by), "root");
	return a;
}

static const char *
text_of(struct buf *b)
{
	buf_put_u8(b, '\0');
	assert_int_equal(buf_error(b), SKS_OK);
	return (const char *)b->data;
}

static void
json_is_one_object(void **state)
{
	struct alert a = hostile();
	struct buf b;
	json_t *o;

	(void)state;
	buf_init(&b, 8192);
	alert_print_json(&a, "ga\"te", &b);
	o = json_loads(text_of(&b), JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(o);
	assert_string_equal(json_string_value(json_object_get(o, "alert")), "mine");
	assert_string_equal(json_string_value(json_object_get(o, "host")), "ga\"te");
	assert_string_equal(json_string_value(json_object_get(o, "what")), a.what);
	assert_string_equal(json_string_value(json_object_get(o, "user")), a.user);
	assert_true(json_is_true(json_object_get(o, "test")));
	assert_int_equal(json_integer_value(json_object_get(o, "within_s")), 600);
	assert_int_equal(json_integer_value(json_object_get(o, "held_back")), 2);
	assert_int_equal(json_array_size(json_object_get(o, "records")), 3);
	assert_int_equal(
	    json_integer_value(json_array_get(json_object_get(o, "records"), 2)), 14);
	/* one line, so that a program can read it by lines */
	assert_ptr_equal(strchr((char *)b.data, '\n'), b.data + b.len - 2);
	json_decref(o);
	buf_reset(&b);
	snprintf(a.records, sizeof(a.records), "1],\"x\":[2");
	alert_print_json(&a, "gate", &b);
	o = json_loads(text_of(&b), 0, NULL);
	assert_int_equal(json_array_size(json_object_get(o, "records")), 0);
	assert_null(json_object_get(o, "x"));
	json_decref(o);
	buf_clear(&b);
}

/* What stands before the first empty line, and how often a header begins with "name". */
static int
headers(const char *mail, const char *name)
{
	const char *end = strstr(mail, "\n\n");
	int count = 0;

	assert_non_null(end);
	for (const char *at = mail; at < end; at = strchr(at, '\n') + 1)
		count += strncmp(at, name, strlen(name)) == 0;
	return count;
}

static void
no_text_becomes_a_header(void **state)
{
	struct alert a = hostile();
	struct buf b;
	const char *mail;

	(void)state;
	snprintf(a.rule, sizeof(a.rule), "x\nBcc: eve@example.org");
	buf_init(&b, 8192);
	alert_print_mail(&a, "gate\nCc: eve@example.org", "root", &b);
	mail = text_of(&b);
	assert_int_equal(headers(mail, "To: root\n"), 1);
	assert_int_equal(headers(mail, "To:"), 1);
	assert_int_equal(headers(mail, "Subject: [sekisho] gate?Cc: eve"), 1);
	assert_int_equal(headers(mail, "Bcc"), 0);
	assert_int_equal(headers(mail, "Cc"), 0);
	assert_int_equal(headers(mail, "Auto-Submitted: auto-generated"), 1);
	assert_non_null(strstr(mail, "TEST. A \"quoted\"\\u000aBcc:"));
	buf_clear(&b);
}

/* How many lines of the text begin with "name". */
static int
lines(const char *mail, const char *name)
{
	int count = 0;

	for (const char *at = strstr(mail, "\n\n"); at != NULL; at = strchr(at, '\n'))
		count += strncmp(++at, name, strlen(name)) == 0;
	return count;
}

/* Each value has its line, and no value makes another one. */
static void
a_mail_has_a_line_for_each_value(void **state)
{
	struct alert a = hostile();
	struct buf b;
	const char *mail;

	(void)state;
	snprintf(a.user, sizeof(a.user), "eve\nby           root");
	snprintf(a.detail, sizeof(a.detail), "device=\"x by=root\"\nby           root");
	snprintf(a.by, sizeof(a.by), "the \"other\"");
	buf_init(&b, 8192);
	alert_print_mail(&a, "gate", "root", &b);
	mail = text_of(&b);
	assert_int_equal(lines(mail, "by "), 1);
	assert_int_equal(lines(mail, "by           \"the \\\"other\\\"\"\n"), 1);
	assert_int_equal(lines(mail, "user         \"eve\\u000aby           root\"\n"), 1);
	/* these are pairs, each quoted where it has to be */
	assert_int_equal(lines(mail, "detail       device=\"x by=root\"\\u000aby  "), 1);
	assert_int_equal(lines(mail, "source       192.0.2.1\n"), 1);
	buf_clear(&b);
}

static void
a_line_is_one_line_of_pairs(void **state)
{
	struct alert a = hostile();
	struct buf b;

	(void)state;
	snprintf(a.what, sizeof(a.what), "say \"yes\"");
	snprintf(a.user, sizeof(a.user), "bob source=10.0.0.1");
	snprintf(a.detail, sizeof(a.detail), "service=sshd device=\"x by=root\"");
	buf_init(&b, 8192);
	alert_print_line(&a, &b);
	assert_string_equal(text_of(&b),
	    "alert=mine test=yes what=\"say \\\"yes\\\"\" event=user.report "
	    "user=\"bob source=10.0.0.1\" source=192.0.2.1 count=3 held=2 within=600 "
	    "records=12,13,14 record=77 "
	    "detail=\"service=sshd device=\\\"x by=root\\\"\" by=root");
	buf_clear(&b);
}

static void
addresses(void **state)
{
	static const char *const good[] = {
	    "root", "ops@example.org", "a.b+c_d-e@x-y.example.jp"};
	static const char *const bad[] = {"", "-t", ".x", "a@", "@b", "a@b@c", "a b", "a,b",
	    "a\nb", "a;b", "|cmd", "/etc/passwd", "a@-b", "a@.b", "\"a\"@b", "a<b>", "a\tb",
	    "é@b", "a!b", "a%b@c", ":include:/x"};
	char longest[ALERT_ADDRESS_MAX + 2];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(alert_address_is_sane(good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (alert_address_is_sane(bad[i]))
			fail_msg("taken for an address: %s", bad[i]);
	memset(longest, 'a', sizeof(longest));
	longest[ALERT_ADDRESS_MAX] = '\0';
	assert_true(alert_address_is_sane(longest));
	longest[ALERT_ADDRESS_MAX] = 'a';
	longest[ALERT_ADDRESS_MAX + 1] = '\0';
	assert_false(alert_address_is_sane(longest));
}

static void
commands(void **state)
{
	static const char *const bad[] = {"", "page", "/bin/sh", ALERT_COMMANDS,
	    ALERT_COMMANDS "/", ALERT_COMMANDS "/../../../bin/sh", ALERT_COMMANDS "/a/b",
	    ALERT_COMMANDS "/.hidden", ALERT_COMMANDS "/-x", ALERT_COMMANDS "/a b",
	    ALERT_COMMANDS "/a;b", ALERT_COMMANDS "//a", "x" ALERT_COMMANDS "/a",
	    ALERT_COMMANDS "x/a", ALERT_COMMANDS "/a\n"};

	(void)state;
	assert_true(alert_command_is_sane(ALERT_COMMANDS "/page"));
	assert_true(alert_command_is_sane(ALERT_COMMANDS "/page-2.sh"));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (alert_command_is_sane(bad[i]))
			fail_msg("taken for a command: %s", bad[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(json_is_one_object),
	    cmocka_unit_test(no_text_becomes_a_header),
	    cmocka_unit_test(a_mail_has_a_line_for_each_value),
	    cmocka_unit_test(a_line_is_one_line_of_pairs),
	    cmocka_unit_test(addresses),
	    cmocka_unit_test(commands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
