#include "tell.h"

#include "cli/call.h"
#include "cli/check.h"
#include "cli/show.h"
#include "clock.h"
#include "i18n.h"
#include "login.h"
#include "place.h"
#include "run.h"
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define PROBE_TEST "second-factor-required"
#define SSHD_PATH  "/usr/sbin/sshd"

enum { SSHD_TIMEOUT_MS = 5000, ALL_TIMEOUT_MS = 75000 };

/* What the daemon would decide about a login of the probe account by key. */
enum expected { EXPECT_UNKNOWN, EXPECT_IN, EXPECT_REFUSED };

static enum expected
probe_expect(const char *source)
{
	enum expected expected = EXPECT_UNKNOWN;
	json_t *answer = NULL;
	struct call call;

	call_init(&call, VERB_EXPLAIN);
	if (call_set_user(&call, PROBE_ACCOUNT) == STATUS_DONE &&
	    call_set_text(call.request.service, sizeof(call.request.service), "sshd",
		"service") == STATUS_DONE &&
	    call_set_text(call.request.source, sizeof(call.request.source), source, "source") ==
		STATUS_DONE &&
	    call_send(&call, NULL, 0, NULL) == STATUS_DONE)
		answer = call_json(&call);
	if (answer != NULL && show_text(answer, "key_verdict")[0] != '\0')
		expected = strcmp(show_text(answer, "key_verdict"), "allow") == 0
			       ? EXPECT_IN
			       : EXPECT_REFUSED;
	json_decref(answer);
	call_clear(&call);
	return expected;
}

/* The settings for the account, as it comes from this host. */
static bool
probe_plan(struct probe_plan *plan)
{
	static const char *const plain[] = {SSHD_PATH, "-T", NULL};
	char who[256];
	const char *const argv[] = {SSHD_PATH, "-T", "-C", who, NULL};
	FILE *in = run_program(plain, SSHD_TIMEOUT_MS);
	bool good = in != NULL && plan_read(in, plan);

	if (in != NULL)
		fclose(in);
	if (!good)
		return false;
	/* again, with what Match blocks say for this login */
	snprintf(who, sizeof(who), "user=%s,host=localhost,addr=%s,laddr=%s,lport=%u",
	    PROBE_ACCOUNT, plan->host, plan->host, plan->port);
	in = run_program(argv, SSHD_TIMEOUT_MS);
	good = in != NULL && plan_read(in, plan);
	if (in != NULL)
		fclose(in);
	return good;
}

/* ---- findings -----------------------------------------------------------------------------
 */

static void
probe_tell_in(
    struct check *c, const char *method, const struct probe_result *r, enum expected expected)
{
	bool key = strcmp(r->passed, "publickey") == 0;

	if (!key)
		check_failed(c, PROBE_TEST,
		    _("An account whose password is locked got in without a key: so does "
		      "everybody."),
		    _("Look at sshd_config, at what the method trusts, and at PAM's auth "
		      "lines."),
		    _("login by %s: lets in, by %s, and asks for nothing"), method, r->passed);
	else if (expected == EXPECT_REFUSED)
		check_failed(c, PROBE_TEST,
		    _("The policy refuses a key alone, and the login was not stopped: its "
		      "account "
		      "phase does not reach Sekisho."),
		    _("See what this check says about sshd's PAM stack and \"UsePAM\"."),
		    _("login by %s: lets in by the key alone"), method);
	else if (expected == EXPECT_UNKNOWN)
		check_unknown(c, PROBE_TEST,
		    _("Start the daemon, and see: sekisho explain sekisho-probe --service "
		      "sshd"),
		    _("login by %s: lets in by the key alone; what the policy wants could not "
		      "be "
		      "asked"),
		    method);
	else
		check_ok(c, PROBE_TEST,
		    _("login by %s: lets in by the key alone, as the policy has it"), method);
}

static void
probe_tell(
    struct check *c, const char *method, const struct probe_result *r, enum expected expected)
{
	switch (r->end) {
	case PROBE_IN:
		probe_tell_in(c, method, r, expected);
		return;
	case PROBE_ASKED:
		if (r->passed[0] == '\0')
			check_ok(
			    c, PROBE_TEST, _("login by %s: asks \"%s\""), method, r->asked);
		else
			check_ok(c, PROBE_TEST, _("login by %s: takes %s, then asks \"%s\""),
			    method, r->passed, r->asked);
		return;
	case PROBE_REFUSED:
		if (r->passed[0] == '\0')
			check_ok(c, PROBE_TEST, _("login by %s: not let in"), method);
		else
			check_ok(c, PROBE_TEST,
			    _("login by %s: takes %s, then does not let in"), method,
			    r->passed);
		return;
	case PROBE_CUT:
		if (expected == EXPECT_IN)
			check_unknown(c, PROBE_TEST,
			    _("See why: sekisho log --user sekisho-probe --limit 5"),
			    _("login by %s: the policy allows a key alone, and the login was "
			      "refused"),
			    method);
		else
			check_ok(c, PROBE_TEST,
			    _("login by %s: the key is right, and alone it is refused"),
			    method);
		return;
	case PROBE_LATE:
		check_unknown(c, PROBE_TEST, _("Look at sshd's log and at its PAM stack."),
		    _("login by %s: no end after %d seconds"), method, PROBE_LOGIN_MS / 1000);
		return;
	default:
		check_unknown(c, PROBE_TEST, _("Does sshd run, and listen there?"),
		    _("login by %s: sshd could not be talked to"), method);
	}
}

