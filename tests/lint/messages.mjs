// SPDX-License-Identifier: GPL-3.0-or-later
// The sentences of the daemons in other languages: what is translated comes out so, what
// is not stays as it is, and another language is one more file. Run by messages.t.
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const top = path.resolve(process.env.top_srcdir ?? ".");
const ui = path.join(top, "webd/ui");
const { buildSync } = createRequire(path.join(ui, "x.js"))("esbuild");
const { messages } = await import(pathToFileURL(path.join(ui, "messages.mjs")));

let n = 0;
let bad = 0;
function ok(good, name, ...comments) {
	n++;
	if (!good) bad++;
	for (const c of comments) console.log(`# ${String(c).slice(0, 200)}`);
	console.log(`${good ? "ok" : "not ok"} ${n} - ${name}`);
}

const all = messages(top);
ok(all.size > 500, "the sentences are found in the sources", `${all.size} of them`);

const files = fs.readdirSync(path.join(ui, "lang")).filter((f) => f.endsWith(".messages.json"));
const own = Object.fromEntries(files.map((f) => [f.slice(0, -14), JSON.parse(fs.readFileSync(path.join(ui, "lang", f), "utf8"))]));
const numbered = (text) => [...new Set(text.match(/\{\d+\}/g) ?? [])].sort().join(" ");
for (const [name, texts] of Object.entries(own)) {
	const lacks = [...all.keys()].filter((text) => texts[text] === undefined);
	const stale = Object.keys(texts).filter((text) => !all.has(text));
	const wrong = Object.entries(texts).filter(([english, text]) => text !== "" && numbered(english) !== numbered(text));
	ok(lacks.length === 0, `${name}: no sentence lacks a translation`, ...lacks.map((text) => `lacks ${text} (${all.get(text)[0]})`));
	ok(stale.length === 0, `${name}: no translation is of what nobody says`, ...stale.map((text) => `stale ${text}`));
	ok(wrong.length === 0, `${name}: each has the parameters of its sentence`, ...wrong.map(([english]) => english));
}

// The page's own words: each of English is there, and a number's in all forms that it needs.
const words = (name) => JSON.parse(fs.readFileSync(path.join(ui, "lang", `${name}.json`), "utf8"));
const forms = /\.(one|few|many|other)$/;
const plurals = (texts) => new Set(Object.keys(texts).filter((key) => key.endsWith(".one")).map((key) => key.replace(forms, "")));
const numbers = plurals(words("en"));
for (const name of Object.keys(own)) {
	const texts = words(name);
	const wanted = new Intl.PluralRules(name).resolvedOptions().pluralCategories;
	const keys = Object.keys(words("en")).flatMap((key) => {
		const base = key.replace(forms, "");
		return base !== key && numbers.has(base) ? wanted.map((form) => `${base}.${form}`) : [key];
	});
	const lacks = [...new Set(keys)].filter((key) => texts[key] === undefined);
	ok(lacks.length === 0, `${name}: no text of the page is missing`, ...lacks);
}

// The page's own matcher, outside of a browser.
const dir = fs.mkdtempSync(path.join(process.env.TMPDIR || os.tmpdir(), "camherd-messages."));
const bundle = path.join(dir, "said.mjs");
const entry = path.join(dir, "entry.ts");
fs.writeFileSync(entry, `export { said, saidError, saidMore, saidParam } from ${JSON.stringify(path.join(ui, "src/lib/said"))};\nexport { language } from ${JSON.stringify(path.join(ui, "src/lib/i18n"))};\n`);
buildSync({
	entryPoints: [entry], outfile: bundle, bundle: true, format: "esm", platform: "node", logLevel: "error",
	nodePaths: [path.join(ui, "node_modules")],
	define: { MESSAGES: JSON.stringify(Object.keys(own)), LANGUAGES: "{}" },
});
globalThis.fetch = async (url) => {
	const name = /lang\/(.*)\.messages\.json$/.exec(url)?.[1];
	return { ok: name in own, json: async () => own[name] };
};
const { said, saidError, saidMore, saidParam, language } = await import(pathToFileURL(bundle));

