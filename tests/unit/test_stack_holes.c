/* The stack prover: every planted hole is found, at its line, and sound stacks have none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "stack_world.h"

#define PRE    "auth requisite pam_sekisho.so preauth\n"
#define PASS   "auth [success=1 default=ignore] pam_unix.so use_first_pass nodelay\n"
#define FAILED "auth [default=die] pam_sekisho.so authfail\n"
#define LAST   "auth [success=ok default=die] pam_sekisho.so\n"
#define AUTH   PRE PASS FAILED LAST
#define OURS   "account required pam_sekisho.so\n"
#define HOST   "account required pam_unix.so\n"
#define RECORD "session required pam_sekisho.so\n"
#define REST   OURS HOST RECORD

struct want {
	enum hole_kind kind;
	enum hole_cause cause;
	const char *file;
	unsigned int line;
};

enum { WANTS = 4 };

struct row {
	const char *name, *service;
	const char *file; /* what is replaced; NULL: the service's own */
	const char *text;
	struct want
	    want[WANTS]; /* these, in this order, and no other; a file of NULL ends them */
};

static const struct row rows[] = {
    {"sufficient: the password alone", "login", NULL,
	PRE "auth sufficient pam_unix.so use_first_pass\n" FAILED LAST REST,
	{{HOLE_SECOND, CAUSE_SKIPPED, "login", 2}}},
    {"success line optional", "login", NULL,
	PRE PASS FAILED "auth optional pam_sekisho.so\n"
			"auth required pam_permit.so\n" REST,
	{{HOLE_SECOND, CAUSE_PASSES, "login", 4}}},
    {"success line sufficient, permit behind it", "login", NULL,
	PRE PASS FAILED "auth sufficient pam_sekisho.so\nauth required pam_permit.so\n" REST,
	{{HOLE_SECOND, CAUSE_PASSES, "login", 4}}},
    {"jump over the success line", "login", NULL,
	PRE "auth [success=2 default=ignore] pam_unix.so use_first_pass\n" FAILED LAST
	    "auth required pam_permit.so\n" REST,
	{{HOLE_SECOND, CAUSE_SKIPPED, "login", 2}}},
    {"default jumps over authfail too", "login", NULL,
	PRE "auth [default=1] pam_unix.so use_first_pass\n" FAILED LAST REST,
	{{HOLE_FIRST, CAUSE_PASSES, "login", 2}}},
    {"user_unknown jumps over authfail", "login", NULL,
	PRE "auth [success=1 user_unknown=1 default=ignore] pam_unix.so use_first_pass\n" FAILED
	    LAST REST,
	{{HOLE_FIRST, CAUSE_PASSES, "login", 2}}},
    {"authfail optional", "login", NULL,
	PRE PASS "auth optional pam_sekisho.so authfail\n" LAST REST,
	{{HOLE_FIRST, CAUSE_REFUSAL, "login", 3}}},
    {"authfail dies of one answer only", "login", NULL,
	PRE PASS "auth [auth_err=die default=ignore] pam_sekisho.so authfail\n" LAST REST,
	{{HOLE_FIRST, CAUSE_REFUSAL, "login", 3}}},
    {"authfail missing", "login", NULL,
	PRE "auth [success=ok default=ignore] pam_unix.so use_first_pass\n" LAST REST,
	{{HOLE_FIRST, CAUSE_PASSES, "login", 2}}},
    {"no success line", "login", NULL, PRE "auth required pam_unix.so use_first_pass\n" REST,
	{{HOLE_SECOND, CAUSE_MISSING, "login", 2}}},
    {"no password line", "login", NULL, PRE LAST REST,
	{{HOLE_FIRST, CAUSE_MISSING, "login", 2}}},
    {"preauth sufficient", "login", NULL,
	"auth sufficient pam_sekisho.so preauth\n" PASS FAILED LAST REST,
	{{HOLE_FIRST, CAUSE_SKIPPED, "login", 1}, {HOLE_SECOND, CAUSE_SKIPPED, "login", 1},
	    {HOLE_COUNTED, CAUSE_PASSES, "login", 1}}},
    {"preauth optional: attempts are not limited", "login", NULL,
	"auth optional pam_sekisho.so preauth\n" PASS FAILED LAST REST,
	{{HOLE_COUNTED, CAUSE_PASSES, "login", 1}}},
    {"no preauth line", "login", NULL, PASS FAILED LAST REST,
	{{HOLE_COUNTED, CAUSE_ORDER, "login", 1}}},
    {"the password before preauth", "login", NULL, "auth required pam_unix.so\n" PRE LAST REST,
	{{HOLE_COUNTED, CAUSE_ORDER, "login", 1}}},
    {"include order: common-auth first", "login", NULL,
	"@include common-auth\n@include sekisho-auth\n@include sekisho-account\n" RECORD,
	{{HOLE_COUNTED, CAUSE_ORDER, "common-auth", 1}}},
    {"include order: common-account first", "login", NULL,
	AUTH "@include common-account\naccount required pam_sekisho.so\n" RECORD,
	{{HOLE_POLICY, CAUSE_SKIPPED, "common-account", 1}}},
    {"account line missing: other decides", "login", NULL, AUTH RECORD,
	{{HOLE_POLICY, CAUSE_MISSING, "common-account", 1}}},
    {"account line missing: the host's decides", "login", NULL,
	AUTH "@include common-account\n" RECORD,
	{{HOLE_POLICY, CAUSE_MISSING, "common-account", 1}}},
    {"account line sufficient", "login", NULL,
	AUTH "account sufficient pam_sekisho.so\n" HOST RECORD,
	{{HOLE_POLICY, CAUSE_PASSES, "login", 5}, {HOLE_HOST, CAUSE_SKIPPED, "login", 5}}},
    {"account line optional", "login", NULL,
	AUTH "account optional pam_sekisho.so\n" HOST RECORD,
	{{HOLE_POLICY, CAUSE_PASSES, "login", 5}}},
    {"an expired password lets in before ours refuses", "login", NULL,
	AUTH "account [default=bad] pam_unix.so\n" OURS RECORD,
	{{HOLE_POLICY, CAUSE_PASSES, "login", 6}}},
    {"account line behind a sufficient one", "login", NULL,
	AUTH "account sufficient pam_localuser.so\n" OURS HOST RECORD,
	{{HOLE_POLICY, CAUSE_SKIPPED, "login", 5}, {HOLE_HOST, CAUSE_SKIPPED, "login", 5}}},
    {"the host's account check missing", "login", NULL, AUTH OURS RECORD,
	{{HOLE_HOST, CAUSE_MISSING, "login", 5}}},
    {"the host's account check does not count", "login", NULL,
	AUTH OURS "account [success=ok default=ignore] pam_unix.so\n" RECORD,
	{{HOLE_HOST, CAUSE_PASSES, "login", 6}}},
    {"the host's refusal does not count", "login", "common-account",
	"account [success=1 new_authtok_reqd=done default=ignore] pam_unix.so\n"
	"account optional pam_deny.so\naccount required pam_permit.so\n",
	{{HOLE_HOST, CAUSE_REFUSAL, "common-account", 2}}},
    {"session line missing", "login", NULL, AUTH OURS HOST "session required pam_unix.so\n",
	{{HOLE_RECORDED, CAUSE_MISSING, "login", 7}}},
    {"session line optional", "login", NULL,
	AUTH OURS HOST "session optional pam_sekisho.so\nsession required pam_unix.so\n",
	{{HOLE_RECORDED, CAUSE_PASSES, "login", 7}}},
    {"session jumps over ours", "login", NULL,
	AUTH OURS HOST "session [default=1] pam_permit.so\n" RECORD
		       "session required pam_unix.so\n",
	{{HOLE_RECORDED, CAUSE_SKIPPED, "login", 7}}},
    {"keyproof ignore jumps over the password", "sshd", NULL,
	"auth [success=3 default=3] pam_sekisho.so keyproof\n" AUTH REST,
	{{HOLE_FIRST, CAUSE_SKIPPED, "sshd", 1}}},
    {"keyproof jumps one too far", "sshd", NULL,
	"auth [success=4 default=ignore] pam_sekisho.so keyproof\n" AUTH
	"auth required pam_permit.so\n" REST,
	{{HOLE_SECOND, CAUSE_SKIPPED, "sshd", 1}}},
    {"keyproof ignore jumps to the end", "sshd", NULL,
	"auth [success=3 ignore=4 default=ignore] pam_sekisho.so keyproof\n" AUTH
	"auth required pam_permit.so\n" REST,
	{{HOLE_FIRST, CAUSE_SKIPPED, "sshd", 1}, {HOLE_SECOND, CAUSE_SKIPPED, "sshd", 1}}},
    {"keyproof sufficient", "sshd", NULL, "auth sufficient pam_sekisho.so keyproof\n" AUTH REST,
	{{HOLE_SECOND, CAUSE_SKIPPED, "sshd", 1}}},
    {"a line more in between: keyproof lands on authfail's success", "sshd", NULL,
	"auth [success=2 default=ignore] pam_sekisho.so keyproof\n" PRE PASS
	"auth optional pam_sekisho.so authfail\n" LAST REST,
	{{HOLE_FIRST, CAUSE_REFUSAL, "sshd", 4}}},
    {"ignore passes: observe outside a first factor", "login", NULL,
	"auth [success=done ignore=1 default=die] pam_sekisho.so observe\n"
	"auth required pam_unix.so\nauth required pam_permit.so\n" REST,
	{{HOLE_FIRST, CAUSE_SKIPPED, "login", 1}, {HOLE_FIRST, CAUSE_SKIPPED, "login", 1},
	    {HOLE_SECOND, CAUSE_OBSERVE, "login", 1}, {HOLE_SECOND, CAUSE_PASSES, "login", 1}}},
    {"observe alone, sufficient", "login", NULL,
	"auth sufficient pam_sekisho.so observe\n" AUTH REST,
	{{HOLE_FIRST, CAUSE_SKIPPED, "login", 1}, {HOLE_SECOND, CAUSE_SKIPPED, "login", 1}}},
    {"observe on the success line", "login", NULL,
	PRE PASS FAILED "auth [success=ok default=die] pam_sekisho.so observe\n" REST,
	{{HOLE_SECOND, CAUSE_OBSERVE, "login", 4}}},
    {"observe on the preauth line", "login", NULL,
	"auth requisite pam_sekisho.so preauth observe\n" PASS FAILED LAST REST,
	{{HOLE_COUNTED, CAUSE_OBSERVE, "login", 1}}},
    {"observe on the account line", "login", NULL,
	AUTH "account required pam_sekisho.so observe\n" HOST RECORD,
	{{HOLE_POLICY, CAUSE_OBSERVE, "login", 5}}},
    {"fail=open on the success line", "login", NULL,
	PRE PASS FAILED "auth [success=ok default=die] pam_sekisho.so fail=open\n" REST,
	{{HOLE_SECOND, CAUSE_OPEN, "login", 4}}},
    {"token= without a token module", "login", NULL,
	PRE PASS FAILED "auth [success=ok default=die] pam_sekisho.so token=u2f\n" REST,
	{{HOLE_SECOND, CAUSE_TOKEN, "login", 4}}},
    {"token= past an optional token module", "login", NULL,
	PRE PASS FAILED "auth optional pam_u2f.so\n"
			"auth [success=ok default=die] pam_sekisho.so token=u2f\n" REST,
	{{HOLE_SECOND, CAUSE_TOKEN, "login", 5}}},
    {"token= behind one whose ignore passes", "login", NULL,
	PRE PASS FAILED "auth requisite pam_u2f.so\n"
			"auth [success=ok default=die] pam_sekisho.so token=u2f\n" REST,
	{{HOLE_SECOND, CAUSE_TOKEN, "login", 5}}},
    {"the second factor before the first", "login", NULL,
	PRE LAST "auth required pam_unix.so use_first_pass\n" REST,
	{{HOLE_SECOND, CAUSE_ORDER, "login", 2}}},
    {"a module of that name in a directory of that name", "login", NULL,
	PRE "auth [success=1 default=ignore] /opt/security/pam_unix.so\n" FAILED LAST REST,
	{{HOLE_FIRST, CAUSE_MISSING, "login", 4}}},
    {"what root may do hides nothing", "su", NULL,
	"auth optional pam_rootok.so\n" PRE PASS
	"auth optional pam_sekisho.so authfail\n" LAST REST,
	{{HOLE_FIRST, CAUSE_REFUSAL, "su", 4}}},
    {"pam_permit where deny belongs", "login", "sekisho-auth",
	PRE PASS "auth sufficient pam_permit.so\n" LAST,
	{{HOLE_FIRST, CAUSE_PASSES, "sekisho-auth", 2},
	    {HOLE_SECOND, CAUSE_SKIPPED, "sekisho-auth", 3}}},
    {"pam_rootok in a daemon", "sshd", NULL, "auth sufficient pam_rootok.so\n" AUTH REST,
	{{HOLE_FIRST, CAUSE_SKIPPED, "sshd", 1}, {HOLE_SECOND, CAUSE_SKIPPED, "sshd", 1}}},
    {"a group without a password", "sudo", NULL,
	"auth sufficient pam_succeed_if.so quiet user ingroup admins\n" AUTH REST,
	{{HOLE_FIRST, CAUSE_SKIPPED, "sudo", 1}, {HOLE_SECOND, CAUSE_SKIPPED, "sudo", 1}}},
    {"pam_wheel trust", "su", NULL,
	"auth sufficient pam_rootok.so\nauth sufficient pam_wheel.so trust\n" AUTH REST,
	{{HOLE_FIRST, CAUSE_SKIPPED, "su", 2}, {HOLE_SECOND, CAUSE_SKIPPED, "su", 2}}},
    {"pam_localuser jumps", "login", NULL,
	"auth [success=4 default=ignore] pam_localuser.so\n" AUTH
	"auth required pam_permit.so\n" REST,
	{{HOLE_FIRST, CAUSE_SKIPPED, "login", 1}, {HOLE_SECOND, CAUSE_SKIPPED, "login", 1}}},
    {"pam_nologin successok, sufficient", "login", NULL,
	"auth sufficient pam_nologin.so successok\n" AUTH REST,
	{{HOLE_FIRST, CAUSE_SKIPPED, "login", 1}, {HOLE_SECOND, CAUSE_SKIPPED, "login", 1}}},
    {"a substack's end is not the stack's", "login", "sekisho-auth",
	PRE PASS
	"auth [default=die] pam_sekisho.so authfail\n"
	"auth [success=ok default=reset] pam_sekisho.so\nauth required pam_permit.so\n",
	{{HOLE_SECOND, CAUSE_PASSES, "sekisho-auth", 4}}},
    {"another module of that name", "login", NULL,
	PRE "auth [success=1 default=ignore] /opt/lib/pam_unix.so\n" FAILED LAST REST,
	{{HOLE_FIRST, CAUSE_MISSING, "login", 4}}},
    {"a continued line that swallows the next", "login", NULL,
	PRE PASS "# authfail stands here \\\n" FAILED LAST
		 "account required pam_sekisho.so \\\n" HOST RECORD,
	{{HOLE_HOST, CAUSE_MISSING, "login", 6}}},
    {"cron: the account line missing", "cron", NULL,
	"@include common-auth\n@include common-account\n" RECORD,
	{{HOLE_POLICY, CAUSE_MISSING, "common-account", 1}}},
    {"gdm-autologin", "gdm-autologin", NULL,
	"auth requisite pam_nologin.so\nauth required pam_permit.so\n@include common-account\n",
	{{HOLE_FIRST, CAUSE_MISSING, "gdm-autologin", 2}}},
};

