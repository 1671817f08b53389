/*
 * The whole wire between the modules, the command and sekisho-policyd.
 *
 * Both sockets (/run/sekisho/pam.sock, mode 0600 root; /run/sekisho/user.sock, mode 0666) are
 * SOCK_STREAM. A connection carries one request and one reply and is then closed; it is never
 * held across a prompt. Behind a code that was accepted the daemon leaves root's connection open
 * for a second, because account management follows at once: the next request may come over it,
 * and whoever finds it closed connects again. One kind is held on purpose: SUDO_HOLD below.
 * Integers are big endian.
 *
 *   u32 magic "SKS1"   u16 type   u16 zero   u32 fields_len   u32 payload_len
 *   fields_len bytes of tagged fields (lib/fields.h), payload_len bytes of payload
 *
 * The answer to type T is T | MSG_REPLY. A receiver looks up the type and its limits before it
 * reads further. Who the peer is comes from the kernel, never from a field.
 *
 * Versions. A module is loaded by a process and lives in it for as long as a login lasts, so an
 * older module asks a newer daemon after every upgrade, and a newer one an older daemon while it
 * goes on. There is no version in a message and nothing is negotiated; instead these hold from
 * release 0.1.0 on, and tests/wire with tests/unit/test_wire.c keeps them:
 *
 *  - A field keeps its tag, type and meaning for ever, and is not made shorter. In MSG_PAM and MSG_SUDO,
 *    asked or answered, a new one has a tag from FIELDS_OPTIONAL on: who does not know it skips it. Without
 *    it everything means what it meant before.
 *  - Phases, flags and verbs are appended, never renumbered. A daemon refuses those it does not
 *    know; a module sends a new phase only where the old way would not do.
 *  - A need that a module does not know is not met: the daemon says DENY beside it, and judges
 *    the success line by itself. So who misunderstands lets nobody in.
 *  - What cannot keep to this gets another magic and both daemons' answers for one release.
 */
#ifndef SEKISHO_PROTOCOL_H
#define SEKISHO_PROTOCOL_H

#include "fields.h"
#include "secret.h"
#include <stdbool.h>
#include <stdint.h>

#define PAM_SOCKET_PATH  "/run/sekisho/pam.sock"
#define USER_SOCKET_PATH "/run/sekisho/user.sock"

enum {
	PROTOCOL_MAGIC = 0x534b5331, /* "SKS1" */
	FRAME_HEADER_SIZE = 16,
	PAM_FIELDS_MAX = 16384,
	COMMAND_FIELDS_MAX = 16384,
	REPLY_FIELDS_MAX = 8192,
	PAYLOAD_MAX = 1 << 20,
};

enum message_type {
	MSG_PAM = 1,     /* struct pam_request -> struct pam_reply */
	MSG_COMMAND = 2, /* struct command -> struct command_reply + payload */
	MSG_SUDO = 3,    /* struct sudo_request -> struct sudo_reply */
	MSG_TAKEN = 4,   /* nothing -> no reply: pam_reply.then_ms was made use of */
	MSG_REPLY = 0x8000,
};

/* ---- MSG_PAM: one PAM phase ------------------------------------------------------------ */

enum phase {
	PHASE_NONE,
	PHASE_CHARGE,  /* preauth: the first factor's response is in hand, may it be evaluated?
			*/
	PHASE_FAILED,  /* authfail: it was wrong */
	PHASE_NEED,    /* the first factor was right: what else is needed? changes nothing */
	PHASE_CODE,    /* here is the code; or, without one, the success line */
	PHASE_ACCOUNT, /* account management */
	PHASE_OPEN,    /* open_session */
	PHASE_CLOSE,   /* close_session */
	PHASE_PASSWORD_BEGIN, /* a password is about to be changed: may it be? */
	PHASE_PASSWORD,       /* here is the new one: is it strong enough? */
	PHASE_FIRST_USE,  /* first login: does anything come before the new password? */
	PHASE_ENROL,      /* the purpose was accepted, a device is to be made */
	PHASE_ENROL_CODE, /* the code that it shows */
	PHASE_COUNT,
};
extern const char *const phase_words[];

