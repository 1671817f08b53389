#!/usr/bin/python3
"""memory.py PID DIR: where in a process's memory the files of DIR (raw bytes) are found.

A line each: FILE dumped|kept-out locked|swappable WHERE, for every area that holds it. "dumped" is
what the kernel would write into a core file, "swappable" what it may write to a swap device.
"""
import os
import re
import sys

pid, folder = sys.argv[1:3]
needles = {name: open(os.path.join(folder, name), 'rb').read() for name in sorted(os.listdir(folder))}
areas, area = [], None
with open(f'/proc/{pid}/smaps') as f:
    for line in f:
        m = re.match(r'([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \S+\s*(.*)', line)
        if m:
            area = (int(m[1], 16), int(m[2], 16), m[3], m[4] or 'memory')
        elif line.startswith('VmFlags:'):
            areas.append((*area, line.split()[1:]))
with open(f'/proc/{pid}/mem', 'rb') as mem:
    for first, end, mode, name, flags in areas:
        if 'r' not in mode or name in ('[vvar]', '[vvar_vclock]', '[vsyscall]'):
            continue
        try:
            mem.seek(first)
            data = mem.read(end - first)
        except OSError:  # pages that fault
            continue
        for needle, raw in needles.items():
            if raw in data:
                print(needle, 'kept-out' if 'dd' in flags else 'dumped',
                      'locked' if 'lo' in flags else 'swappable', name)
