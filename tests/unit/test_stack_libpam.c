/*
 * Our reader and walker of PAM stacks against libpam itself: random configurations, random
 * answers of the modules; which lines are asked, in which order, and what comes out must be the
 * same. SEKISHO_STACK_ROUNDS says how many configurations, SEKISHO_STACK_SEED which.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../cli/stack/control.c"
#include "../../cli/stack/lines.c"
#include "../../cli/stack/read.c"
#include "../../cli/stack/search.c"
#include "../../cli/stack/walk.c"
#include "../lib/told.h"
#include <errno.h>
#include <security/pam_appl.h>
#include <sys/prctl.h>
#include <syslog.h>
#include <time.h>

enum { ROUNDS = 3000, VECTORS = 12, FILES = 5 };

static char dir[] = "/tmp/sekisho-stack.XXXXXX";
static char module[512];
static char files[FILES][8192]; /* for the message when something differs */
static const char *const names[FILES] = {"service", "other", "one", "two", "three"};
static char path[FILES][64]; /* Debian's libpam knows only /etc/pam.d for what is included */
static uint64_t seed;
static struct told told;
static long replayed, unfound;

/* libpam complains about each broken line; nobody wants to read that in syslog. */
void syslog(int priority, const char *format, ...) __attribute__((visibility("default")));
void __syslog_chk(int priority, int flag, const char *format, ...)
    __attribute__((visibility("default")));

void
syslog(int priority, const char *format, ...)
{
	(void)priority;
	(void)format;
}

void
__syslog_chk(int priority, int flag, const char *format, ...)
{
	(void)priority;
	(void)flag;
	(void)format;
}

/* Nor are these logins for the kernel's audit: libpam takes it that there is none. */
int audit_open(void) __attribute__((visibility("default")));

int
audit_open(void)
{
	errno = EPROTONOSUPPORT;
	return -1;
}

/* Where libpam gives up on a file it forgets what it had read. */
const char *__lsan_default_suppressions(void) __attribute__((visibility("default")));

const char *
__lsan_default_suppressions(void)
{
	return "leak:libpam.so";
}

/* ---- random configurations ----------------------------------------------------------------
 */

static unsigned int
dice(unsigned int sides)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned int)(seed >> 33) % sides;
}

#define PICK(list) (list)[dice((unsigned int)(sizeof(list) / sizeof((list)[0])))]

static const char *
random_action(void)
{
	static const char *const actions[] = {
	    "ok", "done", "bad", "die", "ignore", "reset", "1", "2", "3", "7", "0", "x", "ok"};

	return dice(10) == 0 ? PICK(actions) : actions[dice(9)];
}

static void
random_control(char *out, size_t size)
{
	static const char *const words[] = {"required", "requisite", "optional", "sufficient",
	    "Required", "[required]", "nonsense", "[]", "[success=ok\\] default=ok]"};
	static const char *const values[] = {"success", "ignore", "auth_err", "perm_denied",
	    "new_authtok_reqd", "default", "user_unknown", "module_unknown"};
	static const char *const gaps[] = {" ", " ", "  ", "\t", "  = ", ""};
	size_t used;

	if (dice(3) == 0) {
		snprintf(out, size, "%s", dice(8) == 0 ? PICK(words) : words[dice(4)]);
		return;
	}
	used = (size_t)snprintf(out, size, "[");
	for (unsigned int n = 1 + dice(4); n > 0; n--)
		used += (size_t)snprintf(out + used, size - used, "%s%s%s%s",
		    dice(40) == 0 ? "sucess" : PICK(values), dice(20) == 0 ? " = " : "=",
		    random_action(), dice(12) == 0 ? PICK(gaps) : " ");
	snprintf(out + used, size - used, "%s", dice(60) == 0 ? "" : "]");
}

static void
random_line(char *out, size_t size, int id)
{
	static const char *const types[] = {"auth", "account", "session", "password", "AUTH",
	    "-auth", "-session", "auth", "account", "session"};
	static const char *const odd[] = {"# a comment \\\n", "\n", "  \t\n", "auth\n",
	    "auth required\n", "nothing required x.so\n", "account include\n",
	    "session substack missing\n", "auth required \\\n# between\n", "\\\n",
	    "password include missing\n", "-\n",
	    "account optional \\ # a module of that name\n", "auth [success=ok\n"};
	char control[256];
	const char *joint = dice(15) == 0 ? " \\\n " : dice(30) == 0 ? "\\ \t\n" : "\t";

	if (dice(25) == 0) {
		snprintf(out, size, "%s", PICK(odd));
		return;
	}
	if (dice(5) == 0) {
		snprintf(out, size, "%s%s%s%s%s\n", types[dice(10)], joint,
		    dice(2) == 0 ? "include" : "substack", joint, path[2 + dice(3)]);
		return;
	}
	if (dice(14) == 0) {
		snprintf(out, size, "%s%s%s\n", dice(6) == 0 ? "@InClude" : "@include", joint,
		    dice(60) == 0 ? "missing" : path[2 + dice(3)]);
		return;
	}
	random_control(control, sizeof(control));
	snprintf(out, size, "%s%s%s%s%s%sid=%d%s\n", types[dice(10)], joint, control, joint,
	    dice(40) == 0 ? "/nowhere.so" : module, dice(20) == 0 ? " [id=200] \\\n " : " ", id,
	    dice(20) == 0 ? "# and more \\" : "");
}

