/*
 * Any bytes as the texts of a change of the host: manifests and pending words that are accepted
 * come back as they were written; PAM files, sshd_config and settings of other modules are
 * edited within bounds, and what setup made of a PAM file it does not change again.
 *
 * SOURCES: lib/buf.c lib/hex.c lib/error.c lib/clock.c rollback/sha256.c
 */
#include "../../cli/setup/difference.c"
#include "../../cli/setup/edit.c"
#include "../../cli/setup/edit_host.c"
#include "../../cli/setup/edit_line.c"
#include "../../cli/setup/foreign.c"
#define place manifest_place
#include "../../rollback/manifest.c"
#undef place

#include "fuzz.h"

/* With the hash that belongs to it, so that what is behind it is reached. */
static void
close_text(struct buf *out, const uint8_t *data, size_t size)
{
	buf_init(out, 1 << 20);
	buf_put_bytes(out, data, size);
	if (size > 0 && data[size - 1] != '\n')
		buf_put_u8(out, '\n');
	format_close(out);
}

static void
fuzz_manifest(const uint8_t *data, size_t size)
{
	static struct manifest m, again;
	struct buf text, out;
	struct pending p;

	close_text(&text, data, size);
	buf_init(&out, 1 << 20);
	if (manifest_parse(text.data, text.len, &m) == SKS_OK) {
		expect(manifest_format(&m, &out) == SKS_OK);
		expect(manifest_parse(out.data, out.len, &again) == SKS_OK);
		expect(memcmp(&m, &again, sizeof(m)) == 0);
	}
	buf_reset(&out);
	if (pending_parse(text.data, text.len, &p) == SKS_OK)
		expect(pending_format(&p, &out) == SKS_OK);
	buf_clear(&out);
	buf_clear(&text);
	(void)manifest_parse(data, size, &m);
	(void)pending_parse(data, size, &p);
}

static void
fuzz_pam(const char *text, size_t size)
{
	static struct edit_host host;
	struct buf once, twice, diff;
	char why[1024];

	(void)edit_host_read(text, size, 0, &host, why, sizeof(why));
	if (edit_host_read(text, size, 15, &host, why, sizeof(why)) != SKS_OK)
		host = (struct edit_host){.factor = {"pam_unix.so"}, .factor_count = 1};
	buf_init(&once, 1 << 20);
	buf_init(&twice, 1 << 20);
	buf_init(&diff, 1 << 22);
	if (edit_service("sshd", text, size, &host, 15, &once, why, sizeof(why)) == SKS_OK) {
		expect(edit_service("sshd", (const char *)once.data, once.len, &host, 15,
			   &twice, why, sizeof(why)) == SKS_CONFLICT);
		difference_unified("f", text, size, (const char *)once.data, once.len, &diff);
		expect(diff.len > 0);
	}
	buf_reset(&once);
	(void)edit_sshd_config(text, size, &once);
	buf_clear(&once);
	buf_clear(&twice);
	buf_clear(&diff);
}

static void
fuzz_settings(const char *text, size_t size)
{
	static struct foreign_settings s;
	struct buf policy, notes;
	char options[512];

	s.count = 0;
	foreign_read_file(&s, text, size);
	(void)snprintf(options, sizeof(options), "%.*s", (int)(size > 400 ? 400 : size), text);
	foreign_read_options(&s, options);
	expect(s.count <= FOREIGN_SETTINGS_MAX);
	buf_init(&policy, 1 << 20);
	buf_init(&notes, 1 << 20);
	buf_put_bytes(&policy, text, size);
	for (unsigned int bit = EDIT_FROM_GOOGLE; bit <= EDIT_FROM_PWQUALITY; bit <<= 1)
		foreign_translate(bit, &s, &policy, &notes);
	expect(buf_error(&policy) == SKS_OK);
	buf_clear(&policy);
	buf_clear(&notes);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > 16384)
		return 0;
	fuzz_manifest(data, size);
	fuzz_pam((const char *)data, size);
	fuzz_settings((const char *)data, size);
	return 0;
}
