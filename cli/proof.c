#include "proof.h"

#include "ask.h"
#include "error.h"
#include "i18n.h"
#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

int
proof_ask(struct command *request, enum proof proof)
{
	const struct passwd *pw = getpwuid(geteuid());
	char prompt[320];
	int r;

	if (geteuid() == 0)
		return STATUS_DONE;
	if (proof == PROOF_PASSWORD)
		snprintf(prompt, sizeof(prompt), _("Password of %s: "),
		    pw == NULL ? _("this account") : pw->pw_name);
	else
		snprintf(prompt, sizeof(prompt), "%s",
		    _("Code of a device you have, or a recovery code: "));
	r = ask_secret(
	    prompt, ASK_HIDDEN, proof == PROOF_PASSWORD ? &request->password : &request->code);
	if (r == SKS_OK && (request->password.len != 0 || request->code.len != 0))
		return STATUS_DONE;
	fputs(_("sekisho: nothing was typed, so nothing was done.\n"), stderr);
	return STATUS_REFUSED;
}
