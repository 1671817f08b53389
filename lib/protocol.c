/* The tables behind include/protocol.h. Tags are for ever: never renumber, never reuse. */
#include "protocol.h"
#include "error.h"

const char *const phase_words[] = {
    "none", "charge", "failed", "need", "code", "account", "open", "close",
    "password-begin", "password", "first-use", "enrol", "enrol-code", NULL};

#define P(member, kind, tag) FIELD(struct pam_request, member, kind, tag, NULL)
static const struct field pam_request_rows[] = {
    P(phase, FIELD_U32, 1),
    P(flags, FIELD_U32, 2),
    P(user, FIELD_STR, 3),
    P(known, FIELD_BOOL, 4),
    P(uid, FIELD_U32, 5),
    P(service, FIELD_STR, 6),
    P(rhost, FIELD_STR, 7),
    P(tty, FIELD_STR, 8),
    P(ruser, FIELD_STR, 9),
    P(connection, FIELD_STR, 10),
    P(auth_info, FIELD_TEXT, 11),
    P(token, FIELD_STR, 12),
    P(actor, FIELD_STR, 13),
    P(actor_uid, FIELD_U32, 14),
    P(code, FIELD_SECRET, 15),
    P(password, FIELD_SECRET, 16),
    P(old, FIELD_SECRET, 17),
    P(full_name, FIELD_STR, 18),
    P(notice, FIELD_STR, FIELDS_OPTIONAL + 1),
    P(loaded_boot_ms, FIELD_I64, FIELDS_OPTIONAL + 2),
    P(password_mark, FIELD_STR, FIELDS_OPTIONAL + 20),
    P(shadow_day, FIELD_I64, FIELDS_OPTIONAL + 21),
    P(shadow_max, FIELD_I64, FIELDS_OPTIONAL + 22),
    P(shadow_end, FIELD_I64, FIELDS_OPTIONAL + 23),
    P(purpose, FIELD_STR, FIELDS_OPTIONAL + 24),
    P(language, FIELD_STR, FIELDS_OPTIONAL + 25),
    P(ascii, FIELD_BOOL, FIELDS_OPTIONAL + 26),
    P(cookie, FIELD_U64, FIELDS_OPTIONAL + 196),
    P(sent, FIELD_U64, FIELDS_OPTIONAL + 197),
};
#undef P
const struct fields pam_request_fields = FIELDS(struct pam_request, pam_request_rows);

#define P(member, kind, tag) FIELD(struct pam_reply, member, kind, tag, NULL)
static const struct field pam_reply_rows[] = {
    P(verdict, FIELD_U32, 1),
    P(need, FIELD_U32, 2),
    P(delay_ms, FIELD_U32, 3),
    P(code_digits, FIELD_U32, 4),
    P(prompt, FIELD_STR, 5),
    P(text, FIELD_TEXT, 6),
    P(record, FIELD_U64, 7),
    P(version, FIELD_STR, FIELDS_OPTIONAL + 20),
    P(inheritable, FIELD_U64, FIELDS_OPTIONAL + 40),
    P(drop, FIELD_U64, FIELDS_OPTIONAL + 41),
    P(no_new_privs, FIELD_BOOL, FIELDS_OPTIONAL + 42),
    P(then_ms, FIELD_U32, FIELDS_OPTIONAL + 60),
    P(then_flags, FIELD_U32, FIELDS_OPTIONAL + 61),
};
#undef P
const struct fields pam_reply_fields = FIELDS(struct pam_reply, pam_reply_rows);

const char *const verb_words[] = {"none", "status", "purpose", "enroll", "enroll-confirm",
    "factor-list", "factor-revoke", "factor-lost", "factor-return", "factor-import",
    "recovery-codes", "user-show", "user-list", "user-unlock", "user-suspend", "user-resume",
    "session-list", "log", "report", "break-glass-made", "policy-show", "policy-apply",
    "policy-history", "policy-rollback", "explain", "head", "key-list", "key-load", "decommission", "key-backed-up", "key-reanchor", "key-log",
    "backup-made", "retain", "retain-now", "hold-add", "hold-list", "hold-release", "redact",
    "pending", "approve", "deny", "alert-list", "alert-test", "survey",
    "export", "metrics", "check-done", "check-sign-off", "password-check",
    "request", "role-list", "grant-list", "grant-show", "grant-end", "receipt", "change",
    "user-retire", "user-add", "password-expire", "run", "attribute-set", "attribute-revoke", "attribute-list", "review", "review-open", "review-mark", "review-sign", "review-list", "finding-add", "finding-list", "finding-close", "exception-request", "exception-list", "exception-show", "exception-end", "exception-report", "bypass-request", "break-glass-state", "break-glass-review", "policy-waiting", "permit-report", "role-review", "role-certify", "staff-import", "staff-show", "staff-reconcile",
    "paper",
    "contingency-list", "contingency-activate", "audit-report", "audit-report-part",
    "audit-bundle", "audit-bundle-part", "audit-bundle-sign",
    "trial", "training-list", "training-excuse", "plan-list", "plan-done", "self-check",
    "self-check-list", NULL};
_Static_assert(
    sizeof(verb_words) / sizeof(verb_words[0]) == VERB_COUNT + 1, "a word for each verb");

