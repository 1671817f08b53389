#include "proof.h"

#include "ask.h"
#include "error.h"
#include "i18n.h"
#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

static int
proof_ask_password(struct command *request)
{
	const struct passwd *pw = getpwuid(geteuid());
	char prompt[320];

	snprintf(prompt, sizeof(prompt), _("Password of %s: "),
	    pw == NULL ? _("this account") : pw->pw_name);
	return ask_secret(prompt, ASK_HIDDEN, &request->password);
}

int
proof_ask(struct command *request, enum proof proof)
{
	int r = SKS_OK;

	if (geteuid() == 0)
		return STATUS_DONE;
	if (proof != PROOF_PASSWORD)
		r = ask_secret(_("Code of a device you have, or a recovery code: "), ASK_HIDDEN,
		    &request->code);
	if (r == SKS_OK && request->code.len == 0 && proof != PROOF_CODE)
		r = proof_ask_password(request);
	if (r == SKS_OK && (request->password.len != 0 || request->code.len != 0))
		return STATUS_DONE;
	fputs(_("sekisho: nothing was typed, so nothing was done.\n"), stderr);
	return STATUS_REFUSED;
}