async function choose(name) {
	language.set(name);
	const before = saidMore.value;
	said("x");
	for (let i = 0; i < 100 && saidMore.value < before + (name in own ? 2 : 1); i++) await new Promise((resolve) => setTimeout(resolve, 10));
}

const fill = (text) => text.replace(/\{(\d+)\}/g, (_, i) => `Q${i}`);
for (const [name, texts] of Object.entries(own)) {
	await choose(name);
	const failed = Object.entries(texts).filter(([english, text]) => {
		// Parameters without a word between them come out in their order, as one.
		const tight = (s) => s.replace(/(?:Q\d+)+/g, (run) => [...run.matchAll(/Q\d+/g)].map(([q]) => q).sort().join(""));
		return text !== "" && tight(said(fill(english))) !== tight(fill(text));
	});
	ok(failed.length === 0, `${name}: each sentence comes out translated, with its parameters`, ...failed.slice(0, 10).map(([english]) => `${fill(english)} → ${said(fill(english))}`));
}
if (own.pl) {
	await choose("pl");
	const cases = [
		["there is no camera 'garden'; 'camherd cam list' shows them", "nie ma kamery „garden”; pokaże je „camherd cam list”"],
		["port left: the file is empty", "port left: plik jest pusty"],
		["garden was changed: notes, tags", "zmieniono garden: notatki, etykiety"],
		["the picture cannot be worked on: the picture was cut short", "z tym obrazem nie da się pracować: obraz jest ucięty"],
		["open port left: Permission denied", "otwarcie portu left: brak uprawnień"],
		["not connecting to 10.0.0.9: it is a multicast address", "nie łączę się z 10.0.0.9: to adres multicast"],
		["Nothing answered at 10.0.0.9, port 8360, within 5 s: a firewall swallows it, or no machine has that address.", "Pod 10.0.0.9, port 8360, nic nie odpowiedziało w ciągu 5 s: połyka to zapora sieciowa albo żadna maszyna nie ma tego adresu."],
		["Quux frobs the baz.", "Quux frobs the baz."],
		["", ""],
	];
	// What a person typed may look like the sentence around it: the parameters say which is which.
	const name = "x'; 'camherd cam list' shows them";
	const told = { message: `there is no camera '${name}'; 'camherd cam list' shows them`, template: "there is no camera '{0}'; 'camherd cam list' shows them", params: [name] };
	ok(saidError(told) === `nie ma kamery „${name}”; pokaże je „camherd cam list”`, "pl: an error with its parameters", saidError(told));
	// Jobs, history, cameras: the text is not looked at where the template is known.
	const lost = { template: "port {0} went away, so nothing more can be said", params: ["left"] };
	const gone = { template: "the adapter at {0} went away, and the camera that the job began with was not plugged in again for {1} minutes", params: ["left", "10"] };
	const sectors = { template: "{0} sectors are new, {1} may hold anything, the rest is as it was", params: ["3", "1"] };
	const job = {
		template: "{0}. The chip is partly written{1}{2}. The camera may not start; leave it as it is. Its backup is safe (dump {3}); resume this job to finish",
		params: ["x", ": ", "y", "7"], inner: [{ param: 0, ...gone }, { param: 2, ...sectors }],
	};
	const event = { template: "{0} of {1}: {2}{3}{4}", params: ["restore", "yard", "interrupted", ". ", "x"], inner: [{ param: 4, ...job }] };
	const fill = (text, params) => text.replace(/\{(\d+)\}/g, (_, i) => params[i]);
	const inPolish = (parts) => {
		const to = own.pl[parts.template] ?? parts.template;
		return fill(to, parts.params.map((p, i) => { const part = parts.inner?.find((x) => x.param === i); return part ? inPolish(part) : own.pl[p] ?? p; }));
	};
	ok(own.pl[job.template] && own.pl[gone.template] && own.pl[sectors.template], "pl: the templates of a job are there");
	ok(said("?", job) === inPolish(job) && /Układ jest zapisany częściowo/.test(said("?", job)) && /przez 10 min/.test(said("?", job)), "pl: a job's message by its template, and what is within it", said("?", job));
	ok(saidParam(event, 4) === inPolish(job) && saidParam(event, 2) === "przerwane", "pl: a line of history, parameter by parameter", saidParam(event, 4));
	const camera = { template: "camera {0}: not connecting to {1}: it is {2}", params: ["x: y", "10.0.0.9", "a multicast address"] };
	ok(said("?", camera) === "camera x: y: nie łączę się z 10.0.0.9: to adres multicast", "pl: a camera's reason with a context in front", said("?", camera));
	const trial = { template: "{0}: {1}", params: ["503", "x"], inner: [{ param: 1, template: "it answers with HTTP {0}", params: ["500"] }] };
	ok(said("?", trial) === "503: odpowiada HTTP 500", "pl: a template without a word of its own", said("?", trial));
	ok(said("?", { template: "H.264 only: {0}", params: ["larger than 2040 pixels"] }) === "tylko H.264: większy niż 2040 pikseli", "pl: what RTP makes of a camera's pictures");
	ok(said("the file is empty", lost) === "plik jest pusty", "pl: an unknown template, and the sentence is looked at");
	ok(said("the file is empty", { template: "", params: [] }) === "plik jest pusty" && said("the file is empty", null) === "plik jest pusty", "pl: rows of older versions");
	ok(said("the file is empty", { template: "{0}", params: [] }) === "plik jest pusty" && !said("?", { ...gone, params: [] }).includes("{"), "pl: parameters that are missing do no harm");
	for (const [english, wanted] of cases) ok(said(english) === wanted, `pl: ${english || "nothing"}`, said(english));
}
const hostile = `this is not the camera that the job began with: it has a ${" with flash ,".repeat(140)}`;
const start = process.cpuUsage();
said(hostile);
said("x".repeat(100000));
ok(process.cpuUsage(start).user < 20e6, "a device's own words do not hold the page up", `${process.cpuUsage(start).user / 1000} ms`);
await choose("xx");
ok(said("the file is empty") === "the file is empty", "a language without such a file shows English");

