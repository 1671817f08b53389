#include "verify_show.h"

#include "audit/verify_seen.h"
#include "clock.h"
#include "i18n.h"
#include "show.h"
#include "text.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { BAR_WIDTH = 40, BAR_EVERY_MS = 200, LINE_SIZE = 1024 };

static const char *const status_words[] = {[VERIFY_FINE] = "fine",
    [VERIFY_TAMPERED] = "tampered",
    [VERIFY_UNREADABLE] = "unreadable",
    [VERIFY_INCOMPLETE] = "incomplete",
    [VERIFY_STALE] = "stale"};

/* ---- the bar ----------------------------------------------------------------------------- */

void
verify_bar_move(void *context, uint64_t done, uint64_t total)
{
	struct verify_bar *bar = context;
	int64_t now = clock_monotonic_ms();
	char line[BAR_WIDTH + 1];
	uint64_t full = total > 0 ? done * BAR_WIDTH / total : 0;

	if (bar->begun_ms == 0)
		bar->begun_ms = now;
	if (now - bar->begun_ms < BAR_EVERY_MS || now - bar->drawn_ms < BAR_EVERY_MS ||
	    total == 0 || !isatty(STDERR_FILENO))
		return;
	for (uint64_t i = 0; i < BAR_WIDTH; i++)
		line[i] = i < full ? '#' : '.';
	line[BAR_WIDTH] = '\0';
	fprintf(stderr, "\r[%s] %3llu %%", line, (unsigned long long)(done * 100 / total));
	bar->drawn_ms = now;
	bar->drawn = true;
}

void
verify_bar_end(struct verify_bar *bar)
{
	if (bar->drawn)
		fputs("\r\033[K", stderr);
	bar->drawn = false;
}

/* ---- for people -------------------------------------------------------------------------- */

static size_t
kept_findings(const struct verify_result *r)
{
	return r->finding_count < VERIFY_FINDINGS_MAX ? r->finding_count : VERIFY_FINDINGS_MAX;
}

static size_t
kept_chains(const struct verify_result *r)
{
	return r->chain_count < VERIFY_CHAINS_MAX ? r->chain_count : VERIFY_CHAINS_MAX;
}

static void
show_verdict(const struct verify_options *o, const struct verify_result *r)
{
	switch (r->status) {
	case VERIFY_FINE:
		show_sentence(stdout,
		    o->quick
			? _("Headers, tree, heads and seals agree with each other. The bodies "
			    "and the "
			    "search indexes were not looked at (--quick).")
			: _("The log is whole: bodies, headers, tree, heads, seals and indexes "
			    "agree."));
		break;
	case VERIFY_TAMPERED:
		show_sentence(stdout, _("TAMPERED. Somebody changed the log. Keep a copy of "
					"the state directory as it "
					"is now, and compare with what left this host."));
		break;
	case VERIFY_UNREADABLE:
		show_sentence(
		    stdout, _("UNREADABLE. A part of the store is damaged, so nothing can be "
			      "said about "
			      "it. Look at the disk; `sekisho restore` brings back a backup."));
		break;
	case VERIFY_INCOMPLETE:
		show_sentence(stdout, _("INCOMPLETE. What is there is genuine, but something "
					"that should vouch for "
					"it or explain it is missing."));
		break;
	case VERIFY_STALE:
		show_sentence(stdout,
		    _("STALE. What is there is genuine, but it is not all that there was."));
		break;
	}
}

static void
show_extent(const struct verify_result *r)
{
	char from[SHOW_TIME_SIZE], to[SHOW_TIME_SIZE], line[LINE_SIZE];

	if (r->records == 0) {
		show_sentence(stdout, _("There is no record."));
		return;
	}
	(void)snprintf(line, sizeof(line),
	    _("%llu records from %s to %s. Seals: %llu; starts: %llu; clock steps that were "
	      "recorded: %llu; bodies destroyed when due: %llu."),
	    (unsigned long long)r->records, show_time(r->first_wall_ms, from),
	    show_time(r->last_wall_ms, to), (unsigned long long)r->seals,
	    (unsigned long long)r->starts, (unsigned long long)r->clock_steps,
	    (unsigned long long)r->deleted);
	show_sentence(stdout, line);
}

static void
show_finding(const struct verify_finding *f)
{
	const struct verify_kind_info *kind = &verify_kinds[f->kind];
	char line[LINE_SIZE], where[96];

	if (f->seq == 0)
		(void)snprintf(where, sizeof(where), "%s", _("the log"));
	else if (f->to > f->seq)
		(void)snprintf(where, sizeof(where), _("records %llu to %llu"),
		    (unsigned long long)f->seq, (unsigned long long)f->to);
	else
		(void)snprintf(
		    where, sizeof(where), _("record %llu"), (unsigned long long)f->seq);
	(void)snprintf(line, sizeof(line), "%s: %s [%s%s%s]", where, _(kind->sentence),
	    kind->word, f->detail[0] != '\0' ? ": " : "", f->detail);
	show_sentence(stdout, line);
}

static void
show_findings(const struct verify_result *r)
{
	size_t kept = kept_findings(r);

	for (size_t i = 0; i < kept; i++)
		show_finding(&r->finding[i]);
	if (kept < r->finding_count)
		printf(_("… and %zu more.\n"), r->finding_count - kept);
}

/* ---- what nobody can know from here ------------------------------------------------------ */

