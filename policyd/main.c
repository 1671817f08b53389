/*
 * sekisho-policyd: the start as a list, the stop as the same list backwards.
 *
 * As root: keys, first policy, helpers, sockets. Then it becomes its own user for good, opens
 * the store, confines itself and serves.
 */
#include "confine.h"
#include "error.h"
#include "i18n.h"
#include "log.h"
#include "privilege.h"
#include "safeopen.h"
#include "server.h"
#include "spool.h"
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <openssl/crypto.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define VERSION "0.1.0"

enum { RESERVE_BYTES = 2 << 20, EXIT_CONFIG = 78, EXIT_AGAIN = 75 };

static struct server server = {
    .options =
	{
	    .state_dir = "/var/lib/sekisho",
	    .run_dir = "/run/sekisho",
	    .key_file = "/etc/sekisho/key",
	    .spool_key = SPOOL_KEY,
	    .policy_file = POLICY_FILE,
	    .policy_dropin = POLICY_DROPIN,
	    .libexec = SEKISHO_LIBEXEC,
	    .user = "sekisho",
	    .foreground = true,
	    .confine = true,
	},
    .epoll = -1,
    .listener = {-1, -1},
    .version = VERSION,
};

static void
on_signal(int number)
{
	(void)number;
	server.stop = 1;
}

static void
handle_signals(void)
{
	struct sigaction stop = {.sa_handler = on_signal}, ignore = {.sa_handler = SIG_IGN};

	(void)sigaction(SIGTERM, &stop, NULL);
	(void)sigaction(SIGINT, &stop, NULL);
	(void)sigaction(SIGPIPE, &ignore, NULL);
	(void)sigaction(SIGHUP, &ignore, NULL);
}

/* ---- as root
 * --------------------------------------------------------------------------------- */

static int
make_directory(const char *path, mode_t mode, const char *owner)
{
	const struct passwd *pw = owner != NULL ? getpwnam(owner) : NULL;

	if (mkdir(path, mode) != 0 && errno != EEXIST) {
		log_error("cannot make %s: %s", path, strerror(errno));
		return SKS_IO;
	}
	if (geteuid() != 0)
		return SKS_OK;
	if (chmod(path, mode) != 0 ||
	    chown(path, pw != NULL ? pw->pw_uid : 0, pw != NULL ? pw->pw_gid : 0) != 0) {
		/* A read-only file system: its own modes must do. */
		log_warn("cannot set owner and mode of %s: %s", path, strerror(errno));
	}
	return SKS_OK;
}

static int
make_directories(const struct server_options *o)
{
	int e;

	if ((e = make_directory(o->state_dir, 0700, o->user)) != SKS_OK)
		return e;
	if ((e = make_directory(o->run_dir, 0755, o->user)) != SKS_OK)
		return e;
	return make_directory(SPOOL_DIR, 0700, NULL);
}

/* Reports are sealed by their writers with a key that only root reads. */
static int
read_spool_key(struct server *s)
{
	struct buf b;
	char why[256] = "";
	int e;

	buf_init(&b, 64);
	e = safeopen_slurp(s->options.spool_key, 0, 0600, &b, why, sizeof(why));
	if (e == SKS_NOT_FOUND) {
		if ((e = secret_random(s->spool_key, sizeof(s->spool_key))) == SKS_OK)
			e = safeopen_replace(
			    s->options.spool_key, 0600, s->spool_key, sizeof(s->spool_key));
	} else if (e == SKS_OK && b.len != sizeof(s->spool_key)) {
		e = SKS_INVALID;
	} else if (e == SKS_OK) {
		memcpy(s->spool_key, b.data, sizeof(s->spool_key));
	}
	buf_clear(&b);
	if (e != SKS_OK)
		log_error("%s: %s %s", s->options.spool_key, error_text(e), why);
	return e;
}

/* The files are only read for the first start; later ones are applied by the command. */
static void
read_first_policy(struct server *s, struct buf *bundle)
{
	static struct policy_problems problems;
	int e = policy_bundle_read(
	    s->options.policy_file, s->options.policy_dropin, true, bundle, &problems);

	if (e == SKS_OK)
		return;
	buf_reset(bundle);
	log_error("%s: %s %s", s->options.policy_file, error_text(e),
	    problems.count > 0 ? problems.item[0].text : "");
}