enum pam_flag {
	PAM_FLAG_INTERACTIVE = 1, /* a prompt can be shown and answered now */
	PAM_FLAG_JUNK = 2,        /* the response was sshd's stand-in for a refused account */
	PAM_FLAG_OBSERVE = 4,     /* the line carries "observe" */
	PAM_FLAG_EARLY = 8,       /* charge=early: charged before the response */
	PAM_FLAG_PASSWORD_AS_CODE = 16, /* the answer to the code prompt equals the password */
	PAM_FLAG_FIRST_FACTOR = 32, /* this line stands behind a preauth line that charged */
	PAM_FLAG_EXPIRED = 64, /* a password has to be changed because it expired */
	PAM_FLAG_NOTICE_BANNER = 128,   /* "notice" was shown by sshd itself, the policy says */
	PAM_FLAG_NOTICE_ANSWERED = 256, /* a prompt behind "notice" was answered */
	PAM_FLAG_TELL_TURN = 512, /* rather be told PAM_NEED_TURN than wait for the answer */
	PAM_FLAG_FAIL_OPEN = 1024, /* the line carries "fail=open" */
	PAM_FLAG_SUDO_PLUGIN = 2048, /* sekisho_sudo.so is loaded in this process, which is sudo's */
};

/* From a root process (pam.sock), or from a process of the account itself (user.sock: screen
 * lockers), which may use CHARGE, FAILED, NEED and CODE for its own account only. */
struct pam_request {
	uint32_t phase;
	uint32_t flags;
	char user[256];       /* PAM_USER */
	bool known;           /* it has a passwd entry */
	uint32_t uid;         /* of that entry */
	char service[64];     /* PAM_SERVICE */
	char rhost[256];      /* PAM_RHOST */
	char tty[64];         /* PAM_TTY */
	char ruser[256];      /* PAM_RUSER */
	char connection[128]; /* SSH_CONNECTION of the PAM environment */
	char auth_info[8192]; /* SSH_AUTH_INFO_0 */
	char token[64];       /* token=LABEL: a token module before this line succeeded */
	char actor[256];      /* account name of the login identity, else of the real uid */
	uint32_t actor_uid;
	char notice[64];    /* version of the notice that was shown before; "" none */
	int64_t loaded_boot_ms; /* PHASE_OPEN: when this process read its stack, on the boot clock */
	struct secret code; /* PHASE_CODE; empty on the success line when none was needed */
	/* PHASE_PASSWORD: the new one, the old one where it is known, and the name in full */
	struct secret password, old;
	char full_name[256];
	/* PHASE_ACCOUNT, PHASE_OPEN and those of passwords: what /etc/shadow says, in days */
	char password_mark[33]; /* tells two stored passwords apart; "": none, or not known */
	int64_t shadow_day, shadow_max, shadow_end; /* of its last change; 0: does not say */
	char language[8]; /* of the session: "en" or "ja"; "": it does not say */
	bool ascii;       /* what it is shown on shows nothing but ASCII */
	char purpose[64]; /* PHASE_ENROL: version of the text that was accepted */
	/* PHASE_OPEN and PHASE_CLOSE of a network login: its connection's cookie, and the bytes that
	 * its far end has acknowledged (lib/sockdiag.h); 0: not known */
	uint64_t cookie, sent;
};
extern const struct fields pam_request_fields;

enum pam_verdict { PAM_VERDICT_NONE, PAM_VERDICT_DENY, PAM_VERDICT_ALLOW };

enum { PASSWORD_TURN_MS = 90000 }; /* then a change of a password is refused */

enum pam_need {
	PAM_NEED_NONE,
	PAM_NEED_CODE, /* show "prompt", send PHASE_CODE */
	/* PHASE_PASSWORD_BEGIN and PHASE_PASSWORD with PAM_FLAG_TELL_TURN: show "text", ask again without
	 * that flag, and wait PASSWORD_TURN_MS for the answer */
	PAM_NEED_TURN,
	/* beside PAM_VERDICT_DENY, for modules that do not know them */
	PAM_NEED_PASSWORD, /* PHASE_ACCOUNT: a new password, in this dialogue */
	PAM_NEED_ENROL,    /* PHASE_FIRST_USE: show the payload; accepted, send PHASE_ENROL.
			    * PHASE_ENROL_CODE: it was wrong, another one may be sent */
};

