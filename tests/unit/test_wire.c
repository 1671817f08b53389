/*
 * The wire of each release, byte for byte (tests/wire/VERSION): what its modules send is read
 * as they meant it, and they can read what is answered. A module lives on in processes that
 * loaded it before an upgrade, so this is what keeps their users from being locked out.
 *
 * WIRE_WRITE=FILE writes the corpus of this tree: once, for a release; then it never changes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "error.h"
#include "protocol.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CORPUS_DIR "tests/wire"
enum { LINE_MAX_BYTES = 8192 };

/* ---- messages ------------------------------------------------------------------------------
 */

static struct pam_request charge, ssh_code, keyed, opened, closed, notice, password, locker;
static struct pam_reply allowed, denied, needs;
static struct command plain, filtered, imported, asked;
static struct command_reply done, refused;
static struct sudo_request checked, again, ended, forbidden;
static struct sudo_reply may, held, waits;

static const struct message {
	const char *name;
	uint16_t type;
	const struct fields *fields;
	const void *obj;
} messages[] = {
    {"pam-charge", MSG_PAM, &pam_request_fields, &charge},
    {"pam-code", MSG_PAM, &pam_request_fields, &ssh_code},
    {"pam-account-key", MSG_PAM, &pam_request_fields, &keyed},
    {"pam-open", MSG_PAM, &pam_request_fields, &opened},
    {"pam-close", MSG_PAM, &pam_request_fields, &closed},
    {"pam-notice", MSG_PAM, &pam_request_fields, &notice},
    {"pam-password", MSG_PAM, &pam_request_fields, &password},
    {"pam-locker", MSG_PAM, &pam_request_fields, &locker},
    {"reply-allow", MSG_PAM | MSG_REPLY, &pam_reply_fields, &allowed},
    {"reply-deny", MSG_PAM | MSG_REPLY, &pam_reply_fields, &denied},
    {"reply-need", MSG_PAM | MSG_REPLY, &pam_reply_fields, &needs},
    {"command-status", MSG_COMMAND, &command_fields, &plain},
    {"command-log", MSG_COMMAND, &command_fields, &filtered},
    {"command-import", MSG_COMMAND, &command_fields, &imported},
    {"command-request", MSG_COMMAND, &command_fields, &asked},
    {"command-done", MSG_COMMAND | MSG_REPLY, &command_reply_fields, &done},
    {"command-refused", MSG_COMMAND | MSG_REPLY, &command_reply_fields, &refused},
    {"sudo-check", MSG_SUDO, &sudo_request_fields, &checked},
    {"sudo-again", MSG_SUDO, &sudo_request_fields, &again},
    {"sudo-exit", MSG_SUDO, &sudo_request_fields, &ended},
    {"sudo-refused", MSG_SUDO, &sudo_request_fields, &forbidden},
    {"sudo-allow", MSG_SUDO | MSG_REPLY, &sudo_reply_fields, &may},
    {"sudo-held", MSG_SUDO | MSG_REPLY, &sudo_reply_fields, &held},
    {"sudo-wait", MSG_SUDO | MSG_REPLY, &sudo_reply_fields, &waits},
};
enum { MESSAGE_COUNT = sizeof(messages) / sizeof(messages[0]) };

