// SPDX-License-Identifier: GPL-3.0-or-later
// The sentences of the daemons, out of their C sources: each printf-like format that a
// person may come to read, with {0}, {1}, … for its conversions. lang/xx.messages.json has
// their translations; build.mjs and tests/lint/messages.t hold them against this list.
//
//	node messages.mjs TOP		prints the list as JSON: sentence → where it stands
//	node messages.mjs TOP xx	says what lang/xx.messages.json lacks, and what nobody says
//
// An empty translation leaves a sentence in English: it is of no use on the page.
import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const rooms = ["common", "db", "image", "flashd", "streamd", "webd", "appliance", "cli"];

// The argument that is the format; words behind it may be a part of the sentence, too.
const formatAt = {
	err_set: 3, reply_fail: 4, err_add: 1, api_note: 4, event_row_add: 6, report_line: 1, report_log: 1, report_note: 1,
	history: 2, fault: 2, add: 2, note: 1, trial_step: 3, trial_todo: 1, snprintf: 2,
	history_note: 3, pppp_fail: 3, refuse: 2,
};

// Words that stand in for a parameter.
const words = [
	"identify", "backup", "verify", "restore", "flash", "erase", "import", "remove", "rebuild", "scrub", "recover",
	"queued", "running", "waiting", "done", "failed", "refused", "cancelled", "interrupted",
	"enabled", "disabled", "viewer", "admin",
	"name", "source", "user", "password", "notes", "tags", "publishing",
];

// What only starts or ends a daemon, or stands in its log: no page shows it.
const unseen = new RegExp("^(common/(conf|daemon|netpolicy|log|loop|bell|notify)|db/(migrate|live_file|stmt)|" +
	"flashd/(order|childline)|streamd/outputs/(?!push).*|webd/(http|site|tls|listen)|[a-z]+/main)\\.c$");

/** Strings, words and signs; comments and preprocessor lines are left out. */
function tokens(source) {
	const found = [];
	const pattern = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|^[ \t]*#(?:[^\n]*\\\n)*[^\n]*|"((?:[^"\\\n]|\\[\s\S])*)"|'(?:[^'\\\n]|\\.)+'|[A-Za-z_]\w*|\d\w*|[^\s]/gm;
	for (const m of source.matchAll(pattern)) {
		if (m[0].startsWith("/*") || m[0].startsWith("//") || /^[ \t]*#/.test(m[0])) continue;
		found.push(m[1] === undefined ? { sign: m[0] } : { text: unescaped(m[1]) });
	}
	return found;
}

function unescaped(s) {
	return s.replace(/\\(x[0-9a-fA-F]{2}|[0-7]{1,3}|\n|.)/g, (_, c) => {
		if (c[0] === "x") return String.fromCharCode(parseInt(c.slice(1), 16));
		if (/[0-7]/.test(c[0])) return String.fromCharCode(parseInt(c, 8));
		return { n: "\n", t: "\t", r: "\r", "\n": "" }[c] ?? c;
	});
}

/** The arguments of the call whose "(" is at `at`, as lists of tokens. */
function callArguments(list, at) {
	const all = [[]];
	let depth = 0;
	for (let i = at; i < list.length; i++) {
		const { sign } = list[i];
		if (sign === "(" || sign === "[" || sign === "{") depth++;
		if (sign === ")" || sign === "]" || sign === "}") depth--;
		if (depth === 0) break;
		if (sign === "," && depth === 1) all.push([]);
		else if (i > at) all[all.length - 1].push(list[i]);
	}
	return all;
}

/** Adjacent strings are one; a choice between two gives both. */
function strings(argument) {
	const found = [];
	let open = false;
	for (const token of argument) {
		if (token.text === undefined) {
			// "%" PRIx32: the letter of the conversion.
			const letter = /^PRI([diouxX])(8|16|32|64|PTR|MAX)$/.exec(token.sign)?.[1];
			if (open && letter) found[found.length - 1] += letter;
			else open = false;
		} else if (open) found[found.length - 1] += token.text;
		else {
			found.push(token.text);
			open = true;
		}
	}
	return found;
}

const conversion = /%(?:%|[-+ #0]*(?:\d+|\*)?(?:\.(?:\d+|\*))?(?:hh|h|ll|l|z|j|t)?[a-zA-Z])/g;

/** "no camera '%s', %d%%" → "no camera '{0}', {1}%" */
export function sentence(format) {
	let n = 0;
	return format.replace(conversion, (found) => (found === "%%" ? "%" : `{${n++}}`));
}

/** Words for a person: two of them at least that are no parameter. */
function isSentence(text) {
	return (text.replace(/\{\d+\}/g, " ").match(/[A-Za-z]{2,}/g) ?? []).length >= 2 && /[a-z] |\} [a-z]/.test(text);
}

function* sources(top) {
	for (const room of rooms) {
		for (const name of readdirSync(path.join(top, room), { recursive: true }).map(String).sort()) {
			const file = path.join(room, name);
			if (name.endsWith(".c") && !name.startsWith("ui/") && !unseen.test(file)) yield file;
		}
	}
}

export function messages(top) {
	const all = new Map(words.map((word) => [word, ["a parameter"]]));
	for (const file of sources(top)) {
		const list = tokens(readFileSync(path.join(top, file), "utf8"));
		for (let i = 0; i + 1 < list.length; i++) {
			const name = list[i].sign;
			if (list[i + 1].sign !== "(") continue;
			const at = Object.hasOwn(formatAt, name) ? formatAt[name] : undefined;
			// A terminal speaks English; only what it writes into the history is shown.
			if (at === undefined || (file.startsWith("cli/") && name !== "history_note")) continue;
			for (const format of callArguments(list, i + 1).slice(at).flatMap(strings)) {
				const text = sentence(format);
				if (isSentence(text)) all.set(text, [...(all.get(text) ?? []), `${file}:${name}`]);
			}
		}
	}
	return all;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	const [, , top = "../..", name] = process.argv;
	const all = messages(top);
	if (name === undefined) {
		console.log(JSON.stringify(Object.fromEntries(all), undefined, 1));
	} else {
		const own = JSON.parse(readFileSync(path.join(top, `webd/ui/lang/${name}.messages.json`), "utf8"));
		for (const [text, where] of all) {
			if (own[text] === undefined) console.log(`lacks ${JSON.stringify(text)} (${where[0]})`);
		}
		for (const text of Object.keys(own)) {
			if (!all.has(text)) console.log(`stale ${JSON.stringify(text)}`);
		}
	}
}
