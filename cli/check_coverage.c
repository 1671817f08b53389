/* What is recorded here and what is not, against what was signed off; services whose programs
 * never ask what the account phase would refuse; ways in that know no PAM at all. */
#include "check.h"
#include "coverage.h"
#include "i18n.h"
#include "policy/services.h"
#include "show.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { PROGRAM_MAX = 64 << 20 };

/* ---- recorded and not -------------------------------------------------------------------- */

static void
join_names(const json_t *list, char *out, size_t size)
{
	const json_t *name;
	size_t i;

	out[0] = '\0';
	json_array_foreach(list, i, name) check_add_name(out, size, json_string_value(name));
}

static bool
has_name(const json_t *list, const char *name)
{
	const json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
	{
		if (strcmp(json_string_value(item), name) == 0)
			return true;
	}
	return false;
}

static const char *
sign_off_next(void)
{
	return _("Give each the lines of /usr/share/sekisho/pam.d, or say why it needs none: "
		 "sekisho "
		 "check --sign-off COMMENT");
}

static void
check_signed_off(struct check *c, const json_t *sign_off)
{
	const json_t *signed_names = json_object_get(sign_off, "unrecorded"), *name;
	int64_t until = show_number(sign_off, "until");
	char new[256] = "", when[SHOW_TIME_SIZE];
	size_t i;

	json_array_foreach(c->unrecorded, i, name)
	{
		if (!has_name(signed_names, json_string_value(name)))
			check_add_name(new, sizeof(new), json_string_value(name));
	}
	if (new[0] != '\0')
		check_failed(c, "services-recorded",
		    _("What they let in is in no record, and nobody has said that this is "
		      "right."),
		    sign_off_next(), _("not recorded, and new since it was signed off: %s"),
		    new);
	else if ((int64_t)time(NULL) * 1000 > until)
		check_failed(c, "services-recorded",
		    _("What is recorded has to be looked at again from time to time."),
		    sign_off_next(), _("what is not recorded was signed off until %s only"),
		    show_time(until, when));
	else
		check_ok(c, "services-recorded",
		    _("%zu ways in are not recorded; signed off by %s until %s"),
		    json_array_size(c->unrecorded), show_text(sign_off, "by"),
		    show_time(until, when));
}

static void
check_recorded(struct check *c)
{
	const json_t *sign_off =
	    json_object_get(json_object_get(c->status, "check"), "sign_off");
	struct coverage coverage;
	char names[400];

	if (!coverage_read(&coverage, &stack_system)) {
		coverage_clear(&coverage);
		check_unknown(
		    c, "services-recorded", NULL, "%s", _("/etc/pam.d cannot be read"));
		return;
	}
	c->unrecorded = json_incref(coverage.unrecorded);
	join_names(coverage.recorded, names, sizeof(names));
	check_ok(c, "services-recorded", _("recorded: %s"), names);
	join_names(coverage.unrecorded, names, sizeof(names));
	if (json_array_size(coverage.unrecorded) == 0)
		check_ok(
		    c, "services-recorded", "%s", _("there is nothing that is not recorded"));
	else if (!c->root || c->status == NULL)
		check_unknown(c, "services-recorded",
		    _("Run \"sekisho check\" as root, with the daemon running."),
		    _("not recorded: %s; whether that was signed off, only root sees"), names);
	else if (sign_off == NULL)
		check_advise(c, "services-recorded",
		    _("What they let in is in no record, and nobody has said that this is "
		      "right."),
		    sign_off_next(), _("not recorded: %s"), names);
	else
		check_signed_off(c, sign_off);
	coverage_clear(&coverage);
}

/* ---- the account phase ------------------------------------------------------------------- */

static bool
program_of(const char *service, char *path, size_t size)
{
	static const char *const places[] = {"/usr/sbin/%s", "/usr/bin/%s", "/usr/libexec/%s",
	    "/usr/lib/%s/%s", "/usr/local/bin/%s", "/usr/local/sbin/%s"};
	struct stat st;

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		const char *at = strstr(places[i], "%s");

		snprintf(path, size, "%.*s%s%s%s", (int)(at - places[i]), places[i], service,
		    at[2] == '/' ? "/" : "", at[2] == '/' ? service : "");
		if (stat(path, &st) == 0 && S_ISREG(st.st_mode))
			return true;
	}
	return false;
}

/* Does the program name pam_authenticate and never pam_acct_mgmt? What calls through a library
 * of its own (sudo) names neither. */
static bool
program_skips_account(const char *path)
{
	static const char auth[] = "pam_authenticate", account[] = "pam_acct_mgmt";
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	bool skips = false;
	void *map;

	if (fd < 0)
		return false;
	if (fstat(fd, &st) == 0 && st.st_size > 0 && st.st_size <= PROGRAM_MAX &&
	    (map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0)) !=
		MAP_FAILED) {
		skips = memmem(map, (size_t)st.st_size, auth, sizeof(auth)) != NULL &&
			memmem(map, (size_t)st.st_size, account, sizeof(account)) == NULL;
		munmap(map, (size_t)st.st_size);
	}
	close(fd);
	return skips;
}

/* Known for it, where their program is not found under the service's name. */
static bool
service_skips_account(const char *service)
{
	static const char *const known[] = {"i3lock", "swaylock", "hyprlock", "waylock",
	    "gtklock", "xlock", "kde", "kscreensaver", "kcheckpass"};
	char path[512];

	if (program_of(service, path, sizeof(path)))
		return program_skips_account(path);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(known[i], service) == 0)
			return true;
	return false;
}

static void
check_account_of(struct check *c, const char *service, bool *well)
{
	if (!service_skips_account(service))
		return;
	*well = false;
	/* a locker guards a session that the account phase has let begin */
	if ((c->policy != NULL ? policy_service_class(c->policy, service)
			       : services_class(service)) == SERVICE_REAUTHENTICATION)
		check_advise(c, "account-phase",
		    _("Who was suspended can unlock a session that is still open."),
		    _("End the sessions of accounts that you suspend."),
		    _("%s never calls the account phase"), service);
	else
		check_failed(c, "account-phase",
		    _("Suspensions, hours and rules about who may use a service hold in the "
		      "account phase: there they are never asked for."),
		    _("Close the service to people, or use a program that calls "
		      "pam_acct_mgmt()."),
		    _("%s never calls the account phase"), service);
}

static void
check_account_phase(struct check *c, const json_t *services)
{
	const json_t *name;
	bool well = true;
	size_t i;

	json_array_foreach(services, i, name)
	    check_account_of(c, json_string_value(name), &well);
	if (well)
		check_ok(c, "account-phase", "%s",
		    _("no program is known here that skips the account phase"));
}

/* ---- past PAM ---------------------------------------------------------------------------- */

static void
check_other_ways(struct check *c)
{
	bool well = true;

	for (size_t i = 0; i < coverage_other_count; i++) {
		const struct other_way *way = &coverage_other_ways[i];

		if (!way->server || !coverage_is_open(way))
			continue;
		well = false;
		check_failed(c, "other-logins",
		    _("Who comes in there is asked for no second factor, and is in no record."),
		    _("Stop it and let people use sshd."), _("%s runs, which knows no PAM"),
		    way->program);
	}
	if (well)
		check_ok(c, "other-logins", "%s", _("no server runs that lets in without PAM"));
}

void
check_coverage(struct check *c)
{
	struct coverage all;

	check_recorded(c);
	if (coverage_read(&all, &stack_system)) {
		json_array_extend(all.recorded, all.unrecorded);
		check_account_phase(c, all.recorded);
	}
	coverage_clear(&all);
	check_other_ways(c);
}