static const char *const causes[] = {
    "MISSING", "PASSES", "REFUSAL", "SKIPPED", "OBSERVE", "OPEN", "ORDER", "TOKEN"};
static const char *const kind_names[] = {
    "FIRST", "SECOND", "COUNTED", "POLICY", "HOST", "RECORDED"};

static const char *
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

static bool
is_wanted(const struct want *want, const struct hole *h)
{
	return want->file != NULL && want->kind == h->kind && want->cause == h->cause &&
	       want->line == h->line->number &&
	       strcmp(want->file, base_name(h->line->file)) == 0;
}

static void
judge(const char *service, struct stack_service *s, struct judgement *j)
{
	stack_read(&world_source, service, s);
	judge_service(s, services_class(service), j);
}

static void
show_holes(const char *name, const struct judgement *j)
{
	print_message("%s:\n", name);
	for (size_t i = 0; i < j->count; i++)
		print_message("  {HOLE_%s, CAUSE_%s, \"%s\", %u}: %s%s%s\n",
		    kind_names[j->hole[i].kind], causes[j->hole[i].cause],
		    base_name(j->hole[i].line->file), j->hole[i].line->number, j->hole[i].way,
		    j->hole[i].by_root ? " ROOT" : "", j->hole[i].by_unknown ? " UNKNOWN" : "");
}

