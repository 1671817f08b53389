# What the hazard tests have in common. Each is one script for `make check` (a few rounds) and
# `make torture` (the full numbers): TORTURE=1 or single variables such as ROUNDS=100 say which.
#
#	hazard_enter [SANDBOX-OPTION...] -- "$@"	run the rest in a sandbox
#	figure NAME VALUE				a line of the table that torture prints
#
# Jobs are lines for pamload (tests/lib/pamload.c); what it answers is kept in $output.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
. "$here/../lib/assert.sh"

state=/var/lib/sekisho

hazard_enter()
{
	export TORTURE=${TORTURE-}
	sandbox_enter "$@"
	tools=$BUILD/tests
	work=$(mktemp -d /run/hazard.XXXXXX)
}

# full SHORT FULL: which number this run takes.
full()
{
	if [ -n "${TORTURE-}" ]; then
		echo "$2"
	else
		echo "$1"
	fi
}

figure()
{
	echo "# figure: $1 = $2"
}

# ---- logins ------------------------------------------------------------------------------------

password()
{
	printf 'Gate+%s-1601!' "$1"
}

# job USER SOURCE CODE [WORD...]: a right password.
job()
{
	echo "user=$1 rhost=$2 code=$3 password=$(password "$1") ${*:4}"
}

# load OPTION... <JOBS: $output has a line a login.
load()
{
	output=$("$tools/pamload" "$@" 2>&1)
	status=$?
}

# let_in: how many of the last load got through authenticate and account.
let_in()
{
	grep -c $'\tacct=0\t' <<<"$output"
}

# login JOB...: one login; status 0 if it got in.
login()
{
	load <<<"$*"
	[ "$(let_in)" = 1 ]
}

# login_next USER SOURCE [WORD...]: with the code of the next step, which nobody has used.
login_next()
{
	local user=$1 source=$2

	shift 2
	sandbox-clock +30s
	login "$(job "$user" "$source" "$(sandbox-code "$user")" "$@")"
}

# What USER's device shows now and in the steps around: none of these is a wrong code.
window_of()
{
	oathtool --totp --base32 -w 4 -N "@$(($(date +%s) - 60))" - \
	    <"/run/sekisho-sandbox/secrets/$1"
}

# wrong_code USER: six digits that are no code of that device now.
wrong_code()
{
	local near digits

	near=$(window_of "$1")
	for digits in 000000 111111 222222 333333 444444; do
		grep -qx $digits <<<"$near" || break
	done
	echo $digits
}

# ---- the log -----------------------------------------------------------------------------------

log_size()
{
	"$tools/redecide" -n $state
}

# log_since SEQ: "SEQUENCE EVENT BODY" a line.
log_since()
{
	"$tools/redecide" -p -a "$1" $state
}

# count REGEX... <LINES: those that match all.
count()
{
	local pattern lines

	lines=$(cat)
	for pattern; do
		lines=$(grep -E -- "$pattern" <<<"$lines")
	done
	[ -n "$lines" ] && wc -l <<<"$lines" || echo 0
}

# reasons SEQ REASON...: how many decisions after SEQ have one of these reasons.
reasons()
{
	local since=$1 pattern

	shift
	pattern=$(IFS='|'; echo "$*")
	log_since "$since" | count '"sekisho.verdict"' "\"event.reason\":\"($pattern)\""
}

# Has the log, from SEQ on, a record that matches all of REGEX...?
recorded()
{
	[ "$(log_since "$1" | count "${@:2}")" -gt 0 ]
}

# Every decision in the log decided again gives the same verdict.
redecide_all()
{
	run "$tools/redecide" $state
	is "every decision decided again: the same (${output##*$'\n'})" 0 "$status"
	figure redecided "$(sed -n 's/^# \([0-9]*\) decisions.*/\1/p' <<<"$output")"
}

# Has the daemon taken over what the module left for it while it was away? (The list of burned
# codes stays.)
spool_is_empty()
{
	[ -z "$(find /run/sekisho-spool -type f ! -name burned)" ]
}

# ---- the file system below the state directory --------------------------------------------------

# disk_make MEGABYTES: a small file system in memory takes the place of the state directory. Without
# it what follows would show nothing, so the script ends.
disk_make()
{
	disk_new "$1" && return
	fail "a disk of $1 MB" "$(du -m $state/* 2>&1)"
	done_testing
}

disk_new()
{
	sandbox-daemon stop
	truncate -s "$1M" $work/disk.img &&
	    mkfs.ext4 -q -F -m 0 -E nodiscard,lazy_itable_init=0 $work/disk.img &&
	    mkdir -p $work/disk && mount -o loop $work/disk.img $work/disk &&
	    cp -a $state/. $work/disk/ && chown sekisho:sekisho $work/disk &&
	    chmod 700 $work/disk && umount $work/disk && disk_mount
}

disk_mount()
{
	mount -o "loop${1:+,$1}" $work/disk.img $state
}

disk_drop()
{
	umount $state
}

# Every write since the last sync is gone, and every later one fails: the power went off.
disk_cut()
{
	/usr/bin/python3 -c 'import fcntl, os, struct, sys
fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587d, struct.pack("I", 2))' $state
}

# Keeps the supervisor from starting a daemon that cannot start, again and again.
daemon_hold()
{
	touch /run/sekisho-sandbox/hold
}
