#!/bin/bash
# Records handed out: in three forms, each with a proof that others can check without us; sealed,
# announced or approved by a second person as the host's rating asks.
. "$(dirname "$0")/../lib/assert.sh"
sandbox_enter "$@"
. "$assert_lib/login.sh"

out=/root/export key=/root/ops.identity
mkdir -m 700 $out
sekisho key recipient $key --name ops >"$work/ops" 2>/dev/null

# export NAME OPTION...: into $out/NAME.
export_to()
{
	local name=$1

	shift
	run sekisho audit export --to "$out/$name" --for 'Audit office' --purpose 'case 7' "$@"
}

# checked DIR: everything in it, with nothing but the log's verifier key and what the format's
# description says. Prints how many records were proved.
checked()
{
	sekisho audit head --vkey >"$work/vkey"
	/usr/bin/python3 - "$1" "$(<"$work/vkey")" <<-'EOF'
		import base64, csv, hashlib, io, json, os, subprocess, sys, tempfile
		dir, vkey = sys.argv[1:]
		read = lambda name: open(os.path.join(dir, name), "rb").read()
		public = base64.b64decode(vkey.split("+", 2)[2])[1:]
		der = bytes.fromhex("302a300506032b6570032100") + public

		def opened(note):
		    text, lines = note.rsplit(b"\n\n", 1)
		    text += b"\n"
		    signature = base64.b64decode(lines.split()[-1])[4:]
		    with tempfile.TemporaryDirectory() as tmp:
		        for name, data in (("key", der), ("sig", signature), ("text", text)):
		            open(os.path.join(tmp, name), "wb").write(data)
		        subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER",
		            "-inkey", tmp + "/key", "-rawin", "-in", tmp + "/text", "-sigfile",
		            tmp + "/sig"], check=True, stdout=subprocess.DEVNULL)
		    return text.decode().split("\n")

		def root_of(leaf, index, size, path):
		    fn, sn, r = index, size - 1, leaf
		    for p in path:
		        assert sn > 0
		        if fn & 1 or fn == sn:
		            r = hashlib.sha256(b"\1" + p + r).digest()
		            while not fn & 1 and fn:
		                fn, sn = fn >> 1, sn >> 1
		        else:
		            r = hashlib.sha256(b"\1" + r + p).digest()
		        fn, sn = fn >> 1, sn >> 1
		    assert sn == 0
		    return r

		first, manifest = opened(read("manifest"))[:2]
		assert first == "sekisho/export/1", first
		m = json.loads(manifest)
		assert set(f["name"] for f in m["files"]) | {"manifest"} == set(os.listdir(dir))
		for f in m["files"]:
		    data = read(f["name"])
		    assert len(data) == f["bytes"] and hashlib.sha256(data).hexdigest() == f["sha256"], f
		heads = {}
		for h in m["heads"]:
		    origin, size, root = opened(read("head-%d" % h["chain"]))[:3]
		    assert origin == h["origin"] and int(size) == h["size"]
		    heads[h["chain"]] = int(size), base64.b64decode(root)
		if m["format"] == "csv":
		    text = read("records.csv").decode("utf-8-sig")
		    bodies = [r["body"].encode() for r in csv.DictReader(io.StringIO(text, newline=""))]
		elif m["format"] == "ocsf":
		    bodies = [json.loads(l)["raw_data"].encode() for l in
		        read("records.ocsf.jsonl").decode().splitlines()]
		else:
		    bodies = read("records.jsonl").splitlines()
		bodies = iter(bodies)
		proved = 0
		for line in read("proofs.jsonl").decode().splitlines():
		    p = json.loads(line)
		    header = base64.b64decode(p["header"])
		    assert int.from_bytes(header[1:9], "big") == p["seq"]
		    if p["body"]:
		        assert hashlib.sha256(next(bodies)).digest() == header[44:], p["seq"]
		    size, root = heads[p["chain"]]
		    path = [base64.b64decode(x) for x in p["path"]]
		    assert root_of(hashlib.sha256(b"\0" + header).digest(), p["index"], size, path) == root
		    proved += 1
		assert next(bodies, None) is None and proved == m["records"] + m["deleted"]
		print(proved)
	EOF
}

# ---- what is handed out, and what proves it ------------------------------------------------------

# ---- evidence of an incident --------------------------------------------------------------------

