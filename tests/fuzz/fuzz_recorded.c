/*
 * Any bytes as a record's body, read back into request and facts: what is accepted reads as it
 * does one table at a time, by jansson.
 *
 * SOURCES: lib/fields.c lib/buf.c lib/secret.c lib/error.c lib/text.c lib/protocol.c
 * SOURCES: policyd/audit/record_read.c policyd/decide/words.c
 */
#include "../../policyd/audit/record_index.c"

#include "../../policyd/audit/flat.c"
#include "audit/record.h"
#include "decide/decide.h"
#include <stdlib.h>

#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct fields *const tables[] = {&request_fields, &facts_fields};
	static struct record_index index;
	static struct request request, request_too;
	static struct facts facts, facts_too;
	void *const objects[] = {&request, &facts};

	if (index.count == 0)
		expect(record_index_init(&index, tables, 2) == SKS_OK);
	if (record_index_read(&index, data, size, objects) != SKS_OK) {
		memset(&request_too, 0, sizeof(request_too));
		expect(memcmp(&request, &request_too, sizeof(request)) == 0);
		return 0;
	}
	/* jansson knows no \u0000, and refuses what is there twice, in names that we do not
	 * look at */
	if (record_read_fields(data, size, &request_fields, &request_too) != SKS_OK ||
	    record_read_fields(data, size, &facts_fields, &facts_too) != SKS_OK)
		return 0;
	expect(memcmp(&request, &request_too, sizeof(request)) == 0);
	expect(memcmp(&facts, &facts_too, sizeof(facts)) == 0);
	return 0;
}
