#include "error.h"

#include "i18n.h"

const char *
error_text(int error)
{
	switch (error) {
	case SKS_OK:
		return N_("success");
	case SKS_NOMEM:
		return N_("out of memory");
	case SKS_INVALID:
		return N_("malformed input");
	case SKS_TOO_BIG:
		return N_("too large");
	case SKS_TRUNCATED:
		return N_("cut short");
	case SKS_TRAILING:
		return N_("bytes left over at the end");
	case SKS_NOT_FOUND:
		return N_("not found");
	case SKS_DENIED:
		return N_("not permitted");
	case SKS_UNREACHABLE:
		return N_("the daemon cannot be reached");
	case SKS_TIMEOUT:
		return N_("timed out");
	case SKS_PROTOCOL:
		return N_("nonsensical answer");
	case SKS_CONFLICT:
		return N_("changed meanwhile, or exists already");
	case SKS_FULL:
		return N_("no space left");
	case SKS_READONLY:
		return N_("read-only file system");
	case SKS_IO:
		return N_("system call failed");
	case SKS_CORRUPT:
		return N_("stored data are damaged");
	case SKS_UNTRUSTED:
		return N_("untrusted file");
	case SKS_INTERNAL:
		return N_("internal error");
	case SKS_OLDER:
		return N_("written by an older version of Sekisho");
	case SKS_NEWER:
		return N_("written by a newer version of Sekisho");
	default:
		return N_("unknown error");
	}
}