/* Each field has a value of its own somewhere, so that two that changed places show. */
static void
messages_fill_pam(void)
{
	charge = (struct pam_request){.phase = PHASE_CHARGE,
	    .flags = PAM_FLAG_INTERACTIVE,
	    .user = "hanako",
	    .known = true,
	    .uid = 1001,
	    .service = "sshd",
	    .rhost = "192.0.2.7",
	    .tty = "ssh",
	    .connection = "192.0.2.7 50022 192.0.2.1 22"};
	ssh_code = charge;
	ssh_code.phase = PHASE_CODE;
	ssh_code.flags = PAM_FLAG_INTERACTIVE | PAM_FLAG_FIRST_FACTOR;
	assert_int_equal(secret_set_str(&ssh_code.code, "755224"), SKS_OK);
	keyed = charge;
	keyed.phase = PHASE_ACCOUNT;
	keyed.flags = 0;
	strcpy(keyed.auth_info, "publickey ssh-ed25519 AAAAC3Nz\n");
	strcpy(keyed.token, "smartcard");
	opened = keyed;
	opened.phase = PHASE_OPEN;
	opened.loaded_boot_ms = 86400123;
	closed = keyed;
	closed.phase = PHASE_CLOSE;
	closed.cookie = UINT64_C(0x100000002);
	closed.sent = 5249292;
	notice = charge;
	notice.phase = PHASE_NEED;
	notice.flags = PAM_FLAG_NOTICE_ANSWERED | PAM_FLAG_FIRST_FACTOR;
	strcpy(notice.notice, "2026-11");
	password = (struct pam_request){.phase = PHASE_PASSWORD,
	    .flags = PAM_FLAG_EXPIRED,
	    .user = "hanako",
	    .known = true,
	    .uid = 1001,
	    .service = "passwd",
	    .full_name = "Yamada Hanako",
	    .actor = "admin1",
	    .actor_uid = 1005};
	assert_int_equal(secret_set_str(&password.password, "the new one"), SKS_OK);
	assert_int_equal(secret_set_str(&password.old, "what it was"), SKS_OK);
	locker = (struct pam_request){.phase = PHASE_NEED,
	    .user = "hanako",
	    .known = true,
	    .uid = 1001,
	    .service = "lock",
	    .tty = ":0",
	    .ruser = "hanako",
	    .actor = "hanako",
	    .actor_uid = 1001};
	allowed = (struct pam_reply){.verdict = PAM_VERDICT_ALLOW,
	    .record = 123456789012,
	    .text = "Last login: yesterday\nfrom 192.0.2.7"};
	denied = (struct pam_reply){.verdict = PAM_VERDICT_DENY,
	    .delay_ms = 2000,
	    .record = 7,
	    .text = "Too many wrong attempts."};
	needs = (struct pam_reply){.verdict = PAM_VERDICT_ALLOW,
	    .need = PAM_NEED_CODE,
	    .code_digits = 6,
	    .prompt = "Code: "};
}

static void
messages_fill_commands(void)
{
	plain = (struct command){.verb = VERB_STATUS, .language = "ja"};
	filtered = (struct command){.verb = VERB_LOG,
	    .user = "hanako",
	    .uid = 1001,
	    .uid_known = true,
	    .service = "sshd",
	    .source = "192.0.2.7",
	    .event = "login",
	    .outcome = "failure",
	    .reason = "wrong-code",
	    .since_ms = 1,
	    .until_ms = 2,
	    .number = 3,
	    .last = 4,
	    .limit = 500,
	    .newest_first = true};
	imported = (struct command){.verb = VERB_FACTOR_IMPORT,
	    .user = "hanako",
	    .name = "phone",
	    .verified_by = "root",
	    .verified_how = "knows them",
	    .digits = 8,
	    .period_s = 60,
	    .algorithm = "SHA256"};
	assert_int_equal(secret_set_str(&imported.secret, "12345678901234567890"), SKS_OK);
	asked = (struct command){.verb = VERB_REQUEST,
	    .name = "dba",
	    .text = "a reason",
	    .for_ms = 3600000,
	    .at_ms = 5};
	assert_int_equal(secret_set_str(&asked.code, "755224"), SKS_OK);
	assert_int_equal(secret_set_str(&asked.password, "a password"), SKS_OK);
	done = (struct command_reply){
	    .status = STATUS_DONE, .text = "Done.", .record = 8, .next = 9};
	refused =
	    (struct command_reply){.status = STATUS_REFUSED, .text = "No: why.\nDo this."};
}