run sekisho audit bundle --to $out/bundle --for CISO --purpose 'incident 12' --user user1
is 'a bundle' 0 "$status"
is 'has what speaks for or against somebody' \
    'grants.json head-1 index.txt manifest policies.json policy-* proofs.jsonl records.jsonl report-form.html report-form.txt timeline.txt' \
    "$(cd $out/bundle && printf '%s\n' * | sed 's/^policy-.*/policy-*/' | sort -u | tr '\n' ' ' | sed 's/ $//')"
run sekisho audit verify $out/bundle
is 'which verifies' 0 "$status"
is 'a line a record' "$(wc -l <$out/bundle/records.jsonl)" "$(wc -l <$out/bundle/timeline.txt)"
has 'with a policy that was in force' 'mfa' "$(cat $out/bundle/policy-*.conf)"
has 'the index says how to verify it' 'audit verify DIRECTORY --trust KEY' "$(<$out/bundle/index.txt)"
has 'and the form names the record of the bundle' 'Record of this bundle: [1-9]' "$(<$out/bundle/report-form.txt)"
has 'and its sheet for print the rating' "$(field sekisho.rating <<<"$(records --event log.export --limit 1)")" "$(<$out/bundle/report-form.html)"
has 'and the number' 'Serial number.*[0-9]' "$(tr -d '\n' <$out/bundle/report-form.html)"
sed -i '1s/user1/user2/' $out/bundle/timeline.txt
run sekisho audit verify $out/bundle
is 'one word of the time line changed: it does not' 4 "$status"

# ---- the same for an auditor who is not root ------------------------------------------------------

policy_add '[audit]
auditors = auditor1'
sandbox-ssh user1 next >/dev/null
sandbox-clock +2s
until=$(date -u +%FT%TZ)
sandbox-clock +2s
about="--for CISO --purpose incident-12 --user user1 --since 2020-01-01 --until $until"
theirs=/home/auditor1/theirs before=$(records --event log.export | grep -c .)
run sekisho audit bundle --to $out/again $about
is 'root makes one more' 0 "$status"
run as auditor1 sekisho audit bundle --to $theirs $about
is 'and an auditor without root' 0 "$status"
has 'who is told how much it holds' "$theirs: [1-9][0-9]* records" "$output"
is 'both are records' $((before + 2)) "$(records --event log.export | grep -c .)"
has 'the second says who, for whom and about whom' \
    '"user.effective.name":"auditor1".*"sekisho.export.for":"CISO".*"sekisho.export.user":"user1"' \
    "$(records --event log.export --limit 1)"
is 'it is theirs alone' 'auditor1 700 600' "$(stat -c '%U %a' $theirs) $(stat -c %a $theirs/records.jsonl)"
is 'the files are the same' "$(ls $out/again)" "$(ls $theirs)"
for file in records.jsonl timeline.txt policies.json grants.json index.txt; do
	is "$file is root's" "$(sha256sum <$out/again/$file)" "$(sha256sum <$theirs/$file)"
done
is 'the policies too' "$(cd $out/again && sha256sum policy-*)" "$(cd $theirs && sha256sum policy-*)"
is 'each record is proved, by whoever knows the format' "$(wc -l <$theirs/proofs.jsonl)" "$(checked $theirs)"
is 'and is one that root proved' "$(grep -o '"seq":[0-9]*' $out/again/proofs.jsonl)" "$(grep -o '"seq":[0-9]*' $theirs/proofs.jsonl)"
run as auditor1 sekisho audit verify $theirs --trust "$(<"$work/vkey")"
is 'it verifies, without root' 0 "$status"
has 'and it is said what the host did not write itself' 'were written by the command of auditor1' "$output"
manifest=$(sed -n 2p $theirs/manifest)
has 'the host says by whom it was made' '"by":"auditor1"' "$manifest"
told() # DIRECTORY: what its manifest was asked for
{
	sed -n 2p "$1/manifest" | /usr/bin/python3 -c '
import json, sys
m = json.load(sys.stdin)
print(m["for"], m["purpose"], m["format"], json.dumps(m["filter"], sort_keys=True), sep="|")'
}
is 'root'"'"'s manifest says for whom, what for and of what it is' \
    'CISO|incident 12|json|{"user": "user1"}' "$(told $out/bundle)"