/* Files include only those behind them, so that there is no circle. */
static bool
is_allowed(const char *line, int file)
{
	for (int i = 2; i <= file && file >= 2; i++) {
		if (strstr(line, path[i]) != NULL)
			return false;
	}
	return true;
}

static void
write_files(void)
{
	int id = 1;

	for (int i = 0; i < FILES; i++) {
		char line[1024];
		size_t used = 0;
		FILE *out;

		files[i][0] = '\0';
		for (unsigned int n = dice(i < 2 ? 9 : 5); n > 0; n--) {
			random_line(line, sizeof(line), id);
			if (is_allowed(line, i) && id < TOLD_IDS - 1) {
				used += (size_t)snprintf(
				    files[i] + used, sizeof(files[i]) - used, "%s", line);
				id++;
			}
		}
		if (used > 0 && dice(10) == 0) /* no end of line */
			files[i][used - 1] = '\0';
		unlink(path[i]);
		if (i < 2 && dice(12) == 0) {
			snprintf(files[i], sizeof(files[i]), "(absent)\n");
			continue;
		}
		out = fopen(path[i], "w");
		assert_non_null(out);
		fputs(files[i], out);
		assert_int_equal(fclose(out), 0);
	}
}

static void
random_answers(void)
{
	static const int values[] = {PAM_SUCCESS, PAM_SUCCESS, PAM_SUCCESS, PAM_IGNORE,
	    PAM_AUTH_ERR, PAM_PERM_DENIED, PAM_NEW_AUTHTOK_REQD, PAM_USER_UNKNOWN,
	    PAM_CRED_ERR};

	for (int call = 0; call < TOLD_CALLS; call++) {
		for (int id = 0; id < TOLD_IDS; id++)
			told.value[call][id] = dice(30) == 0 ? (int)dice(40) - 4 : PICK(values);
	}
	/* an interrupted pass is resumed, which no program that logs people in ever does */
	for (int call = 0; call < TOLD_CALLS; call++) {
		for (int id = 0; id < TOLD_IDS; id++) {
			if (told.value[call][id] == PAM_INCOMPLETE)
				told.value[call][id] = PAM_ABORT;
		}
	}
}

/* ---- both ways --------------------------------------------------------------------------- */

static int
line_id(const struct stack_line *l)
{
	int id = 0;

	for (size_t i = 0; i < l->arg_count; i++) {
		if (strncmp(l->arg[i], "id=", 3) == 0)
			id = atoi(l->arg[i] + 3) % TOLD_IDS;
	}
	return id;
}

/* What the line answers; asks the table as the module would. */
static int
line_value(const struct stack_line *l, enum told_call call, struct told *t)
{
	if (walk_forced_value(l) >= 0)
		return walk_forced_value(l);
	if (l->module == NULL || strcmp(l->module, module) != 0)
		return PAM_MODULE_UNKNOWN;
	t->asked[t->count++] = line_id(l);
	return t->value[call][line_id(l)];
}

static const struct {
	enum told_call call;
	enum stack_type type;
	bool freezes, frozen;
	const char *name;
} calls[] = {
    {TOLD_ACCOUNT, STACK_ACCOUNT, false, false, "acct_mgmt"},
    {TOLD_CLOSE, STACK_SESSION, false, true, "close_session before any was open"},
    {TOLD_AUTH, STACK_AUTH, true, false, "authenticate"},
    {TOLD_SETCRED, STACK_AUTH, false, true, "setcred"},
    {TOLD_OPEN, STACK_SESSION, true, false, "open_session"},
    {TOLD_CLOSE, STACK_SESSION, false, true, "close_session"},
    {TOLD_PASSWORD, STACK_PASSWORD, false, false, "chauthtok"},
};

/* What each line of auth and session answered when its chain was defined; it stays until the
 * line is asked again. */
