/* The report as a page: draws what the data element holds, and verifies it. Texts of records come
 * from strangers: they become text nodes and nothing else. */
'use strict';
(() => {
const source = document.getElementById('data').textContent;
const D = JSON.parse(source), M = D.meta;
/* what it says, in the language of whoever had it made: no part of what the host vouches for */
const { t: T, words: WORDS, lang: LANG, eras: ERAS } = JSON.parse(document.getElementById('texts').textContent);
const signed = JSON.parse(document.getElementById('note').textContent);

/* ---- small things ------------------------------------------------------------------------- */

const SVG = 'http://www.w3.org/2000/svg';
/* What would turn or hide text is shown by its number. */
const HIDDEN = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]/g;
const plain = (text) => String(text).replace(HIDDEN, (c) => `\u2039U+${c.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}\u203a`);
function put(node, children) {
	for (const c of children.flat(Infinity)) {
		if (c !== null && c !== undefined && c !== false)
			node.append(c instanceof Node ? c : plain(c));
	}
	return node;
}
function el(tag, attributes, ...children) {
	const node = document.createElement(tag);
	for (const [k, v] of Object.entries(attributes || {})) node.setAttribute(k, v);
	return put(node, children);
}
function svg(tag, attributes, ...children) {
	const node = document.createElementNS(SVG, tag);
	for (const [k, v] of Object.entries(attributes || {})) node.setAttribute(k, v);
	return put(node, children);
}
const say = (text, ...values) => text.replace(/\{(\d)\}/g, (_, i) => values[i - 1]);
const words = new Map(Object.entries(WORDS));
/* a reason of the daemon's as it reads in this language */
const reason = (word) => words.get(word) || word;
const number = new Intl.NumberFormat(LANG === 'ja' ? 'ja-JP' : 'en-GB');
const count = (n) => number.format(n);
const two = (n) => String(n).padStart(2, '0');
const local = (ms) => new Date(ms + M.offset_min * 60000);
const day = (ms) => local(ms).toISOString().slice(0, 10);
const time = (ms) => (ms ? `${day(ms)} ${local(ms).toISOString().slice(11, 16)}` : '–');
const zone = (() => {
	const m = Math.abs(M.offset_min);
	return `UTC${M.offset_min < 0 ? '-' : '+'}${two(Math.floor(m / 60))}:${two(m % 60)}`;
})();
/* 令和8年11月22日（2026-11-22） */
function longDay(ms) {
	const d = local(ms), iso = day(ms);
	if (LANG !== 'ja') return iso;
	const era = ERAS.find((e) => iso >= e.from);
	if (!era) return iso;
	const year = d.getUTCFullYear() - era.before;
	return `${era.name}${year === 1 ? '元' : year}年${d.getUTCMonth() + 1}月${d.getUTCDate()}日（${iso}）`;
}
function duration(ms) {
	const m = Math.round(ms / 60000);
	if (m < 1) return say(T.seconds, count(Math.round(ms / 1000)));
	if (m < 120) return say(T.minutes, count(m));
	return m < 2880 ? say(T.hours, count(Math.round(m / 60))) : say(T.days, count(Math.round(m / 1440)));
}
const sum = (list) => list.reduce((a, b) => a + b, 0);

/* ---- bytes --------------------------------------------------------------------------------- */

const utf8 = new TextEncoder();
const bytes = (base64) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
const hex = (b) => Array.from(b, (x) => x.toString(16).padStart(2, '0')).join('');
const same = (a, b) => a.length === b.length && a.every((x, i) => x === b[i]);
function join(...parts) {
	const out = new Uint8Array(sum(parts.map((p) => p.length)));
	let at = 0;
	for (const p of parts) {
		out.set(p, at);
		at += p.length;
	}
	return out;
}
const sha256 = async (b) => new Uint8Array(await crypto.subtle.digest('SHA-256', b));
const ZERO = Uint8Array.of(0), ONE = Uint8Array.of(1);

/* ---- keys and signed notes ------------------------------------------------------------------ */

class Wrong extends Error {}
class Cannot extends Error {}

/* NAME+HEXID+BASE64; the bytes are a kind, 1, and the key. */
async function readKey(text) {
	const parts = /^([^+\s]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)$/.exec(text);
	let raw;
	try {
		raw = bytes(parts[3]);
	} catch (e) {
		throw new Wrong(T.key_form);
	}
	const id = hex((await sha256(join(utf8.encode(`${parts[1]}\n`), raw))).slice(0, 4));
	if (raw.length !== 33 || raw[0] !== 1 || id !== parts[2]) throw new Wrong(T.key_form);
	return { name: parts[1], id, raw: raw.slice(1), text };
}
const grouped = (b) => hex(b).replace(/(.{4})(?=.)/g, '$1 ');
const fingerprint = async (key) => grouped(await sha256(key.raw));

/* The text of a note that this key signed. */
async function openNote(note, key) {
	const at = note.lastIndexOf('\n\n');
	const text = note.slice(0, at + 1);
	for (const line of note.slice(at + 2).split('\n')) {
		const parts = /^\u2014 (\S+) (\S+)$/.exec(line);
		if (at < 0 || !parts || parts[1] !== key.name) continue;
		const signature = bytes(parts[2]);
		if (hex(signature.slice(0, 4)) !== key.id) continue;
		let imported;
		try {
			imported = await crypto.subtle.importKey('raw', key.raw, { name: 'Ed25519' }, false, ['verify']);
		} catch (e) {
			throw new Cannot(T.no_ed25519);
		}
		if (await crypto.subtle.verify('Ed25519', imported, signature.slice(4), utf8.encode(text)))
			return text;
	}
	throw new Wrong(say(T.bad_signature, key.name));
}

/* ---- the tree -------------------------------------------------------------------------------- */

const leftOf = (size) => {
	let half = 1;
	while (half * 2 < size) half *= 2;
	return half;
};
/* The root that these leaves and the nodes beside them lead to; see docs/log-format.md. */
async function rootOf(size, index, leaf, nodes) {
	let used = 0;
	/* first the shape, in order; then the hashes, together */
	function shape(from, n, first, last) {
		if (first === last) {
			if (used === nodes.length) throw new Wrong(T.bad_tree);
			return bytes(nodes[used++]);
		}
		if (n === 1) return leaf[first];
		const half = leftOf(n);
		let middle = first;
		while (middle < last && index[middle] < from + half) middle++;
		const left = shape(from, half, first, middle);
		return { left, right: shape(from + half, n - half, middle, last) };
	}
	async function hash(node) {
		if (node instanceof Uint8Array) return node;
		const [left, right] = await Promise.all([hash(node.left), hash(node.right)]);
		return sha256(join(ONE, left, right));
	}
	const root = shape(0, size, 0, index.length);
	if (used !== nodes.length) throw new Wrong(T.bad_tree);
	return hash(root);
}

const big = (b, from) => Number(new DataView(b.buffer, b.byteOffset).getBigUint64(from));

async function checkRecord(r, bad) {
	const right = r.bytes.length === 76 && big(r.bytes, 1) === r.seq &&
	    (r.body === null || same(await sha256(utf8.encode(r.body)), r.bytes.slice(44)));
	if (!right) bad.push(r.seq);
	r.leaf = await sha256(join(ZERO, r.bytes));
}

async function checkChain(chain) {
	const key = await readKey(chain.vkey);
	const [origin, size, root] = (await openNote(chain.note, key)).split('\n');
	const records = D.records.filter((r) => r.chain === chain.id);
	if (origin !== chain.origin || Number(size) !== chain.size || key.name !== origin)
		throw new Wrong(T.bad_head);
	const index = records.map((r) => r.seq - chain.first);
	const found = await rootOf(chain.size, index, records.map((r) => r.leaf), chain.nodes);
	if (!same(found, bytes(root))) throw new Wrong(T.bad_tree);
	return key;
}

/* What the page as a whole says was signed on the host when it was made. */
async function checkPage(key) {
	if (signed.note === null) return false;
	const lines = (await openNote(signed.note, key)).split('\n');
	const hash = await sha256(utf8.encode(source));
	if (lines[0] !== 'sekisho/report/1' || !same(bytes(lines[1]), hash)) throw new Wrong(T.bad_page);
	return true;
}

/* {state: verified|consistent|bad|unchecked, why[], key, fingerprint, page} */
async function verify(pasted) {
	if (!globalThis.crypto || !crypto.subtle) return { state: 'unchecked', why: [T.no_webcrypto] };
	const bad = [], keys = [];
	let page = false, given = [];
	try {
		for (const line of pasted.split('\n').map((l) => l.trim()).filter((l) => l !== ''))
			given.push(await readKey(line));
	} catch (e) {
		return { state: 'bad', why: [e.message], given: true };
	}
	try {
		await Promise.all(D.records.map((r) => checkRecord(r, bad)));
		if (bad.length) throw new Wrong(say(T.bad_records, bad.sort((a, b) => a - b).slice(0, 8).map((n) => `#${n}`).join(' ')));
		for (const c of D.chains) keys.push(await checkChain(c));
		page = await checkPage(keys[keys.length - 1]);
	} catch (e) {
		if (e instanceof Cannot) return { state: 'unchecked', why: [e.message] };
		return { state: 'bad', why: [e instanceof Wrong ? e.message : T.bad_form] };
	}
	const own = keys[keys.length - 1];
	const foreign = keys.filter((k) => !given.some((g) => same(g.raw, k.raw)));
	const result = { state: 'consistent', why: [], key: own, fingerprint: await fingerprint(own), page };
	if (given.length && foreign.length)
		return { ...result, state: 'bad', given: true, why: [say(T.other_key, own.text)] };
	if (given.length) result.state = 'verified';
	return result;
}

/* ---- tables that are filtered ----------------------------------------------------------------- */

const tables = [];
/* what a screen holds, so that a filter lays out no more; on paper it may be more */
const STEP = 20, PRINTED = 40;

class Table {
	/* columns: [title, class]; rows: {cells, hay} */
	constructor(columns, rows, none) {
		this.columns = columns;
		this.rows = this.found = rows;
		this.limit = STEP;
		this.body = el('tbody');
		this.status = el('p', { class: 'count' });
		this.more = el('button', { type: 'button', class: 'more' }, T.more);
		this.more.addEventListener('click', () => {
			this.limit *= 4;
			this.draw(this.words);
		});
		const head = el('tr', {}, columns.map(([title, c]) => el('th', { scope: 'col', class: c || '' }, title)));
		this.node = rows.length === 0 ? el('p', { class: 'none' }, none)
		    : el('div', {}, el('div', { class: 'scroll' }, el('table', { class: 'list' }, el('thead', {}, head), this.body)), this.status, this.more);
		for (const r of rows) r.hay = r.hay || r.cells.map((c) => (c instanceof Node ? c.textContent : String(c))).join(' ').toLowerCase();
		tables.push(this);
		this.draw([]);
	}
	row(r) {
		if (!r.node) {
			r.node = el('tr', r.attributes || {}, r.cells.map((c, i) =>
				el('td', { class: this.columns[i][1] || '', 'data-label': this.columns[i][0] }, c)));
			if (r.after) r.after(r.node);
		}
		return r.node;
	}
	/* Rows that are shown already stay where they are: what does not change costs no layout. */
	show(rows) {
		const now = this.body.children;
		if (rows.length === now.length && rows.every((r, i) => r.node === now[i])) return;
		this.body.replaceChildren(...rows.map((r) => this.row(r)));
	}
	tell(shown) {
		const text = say(T.shown, count(shown), count(this.found.length), count(this.rows.length));
		if (this.status.textContent !== text) this.status.textContent = text;
		this.status.hidden = shown === this.rows.length;
	}
	draw(words) {
		this.words = words;
		if (this.rows.length === 0) return 0;
		this.found = words.length === 0 ? this.rows : this.rows.filter((r) => words.every((w) => r.hay.includes(w)));
		this.show(this.found.slice(0, this.limit));
		this.more.hidden = this.found.length <= this.limit;
		this.tell(Math.min(this.found.length, this.limit));
		return this.found.length;
	}
	/* Rows behind those on the screen, and away with them again. */
	lengthen(limit) {
		this.added = this.found.slice(this.limit, limit).map((r) => this.row(r));
		this.body.append(...this.added);
		if (this.added.length > 0) this.tell(this.limit + this.added.length);
	}
	shorten() {
		for (const node of this.added || []) node.remove();
		if (this.added && this.added.length > 0) this.tell(this.limit);
		this.added = [];
	}
}

/* ---- charts -------------------------------------------------------------------------------------- */

/* Columns, in two parts: plain and hatched, with the sum above each. */
function columns(title, labels, below, above, names) {
	const width = 640, height = 190, foot = 34, top = 18;
	const most = Math.max(1, ...below.map((n, i) => n + above[i]));
	const step = width / labels.length, bar = Math.min(46, step * 0.7);
	const tall = (n) => (n === 0 ? 0 : Math.max(2, ((height - foot - top) * n) / most));
	const text = labels.map((l, i) => `${l}: ${count(below[i] + above[i])}`).join(', ');
	const g = labels.map((label, i) => {
		const x = i * step + (step - bar) / 2, a = tall(below[i]), b = tall(above[i]), base = height - foot;
		return svg('g', {},
			svg('title', {}, names.map((n, j) => `${label} ${n}: ${count([below, above][j][i])}`).join('\n')),
			svg('rect', { x, y: base - a, width: bar, height: a, class: 'plain' }),
			svg('rect', { x, y: base - a - b, width: bar, height: b, class: 'hatched' }),
			svg('text', { x: x + bar / 2, y: base - a - b - 5, class: 'value' }, below[i] + above[i] ? count(below[i] + above[i]) : ''),
			svg('text', { x: x + bar / 2, y: height - foot + 15, class: 'label' }, label));
	});
	const legend = names.length > 1 && el('p', { class: 'legend' }, names.map((n, j) => el('span', {},
		svg('svg', { width: 14, height: 14, 'aria-hidden': 'true' }, svg('rect', { width: 14, height: 14, class: j ? 'hatched' : 'plain' })), ` ${n}`)));
	return el('figure', {}, el('figcaption', {}, title), legend,
		el('div', { class: 'scroll' }, svg('svg', { viewBox: `0 0 ${width} ${height}`, class: 'chart', role: 'img', 'aria-label': `${title}. ${text}` },
			svg('line', { x1: 0, y1: height - foot + 0.5, x2: width, y2: height - foot + 0.5, class: 'axis' }), g)));
}

/* A number with a bar below it that is as long as its share. */
function bar(n, most) {
	const w = 46, long = n === 0 ? 0 : Math.max(1.5, (w * n) / most);
	return el('span', { class: 'bar' }, count(n),
		svg('svg', { viewBox: `0 0 ${w} 5`, 'aria-hidden': 'true' },
			svg('rect', { x: w - long, width: long, height: 5, class: 'plain' })));
}

function label(b) {
	const d = local(b.from), y = d.getUTCFullYear(), m = d.getUTCMonth() + 1;
	switch (D.unit) {
	case 'day': case 'week': return `${two(m)}-${two(d.getUTCDate())}`;
	case 'month': return `${String(y).slice(2)}-${two(m)}`;
	case 'quarter': return `${String(y).slice(2)} Q${Math.ceil(m / 3)}`;
	default: return String(y);
	}
}
const labels = D.buckets.map(label);

/* ---- the parts of the page --------------------------------------------------------------------- */

const main = document.getElementById('page');
const shownAt = new Map(D.records.map((r, i) => [r.seq, i]));

/* A number of a record; a link where the page carries it. */
function recordLink(seq) {
	if (!seq) return '';
	if (!shownAt.has(seq)) return el('span', { class: 'seq' }, `#${seq}`);
	const a = el('a', { href: `#r${seq}`, class: 'seq' }, `#${seq}`);
	a.addEventListener('click', (e) => {
		e.preventDefault();
		openRecord(seq);
	});
	return a;
}
const who = (w) => w.names.join(', ') + (w.more ? ` ${T.and_others}` : '');
const section = (id, title, lead, ...children) =>
	el('section', { id, 'aria-labelledby': `${id}-t` }, el('h2', { id: `${id}-t` }, title), lead && el('p', { class: 'lead' }, lead), ...children);
const badge = (kind, text) => el('span', { class: `badge ${kind}` }, { ok: '● ', warn: '▲ ', bad: '■ ' }[kind], text);

function header() {
	const period = M.fiscal_year
		? (LANG === 'ja' && M.fiscal_year >= 2019 ? `令和${M.fiscal_year === 2019 ? '元' : M.fiscal_year - 2018}年度` : say(T.fiscal_year, M.fiscal_year)) : '';
	const span = `${longDay(M.from)} – ${longDay(M.until - 1)}`;
	const row = (k, v) => (v ? [el('dt', {}, k), el('dd', {}, v)] : []);
	return el('header', {},
		(M.rating || M.limits) && el('p', { class: 'rating' }, [M.rating, M.limits].filter(Boolean).join(' / ')),
		el('h1', {}, T.title), el('p', { class: 'sub' }, `${M.host}${period ? ` · ${period}` : ''}`),
		el('dl', { class: 'facts' }, row(T.period, span), row(T.only_person, M.person), row(T.only_role, M.role),
			row(T.made, `${longDay(M.made)} ${local(M.made).toISOString().slice(11, 16)} ${zone}`), row(T.made_by, M.by),
			row(T.owner, M.owner), row(T.log_name, M.origin)));
}

function tiles() {
	const F = D.figures;
	const tile = (n, text, kind, href) => el('a', { class: `tile ${kind}`, href }, el('b', {}, count(n)), el('span', {}, text));
	const open = D.weak.filter((w) => w.state !== 'over' && w.state !== 'asked').length;
	return el('nav', { class: 'tiles', 'aria-label': T.at_a_glance },
		tile(sum(F.sessions), T.tile_sessions, '', '#use'), tile(sum(F.unexplained), T.tile_unexplained, sum(F.unexplained) ? 'bad' : '', '#unexplained'),
		tile(sum(F.grants), T.tile_grants, '', '#grants'), tile(D.never.length, T.tile_never, D.never.length ? 'warn' : '', '#never'),
		tile(sum(F.refused), T.tile_refused, '', '#refused'), tile(open, T.tile_weak, open ? 'warn' : '', '#weak'),
		tile(D.health.gaps, T.tile_gaps, D.health.gaps ? 'bad' : '', '#health'), tile(F.records, T.tile_records, '', '#records'));
}

function useSection() {
	const F = D.figures, most = Math.max(1, ...D.use.map((u) => Math.max(...u.n)));
	const explained = F.sessions.map((n, i) => n - F.unexplained[i]);
	const head = el('tr', {}, el('th', { scope: 'col' }, T.person), el('th', { scope: 'col' }, T.role),
		labels.map((l) => el('th', { scope: 'col', class: 'n' }, l)), el('th', { scope: 'col', class: 'n' }, T.total));
	const rows = D.use.map((u) => el('tr', {}, el('th', { scope: 'row' }, u.person),
		el('td', { class: 'role' }, u.role === null ? badge('bad', T.no_grant) : u.role),
		u.n.map((n) => el('td', { class: 'n' }, n ? bar(n, most) : el('span', { class: 'zero' }, '·'))), el('td', { class: 'n total' }, count(u.total))));
	return section('use', T.use_title, T.use_lead,
		columns(T.use_chart, labels, explained, F.unexplained, [T.with_grant, T.no_grant]),
		D.use.length ? el('div', { class: 'scroll' }, el('table', { class: 'matrix' }, el('thead', {}, head), el('tbody', {}, rows))) : el('p', { class: 'none' }, T.use_none),
		D.use_more > 0 && el('p', { class: 'count' }, say(T.use_more, count(D.use_more))));
}

/* Who was root by the kernel's audit, in login sessions where this log has nothing that explains it. */
function kauditPart() {
	const k = D.kaudit, did = { exec: T.ka_exec, command: T.ka_command, session: T.ka_session_of, account: T.ka_account, config: T.ka_config };
	if (k.state !== 'read')
		return el('p', { class: 'none' }, { 'not-read': T.ka_not_read, absent: T.ka_absent }[k.state] || say(T.ka_refused, k.why));
	const rows = k.rows.map((r) => ({ cells: [time(r.first), time(r.last), r.name ? `${r.name} (${r.auid})` : `uid ${r.auid}`, r.ses < 0 ? '–' : String(r.ses),
		say(did[r.kind], r.what), count(r.count), T[`ka_${r.reason}`]] }));
	const notes = [k.from && say(T.ka_reach, time(k.from)), k.cut && T.ka_cut, k.execs === 0 && T.ka_no_exec, k.odd && say(T.ka_odd, count(k.odd)),
		k.crowded && T.ka_crowded, k.beyond && say(T.ka_beyond, count(k.beyond))];
	return [el('h3', {}, T.ka_title), el('p', { class: 'lead' }, say(T.ka_lead, count(k.shows), count(k.unexplained))),
		new Table([[T.first, 't'], [T.last, 't'], [T.account], [T.ka_session, 'n'], [T.what, 'text'], [T.ka_lines, 'n'], [T.ka_why]], rows, T.ka_none).node,
		el('p', { class: 'count' }, notes.filter((n) => n).join(' '))];
}

function unexplainedSection() {
	const rows = D.unexplained.map((u) => ({ cells: [time(u.at), u.name, u.service, u.where, recordLink(u.seq)] }));
	const wtmp = D.wtmp === null ? el('p', { class: 'none' }, T.wtmp_none)
		: [el('h3', {}, T.wtmp_title), el('p', { class: 'lead' }, say(T.wtmp_lead, count(D.wtmp.count), count(D.wtmp.unknown))),
			D.wtmp.rows.length ? new Table([[T.time, 't'], [T.account], [T.terminal], [T.from]],
				D.wtmp.rows.map((w) => ({ cells: [time(w.at), w.user, w.line, w.host] }))).node : null];
	const total = sum(D.figures.unexplained);
	return section('unexplained', T.unexplained_title, T.unexplained_lead,
		new Table([[T.time, 't'], [T.person], [T.service], [T.from], [T.record, 'n']], rows, T.unexplained_none).node,
		total > rows.length && el('p', { class: 'count' }, say(T.newest_of, count(rows.length), count(total))), wtmp, kauditPart());
}

function grantsSection() {
	const end = (g) => {
		if (g.refused) return badge('warn', reason(g.end_reason));
		if (g.end) return `${time(g.end)} ${reason(g.end_reason)}${g.ended_by ? ` (${g.ended_by})` : ''}`;
		return g.from ? badge('warn', T.not_ended) : T.not_given;
	};
	const rows = D.grants.map((g) => ({ cells: [g.id, g.person, g.role, g.why || (g.known ? '–' : T.before_period),
		who(g.approved) || (g.from ? T.nobody_needed : '–'), time(g.from), end(g), g.from || g.uses ? count(g.uses) : '–', recordLink(g.seq)] }));
	return section('grants', T.grants_title, T.grants_lead,
		new Table([[T.request], [T.person], [T.role], [T.reason, 'text'], [T.approved_by], [T.since, 't'], [T.ended, 't'], [T.used, 'n'], [T.record, 'n']], rows, T.grants_none).node,
		D.grants_total > rows.length && el('p', { class: 'count' }, say(T.newest_of, count(rows.length), count(D.grants_total))));
}

function neverSection() {
	const rows = D.never.map((n) => ({ cells: [n.role, n.member, n.group ? say(T.through_group, n.group) : T.by_name] }));
	return section('never', T.never_title, T.never_lead, new Table([[T.role], [T.member], [T.how]], rows, T.never_none).node,
		D.never_unknown.length > 0 && el('p', { class: 'count' }, say(T.never_unknown, D.never_unknown.join(', '))));
}

function refusedSection() {
	const F = D.figures, most = Math.max(1, ...D.sources.map((s) => s.total));
	const rows = D.sources.map((s) => ({ cells: [s.where || T.here, bar(s.total, most), who(s.accounts), who({ ...s.reasons, names: s.reasons.names.map(reason) }), time(s.first), time(s.last)] }));
	return section('refused', T.refused_title, T.refused_lead, columns(T.refused_chart, labels, F.refused, F.refused.map(() => 0), [T.refused_title]),
		new Table([[T.from], [T.attempts, 'n'], [T.accounts], [T.reasons], [T.first, 't'], [T.last, 't']], rows, T.refused_none).node,
		D.sources_more > 0 && el('p', { class: 'count' }, say(T.sources_more, count(D.sources_more))));
}

/* An entry of the register: what it lowers, and for whom. */
function entry(w) {
	const [rule, key, subject, service, from] = w.of, text = T[`x_${w.kind}`];
	if (!text) return w.what;
	const where = [subject, service, from].filter((v) => v && v !== '*').join(', ');
	return `${w.what.split(' ')[0]}: ${say(text, rule, key)}${where ? ` (${where})` : ''}`;
}

function weakSection() {
	const state = { open: ['warn', T.state_open], forever: ['bad', T.state_forever], over: ['ok', T.state_over], overdue: ['bad', T.state_overdue], asked: ['ok', T.state_asked] };
	const rows = D.weak.map((w) => ({ cells: [badge(...state[w.state]), w.say ? say(T[w.say], w.name) : entry(w),
		[w.detail, w.note && T[w.note]].filter(Boolean).join(' – ') || '–', w.until ? longDay(w.until - 1 - (w.utc ? M.offset_min * 60000 : 0)) : '–', recordLink(w.seq)] }));
	const seen = sum(D.figures.observed);
	return section('weak', T.weak_title, T.weak_lead, new Table([[T.state], [T.what, 'text'], [T.reason, 'text'], [T.until], [T.record, 'n']], rows, T.weak_none).node,
		el('p', { class: 'count' }, say(T.weak_observed, count(seen))));
}

function healthSection() {
	const H = D.health, row = (k, v) => [el('dt', {}, k), el('dd', {}, v)];
	const rows = H.rows.map((h) => ({ cells: [time(h.at), h.event, reason(h.reason) + (h.number ? ` (${duration(h.number)})` : '') + (h.unclean ? ` – ${T.unclean}` : ''), recordLink(h.seq)] }));
	return section('health', T.health_title, T.health_lead,
		el('dl', { class: 'facts' }, row(T.h_starts, say(T.h_unclean, count(H.starts), count(H.unclean))), row(T.h_seals, count(H.seals)),
			row(T.h_longest, H.longest ? duration(H.longest) : '–'), row(T.h_suspended, say(T.h_times, count(H.suspends), duration(H.suspended))),
			row(T.h_deleted, count(D.figures.deleted)), row(T.h_chains, count(H.chains)),
			D.chains.map((c) => row(T.h_head, say(T.h_head_is, c.origin, count(c.size))))),
		H.gaps > 0 && el('p', { class: 'lead' }, badge('bad', say(T.h_gap, duration(H.longest)))),
		new Table([[T.time, 't'], [T.event], [T.reason, 'text'], [T.record, 'n']], rows, H.gaps > 0 ? '' : T.health_none).node,
		H.total > rows.length && el('p', { class: 'count' }, say(T.newest_of, count(rows.length), count(H.total))));
}

const size = (n) => {
	let unit = -1;
	for (; n >= 1024 && unit < 4; unit++) n /= 1024;
	return unit < 0 ? `${n} B` : `${(Math.floor(n * 10) / 10).toFixed(1)} ${'KMGTP'[unit]}iB`;
};

/* Sums are at least so much; of whom nothing could be measured there is none. */
function downloadSection() {
	const V = D.downloads, measured = (v) => (v.unmeasured < v.sessions ? size(v.bytes) : v.sessions ? T.dl_unmeasured : '–');
	const seen = V.rows.filter((v) => v.warnings || v.unmeasured < v.sessions), unseen = V.rows.length - seen.length;
	const rows = seen.map((v) => ({ cells: [v.person, measured(v), count(v.sessions), v.unmeasured ? count(v.unmeasured) : '–',
		v.largest ? size(v.largest) : '–', v.day ? size(v.day) : '–', v.warnings ? badge('bad', count(v.warnings)) : '–', recordLink(v.seq)] }));
	return section('downloads', T.dl_title, T.dl_lead,
		new Table([[T.person], [T.dl_sent, 'n'], [T.dl_sessions, 'n'], [T.dl_unmeasured, 'n'], [T.dl_largest, 'n'], [T.dl_day, 'n'], [T.dl_warnings], [T.record, 'n']],
			rows, unseen ? '' : T.dl_none).node,
		unseen > 0 && el('p', { class: 'none' }, say(T.dl_unseen, count(unseen))),
		V.total > V.rows.length && el('p', { class: 'count' }, say(T.dl_more, count(V.rows.length), count(V.total))));
}

function reviewSection() {
	const R = D.reviews;
	const rows = R.rows.map((v) => ({ cells: [time(v.at), v.event, badge(v.success && v.event !== 'finding.open' && !v.event.endsWith('.overdue') ? 'ok' : 'warn', reason(v.reason)), v.who || '–', [v.id, v.what, v.text].filter(Boolean).join(' '), recordLink(v.seq)] }));
	return section('reviews', T.reviews_title, T.reviews_lead,
		el('p', {}, R.unsigned > 0 ? badge('bad', say(T.reviews_unsigned, count(R.unsigned), count(D.figures.records))) : badge('ok', T.reviews_all)),
		new Table([[T.time, 't'], [T.event], [T.outcome], [T.person], [T.what, 'text'], [T.record, 'n']], rows, T.reviews_none).node,
		R.total > rows.length && el('p', { class: 'count' }, say(T.newest_of, count(rows.length), count(R.total))));
}

/* ---- records --------------------------------------------------------------------------------------- */

for (const r of D.records) {
	r.bytes = bytes(r.header);
	r.at = r.bytes.length === 76 ? big(r.bytes, 9) : 0;
	try {
		r.fields = r.body === null ? {} : JSON.parse(r.body);
	} catch (e) {
		r.fields = {};
	}
}
const field = (r, k) => {
	const v = r.fields[k];
	return v === undefined ? '' : typeof v === 'string' ? v : JSON.stringify(v);
};
let proof = { state: 'checking' };
const proofText = (r) => ({ checking: T.checking, unchecked: T.v_unchecked, bad: T.v_bad, consistent: T.v_consistent, verified: T.v_verified }[proof.state]);

function details(r) {
	const cell = el('td', { colspan: '6' }), rows = Object.keys(r.fields).map((k) => [el('dt', {}, k), el('dd', {}, field(r, k))]);
	return put(el('tr', { class: 'details' }), [put(cell, [el('p', { class: 'state' }, `#${r.seq}: ${proofText(r)}`),
		r.body === null ? el('p', {}, T.body_deleted) : el('dl', {}, rows)])]);
}
function toggle(r, row, button) {
	const open = button.getAttribute('aria-expanded') === 'true';
	button.setAttribute('aria-expanded', String(!open));
	if (open) row.nextSibling.remove();
	else row.after(details(r));
}
const recordRows = D.records.map((r) => {
	const button = el('button', { type: 'button', class: 'open', 'aria-expanded': 'false' }, `#${r.seq}`);
	const at = r.at, outcome = field(r, 'event.outcome'), mark = { failure: '✕ ', success: '', unknown: '? ' }[outcome] || '';
	const person = field(r, 'user.effective.name') && field(r, 'user.effective.name') !== field(r, 'user.name')
		? `${field(r, 'user.effective.name')} → ${field(r, 'user.name') || '–'}` : field(r, 'user.name');
	const row = { cells: [button, time(at), field(r, 'event.action') || r.event, `${mark}${[outcome, field(r, 'event.reason')].filter(Boolean).join(' / ')}`,
		person, field(r, 'source.ip') || field(r, 'sekisho.fact.session.source') || field(r, 'process.tty')],
		hay: `#${r.seq} ${time(at)} ${r.event} ${r.body || ''}`.toLowerCase(), attributes: { id: `r${r.seq}` }, record: r,
		after: (node) => button.addEventListener('click', () => toggle(r, node, button)) };
	return row;
}).reverse();
let recordTable;

function recordsSection() {
	const kinds = ['log', 'unexplained', 'grant', 'change', 'refused', 'explained'];
	recordTable = new Table([[T.record, 'n'], [T.time, 't'], [T.event], [T.outcome], [T.account], [T.from]], recordRows, T.records_none);
	return section('records', T.records_title, say(T.records_lead, count(D.records.length), count(D.figures.records)),
		el('ul', { class: 'kinds' }, kinds.map((k, i) => el('li', {}, say(T.kind_shown, T[`kind_${k}`], count(D.shown[i][0]), count(D.shown[i][1]))))),
		recordTable.node);
}
function openRecord(seq) {
	const row = recordRows.find((r) => r.record.seq === seq);
	search.value = `#${seq} `;
	filter();
	recordTable.found = [row];
	recordTable.body.replaceChildren(recordTable.row(row));
	const button = row.cells[0];
	if (button.getAttribute('aria-expanded') === 'true') button.setAttribute('aria-expanded', 'false');
	toggle(row.record, row.node, button);
	row.node.scrollIntoView({ block: 'center' });
	button.focus({ preventScroll: true });
}

/* ---- filter ------------------------------------------------------------------------------------------ */

const search = el('input', { type: 'search', id: 'search', autocomplete: 'off', spellcheck: 'false', placeholder: T.search_hint });
const matched = el('output', { for: 'search' });
function filter() {
	const words = search.value.toLowerCase().split(/\s+/).filter((w) => w !== '');
	const found = sum(tables.map((t) => {
		t.limit = STEP;
		return t.draw(words);
	}));
	for (const b of recordTable.body.querySelectorAll('[aria-expanded=true]')) b.setAttribute('aria-expanded', 'false');
	matched.textContent = words.length ? say(T.matched, count(found)) : '';
	return found;
}
/* However fast somebody types: once a frame. */
let waiting = false;
search.addEventListener('input', () => {
	if (waiting) return;
	waiting = true;
	requestAnimationFrame(() => {
		waiting = false;
		filter();
	});
});

addEventListener('beforeprint', () => tables.forEach((t) => t.lengthen(PRINTED)));
addEventListener('afterprint', () => tables.forEach((t) => t.shorten()));

/* ---- verification -------------------------------------------------------------------------------------- */

const key = el('textarea', { id: 'key', rows: '2', spellcheck: 'false', autocomplete: 'off', placeholder: `${M.origin}+…` });
const verdict = el('div', { id: 'verdict', role: 'status', class: 'verdict checking', 'data-state': 'checking' }, T.checking);

function showVerdict(v) {
	const head = { verified: T.v_verified, consistent: T.v_consistent, bad: v.given ? T.v_other : T.v_bad, unchecked: T.v_unchecked }[v.state];
	const good = v.state === 'verified' || v.state === 'consistent';
	const proved = [T.p_records, T.p_body];
	if (v.page) proved.push(T.p_page);
	const not = [T.n_select, v.page ? T.n_totals_host : T.n_totals, T.n_newest, T.n_root, T.n_page];
	if (v.state === 'consistent') not.unshift(T.n_key);
	verdict.className = `verdict ${v.state}`;
	verdict.dataset.state = v.state;
	verdict.replaceChildren(el('p', { class: 'big' }, { verified: '✔ ', consistent: '≈ ', bad: '✘ ', unchecked: '? ' }[v.state], head));
	put(verdict, [v.why.map((w) => el('p', {}, w)),
		v.fingerprint && el('p', {}, say(v.state === 'verified' ? T.with_key : T.key_in_page, v.key.text), el('br'), T.fingerprint, ' ', el('code', {}, v.fingerprint)),
		good && el('div', { class: 'said' }, el('div', {}, el('h3', {}, T.proved), el('ul', {}, proved.map((p) => el('li', {}, p)))),
			el('div', {}, el('h3', {}, T.not_proved), el('ul', {}, not.map((p) => el('li', {}, p))))),
		v.state === 'bad' && !v.given && el('p', {}, T.bad_means)]);
	document.documentElement.dataset.state = v.state;
	proof = v;
}
let turn = 0;
async function check() {
	const mine = ++turn, v = await verify(key.value);
	if (mine === turn) showVerdict(v);
}
key.addEventListener('input', check);

function verifySection() {
	return el('section', { id: 'proof', 'aria-labelledby': 'proof-t' }, el('h2', { id: 'proof-t' }, T.verify_title), verdict,
		el('div', { class: 'keybox' }, el('label', { for: 'key' }, T.paste), key, el('p', { class: 'hint' }, T.paste_hint)));
}

/* ---- all of it -------------------------------------------------------------------------------------------- */

document.title = `${T.title} – ${M.host}`;
main.replaceChildren();
put(main, [header(), verifySection(), tiles(),
	el('div', { class: 'search' }, el('label', { for: 'search' }, T.search), search, matched),
	useSection(), unexplainedSection(), grantsSection(), neverSection(), refusedSection(), weakSection(), downloadSection(), healthSection(), reviewSection(), recordsSection(),
	el('footer', {}, el('p', {}, T.limits), el('p', {}, say(T.made_with, M.version)))]);
/* for tests and for the curious: what the page concluded */
globalThis.sekishoReport = { filter: (text) => {
	search.value = text;
	return filter();
}, check, verify };
check();
})();