static bool
row_holds(const struct row *row)
{
	struct stack_service s;
	struct judgement j;
	size_t found = 0, wanted = 0;
	bool ok;

	world_reset();
	world_put(row->file == NULL ? row->service : row->file, row->text);
	judge(row->service, &s, &j);
	for (size_t w = 0; w < WANTS && row->want[w].file != NULL; w++)
		wanted++;
	for (size_t i = 0; i < j.count && i < wanted; i++)
		found += is_wanted(&row->want[i], &j.hole[i]);
	ok = found == wanted && j.count == wanted && !j.too_many && j.closed == 0 && !s.refused;
	if (!ok)
		show_holes(row->name, &j);
	stack_free(&s);
	return ok;
}

static void
test_planted(void **state)
{
	size_t bad = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		bad += !row_holds(&rows[i]);
	assert_int_equal(bad, 0);
}

/* ---- sound stacks -------------------------------------------------------------------------
 */

static const struct {
	const char *service;
	bool ours, by_design;
	unsigned int kinds; /* that are looked for */
} sound[] = {
    {"sshd", true, false, 0x3f},
    {"login", true, false, 0x3f},
    {"su", true, true, 0x3f},
    {"su-l", true, true, 0x3f},
    {"sudo", true, false, 0x3f},
    {"sudo-i", true, false, 0x3f},
    {"swaylock", true, false,
	1 << HOLE_FIRST | 1 << HOLE_SECOND | 1 << HOLE_COUNTED | 1 << HOLE_HOST},
    {"cron", true, false, 1 << HOLE_POLICY | 1 << HOLE_HOST | 1 << HOLE_RECORDED},
    {"passwd", true, false, 1 << HOLE_FIRST | 1 << HOLE_HOST},
    {"sekisho", false, false, 1 << HOLE_FIRST | 1 << HOLE_HOST},
    {"other", false, false, 1 << HOLE_FIRST | 1 << HOLE_HOST},
    {"chfn", false, true, 1 << HOLE_FIRST | 1 << HOLE_HOST},
    {"chsh", false, true, 1 << HOLE_FIRST | 1 << HOLE_HOST},
    {"polkit-1", false, false, 1 << HOLE_FIRST | 1 << HOLE_HOST},
    {"screen", false, false, 1 << HOLE_FIRST | 1 << HOLE_HOST},
    {"chpasswd", true, false, 0},
    {"newusers", false, false, 0},
    {"runuser", false, false, 0},
    {"runuser-l", false, false, 0},
    {"systemd-user", false, false, 0},
};