static int frozen[STACK_TYPES][STACK_LINES_MAX];

static int
ours(const struct stack_service *s, size_t call, struct told *t)
{
	const struct stack *stack = stack_lines(s, calls[call].type);
	int *answered = frozen[calls[call].type];
	struct walk w;

	t->count = 0;
	if (stack->count == 0)
		return PAM_PERM_DENIED;
	walk_start(stack, &w);
	while (!walk_is_over(stack, &w)) {
		size_t at = w.at;
		int value = line_value(&stack->line[at], calls[call].call, t), chain;

		chain = !calls[call].frozen ? WALK_NOT_FROZEN : answered[at];
		if (calls[call].freezes) /* -1 is libpam's own mark of "never" */
			answered[at] = value == -1                           ? WALK_NEVER_ASKED
				       : value >= 0 && value < STACK_RETURNS ? value
									     : STACK_RETURNS;
		walk_step(stack, &w, value, chain);
	}
	return walk_result(&w);
}

static int
theirs(pam_handle_t *pamh, size_t call)
{
	told.count = 0;
	switch (calls[call].call) {
	case TOLD_AUTH:
		return pam_authenticate(pamh, 0);
	case TOLD_SETCRED:
		return pam_setcred(pamh, PAM_ESTABLISH_CRED);
	case TOLD_ACCOUNT:
		return pam_acct_mgmt(pamh, 0);
	case TOLD_OPEN:
		return pam_open_session(pamh, 0);
	case TOLD_CLOSE:
		return pam_close_session(pamh, 0);
	default:
		return pam_chauthtok(pamh, 0);
	}
}

static void
show(uint64_t began, size_t call, int rc, int mine, const struct told *t)
{
	for (int i = 0; i < FILES; i++)
		print_message("--- %s\n%s", names[i], files[i]);
	print_message("\n=== libpam's %s gives %d, asked:", calls[call].name, rc);
	for (int i = 0; i < told.count; i++)
		print_message(
		    " %d=%d", told.asked[i], told.value[calls[call].call][told.asked[i]]);
	print_message("\n=== ours gives %d, asked:", mine);
	for (int i = 0; i < t->count; i++)
		print_message(" %d", t->asked[i]);
	print_message("\n=== when the chain was defined:");
	for (int i = 0; i < t->count; i++)
		print_message(
		    " %d", told.value[calls[call].call == TOLD_SETCRED ? TOLD_AUTH : TOLD_OPEN]
				     [t->asked[i]]);
	print_message("\nSEKISHO_STACK_SEED=%llu\n", (unsigned long long)began);
	fail_msg("they differ");
}

/* chauthtok asks twice when the first pass succeeds. */
static void
compare(pam_handle_t *pamh, const struct stack_service *s, uint64_t began)
{
	for (size_t call = 0; call < sizeof(calls) / sizeof(calls[0]); call++) {
		struct told mine = told;
		int rc = theirs(pamh, call), got = ours(s, call, &mine), n = mine.count;

		if (rc == PAM_SUCCESS && calls[call].call == TOLD_PASSWORD)
			n *= 2;
		if (rc != got || n != told.count ||
		    memcmp(mine.asked, told.asked, (size_t)mine.count * sizeof(int)) != 0)
			show(began, call, rc, got, &mine);
	}
}

/* ---- what the search says ---------------------------------------------------------------- */

static int searched; /* the line whose success is the fact */

/* In place of cli/stack/module.c: every module may answer anything, and one proves something.
 */
bool
module_may_answer(
    const struct stack_line *line, const struct module_place *place, int value, uint32_t *facts)
{
	(void)place;
	if (walk_forced_value(line) >= 0)
		return value == walk_forced_value(line);
	if (strcmp(line->module, module) != 0)
		return value == PAM_MODULE_UNKNOWN;
	if (value == PAM_SUCCESS && line_id(line) == searched)
		*facts |= 1;
	return value != PAM_INCOMPLETE;
}

static bool
ends_without(const struct search *s, int result, uint32_t facts)
{
	(void)s;
	return result == PAM_SUCCESS && facts == 0;
}

/* Tells the modules what the way says. false: a file that is included twice would have to
 * answer one thing here and another there. */
static bool
tell_way(const struct stack *stack, const struct search_way *way)
{
	bool set[TOLD_IDS] = {false};

	for (size_t i = 0; i < way->count; i++) {
		const struct stack_line *l = &stack->line[way->step[i].at];
		int id = line_id(l), value = way->step[i].value;

		if (walk_forced_value(l) >= 0 || strcmp(l->module, module) != 0)
			continue;
		if (set[id] && told.value[TOLD_AUTH][id] != value)
			return false;
		set[id] = true;
		told.value[TOLD_AUTH][id] = value;
	}
	return true;
}

