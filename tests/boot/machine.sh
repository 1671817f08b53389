# Sourced: a Debian that systemd boots, in namespaces of its own; /run is the caller's. The root made by tests/boot/root is
# the lower layer; what is changed lies in memory and outlives a reboot, not the script.
#
#	machine_make ROOT	mounts it at $machine; what an earlier one had changed is gone
#	machine_boot		until systemd says that it runs
#	machine_run COMMAND...	there, as root, with the tests of the tree at /mnt
#	machine_off		as by its power button;  machine_cut: as by its plug

machine=/run/sekisho-machine
machine_nspawn= machine_init=

# In a mount and cgroup namespace of our own, with nothing left behind.
machine_enter()
{
	[ -z "${SEKISHO_BOOT_INSIDE-}" ] || return 0
	export SEKISHO_BOOT_INSIDE=1
	exec unshare --mount --propagation private --cgroup -- "$0" "$@"
}

machine_make()
{
	[ ! -d /run/layers ] || umount $machine /run/layers
	mkdir -p $machine /run/layers
	mount -t tmpfs -o mode=755 layers /run/layers
	mkdir /run/layers/upper /run/layers/work
	mount -t overlay overlay \
	    -o "lowerdir=$1,upperdir=/run/layers/upper,workdir=/run/layers/work" $machine
}

machine_boot()
{
	local console=${1:-/dev/null}

	SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 systemd-nspawn -q --register=no --keep-unit \
	    --private-network --system-call-filter="@memlock landlock_create_ruleset landlock_add_rule landlock_restrict_self" --bind-ro="$PWD/tests:/mnt" ${machine_debs:+--bind-ro="$machine_debs:/debs"} \
	    -D $machine --boot --console=pipe systemd.unit=multi-user.target \
	    </dev/null >>"$console" 2>&1 &
	machine_nspawn=$!
	for _ in {1..300}; do
		machine_init=$(machine_find)
		if [ -n "$machine_init" ]; then
			case $(nsenter -t "$machine_init" -a systemctl is-system-running 2>/dev/null) in
			running | degraded)
				machine_run ip link set lo up
				return 0
				;;
			esac
		fi
		kill -0 $machine_nspawn 2>/dev/null || break
		sleep 0.2
	done
	echo "the machine does not come up" >&2
	return 1
}

# Its process 1, by its number here.
machine_find()
{
	local stub

	for stub in $(pgrep -P "$machine_nspawn" 2>/dev/null); do
		pgrep -P "$stub" -x systemd 2>/dev/null && return
		[ "$(cat "/proc/$stub/comm" 2>/dev/null)" = systemd ] && echo "$stub" && return
	done
}

machine_run()
{
	nsenter -t "$machine_init" -a -- env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
	    LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive TERM=dumb "$@"
}

machine_gone()
{
	for _ in {1..150}; do
		kill -0 $machine_nspawn 2>/dev/null || break
		sleep 0.2
	done
	kill -KILL $machine_nspawn 2>/dev/null
	wait $machine_nspawn 2>/dev/null
	machine_init=
}

machine_off()
{
	[ -z "$machine_init" ] || kill -RTMIN+4 "$machine_init" 2>/dev/null
	machine_gone
}

machine_cut()
{
	[ -z "$machine_init" ] || kill -KILL "$machine_init" 2>/dev/null
	machine_gone
}

machine_end()
{
	local dir

	[ -z "$machine_nspawn" ] || machine_cut
	for dir in $(find /sys/fs/cgroup/unified/{supervisor,payload} /sys/fs/cgroup/{supervisor,payload} \
	    /sys/fs/cgroup/systemd/{supervisor,payload} -type d 2>/dev/null | sort -r); do
		rmdir "$dir" 2>/dev/null
	done
}
