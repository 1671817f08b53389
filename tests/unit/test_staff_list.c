/* A staff list: all of it, or nothing and every reason with its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "error.h"
#include "staff/list.h"
#include <stdio.h>
#include <string.h>

static struct staff_list list;

static int
read_list(const char *text)
{
	return staff_parse(text, strlen(text), &list);
}

static void
test_whole(void **state)
{
	const struct staff_person *p;

	(void)state;
	assert_int_equal(
	    read_list(
		"\xef\xbb\xbfunit,person,name,kana,contact,until\r\n"
		"総務課,yamada,山田 花子,やまだ はなこ,\"内線 \"\"123\"\", 4\",2027-03-31\r\n"
		"\r\n"
		" 情報 , bob ,Bob,,,\n"
		"ops,alice,Alice,,,"),
	    SKS_OK);
	assert_int_equal(list.count, 3);
	assert_string_equal(list.item[0].person, "alice");
	p = staff_find(&list, "yamada");
	assert_non_null(p);
	assert_string_equal(p->name, "山田 花子");
	assert_string_equal(p->kana, "やまだ はなこ");
	assert_string_equal(p->unit, "総務課");
	assert_string_equal(p->contact, "内線 \"123\", 4");
	assert_int_equal(p->until_wall_ms, INT64_C(1806537600000)); /* the end of that day */
	assert_int_equal(p->line, 2);
	assert_string_equal(staff_find(&list, "bob")->unit, "情報");
	assert_int_equal(staff_find(&list, "bob")->until_wall_ms, 0);
	assert_null(staff_find(&list, "carol"));
	staff_clear(&list);
	assert_int_equal(list.count, 0);
}

static void
refuses(const char *text, uint32_t line, uint32_t column, const char *why)
{
	int r = read_list(text);

	if (r != SKS_INVALID || list.count != 0 || list.problems == 0 ||
	    list.problem[0].line != line || list.problem[0].column != column ||
	    strstr(list.problem[0].text, why) == NULL)
		fail_msg("%s: %d, %u:%u: %s", text, r, list.problem[0].line,
		    list.problem[0].column, list.problem[0].text);
}

#define HEAD "person,name,unit,until\n"

static void
test_refused(void **state)
{
	(void)state;
	refuses("", 1, 1, "unknown column");
	refuses("person,nmae,unit\n", 1, 8, "\"name\"?");
	refuses("person,name,name,unit\n", 1, 13, "stands twice");
	refuses("person,unit\nalice,Ops\n", 1, 1, "\"name\" is missing");
	refuses(HEAD, 2, 1, "names nobody");
	refuses(HEAD "alice,Alice,Ops\n", 2, 1, "3 fields");
	refuses(HEAD "alice,Alice,Ops,,\n", 2, 1, "5 fields");
	refuses(HEAD "alice,,Ops,\n", 2, 7, "name: is empty");
	refuses(HEAD "a lice,Alice,Ops,\n", 2, 1, "person: expected");
	refuses(HEAD "alice,Alice,Ops,2027-02-30\n", 2, 17, "until: expected");
	refuses(HEAD "alice,Alice,Ops,7d\n", 2, 17, "until: expected");
	refuses(HEAD "alice,山田 \"花子\",Ops,\n", 2, 10, "inside a field");
	refuses(HEAD "alice,\"Alice,Ops,\nbob,Bob,Ops,\n", 2, 7, "does not end");
	refuses(HEAD "alice,\"Alice\" x,Ops,\n", 2, 15, "behind a quotation mark");
	refuses(HEAD "alice,Al\x01ice,Ops,\n", 2, 9, "control character");
	refuses(HEAD "alice,Alice,Ops,\nalice,Alice,Net,\n", 3, 1, "stands in line 2");
	refuses(HEAD "alice,\xff,Ops,\n", 1, 1, "not UTF-8");
}

/* One bad line is enough, and each is named. */
static void
test_every_problem(void **state)
{
	(void)state;
	assert_int_equal(
	    read_list(HEAD "alice,Alice,Ops,\nbob,,Ops,x\n\"carol\n"), SKS_INVALID);
	assert_int_equal(list.count, 0);
	assert_null(list.item);
	assert_int_equal(list.problems, 3);
	assert_int_equal(list.problem[0].line, 3);
	assert_int_equal(list.problem[1].line, 3);
	assert_int_equal(list.problem[2].line, 4);
}

static void
test_too_long(void **state)
{
	char text[512] = HEAD "alice,";

	(void)state;
	memset(text + strlen(text), 'a', STAFF_FIELD_SIZE);
	strcat(text, ",Ops,\n");
	assert_int_equal(read_list(text), SKS_INVALID);
	assert_int_equal(list.problem[0].line, 2);
	assert_non_null(strstr(list.problem[0].text, "longer than 127"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_whole),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_every_problem),
	    cmocka_unit_test(test_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