is 'and an auditor'"'"'s the same as root'"'"'s' "$(told $out/again)" "$(told $theirs)"
has 'vouches for records and proofs itself' '\{"name":"records.jsonl","bytes":[0-9]*,"sha256":"[0-9a-f]*"\}' "$manifest"
has "and marks what the auditor's command wrote" '"name":"timeline.txt",[^}]*"derived":true' "$manifest"
hasnt 'nothing in it is a secret' "$(grep -l . /run/sekisho-sandbox/secrets/* | head -n 1 | xargs cat)" "$(cat $theirs/*)"
sed -i '1s/user1/user2/' $theirs/records.jsonl
run sekisho audit verify $theirs
is 'a byte of it changed: it does not' 4 "$status"
refused=$(records --event command.refuse | grep -c .)
for who in user2 admin1; do
	run as $who sekisho audit bundle --to /home/$who/none $about
	is "$who gets none" 1 "$status"
	is 'and nothing is left behind' '' "$(ls -d /home/$who/none 2>/dev/null)"
done
is 'each attempt is a record' $((refused + 2)) "$(records --event command.refuse | grep -c .)"
has 'by name' '"sekisho.verb":"audit-bundle".*"user.effective.name":"admin1"' "$(records --event command.refuse --limit 1)"
verb=$(awk '/VERB_NONE/, /VERB_COUNT/' "$SANDBOX_TREE/include/protocol.h" | grep -oE '^	VERB_[A-Z_]+' | grep -nx '	VERB_AUDIT_BUNDLE_PART' | cut -d: -f1)
for n in $((verb - 1)) "$verb"; do
	run as auditor1 python3 "$SANDBOX_TREE/tests/lib/frames.py" command /run/sekisho/user.sock verb="$n" number=1
	has 'a part, and a signature, only for the process that had it begun' 'status=1' "$output"
done


for i in 1 2 3; do
	sandbox-ssh user1 next >/dev/null
done
for i in $(seq 300); do # more than one block of the tree
	echo "user=no-$i rhost=10.9.$((i % 250)).1 password=x"