static void
assert_sound(const char *service, bool ours, bool by_design, unsigned int looked_for)
{
	struct stack_service s;
	struct judgement j;

	judge(service, &s, &j);
	if (j.count > 0)
		show_holes(service, &j);
	assert_int_equal(j.count, 0);
	assert_int_equal(j.kinds, looked_for);
	assert_int_equal(j.has_ours, ours);
	assert_int_equal(j.by_design != NULL, by_design);
	assert_int_equal(j.closed, 0);
	assert_false(s.refused || j.too_many);
	stack_free(&s);
}

static void
test_sound(void **state)
{
	(void)state;
	world_reset();
	for (size_t i = 0; i < sizeof(sound) / sizeof(sound[0]); i++)
		assert_sound(
		    sound[i].service, sound[i].ours, sound[i].by_design, sound[i].kinds);
}

/* What hosts add to them and may. */
static void
test_sound_variants(void **state)
{
	static const char *const texts[] = {
	    /* sssd beside local accounts */
	    PRE "auth [success=2 default=ignore] pam_unix.so use_first_pass nodelay\n"
		"auth [success=1 default=ignore] pam_sss.so use_first_pass\n" FAILED LAST OURS
		"account required pam_unix.so\n"
		"account [default=bad success=ok user_unknown=ignore] pam_sss.so\n" RECORD,
	    /* a security key, as pam_sekisho(8) shows it */
	    PRE PASS FAILED "auth [success=ok default=die] pam_u2f.so\n"
			    "auth [success=ok default=die] pam_sekisho.so token=u2f\n" REST,
	    /* lines that refuse more */
	    "auth required pam_wheel.so\nauth requisite pam_nologin.so\n"
	    "auth required pam_succeed_if.so quiet uid >= 1000\n" AUTH
	    "account required pam_access.so\naccount required pam_time.so\n" REST,
	    /* a substack that takes back what it did itself */
	    AUTH "auth substack resets\n" REST,
	    /* in a substack; what it refuses stays refused */
	    "auth required pam_permit.so\nauth substack sekisho-auth\n" REST,
	    /* other ways to write it, over several lines, modules by their paths */
	    "AUTH Requisite /lib/x86_64-linux-gnu/security/pam_sekisho.so \\\n\tpreauth\n"
	    "auth [ success = 1\tdefault=ignore ] $ISA/pam_unix.so use_first_pass # comment\n"
	    "-auth [default=die] /usr/lib/security/pam_sekisho.so authfail\n" LAST REST,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		world_reset();
		world_put("resets", "auth [default=reset] pam_cap.so\n");
		world_put("login", texts[i]);
		assert_sound("login", true, false, 0x3f);
	}
}