#define P(member, kind, tag) FIELD(struct command, member, kind, tag, NULL)
static const struct field command_rows[] = {
    P(verb, FIELD_U32, 1),
    P(user, FIELD_STR, 2),
    P(uid, FIELD_U32, 3),
    P(uid_known, FIELD_BOOL, 4),
    P(name, FIELD_STR, 5),
    P(text, FIELD_TEXT, 6),
    P(verified_by, FIELD_STR, 7),
    P(verified_how, FIELD_STR, 8),
    P(service, FIELD_STR, 9),
    P(source, FIELD_STR, 10),
    P(event, FIELD_STR, 11),
    P(outcome, FIELD_STR, 12),
    P(reason, FIELD_STR, 13),
    P(since_ms, FIELD_I64, 14),
    P(until_ms, FIELD_I64, 15),
    P(at_ms, FIELD_I64, 16),
    P(number, FIELD_U64, 17),
    P(limit, FIELD_U32, 18),
    P(digits, FIELD_U32, 19),
    P(period_s, FIELD_U32, 20),
    P(algorithm, FIELD_STR, 21),
    P(newest_first, FIELD_BOOL, 22),
    P(password, FIELD_SECRET, 23),
    P(code, FIELD_SECRET, 24),
    P(secret, FIELD_SECRET, 25),
    P(language, FIELD_STR, 26),
    P(last, FIELD_U64, 27),
    P(for_ms, FIELD_I64, 28),
    P(key, FIELD_STR, FIELDS_OPTIONAL + 160),
    P(subject, FIELD_STR, FIELDS_OPTIONAL + 161),
    P(clause, FIELD_STR, FIELDS_OPTIONAL + 162),
    P(measure, FIELD_STR, FIELDS_OPTIONAL + 163),
    P(how, FIELD_STR, FIELDS_OPTIONAL + 164),
    P(emergency, FIELD_BOOL, FIELDS_OPTIONAL + 165),
    P(waived, FIELD_BOOL, FIELDS_OPTIONAL + 166),
};
#undef P
const struct fields command_fields = FIELDS(struct command, command_rows);

#define P(member, kind, tag) FIELD(struct command_reply, member, kind, tag, NULL)
static const struct field command_reply_rows[] = {
    P(status, FIELD_U32, 1),
    P(text, FIELD_TEXT, 2),
    P(record, FIELD_U64, 3),
    P(next, FIELD_U64, 4),
};
#undef P
const struct fields command_reply_fields = FIELDS(struct command_reply, command_reply_rows);

const char *const sudo_step_words[] = {"none", "check", "hold", "exit", "refused", NULL};
const char *const sudo_ended_words[] = {"unknown", "exit", "signal", "error", NULL};

#define P(member, kind, tag) FIELD(struct sudo_request, member, kind, tag, NULL)
static const struct field sudo_request_rows[] = {
    P(step, FIELD_U32, 1),
    P(user, FIELD_STR, 2),
    P(uid, FIELD_U32, 3),
    P(actor, FIELD_STR, 4),
    P(command, FIELD_STR, 5),
    P(arguments, FIELD_TEXT, 6),
    P(cut, FIELD_BOOL, 7),
    P(cwd, FIELD_STR, 8),
    P(tty, FIELD_STR, 9),
    P(run_as, FIELD_STR, 10),
    P(run_as_uid, FIELD_U32, 11),
    P(edit, FIELD_BOOL, 12),
    P(timeout_s, FIELD_U32, 13),
    P(record, FIELD_U64, 14),
    P(grant, FIELD_U64, 15),
    P(over, FIELD_BOOL, 16),
    P(ended, FIELD_U32, 17),
    P(status, FIELD_U32, 18),
    P(plugin, FIELD_STR, 19),
    P(message, FIELD_STR, 20),
    P(use, FIELD_U64, FIELDS_OPTIONAL + 1),
};
#undef P
const struct fields sudo_request_fields = FIELDS(struct sudo_request, sudo_request_rows);

#define P(member, kind, tag) FIELD(struct sudo_reply, member, kind, tag, NULL)
static const struct field sudo_reply_rows[] = {
    P(verdict, FIELD_U32, 1),
    P(held, FIELD_BOOL, 2),
    P(record, FIELD_U64, 3),
    P(grant, FIELD_U64, 4),
    P(until_wall_ms, FIELD_I64, 5),
    P(until_boot_ms, FIELD_I64, 6),
    P(text, FIELD_TEXT, 7),
    P(over, FIELD_TEXT, 8),
    P(wait, FIELD_U64, FIELDS_OPTIONAL + 1),
};
#undef P
const struct fields sudo_reply_fields = FIELDS(struct sudo_reply, sudo_reply_rows);

void
frame_encode(struct buf *out, uint16_t type, const struct fields *f, const void *obj,
    const void *payload, size_t payload_len)
{
	size_t start = out->len, body;

	buf_put_u32(out, PROTOCOL_MAGIC);
	buf_put_u16(out, type);
	buf_put_u16(out, 0);
	buf_put_u32(out, 0);
	buf_put_u32(out, (uint32_t)payload_len);
	body = out->len;
	fields_encode(f, obj, out);
	if (buf_error(out) == SKS_OK) {
		uint32_t n = (uint32_t)(out->len - body);
		for (size_t i = 0; i < 4; i++)
			out->data[start + 8 + i] = (uint8_t)(n >> (24 - 8 * i));
	}
	if (payload_len != 0)
		buf_put_bytes(out, payload, payload_len);
}

int
frame_decode_header(const uint8_t header[FRAME_HEADER_SIZE], struct frame *out)
{
	struct buf b;

	buf_init_read(&b, header, FRAME_HEADER_SIZE);
	uint32_t magic = buf_get_u32(&b);
	out->type = buf_get_u16(&b);
	uint16_t zero = buf_get_u16(&b);
	out->fields_len = buf_get_u32(&b);
	out->payload_len = buf_get_u32(&b);
	if (buf_end(&b) != SKS_OK || magic != PROTOCOL_MAGIC || zero != 0)
		return SKS_INVALID;
	return SKS_OK;
}