static int
start_helpers(struct server *s)
{
	static char warden_path[4096], worker_path[4096];
	char *warden_argv[] = {warden_path, NULL};
	char *worker_argv[] = {worker_path, (char *)(uintptr_t)s->options.user,
	    (char *)(uintptr_t)s->options.state_dir, NULL};
	struct helper_options warden = {.name = "warden",
	    .path = warden_path,
	    .argv = warden_argv,
	    .answer = &warden_answer_fields};
	struct helper_options worker = {.name = "worker",
	    .path = worker_path,
	    .argv = worker_argv,
	    .answer = &command_reply_fields};
	int e;

	(void)snprintf(
	    warden_path, sizeof(warden_path), "%s/sekisho-warden", s->options.libexec);
	(void)snprintf(
	    worker_path, sizeof(worker_path), "%s/sekisho-worker", s->options.libexec);
	if ((e = helper_start(&warden, &s->warden)) != SKS_OK ||
	    (e = helper_start(&worker, &s->worker)) != SKS_OK)
		log_error(
		    "cannot start the helpers in %s: %s", s->options.libexec, error_text(e));
	return e;
}

/* Only a host without a store may get a new key: under another one nothing that was sealed
 * opens again, and everybody would be told that their code is wrong. */
static bool
has_store(const struct server_options *o)
{
	char path[4096];
	struct stat st;

	if (snprintf(path, sizeof(path), "%s/" STORE_FILE, o->state_dir) >= (int)sizeof(path))
		return true;
	return lstat(path, &st) == 0 || errno != ENOENT;
}

static int
open_key(struct server *s)
{
	const struct server_options *o = &s->options;
	char why[256] = "";
	bool create = !has_store(o);
	int e = seal_open(o->key_file, create, &s->seal, why, sizeof(why));

	if (e == SKS_OK)
		return SKS_OK;
	log_error("%s", why);
	if (e != SKS_NOT_FOUND || create)
		return e;
	log_error("%s holds what was sealed with that key, so no new one is made. Put the key "
		  "back from its backup. Is there none, every device has to be enrolled again: "
		  "move %s away, keep it for its log, and start",
	    o->state_dir, o->state_dir);
	return SKS_INVALID;
}

static int
start_as_root(struct server *s, struct buf *first_policy)
{
	int e;

	if ((e = make_directories(&s->options)) != SKS_OK || (e = open_key(s)) != SKS_OK)
		return e;
	if ((e = read_spool_key(s)) != SKS_OK)
		return e;
	read_first_policy(s, first_policy);
	if ((e = start_helpers(s)) != SKS_OK)
		return e;
	return loop_open(s);
}

/* ---- as ourselves
 * ------------------------------------------------------------------------------ */

static int
read_boot_id(struct server *s)
{
	char text[BOOT_ID_SIZE + 1];
	size_t n = 0;
	int e = clock_boot_id(text);

	for (size_t i = 0; e == SKS_OK && text[i] != '\0' && n < 32; i++) {
		char hex[2] = {text[i], '\0'};

		if (text[i] == '-')
			continue;
		s->boot_id[n / 2] =
		    (uint8_t)(s->boot_id[n / 2] << 4 | (uint8_t)strtoul(hex, NULL, 16));
		n++;
	}
	return e;
}

static int
open_store(struct server *s)
{
	static char generation[4096];
	struct store_options o = {.dir = s->options.state_dir,
	    .generation_path = generation,
	    .reserve_bytes = RESERVE_BYTES};
	int e;

	(void)snprintf(generation, sizeof(generation), "%s/generation", s->options.run_dir);
	memcpy(o.boot_id, s->boot_id, sizeof(o.boot_id));
	e = store_open(&o, &s->store, &s->store_start);
	if (e != SKS_OK)
		log_error("the store in %s cannot be opened: %s. Every login is refused until "
			  "it can; "
			  "break-glass codes work at the console",
		    s->options.state_dir, error_text(e));
	return e;
}

struct first {
	const void *bundle;
	size_t len;
};

