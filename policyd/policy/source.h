/*
 * Addresses and networks as rules name them. What a request calls its source: "" is local, an
 * IPv4 address, an IPv6 network of 64 bits, or "name:..." where only a name was known.
 */
#ifndef SEKISHO_SOURCE_H
#define SEKISHO_SOURCE_H

#include "policy/policy.h"

enum { SOURCE_SIZE = 64 };

/* Reads "10.0.0.0/8", "192.0.2.1", "2001:db8::/32". False when it is none; *why then says what
 * is wrong with one that looks like it, or stays as it was. */
bool network_parse(const char *text, struct network *net, const char **why);
/* The network as it is written, into out[NETWORK_TEXT_SIZE]; returns out. */
enum { NETWORK_TEXT_SIZE = 64 };
const char *network_print(const struct network *net, char out[NETWORK_TEXT_SIZE]);
/* What a request from that address calls its source: an IPv6 address counts as its /64, since its
 * owner can use all of it; ::ffff: is IPv4; a zone is left out. False where it is no address. */
bool source_of_address(const char *text, char source[SOURCE_SIZE]);
/* The same of what somebody types who looks for a source: also one as it is shown, "2001:db8::/64"
 * or "name:...". False for any other network or name: no request has that source. */
bool source_of_text(const char *text, char source[SOURCE_SIZE]);
/* The source of a request as a network of all its bits; false where it is none ("", "name:..."). */
bool source_network(const char *source, struct network *out);
/* The network of that prefix around it. */
void network_around(const struct network *at, unsigned int prefix, struct network *out);

#endif
