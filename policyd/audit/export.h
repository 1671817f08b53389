/*
 * The manifest of an export: what was handed to whom, why, how much of it, and the digest of each
 * file. A signed note by the log key; docs/log-format.md describes it and the files beside it.
 */
#ifndef SEKISHO_AUDIT_EXPORT_H
#define SEKISHO_AUDIT_EXPORT_H

#define EXPORT_FIRST_LINE "sekisho/export/1"
#define EXPORT_MANIFEST   "manifest"
#define EXPORT_PROOFS     "proofs.jsonl"
#define EXPORT_HEAD       "head-%llu" /* the signed head of that chain */

/*
 * What the daemon hands an auditor for a bundle, one entry behind the other:
 * BUNDLE_HEAD    u8, u64 chain, u64 first, str origin, str vkey, u32 length, the signed head
 * BUNDLE_RECORD  u8, u64 seq, u32 length, body (none: deleted), u32 length, its line of proofs
 */
enum bundle_entry { BUNDLE_HEAD = 1, BUNDLE_RECORD };

#endif
