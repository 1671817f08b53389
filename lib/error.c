#include "error.h"

const char *
error_text(int error)
{
	switch (error) {
	case SKS_OK:
		return "success";
	case SKS_NOMEM:
		return "out of memory";
	case SKS_INVALID:
		return "malformed input";
	case SKS_TOO_BIG:
		return "too large";
	case SKS_TRUNCATED:
		return "cut short";
	case SKS_TRAILING:
		return "bytes left over at the end";
	case SKS_NOT_FOUND:
		return "not found";
	case SKS_DENIED:
		return "not permitted";
	case SKS_UNREACHABLE:
		return "the daemon cannot be reached";
	case SKS_TIMEOUT:
		return "timed out";
	case SKS_PROTOCOL:
		return "nonsensical answer";
	case SKS_CONFLICT:
		return "changed meanwhile, or exists already";
	case SKS_FULL:
		return "no space left";
	case SKS_READONLY:
		return "read-only file system";
	case SKS_IO:
		return "system call failed";
	case SKS_CORRUPT:
		return "stored data are damaged";
	case SKS_UNTRUSTED:
		return "untrusted file";
	case SKS_INTERNAL:
		return "internal error";
	default:
		return "unknown error";
	}
}
