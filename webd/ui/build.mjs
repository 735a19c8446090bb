// SPDX-License-Identifier: GPL-3.0-or-later
// Bundles the page into dist/: everything it needs is there afterwards, nothing comes
// from elsewhere at run time. Run by make (webd/ui/local.mk) or `npm run build`.
import { build } from "esbuild";
import { gzipSync } from "node:zlib";
import { cp, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";

const languages = {};
for (const file of (await readdir("lang")).filter((f) => f.endsWith(".json")).sort()) {
	const words = JSON.parse(await readFile(`lang/${file}`, "utf8"));
	languages[file.slice(0, -5)] = words["language.name"];
}

const common = {
	bundle: true,
	minify: true,
	target: ["es2020"],
	charset: "utf8",
	legalComments: "none",
	logLevel: "warning",
	define: { LANGUAGES: JSON.stringify(languages) },
};

await rm("dist", { recursive: true, force: true });
await mkdir("dist/lang", { recursive: true });
await Promise.all([
	build({ ...common, entryPoints: ["src/main.tsx"], outfile: "dist/app.js", format: "iife", jsx: "automatic", jsxImportSource: "preact" }),
	build({ ...common, entryPoints: ["src/theme.ts"], outfile: "dist/theme.js", format: "iife" }),
	build({ ...common, entryPoints: ["src/style/app.css"], outfile: "dist/app.css" }),
]);
await cp("src/index.html", "dist/index.html");
await cp("src/icon.svg", "dist/icon.svg");
for (const name of Object.keys(languages)) {
	const words = JSON.parse(await readFile(`lang/${name}.json`, "utf8"));
	await writeFile(`dist/lang/${name}.json`, JSON.stringify(words));
}

// webd sends these to whoever takes gzip.
for (const file of ["app.js", "app.css", ...Object.keys(languages).map((name) => `lang/${name}.json`)]) {
	await writeFile(`dist/${file}.gz`, gzipSync(await readFile(`dist/${file}`), { level: 9 }));
}