static int
keep_first_policy(struct server *s, void *context)
{
	const struct first *f = context;
	struct record r;
	int e = SKS_OK;

	/* Before anything else is committed to a store that this boot cannot vouch for. */
	if (s->store_start == STORE_UNVOUCHED || s->store_start == STORE_REWOUND)
		e = store_floor_raise(s->store, clock_now().wall_ms, s->policy->window_steps);
	if (e == SKS_OK)
		e = store_policy_activate(
		    s->store, s->policy->digest, f->bundle, f->len, "daemon", "first start");
	if (e != SKS_OK)
		return e;
	record_init(&r, event_by_action(ACTION_POLICY_APPLY), clock_now(), s->boot_id,
	    outcome_words[OUTCOME_SUCCESS], "first-start");
	record_put_str(&r, "sekisho.policy.to", s->policy->digest);
	e = turn_append(s, &r, NULL);
	record_clear(&r);
	return e;
}

/* The last good policy, else that of the files, else the one that an empty file gives. */
static int
choose_policy(struct server *s, const struct buf *first_policy)
{
	static const char empty[] = "sekisho policy bundle 1\nfile policy.conf 0\n\n";
	static struct policy_problems problems;
	struct first first = {first_policy->data, first_policy->len};
	struct buf b;
	int e;

	buf_init(&b, POLICY_BUNDLE_MAX);
	e = store_policy_bundle(s->store, "", &b);
	if (e == SKS_OK)
		e = policy_parse(b.data, b.len, &s->policy, &problems);
	buf_clear(&b);
	if (e == SKS_OK)
		return SKS_OK;
	if (e != SKS_NOT_FOUND)
		log_error("the stored policy cannot be used: %s", error_text(e));
	if (first.len == 0 ||
	    policy_parse(first.bundle, first.len, &s->policy, &problems) != SKS_OK) {
		if (problems.count > 0)
			log_error("%s:%d: %s. The built-in defaults are in force until "
				  "`sekisho policy apply`",
			    problems.item[0].file, problems.item[0].line,
			    problems.item[0].text);
		first = (struct first){empty, sizeof(empty) - 1};
		if ((e = policy_parse(first.bundle, first.len, &s->policy, &problems)) !=
		    SKS_OK)
			return e;
	}
	return turn_own(s, keep_first_policy, &first);
}

static int
confine(const struct server_options *o)
{
	const char *readable[] = {"/proc", "/usr/share/locale", "/etc/localtime",
	    "/usr/share/zoneinfo", "/usr/lib/locale", "/etc/ssl", "/sys/fs/cgroup", NULL};
	const char *writable[] = {o->state_dir, o->run_dir, "/dev/log", NULL};
	struct confine c = {
	    .profile = CONFINE_DAEMON, .readable = readable, .writable = writable};

	return o->confine ? confine_apply(&c) : SKS_OK;
}

static const char key_mark_name[] = "key.mark";

/* What tells the key from every other one, and says nothing about it. */
static int
make_key_mark(struct server *s, char mark[65])
{
	uint8_t mac[32];
	int e = seal_mac(s->seal, "key-mark", "store", 5, mac);

	for (size_t i = 0; i < sizeof(mac); i++)
		(void)snprintf(mark + 2 * i, 3, "%02x", mac[i]);
	return e;
}

static int
keep_key_mark(struct server *s, void *context)
{
	return store_meta_set(s->store, key_mark_name, context);
}

/* Another key than the one that the devices were sealed with: as bad as none. */
static int
check_key(struct server *s, char mark[65], bool *keep)
{
	char kept[65];
	int e = make_key_mark(s, mark);

	*keep = false;
	if (e != SKS_OK)
		return e;
	e = store_meta_get(s->store, key_mark_name, kept, sizeof(kept));
	*keep = e == SKS_NOT_FOUND;
	if (e != SKS_OK || strcmp(kept, mark) == 0)
		return *keep ? SKS_OK : e;
	log_error("%s is another key than the one that the secrets in %s are sealed with, so "
		  "none of them opens. Put the right one back from its backup",
	    s->options.key_file, s->options.state_dir);
	return SKS_INVALID;
}

static int
start_as_ourselves(struct server *s, const struct buf *first_policy)
{
	char mark[65];
	bool keep;
	int e;

	if ((e = read_boot_id(s)) != SKS_OK || (e = open_store(s)) != SKS_OK ||
	    (e = check_key(s, mark, &keep)) != SKS_OK)
		return e;
	if ((e = choose_policy(s, first_policy)) != SKS_OK)
		return e;
	i18n_init(s->policy->language);
	if ((e = keeper_start(s)) != SKS_OK ||
	    (keep && (e = turn_own(s, keep_key_mark, mark)) != SKS_OK))
		return e;
	return confine(&s->options);
}