done | "$SANDBOX_BUILD/tests/pamload" >/dev/null
export_to all
is 'everything' 0 "$status"
between 'all records are proved' 250 100000 "$(checked $out/all)"
run sekisho audit verify $out/all
is 'our own verifier says the same' 0 "$status"
cp -a $out/all /tmp/${work##*/}.all && chmod -R a+rX /tmp/${work##*/}.all
run as user1 sekisho audit verify /tmp/${work##*/}.all
is 'to somebody without a key it proves less' 5 "$status"
run as user1 sekisho audit verify /tmp/${work##*/}.all --trust "$(<"$work/vkey")"
is 'and to somebody with it as much' 0 "$status"
rm -rf /tmp/${work##*/}.all
is 'and the export is the last of them' 'case 7' "$(tail -1 $out/all/records.jsonl | field sekisho.export.purpose)"
for format in json csv ocsf; do
	export_to $format --format $format --user user1 --event authentication.code
	is "$format: what was chosen" 0 "$status"
	is "$format: and nothing else" "$(records --user user1 --event authentication.code | wc -l)" \
	    "$(checked $out/$format)"
	run sekisho audit verify $out/$format
	is "$format: our own verifier" 0 "$status"
done
# Words that a spreadsheet would take for a formula, also as wide as kanji.
sandbox-ssh user2 auto "sekisho report incident --text '=cmd|x'; sekisho report incident --text '＝cmd|x'" \
    >/dev/null 2>&1
export_to odd --format csv --since 1h
count()
{
	grep -cE "$1" $out/odd/records.csv
}
is 'csv: no cell of a stranger is a formula' 0 "$(count ',"([=+@-]|＝)')"
is 'csv: they are there, as text' '1 1' "$(count ",\"'=cmd.x\"") $(count ",\"'＝cmd.x\"")"
isnt 'csv: and all of it fits its proofs' '' "$(checked $out/odd)"

# With digests made right again, the manifest is no longer signed; with another key's signature,
# it is not the log's.
rm -rf $out/changed && cp -a $out/csv $out/changed
sed -i 's/case 7/case 8/' $out/changed/manifest
run sekisho audit verify $out/changed
is 'another purpose in the manifest: found' 4 "$status"
run sekisho audit verify $out/csv --trust "$(sed 's/+[^+]*$//' "$work/vkey")+$(head -c 33 /dev/zero | base64)"
isnt 'another key: not trusted' 0 "$status"

# Somebody changed a word, or left a record out: not what the manifest says.
for change in 's/"case 7"/"case 8"/' '5d'; do
	rm -rf $out/changed && cp -a $out/all $out/changed
	sed -i "$change" $out/changed/records.jsonl
	is "changed by $change: found" '' "$(checked $out/changed 2>/dev/null)"
	run sekisho audit verify $out/changed
	is "changed by $change: found by our own" 4 "$status"
done

run sekisho audit export --to $out/none --user user1
is 'without recipient and purpose' 2 "$status"
export_to all
is 'never over another one' 1 "$status"
is 'nothing of that is a record' 8 "$(records --event log.export | wc -l)"
run sekisho audit export --to $out/nobody --for Office --purpose none --user usr1
has 'an export of nobody is empty, and says so' 'No record matches: look at the names' "$output"

# ---- as the rating asks ---------------------------------------------------------------------------

policy_add '[host]
rating = confidentiality-2 integrity-1 availability-1
limits = not to be copied
[export]
encrypt_from = confidentiality-2
notice_from = confidentiality-2
approve_from = integrity-2
approvers = approver1, admin1
[officer Sato]
role = audit'
export_to clear
is 'rated so high that it has to be encrypted' 1 "$status"
has 'and says how' 'encrypted: --recipient' "$output"
is 'nothing is written in clear' '' "$(ls $out/clear 2>/dev/null)"
export_to sealed --recipient "$work/ops" --user user1
is 'sealed for a key' 0 "$status"
has 'the officers are told' 'Sato' "$output"
is 'every file' '' "$(ls $out/sealed | grep -v '\.sealed$')"
run sekisho audit verify $out/sealed --identity $key
is 'it opens and verifies with its key' 0 "$status"
is 'nothing in clear' 0 "$(cat $out/sealed/* | grep -ca user1)"
has 'rating and officers are in the record' '"sekisho.officers":\["Sato"\].*"sekisho.rating":"confidentiality-2' \
    "$(records --event log.export --limit 1)"

sed -i 's/integrity-1/integrity-2/' /etc/sekisho/policy.conf
policy_add '# one level higher'
wanted="--for Office --purpose case-9 --user user2 --recipient $work/ops"
chmod 644 "$work/ops"
run sekisho audit export --to $out/alone $wanted
is 'root alone asks for nothing' 1 "$status"
has 'and is told why' 'log in as yourself' "$output"

code_after()
{
	oathtool --totp --base32 -N "@$(($(date +%s) + 30))" - <"/run/sekisho-sandbox/secrets/$1"
}

# in_session USER CMD: in a login of that user, who has a second code at hand.
in_session()
{
	local user=$1 code

	shift
	sandbox-clock +1m
	code=$(sandbox-code "$user")
	run sandbox-ssh -t "$user" "$code,$(code_after "$user")" "$*"
}

in_session user1 sudo sekisho audit export --to $out/asked $wanted
has 'a person asks' 'Request D-1 waits for another person' "$output"
is 'nothing is written yet' '' "$(ls $out/asked 2>/dev/null)"
has 'it is pending' 'D-1 +hand out records +user1' "$(sekisho pending)"
has 'with all that the approver has to know' 'Office: case-9 \[format json user user2\]' "$(sekisho pending --json)"
run sekisho audit export --to $out/early $wanted --request D-1
is 'not before it is approved' 1 "$status"
in_session admin1 sekisho approve D-1
has 'not by the same person with another account' 'It was you' "$output"
in_session approver1 sekisho approve D-1
has 'by another person' 'D-1 is approved' "$output"
run sekisho audit export --to $out/other ${wanted/user2/user1} --request D-1
is 'an approval is for exactly that' 1 "$status"
run sekisho audit export --to $out/approved $wanted --request D-1
is 'then it is written' 0 "$status"
run sekisho audit export --to $out/again $wanted --request D-1
is 'once' 1 "$status"
has 'who asked is in the record' '"sekisho.request":"D-1".*"sekisho.export.purpose":"case-9"' \
    "$(records --event log.export --outcome success --limit 1)"
is 'asked and approved are records' 2 "$(records --event log.export-request --outcome success | wc -l)"

# ---- the host's key of now is not the one of then -----------------------------------------------

then=$(sekisho audit head --vkey)
sekisho key rotate log >/dev/null
run sekisho audit verify $out/approved --identity $key
is 'an export from before the log key changed is no forgery' 5 "$status"
has 'and it is said which key to give' '--trust KEY' "$output"
run sekisho audit verify $out/approved --identity $key --trust "$then"
is 'with that one it verifies' 0 "$status"
run sekisho audit verify $out/approved --identity $key --trust "$(sekisho audit head --vkey)"
is 'a key that was named has to be the one' 4 "$status"

done_testing
