#include "check_sshd_settings.h"

#include <stdio.h>
#include <string.h>

static bool
sshd_is(const char *line, const char *keyword, const char *value)
{
	size_t len = strlen(keyword);

	return strncmp(line, keyword, len) == 0 && line[len] == ' ' &&
	       strcmp(line + len + 1, value) == 0;
}

void
sshd_settings_take(struct sshd_settings *out, const char *line)
{
	static const char methods[] = "authenticationmethods ", banner[] = "banner ";

	out->seen = out->seen || strncmp(line, "usepam ", 7) == 0;
	out->pam = out->pam || sshd_is(line, "usepam", "yes");
	out->keyboard_interactive =
	    out->keyboard_interactive || sshd_is(line, "kbdinteractiveauthentication", "yes");
	out->password = out->password || sshd_is(line, "passwordauthentication", "yes");
	out->public_key = out->public_key || sshd_is(line, "pubkeyauthentication", "yes");
	out->host_based = out->host_based || sshd_is(line, "hostbasedauthentication", "yes");
	out->empty_passwords =
	    out->empty_passwords || sshd_is(line, "permitemptypasswords", "yes");
	if (strncmp(line, methods, strlen(methods)) == 0)
		snprintf(out->methods, sizeof(out->methods), "%s", line + strlen(methods));
	if (strncmp(line, banner, strlen(banner)) == 0)
		snprintf(out->banner, sizeof(out->banner), "%s", line + strlen(banner));
}

bool
sshd_settings_allow_without_prompt(const struct sshd_settings *s)
{
	char list[sizeof(s->methods)], *save = NULL;

	if (s->methods[0] == '\0' || strcmp(s->methods, "any") == 0)
		return true;
	snprintf(list, sizeof(list), "%s", s->methods);
	for (char *one = strtok_r(list, " ", &save); one != NULL;
	     one = strtok_r(NULL, " ", &save)) {
		if (strstr(one, "keyboard-interactive") == NULL)
			return true;
	}
	return false;
}