static int
serve(struct server *s)
{
	struct buf first_policy;
	char why[256] = "";
	int e;

	buf_init(&first_policy, POLICY_BUNDLE_MAX);
	if ((e = start_as_root(s, &first_policy)) == SKS_OK) {
		if ((e = privilege_drop(s->options.user, why, sizeof(why))) != SKS_OK)
			log_error("%s", why);
		else
			e = start_as_ourselves(s, &first_policy);
	}
	buf_clear(&first_policy);
	if (e != SKS_OK)
		return e;
	s->started_wall_ms = clock_now().wall_ms;
	log_info("serving with policy %.12s", s->policy->digest);
	if ((e = loop_run(s)) == SKS_OK)
		e = keeper_stop(s);
	if (e != SKS_OK)
		log_error(
		    "the store cannot be written: %s (%s). Every login is refused until it "
		    "can; break-glass codes work at the console",
		    error_text(e), store_error(s->store));
	return e;
}

static void
release(struct server *s)
{
	helper_stop(&s->worker); /* answers what was under way: before the jobs go */
	helper_stop(&s->warden);
	loop_close(s);
	store_close(s->store);
	seal_close(s->seal);
	policy_free(s->policy);
	explicit_bzero(s->spool_key, sizeof(s->spool_key));
}

/* ---- arguments
 * -------------------------------------------------------------------------------------- */

static void
usage(FILE *out)
{
	(void)fprintf(out, "usage: sekisho-policyd [--debug] [--no-confine] [--state-dir DIR] "
			   "[--run-dir DIR]\n"
			   "                       [--key FILE] [--policy FILE] [--libexec "
			   "DIR] [--user NAME]\n"
			   "Runs in the foreground. See sekisho-policyd(8).\n");
}

static bool
read_arguments(int argc, char **argv, struct server_options *o)
{
	static const struct option known[] = {{"debug", no_argument, NULL, 'd'},
	    {"no-confine", no_argument, NULL, 'n'}, {"state-dir", required_argument, NULL, 's'},
	    {"run-dir", required_argument, NULL, 'r'}, {"key", required_argument, NULL, 'k'},
	    {"policy", required_argument, NULL, 'p'}, {"libexec", required_argument, NULL, 'l'},
	    {"user", required_argument, NULL, 'u'}, {"help", no_argument, NULL, 'h'},
	    {"version", no_argument, NULL, 'v'}, {0}};
	int c;

	while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (c) {
		case 'd':
			o->debug = true;
			break;
		case 'n':
			o->confine = false;
			break;
		case 's':
			o->state_dir = optarg;
			break;
		case 'r':
			o->run_dir = optarg;
			break;
		case 'k':
			o->key_file = optarg;
			break;
		case 'p':
			o->policy_file = optarg;
			break;
		case 'l':
			o->libexec = optarg;
			break;
		case 'u':
			o->user = optarg;
			break;
		case 'h':
			usage(stdout);
			exit(0);
		case 'v':
			(void)printf("sekisho-policyd %s\n", VERSION);
			exit(0);
		default:
			return false;
		}
	}
	return optind == argc;
}

int
main(int argc, char **argv)
{
	int e;

	if (!read_arguments(argc, argv, &server.options)) {
		usage(stderr);
		return 2;
	}
	(void)umask(077);
	/* The journal has syslog's lines already; it need not have each twice. */
	if (getenv("JOURNAL_STREAM") != NULL)
		server.options.foreground = false;
	log_open("sekisho-policyd", server.options.foreground);
	log_debug_enable(server.options.debug);
	tzset();
	(void)OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG, NULL);
	handle_signals();
	e = serve(&server);
	if (e != SKS_OK) {
		log_error("ending: %s", error_text(e));
		if (server.exit_status == 0)
			server.exit_status =
			    e == SKS_INVALID || e == SKS_UNTRUSTED ? EXIT_CONFIG : EXIT_AGAIN;
	}
	release(&server);
	return server.exit_status;
}
