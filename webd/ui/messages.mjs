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

// What these are given is for a log, a file or the database: no page shows it.
const elsewhere = /^(log_\w+|fatalx?|printf|fprintf|fputs|vfprintf|sd_notifyf?|notify_\w+|doctor_found|put_(?:camera|dump)|line|title|reply_header|_Static_assert|sqlite3_\w+|json_object_get|curl_easy_setopt)$/;
const sql = /^(SELECT|INSERT|UPDATE|DELETE|PRAGMA|WITH|CREATE|ALTER|ATTACH|VACUUM|BEGIN|REPLACE|WHERE|ORDER BY)\b/;

// Words that stand in for a parameter.
const words = [
	"identify", "backup", "verify", "restore", "flash", "erase", "import", "remove", "rebuild", "scrub", "recover",
	"queued", "running", "waiting", "done", "failed", "refused", "cancelled", "interrupted",
	"enabled", "disabled", "viewer", "admin",
	"name", "source", "user", "password", "notes", "tags", "publishing",
];

// Sentences that are too short to be told from a name.
const short = ["re-encoded: {0}", "H.264 only: {0}", "re-encoded", "grey", "progressive"];

// What the C library and libcurl say, behind a sentence of ours.
const system = [
	"Success", "Operation not permitted", "No such file or directory", "Interrupted system call", "Input/output error",
	"No such device or address", "Bad file descriptor", "Resource temporarily unavailable", "Cannot allocate memory",
	"Permission denied", "Device or resource busy", "File exists", "Invalid cross-device link", "No such device",
	"Not a directory", "Is a directory", "Invalid argument", "Too many open files in system", "Too many open files",
	"Inappropriate ioctl for device", "File too large", "No space left on device", "Illegal seek", "Read-only file system",
	"Too many links", "Broken pipe", "File name too long", "Directory not empty", "Too many levels of symbolic links",
	"Protocol error", "Value too large for defined data type", "Message too long", "Protocol not available",
	"Protocol not supported", "Operation not supported", "Address family not supported by protocol",
	"Address already in use", "Cannot assign requested address", "Network is down", "Network is unreachable",
	"Network dropped connection on reset", "Software caused connection abort", "Connection reset by peer",
	"No buffer space available", "Transport endpoint is not connected", "Connection timed out", "Connection refused",
	"Host is down", "No route to host", "Operation already in progress", "Operation now in progress", "Stale file handle",
	"Disk quota exceeded", "No medium found", "Operation canceled", "Structure needs cleaning", "Key was rejected by service",
	"Name or service not known", "No address associated with hostname", "Temporary failure in name resolution",
	"Non-recoverable failure in name resolution", "Servname not supported for ai_socktype", "System error",
	"Could not connect to server", "Couldn't connect to server", "Timeout was reached", "SSL connect error",
	"SSL peer certificate or SSH remote key was not OK", "Server returned nothing (no headers, no data)",
	"Failure when receiving data from the peer", "Failed sending data to the peer", "Weird server reply",
	"Unsupported protocol", "RTSP CSeq mismatch or invalid CSeq", "Transferred a partial file", "Out of memory",
	"Error in the HTTP2 framing layer", "Failed to open/read local data from file/application", "HTTP response code said error",
	"Unrecognized or bad HTTP Content or Transfer-Encoding", "Could not resolve hostname", "Couldn't resolve host name",
	"Immediate exit requested", "End of file", "Invalid data found when processing input",
];

// What only starts or ends a daemon, or stands in its log: no page shows it.
const unseen = new RegExp("^(common/(daemon|log|loop|bell|notify)|db/(migrate|live_file)|appliance/doctor_net|" +
	"flashd/(order|childline)|streamd/outputs/rtsp_(auth|reply|sdp|server|session|udp|play|queue|parse)|webd/(http|site|tls|listen)|[a-z]+/main)\\.c$");

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

/** The end of the call whose "(" is at `at`. */
function callEnd(list, at) {
	let depth = 0;
	for (let i = at; i < list.length; i++) {
		if (list[i].sign === "(") depth++;
		if (list[i].sign === ")" && --depth === 0) return i;
	}
	return list.length;
}

/** The tokens that are in no call of `elsewhere`, and with its name for history_note(). */
function* spoken(list, file) {
	for (let i = 0; i < list.length; i++) {
		const { sign } = list[i];
		const call = sign !== undefined && list[i + 1]?.sign === "(";
		// A terminal speaks English; only what it writes into the history is shown.
		if (call && file.startsWith("cli/") && sign === "history_note") yield* list.slice(i, callEnd(list, i + 1));
		else if (call && elsewhere.test(sign)) i = callEnd(list, i + 1);
		else if (!file.startsWith("cli/")) yield list[i];
	}
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

/** What macros stand for that are only a string. */
function macros(top) {
	const found = new Map();
	for (const room of rooms) {
		for (const name of readdirSync(path.join(top, room), { recursive: true }).map(String)) {
			if (!/^(?!ui\/).*\.[ch]$/.test(name)) continue;
			const source = readFileSync(path.join(top, room, name), "utf8");
			for (const m of source.matchAll(/^#define\s+(\w+)((?:\s|\\\n)+"(?:[^"\\\n]|\\.)*")+[ \t]*$/gm)) {
				found.set(m[1], [...m[0].matchAll(/"((?:[^"\\\n]|\\.)*)"/g)].map(([, text]) => unescaped(text)).join(""));
			}
		}
	}
	return found;
}

export function messages(top) {
	const defined = macros(top);
	const all = new Map([...words, ...short, ...system].map((word) => [word, ["a parameter"]]));
	for (const file of sources(top)) {
		const list = tokens(readFileSync(path.join(top, file), "utf8"))
			.map((token) => (defined.has(token.sign) ? { text: defined.get(token.sign) } : token));
		for (const format of strings([...spoken(list, file)])) {
			const text = sentence(format);
			if (isSentence(text) && !sql.test(text)) all.set(text, [...(all.get(text) ?? []), file]);
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
