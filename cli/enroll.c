/*
 * sekisho enroll: the purpose and its acceptance, a proof, the key as QR code and text, the
 * first code, the recovery codes. Without the acceptance no key is asked for.
 */
#include "ask.h"
#include "base32.h"
#include "call.h"
#include "cli.h"
#include "codes.h"
#include "error.h"
#include "factor/totp.h"
#include "i18n.h"
#include "list.h"
#include "proof.h"
#include "qr.h"
#include "show.h"
#include "table.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ENROLL_TRIES = 3, TEXT_WIDTH = 80, KEY_TEXT_SIZE = BASE32_LEN(SECRET_MAX) + 1 };

/* Shows the purpose text; its version goes into *version once it is accepted. */
static int
enroll_accept(const struct args *args, char *version, size_t size)
{
	struct call call;
	json_t *purpose = NULL;
	/* A program that reads our JSON gets nothing else there; its person still sees the
	 * text. */
	FILE *out = args_has(args, OPT_JSON) ? stderr : stdout;
	int r;

	call_init(&call, VERB_PURPOSE);
	r = call_run_json(&call, args, &purpose);
	if (r != STATUS_DONE)
		goto out;
	show_sentence(out, show_text(purpose, "text"));
	fputc('\n', out);
	r = STATUS_REFUSED;
	if (!args_has(args, OPT_ACCEPT) &&
	    !ask_yes(_("Do you accept this? Type yes to go on: "))) {
		fputs(_("Not accepted, so nothing was made.\n"), stderr);
		goto out;
	}
	r = call_set_text(version, size, show_text(purpose, "version"), _("the version"));
out:
	json_decref(purpose);
	call_clear(&call);
	return r;
}

/*
 * The first device is proved with the password, a further one with a code. Whoever lost the
 * only one has recovery codes: they hold where the password alone is not enough.
 */
static int
enroll_look(
    const struct args *args, const char *user, enum proof *proof, char *name, size_t size)
{
	struct call call;
	const json_t *devices;
	json_t *known = NULL;
	int r;

	call_init(&call, VERB_USER_SHOW);
	r = call_set_user(&call, user);
	if (r == STATUS_DONE)
		r = call_run_json(&call, args, &known);
	if (r != STATUS_DONE)
		goto out;
	devices = json_object_get(known, "devices");
	if (list_active_devices(devices, NULL) != 0)
		*proof = PROOF_CODE;
	else
		*proof =
		    show_number(known, "recovery_codes") > 0 ? PROOF_EITHER : PROOF_PASSWORD;
	r = STATUS_DONE;
	if (args_has(args, OPT_NAME)) {
		r = call_set_text(name, size, args_value(args, OPT_NAME), "--name");
		goto out;
	}
	snprintf(name, size, "phone");
	for (int i = 2; i < 100 && list_has_device(devices, name); i++)
		snprintf(name, size, "phone-%d", i);
out:
	json_decref(known);
	call_clear(&call);
	return r;
}

static int
enroll_print_key(const char *uri, const char *name)
{
	char label[256], why[256], text[KEY_TEXT_SIZE];
	struct secret key = SECRET_INIT;
	struct totp_params params;
	int r = STATUS_UNREADABLE;

	if (totp_uri_parse(uri, &key, &params, label, sizeof(label), why, sizeof(why)) !=
		SKS_OK ||
	    base32_encode(key.bytes, key.len, text, sizeof(text)) < 0) {
		fputs(_("sekisho: the daemon's answer is not what this version of the command "
			"expects.\n"),
		    stderr);
		goto out;
	}
	fprintf(stdout, "%s\n\n", _("Scan this with the app that shows your codes:"));
	qr_print(uri,
	    _("(This terminal is too narrow for the QR code, or does not show UTF-8: type "
	      "the key into the app.)\n"));
	fprintf(stdout, "\n%s\n\n    ", _("Or type this key into it:"));
	codes_print_groups(stdout, text);
	fprintf(stdout, "\n\n");
	fprintf(stdout, _("Device \"%s\": %s, %u digits, every %u seconds, for %s."), name,
	    params.algorithm, (unsigned int)params.digits, (unsigned int)params.period_s,
	    label);
	fputs("\n\n", stdout);
	fflush(stdout);
	r = STATUS_DONE;
out:
	secret_clear(&key);
	explicit_bzero(text, sizeof(text));
	return r;
}

