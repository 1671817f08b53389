# The sandbox's file systems: what the host has, with private writes. Sourced by sandbox-init.

# dir: read as on the host, written to a layer of its own. Whole directories, because programs
# replace files such as /etc/passwd by renaming.
mounts_overlay()
{
	local dir=$1 upper=$run/layers/up$1 work=$run/layers/work$1

	mkdir -p "$upper" "$work" &&
	    chmod --reference="$dir" "$upper" &&
	    mount -t overlay overlay -o "lowerdir=$dir,upperdir=$upper,workdir=$work" "$dir"
}

mounts_run()
{
	mount -t tmpfs -o mode=755 tmpfs /run &&
	    mkdir -p /run/sshd /run/lock /run/user /run/motd.d $run/layers $run/secrets &&
	    chmod 1777 /run/lock &&
	    chmod 700 $run/layers $run/secrets || return
	: >/run/utmp && chgrp utmp /run/utmp && chmod 664 /run/utmp
	truncate -s 4096 $run/clock
}

mounts_dev()
{
	local node name major minor

	mount -t tmpfs -o mode=755 dev /dev &&
	    mkdir /dev/pts /dev/shm &&
	    mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts /dev/pts &&
	    mount -t tmpfs -o mode=1777 shm /dev/shm || return
	for node in null:1:3 zero:1:5 full:1:7 random:1:8 urandom:1:9 tty:5:0; do
		IFS=: read -r name major minor <<<"$node"
		mknod -m 666 "/dev/$name" c "$major" "$minor" || return
	done
	# For tests that need a small or a failing file system.
	mknod -m 600 /dev/loop-control c 10 237
	for minor in 0 1 2 3 4 5 6 7; do
		mknod -m 600 /dev/loop$minor b 7 $minor
	done
	ln -s pts/ptmx /dev/ptmx
	ln -s /proc/self/fd /dev/fd
	ln -s fd/0 /dev/stdin
	ln -s fd/1 /dev/stdout
	ln -s fd/2 /dev/stderr
}

# The working tree (and a build directory elsewhere) stays the real one at its own path, also
# where an overlay or a tmpfs has just covered it. Descriptors 8 and 9 still point to it.
mounts_uncover()
{
	local dir=$1 fd=$2

	mkdir -p "$dir" && mount --no-canonicalize --bind "/proc/self/fd/$fd" "$dir"
}

mounts_make()
{
	local dir

	exec 8<"$SANDBOX_BUILD" 9<"$SANDBOX_TREE" || return
	if [ -n "$SANDBOX_LAYERS" ]; then
		exec 7<"$SANDBOX_LAYERS" || return
	fi
	mounts_run || return
	if [ -n "$SANDBOX_LAYERS" ]; then
		mount --no-canonicalize --bind /proc/self/fd/7 $run/layers || return
		exec 7<&-
	fi
	for dir in /etc /var /usr /home /root /srv /opt; do
		[ ! -d $dir ] || mounts_overlay $dir || return
	done
	mounts_dev || return
	mounts_uncover "$SANDBOX_TREE" 9 || return
	case $SANDBOX_BUILD/ in
	"$SANDBOX_TREE"/*) ;;
	*) mounts_uncover "$SANDBOX_BUILD" 8 || return ;;
	esac
	exec 8<&- 9<&-
	# From here on files are replaced and removed: never those of the host.
	for dir in /etc /var /usr /home /root /run /dev; do
		mountpoint -q $dir || return
	done
	for dir in btmp wtmp lastlog; do
		: >/var/log/$dir
	done
	hostname gate && ip link set lo up
}
