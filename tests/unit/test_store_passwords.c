/* Passwords that people had: which count, which do not, and which are forgotten. */
#include "store_fixture.h"

static const char *const person = "yamada";

static void
mac_of(int number, uint8_t mac[PASSWORD_MAC_SIZE])
{
	memset(mac, 0x5a, PASSWORD_MAC_SIZE);
	mac[3] = (uint8_t)number;
	mac[4] = (uint8_t)(number >> 8);
}

static void
add(struct world *w, const char *account, int number, uint32_t keep, int64_t wall_ms)
{
	uint8_t mac[PASSWORD_MAC_SIZE];

	mac_of(number, mac);
	world_begin(w);
	assert_int_equal(
	    store_password_add(w->store, person, account, mac, keep, wall_ms), SKS_OK);
	world_commit(w);
}

static enum password_known
known(struct world *w, const char *who, const char *account, int number)
{
	uint8_t mac[PASSWORD_MAC_SIZE];
	enum password_known k = PASSWORD_OF_OTHER_ACCOUNT;

	mac_of(number, mac);
	world_begin(w);
	assert_int_equal(store_password_known(w->store, who, account, mac, &k), SKS_OK);
	world_commit(w);
	return k;
}

static void
test_salt(void **state)
{
	struct world *w = *state;
	uint8_t salt[PASSWORD_SALT_SIZE] = {1, 2, 3}, read[PASSWORD_SALT_SIZE];

	world_begin(w);
	assert_int_equal(store_password_salt(w->store, person, read), SKS_NOT_FOUND);
	assert_int_equal(store_password_salt_put(w->store, person, salt), SKS_OK);
	world_commit(w);
	world_begin(w);
	assert_int_equal(store_password_salt(w->store, person, read), SKS_OK);
	assert_memory_equal(read, salt, sizeof(salt));
	assert_int_equal(store_password_salt(w->store, "suzuki", read), SKS_NOT_FOUND);
	/* a second one would make the first one's passwords unknown */
	assert_int_equal(store_password_salt_put(w->store, person, salt), SKS_CONFLICT);
	world_commit(w);
}

static void
test_known(void **state)
{
	struct world *w = *state;

	assert_int_equal(known(w, person, "alice", 1), PASSWORD_NEW);
	add(w, "alice", 1, 13, 1000);
	assert_int_equal(known(w, person, "alice", 1), PASSWORD_NEWEST);
	assert_int_equal(known(w, person, "alice-adm", 1), PASSWORD_OF_OTHER_ACCOUNT);
	assert_int_equal(known(w, "suzuki", "alice", 1), PASSWORD_NEW);
	add(w, "alice", 2, 13, 2000);
	add(w, "alice-adm", 3, 13, 3000);
	assert_int_equal(known(w, person, "alice", 1), PASSWORD_USED_BEFORE);
	assert_int_equal(known(w, person, "alice", 2), PASSWORD_NEWEST);
	assert_int_equal(known(w, person, "alice-adm", 3), PASSWORD_NEWEST);
	assert_int_equal(known(w, person, "alice", 3), PASSWORD_OF_OTHER_ACCOUNT);
	assert_int_equal(known(w, person, "alice", 4), PASSWORD_NEW);
}

/* Enough of them stay for each account; of the last day, all. */
static void
test_forgotten(void **state)
{
	struct world *w = *state;
	const int64_t day = PASSWORD_KEPT_ANYWAY_MS;

	add(w, "alice-adm", 100, 3, 0);
	for (int i = 1; i <= 6; i++)
		add(w, "alice", i, 3, i * 1000);
	for (int i = 1; i <= 5; i++)
		assert_int_equal(known(w, person, "alice", i), PASSWORD_USED_BEFORE);
	add(w, "alice", 7, 3, day + 3500);
	for (int i = 1; i <= 3; i++)
		assert_int_equal(known(w, person, "alice", i), PASSWORD_NEW);
	for (int i = 4; i <= 6; i++)
		assert_int_equal(known(w, person, "alice", i), PASSWORD_USED_BEFORE);
	add(w, "alice", 8, 3, 3 * day);
	assert_int_equal(known(w, person, "alice", 5), PASSWORD_NEW);
	assert_int_equal(known(w, person, "alice", 6), PASSWORD_USED_BEFORE);
	assert_int_equal(known(w, person, "alice", 7), PASSWORD_USED_BEFORE);
	assert_int_equal(known(w, person, "alice", 8), PASSWORD_NEWEST);
	assert_int_equal(known(w, person, "alice", 100), PASSWORD_OF_OTHER_ACCOUNT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WORLD_TEST(test_salt),
	    WORLD_TEST(test_known),
	    WORLD_TEST(test_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
