#!/bin/bash
# Every product is built as it should be: PIE, full RELRO, no executable stack, stack protector,
# fortified; the module exports its six entry points and links only what it may.
set -u
cd "$(dirname "$0")/../.."
BUILD=${BUILD:-build}
rc=0
fail() { echo "$*"; rc=1; }
for f in sekisho-policyd sekisho-warden sekisho-worker sekisho sekisho-rollback sekisho-run pam_sekisho.so libnss_sekisho.so.2 sekisho_sudo.so; do
	p=$BUILD/$f
	readelf -hW "$p" | grep -q 'Type:.*DYN' || fail "$f is not position independent"
	readelf -lW "$p" | grep -q GNU_RELRO || fail "$f has no RELRO"
	readelf -dW "$p" | grep -qE 'BIND_NOW|NOW' || fail "$f binds lazily"
	readelf -lW "$p" | grep GNU_STACK | grep -q 'RWE' && fail "$f has an executable stack"
	readelf -sW "$p" | grep -q __stack_chk_fail || fail "$f has no stack protector"
done
readelf -lW "$BUILD/sekisho-rollback" | grep -q INTERP && fail "sekisho-rollback is not static"
needed=$(readelf -dW "$BUILD/sekisho-run" | sed -nE 's/.*NEEDED.*\[(.*)\]/\1/p' | grep -vE '^libc\.so|^ld-linux')
[ -z "$needed" ] || fail "sekisho-run links more than libc: $needed"
exports=$(nm -D --defined-only "$BUILD/pam_sekisho.so" | awk '$2 == "T" {print $3}' | sort | xargs)
want='pam_sm_acct_mgmt pam_sm_authenticate pam_sm_chauthtok pam_sm_close_session pam_sm_open_session pam_sm_setcred'
[ "$exports" = "$want" ] || fail "pam_sekisho.so exports: $exports"
needed=$(readelf -dW "$BUILD/pam_sekisho.so" | sed -nE 's/.*NEEDED.*\[(.*)\]/\1/p' | grep -vE '^(libc|libpam|libcrypto)\.so|^ld-linux')
[ -z "$needed" ] || fail "pam_sekisho.so links more than libc, libpam and libcrypto: $needed"
exports=$(nm -D --defined-only "$BUILD/libnss_sekisho.so.2" | awk '$2 == "T" {print $3}' | grep -vc '^_nss_sekisho_')
[ "$exports" = 0 ] || fail "libnss_sekisho.so.2 exports more than what glibc looks up"
needed=$(readelf -dW "$BUILD/libnss_sekisho.so.2" | sed -nE 's/.*NEEDED.*\[(.*)\]/\1/p' | grep -v '^libc\.so')
[ -z "$needed" ] || fail "libnss_sekisho.so.2 links more than libc: $needed"
exports=$(nm -D --defined-only "$BUILD/sekisho_sudo.so" | awk '{print $3}' | sort | xargs)
[ "$exports" = 'sekisho_approval sekisho_audit' ] || fail "sekisho_sudo.so exports: $exports"
needed=$(readelf -dW "$BUILD/sekisho_sudo.so" | sed -nE 's/.*NEEDED.*\[(.*)\]/\1/p' | grep -v '^libc\.so')
[ -z "$needed" ] || fail "sekisho_sudo.so links more than libc: $needed"
[ $rc -eq 0 ] && echo "nine programs hardened, six symbols exported"
exit $rc