struct pam_reply {
	uint32_t verdict;  /* anything but PAM_VERDICT_ALLOW denies */
	uint32_t need;     /* PHASE_NEED, and PHASE_ACCOUNT where a prompt is possible */
	uint32_t delay_ms; /* answer a failure at this time after the response came in */
	uint32_t
	    code_digits;  /* PHASE_CHARGE: split so many digits off the response; 0: do not */
	char prompt[256]; /* for the code; plain text */
	char text[2048];  /* for the person; may hold several lines; empty: show nothing */
	uint64_t record;  /* sequence of the decision's record, 0 where there is none */
	char version[64]; /* PHASE_FIRST_USE: of the purpose text in the payload */
	/* PHASE_OPEN: capabilities, a bit each, that the session may have, and that it loses */
	uint64_t inheritable, drop;
	bool no_new_privs;
	/*
	 * PHASE_CODE, allowed: account management was decided and recorded along with it, for the
	 * same request with PHASE_ACCOUNT, the flags then_flags and no secret. It is allowed, without
	 * a word. Who would ask exactly that within then_ms of its own question sends MSG_TAKEN over
	 * the same connection instead, and closes it. Where that cannot be sent (EPIPE), something came
	 * between: then it has to be asked. 0: was not decided.
	 */
	uint32_t then_ms, then_flags;
};
extern const struct fields pam_reply_fields;

/* ---- MSG_COMMAND: the command line ------------------------------------------------------ */

