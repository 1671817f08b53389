#include "report/kaudit_line.h"

#include "error.h"
#include "hex.h"
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* ---- key=value ---------------------------------------------------------------------------- */

struct word {
	const char *at;
	size_t len;
	bool quoted;
};

/* What the kernel writes first, and what a program told, within msg='…'. */
enum member { TYPE, MSG, PID, PPID, UID, EUID, AUID, SES, ARCH, NUMBER, SUCCESS, RES, EXE, CMD, ACCT, OP, MEMBERS };

static const char *const member_key[MEMBERS] = {[TYPE] = "type",
    [MSG] = "msg",
    [PID] = "pid",
    [PPID] = "ppid",
    [UID] = "uid",
    [EUID] = "euid",
    [AUID] = "auid",
    [SES] = "ses",
    [ARCH] = "arch",
    [NUMBER] = "syscall",
    [SUCCESS] = "success",
    [RES] = "res",
    [EXE] = "exe",
    [CMD] = "cmd",
    [ACCT] = "acct",
    [OP] = "op"};

struct split {
	struct word outer[MEMBERS], inner[MEMBERS];
	struct word stamp, told; /* audit(…): and the text in msg='…' */
};

static bool
text_is(struct word t, const char *word)
{
	return t.len == strlen(word) && memcmp(t.at, word, t.len) == 0;
}

static struct word *
member_of(struct word list[MEMBERS], const char *key, size_t len)
{
	struct word name = {.at = key, .len = len};

	for (int m = 0; m < MEMBERS; m++) {
		if (text_is(name, member_key[m]))
			return &list[m];
	}
	return NULL;
}

/* The word at *at, of which the value may be quoted. False: the quotes do not end. */
static bool
word_next(const char **at, const char *end, struct word *key, struct word *value)
{
	const char *begin = *at, *p = begin, *close;

	*key = *value = (struct word){.at = begin};
	while (p < end && *p != ' ' && *p != '=')
		p++;
	key->len = (size_t)(p - begin);
	if (p == end || *p == ' ') {
		*at = p;
		key->len = 0; /* a word alone: "op=adding user" */
		return true;
	}
	value->at = ++p;
	if (p < end && *p == '"') {
		value->at = ++p;
		value->quoted = true;
		close = memchr(p, '"', (size_t)(end - p));
		if (close == NULL)
			return false;
		value->len = (size_t)(close - p);
		*at = close + 1;
		return true;
	}
	while (p < end && *p != ' ')
		p++;
	value->len = (size_t)(p - value->at);
	*at = p;
	return true;
}

/* A member that stands there twice is nobody's word. */
static bool
take(struct word list[MEMBERS], const struct word *key, const struct word *value)
{
	struct word *slot = key->len > 0 ? member_of(list, key->at, key->len) : NULL;

	if (slot == NULL)
		return true;
	if (slot->at != NULL)
		return false;
	*slot = *value;
	return true;
}

/* Of what a program told nothing but the first counts, and nothing of who it was. */
static void
split_told(struct split *f)
{
	const char *p = f->told.at, *end = p + f->told.len;
	struct word key, value;

	while (p < end) {
		if (*p == ' ') {
			p++;
			continue;
		}
		if (!word_next(&p, end, &key, &value))
			return;
		(void)take(f->inner, &key, &value);
	}
}

/* The kernel's text ends where msg='…' begins; that ends with the last apostrophe, because a command
 * may hold some. */
static bool
split(struct split *f, const char *line, size_t len)
{
	static const char told[] = "msg='", stamp[] = "audit(";
	const char *p = line, *end = line + len;
	struct word key, value;

	while (p < end) {
		if (*p == ' ') {
			p++;
			continue;
		}
		if ((size_t)(end - p) >= sizeof(told) - 1 && memcmp(p, told, sizeof(told) - 1) == 0) {
			p += sizeof(told) - 1;
			if (p == end || end[-1] != '\'')
				return false;
			f->told = (struct word){.at = p, .len = (size_t)(end - 1 - p)};
			split_told(f);
			return true;
		}
		if (!word_next(&p, end, &key, &value))
			return false;
		if (key.len == 3 && memcmp(key.at, "msg", 3) == 0 && value.len >= sizeof(stamp) - 1 &&
		    memcmp(value.at, stamp, sizeof(stamp) - 1) == 0) {
			if (f->stamp.at != NULL)
				return false;
			f->stamp = value;
		} else if (!take(f->outer, &key, &value)) {
			return false;
		}
	}
	return true;
}