static void
show_unknown_tail(const struct verify_options *o, const struct verify_result *r)
{
	char line[LINE_SIZE], time[SHOW_TIME_SIZE];

	if (r->unsigned_records > 0) {
		(void)snprintf(line, sizeof(line),
		    _("- The last %llu records are not covered by a signed head yet."),
		    (unsigned long long)r->unsigned_records);
		show_sentence(stdout, line);
	}
	if (!o->live && r->records > 0) {
		(void)snprintf(line, sizeof(line),
		    _("- Whether the log went on after %s: a copy cannot tell. Heads seen "
		      "later "
		      "can (--seen)."),
		    show_time(r->last_wall_ms, time));
		show_sentence(stdout, line);
	}
	if (r->wall_back > 0)
		show_sentence(stdout, _("- Whether the wall clock was right: it was behind at "
					"the start of at least one "
					"boot, which the log's order is not touched by."));
}

static void
show_unknown(const struct verify_options *o, const struct verify_result *r)
{
	bool auditor = r->chain_count > 0 && r->chain[0].auditor[0] != '\0';

	show_sentence(stdout, _("What this cannot tell:"));
	if (o->trusted_count == 0 && o->epoch_key_count == 0)
		show_sentence(
		    stdout, _("- Whether it is the log that began on this host: it agrees with "
			      "itself only. "
			      "Give the key that you noted at the beginning (--trust)."));
	else if (o->epoch_key_count == 0)
		show_sentence(stdout,
		    _("- Whether who had the log key made all of it anew: only the key of the "
		      "first "
		      "epoch (--trust), or a head that was seen elsewhere (--seen), can."));
	if (o->seen == NULL)
		show_sentence(stdout, _("- Whether its end was cut off before the newest head: "
					"give heads that were "
					"seen elsewhere (--seen)."));
	if (!auditor && o->auditor_count == 0)
		show_sentence(stdout,
		    _("- Who may vouch for a new chain: no auditor's key stands in the log."));
	show_unknown_tail(o, r);
	show_sentence(stdout, _("- Whether root of this host told the truth when a record was "
				"made: no log can."));
}

static void
show_seen(const struct verify_options *o, const struct verify_result *r)
{
	char line[LINE_SIZE];

	if (r->resumed > 0) {
		(void)snprintf(line, sizeof(line),
		    _("The bodies of records 1 to %llu were verified by an earlier run."),
		    (unsigned long long)r->resumed);
		show_sentence(stdout, line);
	}
	if (o->seen == NULL)
		return;
	(void)snprintf(line, sizeof(line),
	    _("Heads seen elsewhere: %llu compared, %llu of other logs or keys."),
	    (unsigned long long)r->seen_heads, (unsigned long long)r->seen_unknown);
	show_sentence(stdout, line);
	if (o->seen->left_out > 0)
		printf(_("%llu more heads were left out.\n"),
		    (unsigned long long)o->seen->left_out);
}

void
verify_show(const struct verify_options *o, const struct verify_result *r)
{
	show_verdict(o, r);
	show_findings(r);
	show_extent(r);
	for (size_t i = 0; i < kept_chains(r); i++) {
		const struct verify_chain *c = &r->chain[i];

		printf(_("Chain %s: from record %llu, %llu records, the newest head covers "
			 "%llu.\n"),
		    c->origin, (unsigned long long)c->first, (unsigned long long)c->size,
		    (unsigned long long)c->signed_size);
	}
	show_seen(o, r);
	show_unknown(o, r);
}

/* ---- for programs ------------------------------------------------------------------------ */

static json_t *
json_findings(const struct verify_result *r)
{
	json_t *list = json_array();

	for (size_t i = 0; i < kept_findings(r); i++) {
		const struct verify_finding *f = &r->finding[i];
		char detail[sizeof(f->detail) * 3];

		text_clean(detail, sizeof(detail), f->detail);
		json_array_append_new(
		    list, json_pack("{s:s, s:s, s:I, s:I, s:s, s:s}", "kind",
			      verify_kinds[f->kind].word, "status",
			      status_words[verify_kinds[f->kind].status], "record",
			      (json_int_t)f->seq, "to", (json_int_t)f->to, "sentence",
			      _(verify_kinds[f->kind].sentence), "detail", detail));
	}
	return list;
}

static json_t *
json_chains(const struct verify_result *r)
{
	json_t *list = json_array();

	for (size_t i = 0; i < kept_chains(r); i++) {
		const struct verify_chain *c = &r->chain[i];

		json_array_append_new(list,
		    json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:b, s:b}", "origin",
			c->origin, "vkey", c->vkey, "epoch_key", c->epoch_key, "reason",
			c->reason, "first", (json_int_t)c->first, "size", (json_int_t)c->size,
			"head", (json_int_t)c->signed_size, "seals", (json_int_t)c->seals,
			"trusted", c->trusted, "anchored", c->anchored));
	}
	return list;
}

void
verify_show_json(const struct verify_options *o, const struct verify_result *r)
{
	json_t *object = json_pack("{s:s, s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, "
				   "s:I, s:I, s:b, s:b, s:o, s:o}",
	    "status", status_words[r->status], "quick", o->quick, "records",
	    (json_int_t)r->records, "bodies", (json_int_t)r->bodies, "deleted",
	    (json_int_t)r->deleted, "seals", (json_int_t)r->seals, "starts",
	    (json_int_t)r->starts, "clock_steps", (json_int_t)r->clock_steps, "unsigned",
	    (json_int_t)r->unsigned_records, "seen_heads", (json_int_t)r->seen_heads,
	    "seen_unknown", (json_int_t)r->seen_unknown, "resumed", (json_int_t)r->resumed,
	    "last_wall_ms", (json_int_t)r->last_wall_ms, "clean_stop", r->clean_stop,
	    "self_consistent_only", o->trusted_count == 0 && o->epoch_key_count == 0,
	    "findings", json_findings(r), "chains", json_chains(r));

	show_json(object);
	json_decref(object);
}