enum verb {
	VERB_NONE,
	VERB_STATUS,         /* -> JSON: health, versions, own factors, own last logins */
	VERB_PURPOSE,        /* -> JSON: purpose text and version to accept before enrolling */
	VERB_ENROLL,         /* user?, name, algorithm, digits, period, text=accepted version,
				password or code -> JSON: id, uri */
	VERB_ENROLL_CONFIRM, /* number=device id, code -> JSON: recovery codes, if none existed
			      */
	VERB_FACTOR_LIST,    /* user? -> JSON array */
	VERB_FACTOR_REVOKE,  /* user?, name, text=reason */
	VERB_FACTOR_LOST,    /* user?, name */
	VERB_FACTOR_RETURN,  /* user?, name */
	VERB_FACTOR_IMPORT,  /* root: user, name, secret, algorithm, digits, period */
	VERB_RECOVERY_CODES, /* user?, code or password -> JSON array */
	VERB_USER_SHOW,      /* user? */
	VERB_USER_LIST, /* name=the last one of the page before -> JSON array, [] at the end */
	VERB_USER_UNLOCK,  /* root: user */
	VERB_USER_SUSPEND, /* root: user, text=reason */
	VERB_USER_RESUME,  /* root: user, text=reason */
	VERB_SESSION_LIST,
	/* Filters below; number = cursor (0: from the end that newest_first says), limit <= 500
	 * -> payload of u64 seq, u32 len, len bytes again and again: a record's stored body as
	 * it was hashed, len 0 when it was deleted. next = the cursor of the following page. */
	VERB_LOG,
	VERB_REPORT,           /* name=kind of report, text */
	VERB_BREAK_GLASS_MADE, /* root: number=count; the file was written by the command */
	VERB_POLICY_SHOW,      /* name=digest or "" -> text */
	VERB_POLICY_APPLY,     /* root: payload=policy bundle, text=comment, limit=seconds within which
				  it is to be confirmed (0: as the policy says, UINT32_MAX: never) */
	VERB_POLICY_HISTORY,   /* -> JSON array */
	VERB_POLICY_ROLLBACK,  /* root: name=digest or "" for the one before */
	VERB_EXPLAIN,          /* user, service, source, at -> JSON */
	VERB_HEAD, /* root: signs a head over all that is committed -> JSON: origin, size, vkey,
		      note */
	VERB_KEY_LIST,         /* root -> JSON: keys, who has to be enrolled again; number = 1: only
				  whether secrets are being sealed anew */
	VERB_KEY_LOAD,         /* root: the key file has another ring now: take it over */
	VERB_DECOMMISSION,  /* root: the log ends; the daemon stops and starts no more */
	VERB_KEY_BACKED_UP, /* root: name=file, number=bytes, text=SHA-256 in hex; the file was
			       written by the command */
	VERB_KEY_REANCHOR, /* root: payload=signed note; without: what is to be signed -> JSON */
	VERB_KEY_LOG, /* root: the log key's file names a next one: let it take over; name =
			 "exposed": because the old one is -> JSON: vkey, previous_vkey, origin,
			 size */
	VERB_BACKUP_MADE,      /* root: name=file, number=bytes, text=SHA-256 in hex, payload=its
				  meta; the file was written by the command */
	VERB_RETAIN,       /* root -> JSON: periods, what is due next, what waits */
	VERB_RETAIN_NOW,   /* root: destroys what is due -> JSON: destroyed, more */
	VERB_HOLD_ADD,     /* root: name=user?, source?, since?, until?, number=from?, last=to?,
			      text=reason -> JSON: id */
	VERB_HOLD_LIST,    /* root -> JSON array */
	VERB_HOLD_RELEASE, /* root: number=id, text=reason */
	VERB_REDACT,       /* number=sequence, text=reason, code -> JSON: id */
	VERB_PENDING,      /* -> JSON array: requests that wait for somebody */
	VERB_APPROVE,      /* name=id of a request, code; of an exception: text=reason, and what is
			      granted otherwise than asked: for_ms, clause, measure, how, waived */
	VERB_DENY,         /* name=id of a request, text=reason */
	VERB_ALERT_LIST, /* root -> JSON: alerts, deliveries, given_up, waiting */
	VERB_ALERT_TEST, /* root: name -> its record */
	VERB_SURVEY,     /* root: looks for changes to the system now; VERB_STATUS tells how far */
	/* root: name=whom for, text=purpose, service=format, filters (the user in verified_by),
	 * verified_how=id of a request that was approved -> JSON: rating, limits, encrypt, notice, record, text */
	VERB_EXPORT,
	VERB_METRICS,    /* root -> text: figures, as Prometheus reads them */
	/* root: payload=findings as JSON, as `sekisho check --json` prints them */
	VERB_CHECK_DONE,
	/* root: text=comment, until_ms, payload=JSON array: what is not recorded */
	VERB_CHECK_SIGN_OFF,
	VERB_PASSWORD_CHECK, /* user?, secret=the password, text=the name in full -> JSON: accepted, failed */
	/* name=role, text=reason, for_ms, event=ticket, verified_by=superior, verified_how=why that
	 * one, code -> JSON: id, active, until */
	VERB_REQUEST,
	/* -> JSON array: roles that the peer may ask for, approve or review; root: all. newest_first:
	 * dormant members of those that the peer may review */
	VERB_ROLE_LIST,
	VERB_GRANT_LIST, /* number=after, newest_first=over ones too -> JSON array: own, root: all */
	VERB_GRANT_SHOW, /* name=id -> JSON */
	VERB_GRANT_END,  /* name=id, text=reason */
	VERB_RECEIPT, /* number=sequence of one's own record -> JSON: origin, vkey, first, header,
			 proof, body */
	/* root: name=arm, applied, confirm, taken-back; number=id of setup's change (0: the policy
	 * alone), text=services, until_ms and at_ms=deadline on the wall and the boot clock */
	VERB_CHANGE,
	VERB_USER_RETIRE, /* root: user, text=reason */
	/* root: user, source=mark of the password, for_ms=how long it lasts, until_ms=end of the
	 * account, verified_by -> its record. Without a mark: the end alone, no invitation. */
	VERB_USER_ADD,
	VERB_PASSWORD_EXPIRE, /* root: user, source=mark of the password, text=reason */
	VERB_RUN, /* name=program -> next: capabilities of one's roles, a bit each */
	/* root: user=person, name=attribute, text=evidence, until_ms (0: as the policy says) */
	VERB_ATTRIBUTE_SET,
	VERB_ATTRIBUTE_REVOKE, /* root: user=person, name=attribute, text=reason */
	VERB_ATTRIBUTE_LIST,   /* user=person? -> JSON array; root without one: everybody's */
	VERB_REVIEW,      /* auditor: until_ms, number=after -> JSON: what is not signed off yet */
	VERB_REVIEW_OPEN, /* auditor: number=record -> its body */
	VERB_REVIEW_MARK, /* auditor: number=record, name=ok, question or finding, text */
	VERB_REVIEW_SIGN, /* auditor: until_ms, text, code */
	VERB_REVIEW_LIST, /* auditor, root -> JSON array: periods that were signed off */
	/* auditor: text, name=owner, until_ms, number=record?, limit=1: grave */
	VERB_FINDING_ADD,
	VERB_FINDING_LIST,  /* auditor, root: newest_first=closed ones too -> JSON array */
	VERB_FINDING_CLOSE, /* auditor: number, text */
	/* name=rule, key, subject, service, source, clause, measure, how, text=reason, for_ms,
	 * emergency, code -> JSON: id */
	VERB_EXCEPTION_REQUEST,
	VERB_EXCEPTION_LIST,   /* number=after, newest_first=over ones too -> JSON array */
	VERB_EXCEPTION_SHOW,   /* name=id -> JSON */
	VERB_EXCEPTION_END,    /* name=id, text=reason */
	VERB_EXCEPTION_REPORT, /* name=id, text */
	/* subject, number=its uid, verified_by, verified_how, text=reason, for_ms, code -> JSON: id */
	VERB_BYPASS_REQUEST,
	/* -> JSON: uses (since the last codes were made), open (ids that wait for their review) */
	VERB_BREAK_GLASS_STATE,
	VERB_BREAK_GLASS_REVIEW, /* name=id, text=what was found, code */
	/* name=id of a request -> the bundle that was in force; newest_first: the one that waits */
	VERB_POLICY_WAITING,
	VERB_PERMIT_REPORT, /* name=id of a permit of one's own that is over, text=how it was used */
	/* name=role -> JSON: its members and what is known of each, digest, last review, when due */
	VERB_ROLE_REVIEW,
	/* name=role, text, measure=accounts to be taken out, with commas, subject=digest of the
	 * members that were shown, code */
	VERB_ROLE_CERTIFY,
	/* root: payload=the list as staff/list.h has it, text=where it is from -> JSON */
	VERB_STAFF_IMPORT,
	VERB_STAFF_SHOW, /* root: name=person?, source=the last one of the page before -> JSON array */
	/* root: payload=accounts of this host, a line for each -> JSON: differences */
	VERB_STAFF_RECONCILE,
	/* auditor, root: service=kind, event=what it is about, name=whom for, text=purpose, since_ms, until_ms,
	 * verified_by=person, verified_how=id of a request that was approved, measure=numbers
	 * of records, with commas -> JSON: record, by, person, rating, limits, encrypt, text, origin, size, root,
	 * vkey, proofs */
	VERB_PAPER,
	VERB_CONTINGENCY_LIST, /* -> JSON array: what is in force; all for who may activate them */
	VERB_CONTINGENCY_ACTIVATE, /* name, text=reason, code -> JSON: id */
	/* root, auditor: as VERB_EXPORT, with service=report, since_ms, until_ms, limit=fiscal year (0:
	 * none), subject=role -> the same JSON. From then on the report is made. */
	VERB_AUDIT_REPORT,
	/* who asked for it: number=1 and then next -> payload=bytes of the page's data. next: the
	 * same number while it is being made, 0 behind the last, and then text=the host's note */
	VERB_AUDIT_REPORT_PART,
	/* auditor: as VERB_EXPORT, of which service=json -> the same JSON. From then on it is made */
	VERB_AUDIT_BUNDLE,
	/* who asked for it: number=1 and then next -> payload: what comes next, bundle_entry in
	 * audit/export.h. next: 0 behind the last */
	VERB_AUDIT_BUNDLE_PART,
	/* the same, behind the last part: payload=JSON array of name, bytes, sha256 of the other files
	 * -> payload=the manifest, signed */
	VERB_AUDIT_BUNDLE_SIGN,
	VERB_TRIAL, /* auditor, root -> JSON: made-up cases decided under the policy in force */
	VERB_TRAINING_LIST,   /* user=person?, number=fiscal year? -> JSON array; root, auditor: all */
	VERB_TRAINING_EXCUSE, /* root: user=person, name=attribute, number=fiscal year?, text=reason */
	VERB_PLAN_LIST,       /* auditor, root: number=fiscal year? -> JSON array */
	VERB_PLAN_DONE,       /* auditor, root: name=item, text=what came of it */
	VERB_SELF_CHECK,      /* name=office, number=fiscal year?, payload=JSON array of control,
			       * answer, evidence, comment */
	VERB_SELF_CHECK_LIST, /* auditor, root: number=fiscal year? -> JSON array */
	VERB_COUNT,
};
extern const char *const verb_words[];