/* ---- stacks that refuse everybody ---------------------------------------------------------
 */

static void
test_closed(void **state)
{
	static const struct {
		const char *text;
		unsigned int closed;
	} cases[] = {
	    {PRE "auth [success=2 default=ignore] pam_unix.so\n" FAILED REST, 1u << STACK_AUTH},
	    {PRE PASS FAILED "auth [success=die default=die] pam_sekisho.so\n" REST,
		1u << STACK_AUTH},
	    {"auth [success=5 default=5] pam_sekisho.so keyproof\n" AUTH REST,
		1u << STACK_AUTH},
	    {AUTH "account include absent\n" REST, 1u << STACK_ACCOUNT},
	    {"auth [success=ok default=die] pam_sekisho.so keyproof\n" LAST REST, /* not sshd */
		1u << STACK_AUTH},
	    {AUTH "account include absent\n" RECORD, 1u << STACK_ACCOUNT},
	    {"auth requird pam_permit.so\n" AUTH REST, 1u << STACK_AUTH},
	    {AUTH OURS HOST RECORD "session required\n", 1u << STACK_SESSION},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct stack_service s;
		struct judgement j;

		world_reset();
		world_put("login", cases[i].text);
		judge("login", &s, &j);
		if (j.closed != cases[i].closed)
			fail_msg("%s", cases[i].text);
		stack_free(&s);
	}
}

