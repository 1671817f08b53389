#!/bin/bash
# README.ja.md says what README.md says: the same blocks to type, in the same order, and as many
# sections. `tests/static/readme_in_japanese.sh --update` takes changed blocks over.
set -u
cd "$(dirname "$0")/../.." || exit 1
exec /usr/bin/python3 - "$@" <<'PY'
import re
import sys

BLOCK = re.compile(r'(?:<!-- [a-z]+ -->\n)?^```.*?^```$', re.S | re.M)
english, japanese = open('README.md').read(), open('README.ja.md').read()
blocks, theirs = BLOCK.findall(english), BLOCK.findall(japanese)
if sys.argv[1:] == ['--update'] and len(blocks) == len(theirs):
    todo = iter(blocks)
    japanese = BLOCK.sub(lambda _: next(todo), japanese)
    open('README.ja.md', 'w').write(japanese)
    theirs = blocks
wrong = [f'block {i} differs:\n{a}\n--\n{b}' for i, (a, b) in enumerate(zip(blocks, theirs), 1) if a != b]
if len(blocks) != len(theirs):
    wrong.append(f'{len(blocks)} blocks in English, {len(theirs)} in Japanese')
heads = [len(re.findall(r'^## ', BLOCK.sub('', text), re.M)) for text in (english, japanese)]
if heads[0] != heads[1]:
    wrong.append(f'{heads[0]} sections in English, {heads[1]} in Japanese')
print('\n'.join(wrong) if wrong else f'{len(blocks)} blocks and {heads[0]} sections in both languages')
sys.exit(bool(wrong))
PY