// One more file is one more language.
const copy = path.join(dir, "webd/ui");
fs.mkdirSync(copy, { recursive: true });
for (const name of ["build.mjs", "lang", "package.json", "src", "tsconfig.json"]) fs.cpSync(path.join(ui, name), path.join(copy, name), { recursive: true });
fs.symlinkSync(path.join(ui, "node_modules"), path.join(copy, "node_modules"));
fs.writeFileSync(path.join(copy, "lang/xx.json"), '{\n\t"language.name": "Xxish"\n}\n');
execFileSync(process.execPath, ["build.mjs"], { cwd: copy, stdio: "inherit" });
const app = fs.readdirSync(path.join(copy, "dist")).filter((f) => f.endsWith(".js")).map((f) => fs.readFileSync(path.join(copy, "dist", f), "utf8")).join("");
ok(/xx:"Xxish"/.test(app) && fs.existsSync(path.join(copy, "dist/lang/xx.json.gz")), "another language is one more file");
const built = (name) => JSON.parse(fs.readFileSync(path.join(copy, "dist/lang", `${name}.json`), "utf8"));
const differ = Object.keys({ ...built("en"), ...built("xx") }).filter((key) => built("en")[key] !== built("xx")[key]);
ok(differ.join() === "language.name", "what it lacks is English, in the same file", ...differ);
fs.rmSync(dir, { recursive: true, force: true });

console.log(`1..${n}`);
process.exit(bad === 0 ? 0 : 1);