static int
enroll_print_done(const struct args *args, const struct call *call)
{
	json_t *answer;
	const json_t *codes;

	if (args_has(args, OPT_JSON) && call->payload.len == 0) {
		show_result_json(STATUS_DONE, call->reply.text, call->reply.record);
		return STATUS_DONE;
	}
	if (!args_has(args, OPT_JSON))
		show_sentence(stdout, call->reply.text);
	if (call->payload.len == 0)
		return STATUS_DONE;
	answer = call_json(call);
	if (answer == NULL)
		return STATUS_UNREADABLE;
	codes = json_object_get(answer, "recovery_codes");
	if (args_has(args, OPT_JSON))
		show_json(answer);
	else if (json_array_size(codes) != 0)
		codes_print_recovery(codes);
	json_decref(answer);
	return STATUS_DONE;
}

/* One code typed wrongly, or one that ran out, is no reason to begin again. */
static int
enroll_confirm(const struct args *args, const char *user, uint64_t id)
{
	struct call call;
	int r = STATUS_REFUSED;

	for (int i = 0; i < ENROLL_TRIES; i++) {
		call_init(&call, VERB_ENROLL_CONFIRM);
		call.request.number = id;
		r = call_set_user(&call, user);
		if (r == STATUS_DONE && ask_secret(_("Code that the app shows now: "),
					    ASK_SHOWN, &call.request.code) != SKS_OK) {
			r = STATUS_REFUSED;
			call_clear(&call);
			break;
		}
		if (r == STATUS_DONE)
			r = call_run(&call, args);
		if (r == STATUS_DONE)
			r = enroll_print_done(args, &call);
		call_clear(&call);
		if (r != STATUS_REFUSED || !ask_is_terminal())
			break;
	}
	if (r == STATUS_REFUSED)
		fputs(_("The device is not confirmed, so its codes do not count. \"sekisho "
			"enroll\" "
			"begins again; what was shown above is void then.\n"),
		    stderr);
	return r;
}

static int
enroll_request(const struct args *args, const char *user, const char *version, const char *name,
    enum proof proof, struct call *call)
{
	struct command *q = &call->request;
	const char *algorithm = args_value(args, OPT_ALGORITHM);
	uint64_t digits, period;
	int r;

	/* the choices of the option table leave no other numbers */
	if (args_number(args, OPT_DIGITS, 6, 8, 6, &digits) != SKS_OK ||
	    args_number(args, OPT_PERIOD, 30, 60, 30, &period) != SKS_OK)
		return STATUS_USAGE;
	q->digits = (uint32_t)digits;
	q->period_s = (uint32_t)period;
	snprintf(
	    q->algorithm, sizeof(q->algorithm), "%s", algorithm == NULL ? "SHA1" : algorithm);
	snprintf(q->name, sizeof(q->name), "%s", name);
	snprintf(q->text, sizeof(q->text), "%s", version);
	r = call_set_user(call, user);
	if (r == STATUS_DONE)
		r = call_set_verified(call, args);
	if (r == STATUS_DONE)
		r = proof_ask(q, proof);
	if (r == STATUS_DONE)
		r = call_run(call, args);
	/* what was sent is not needed again */
	secret_clear(&q->password);
	secret_clear(&q->code);
	return r;
}

int
run_enroll(const struct args *args)
{
	const char *user = args_word(args, 0);
	enum proof proof = PROOF_PASSWORD;
	char version[64], name[64];
	json_t *device = NULL;
	struct call call;
	int r;

	call_init(&call, VERB_ENROLL);
	r = enroll_look(args, user, &proof, name, sizeof(name));
	if (r == STATUS_DONE)
		r = enroll_accept(args, version, sizeof(version));
	if (r == STATUS_DONE)
		r = enroll_request(args, user, version, name, proof, &call);
	if (r != STATUS_DONE)
		goto out;
	r = STATUS_UNREADABLE;
	device = call_json(&call);
	if (device == NULL)
		goto out;
	r = STATUS_DONE;
	if (args_has(args, OPT_JSON))
		show_json(device);
	else
		r = enroll_print_key(show_text(device, "uri"), show_text(device, "name"));
	if (r == STATUS_DONE)
		r = enroll_confirm(args, user, (uint64_t)show_number(device, "id"));
out:
	json_decref(device);
	call_clear(&call);
	return r;
}
