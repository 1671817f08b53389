/* Log messages: priority, one line whatever strangers send, stderr only where asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "log.h"
#include "text.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { AUTHPRIV = 10 << 3, ERR = 3, WARNING = 4, INFO = 6, DEBUG = 7, NOTHING = -1 };

/* What the C library would have been given. <syslog.h> is not included: under
 * _FORTIFY_SOURCE it defines syslog itself. */
static struct {
	int priority;
	int facility;
	const char *ident;
	char line[2048];
} seen;

void openlog(const char *ident, int option, int facility);
void syslog(int priority, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void __syslog_chk(int priority, int flag, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

void
openlog(const char *ident, int option, int facility)
{
	(void)option;
	seen.ident = ident;
	seen.facility = facility;
}

void
syslog(int priority, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(seen.line, sizeof(seen.line), fmt, args);
	va_end(args);
	seen.priority = priority;
	errno = EBADF; /* as a real one may */
}

void
__syslog_chk(int priority, int flag, const char *fmt, ...)
{
	va_list args;

	(void)flag;
	va_start(args, fmt);
	vsnprintf(seen.line, sizeof(seen.line), fmt, args);
	va_end(args);
	seen.priority = priority;
	errno = EBADF;
}

static void
reset(void)
{
	memset(&seen, 0, sizeof(seen));
	seen.priority = NOTHING;
}

static void
test_priorities(void **state)
{
	(void)state;
	reset();
	log_open("sekisho-test", false);
	assert_string_equal(seen.ident, "sekisho-test");
	assert_int_equal(seen.facility, AUTHPRIV);
	log_error("e %d", 1);
	assert_int_equal(seen.priority, AUTHPRIV | ERR);
	assert_string_equal(seen.line, "error: e 1");
	log_warn("w %s", "two");
	assert_int_equal(seen.priority, AUTHPRIV | WARNING);
	assert_string_equal(seen.line, "warning: w two");
	log_info("i");
	assert_int_equal(seen.priority, AUTHPRIV | INFO);
	assert_string_equal(seen.line, "i");
}

static void
test_debug_only_when_enabled(void **state)
{
	(void)state;
	reset();
	log_debug("d");
	assert_int_equal(seen.priority, NOTHING);
	log_debug_enable(true);
	log_debug("d");
	assert_int_equal(seen.priority, AUTHPRIV | DEBUG);
	assert_string_equal(seen.line, "debug: d");
	log_debug_enable(false);
	reset();
	log_debug("d");
	assert_int_equal(seen.priority, NOTHING);
}

static void
test_hostile_names(void **state)
{
	static const char *const name[] = {"a\nsshd: Accepted password for root", "\33[2Jx",
	    "\r", "\xc2\x9b[m", "\xff\xfe", "%s%n%s", "\x7f"};

	(void)state;
	for (size_t i = 0; i < sizeof(name) / sizeof(name[0]); i++) {
		reset();
		log_warn("user %s refused", name[i]);
		assert_int_equal(seen.priority, AUTHPRIV | WARNING);
		assert_true(text_is_utf8(seen.line, strlen(seen.line)));
		for (const char *p = seen.line; *p != '\0'; p++)
			assert_true((unsigned char)*p >= 0x20 && *p != 0x7f);
		assert_null(strstr(seen.line, "\xc2\x9b"));
		assert_non_null(strstr(seen.line, " refused"));
	}
	log_warn("%s", "%s%n%s");
	assert_string_equal(seen.line, "warning: %s%n%s");
}

static void
test_long_message_is_cut(void **state)
{
	char name[5000];

	(void)state;
	memset(name, 'a', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	reset();
	log_info("%s", name);
	assert_int_equal(strspn(seen.line, "a"), strlen(seen.line));
	assert_in_range(strlen(seen.line), 1000, 1100);
}

static void
test_errno_is_kept(void **state)
{
	(void)state;
	reset();
	errno = ENOSPC;
	log_error("write: %m");
	assert_int_equal(errno, ENOSPC);
	assert_string_equal(seen.line, "error: write: No space left on device");
}

/* What the calls print to standard error, in out[256]. */
static void
capture_stderr(bool to_stderr, char out[256])
{
	int saved = dup(STDERR_FILENO);
	FILE *file = tmpfile();
	ssize_t n;

	assert_non_null(file);
	assert_true(saved >= 0);
	assert_true(dup2(fileno(file), STDERR_FILENO) >= 0);
	log_open("sekisho-test", to_stderr);
	log_warn("tab\there");
	fflush(stderr);
	assert_true(dup2(saved, STDERR_FILENO) >= 0);
	close(saved);
	n = pread(fileno(file), out, 255, 0);
	assert_true(n >= 0);
	out[n] = '\0';
	fclose(file);
}

static void
test_stderr_only_where_asked(void **state)
{
	char out[256];

	(void)state;
	capture_stderr(false, out);
	assert_string_equal(out, "");
	capture_stderr(true, out);
	assert_string_equal(out, "sekisho-test: warning: tab\xef\xbf\xbdhere\n");
	log_open("sekisho-test", false);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_priorities),
	    cmocka_unit_test(test_debug_only_when_enabled),
	    cmocka_unit_test(test_hostile_names),
	    cmocka_unit_test(test_long_message_is_cut),
	    cmocka_unit_test(test_errno_is_kept),
	    cmocka_unit_test(test_stderr_only_where_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
