/* Do the services that people use ask us, and can nobody get past? */
#include "check.h"
#include "i18n.h"
#include "stack/tell.h"
#include <glob.h>

static void
check_pam_module(struct check *c)
{
	glob_t found;

	if (glob("/lib/*/security/pam_sekisho.so", 0, NULL, &found) == 0)
		check_ok(c, "pam-stack", _("the module is installed: %s"), found.gl_pathv[0]);
	else
		check_failed(c, "pam-stack",
		    _("A service whose stack names a module that is missing refuses "
		      "everybody."),
		    _("Install Sekisho again, before anybody logs out."), "%s",
		    _("pam_sekisho.so is not where libpam looks for modules"));
	globfree(&found);
}

void
check_pam(struct check *c)
{
	check_pam_module(c);
	stack_check(c, &stack_system);
}
