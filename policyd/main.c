/*
 * sekisho-policyd: the start as a list, the stop as the same list backwards.
 *
 * As root, or with what a service manager hands over: helpers, keys, first policy, sockets. Then it
 * is its own user for good, opens the store, confines itself and serves.
 */
#include "error.h"
#include "i18n.h"
#include "keeper/alerts.h"
#include "log.h"
#include "privilege.h"
#include "spool.h"
#include "start.h"
#include "version.h"
#include <getopt.h>
#include <openssl/crypto.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { EXIT_CONFIG = 78, EXIT_AGAIN = 75 };

static struct server server = {
    .options =
	{
	    .state_dir = "/var/lib/sekisho",
	    .run_dir = "/run/sekisho",
	    .key_file = "/etc/sekisho/key",
	    .spool_key = SPOOL_KEY,
	    .log_key = LOGKEY_FILE,
	    .policy_file = POLICY_FILE,
	    .policy_dropin = POLICY_DROPIN,
	    .libexec = SEKISHO_LIBEXEC,
	    .user = "sekisho",
	    .foreground = true,
	    .confine = true,
	},
    .epoll = -1,
    .listener = {-1, -1},
    .version = SEKISHO_VERSION,
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
	if (e != SKS_OK) {
		activation_hang_up(&s->handed);
		return e;
	}
	s->started_wall_ms = clock_now().wall_ms;
	log_info("serving with policy %.12s", s->policy->digest);
	notify_send("READY=1\nSTATUS=Deciding and recording");
	e = loop_run(s);
	notify_send("STOPPING=1");
	if (e == SKS_OK)
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
	helper_stop(&s->forwarder);
	helper_stop(&s->judge);
	helper_stop(&s->worker); /* answers what was under way: before the jobs go */
	helper_stop(&s->courier);
	helper_stop(&s->warden);
	alerts_free();
	loop_close(s);
	store_close(s->store);
	chain_free(s->chain);
	logkey_clear(&s->log_key);
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
			(void)printf("sekisho-policyd %s\n", SEKISHO_VERSION);
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
	log_never_wait(); /* a stopped syslog must not stop logins */
	log_debug_enable(server.options.debug);
	tzset();
	(void)OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG, NULL);
	handle_signals();
	notify_open();
	if ((e = activation_take(&server.handed)) == SKS_OK)
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
