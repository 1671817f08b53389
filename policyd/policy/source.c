#include "policy/source.h"

#include "i18n.h"
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

enum { IPV4_PREFIX = 96, ADDRESS_BITS = 128, SOURCE_BITS = 64 };

static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
static const uint8_t loopback[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};

static bool
source_is_ipv4(const uint8_t addr[16])
{
	return memcmp(addr, mapped, sizeof(mapped)) == 0;
}

/* Up to three digits without a sign or leading zero. */
static bool
source_read_prefix(const char *text, unsigned int max, unsigned int *prefix)
{
	unsigned int n = 0;
	size_t len = strlen(text);

	if (len == 0 || len > 3 || (len > 1 && text[0] == '0'))
		return false;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		n = n * 10 + (unsigned int)(text[i] - '0');
	}
	*prefix = n;
	return n <= max;
}

/* An address with or without a prefix; IPv4 becomes ::ffff:0:0/96. */
static bool
source_read(const char *text, uint8_t addr[16], unsigned int *prefix)
{
	char host[INET6_ADDRSTRLEN];
	const char *slash = strchr(text, '/');
	size_t len = slash == NULL ? strlen(text) : (size_t)(slash - text);
	unsigned int bits = ADDRESS_BITS;

	if (len >= sizeof(host))
		return false;
	memcpy(host, text, len);
	host[len] = '\0';
	if (inet_pton(AF_INET, host, addr + 12) == 1) {
		memcpy(addr, mapped, sizeof(mapped));
		bits = ADDRESS_BITS - IPV4_PREFIX;
	} else if (inet_pton(AF_INET6, host, addr) != 1) {
		return false;
	}
	*prefix = bits;
	if (slash != NULL && !source_read_prefix(slash + 1, bits, prefix))
		return false;
	*prefix += ADDRESS_BITS - bits;
	return true;
}

/* Are the first "bits" of both equal? */
static bool
source_equal(const uint8_t *a, const uint8_t *b, unsigned int bits)
{
	unsigned int bytes = bits / 8;
	uint8_t mask = (uint8_t)(0xff00u >> bits % 8);

	if (memcmp(a, b, bytes) != 0)
		return false;
	return bits % 8 == 0 || ((a[bytes] ^ b[bytes]) & mask) == 0;
}

static bool
source_has_host_bits(const uint8_t addr[16], unsigned int prefix)
{
	for (unsigned int bit = prefix; bit < ADDRESS_BITS; bit++) {
		if ((addr[bit / 8] >> (7 - bit % 8) & 1) != 0)
			return true;
	}
	return false;
}

bool
network_parse(const char *text, struct network *net, const char **why)
{
	uint8_t addr[16];
	unsigned int prefix;

	if (!source_read(text, addr, &prefix))
		return false;
	if (source_has_host_bits(addr, prefix)) {
		*why = _("the network has bits set behind its prefix");
		return false;
	}
	/* The IPv6 address of a source is kept to 64 bits; a longer one would match nobody. */
	if (prefix == ADDRESS_BITS && memcmp(addr, loopback, sizeof(loopback)) == 0) {
		memset(addr, 0, sizeof(addr));
		prefix = SOURCE_BITS;
	}
	if (prefix > SOURCE_BITS && !source_is_ipv4(addr)) {
		*why = _("IPv6 sources are told apart by their first 64 bits; give a network "
			 "of /64 or shorter");
		return false;
	}
	memcpy(net->addr, addr, sizeof(net->addr));
	net->prefix = (uint8_t)prefix;
	return true;
}