static void
messages_fill_sudo(void)
{
	checked = (struct sudo_request){.step = SUDO_CHECK,
	    .user = "hanako",
	    .uid = 1001,
	    .actor = "hanako-login",
	    .command = "/usr/bin/systemctl",
	    .arguments = "restart\nnginx\n",
	    .cut = true,
	    .cwd = "/home/hanako",
	    .tty = "/dev/pts/3",
	    .run_as = "www-data",
	    .run_as_uid = 33,
	    .edit = true,
	    .timeout_s = 3613};
	again = checked;
	again.use = 5;
	ended = (struct sudo_request){.step = SUDO_EXIT,
	    .user = "hanako",
	    .uid = 1001,
	    .record = 123456789012,
	    .grant = 7,
	    .over = true,
	    .ended = SUDO_ENDED_SIGNAL,
	    .status = 9};
	forbidden = (struct sudo_request){.step = SUDO_REFUSED,
	    .user = "hanako",
	    .uid = 1001,
	    .plugin = "sudoers_policy",
	    .message = "command not allowed"};
	may = (struct sudo_reply){.verdict = PAM_VERDICT_ALLOW,
	    .record = 123456789012,
	    .grant = 7,
	    .until_wall_ms = 1700000000001,
	    .until_boot_ms = 86400123,
	    .over = "Its time is over."};
	held = may;
	held.held = true;
	waits = (struct sudo_reply){
	    .verdict = PAM_VERDICT_DENY, .text = "It waits.\nFor another.", .wait = 5};
}

static int
messages_setup(void **state)
{
	(void)state;
	messages_fill_pam();
	messages_fill_commands();
	messages_fill_sudo();
	return 0;
}

/* ---- numbers -------------------------------------------------------------------------------
 */

static const struct flag {
	const char *name;
	uint32_t value;
} flags[] = {
    {"interactive", PAM_FLAG_INTERACTIVE},
    {"junk", PAM_FLAG_JUNK},
    {"observe", PAM_FLAG_OBSERVE},
    {"early", PAM_FLAG_EARLY},
    {"password-as-code", PAM_FLAG_PASSWORD_AS_CODE},
    {"first-factor", PAM_FLAG_FIRST_FACTOR},
    {"expired", PAM_FLAG_EXPIRED},
    {"notice-banner", PAM_FLAG_NOTICE_BANNER},
    {"notice-answered", PAM_FLAG_NOTICE_ANSWERED},
    {"tell-turn", PAM_FLAG_TELL_TURN},
    {"fail-open", PAM_FLAG_FAIL_OPEN},
    {"sudo-plugin", PAM_FLAG_SUDO_PLUGIN},
};

static int
number_of(const char *kind, const char *name)
{
	if (strcmp(kind, "phase") == 0)
		return fields_value(phase_words, name);
	if (strcmp(kind, "verb") == 0)
		return fields_value(verb_words, name);
	if (strcmp(kind, "sudo-step") == 0)
		return fields_value(sudo_step_words, name);
	if (strcmp(kind, "sudo-ended") == 0)
		return fields_value(sudo_ended_words, name);
	for (size_t i = 0; strcmp(kind, "flag") == 0 && i < sizeof(flags) / sizeof(flags[0]);
	     i++) {
		if (strcmp(flags[i].name, name) == 0)
			return (int)flags[i].value;
	}
	return -1;
}

/* ---- the corpus ----------------------------------------------------------------------------
 */

struct corpus {
	const char *version;
	bool tag_of_request[UINT16_MAX + 1], tag_of_reply[UINT16_MAX + 1];
	bool tag_of_sudo[UINT16_MAX + 1], tag_of_sudo_reply[UINT16_MAX + 1];
	size_t messages, numbers;
};

static const struct message *
message_named(const char *name)
{
	for (size_t i = 0; i < MESSAGE_COUNT; i++) {
		if (strcmp(messages[i].name, name) == 0)
			return &messages[i];
	}
	return NULL;
}