/* ---- values -------------------------------------------------------------------------------- */

/* At most so many digits, at least one; moves *at behind them. */
static bool
digits(const char **at, const char *end, int most, int64_t *out)
{
	int n = 0;

	for (*out = 0; *at < end && isdigit((unsigned char)**at) && n < most; n++)
		*out = *out * 10 + (*(*at)++ - '0');
	return n > 0;
}

/* audit(1795340163.161:4242): */
static bool
read_stamp(struct word t, int64_t *wall_ms)
{
	const char *p = t.at, *end = p != NULL ? p + t.len : NULL, *point;
	int64_t seconds, ms, serial;

	if (p == NULL || t.len < 6)
		return false;
	p += 6;
	if (!digits(&p, end, 11, &seconds) || p == end || *p++ != '.')
		return false;
	point = p;
	if (!digits(&p, end, 3, &ms) || p - point != 3 || p == end || *p++ != ':' ||
	    !digits(&p, end, 18, &serial) || end - p != 2 || memcmp(p, "):", 2) != 0)
		return false;
	*wall_ms = seconds * 1000 + ms;
	return true;
}

/* A number of 32 bits, KAUDIT_UNSET where there is none. False: something else stands there. */
static bool
read_id(struct word t, uint32_t *out)
{
	const char *p = t.at, *end = p != NULL ? p + t.len : NULL;
	int64_t n;

	*out = KAUDIT_UNSET;
	if (p == NULL || text_is(t, "unset") || text_is(t, "-1"))
		return true;
	if (t.quoted || !digits(&p, end, 10, &n) || p != end || n > UINT32_MAX)
		return false;
	*out = (uint32_t)n;
	return true;
}

/* The bytes of an untrusted text: in quotes, or in hexadecimal digits where quotes would not do. NUL
 * stands between arguments and becomes a space. */
static void
put_text(char *dst, size_t size, struct word t)
{
	size_t used = strlen(dst), i;
	bool hex = !t.quoted && t.len >= 2 && t.len % 2 == 0;

	for (i = 0; hex && i < t.len; i++)
		hex = hex_digit(t.at[i]) >= 0;
	for (i = 0; i < t.len && used + 1 < size; i += hex ? 2 : 1) {
		char c = t.at[i];

		if (hex)
			c = (char)(hex_digit(t.at[i]) << 4 | hex_digit(t.at[i + 1]));
		dst[used++] = c != '\0' ? c : ' ';
	}
	dst[used] = '\0';
}

static void
put_word(char *dst, size_t size, struct word t)
{
	t.quoted = true;
	if (t.at != NULL)
		put_text(dst, size, t);
}

/* ---- kinds --------------------------------------------------------------------------------- */

static const struct {
	const char *type;
	enum kaudit_kind kind;
} kinds[] = {{"SYSCALL", KAUDIT_EXEC},
    {"LOGIN", KAUDIT_LOGIN},
    {"USER_CMD", KAUDIT_COMMAND},
    {"USER_START", KAUDIT_SESSION},
    {"ADD_USER", KAUDIT_ACCOUNT},
    {"DEL_USER", KAUDIT_ACCOUNT},
    {"ADD_GROUP", KAUDIT_ACCOUNT},
    {"DEL_GROUP", KAUDIT_ACCOUNT},
    {"USER_MGMT", KAUDIT_ACCOUNT},
    {"GRP_MGMT", KAUDIT_ACCOUNT},
    {"CONFIG_CHANGE", KAUDIT_CONFIG}};

static enum kaudit_kind
kind_of(struct word type)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (type.at != NULL && text_is(type, kinds[i].type))
			return kinds[i].kind;
	}
	return KAUDIT_KINDS;
}

/* execve and execveat. Of other calls a login program makes many as root for the person. */
static bool
is_exec(const struct split *f)
{
	static const struct {
		const char *arch, *number, *at;
	} calls[] = {{"c000003e", "59", "322"}, {"40000003", "11", "358"}, {"c00000b7", "221", "281"},
	    {"40000028", "11", "387"}, {"c0000015", "11", "362"}, {"80000016", "11", "354"},
	    {"c00000f3", "221", "281"}};

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		if (text_is(f->outer[ARCH], calls[i].arch))
			return text_is(f->outer[NUMBER], calls[i].number) ||
			       text_is(f->outer[NUMBER], calls[i].at);
	}
	return text_is(f->outer[ARCH], "x86_64") && text_is(f->outer[NUMBER], "execve");
}

