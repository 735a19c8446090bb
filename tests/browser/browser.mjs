// SPDX-License-Identifier: GPL-3.0-or-later
// Shared by the browser tests: chromium, TAP lines, axe, waiting for a state.
import { createRequire } from "node:module";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

const modules = createRequire(path.join(process.env.BROWSER_MODULES, "x.js"));
const { chromium } = modules("playwright-core");
const axeSource = fs.readFileSync(modules.resolve("axe-core/axe.min.js"), "utf8");

export const DEADLINE = Number(process.env.DEADLINE_MS) || 60000;
export const base = process.env.BASE;
export const phone = { width: 360, height: 740 };
export const tablet = { width: 768, height: 1024 };
export const desk = { width: 1280, height: 800 };

// What the page wrote to its console as an error: breaches of its policy, exceptions.
export const complaints = [];

let n = 0;
let bad = 0;

export function ok(good, name, ...comments) {
	n++;
	if (!good) {
		bad++;
		for (const c of comments) console.log(String(c).replace(/^/gm, "# "));
	}
	console.log(`${good ? "ok" : "not ok"} ${n} - ${name}`);
	return good;
}

export function is(got, wanted, name) {
	return ok(got === wanted, name, `got    ${got}`, `wanted ${wanted}`);
}

export function end() {
	console.log(`1..${n}`);
	return bad === 0 ? 0 : 1;
}

export async function open() {
	const profile = fs.mkdtempSync(path.join(process.env.TMPDIR || os.tmpdir(), "camherd-browser."));
	const context = await chromium.launchPersistentContext(profile, {
		executablePath: process.env.CHROMIUM,
		headless: true,
		viewport: phone,
		locale: "en-GB",
		// A button's colour on its way to another theme is no finding.
		reducedMotion: "reduce",
		ignoreHTTPSErrors: (base ?? "").startsWith("https:"),
		args: [
			"--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
			"--disable-background-networking", "--disable-component-update", "--disable-sync",
		],
	});
	context.setDefaultTimeout(DEADLINE);
	context.on("page", listen);
	for (const page of context.pages()) listen(page);
	return {
		context,
		page: context.pages()[0] ?? await context.newPage(),
		close: async () => {
			await context.close();
			fs.rmSync(profile, { recursive: true, force: true });
		},
	};
}

function listen(page) {
	page.on("pageerror", (e) => complaints.push(`exception: ${e.message}`));
	page.on("console", (m) => {
		if (/Content Security Policy|violates/i.test(m.text())) complaints.push(m.text());
	});
}

/** Go to a route of the page by its address, as a bookmark would. */
export async function visit(page, route) {
	await page.goto(`${base}/#${route}`);
	// A change behind the # returns before the page has drawn what it asks for.
	await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
	await page.locator("h1").waitFor();
}

/** Every size × both themes: no axe finding, nothing wider than the screen. */
export async function inspect(page, name) {
	const found = [];
	for (const size of [phone, desk]) {
		await page.setViewportSize(size);
		for (const colorScheme of ["light", "dark"]) {
			await page.emulateMedia({ colorScheme });
			await settled(page);
			const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
			if (wide > 0) found.push(`${size.width} ${colorScheme}: ${wide} px wider than the screen`);
			for (const v of await axeOn(page)) found.push(`${size.width} ${colorScheme}: ${v}`);
		}
	}
	await page.setViewportSize(phone);
	await page.emulateMedia({ colorScheme: "light" });
	ok(found.length === 0, `${name}: axe finds nothing in both themes, nothing is too wide`, ...found);
}

export async function axeOn(page) {
	await page.evaluate(axeSource);
	const result = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
	return result.violations.map((v) => {
		const node = v.nodes[0];
		return `${v.id}: ${node.target} ${node.failureSummary.replace(/\s+/g, " ")}`;
	});
}

/** Loaded, and no transition of colours under way. */
export async function settled(page) {
	// A theme starts its transitions with the next frame.
	await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
	await page.waitForFunction(() => !document.querySelector("[aria-busy=true]")
		&& document.getAnimations().every((a) => a.playState !== "running" || a.effect?.getComputedTiming().iterations === Infinity));
}
