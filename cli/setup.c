/* sekisho setup: turns Sekisho on for services of this host, and off again. */
#include "ask.h"
#include "breakglass.h"
#include "call.h"
#include "cli.h"
#include "error.h"
#include "i18n.h"
#include "root.h"
#include "setup/apply.h"
#include "setup/from.h"
#include "setup/plan.h"
#include "setup/sshd.h"
#include "show.h"
#include <stdlib.h>
#include <string.h>

/* ---- before --------------------------------------------------------------------------------
 */

/* Nobody who is asked for a code could be told yes without it. */
static int
setup_need_daemon(const struct args *args)
{
	struct call call;
	int r;

	call_init(&call, VERB_STATUS);
	r = call_run(&call, args);
	call_clear(&call);
	if (r != STATUS_DONE)
		fputs(_("Start the daemon first. Nothing was changed.\n"), stderr);
	return r;
}

static int
setup_ask(const struct args *args, const struct plan *p)
{
	char before[SSHD_SETTINGS_SIZE];

	plan_print(p, stdout);
	if (p->sshd && sshd_effective(before))
		printf(_("\nsshd as it is (sshd -T):\n%s"), before);
	fflush(stdout);
	if (args_has(args, OPT_REHEARSE)) {
		fputs(_("This was a rehearsal: nothing was changed.\n"), stdout);
		return STATUS_REFUSED;
	}
	if (args_has(args, OPT_YES) || ask_yes(_("\nMake these changes? (yes/no) ")))
		return STATUS_DONE;
	fputs(_("sekisho: nothing was changed.\n"), stderr);
	return STATUS_REFUSED;
}

/* ---- after ---------------------------------------------------------------------------------
 */

static void
setup_print_vkey(void)
{
	struct call call;
	json_t *head;

	call_init(&call, VERB_HEAD);
	head = call_send(&call, NULL, 0, NULL) == STATUS_DONE ? call_json(&call) : NULL;
	if (head != NULL)
		printf(_("\nThe key that verifies this host's log. Note it where root of this "
			 "host "
			 "cannot change it:\n  %s\n"),
		    show_text(head, "vkey"));
	json_decref(head);
	call_clear(&call);
}

static void
setup_print_card(const struct args *args)
{
	struct breakglass_count count;

	fputc('\n', stdout);
	if (breakglass_count(&breakglass_system, &count) == SKS_OK && count.unused > 0)
		printf(_("The emergency card that was made earlier holds: %u of its codes are "
			 "unused.\n"),
		    count.unused);
	else
		(void)run_break_glass_make(args);
}

static void
setup_print_next(const struct applied *a)
{
	char time[SHOW_TIME_SIZE];

	show_time(a->deadline.wall_ms, time);
	printf(
	    _("\nDone, for the time being. At %s all of it is taken back, and after a reboot "
	      "too, unless it is confirmed:\n"
	      "  1. Leave this shell open.\n"
	      "  2. Have a device: sekisho enroll NAME\n"
	      "  3. Log in anew, through a service that was changed, and become root there.\n"
	      "  4. In that session: sekisho setup --confirm\n"
	      "Back to how it was, now: sekisho setup --undo\n"),
	    time);
}

static void
setup_print_json(const struct plan *p, const struct applied *a)
{
	json_t *files = json_array(), *answer;

	for (size_t i = 0; i < p->count; i++)
		json_array_append_new(files, json_string(p->change[i].path));
	answer = json_pack("{s:I,s:I,s:s,s:o}", "change", (json_int_t)a->id, "deadline",
	    (json_int_t)a->deadline.wall_ms, "services", p->services, "files", files);
	show_json(answer);
	json_decref(answer);
}

static int
setup_need_nothing_pending(void)
{
	struct pending pending;

	if (transaction_pending(TRANSACTION_DIR, &pending) == SKS_NOT_FOUND)
		return STATUS_DONE;
	fputs(_("sekisho: an earlier change waits for its confirmation. Confirm it in a new login "
		"(sekisho setup --confirm), or take it back (sekisho setup --undo).\n"),
	    stderr);
	return STATUS_REFUSED;
}

static int
setup_make(const struct args *args, struct plan *p)
{
	struct applied applied;
	int64_t within_ms;
	int r = apply_within(args, &within_ms, false);

	if (r == STATUS_DONE)
		r = plan_make(p, args);
	if (r != STATUS_DONE)
		return r;
	if (p->count == 0) {
		plan_print(p, stdout);
		fputs(_("There is nothing to change.\n"), stdout);
		return STATUS_DONE;
	}
	r = setup_ask(args, p);
	if (r != STATUS_DONE)
		return args_has(args, OPT_REHEARSE) ? STATUS_DONE : r;
	/* Keys first: who has none when the stack changes is locked out. */
	r = from_import(p, args);
	if (r == STATUS_DONE)
		r = apply_plan(p, args, within_ms, &applied);
	if (r != STATUS_DONE)
		return r;
	if (args_has(args, OPT_JSON)) {
		setup_print_json(p, &applied);
		return STATUS_DONE;
	}
	setup_print_vkey();
	setup_print_card(args);
	setup_print_next(&applied);
	return STATUS_DONE;
}

int
run_setup(const struct args *args)
{
	struct plan *p;
	int r = root_need();

	if (r != STATUS_DONE)
		return r;
	if (args_has(args, OPT_CONFIRM))
		return apply_confirm(args);
	if (args_has(args, OPT_UNDO))
		return apply_undo(args);
	r = setup_need_nothing_pending();
	if (r == STATUS_DONE)
		r = setup_need_daemon(args);
	if (r != STATUS_DONE)
		return r;
	p = malloc(sizeof(*p));
	if (p == NULL)
		return STATUS_REFUSED;
	plan_init(p);
	r = setup_make(args, p);
	plan_clear(p);
	free(p);
	return r;
}

int
run_policy_confirm(const struct args *args)
{
	int r = root_need();

	return r == STATUS_DONE ? apply_confirm(args) : r;
}
