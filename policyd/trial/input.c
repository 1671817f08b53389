/* Policies that must not load, and messages that must not be read. */
#include "trial/trial.h"

#include "buf.h"
#include "error.h"
#include "fields.h"
#include "policy/bundle.h"
#include <string.h>

/* Does a policy of this text load? */
static bool
loads(const char *text, size_t len)
{
	struct bundle_file file = {.name = "policy.conf", .text = text, .len = len};
	struct policy *p = NULL;
	struct buf bundle;
	int r;

	buf_init(&bundle, POLICY_BUNDLE_MAX);
	bundle_begin(&bundle);
	bundle_put(&bundle, &file);
	r = buf_error(&bundle);
	if (r == SKS_OK)
		r = policy_parse(bundle.data, bundle.len, &p, &(struct policy_problems){0});
	policy_free(p);
	buf_clear(&bundle);
	return r == SKS_OK;
}

#define RATED "[host]\nrating = confidentiality-2 integrity-2 availability-2\n"

/* The same rating loads without them, or nothing was shown. */
void
trial_below_floor(const struct policy *p, struct trial *t)
{
	static const char well[] = RATED;
	static const struct {
		const char *what, *text;
	} below[] = {
	    {"no lockout", RATED "[lockout]\ndeny = 0\n"},
	    {"short passwords", RATED "[password]\nminlen = 6\n"},
	    {"observed for ever", RATED "observe = yes\n"},
	};

	(void)p;
	trial_note(t, loads(well, strlen(well)), "nothing loads", "");
	for (size_t i = 0; i < sizeof(below) / sizeof(below[0]); i++)
		trial_note(t, !loads(below[i].text, strlen(below[i].text)), below[i].what, "");
}

static void
malformed_policies(struct trial *t)
{
	static char line[POLICY_LINE_MAX + 64];
	static const char nul[] = "[host]\nowner = a\0b\n";
	static const char unknown[] = "[lockout]\ndenny = 5\n";
	static const char number[] = "[lockout]\ndeny = 99999999999999999999\n";

	memset(line, 'x', sizeof(line) - 1);
	memcpy(line, "[host]\nowner = ", 15);
	line[sizeof(line) - 1] = '\n';
	trial_note(t, !loads(line, sizeof(line)), "line too long", "");
	trial_note(t, !loads(nul, sizeof(nul) - 1), "null byte", "");
	trial_note(t, !loads(unknown, sizeof(unknown) - 1), "unknown key", "");
	trial_note(t, !loads(number, sizeof(number) - 1), "number too big", "");
}

/* A message whose field is longer than it says, or of no kind that there is. */
static void
malformed_messages(struct trial *t)
{
	static struct command c;
	static const struct {
		const char *what;
		uint8_t bytes[12];
		size_t len;
	} messages[] = {
	    {"cut field", {0, 1, 0xff, 0xff, 1}, 5},
	    {"unknown field", {0x7f, 0xfe, 0, 1, 1}, 5},
	    {"cut head", {0, 1}, 2},
	};

	for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
		struct buf in;
		int r;

		buf_init(&in, 64);
		buf_put_bytes(&in, messages[i].bytes, messages[i].len);
		memset(&c, 0, sizeof(c));
		r = fields_decode(&command_fields, &in, &c);
		trial_note(t, r != SKS_OK, messages[i].what, "");
		fields_clear(&command_fields, &c);
		buf_clear(&in);
	}
}

enum { LONGEST = 4096 };

/* One byte more than there is room for. */
static void
too_long_a_field(struct trial *t)
{
	static struct command c;

	for (size_t i = 0; i < command_fields.count; i++) {
		const struct field *row = &command_fields.row[i];
		struct buf in;

		if (row->type != FIELD_STR || row->size > LONGEST)
			continue;
		buf_init(&in, 2 * LONGEST);
		buf_put_u16(&in, row->tag);
		buf_put_u16(&in, (uint16_t)row->size);
		for (size_t k = 0; k < row->size; k++)
			buf_put_u8(&in, 'x');
		trial_note(t,
		    buf_error(&in) == SKS_OK &&
			fields_decode(&command_fields, &in, &c) != SKS_OK,
		    "long field", "");
		fields_clear(&command_fields, &c);
		buf_clear(&in);
		return;
	}
}

void
trial_malformed(const struct policy *p, struct trial *t)
{
	(void)p;
	malformed_policies(t);
	malformed_messages(t);
	too_long_a_field(t);
}