static void
test_refused(void **state)
{
	static const struct {
		const char *text, *file;
		unsigned int line;
		bool undefined;
	} cases[] = {
	    {AUTH "@include absent\n" REST, "login", 5, false},
	    {AUTH "account required pam_unix.so \\\n", "login", 5, false},
	    {AUTH "account include\n" REST, "login", 5, true},
	    {AUTH "@include login\n" REST, NULL, 0, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct stack_service s;

		world_reset();
		world_put("login", cases[i].text);
		stack_read(&world_source, "login", &s);
		assert_true(s.refused);
		assert_int_equal(s.undefined, cases[i].undefined);
		if (cases[i].file != NULL) {
			assert_string_equal(base_name(s.why_file), cases[i].file);
			assert_int_equal(s.why_line, cases[i].line);
		}
		stack_free(&s);
	}
}

/* ---- weights ------------------------------------------------------------------------------
 */

static void
test_doubts(void **state)
{
	struct stack_service s;
	struct judgement j;

	(void)state;
	world_reset();
	/* a module of the house may check passwords: nobody here knows */
	world_put("login", PRE
	    "auth [success=1 default=ignore] pam_house.so use_first_pass\n" FAILED LAST REST);
	judge("login", &s, &j);
	assert_int_equal(j.count, 1);
	assert_true(j.hole[0].kind == HOLE_FIRST && j.hole[0].by_unknown);
	assert_int_equal(judge_weigh(&j.hole[0], SERVICE_CONSOLE), WEIGHT_DOUBT);
	stack_free(&s);
	/* past a second factor it is no doubt */
	world_put("login", "auth sufficient pam_house.so\n" AUTH REST);
	judge("login", &s, &j);
	assert_true(j.count >= 2 && j.hole[1].kind == HOLE_SECOND);
	assert_int_equal(judge_weigh(&j.hole[1], SERVICE_CONSOLE), WEIGHT_HOLE);
	stack_free(&s);
	/* pam_rootok: the person's own process, a daemon's, nobody knows whose */
	world_put("housed", "auth sufficient pam_rootok.so\n@include common-auth\n");
	judge("housed", &s, &j);
	assert_int_equal(j.count, 1);
	assert_true(j.hole[0].by_root);
	assert_int_equal(judge_weigh(&j.hole[0], SERVICE_UNKNOWN), WEIGHT_DOUBT);
	assert_int_equal(judge_weigh(&j.hole[0], SERVICE_REMOTE), WEIGHT_HOLE);
	assert_int_equal(judge_weigh(&j.hole[0], SERVICE_ELEVATION), WEIGHT_BY_DESIGN);
	stack_free(&s);
	unlink("housed");
}

/* Two thousand lines of it are looked at in no time, or it is said that they are not. */
static void
test_long(void **state)
{
	static char text[1 << 18];
	struct stack_service s;
	struct judgement j;
	size_t used = 0;

	(void)state;
	world_reset();
	for (int i = 0; i < 300; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
		    "auth [success=%d default=ignore] pam_house%d.so\n", 1 + i % 7, i);
	snprintf(text + used, sizeof(text) - used, "%s", AUTH REST);
	world_put("login", text);
	judge("login", &s, &j);
	assert_true(j.count > 0 || j.too_many);
	stack_free(&s);
}

static void
test_names(void **state)
{
	struct stack_names names;
	bool seen = false;

	(void)state;
	world_reset();
	world_put("login.dpkg-old", "");
	world_put("Login", "");
	stack_names_read(&world_source, &names);
	for (size_t i = 0; i < names.count; i++) {
		assert_string_not_equal(names.item[i], "login.dpkg-old");
		assert_string_not_equal(names.item[i], "Login");
		seen = seen || strcmp(names.item[i], "login") == 0;
		if (i > 0)
			assert_true(strcmp(names.item[i - 1], names.item[i]) < 0);
	}
	assert_true(seen);
	stack_names_free(&names);
}

/* pam.conf counts where there is no directory. */
static void
test_conf(void **state)
{
	char conf[PATH_MAX];
	const struct stack_source source = {
	    .dir = {"/nonexistent/pam.d", NULL}, .include_dir = world, .conf = conf};
	struct stack_names names;
	struct stack_service s;

	(void)state;
	world_reset();
	snprintf(conf, sizeof(conf), "%s/pam.conf", world);
	world_put("pam.conf",
	    "# all in one\nlogin auth required pam_unix.so\n"
	    "LOGIN account include common-account\nother auth required pam_deny.so\n"
	    "su auth sufficient pam_rootok.so\n");
	stack_read(&source, "login", &s);
	assert_true(s.found && !s.refused);
	assert_int_equal(s.own[STACK_AUTH].count, 1);
	assert_int_equal(s.own[STACK_AUTH].line[0].number, 2);
	assert_int_equal(s.own[STACK_ACCOUNT].count, 3);
	assert_int_equal(s.other[STACK_AUTH].count, 1);
	assert_int_equal(stack_lines(&s, STACK_SESSION)->count, 0);
	stack_free(&s);
	stack_names_read(&source, &names);
	assert_int_equal(names.count, 3); /* LOGIN is login */
	stack_names_free(&names);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_planted),
	    cmocka_unit_test(test_sound),
	    cmocka_unit_test(test_sound_variants),
	    cmocka_unit_test(test_closed),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_doubts),
	    cmocka_unit_test(test_long),
	    cmocka_unit_test(test_names),
	    cmocka_unit_test(test_conf),
	};

	return cmocka_run_group_tests(tests, world_make, world_remove);
}
