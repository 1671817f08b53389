/*
 * The event catalogue. Each action has a number for ever (it stands in the leaf), a name, a
 * retention class and one sentence; docs/events.md carries the same, and a test compares.
 */
#ifndef SEKISHO_EVENT_H
#define SEKISHO_EVENT_H

#include <stdint.h>

/* RETAIN_LOG is kept for ever: what the log needs to prove itself. The numbers stand in leaves.
 */
enum retention {
	RETAIN_ACCESS,
	RETAIN_PRIVILEGE,
	RETAIN_POLICY,
	RETAIN_OPERATION,
	RETAIN_LOG,
	RETAIN_COUNT,
};
extern const char *const retention_words[];

enum outcome { OUTCOME_SUCCESS, OUTCOME_FAILURE, OUTCOME_UNKNOWN };
extern const char *const outcome_words[]; /* Elastic Common Schema: success, failure, unknown */

/* X(symbol, number, name, retention, sentence) */
#define EVENT_CATALOGUE(X)                                                                     \
	X(ATTEMPT, 1, "authentication.attempt", ACCESS,                                        \
	    "A first factor was refused before it was looked at.")                             \
	X(FIRST_FACTOR, 2, "authentication.first-factor", ACCESS,                              \
	    "The first factor was wrong, or its attempt was abandoned.")                       \
	X(CODE, 3, "authentication.code", ACCESS, "A second factor was judged.")               \
	X(AUTHENTICATED, 4, "authentication.success", ACCESS,                                  \
	    "Authentication succeeded without a second factor being asked for.")               \
	X(BREAK_GLASS, 5, "authentication.break-glass", PRIVILEGE,                             \
	    "A break-glass code was used at a console.")                                       \
	X(REFUSALS, 6, "authentication.refusals", ACCESS,                                      \
	    "Further refusals of the same kind, counted.")                                     \
	X(ACCOUNT, 10, "access.account", ACCESS, "An account was allowed or refused entry.")   \
	X(SESSION_OPEN, 11, "session.open", ACCESS, "A session began.")                        \
	X(SESSION_CLOSE, 12, "session.close", ACCESS, "A session ended.")                      \
	X(LOCKOUT_START, 20, "lockout.start", ACCESS,                                          \
	    "One way in to an account was locked by failures.")                                \
	X(LOCKOUT_END, 21, "lockout.end", ACCESS, "A lock was lifted by hand.")                \
	X(FACTOR_ENROLL, 30, "factor.enroll", PRIVILEGE, "A device was issued.")               \
	X(FACTOR_CONFIRM, 31, "factor.confirm", PRIVILEGE, "A device was confirmed.")          \
	X(FACTOR_REVOKE, 32, "factor.revoke", PRIVILEGE, "A device was revoked.")              \
	X(FACTOR_LOST, 33, "factor.lost", PRIVILEGE, "A device was reported lost.")            \
	X(FACTOR_RETURN, 34, "factor.return", PRIVILEGE, "A device was given back.")           \
	X(FACTOR_IMPORT, 35, "factor.import", PRIVILEGE, "A device was imported.")             \
	X(RECOVERY_CODES, 36, "factor.recovery-codes", PRIVILEGE,                              \
	    "New recovery codes were issued; the old ones ended.")                             \
	X(FACTOR_DRIFT, 37, "factor.drift", OPERATION,                                         \
	    "Many devices drift the same way: the host's clock is suspect.")                   \
	X(USER_SUSPEND, 40, "user.suspend", PRIVILEGE, "An account was suspended.")            \
	X(USER_RESUME, 41, "user.resume", PRIVILEGE, "A suspended account was resumed.")       \
	X(USER_REPORT, 42, "user.report", PRIVILEGE,                                           \
	    "A user reported a loss, a leak, a stranger or an incident.")                      \
	X(BREAK_GLASS_MADE, 43, "break-glass.make", PRIVILEGE, "Break-glass codes were made.") \
	X(LOG_READ, 44, "log.read", OPERATION, "Records were read.")                           \
	X(POLICY_APPLY, 50, "policy.apply", POLICY, "A policy went into force.")               \
	X(POLICY_REFUSED, 51, "policy.refused", POLICY, "A policy was refused.")               \
	X(DAEMON_START, 60, "daemon.start", OPERATION, "The daemon started.")                  \
	X(DAEMON_STOP, 61, "daemon.stop", OPERATION, "The daemon stopped.")                    \
	X(CLOCK_STEP, 62, "clock.step", OPERATION, "The wall clock jumped.")                   \
	X(SPOOL, 63, "daemon.spool", ACCESS,                                                   \
	    "Something happened while the daemon was away: reported, not decided.")            \
	X(SPOOL_REFUSED, 64, "daemon.spool-refused", OPERATION,                                \
	    "A spooled report was forged, cut or damaged.")                                    \
	X(INPUT_REFUSED, 65, "input.refused", OPERATION,                                       \
	    "Malformed or unpermitted requests, counted.")                                     \
	X(DISK, 66, "daemon.disk", OPERATION, "Space for the log runs low, or is back.")       \
	X(REWOUND, 67, "daemon.rewound", OPERATION,                                            \
	    "The store is older than this boot remembers: what came between is unknown.")      \
	X(SUSPEND, 68, "daemon.suspend", OPERATION,                                            \
	    "The host slept: nothing could be recorded.")                                      \
	X(LOG_BEGIN, 70, "log.begin", LOG, "A chain of the log began.")                        \
	X(LOG_SEAL, 71, "log.seal", LOG,                                                       \
	    "An epoch of the log was closed, and its key destroyed.")                          \
	X(LOG_KEY, 72, "log.key", LOG, "A new key signs the heads; the old one signed for it.") \
	X(REANCHOR, 73, "log.reanchor", LOG,                                                   \
	    "An auditor outside of the host vouched for a chain that was begun anew.")         \
	X(LOG_END, 79, "log.end", LOG, "The host was decommissioned: its log ends.")           \
	X(RETENTION, 80, "log.retention", LOG,                                                 \
	    "Bodies of records whose period had ended were destroyed.")                        \
	X(HOLD, 81, "log.hold", LOG, "Records were put on hold: no period ends for them.")     \
	X(RELEASE, 82, "log.release", LOG, "A hold was released.")                             \
	X(REDACT_REQUEST, 83, "log.redact-request", LOG,                                       \
	    "Somebody asked that the body of one record be destroyed before its time.")        \
	X(REDACT, 84, "log.redact", LOG,                                                       \
	    "The body of one record was destroyed by two people, or their request ended.")     \
	X(EXPORT, 85, "log.export", PRIVILEGE, "Records were handed out, or were not.")         \
	X(EXPORT_REQUEST, 86, "log.export-request", PRIVILEGE,                                 \
	    "Somebody asked that records be handed out, or that was answered.")                \
	X(BACKUP_CREATE, 87, "backup.create", OPERATION, "A backup was made, or failed.")      \
	X(BACKUP_OVERDUE, 88, "backup.overdue", OPERATION,                                     \
	    "The last good backup is older than the policy wants.")                            \
	X(BACKUP_RESTORE, 89, "backup.restore", LOG,                                           \
	    "The store was restored from a backup: what came after it is lost.")               \
	X(ALERT_RAISE, 90, "alert.raise", OPERATION, "An alert rule was met, or tested.")      \
	X(ALERT_UNDELIVERED, 91, "alert.undelivered", OPERATION,                               \
	    "An alert could not be delivered, and is not tried again.")                        \
	X(FORWARD_BEHIND, 93, "forward.behind", OPERATION,                                     \
	    "A target of forwarding lags, or cannot be reached.")                              \
	X(FORWARD_RESUMED, 94, "forward.resumed", OPERATION,                                   \
	    "A target of forwarding has caught up.")                                           \
	X(SYSTEM_BASELINE, 95, "system.baseline", POLICY,                                      \
	    "Files that are watched were looked at for the first time, or others than before.")\
	X(SYSTEM_CHANGE, 96, "system.change", POLICY, "A file that is watched has changed.")   \
	X(KEY_MAKE, 100, "key.make", LOG, "A key was made, or found for the first time.")      \
	X(KEY_ROTATE, 101, "key.rotate", LOG,                                                  \
	    "A key took another one's place, or what lay under that was sealed anew.")         \
	X(KEY_RETIRE, 102, "key.retire", LOG,                                                  \
	    "A key that nothing needs any more was destroyed.")                                \
	X(KEY_BACKUP, 103, "key.backup", LOG, "The keys were copied into a sealed file.")      \
	X(KEY_EXPOSED, 104, "key.exposed", LOG,                                                \
	    "Somebody else may have a key: what lay under it counts as known.")                \
	X(KEY_OVERDUE, 105, "key.overdue", OPERATION, "A key is older than the policy allows.")\
	X(PASSWORD, 120, "password.judge", ACCESS, "A new password was judged.")               \
	X(CHANGE_PENDING, 110, "change.pending", POLICY,                                       \
	    "A change of the login stack or of the policy waits for its confirmation.")        \
	X(CHANGE_CONFIRM, 111, "change.confirm", POLICY,                                       \
	    "A change was confirmed and stays, or the confirmation was refused.")              \
	X(CHANGE_UNDO, 112, "change.taken-back", POLICY,                                       \
	    "A change was not confirmed in time, or was undone: all is as before.")            \
	X(CHANGE_CONFLICT, 113, "change.conflict", POLICY,                                     \
	    "A file of a change had been changed by others; their version is kept beside.")    \
	X(EXCEPTION_REQUEST, 160, "exception.request", PRIVILEGE,                              \
	    "Somebody asked for an exception from a rule.")                                    \
	X(EXCEPTION_ANSWER, 161, "exception.answer", PRIVILEGE,                                \
	    "An entry in the register of exceptions was granted, refused or withdrawn.")       \
	X(EXCEPTION_START, 162, "exception.start", PRIVILEGE,                                  \
	    "Something is weaker than its rules, and nobody has approved that yet.")           \
	X(EXCEPTION_END, 163, "exception.end", PRIVILEGE,                                      \
	    "An entry in the register of exceptions is over: in time, or before it.")          \
	X(EXCEPTION_REPORT, 164, "exception.report", PRIVILEGE,                                \
	    "The end of an exception was reported.")                                           \
	X(EXCEPTION_OVERDUE, 165, "exception.overdue", OPERATION,                              \
	    "The end of an exception should have been reported by now.")                       \
	X(BYPASS_REQUEST, 166, "bypass.request", PRIVILEGE,                                    \
	    "Somebody asked for a one-time code for a person without their device.")           \
	X(BYPASS_ANSWER, 167, "bypass.answer", PRIVILEGE,                                      \
	    "A bypass was issued, declined or withdrawn.")                                     \
	X(BREAK_GLASS_REVIEW, 168, "break-glass.review", PRIVILEGE,                            \
	    "The use of a break-glass code was reviewed by another person.")                   \
	X(POLICY_REQUEST, 169, "policy.request", POLICY,                                       \
	    "A new policy waits for another person.")                                          \
	X(POLICY_ANSWER, 170, "policy.answer", POLICY,                                         \
	    "A policy that waited was approved, declined or withdrawn.")                      \
	X(CHECK_RUN, 130, "check.run", OPERATION, "The host was tested.")                      \
	X(CHECK_FINDING, 131, "check.finding", OPERATION, "A test of the host failed.")        \
	X(CHECK_SIGN_OFF, 132, "check.sign-off", POLICY,                                       \
	    "What is not recorded on this host was looked at, and signed off for a time.")   \
	X(ROLE_REQUEST, 124, "role.request", PRIVILEGE, "Somebody asked for a role.")          \
	X(ROLE_ANSWER, 125, "role.answer", PRIVILEGE,                                          \
	    "A request for a role was approved by one of several, declined or withdrawn, or "  \
	    "became too old.")                                                                 \
	X(GRANT_START, 126, "grant.start", PRIVILEGE, "A person has a role from now on.")      \
	X(GRANT_END, 127, "grant.end", PRIVILEGE, "A role ended: in time, or before it.")      \
	X(ATTRIBUTE_SET, 172, "attribute.set", PRIVILEGE,                                      \
	    "An attribute of a person was set, with its evidence.")                            \
	X(ATTRIBUTE_REVOKE, 173, "attribute.revoke", PRIVILEGE,                                \
	    "An attribute of a person was taken away.")                                        \
	X(PERMIT_REPORT, 174, "permit.report", PRIVILEGE,                                      \
	    "How the use of a permit ended was reported.")                                     \
	X(PERMIT_OVERDUE, 175, "permit.overdue", PRIVILEGE,                                    \
	    "A permit is over, and nobody has reported how it ended.")                         \
	X(USER_ENDED, 184, "user.ended", PRIVILEGE,                                            \
	    "What a suspended account ran was ended, or some of it is left.")                  \
	X(USER_RETIRE, 185, "user.retire", PRIVILEGE,                                          \
	    "An account was retired: suspended, its devices, codes and requests ended.")     \
	X(SUDO_COMMAND, 153, "sudo.command", PRIVILEGE,                                        \
	    "sudo was about to run a command, and may or may not.")                            \
	X(SUDO_EXIT, 154, "sudo.exit", PRIVILEGE, "A command that ran under sudo has ended.")  \
	X(SUDO_REFUSED, 155, "sudo.refused", PRIVILEGE,                                        \
	    "sudo itself, or another of its plugins, refused a command.")                      \
	X(SUDO_END, 156, "sudo.end", PRIVILEGE,                                                \
	    "A role ended while its command ran: sudo was told to end it.")                    \
	X(SUDO_LEFT, 157, "sudo.left", PRIVILEGE,                                              \
	    "A role ended, and commands of it had left processes behind.") \
	X(USER_INVITE, 140, "user.invite", PRIVILEGE,                                          \
	    "An account got an invitation for its first login, or the day of its end.")        \
	X(INVITATION_SPENT, 141, "user.invitation-used", PRIVILEGE,                            \
	    "A person came in by an invitation and chose a password: it is used up.")          \
	X(PASSWORD_EXPIRE, 142, "password.expire", PRIVILEGE,                                  \
	    "An account has to get another password before its next use.")                    \
	X(PASSWORD_STORED, 150, "password.stored", ACCESS,                                     \
	    "After a password was accepted, the host has another one, or still the one before.") \
	X(TWO_DEVICES, 186, "device.two", ACCESS,                                              \
	    "One identity is in use from two devices at once.")                                \
	X(CAPABILITIES_USE, 187, "capabilities.use", PRIVILEGE,                                \
	    "Somebody started a program with the capabilities of a role, or may not.") \
	X(REVIEW_OPEN, 211, "review.open", OPERATION, "An auditor opened a record.")           \
	X(REVIEW_MARK, 212, "review.mark", OPERATION,                                          \
	    "An auditor said what they think of a record.")                                    \
	X(REVIEW_SIGN_OFF, 213, "review.sign-off", POLICY,                                     \
	    "An auditor signed off a period, or was refused to.")                              \
	X(REVIEW_OVERDUE, 214, "review.overdue", OPERATION,                                    \
	    "Nobody has signed off the records of a month that is over.")                      \
	X(FINDING_OPEN, 215, "finding.open", POLICY,                                           \
	    "An auditor found something that somebody has to put right.")                      \
	X(FINDING_CLOSE, 216, "finding.close", POLICY, "A finding was closed by an auditor.")  \
	X(ACCOUNT_UNASKED, 276, "account.unasked", ACCESS,                                     \
	    "Account management was decided along with a code, and was then not asked for.")   \
	X(FINDING_OVERDUE, 217, "finding.overdue", OPERATION,                                  \
	    "A finding is still open after its date.")  \
	X(PAPER, 204, "paper.make", PRIVILEGE,                                                 \
	    "A register or form for print was made, or was not.")                              \
	X(CONTINGENCY_PREPARED, 218, "contingency.prepared", POLICY,                           \
	    "A contingency policy was put in store with the policy, or is gone with it.")      \
	X(CONTINGENCY_REQUEST, 219, "contingency.request", PRIVILEGE,                          \
	    "Somebody asked for the activation of a contingency policy.")                      \
	X(CONTINGENCY_ANSWER, 220, "contingency.answer", PRIVILEGE,                            \
	    "An activation was approved by one of several, refused or withdrawn.")             \
	X(CONTINGENCY_START, 221, "contingency.start", PRIVILEGE,                              \
	    "A contingency policy is in force from now on.")                                   \
	X(CONTINGENCY_END, 222, "contingency.end", PRIVILEGE,                                  \
	    "A contingency policy is over: in time, or before it.")                            \
	X(USE_REQUEST, 240, "use.request", PRIVILEGE,                                          \
	    "A command of a role waits for a second person's word.")                           \
	X(USE_ANSWER, 241, "use.answer", PRIVILEGE,                                            \
	    "A second person's word about a command of a role was asked for, and given, refused or not given.") \
	X(SESSION_IDLE, 188, "session.idle", ACCESS,                                           \
	    "A session was ended, because nobody used its terminal.")                          \
	X(ROLE_REVIEW, 226, "role.review", POLICY,                                             \
	    "The members of a role were reviewed and signed off, or were refused to be.")      \
	X(ROLE_REVIEW_OVERDUE, 227, "role.review.overdue", POLICY,                             \
	    "The members of a role should have been reviewed by now.")                          \
	X(DOWNLOAD_WARN, 196, "download.warn", ACCESS,                                         \
	    "More was sent to the far end of a session than the policy lets pass unsaid.")     \
	X(DOWNLOAD_DAY_WARN, 197, "download.day-warn", ACCESS,                                 \
	    "More was sent to a person's sessions on one day than the policy lets pass unsaid.") \
	X(DOWNLOAD_SESSION, 198, "download.session", ACCESS,                                   \
	    "A remote session is over: how much was sent to its far end, or that nobody knows.") \
	X(DOWNLOAD_DAY, 199, "download.day", ACCESS,                                           \
	    "A day is over: how much was sent to a person's remote sessions on it.")           \
	X(STAFF_IMPORT, 228, "staff.import", POLICY,                                           \
	    "A staff list was imported, or refused to be.")                                    \
	X(STAFF_MOVE, 229, "staff.move", PRIVILEGE,                                            \
	    "Somebody is in another unit: their roles have to be certified again.")            \
	X(STAFF_END, 230, "staff.end", PRIVILEGE,                                              \
	    "Somebody's contract has ended, and their accounts with it.")                      \
	X(STAFF_RECONCILE, 231, "staff.reconcile", POLICY,                                     \
	    "Persons, units and accounts were compared with the staff list.")                  \
	X(TRAINING_EXCUSE, 250, "training.excuse", PRIVILEGE,                                  \
	    "A person is excused from a training of a fiscal year.")                           \
	X(TRAINING_URGE, 251, "training.urge", OPERATION,                                      \
	    "A person was urged to attend a training that is due soon.")                       \
	X(TRAINING_OVERDUE, 252, "training.overdue", OPERATION,                                \
	    "A person did not attend a training in time.")                                     \
	X(PLAN_DONE, 253, "plan.done", POLICY, "An item of the yearly plan is done.")          \
	X(PLAN_OVERDUE, 254, "plan.overdue", OPERATION,                                        \
	    "An item of the yearly plan was not done in time.")                                \
	X(SELF_CHECK, 255, "self-check.answer", POLICY,                                        \
	    "Somebody answered the self-check sheet of an office.")                            \
	X(COMMAND_REFUSE, 280, "command.refuse", PRIVILEGE,                                    \
	    "Somebody sent a command that is not theirs: root's, an auditor's, or about somebody else.")

enum action {
	ACTION_NONE = 0,
#define X(symbol, number, name, retention, sentence) ACTION_##symbol = number,
	EVENT_CATALOGUE(X)
#undef X
};

struct event_info {
	uint16_t action;
	const char *name;
	uint8_t retention;
	const char *sentence;
};
extern const struct event_info event_table[];
extern const unsigned event_count;

/* NULL for a number or name that the catalogue does not have. */
const struct event_info *event_by_action(uint16_t action);
const struct event_info *event_by_name(const char *name);

#endif