/* Programs that everybody may start and that are root's by a bit of their file. What they then do as
 * root shows by itself. */
static bool
is_setuid_program(struct word exe)
{
	static const char *const known[] = {"sudo", "su", "passwd", "chsh", "chfn", "chage",
	    "expiry", "newgrp", "gpasswd", "mount", "umount", "fusermount", "fusermount3",
	    "pkexec", "ping", "unix_chkpwd", "newuidmap", "newgidmap"};
	static const char *const dirs[] = {"/usr/bin/", "/bin/", "/usr/sbin/", "/sbin/"};
	char path[64];

	for (size_t d = 0; d < sizeof(dirs) / sizeof(dirs[0]); d++) {
		for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
			(void)snprintf(path, sizeof(path), "%s%s", dirs[d], known[i]);
			if (exe.quoted && text_is(exe, path))
				return true;
		}
	}
	return false;
}

static bool
has_succeeded(const struct split *f)
{
	struct word res = f->told.at != NULL ? f->inner[RES] : f->outer[RES];

	return res.at != NULL && (text_is(res, "success") || text_is(res, "1"));
}

/* Does it show root's power? Fills out->what. */
static bool
shows(const struct split *f, uint32_t uid, uint32_t euid, struct kaudit_line *out)
{
	char *what = out->what;
	char acct[64] = "";

	switch (out->kind) {
	case KAUDIT_LOGIN:
		return has_succeeded(f);
	case KAUDIT_EXEC:
		if (f->outer[ARCH].at == NULL || f->outer[NUMBER].at == NULL || !is_exec(f) ||
		    f->outer[SUCCESS].at == NULL || !text_is(f->outer[SUCCESS], "yes"))
			return false;
		put_text(what, KAUDIT_WHAT_SIZE, f->outer[EXE]);
		return uid == 0 || (euid == 0 && !is_setuid_program(f->outer[EXE]));
	case KAUDIT_COMMAND:
		put_text(what, KAUDIT_WHAT_SIZE, f->inner[CMD]);
		return has_succeeded(f);
	case KAUDIT_SESSION:
		put_text(acct, sizeof(acct), f->inner[ACCT]);
		put_text(what, KAUDIT_WHAT_SIZE, f->inner[EXE]);
		return has_succeeded(f) && strcmp(acct, "root") == 0;
	case KAUDIT_ACCOUNT:
		put_word(what, KAUDIT_WHAT_SIZE, f->outer[TYPE]);
		put_word(what, KAUDIT_WHAT_SIZE, (struct word){.at = " ", .len = 1});
		put_text(what, KAUDIT_WHAT_SIZE, f->inner[ACCT]);
		return has_succeeded(f) && uid == 0;
	case KAUDIT_CONFIG:
		put_word(what, KAUDIT_WHAT_SIZE, f->outer[OP]);
		return has_succeeded(f);
	case KAUDIT_KINDS:
		break;
	}
	return false;
}

int
kaudit_parse(const char *line, size_t len, struct kaudit_line *out)
{
	/* behind it auditd says the same once more, in words */
	const char *enriched = memchr(line, '\x1d', len);
	struct split f = {0};
	uint32_t uid, euid;
	bool whole;

	memset(out, 0, sizeof(*out));
	out->kind = KAUDIT_KINDS;
	if (enriched != NULL)
		len = (size_t)(enriched - line);
	while (len > 0 && line[len - 1] == ' ')
		len--;
	whole = len <= KAUDIT_LINE_MAX && split(&f, line, len);
	if (!read_stamp(f.stamp, &out->wall_ms) || f.outer[TYPE].at == NULL)
		return SKS_INVALID;
	/* other kinds may look as they like */
	out->kind = kind_of(f.outer[TYPE]);
	if (out->kind == KAUDIT_KINDS)
		return 0;
	if (!whole || !read_id(f.outer[AUID], &out->auid) || !read_id(f.outer[SES], &out->ses) ||
	    !read_id(f.outer[PID], &out->pid) || !read_id(f.outer[PPID], &out->ppid) ||
	    !read_id(f.outer[UID], &uid) || !read_id(f.outer[EUID], &euid))
		return SKS_INVALID;
	if (out->auid == KAUDIT_UNSET || out->auid == 0)
		return 0;
	return shows(&f, uid, euid, out) ? 1 : 0;
}
