// SPDX-License-Identifier: GPL-3.0-or-later
// Bundles the page into dist/: everything it needs is there afterwards, nothing comes
// from elsewhere at run time. Run by make (webd/ui/local.mk) or `npm run build`.
import { build } from "esbuild";
import { gzipSync } from "node:zlib";
import { cp, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";

// English is the measure: another language may lack a text (English stands in), but has
// none that English does not know, and the same parameters in each.
const words = {};
// What the daemons say (messages.mjs): English sentence → sentence.
const messages = {};
for (const file of (await readdir("lang")).filter((f) => f.endsWith(".json")).sort()) {
	const text = await readFile(`lang/${file}`, "utf8");
	const keys = [...text.matchAll(/^\t"((?:[^"\\]|\\.)*)":/gm)].map((found) => found[1]);
	const twice = keys.find((key, i) => keys.indexOf(key) !== i);
	if (twice !== undefined) throw new Error(`lang/${file}: "${twice}" stands there twice`);
	if (file.endsWith(".messages.json")) messages[file.slice(0, -14)] = JSON.parse(text);
	else words[file.slice(0, -5)] = JSON.parse(text);
}
const numbered = (text) => [...new Set(text.match(/\{\d+\}/g) ?? [])].sort().join(" ");
for (const [name, texts] of Object.entries(messages)) {
	if (!(name in words)) throw new Error(`lang/${name}.messages.json: there is no lang/${name}.json`);
	for (const [english, text] of Object.entries(texts)) {
		if (text !== "" && numbered(english) !== numbered(text)) throw new Error(`lang/${name}.messages.json: "${english}" has other parameters`);
	}
}
const parameters = (text) => (text.match(/\{\w+\}/g) ?? []).sort().join(" ");
for (const [name, texts] of Object.entries(words)) {
	for (const [key, text] of Object.entries(texts)) {
		const english = words.en[key] ?? words.en[key.replace(/\.(few|many)$/, ".other")];
		if (english === undefined) throw new Error(`lang/${name}.json: English has no "${key}"`);
		if (parameters(english) !== parameters(text)) throw new Error(`lang/${name}.json: "${key}" has other parameters than in English`);
	}
}
const languages = Object.fromEntries(Object.entries(words).map(([name, texts]) => [name, texts["language.name"]]));

const common = {
	bundle: true,
	minify: true,
	target: ["es2020"],
	charset: "utf8",
	legalComments: "none",
	logLevel: "warning",
	define: { LANGUAGES: JSON.stringify(languages), MESSAGES: JSON.stringify(Object.keys(messages)) },
};

await rm("dist", { recursive: true, force: true });
await mkdir("dist/lang", { recursive: true });
const [made] = await Promise.all([
	// What is not needed first is a room of its own, loaded when somebody goes there. All
	// names are fixed (local.mk lists them): more than one shared piece is an error here.
	build({
		...common,
		entryPoints: { app: "src/main.tsx", tools: "src/rooms/tools.tsx" },
		outdir: "dist",
		metafile: true,
		splitting: true,
		chunkNames: "shared",
		format: "esm",
		jsx: "automatic",
		jsxImportSource: "preact",
	}),
	build({ ...common, entryPoints: ["src/theme.ts"], outfile: "dist/theme.js", format: "iife" }),
	build({ ...common, entryPoints: ["src/style/app.css"], outfile: "dist/app.css" }),
]);
await cp("src/index.html", "dist/index.html");
await cp("src/icon.svg", "dist/icon.svg");
/** All texts of a language: English where it has none, in any of a number's forms. */
function complete(texts) {
	const forms = /\.(one|few|many|other)$/;
	const own = new Set(Object.keys(texts).map((key) => key.replace(forms, "")));
	return { ...Object.fromEntries(Object.entries(words.en).filter(([key]) => !own.has(key.replace(forms, "")))), ...texts };
}

for (const [name, own] of Object.entries(words)) {
	const texts = complete(own);
	// Words of the rescue and of the appliance's checks come with their room.
	const [first, more] = [false, true].map((is) => Object.fromEntries(Object.entries(texts).filter(([key]) => /^(rescue|doctor)\.(?!from-)/.test(key) === is)));
	await writeFile(`dist/lang/${name}.json`, JSON.stringify(first));
	await writeFile(`dist/lang/${name}.more.json`, JSON.stringify(more));
}
for (const [name, texts] of Object.entries(messages)) {
	await writeFile(`dist/lang/${name}.messages.json`, JSON.stringify(texts));
}

// Whose work is in the bundle, with the words of its licence: what the bundler says it took.
const packages = [...new Set(Object.keys(made.metafile.inputs).map((file) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1]).filter(Boolean))].sort();
const licences = [];
for (const name of packages) {
	const about = JSON.parse(await readFile(`node_modules/${name}/package.json`, "utf8"));
	const file = (await readdir(`node_modules/${name}`)).find((f) => /^(licen[cs]e|copying)/i.test(f));
	if (!about.license || !file) throw new Error(`${name}: it names no licence, or its text is missing`);
	const home = about.homepage ?? about.repository?.url ?? "";
	licences.push({ name, version: about.version, licence: about.license, url: home.replace(/^git\+/, "").replace(/\.git$/, ""), text: await readFile(`node_modules/${name}/${file}`, "utf8") });
}
await writeFile("dist/licences.json", JSON.stringify({ packages: licences }));

// webd sends these to whoever takes gzip.
for (const file of ["app.js", "shared.js", "tools.js", "app.css", ...(await readdir("dist/lang")).map((name) => `lang/${name}`)]) {
	await writeFile(`dist/${file}.gz`, gzipSync(await readFile(`dist/${file}`), { level: 9 }));
}