const char *
network_print(const struct network *net, char out[NETWORK_TEXT_SIZE])
{
	static const uint8_t none[16];
	char host[INET6_ADDRSTRLEN] = "";

	if (net->prefix >= IPV4_PREFIX && source_is_ipv4(net->addr)) {
		inet_ntop(AF_INET, net->addr + 12, host, sizeof(host));
		if (net->prefix == ADDRESS_BITS)
			snprintf(out, NETWORK_TEXT_SIZE, "%s", host);
		else
			snprintf(out, NETWORK_TEXT_SIZE, "%s/%u", host,
			    (unsigned int)net->prefix - IPV4_PREFIX);
	} else if (net->prefix == SOURCE_BITS && memcmp(net->addr, none, sizeof(none)) == 0) {
		snprintf(out, NETWORK_TEXT_SIZE, "::1");
	} else {
		inet_ntop(AF_INET6, net->addr, host, sizeof(host));
		snprintf(out, NETWORK_TEXT_SIZE, "%s/%u", host, (unsigned int)net->prefix);
	}
	return out;
}

static bool
network_contains(const struct network *net, const uint8_t addr[16], unsigned int prefix)
{
	bool net_is_ipv4 = net->prefix >= IPV4_PREFIX && source_is_ipv4(net->addr);

	/* ::/0 is all of IPv6; that IPv4 is written inside it is our notation only. */
	if (net_is_ipv4 != (prefix >= IPV4_PREFIX && source_is_ipv4(addr)))
		return false;
	return net->prefix <= prefix && source_equal(net->addr, addr, net->prefix);
}

bool
source_of_address(const char *text, char source[SOURCE_SIZE])
{
	struct in6_addr six;
	struct in_addr four;
	char buffer[INET6_ADDRSTRLEN + 32];
	char *zone;

	if (strlen(text) >= sizeof(buffer))
		return false;
	(void)strcpy(buffer, text);
	if ((zone = strchr(buffer, '%')) != NULL)
		*zone = '\0';
	if (inet_pton(AF_INET, buffer, &four) == 1)
		return inet_ntop(AF_INET, &four, source, SOURCE_SIZE) != NULL;
	if (inet_pton(AF_INET6, buffer, &six) != 1)
		return false;
	if (source_is_ipv4(six.s6_addr)) {
		memcpy(&four, six.s6_addr + 12, 4);
		return inet_ntop(AF_INET, &four, source, SOURCE_SIZE) != NULL;
	}
	memset(six.s6_addr + SOURCE_BITS / 8, 0, SOURCE_BITS / 8);
	if (inet_ntop(AF_INET6, &six, buffer, sizeof(buffer)) == NULL)
		return false;
	(void)snprintf(source, SOURCE_SIZE, "%.45s/%d", buffer, SOURCE_BITS);
	return true;
}

bool
source_of_text(const char *text, char source[SOURCE_SIZE])
{
	const char *slash = strchr(text, '/');
	char address[SOURCE_SIZE];

	if (strncmp(text, "name:", 5) == 0) {
		(void)snprintf(source, SOURCE_SIZE, "%.*s", SOURCE_SIZE - 1, text);
		return text[5] != '\0';
	}
	if (slash == NULL)
		return source_of_address(text, source);
	(void)snprintf(address, sizeof(address), "%.*s", (int)(slash - text), text);
	return strcmp(slash, "/64") == 0 && source_of_address(address, source) &&
	       strchr(source, ':') != NULL;
}

bool
source_network(const char *source, struct network *out)
{
	unsigned int prefix;

	if (!source_read(source, out->addr, &prefix))
		return false;
	out->prefix = (uint8_t)prefix;
	return true;
}

void
network_around(const struct network *at, unsigned int prefix, struct network *out)
{
	unsigned int bytes = prefix / 8;

	memset(out, 0, sizeof(*out));
	memcpy(out->addr, at->addr, bytes);
	if (prefix % 8 != 0)
		out->addr[bytes] = (uint8_t)(at->addr[bytes] & 0xff00u >> prefix % 8);
	out->prefix = (uint8_t)prefix;
}

bool
sources_match(const struct sources *s, const char *source)
{
	uint8_t addr[16];
	unsigned int prefix;

	if (!s->remote && !s->local && s->count == 0)
		return true;
	if (source[0] == '\0')
		return s->local;
	if (s->remote)
		return true;
	if (!source_read(source, addr, &prefix))
		return false;
	for (size_t i = 0; i < s->count; i++) {
		if (network_contains(&s->net[i], addr, prefix))
			return true;
	}
	return false;
}