static bool
probe_tell_place(struct check *c, enum place_state state)
{
	if (state == PLACE_READY)
		return true;
	if (state == PLACE_NO_ACCOUNT)
		check_unknown(c, PROBE_TEST,
		    _("Make it: useradd --system --user-group --no-create-home --home-dir "
		      "/run/sekisho-probe --shell /usr/sbin/nologin --password '*' "
		      "sekisho-probe"),
		    _("logins cannot be tried: there is no account %s"), PROBE_ACCOUNT);
	else if (state == PLACE_UNLOCKED)
		check_failed(c, PROBE_TEST,
		    _("The account for trying logins must be nobody's way in."),
		    _("Lock its password, and give it the shell /usr/sbin/nologin and the home "
		      "directory /run/sekisho-probe."),
		    _("account %s has a password, a shell or a home directory of its own"),
		    PROBE_ACCOUNT);
	else
		check_unknown(c, PROBE_TEST,
		    _("Are ssh and ssh-keygen installed, and is there space?"),
		    _("logins cannot be tried: %s cannot be prepared"), PROBE_HOME);
	return false;
}

/* ---- all of them --------------------------------------------------------------------------
 */

static bool
probe_is_told_to_stop(void)
{
	sigset_t waiting;

	return sigpending(&waiting) == 0 &&
	       (sigismember(&waiting, SIGINT) == 1 || sigismember(&waiting, SIGTERM) == 1 ||
		   sigismember(&waiting, SIGHUP) == 1);
}

static void
probe_all(struct check *c, const struct probe_plan *plan)
{
	enum expected expected = probe_expect(plan->host);
	int64_t end_ms = clock_monotonic_ms() + ALL_TIMEOUT_MS;

	for (size_t i = 0; i < plan->count; i++) {
		const char *method = plan->method[i];
		struct probe_result r;

		if (probe_is_told_to_stop())
			return;
		if (clock_monotonic_ms() >= end_ms) {
			check_unknown(c, PROBE_TEST, NULL,
			    _("login by %s: not tried, the others took too long"), method);
			continue;
		}
		if (!plan->own_keys && strstr(method, "publickey") != NULL) {
			check_unknown(c, PROBE_TEST,
			    _("AuthorizedKeysFile names no file in the home directory."),
			    _("login by %s: not tried, there is no place for its key"), method);
			continue;
		}
		probe_login(plan, method, &r);
		probe_tell(c, method, &r, expected);
	}
	if (plan->cut)
		check_unknown(c, PROBE_TEST, NULL,
		    _("AuthenticationMethods has more than %d ways; the others were not tried"),
		    PROBE_METHODS_MAX);
	if (plan->limited)
		check_unknown(c, PROBE_TEST,
		    _("Others may be let in where the probe account is not."),
		    _("sshd limits who logs in (AllowUsers and the like): what was refused to "
		      "%s "
		      "proves little"),
		    PROBE_ACCOUNT);
}

void
probe_check(struct check *c)
{
	struct probe_plan plan;
	sigset_t stops, before;

	if (access(SSHD_PATH, F_OK) != 0)
		return;
	if (!c->root || !probe_plan(&plan)) {
		check_unknown(c, PROBE_TEST,
		    c->root ? _("Run it yourself and repair what it names: sshd -T")
			    : _("Run \"sekisho check\" as root."),
		    "%s", _("the settings of sshd could not be read (sshd -T)"));
		return;
	}
	if (!probe_tell_place(c, place_check_account()))
		return;
	/* whoever interrupts us does so when everything is removed again */
	sigemptyset(&stops);
	sigaddset(&stops, SIGINT);
	sigaddset(&stops, SIGTERM);
	sigaddset(&stops, SIGHUP);
	(void)sigprocmask(SIG_BLOCK, &stops, &before);
	if (probe_tell_place(c, place_make())) {
		probe_all(c, &plan);
		place_remove();
	}
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
}
