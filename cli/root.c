#include "root.h"

#include "i18n.h"
#include "protocol.h"
#include <stdio.h>
#include <unistd.h>

int
root_need(void)
{
	if (geteuid() == 0)
		return STATUS_DONE;
	fputs(_("sekisho: only root may do this: with sudo, or by who administers this host.\n"), stderr);
	return STATUS_REFUSED;
}
