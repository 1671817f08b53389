#!/bin/bash
# What the pages tell people to type exists: commands and options of sekisho, targets of make, the
# sandbox's commands, and the files that are linked; and every man page has examples. In code only (blocks, backticks, the examples of
# man pages): prose may say "sekisho decides".
set -u
cd "$(dirname "$0")/../.." || exit 1
BUILD=${BUILD:-build} exec /usr/bin/python3 - "$@" <<'PY'
import glob
import os
import re
import subprocess
import sys

tool = os.path.join(os.environ['BUILD'], 'sekisho')
pages = sys.argv[1:] or sorted(glob.glob('*.md') + glob.glob('docs/*.md') + glob.glob('bench/*.md') +
                               glob.glob('docs/man/*.[1-8]'))
wrong, found = [], 0


def run(*words):
    return subprocess.run([tool, *words], capture_output=True, text=True,
                          env={**os.environ, 'LC_ALL': 'C.UTF-8'}).stdout


nouns = run('--complete').split()
commands = {}  # name -> options
for noun in nouns:
    verbs = [w for w in run('--complete', noun).split() if w[0] not in '@-']
    if not re.match(r'Usage: sekisho [a-z-]* COMMAND', run(noun, '--help')):
        verbs = ['']
    for verb in verbs:
        name = f'{noun} {verb}'.strip()
        commands[name] = set(re.findall(r'^  (--[a-z-]+)', run(*name.split(), '--help'), re.M))
targets = set(re.findall(r'^([a-z-]+):', open('Makefile').read(), re.M))
for more in glob.glob('*.mk') + glob.glob('debian/*.mk'):
    targets |= set(re.findall(r'^([a-z-]+):', open(more).read(), re.M))


def code_of(path):
    """(line number, code) for each piece of code in a page."""
    fenced = False
    for number, line in enumerate(open(path), 1):
        if path.endswith('.md'):
            if line.strip().startswith('```'):
                fenced = not fenced
            elif fenced:
                yield number, line.strip()
            else:
                for piece in re.findall(r'`([^`]+)`', line):
                    yield number, piece
        elif re.match(r'\.(Dl|Dq|D1) ', line) or re.match(r'(# |\$ )', line):
            yield number, re.sub(r'\\-', '-', re.sub(r'^\.D. |^[#$] ', '', line.strip()))


def complain(path, number, text):
    wrong.append(f'{path}:{number}: {text}')


def check_sekisho(path, number, rest):
    words = re.split(r'[\s…]+', re.split(r'[|;&>)]| -- ', rest)[0].strip())
    noun = words[0]
    if noun.startswith('--') or not re.fullmatch(r'[a-z][a-z-]+', noun):
        return
    name = noun
    if noun not in nouns:
        return complain(path, number, f'there is no command "sekisho {noun}"')
    if noun not in commands:
        if len(words) < 2 or not re.fullmatch(r'[a-z][a-z-]+', words[1]):
            return
        name = f'{noun} {words[1]}'
        if name not in commands:
            return complain(path, number, f'there is no command "sekisho {name}"')
    for option in re.findall(r'(?<!\S)(--[a-z][a-z-]*)', ' '.join(words)):
        if option not in commands[name] | {'--json', '--help'}:
            complain(path, number, f'"sekisho {name}" has no option {option}')


for path in pages:
    for number, code in code_of(path):
        for m in re.finditer(r'(?<![\w/.:-])sekisho (.*)', code):
            found += 1
            for rest in m[1].split(' sekisho '):
                check_sekisho(path, number, rest)
        m = re.match(r'(?:sudo )?make ([a-z-]+)', code)
        if m and m[1] not in targets:
            complain(path, number, f'make has no target {m[1]}')
        for name in re.findall(r'(?<![\w/-])sandbox-[a-z]+', code):
            if not glob.glob(f'tests/lib/bin/{name}') and not glob.glob(f'tests/lib/{name}*'):
                complain(path, number, f'there is no {name} in the sandbox')
        for name in re.findall(r'(?<![\w/])(?:tests|docs|conf|bench)/[\w./-]+\w', code):
            if not os.path.exists(name) and not glob.glob(name + '*'):
                complain(path, number, f'there is no {name}')
    if path.endswith('.md'):
        for number, line in enumerate(open(path), 1):
            for link in re.findall(r'\]\(([^)#:]+)(?:#[^)]*)?\)', line):
                if not os.path.exists(os.path.join(os.path.dirname(path), link)):
                    complain(path, number, f'links to {link}, which is not there')
            for anchor in re.findall(r'\]\(#([^)]+)\)', line):
                heads = [re.sub(r'[^\w -]', '', h.strip().lower()).replace(' ', '-')
                         for h in re.findall(r'^#+ (.*)', open(path).read(), re.M)]
                if anchor not in heads:
                    complain(path, number, f'links to #{anchor}, which is no heading here')

for path in glob.glob('docs/man/*.[1-8]'):
    if not re.search(r'^\.S[hH] EXAMPLES$', open(path).read(), re.M):
        wrong.append(f'{path}: no EXAMPLES')
if found < 100 and not sys.argv[1:]:
    wrong.append(f'only {found} commands were found: the reader of the pages is wrong')
print('\n'.join(wrong) if wrong else f'{found} commands in {len(pages)} pages, all there')
sys.exit(bool(wrong))
PY