struct command {
	uint32_t verb;
	char user[256]; /* whom it is about; empty: the peer itself */
	uint32_t uid;   /* of that user, resolved by a root peer; ignored from others */
	bool uid_known;
	char name[256];
	char text[2048];
	char verified_by[256]; /* who checked the person, and how */
	char verified_how[256];
	char service[64];
	char source[128];
	char event[512]; /* several with commas */
	char outcome[32];
	char reason[64];
	int64_t since_ms, until_ms; /* wall clock; 0: open */
	int64_t at_ms;
	int64_t for_ms; /* how long */
	uint64_t number, last;
	uint32_t limit;
	uint32_t digits, period_s;
	char algorithm[16];
	bool newest_first;
	/* exceptions: the key of the rule, whom for, and what the register says of it */
	char key[32], subject[264], clause[128], measure[512], how[256];
	bool emergency, waived;
	char language[8]; /* of the answer: "en" or "ja"; anything else: the host's */
	struct secret password, code, secret;
};
extern const struct fields command_fields;

enum command_status { /* also the exit status of the command */
	STATUS_DONE = 0,
	STATUS_REFUSED = 1,
	STATUS_USAGE = 2,
	STATUS_UNREACHABLE = 3,
	STATUS_TAMPERED = 4,
	STATUS_INCOMPLETE = 5,
	STATUS_STALE = 6,
	STATUS_UNREADABLE = 7,
};