static void
note_tags(struct corpus *c, const struct message *m, const uint8_t *at, size_t left)
{
	while (left >= 4) {
		unsigned int tag = (unsigned int)(at[0] << 8 | at[1]);
		size_t len = (size_t)(at[2] << 8 | at[3]);

		if (m->fields == &pam_request_fields)
			c->tag_of_request[tag] = true;
		if (m->fields == &pam_reply_fields)
			c->tag_of_reply[tag] = true;
		if (m->fields == &sudo_request_fields)
			c->tag_of_sudo[tag] = true;
		if (m->fields == &sudo_reply_fields)
			c->tag_of_sudo_reply[tag] = true;
		assert_true(len <= left - 4);
		at += 4 + len;
		left -= 4 + len;
	}
}

/* What that release sent means what it meant, and what is sent now is what it can read. */
static void
message_holds(struct corpus *c, const char *name, const uint8_t *wire, size_t len)
{
	const struct message *m = message_named(name);
	struct frame frame;
	struct buf in, out;
	void *obj;

	if (m == NULL)
		fail_msg("%s: message %s is gone from this test", c->version, name);
	obj = malloc(m->fields->struct_size);
	assert_non_null(obj);
	assert_true(len > FRAME_HEADER_SIZE);
	assert_int_equal(frame_decode_header(wire, &frame), SKS_OK);
	assert_int_equal(frame.type, m->type);
	assert_int_equal(frame.fields_len, len - FRAME_HEADER_SIZE);
	buf_init_read(&in, wire + FRAME_HEADER_SIZE, frame.fields_len);
	if (fields_decode(m->fields, &in, obj) != SKS_OK)
		fail_msg("%s: %s is refused: a field of a release may not go or change",
		    c->version, name);
	buf_init(&out, LINE_MAX_BYTES);
	frame_encode(&out, m->type, m->fields, m->obj, NULL, 0);
	if (out.len != len || memcmp(out.data, wire, len) != 0)
		fail_msg("%s: %s is written otherwise now: an older side would misread it",
		    c->version, name);
	buf_reset(&out);
	frame_encode(&out, m->type, m->fields, obj, NULL, 0);
	if (out.len != len || memcmp(out.data, wire, len) != 0)
		fail_msg("%s: %s is not read as it was meant", c->version, name);
	note_tags(c, m, wire + FRAME_HEADER_SIZE, frame.fields_len);
	buf_clear(&out);
	fields_clear(m->fields, obj);
	free(obj);
	c->messages++;
}

static void
corpus_line(struct corpus *c, char *line)
{
	static uint8_t wire[LINE_MAX_BYTES];
	char *save = NULL, *kind = strtok_r(line, " \n", &save);
	char *name = strtok_r(NULL, " \n", &save), *value = strtok_r(NULL, " \n", &save);
	size_t len = 0;

	if (kind == NULL || kind[0] == '#')
		return;
	assert_non_null(value);
	if (strcmp(kind, "message") == 0) {
		for (const char *p = value; p[0] != '\0' && p[1] != '\0'; p += 2) {
			char two[3] = {p[0], p[1], '\0'};

			wire[len++] = (uint8_t)strtoul(two, NULL, 16);
		}
		message_holds(c, name, wire, len);
		return;
	}
	c->numbers++;
	if (number_of(kind, name) != atoi(value))
		fail_msg("%s: %s %s was %s, is %d: append to a list, never insert", c->version,
		    kind, name, value, number_of(kind, name));
}

static void
corpus_read(struct corpus *c)
{
	char path[512], *line = NULL;
	size_t room = 0;
	FILE *in;

	(void)snprintf(path, sizeof(path), CORPUS_DIR "/%s", c->version);
	in = fopen(path, "re");
	assert_non_null(in);
	while (getline(&line, &room, in) > 0)
		corpus_line(c, line);
	free(line);
	fclose(in);
}