static bool
was_right(int id)
{
	for (int i = 0; i < told.count; i++) {
		if (told.asked[i] == id && told.value[TOLD_AUTH][id] == PAM_SUCCESS)
			return true;
	}
	return false;
}

/* What is found has to work with libpam; and what libpam does, with any answers, has to have
 * been found. */
static void
compare_search(pam_handle_t *pamh, const struct stack_service *service, uint64_t began)
{
	static struct search_way way;
	const struct stack *stack = stack_lines(service, STACK_AUTH);
	struct search s = {.stack = stack, .ends = ends_without, .allowed = ~(uint32_t)0};
	int found, rc;

	if (stack->count == 0)
		return;
	searched = line_id(&stack->line[dice((unsigned int)stack->count)]);
	found = search_run(&s, &way);
	assert_true(found >= 0);
	if (found == 1 && tell_way(stack, &way)) {
		told.count = 0;
		rc = pam_authenticate(pamh, 0);
		if (rc != PAM_SUCCESS || was_right(searched))
			show(began, 2, rc, PAM_SUCCESS, &told);
		replayed++;
	}
	for (int i = 0; i < VECTORS; i++) {
		random_answers();
		told.count = 0;
		rc = pam_authenticate(pamh, 0);
		if (rc == PAM_SUCCESS && !was_right(searched) && found == 0)
			show(began, 2, rc, PAM_PERM_DENIED, &told);
	}
	unfound += found == 0;
}

static int
no_answer(
    int count, const struct pam_message **message, struct pam_response **response, void *data)
{
	(void)count;
	(void)message;
	(void)response;
	(void)data;
	return PAM_CONV_ERR;
}

static void
one_round(void)
{
	const struct stack_source source = {.dir = {dir, NULL}};
	const struct pam_conv conv = {no_answer, &told};
	struct stack_service s;
	pam_handle_t *pamh = NULL;
	uint64_t began = seed;
	int rc;

	write_files();
	stack_read(&source, "service", &s);
	if (s.undefined) { /* nothing to compare with */
		stack_free(&s);
		return;
	}
	rc = pam_start_confdir("service", "somebody", &conv, dir, &pamh);
	if (s.refused || rc != PAM_SUCCESS) {
		if (rc != PAM_ABORT || !s.refused)
			show(began, 0, rc, s.refused ? PAM_ABORT : PAM_SUCCESS, &told);
		stack_free(&s);
		return;
	}
	for (size_t type = 0; type < STACK_TYPES; type++) {
		for (size_t i = 0; i < STACK_LINES_MAX; i++)
			frozen[type][i] = WALK_NEVER_ASKED;
	}
	for (int i = 0; i < VECTORS; i++) {
		random_answers();
		compare(pamh, &s, began);
	}
	compare_search(pamh, &s, began);
	assert_int_equal(pam_end(pamh, PAM_SUCCESS), PAM_SUCCESS);
	stack_free(&s);
}

static void
test_same_as_libpam(void **state)
{
	const char *rounds = getenv("SEKISHO_STACK_ROUNDS"),
		   *from = getenv("SEKISHO_STACK_SEED");
	long n = rounds == NULL ? ROUNDS : strtol(rounds, NULL, 10);

	(void)state;
	seed = from == NULL ? (uint64_t)time(NULL) : strtoull(from, NULL, 10);
	for (long i = 0; i < n; i++)
		one_round();
	print_message(
	    "%ld configurations, %d passes each; %ld ways replayed, %ld searches without one\n",
	    n, VECTORS, replayed, unfound);
	assert_true(n < 100 || (replayed > n / 20 && unfound > n / 20));
}

static int
prepare(void **state)
{
	ssize_t n = readlink("/proc/self/exe", module, sizeof(module) - 1);
	char *slash;

	(void)state;
	if (n <= 0 || mkdtemp(dir) == NULL)
		return 1;
	for (int i = 0; i < FILES; i++)
		snprintf(path[i], sizeof(path[i]), "%s/%s", dir, names[i]);
	module[n] = '\0';
	slash = strrchr(module, '/');
	if (slash == NULL || slash + sizeof("/libtold.so") > module + sizeof(module))
		return 1;
	memcpy(slash, "/libtold.so", sizeof("/libtold.so"));
	return access(module, R_OK);
}

static int
clean(void **state)
{
	(void)state;
	for (int i = 0; i < FILES; i++)
		unlink(path[i]);
	return rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_same_as_libpam),
	};

	return cmocka_run_group_tests(tests, prepare, clean);
}
