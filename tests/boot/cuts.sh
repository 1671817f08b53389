# Sourced by run: the power goes in the middle of each step. After each the machine boots again, its
# administrator gets in at a console, and what was begun can be done to its end.

# cut_in WHAT SIGN COMMAND...: begins the command and cuts the power as soon as the sign, a line of
# shell run here, is there. Then boots. The command stands behind who watches for the sign: on a busy
# machine it would be over before that is looked for again.
cut_in() {
	local what=$1 sign=$2 began cut=no end=$((SECONDS + 120))

	shift 2
	{ renice -n 10 -p $BASHPID >/dev/null; "$@"; } >/run/cut.out 2>&1 &
	began=$!
	while [ $SECONDS -lt $end ]; do
		if eval "$sign" 2>/dev/null; then
			cut=yes
			break
		fi
		kill -0 $began 2>/dev/null || break
	done
	machine_cut
	wait $began 2>/dev/null
	output=$(tail -n 5 /run/cut.out)
	is "$what: cut in the middle" yes $cut
	machine_boot $console || { fail "$what: it boots again"; done_testing; exit 1; }
	# A code from the envelope where one is asked for: those of the phone count again a while
	# after a start that nothing vouches for.
	run console alice "${card[0]:--}"
	is "$what: the administrator gets in at the console" 0 "$status"
	! grep -q 'Code:' <<<"$output" || card=("${card[@]:1}")
}
# Its own journal says it before the status file does.
dpkg_has() { grep -qsE "^Status: .* ($1)\$" $machine/var/lib/dpkg/updates/* $machine/var/lib/dpkg/status; }
unpacking() { [ -e $machine/usr/bin/sekisho.dpkg-new ] || [ -e $machine/usr/sbin/sekisho-policyd.dpkg-new ]; }
pending() { [ -e $machine/var/lib/sekisho/setup/pending ]; }
# What stands in the stacks; the service of the warden's own is no matter.
stacks() { (cd $machine/etc/pam.d && grep -r . --exclude=sekisho . | sort); }
taken_back() { is "$1: all is as before" "$before" "$(stacks)"; }

machine_make "$PWD/build/boot/root"
card=()
machine_boot $console || exit 1
everybody=$(printf 'u%02d ' {1..30})
people_make alice $everybody
before=$(stacks)

# ---- install -----------------------------------------------------------------------------------
cut_in "install, unpacking" unpacking shell 'dpkg -i /debs/now/*.deb'
cut_in "install, configuring" 'dpkg_has half-configured' shell 'dpkg -i /debs/now/*.deb'
works "install: done anew" shell 'dpkg --configure -a && dpkg -i /debs/now/*.deb'
is_active "installed, the daemon runs" sekisho-policyd.service
taken_back "installed"

# ---- enrol -------------------------------------------------------------------------------------
works "the administrator has a device" people_enrol alice
card=($(shell 'sekisho break-glass make --count 20' | grep -oE 'BG-[A-Z0-9-]+'))
is "and an envelope" 20 ${#card[@]}
rm -f $machine/root/begun
cut_in "enrolment" '[ -e $machine/root/begun ]' people_enrol $everybody
works "enrolment: the log is whole" machine_run sekisho audit verify
works "enrolment: who has none yet gets one" shell 'while read -r user secret; do
	[ "$(sekisho factor list $user --json)" != "[]" ] && continue
	sekisho factor import $user --uri "otpauth://totp/x:$user?secret=$secret&issuer=x" </dev/null || exit 1
	done </root/secrets'

# ---- setup -------------------------------------------------------------------------------------
turn_on() { shell 'sekisho setup --profile everybody --yes </dev/null'; }
cut_in "setup, at its first file" pending turn_on
taken_back "setup, at its first file"
cut_in "setup, among the PAM files" '[ -e $machine/etc/pam.d/sekisho-auth ]' turn_on
taken_back "setup, among the PAM files"
works "setup once more" turn_on
cut_in "waiting for the confirmation" pending sleep 60
taken_back "waiting for the confirmation"
has "waiting for the confirmation: the boot unit did it" 'Take back a change' \
	"$(machine_run journalctl -b --no-pager -u sekisho-rollback-boot.service)"
works "setup a third time" turn_on
confirm() { terminal=yes login_in_time alice 'sudo sekisho setup --confirm'; }
cut_in "confirming" '! pending' confirm
has "confirming: done at once or not at all, and it was done" 'pam_sekisho' "$(stacks)"
run login u01 -
isnt "confirmed: a password alone is not enough" 0 "$status"

# ---- upgrade -----------------------------------------------------------------------------------
cut_in "upgrade, unpacking" unpacking shell 'dpkg -i /debs/later/*.deb'
works "upgrade, unpacking: done anew" shell 'dpkg --configure -a; dpkg -i /debs/later/*.deb'
is_active "upgraded, the daemon runs" sekisho-policyd.service
cut_in "upgrade, configuring" 'dpkg_has half-configured' shell 'dpkg -i /debs/now/*.deb'
works "upgrade, configuring: done anew" shell 'dpkg --configure -a; dpkg -i /debs/now/*.deb'
is_active "upgraded again, the daemon runs" sekisho-policyd.service
run login u02 -
isnt "upgraded: a password alone is not enough" 0 "$status"

# ---- remove ------------------------------------------------------------------------------------
cut_in "removal, while lines are taken out" '[ -d $machine/var/backups/sekisho ]' shell 'dpkg -r libpam-sekisho'
works "removal: done anew" shell 'dpkg --configure -a; dpkg -r libpam-sekisho'
run login u03 -
is "removed: a password is enough" 0 "$status"
cut_in "removal of the rest" 'dpkg_has "half-configured|half-installed"' shell 'dpkg -r sekisho-sudo libnss-sekisho sekisho'
works "removal of the rest: done anew" shell 'dpkg --configure -a; dpkg -r sekisho-sudo libnss-sekisho sekisho ||
	{ dpkg -i /debs/now/*.deb && dpkg -r libpam-sekisho sekisho-sudo libnss-sekisho sekisho; }'
works "all removed: a password is enough" login u04 -
has "all removed: the log is kept" sekisho.db "$(ls $machine/var/lib/sekisho)"

# ---- removed after an upgrade that was cut off: no prerm runs ------------------------------------
works "installed once more, the stacks put back" shell 'dpkg -i /debs/now/*.deb && sekisho setup --yes </dev/null'
has "there are lines" 'pam_sekisho' "$(stacks)"
works "the module's package is unpacked only" shell 'dpkg --unpack /debs/later/libpam-sekisho_*.deb'
works "sudo's, too" shell 'dpkg --unpack /debs/later/sekisho-sudo_*.deb'
works "and removed" shell 'dpkg -r libpam-sekisho sekisho-sudo'
is "no line of sudo.conf names a plugin that is not there" '' "$(grep '^Plugin.*sekisho' $machine/etc/sudo.conf)"
is "no line names a module that is not there" '' "$(stacks | grep -v '^[^:]*:#' | grep pam_sekisho)"
works "a password is enough" login u05 -
machine_off