/* A field that came since may be left out by one side and skipped by the other. */
static void
new_fields_are_optional(const struct corpus *c, const struct fields *f, const bool *known)
{
	for (size_t i = 0; i < f->count; i++) {
		uint16_t tag = f->row[i].tag;

		if (!known[tag] && tag < FIELDS_OPTIONAL)
			fail_msg("tag %u is newer than %s: an older side would "
				 "refuse it. Number it from FIELDS_OPTIONAL on",
			    tag, c->version);
	}
}

static void
corpus_holds(const char *version)
{
	struct corpus *c = calloc(1, sizeof(*c));

	assert_non_null(c);
	c->version = version;
	corpus_read(c);
	assert_true(c->messages >= 10);
	assert_true(c->numbers >= 50);
	new_fields_are_optional(c, &pam_request_fields, c->tag_of_request);
	new_fields_are_optional(c, &pam_reply_fields, c->tag_of_reply);
	new_fields_are_optional(c, &sudo_request_fields, c->tag_of_sudo);
	new_fields_are_optional(c, &sudo_reply_fields, c->tag_of_sudo_reply);
	free(c);
}

static void
test_each_release(void **state)
{
	DIR *dir = opendir(CORPUS_DIR);
	const struct dirent *entry;
	size_t seen = 0;

	(void)state;
	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] < '0' || entry->d_name[0] > '9')
			continue;
		corpus_holds(entry->d_name);
		seen++;
	}
	closedir(dir);
	assert_true(seen >= 1);
}

/* A side that says more than the other knows is understood all the same. */
static void
test_more_is_skipped(void **state)
{
	struct pam_request *r = malloc(sizeof(*r));
	struct buf out, in;

	(void)state;
	assert_non_null(r);
	buf_init(&out, LINE_MAX_BYTES);
	fields_encode(&pam_request_fields, &charge, &out);
	buf_put_u16(&out, 0xfffe);
	buf_put_u16(&out, 3);
	buf_put_bytes(&out, "new", 3);
	assert_int_equal(buf_error(&out), SKS_OK);
	buf_init_read(&in, out.data, out.len);
	assert_int_equal(fields_decode(&pam_request_fields, &in, r), SKS_OK);
	assert_memory_equal(r, &charge, sizeof(*r));
	buf_clear(&out);
	free(r);
}

/* ---- writing one ---------------------------------------------------------------------------
 */

static void
corpus_write(const char *path)
{
	FILE *out = fopen(path, "we");
	struct buf wire;

	assert_non_null(out);
	fputs("# The wire of this release; tests/unit/test_wire.c says what it is for. Never "
	      "changed.\n",
	    out);
	for (size_t i = 0; i < MESSAGE_COUNT; i++) {
		buf_init(&wire, LINE_MAX_BYTES);
		frame_encode(
		    &wire, messages[i].type, messages[i].fields, messages[i].obj, NULL, 0);
		assert_int_equal(buf_error(&wire), SKS_OK);
		fprintf(out, "message %s ", messages[i].name);
		for (size_t n = 0; n < wire.len; n++)
			fprintf(out, "%02x", wire.data[n]);
		fputc('\n', out);
		buf_clear(&wire);
	}
	for (int i = 0; i < PHASE_COUNT; i++)
		fprintf(out, "phase %s %d\n", phase_words[i], i);
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		fprintf(out, "flag %s %u\n", flags[i].name, flags[i].value);
	for (int i = 0; i < VERB_COUNT; i++)
		fprintf(out, "verb %s %d\n", verb_words[i], i);
	for (int i = 0; i < SUDO_STEP_COUNT; i++)
		fprintf(out, "sudo-step %s %d\n", sudo_step_words[i], i);
	for (int i = 0; sudo_ended_words[i] != NULL; i++)
		fprintf(out, "sudo-ended %s %d\n", sudo_ended_words[i], i);
	fclose(out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_each_release),
	    cmocka_unit_test(test_more_is_skipped),
	};

	if (getenv("WIRE_WRITE") != NULL) {
		messages_setup(NULL);
		corpus_write(getenv("WIRE_WRITE"));
		return 0;
	}
	return cmocka_run_group_tests(tests, messages_setup, NULL);
}
