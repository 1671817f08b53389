#include "plan.h"

#include <stdlib.h>
#include <string.h>

/* sshd's defaults stand in the output, so what is not said is off. */
struct plan_enabled {
	bool seen, key, password, interactive, host, gssapi;
};

static void
plan_add(struct probe_plan *p, const char *method)
{
	if (p->count == PROBE_METHODS_MAX || strlen(method) >= PROBE_METHOD_SIZE) {
		p->cut = true;
		return;
	}
	for (size_t i = 0; i < p->count; i++) {
		if (strcmp(p->method[i], method) == 0)
			return;
	}
	snprintf(p->method[p->count++], PROBE_METHOD_SIZE, "%s", method);
}

/* "0.0.0.0:22", "[::]:22", "192.0.2.1:22": the first one. */
static void
plan_listen(struct probe_plan *p, const char *value)
{
	const char *colon = strrchr(value, ':');
	unsigned long port;
	size_t len;

	if (p->host[0] != '\0' || colon == NULL)
		return;
	port = strtoul(colon + 1, NULL, 10);
	len = (size_t)(colon - value);
	if (*value == '[' && len >= 2) {
		value++;
		len -= 2;
	}
	if (port == 0 || port > 65535 || len == 0 || len >= sizeof(p->host))
		return;
	snprintf(p->host, sizeof(p->host), "%.*s", (int)len, value);
	if (strcmp(p->host, "0.0.0.0") == 0)
		snprintf(p->host, sizeof(p->host), "127.0.0.1");
	else if (strcmp(p->host, "::") == 0)
		snprintf(p->host, sizeof(p->host), "::1");
	p->port = (unsigned int)port;
}

/* The files of AuthorizedKeysFile: is one of them below the home directory? */
static bool
plan_has_home_keys(char *value)
{
	char *save = NULL;

	for (char *word = strtok_r(value, " ", &save); word != NULL;
	     word = strtok_r(NULL, " ", &save)) {
		if (strcmp(word, ".ssh/authorized_keys") == 0 ||
		    strcmp(word, "%h/.ssh/authorized_keys") == 0)
			return true;
	}
	return false;
}

static void
plan_chains(struct probe_plan *p, char *value)
{
	char *save = NULL;

	p->any = strcmp(value, "any") == 0;
	for (char *word = p->any ? NULL : strtok_r(value, " ", &save); word != NULL;
	     word = strtok_r(NULL, " ", &save))
		plan_add(p, word);
}

static void
plan_line(struct probe_plan *p, struct plan_enabled *e, const char *keyword, char *value)
{
	const struct {
		const char *keyword;
		bool *flag;
	} flags[] = {
	    {"pubkeyauthentication", &e->key},
	    {"passwordauthentication", &e->password},
	    {"kbdinteractiveauthentication", &e->interactive},
	    {"hostbasedauthentication", &e->host},
	    {"gssapiauthentication", &e->gssapi},
	};

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (strcmp(keyword, flags[i].keyword) == 0)
			*flags[i].flag = strcmp(value, "yes") == 0;
	}
	if (strcmp(keyword, "usepam") == 0)
		e->seen = true;
	else if (strcmp(keyword, "listenaddress") == 0)
		plan_listen(p, value);
	else if (strcmp(keyword, "authorizedkeysfile") == 0)
		p->own_keys = plan_has_home_keys(value);
	else if (strcmp(keyword, "authenticationmethods") == 0)
		plan_chains(p, value);
	else if (strcmp(keyword, "allowusers") == 0 || strcmp(keyword, "allowgroups") == 0 ||
		 strcmp(keyword, "denyusers") == 0 || strcmp(keyword, "denygroups") == 0)
		p->limited = true;
}

bool
plan_read(FILE *in, struct probe_plan *out)
{
	struct plan_enabled e = {0};
	char line[2048];

	memset(out, 0, sizeof(*out));
	out->any = true;
	while (fgets(line, sizeof(line), in) != NULL) {
		char *value = line + strcspn(line, " \n");

		if (*value != ' ')
			continue;
		*value++ = '\0';
		value[strcspn(value, "\n")] = '\0';
		plan_line(out, &e, line, value);
	}
	plan_add(out, "none");
	if (out->any) {
		if (e.key)
			plan_add(out, "publickey");
		if (e.interactive)
			plan_add(out, "keyboard-interactive");
		if (e.password)
			plan_add(out, "password");
		if (e.host)
			plan_add(out, "hostbased");
		if (e.gssapi)
			plan_add(out, "gssapi-with-mic");
	}
	return e.seen && out->host[0] != '\0';
}
