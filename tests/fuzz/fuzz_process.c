/*
 * Any bytes as /proc/PID/stat, and as the name in it, which a process chooses for itself: the
 * daemon's reader and the warden's stay within bounds, and no name is taken for a field.
 *
 * SOURCES: lib/clock.c lib/error.c policyd/parents.c policyd/peer.c
 */
#include "../../policyd/proc.c"

#include "../../warden/process.c"

#include "fuzz.h"

static void
try_text(const char *text)
{
	struct proc peer;
	struct process p;

	(void)proc_parse_stat(text, &peer);
	if (process_parse_stat(text, &p))
		expect(strncmp(strchr(text, '(') + 1, p.name, strlen(p.name)) == 0);
}

/* As the kernel writes it around a name. */
static void
try_name(const char *name)
{
	struct proc peer = {0};
	struct process p = {0};
	char *text = NULL;

	expect(asprintf(&text, "77 (%s) S 5 6 7 34816 9 0 1 2 3 4 5 6 7 8 20 0 1 0 4242 1 2\n",
		   name) > 0);
	expect(process_parse_stat(text, &p) && proc_parse_stat(text, &peer) == SKS_OK);
	expect(p.parent == 5 && p.session == 7 && p.terminal && p.start == 4242 && !p.over);
	expect(strncmp(p.name, name, strlen(p.name)) == 0);
	expect(strlen(p.name) == strlen(name) || strlen(p.name) == sizeof(p.name) - 1);
	expect(peer.parent == 5 && peer.start == 4242 && peer.terminal && proc_runs(&peer));
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size); /* ends where the file ends */

	expect(text != NULL);
	try_text(text);
	try_name(text);
	free(text);
	return 0;
}