struct command_reply {
	uint32_t status;
	char text[2048]; /* what happened, what it means, what to do next */
	uint64_t record;
	uint64_t next; /* VERB_LOG: the cursor to go on with, 0 at the end */
};
extern const struct fields command_reply_fields;

/* ---- MSG_SUDO: a command that sudo is about to run, runs or ran ------------------------- */

enum sudo_step {
	SUDO_NONE,
	SUDO_CHECK, /* sudoers allows it: may it run now? */
	/* It runs: say when its grant is over. The connection stays open behind the reply when
	 * that says "held", and then carries at most one reply more, which ends the command. */
	SUDO_HOLD,
	SUDO_EXIT,    /* it has ended */
	SUDO_REFUSED, /* it was refused, not by us */
	SUDO_STEP_COUNT,
};
extern const char *const sudo_step_words[];

enum sudo_ended { /* SUDO_EXIT: what "status" is */
	SUDO_ENDED_UNKNOWN,
	SUDO_ENDED_EXIT,   /* its exit status */
	SUDO_ENDED_SIGNAL, /* the signal that ended it */
	SUDO_ENDED_ERROR,  /* it could not be run: errno */
};
extern const char *const sudo_ended_words[];

/* From sudo's process, which is root; on pam.sock only. */
struct sudo_request {
	uint32_t step;
	char user[256]; /* whose command line it is */
	uint32_t uid;
	char actor[256]; /* account name of the login identity, "" where there is none */
	char command[1024];   /* as resolved; as typed where sudoers refused it */
	char arguments[8192]; /* a line each, without the command's own name */
	bool cut;             /* there were more than fit, or one was not as it is here */
	char cwd[1024];
	char tty[64];
	char run_as[256];
	uint32_t run_as_uid;
	bool edit;          /* sudoedit: the arguments are files */
	uint32_t timeout_s; /* what sudoers gave the command at most; 0: no limit */
	uint64_t record;    /* of SUDO_CHECK's reply */
	uint64_t grant;     /* of SUDO_CHECK's reply */
	bool over;          /* SUDO_EXIT: it was ended because its grant was over */
	uint32_t ended;     /* SUDO_EXIT: enum sudo_ended */
	uint32_t status;
	char plugin[64];   /* SUDO_REFUSED: whose word it was */
	char message[512]; /* and what it was */
	uint64_t use; /* SUDO_CHECK once more: the number in "wait" of the reply before */
};
extern const struct fields sudo_request_fields;

struct sudo_reply {
	uint32_t verdict; /* enum pam_verdict: anything but PAM_VERDICT_ALLOW refuses, or ends */
	bool held;
	uint64_t record;
	uint64_t grant;  /* under which it runs; 0: under none */
	int64_t until_wall_ms, until_boot_ms; /* of that grant; the earlier one counts */
	char text[2048]; /* for the person; empty: nothing to say */
	char over[1024]; /* for the person at that time */
	/* SUDO_CHECK, beside a denial: a second person's word is waited for. Show text, where there
	 * is any, and ask again every second with this number; 0: it is decided. */
	uint64_t wait;
};
extern const struct fields sudo_reply_fields;

/* ---- framing ---------------------------------------------------------------------------- */

struct frame {
	uint16_t type;
	uint32_t fields_len, payload_len;
};

/* Appends a whole message; payload may be NULL. The sticky error of out tells. */
void frame_encode(struct buf *out, uint16_t type, const struct fields *f, const void *obj,
    const void *payload, size_t payload_len);
/* Reads the 16 header bytes. SKS_INVALID on magic or the zero field; limits are the caller's.
 */
int frame_decode_header(const uint8_t header[FRAME_HEADER_SIZE], struct frame *out);

#endif
