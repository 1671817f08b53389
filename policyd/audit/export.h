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

#endif
