/*
 * redecide: reads a store's log without the daemon.
 *
 *	redecide [-a SEQ] DIR		decides every decision after SEQ again, from what its
 *					record says was asked, was known and was in force
 *	redecide -p [-a SEQ] DIR	prints the records instead: sequence, event, body;
 *					"(deleted)" where there is no body
 *	redecide -n DIR			prints the highest sequence
 *
 * Deciding again prints "# N decisions, M differ" and a line for each that differs, and ends
 * with 1 if any does, if none was found, or if a record does not match its hash.
 */
#include "audit/record.h"
#include "error.h"
#include "replay/recorded.h"
#include "store/store.h"
#include <inttypes.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct tally {
	uint64_t records, decisions, differ, damaged, gaps, last;
};

/* The policy of a digest, parsed once. */
static const struct policy *
policy_of(struct store *s, const char *digest)
{
	static struct policy *kept[64];
	static size_t count;
	struct policy_problems problems = {0};
	struct buf bundle;

	for (size_t i = 0; i < count; i++) {
		if (strcmp(kept[i]->digest, digest) == 0)
			return kept[i];
	}
	if (count == sizeof(kept) / sizeof(kept[0]))
		return NULL;
	buf_init(&bundle, POLICY_BUNDLE_MAX);
	if (store_policy_bundle(s, digest, &bundle) == SKS_OK &&
	    policy_parse(bundle.data, bundle.len, &kept[count], &problems) == SKS_OK)
		count++;
	buf_clear(&bundle);
	return count > 0 && strcmp(kept[count - 1]->digest, digest) == 0 ? kept[count - 1]
									 : NULL;
}

static void
judge(struct store *s, const struct log_row *row, const struct record *header, struct tally *t)
{
	static struct recorded recorded;
	const struct claim *c = &recorded.claim;
	struct decision d = {0};
	const struct policy *policy;
	int r = recorded_read(row->body, row->body_len, &recorded);

	if (r == SKS_NOT_FOUND)
		return; /* the consequence of a decision, or nobody's request */
	t->decisions++;
	policy = r == SKS_OK ? policy_of(s, c->policy) : NULL;
	if (policy != NULL)
		recorded_decide(policy, &recorded, &d);
	if (policy != NULL && recorded_is_the_same(&recorded, header, &d))
		return;
	t->differ++;
	printf("record %" PRIu64 " differs: says %s, %s; decided again: %s, %s, %s\n  %.*s\n",
	    row->seq, c->verdict, c->reason,
	    r != SKS_OK                  ? error_text(r)
	    : policy == NULL             ? "policy unknown"
	    : d.verdict == VERDICT_ALLOW ? "allow"
					 : "deny",
	    fields_word(reason_words, d.reason), d.rule != NULL ? d.rule : "no rule",
	    (int)row->body_len, (const char *)row->body);
}

static void
print(const struct log_row *row, const struct record *header)
{
	const struct event_info *event = event_by_action(header->action);

	printf("%" PRIu64 " %s %.*s\n", row->seq, event != NULL ? event->name : "?",
	    (int)row->body_len, (const char *)row->body);
}

static void
visit(struct store *s, const struct log_row *row, bool printing, struct tally *t)
{
	struct record header = {0};
	uint8_t hash[SHA256_DIGEST_LENGTH];

	t->records++;
	if (t->last != 0 && row->seq != t->last + 1)
		t->gaps++;
	t->last = row->seq;
	SHA256(row->body, row->body_len, hash);
	if (row->body == NULL) { /* deleted: nothing to compare, nothing to decide */
		if (printing)
			printf("%" PRIu64 " (deleted)\n", row->seq);
		return;
	}
	if (record_header_decode(row->header, &header) != SKS_OK || header.seq != row->seq ||
	    memcmp(hash, header.body_hash, sizeof(hash)) != 0) {
		t->damaged++;
		printf("record %" PRIu64 " does not match its header\n", row->seq);
		return;
	}
	if (printing)
		print(row, &header);
	else
		judge(s, row, &header, t);
}

static int
walk(struct store *s, uint64_t after, bool printing)
{
	struct log_filter all = {0};
	struct log_cursor *cursor;
	struct log_row row;
	struct tally t = {.last = after};
	int r = store_log_open(s, &all, after, &cursor);

	if (r != SKS_OK)
		return r;
	while ((r = store_log_step(cursor, &row)) == 1)
		visit(s, &row, printing, &t);
	store_log_close(cursor);
	if (r < 0)
		return r;
	if (!printing)
		printf("# %" PRIu64 " decisions in %" PRIu64 " records, %" PRIu64
		       " differ, %" PRIu64 " damaged, %" PRIu64 " gaps\n",
		    t.decisions, t.records, t.differ, t.damaged, t.gaps);
	return t.differ + t.damaged + t.gaps != 0 || (!printing && t.decisions == 0)
		   ? SKS_CORRUPT
		   : SKS_OK;
}

int
main(int argc, char **argv)
{
	struct store_options options = {.read_only = true};
	struct store *s;
	enum store_start start;
	uint64_t after = 0, size = 0;
	bool printing = false, counting = false;
	int option, r;

	while ((option = getopt(argc, argv, "a:np")) != -1) {
		if (option == 'a')
			after = strtoull(optarg, NULL, 10);
		else if (option == 'n')
			counting = true;
		else if (option == 'p')
			printing = true;
		else
			return 2;
	}
	if (optind + 1 != argc)
		return 2;
	options.dir = argv[optind];
	if (record_prepare() != SKS_OK || (r = store_open(&options, &s, &start)) != SKS_OK) {
		fprintf(stderr, "redecide: %s cannot be opened\n", options.dir);
		return 2;
	}
	if (!counting)
		r = walk(s, after, printing);
	else if ((r = store_log_size(s, &size)) == SKS_OK)
		printf("%" PRIu64 "\n", size);
	store_close(s);
	if (r != SKS_OK)
		fprintf(stderr, "redecide: %s\n", error_text(r));
	return r == SKS_OK ? 0 : 1;
}
