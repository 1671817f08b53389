/* The table of subcommands; each is carried out by the file of its noun. */
#include "cli.h"
#include "i18n.h"

#define VERIFIED (OPTION(VERIFIED_BY) | OPTION(HOW))
#define KEY_FORM (OPTION(ALGORITHM) | OPTION(DIGITS) | OPTION(PERIOD))
#define TERMS                                                                                  \
	(OPTION(DURATION) | OPTION(CLAUSE) | OPTION(MEASURE) | OPTION(END_REPORT) |            \
	    OPTION(WAIVE_REPORT) | OPTION(REASON))
#define FILTERS                                                                                \
	(OPTION(USER) | OPTION(EVENT) | OPTION(OUTCOME) | OPTION(REASON) | OPTION(SOURCE) |    \
	    OPTION(SINCE) | OPTION(UNTIL))

/* Verbs of one noun stand together. */
const struct subcommand subcommand_table[] = {
    {"enroll", NULL, "[USER]", 0, 1, OPTION(NAME) | OPTION(ACCEPT) | KEY_FORM | VERIFIED,
	N_("Register a device that shows one-time codes, with a QR code for the app."),
	N_("Shows what the data are for and asks you to accept it; then asks for your "
	   "password, or "
	   "for a code of a device you already have; then shows the QR code and asks for the "
	   "first "
	   "code. With the first device come ten recovery codes, shown once.\n"
	   "Root enrols another person without their password; --verified-by and --how then "
	   "say who "
	   "made sure that it is that person."),
	run_enroll},
    {"factor", "list", "[USER]", 0, 1, 0,
	N_("List your devices, ended ones too; root can name another user."), NULL,
	run_factor_list},
    {"factor", "revoke", "[USER] DEVICE", 1, 2, OPTION(REASON) | VERIFIED,
	N_("End a device: its codes count no more."), NULL, run_factor_revoke},
    {"factor", "lost", "[USER] [DEVICE]", 0, 2, OPTION(REASON) | VERIFIED,
	N_("Report a device as lost: it is revoked at once."),
	N_("With a single device its name can be left out."), run_factor_lost},
    {"factor", "return", "[USER] DEVICE", 1, 2, OPTION(REASON) | VERIFIED,
	N_("Record that a device was given back: its codes count no more."), NULL,
	run_factor_return},
    {"factor", "import", "USER...", 0, ARGS_WORDS_MAX,
	OPTION(URI) | OPTION(GOOGLE_AUTHENTICATOR) | OPTION(PAM_OATH) | OPTION(NAME) | VERIFIED,
	N_("Take over keys that people already use (root); they are active at once."),
	N_("  sekisho factor import USER --uri -                         (an otpauth:// URI, "
	   "typed or piped)\n"
	   "  sekisho factor import USER --google-authenticator FILE     (one person's file)\n"
	   "  sekisho factor import [USER...] --pam-oath FILE            (all in the file, or "
	   "those named)\n"
	   "With --pam-oath, what cannot be taken over is named with its line and the rest "
	   "goes on; "
	   "the exit status is then 5."),
	run_factor_import},
    {"factor", "recovery-codes", "[USER]", 0, 1, VERIFIED,
	N_("Make ten new recovery codes; the old ones end."),
	N_("Asks for a code of a device, or one of the old recovery codes. Root makes them for "
	   "another person without."),
	run_factor_recovery_codes},
    {"status", NULL, "", 0, 0, OPTION(OBSERVE) | OPTION(SINCE) | OPTION(METRICS),
	N_("Show whether Sekisho is at work, and what it knows about you."),
	N_("First whether all is well and, if not, what to do: for root of the host, for others "
	   "of their account. Exit status 1 when something needs attention.\n"
	   "With --observe: who would have been refused in the last 30 days, or since the "
	   "time of --since, where refusals are only observed, and whom the enrolment grace "
	   "let in; out of the records. Root sees everybody's, others their own."),
	run_status},
    {"notice", NULL, "", 0, 0, OPTION(LANG) | OPTION(OUTPUT),
	N_("Print the notice that is shown before login."),
	N_("  sekisho notice --output /etc/sekisho/banner    (for sshd: Banner "
	   "/etc/sekisho/banner)"),
	run_notice},
    {"user", "add", "NAME", 1, 1,
	OPTION(PERSON) | OPTION(CLASS) | OPTION(UNTIL) | OPTION(DURATION) | OPTION(LANG) |
	    OPTION(OUTPUT) | OPTION(NO_INVITATION) | OPTION(YES) | VERIFIED,
	N_("Make an account for a person, with an invitation to its first login (root)."),
	N_("Makes the account with useradd, or takes over one that exists, and draws a first "
	   "password that works once and for three days, or as long as --for says. It is shown "
	   "now and never again; with --output it is written as a sheet to print. At the first "
	   "login the person reads what is collected and why, registers a device and chooses a "
	   "password; --verified-by and --how say who made sure that it is that person. The "
	   "account ends after the day of --until.\n"
	   "  sekisho user add hanako --person hanako --until 2027-03-31 --verified-by reception "
	   "--how passport\n"
	   "  sekisho user add hanako --until 2028-03-31 --no-invitation     (a later end)"),
	run_user_add},
    {"user", "show", "[USER]", 0, 1, 0,
	N_("Show an account: devices, locks, suspension, last login, sessions."), NULL,
	run_user_show},
    {"user", "list", "", 0, 0, OPTION(DORMANT),
	N_("List the accounts that Sekisho knows (root)."), NULL, run_user_list},
    {"user", "unlock", "USER", 1, 1, OPTION(REASON) | VERIFIED,
	N_("Lift the locks that failed logins set (root)."), NULL, run_user_unlock},
    {"user", "suspend", "USER", 1, 1, OPTION(REASON) | VERIFIED,
	N_("Refuse an account from now on (root)."), NULL, run_user_suspend},
    {"user", "resume", "USER", 1, 1, OPTION(REASON) | VERIFIED,
	N_("Let a suspended account in again (root)."), NULL, run_user_resume},
    {"user", "retire", "USER", 1, 1, OPTION(REASON) | VERIFIED,
	N_("Suspend the account of somebody who leaves, and end what it has (root)."), NULL,
	run_user_retire},
    {"session", "list", "", 0, 0, 0, N_("List the open sessions; root sees everybody's."), NULL,
	run_session_list},
    {"log", NULL, "", 0, 0, FILTERS | OPTION(LIMIT) | OPTION(OLDEST_FIRST) | OPTION(FOLLOW) | OPTION(RECEIPT),
	N_("Show the records, newest last."),
	N_("One line a record: local time, event, outcome/reason, user, source, service.\n"
	   "--json prints each stored body exactly as it was hashed, one a line.\n"
	   "  sekisho log --user alice --outcome failure --since 2h\n"
	   "  sekisho log --event lockout.start --limit 20\n"
	   "  sekisho log --follow\n"
	   "  sekisho log --receipt 4711:9f86d0...    (shown after login: is that record in the log?)"),
	run_log},
    {"audit", "head", "", 0, 0, OPTION(VKEY) | OPTION(QR) | OPTION(STATE_DIR),
	N_("Print the signed head of the log, or with --vkey the key that verifies it (root)."),
	N_("A head says how many records there are and binds every one of them. Keep it where "
	   "root of this host cannot change it: on paper, in another system's log, with the "
	   "auditor. `sekisho audit verify --seen FILE` compares it later."),
	run_audit_head},
    {"audit", "prove", "NUMBER [FILE]", 1, 2, OPTION(STATE_DIR),
	N_("Prove that one record is in the log, to who has nothing else of it (root)."),
	N_("Writes a tlog-proof with the record's header and the signed head, to standard "
	   "output "
	   "or into FILE. Who has the record's body checks it against the header, and the "
	   "header "
	   "against the head."),
	run_audit_prove},
    {"audit", "export", "", 0, 0,
	FILTERS | OPTION(TO) | OPTION(FOR) | OPTION(PURPOSE) | OPTION(FORMAT) |
	    OPTION(RECIPIENT) | OPTION(PASSPHRASE_FILE) | OPTION(REQUEST) | OPTION(TILES) |
	    OPTION(STATE_DIR),
	N_("Write selected records with proofs for somebody outside, or the whole tree (root)."),
	N_("  sekisho audit export --user alice --since 30d --format csv\n"
	   "      --for 'Audit office, Sato' --purpose 'case 7' --to /root/case-7\n"
	   "  sekisho audit export --tiles DIR\n"
	   "Records, their proofs, the signed heads and a signed manifest go into a new directory. "
	   "The policy says from which rating of the host on they are encrypted (--recipient), "
	   "the officers are told, or another person approves first: then it waits in \"sekisho "
	   "pending\", and --request ID carries it out.\n"
	   "--tiles writes DIR/checkpoint and DIR/tile/…, which any web server can serve: headers "
	   "and hashes, no bodies. Written into the same DIR again, only what is new is added."),
	run_audit_export},
    {"audit", "bundle", "", 0, 0,
	FILTERS | OPTION(TO) | OPTION(FOR) | OPTION(PURPOSE) | OPTION(RECIPIENT) |
	    OPTION(PASSPHRASE_FILE) | OPTION(REQUEST) | OPTION(STATE_DIR),
	N_("Collect the evidence of an incident: records, proofs, policies, grants (root, auditor)."),
	N_("  sekisho audit bundle --user alice --since 7d --for 'CISO' --purpose 'incident 12' --to "
	   "/root/incident-12\n"
	   "An export (\"sekisho audit export\") with a time line that people read, the policies "
	   "that were in force, the grants, a form for the report, and index.txt, which says what is "
	   "what and how it is verified elsewhere. The manifest is signed last, over all of it. An "
	   "auditor whom the policy names needs no root: the daemon reads, proves and signs."),
	run_audit_bundle},
    {"audit", "verify", "[EXPORT]", 0, 1,
	OPTION(STATE_DIR) | OPTION(QUICK) | OPTION(SEEN) | OPTION(TRUST) | OPTION(AUDITOR) |
	    OPTION(RESUME) | OPTION(IDENTITY) | OPTION(PASSPHRASE_FILE),
	N_("Verify the whole log, here or from a copy: is it what was recorded, and all of it?"),
	N_("Bodies, headers, tree, heads, seals, chains, what was destroyed, and every index that "
	   "the log is searched by. The first record that is wrong is named, and how. Exit "
	   "status 4 tampered, 5 incomplete, 6 stale, 7 unreadable.\n"
	   "  sekisho audit verify\n"
	   "  sekisho audit verify --state-dir /mnt/sekisho --seen /var/log/remote/host.log\n"
	   "  sekisho audit verify --trust \"$(cat paper.vkey)\" --json\n"
	   "EXPORT is a directory that \"sekisho audit export --to\" wrote: its manifest, its files, "
	   "each body and each proof are held against --trust, else against this host's key."),
	run_audit_verify},
    {"audit", "report", "", 0, 0,
	OPTION(FISCAL_YEAR) | OPTION(SINCE) | OPTION(UNTIL) | OPTION(PERSON) | OPTION(ROLE) |
	    OPTION(LANG) | OPTION(OUTPUT) | OPTION(STATE_DIR) | OPTION(FOR) | OPTION(PURPOSE) |
	    OPTION(REQUEST),
	N_("Make a page for an auditor: who used which power and why, in a file that verifies "
	   "itself (root, auditors)."),
	N_("  sekisho audit report --fiscal-year 2026 --output report.html\n"
	   "  sekisho audit report --since 30d --person suzuki --lang ja\n"
	   "One HTML file that needs no network: privilege by person and role, grants with reason "
	   "and approver, power that no grant explains, refused attempts, weakenings, members "
	   "who never used a role, and whether the recording had gaps. The records it shows carry "
	   "their proof, and the page checks it against the verifier key that its reader gives it "
	   "(\"sekisho audit head --vkey\").\n"
	   "Without a period: the fiscal year under way, from April on. Without --output: a file in "
	   "this directory, whose name is printed. --state-dir reads a copy, and the files "
	   "\"wtmp\" and \"audit.log\" beside it if they are there."),
	run_audit_report},
    {"audit", "controls", "", 0, 0,
	OPTION(FISCAL_YEAR) | OPTION(SINCE) | OPTION(UNTIL) | OPTION(LANG) | OPTION(OUTPUT) |
	    OPTION(CATALOGUE),
	N_("Hold this host against the source documents, clause by clause (root)."),
	N_("  sekisho audit controls --output controls.html\n"
	   "  sekisho audit controls --fiscal-year 2026 --lang ja --output controls.csv\n"
	   "Each clause with its level, whether it is in force by a test of the host made now, not in "
	   "force, not tested, or the organisation's own with the reason, and the records of "
	   "the period that are evidence. The name of the file says its form: .html, .csv or "
	   ".json; without one, what is not in force is listed here. Exit status 1 when a control "
	   "is not in force."),
	run_audit_controls},
    {"audit", "paper", "[KIND] [NUMBER...]", 0, ARGS_WORDS_MAX,
	OPTION(FISCAL_YEAR) | OPTION(SINCE) | OPTION(UNTIL) | OPTION(PERSON) | OPTION(LANG) |
	    OPTION(OUTPUT) | OPTION(STATE_DIR) | OPTION(FOR) | OPTION(PURPOSE) | OPTION(REQUEST) |
	    OPTION(VERIFY),
	N_("Make a register or form for print, whose rows are what the log says (auditors, root)."),
	N_("  sekisho audit paper                      which kinds there are\n"
	   "  sekisho audit paper exceptions --fiscal-year 2026 --lang ja --output register.html\n"
	   "  sekisho audit paper exception E-3 --output E-3.html\n"
	   "  sekisho audit paper exceptions --output register.csv\n"
	   "One HTML file for A4, or, where its name ends in .csv, the register for a spreadsheet. It "
	   "carries the rating and limits of the host, a serial number, which is that of the record "
	   "that it was made, and the head of the log. --verify holds its rows against the tables of "
	   "the store as well: exit status 4 where they differ. From the rating on at which the policy "
	   "wants it for exports, another person approves first."),
	run_audit_paper},
    {"audit", "retain", "", 0, 0, OPTION(NOW),
	N_("Show how long records are kept, and when the next ones are deleted (root)."),
	N_("Periods are the policy's, [retention] in sekisho.conf(5). Deleted is the body of a "
	   "record, beyond recovery; its header stays, and each deletion is a record."),
	run_audit_retain},
    {"audit", "hold", "add|list|release [RECORDS|HOLD]", 1, 2,
	OPTION(USER) | OPTION(SOURCE) | OPTION(SINCE) | OPTION(UNTIL) | OPTION(REASON),
	N_("Keep records beyond their period, whatever the policy says (root)."),
	N_("A hold names a user, a source, a time, records by number, or several of these, "
	   "which "
	   "must then all fit.\n"
	   "  sekisho audit hold add --user alice --since 2026-11-01 --reason 'case 7'\n"
	   "  sekisho audit hold add 1200-1350 --reason 'case 7'\n"
	   "  sekisho audit hold release H-1 --reason 'case 7 is closed'\n"
	   "  sekisho audit hold list"),
	run_audit_hold},
    {"audit", "review", "[open|mark|sign|list] [NUMBER] [MARK]", 0, 3,
	OPTION(UNTIL) | OPTION(COMMENT),
	N_("Examine what was recorded, and sign it off (auditors)."),
	N_("  sekisho audit review                  what nobody has signed off, and what of it has "
	   "to be opened\n"
	   "  sekisho audit review open [NUMBER]    the next one, or that record\n"
	   "  sekisho audit review mark NUMBER ok|question|finding --comment TEXT\n"
	   "  sekisho audit review sign             all of it up to the end of the last month\n"
	   "  sekisho audit review list             what was signed off, by whom\n"
	   "The signature binds the records and a head of the log, and asks for a code of yours. It "
	   "is refused while a record that has to be opened is not, and to whoever asked for, had "
	   "or approved a role in that time."),
	run_audit_review},
    {"audit", "finding", "add|close|list [RECORD|FINDING]", 1, 2,
	OPTION(TEXT) | OPTION(OWNER) | OPTION(UNTIL) | OPTION(GRAVE) | OPTION(ALL),
	N_("Keep what was found until it is put right (auditors)."),
	N_("  sekisho audit finding add 17 --text 'sudoers names a leaver' --owner alice --until "
	   "2026-12-31\n"
	   "  sekisho audit finding close F-1 --text 'removed, seen today'\n"
	   "  sekisho audit finding list --all\n"
	   "With --grave an alert is raised. Whoever had to put it right does not close it."),
	run_audit_finding},
    {"audit", "redact", "NUMBER", 1, 1, OPTION(REASON),
	N_("Ask that the body of one record be destroyed before its time."),
	N_("For a secret that was typed where it is recorded. Another person has to approve it "
	   "within seven days; both act from a login of their own, each with a code of their "
	   "own. Who may is in the policy, [retention] redactors, else administrators.\n"
	   "The reason is kept for ever: do not repeat the secret there."),
	run_audit_redact},
    {"training", "status", "[PERSON]", 0, 1, OPTION(FISCAL_YEAR),
	N_("Show who attended which training of a fiscal year, and who has to; yours, or all (root, "
	   "auditors)."),
	N_("Trainings are the attributes with fiscal_year = yes; \"sekisho attribute set\" keeps "
	   "the evidence. Who has not attended is urged 30 days before it is due, at login and by "
	   "an alert; what is late shows in \"sekisho status\" and \"sekisho check\"."),
	run_training_status},
    {"training", "excuse", "PERSON TRAINING", 2, 2, OPTION(FISCAL_YEAR) | OPTION(REASON),
	N_("Excuse a person from a training of a fiscal year, with the reason (root)."),
	N_("  sekisho training excuse suzuki training --reason 'on leave until May'\n"
	   "It counts as settled then; rules and roles that require the attribute go on requiring "
	   "it."),
	run_training_excuse},
    {"plan", "list", "", 0, 0, OPTION(FISCAL_YEAR),
	N_("List the yearly plan of self-checks and audits: what is done, due and late (root, "
	   "auditors)."),
	N_("The items are sections [plan NAME] of the policy."), run_plan_list},
    {"plan", "done", "ITEM", 1, 1, OPTION(TEXT),
	N_("Say that an item of the yearly plan is done, and what came of it (root, auditors)."),
	N_("  sekisho plan done autumn-audit --text 'three findings, F-4 to F-6'"), run_plan_done},
    {"self-check", NULL, "sheet|answer|compare [FILE]", 1, 2,
	OPTION(FISCAL_YEAR) | OPTION(ROLE) | OPTION(OUTPUT) | OPTION(CATALOGUE) | OPTION(LANG),
	N_("Make, answer and compare self-check sheets."),
	N_("  sekisho self-check sheet --role OFFICE --output FILE   what the office answers for, with "
	   "the evidence of this host (root)\n"
	   "  sekisho self-check answer FILE                         the sheet, with \"yes\", \"no\" "
	   "or \"own\" behind each \"answer:\"; in one's own name\n"
	   "  sekisho self-check compare                             what was answered against what "
	   "the tests say now (root)\n"
	   "OFFICE is a \"role\" of [officer NAME] in the policy, whose \"clauses\" say what is on the "
	   "sheet."),
	run_self_check},
    {"attribute", "set", "PERSON ATTRIBUTE", 2, 2, OPTION(UNTIL) | OPTION(EVIDENCE),
	N_("State something about a person, such as a training, with its evidence (root)."),
	N_("  sekisho attribute set alice training --evidence 'certificate 2026-114'\n"
	   "It holds as long as the policy says in [attribute NAME], and not longer than --until. "
	   "An account stands for its person."),
	run_attribute_set},
    {"attribute", "revoke", "PERSON ATTRIBUTE", 2, 2, OPTION(REASON),
	N_("Take an attribute away from a person (root)."), NULL, run_attribute_revoke},
    {"attribute", "list", "[PERSON]", 0, 1, 0,
	N_("List attributes: who has which until when, and who lacks one; yours, or all (root)."),
	NULL, run_attribute_list},
    {"request", NULL, "ROLE", 1, 1,
	OPTION(DURATION) | OPTION(REASON) | OPTION(TICKET) | OPTION(SUPERIOR) | OPTION(BECAUSE),
	N_("Ask for a role, for a stated reason and a limited time."),
	N_("  sekisho request web --for 30m --reason 'restart after the update, case 7'\n"
	   "Asks for a code of yours. Others approve it, where the policy says so; then you are in "
	   "the group sekisho-ROLE until it ends, and sudo lets you run what the role is for. "
	   "Without --for it is as long as the policy allows. \"sekisho role list\" shows your "
	   "roles.\n"
	   "Where the approvers are unfit to judge, --superior names the one who is asked instead, "
	   "of those whom the policy lets be asked, and --because says why."),
	run_request},
    {"end", NULL, "REQUEST", 1, 1, OPTION(REASON),
	N_("End a role before its time: your own, one that you may approve, or any (root)."), NULL,
	run_end},
    {"grant", "list", "", 0, 0, OPTION(ALL),
	N_("List who has which role, until when; yours, and those that you may approve."), NULL,
	run_grant_list},
    {"grant", "show", "REQUEST", 1, 1, 0,
	N_("Show one grant: who asked, why, who approved it, how it ended."), NULL,
	run_grant_show},
    {"role", "report", "REQUEST", 1, 1, OPTION(TEXT),
	N_("Report how the use of a permit ended, when it is over."),
	N_("  sekisho role report R-12 --text 'back, nothing left on the laptop'\n"
	   "A permit is a role of kind remote-work. Until it is reported you are reminded after "
	   "login, and three days after its end an alert is raised."),
	run_role_report},
    {"role", "review", "ROLE [sign]", 1, 2, OPTION(TEXT) | OPTION(TAKE_OUT),
	N_("Show the members of a role, what each used it for, and sign them off."),
	N_("  sekisho role review web\n"
	   "  sekisho role review web sign --text 'asked their superior, all still on call'\n"
	   "  sekisho role review web sign --take-out bob --text 'bob is in accounting now'\n"
	   "Signed off by a person whom the policy names (\"reviewers\" of the role, else the "
	   "auditors), never by a member, with a code of their own. Who is taken out loses what "
	   "they have of the role at once, and does not get it again until a later review leaves "
	   "them in. \"review\" of the role says how often; overdue ones show in \"sekisho "
	   "status\", \"sekisho check\" and \"sekisho role list\"."),
	run_role_review},
    {"role", "list", "", 0, 0, OPTION(DORMANT),
	N_("List the roles that you may ask for, approve or review."),
	N_("With --dormant: members who never used their role, or not for as long as \"dormant\" in "
	   "[host] says; of the roles that you may review, of all for root."),
	run_role_list},
    {"staff", "import", "FILE", 1, 1, OPTION(TEXT),
	N_("Take over a staff list: who belongs to which unit, until when (root)."),
	N_("  sekisho staff import staff.csv --text 'from personnel, April'\n"
	   "CSV in UTF-8. The first line names the columns: person, name and unit, and if you like "
	   "kana, contact and until (YYYY-MM-DD, the contract's last day). A line that is wrong is "
	   "named with its column, and nothing is imported then; \"-\" reads standard input.\n"
	   "With the end of a contract the person's accounts end. Who is in another unit than in "
	   "the list before loses their roles, and gets them again when the members of each role "
	   "have been reviewed."),
	run_staff_import},
    {"staff", "show", "[PERSON]", 0, 1, 0,
	N_("Show the staff list, or what it says of one person (root, auditors)."), NULL,
	run_staff_show},
    {"staff", "reconcile", "", 0, 0, 0,
	N_("Compare persons, units and accounts of policy and host with the staff list (root)."),
	N_("What differs is listed and recorded; exit status 1 then."), run_staff_reconcile},
    {"pending", NULL, "", 0, 0, 0,
	N_("List the requests that wait for somebody: yours, or all that you may answer."),
	NULL, run_pending},
    {"approve", NULL, "REQUEST", 1, 1, TERMS,
	N_("Approve what another person asked for, with a code of your own."),
	N_("An exception is granted with the --reason; --for, --clause, --measure, --report and "
	   "--waive-report say what is granted otherwise than asked."),
	run_approve},
    {"deny", NULL, "REQUEST", 1, 1, OPTION(REASON),
	N_("Decline what another person asked for, or take back what you asked for."), NULL,
	run_deny},
    {"exception", "request", "RULE", 1, 1,
	TERMS | OPTION(LOWER) | OPTION(SUBJECT) | OPTION(SERVICE) | OPTION(FROM) |
	    OPTION(EMERGENCY),
	N_("Ask for an exception from one requirement of one rule."),
	N_("  sekisho exception request office --subject alice --service sshd --for 14d\n"
	   "      --clause '2.2.1(1)' --measure 'only from 192.0.2.7' --report 'by mail'\n"
	   "      --reason 'her device is being repaired, case 7'\n"
	   "Another person judges it: \"sekisho approve\" or \"sekisho deny\", with the reason. It "
	   "lowers nothing but what it names, and ends by itself; then its end is to be reported. "
	   "What is refused, and the second factor of remote administration, no exception lowers."),
	run_exception_request},
    {"exception", "list", "", 0, 0, OPTION(ALL),
	N_("Show the register of exceptions: what is weaker than its rules, and who approved it."),
	NULL, run_exception_list},
    {"exception", "show", "ENTRY", 1, 1, 0,
	N_("Show one entry: application, judgement, end and report."), NULL, run_exception_show},
    {"exception", "end", "ENTRY", 1, 1, OPTION(REASON),
	N_("End an exception before its time."), NULL, run_exception_end},
    {"exception", "report", "ENTRY", 1, 1, OPTION(TEXT),
	N_("Report the end of an exception."), NULL, run_exception_report},
    {"bypass", "request", "USER", 1, 1, OPTION(DURATION) | OPTION(REASON) | VERIFIED,
	N_("Ask for a one-time code for a person without their device."),
	N_("Say who made sure that it is that person, and how. Another person approves it, is "
	   "shown the code and gives it to them; it takes the place of one code at login, once."),
	run_bypass_request},
    {"contingency", "list", "", 0, 0, 0,
	N_("Show the contingency policies: what they relax, who activates them, what is in force."),
	NULL, run_contingency_list},
    {"contingency", "activate", "NAME", 1, 1, OPTION(REASON),
	N_("Ask for the activation of a contingency policy."),
	N_("  sekisho contingency activate flood --reason 'the office is under water'\n"
	   "Several others, whom the policy names, say so too: \"sekisho contingency approve\". It "
	   "then holds for as long as the policy says, ends by itself, and is an entry in the "
	   "register of exceptions. Another activation renews it; nothing else does."),
	run_contingency_activate},
    {"contingency", "approve", "ENTRY", 1, 1, OPTION(REASON),
	N_("Approve the activation that somebody else asked for, with a code of your own."), NULL,
	run_contingency_approve},
    {"contingency", "end", "NAME|ENTRY", 1, 1, OPTION(REASON),
	N_("End a contingency policy before its time."), NULL, run_contingency_end},
    {"alert", "list", "", 0, 0, 0,
	N_("List the alert rules: how often each was raised, and where it goes (root)."), NULL,
	run_alert_list},
    {"alert", "test", "ALERT", 1, 1, 0,
	N_("Raise an alert as a test and say whether it arrived (root)."),
	N_("It takes the way of a real one, record included, and says that it is a test. Exit "
	   "status 5 when it did not reach everybody whom the policy names."),
	run_alert_test},
    {"report", NULL, "known-password|lost-device|not-me|unused-account|incident", 1, 1,
	OPTION(TEXT), N_("Report at once that something is wrong; what must stop is stopped."),
	N_("  known-password    somebody else may know your password\n"
	   "  lost-device       the device that shows your codes is gone\n"
	   "  not-me            a login under your name that was not yours\n"
	   "  unused-account    you do not need this account any more\n"
	   "  incident          anything else that should be looked at\n"
	   "The report is recorded and the officers whom the policy names are told. The answer "
	   "says "
	   "what was stopped and what you do next."),
	run_report},
    {"break-glass", "make", "", 0, 0, OPTION(COUNT_CODES) | OPTION(TTY),
	N_("Make emergency codes for the console and print the card (root)."),
	N_("The codes work at the console when the daemon does not. They are printed once, on "
	   "a "
	   "card for a sealed envelope; the host keeps only hashes. All older codes end."),
	run_break_glass_make},
    {"break-glass", "review", "ENTRY", 1, 1, OPTION(TEXT),
	N_("Close the review of a break-glass code that somebody else used."),
	N_("Until then no new codes are made. \"sekisho exception list\" shows the entry."),
	run_break_glass_review},
    {"break-glass", "print", "", 0, 0, 0,
	N_("Print the instructions again, and how many codes are unused (root)."),
	N_("The codes themselves are stored nowhere and cannot be printed again."),
	run_break_glass_print},
    {"backup", "create", "[FILE]", 0, 1,
	OPTION(TO) | OPTION(RECIPIENT) | OPTION(PASSPHRASE_FILE),
	N_("Copy the store and its log into a sealed file while the daemon works (root)."),
	N_("  sekisho backup create --to /srv/backup --recipient ops.recipient\n"
	   "  sekisho backup create /media/stick/gate.sekisho-backup   (asks for a "
	   "passphrase)\n"
	   "Without --recipient the file is for the recipients of the policy, if it has any. "
	   "The "
	   "keys in /etc/sekisho are not inside."),
	run_backup_create},
    {"backup", "list", "[DIR]", 0, 1, 0,
	N_("List the backups in a directory; without DIR that of the policy (root)."),
	N_("No key is needed. What is shown is not proved: \"sekisho backup check\" does "
	   "that."),
	run_backup_list},
    {"backup", "check", "FILE", 1, 1, OPTION(IDENTITY) | OPTION(PASSPHRASE_FILE) | OPTION(TRUST),
	N_("Open a backup and check all of it, without changing anything."),
	N_("Exit status 4 when it was changed, 7 when it cannot be read."), run_backup_check},
    {"restore", NULL, "FILE", 1, 1,
	OPTION(IDENTITY) | OPTION(PASSPHRASE_FILE) | OPTION(REHEARSE) | OPTION(SCRATCH) |
	    OPTION(SEEN) | OPTION(TRUST),
	N_("Put a backup in the place of the store, while the daemon is stopped (root)."),
	N_("It is verified before anything is replaced; the store that was there is kept beside "
	   "it. Sessions end, recovery codes are void, codes that are shown now do not count, and "
	   "suspensions that the present store knows stay. The answer says what was lost.\n"
	   "  sekisho restore FILE --identity ops.identity --rehearse --scratch /var/tmp\n"
	   "  sekisho restore FILE --identity ops.identity"),
	run_restore},
    {"password", "check", "", 0, 0, OPTION(USER),
	N_("Judge a password under the policy in force: exit status 0 when it would be accepted, 1 "
	   "when not."),
	N_("Asks for it, or reads the first line of standard input. Nothing is changed and nothing "
	   "is recorded. Root names with --user whose it would be; the minimum length, names and "
	   "the like are that account's."),
	run_password_check},
    {"password", "expire", "[USER|ROLE]", 0, 1, OPTION(ALL) | OPTION(REASON),
	N_("Have passwords changed before their next use (root)."),
	N_("At their next login these people choose another password; jobs and services go on. "
	   "With a role all its members do, with --all everybody on this host who has a "
	   "password."),
	run_password_expire},
    {"password", "filter", "build|show FILE...", 2, ARGS_WORDS_MAX,
	OPTION(OUTPUT) | OPTION(MIN_COUNT),
	N_("Make a list of passwords into a filter that is looked up without loading it, or show "
	   "one."),
	N_("FILE has a word a line, or the SHA-1 of one a line in hexadecimal, with \":\" and how "
	   "often it was seen (as Pwned Passwords has it); \"-\" is standard input. Several are "
	   "put together.\n"
	   "  sekisho password filter build words.txt --output /etc/sekisho/filter/words\n"
	   "  sekisho password filter build pwned.txt --min-count 5 --output "
	   "/etc/sekisho/filter/pwned\n"
	   "  sekisho password filter show /etc/sekisho/filter/pwned\n"
	   "What the policy names in [password] filters lies in /etc/sekisho/filter. Exit status 4 "
	   "when a filter was cut off or altered."),
	run_password_filter},
    {"policy", "check", "[FILE...]", 0, ARGS_WORDS_MAX, 0,
	N_("Check the policy files without putting them in force."),
	N_("Without FILE: /etc/sekisho/policy.conf and policy.d, owner and mode included. With "
	   "files: a draft, the first in the place of policy.conf, further ones as drop-ins."),
	run_policy_check},
    {"policy", "show", "", 0, 0, OPTION(DIGEST) | OPTION(SENTENCES) | OPTION(LANG),
	N_("Show the policy in force, as text or in plain sentences."), NULL, run_policy_show},
    {"policy", "replay", "[FILE...]", 0, ARGS_WORDS_MAX,
	OPTION(SINCE) | OPTION(UNTIL) | OPTION(USER) | OPTION(STATE_DIR),
	N_("Show who would have met something else under another policy (root)."),
	N_("The recorded requests are decided again, from what was asked and known then, and "
	   "each account and service whose logins would have ended otherwise is listed: how "
	   "often, and from which reason to which. Nothing is changed, and the daemon is not "
	   "asked. What was not recorded is not made up: it says what cannot be known.\n"
	   "  sekisho policy replay --since 30d draft.conf\n"
	   "  sekisho policy replay --user alice\n"
	   "Without FILE: the files of /etc/sekisho, as \"sekisho policy apply\" would take "
	   "them; with files: a draft, as for \"sekisho policy check\". Without --since: the "
	   "last 30 days. Exit status 0 when nothing would change, 1 when something would, 5 "
	   "when nothing would as far as is known."),
	run_policy_replay},
    {"policy", "apply", "", 0, 0, OPTION(COMMENT) | OPTION(WITHIN),
	N_("Put the policy of /etc/sekisho in force (root)."),
	N_("For the time that --within or [confirm] gives; then the one before comes "
	   "back, and after a reboot too, unless \"sekisho policy confirm\" says that people "
	   "still get in. Where no service asks Sekisho yet it is in force at once."),
	run_policy_apply},
    {"policy", "confirm", "", 0, 0, 0,
	N_("Say that what was changed works: the policy, or the change of setup, stays (root)."),
	N_("Only in a login that began after the change, through what was changed, at a terminal, "
	   "in which the person who made the change, or an administrator of the policy, became "
	   "root."),
	run_policy_confirm},
    {"policy", "diff", "REQUEST", 1, 1, 0,
	N_("Show what a policy that waits for another person would change."), NULL,
	run_policy_diff},
    {"policy", "history", "", 0, 0, 0,
	N_("List the policies that were in force, newest first."), NULL, run_policy_history},
    {"policy", "rollback", "[DIGEST]", 0, 1, OPTION(COMMENT),
	N_("Put an earlier policy in force again; without DIGEST the one before (root)."), NULL,
	run_policy_rollback},
    {"key", "list", "", 0, 0, 0,
	N_("List the keys: what for, which algorithm, since when, until when (root)."), NULL,
	run_key_list},
    {"key", "rotate", "sealing|log", 1, 1, OPTION(CIPHER) | OPTION(OUTPUT),
	N_("Put a new key in the place of the current one, without downtime (root)."),
	N_("sealing: every secret is sealed anew under the new key while logins go on; the old "
	   "key stays until you retire it. Recovery codes and devices go on working.\n"
	   "log: the old key signs for the new one in the log; heads after that are signed by "
	   "the new one, and the old one is destroyed.\n"
	   "--output is for a key that the service manager hands out as a credential."),
	run_key_rotate},
    {"key", "retire", "KEY", 1, 1, OPTION(OUTPUT),
	N_("Destroy an old key that nothing is sealed under any more (root)."),
	N_("It is refused while a secret needs that key. What was copied away under it, such "
	   "as backups of the store, opens no more without a backup of the key."),
	run_key_retire},
    {"key", "exposed", "sealing|log", 1, 1, OPTION(CIPHER) | OPTION(OUTPUT),
	N_("Somebody else may have a key: do what has to be done about it (root)."),
	N_("sealing: a new key, every secret sealed anew under it, and the people named whose "
	   "devices have to be enrolled again, because whoever has the old key and a copy of "
	   "the store knows their secrets.\n"
	   "log: a new key, and what those who verify this log must know."),
	run_key_exposed},
    {"key", "backup", "FILE", 1, 1, OPTION(PASSPHRASE_FILE) | OPTION(RECIPIENT),
	N_("Copy the keys of this host into a sealed file (root)."),
	N_("Sealed with a passphrase, or for those named by --recipient (sekisho key "
	   "recipient). Without this file a backup of the store opens nobody's device."),
	run_key_backup},
    {"key", "restore", "FILE", 1, 1, OPTION(PASSPHRASE_FILE) | OPTION(IDENTITY) | OPTION(TO),
	N_("Put the keys of a backup back, where there are none (root)."),
	N_("Never over a key that is there. Then start the daemon."), run_key_restore},
    {"key", "auditor", "FILE", 1, 1, OPTION(NAME),
	N_("Make an auditor's key pair, on a machine of the auditor's."),
	N_("FILE gets the key that signs and stays with the auditor; the line printed is for "
	   "/etc/sekisho/auditor.vkey of each host, before its daemon starts for the first "
	   "time."),
	run_key_auditor},
    {"key", "sign", "[REQUEST]", 0, 1, OPTION(KEY),
	N_("Sign, as the auditor, that one chain of a log continues another."),
	N_("REQUEST is what \"sekisho key reanchor\" printed on the host; without it, standard "
	   "input. What the signature says is shown in words, and at a terminal you are asked. "
	   "The signed note goes to standard output."),
	run_key_sign},
    {"key", "reanchor", "[NOTE]", 0, 1, 0,
	N_("Have an auditor vouch for a log that had to begin a new chain (root)."),
	N_("Without NOTE: prints what the auditor has to sign. With NOTE, a file or \"-\": the "
	   "auditor's signed note, which goes into the log; verifying follows it."),
	run_key_reanchor},
    {"key", "recipient", "FILE", 1, 1, OPTION(NAME),
	N_("Make a key that sealed files can be for: the secret half into FILE, the public one "
	   "is printed."),
	N_("Backups and exports sealed for the public line open with FILE alone. Do it on the "
	   "machine where they will be opened, not on this host."),
	run_key_recipient},
    {"run", NULL, "-- COMMAND [ARGUMENT...]", 1, ARGS_WORDS_MAX, 0,
	N_("Start a program with the capabilities of a role that you have."),
	N_("  sekisho run -- python3 -m http.server 80    (a port below 1024)\n"), run_run},
    {"explain", NULL, "[USER|CODE]", 0, 1,
	OPTION(SERVICE) | OPTION(ROLE) | OPTION(TICKET) | OPTION(FROM) | OPTION(AT) | OPTION(LANG),
	N_("Say what would be decided about a login or a role, by which rules, and what is "
	   "missing."),
	N_("  sekisho explain alice --service sshd --from 192.0.2.7\n"
	   "  sekisho explain alice --service sudo --at 2026-11-22T22:00:00+09:00\n"
	   "  sekisho explain alice --role web\n"
	   "  sekisho explain 7K2M-Q9XD\n"
	   "CODE is what a refused person was shown: root sees the record behind it, and the "
	   "rules that were in force then."),
	run_explain},
    {"setup", NULL, "", 0, 0,
	OPTION(SERVICE) | OPTION(AUDITOR) | OPTION(PROFILE) | OPTION(FROM) | OPTION(WITHIN) |
	    OPTION(REHEARSE) | OPTION(YES) | OPTION(CONFIRM) | OPTION(UNDO),
	N_("Turn Sekisho on for logins of this host, and off again (root)."),
	N_("Shows every change as a difference, and asks. What it changes is taken back by itself "
	   "after --within, and at a reboot, unless you confirm it from a new login. --service, "
	   "which may be repeated, names the PAM services; without it: sshd, login, su and sudo, "
	   "as far as they are there.\n"
	   "  sekisho setup --rehearse\n"
	   "  sekisho setup --profile everybody --auditor \"$(cat auditor.vkey)\"\n"
	   "  sekisho setup --from google-authenticator --service sshd\n"
	   "  sekisho setup --confirm       (in a new login, as root)\n"
	   "  sekisho setup --undo"),
	run_setup},
    {"decommission", NULL, "", 0, 0, OPTION(ARCHIVE) | OPTION(PASSPHRASE_FILE) | OPTION(RECIPIENT),
	N_("End the log of this host and destroy its keys, when it is retired (root)."),
	N_("Asks for the name of the host. The log gets its last record, seal and head; with "
	   "--archive the store goes into a sealed file and its tree into tiles, and is then "
	   "destroyed here; the keys are destroyed. Says what remains. It cannot be undone."),
	run_decommission},
    {"check", NULL, "", 0, 0,
	OPTION(CHANGES) | OPTION(FULL) | OPTION(PROBE) | OPTION(RECORD) | OPTION(SIGN_OFF) |
	    OPTION(UNTIL),
	N_("Test this host: daemon, files and modes, PAM, sshd, sudo, clock, disk, updates."),
	N_("Each finding says what was found, why it matters and what to do. Exit status 1 "
	   "when one fails, 5 when none fails but some could not be tested (run it as root). "
	   "Advice does not count."),
	run_check},
};
const size_t subcommand_count = sizeof(subcommand_table) / sizeof(subcommand_table[0]);
