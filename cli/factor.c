/* sekisho factor list|revoke|lost|return|recovery-codes; import is in factor_import.c */
#include "ask.h"
#include "call.h"
#include "cli.h"
#include "codes.h"
#include "error.h"
#include "i18n.h"
#include "list.h"
#include "proof.h"
#include "show.h"
#include <pwd.h>
#include <string.h>
#include <unistd.h>

int
run_factor_list(const struct args *args)
{
	struct call call;
	int r;

	call_init(&call, VERB_FACTOR_LIST);
	r = call_set_user(&call, args_word(args, 0));
	if (r == STATUS_DONE)
		r = call_run_and_show(&call, args, list_print_devices);
	call_clear(&call);
	return r;
}

/* "[USER] DEVICE": one word is a device of the caller's. */
static const char *
factor_user(const struct args *args)
{
	return args->word_count == 2 ? args->word[0] : NULL;
}

static int
factor_end(const struct args *args, enum verb verb, const char *user, const char *device)
{
	struct call call;
	int r;

	call_init(&call, verb);
	r = call_set_user(&call, user);
	if (r == STATUS_DONE)
		r = call_set_text(call.request.name, sizeof(call.request.name), device,
		    _("the device's name"));
	if (r == STATUS_DONE)
		r = call_set_text(call.request.text, sizeof(call.request.text),
		    args_text(args, OPT_REASON), "--reason");
	if (r == STATUS_DONE)
		r = call_set_verified(&call, args);
	if (r == STATUS_DONE)
		r = call_run_and_print(&call, args);
	call_clear(&call);
	return r;
}

int
run_factor_revoke(const struct args *args)
{
	return factor_end(
	    args, VERB_FACTOR_REVOKE, factor_user(args), args->word[args->word_count - 1]);
}

int
run_factor_return(const struct args *args)
{
	return factor_end(
	    args, VERB_FACTOR_RETURN, factor_user(args), args->word[args->word_count - 1]);
}

/* Whoever has just lost a telephone need not remember what it was called. */
static int
factor_lost_only(const struct args *args, const char *user)
{
	const json_t *only = NULL;
	json_t *devices = NULL;
	struct call call;
	int r;

	call_init(&call, VERB_FACTOR_LIST);
	r = call_set_user(&call, user);
	if (r == STATUS_DONE)
		r = call_run_json(&call, args, &devices);
	if (r != STATUS_DONE)
		goto out;
	if (list_active_devices(devices, &only) == 1) {
		r = factor_end(args, VERB_FACTOR_LOST, user, show_text(only, "name"));
		goto out;
	}
	r = only == NULL ? STATUS_REFUSED : STATUS_USAGE;
	if (user != NULL && only == NULL)
		fprintf(stderr, _("sekisho: %s has no active device, so none can be lost.\n"),
		    user);
	else if (user != NULL)
		fprintf(stderr,
		    _("sekisho: which device? \"sekisho factor list %s\" shows what there "
		      "is.\n"),
		    user);
	else if (only == NULL)
		fputs(_("sekisho: you have no active device, so none can be lost.\n"), stderr);
	else
		fputs(_("sekisho: which of your devices? \"sekisho factor list\" shows their "
			"names: sekisho factor lost NAME\n"),
		    stderr);
out:
	json_decref(devices);
	call_clear(&call);
	return r;
}

int
run_factor_lost(const struct args *args)
{
	if (args->word_count == 0)
		return factor_lost_only(args, NULL);
	/* Root has no telephone to lose: one word is somebody, if somebody is called that. */
	if (args->word_count == 1 && geteuid() == 0 && getpwnam(args->word[0]) != NULL)
		return factor_lost_only(args, args->word[0]);
	return factor_end(
	    args, VERB_FACTOR_LOST, factor_user(args), args->word[args->word_count - 1]);
}

int
run_factor_recovery_codes(const struct args *args)
{
	struct call call;
	json_t *codes = NULL;
	int r;

	call_init(&call, VERB_RECOVERY_CODES);
	r = call_set_user(&call, args_word(args, 0));
	if (r == STATUS_DONE)
		r = call_set_verified(&call, args);
	if (r == STATUS_DONE)
		r = proof_ask(&call.request, PROOF_CODE);
	if (r == STATUS_DONE)
		r = call_run_json(&call, args, &codes);
	if (r != STATUS_DONE)
		goto out;
	if (args_has(args, OPT_JSON)) {
		show_json(codes);
	} else {
		show_sentence(stdout, call.reply.text);
		codes_print_recovery(codes);
	}
	r = STATUS_DONE;
out:
	json_decref(codes);
	call_clear(&call);
	return r;
}
