// SPDX-License-Identifier: GPL-3.0-or-later
// Every page over a world whose every text is an attack (tests/xssworld.c; what flashd
// and streamd would say live is said here). No script runs, no element comes of a text,
// nothing is asked for elsewhere, the policy is never broken, and the texts are there to
// be read.
import fs from "node:fs";
import net from "node:net";
import path from "node:path";
import { DEADLINE, base, complaints, desk, end, is, ok, open } from "./browser.mjs";

const { RUN, WORLD, top_srcdir } = process.env;
const payloads = fs.readFileSync(path.join(top_srcdir, "tests/data/xss.txt"), "utf8").split("\n").filter(Boolean);
const odd = (i) => payloads[((i % payloads.length) + payloads.length) % payloads.length];

// ---- streamd and flashd, as far as a page hears them ----

function serve(name, answer) {
	return new Promise((done) => {
		const server = net.createServer((socket) => {
			let line = "";
			socket.on("error", () => {});
			socket.on("data", (data) => {
				line += data;
				if (line.includes("\n")) answer(socket, line.slice(0, line.indexOf("\n")).split(" "));
			});
		});
		server.listen(path.join(RUN, name), () => done(server));
	});
}

const found = { cameras: payloads.map((p, i) => ({ id: p, family: odd(i + 1), key: odd(i + 2), address: odd(i + 3), port: 1, source: odd(i + 4), missing: odd(i + 5), missing_said: { template: odd(i + 5), params: [odd(i)], inner: [{ param: 0, template: odd(i), params: [] }] }, camera: odd(i + 6) })) };
const status = Object.fromEntries(["family", "device_id", "firmware", "mode", "ssid", "ip", "model"].map((k, i) => [k, odd(i)]));
const frames = await serve("frames.sock", (socket, words) => {
	if (words[0] !== "discover" && words[0] !== "ctl") {
		socket.end(`error unreachable ${odd(words[1].length)}\nsaid ${odd(words[1].length + 1)}\n`);
		return;
	}
	const body = Buffer.from(JSON.stringify(words[0] === "discover" ? found : { ...status, networks: payloads.map((ssid) => ({ ssid, name: ssid, signal_dbm: 1, channel: 1, secured: true })) }));
	socket.end(Buffer.concat([Buffer.from(`ok\nframe ${body.length} 0 0 0\n`), body]));
});
const consoles = await serve("console.sock", (socket) => {
	const say = (o) => socket.write(`${JSON.stringify(o)}\n`);
	socket.write("ok\n");
	say({ event: "state", state: "open", baud: 115200, auto: true, verdict: "readable", heard: { baud: 1, bytes: 9, text: 9 }, code: odd(1), message: odd(2), sender: "none", job: null,
		print: { sdk: odd(3), clock: odd(4), flash: odd(5), sensor: odd(6), family: odd(7), login: true, prompt: true } });
	payloads.forEach((text, n) => say({ event: "line", n, at_ms: n, baud: 115200, text, end: "full", hex: "" }));
});

// ---- the browser ----

const { context, page, close } = await open();
await page.setViewportSize(desk);
const seen = [];
const elsewhere = [];
const loose = [];
let texts = "";
await context.exposeFunction("__xss", (n) => seen.push(`__xss(${n})`));
await context.addInitScript(() => {
	globalThis.__broken = [];
	document.addEventListener("securitypolicyviolation", (ev) => globalThis.__broken.push(`${ev.violatedDirective} ${ev.blockedURI} ${ev.sample}`));
});
const thrown = [];
page.on("pageerror", (e) => thrown.push(`${page.url()} ${e.stack}`));
page.on("dialog", (d) => {
	seen.push(`dialog ${d.message()}`);
	void d.dismiss();
});
page.on("request", (r) => {
	if (!r.url().startsWith(base) && !/^(blob|data):/.test(r.url())) elsewhere.push(r.url());
});
let answers = 0;
page.on("response", (r) => {
	if (!r.url().startsWith(base)) return;
	answers++;
	const h = r.headers();
	if (!/default-src 'none'/.test(h["content-security-policy"] ?? "")) loose.push(`no policy: ${r.url()}`);
	if (h["x-content-type-options"] !== "nosniff") loose.push(`may be sniffed: ${r.url()}`);
	if (/\/api\/v1\//.test(r.url()) && /html|xml|svg|javascript/.test(h["content-type"] ?? "")) loose.push(`${h["content-type"]}: ${r.url()}`);
});

// What our own page never holds.
const FOREIGN = [
	"script:not([src])", "script[src^='//']", "iframe", "object", "embed", "base", "meta[http-equiv=refresh]", "math", "marquee", "x", "style", "link[href^='//']",
	"audio", "form[action]", "a[href^='javascript' i]", "a[href^='data' i]", "a[href^='//']", "img[src='x']", "svg script", "svg animate", "svg set", "[srcdoc]",
	...["error", "load", "focus", "click", "begin", "mouseover", "toggle", "start", "animationstart"].map((ev) => `[on${ev}]`),
].join(",");

async function quiet() {
	await page.waitForFunction(() => document.querySelector("h1") && !document.querySelector("[aria-busy=true]"), null, { timeout: DEADLINE });
}

async function look(where) {
	const state = await page.evaluate((selector) => ({
		text: document.body.innerText + [...document.querySelectorAll("input, textarea, option")].map((e) => `\n${e.value}\n${e.textContent}`).join(""),
		foreign: [...document.querySelectorAll(selector)].map((e) => e.outerHTML.slice(0, 200)),
		broken: globalThis.__broken.splice(0),
	}), FOREIGN);
	texts += `\n${state.text}`;
	for (const html of state.foreign) seen.push(`${where}: ${html}`);
	for (const b of state.broken) seen.push(`${where}: policy: ${b}`);
}

let pages = 0;
const walked = new Set();

/** The page's own parts: links that lead below where they stand. */
async function walkBelow(route) {
	await walk(route);
	const links = await page.evaluate(() => [...document.querySelectorAll("main a[href^='#/']")].map((a) => a.getAttribute("href").slice(1)));
	for (const link of new Set(links)) {
		if (link.startsWith(`${route}/`) && !walked.has(link)) await walk(link);
	}
}

async function walk(route) {
	walked.add(route);
	await page.evaluate((r) => {
		location.hash = r;
	}, route);
	await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
	await quiet();
	await look(route);
	pages++;
}

/** Every room of the page, read from its source, so that a new one is walked, too. */
function rooms() {
	const source = fs.readFileSync(path.join(top_srcdir, "webd/ui/src/app.tsx"), "utf8");
	return [...source.matchAll(/case "([\w-]+)":/g)].map((m) => m[1]);
}

try {
	await page.goto(`${base}/`);
	await page.getByLabel("User name").fill("ola");
	await page.getByLabel("Password", { exact: true }).fill("correct horse battery");
	await page.getByRole("button", { name: "Sign in" }).click();
	await page.getByRole("heading", { level: 1, name: "Cameras" }).waitFor();
	const cookies = await context.cookies();
	ok(cookies.length === 1 && cookies[0].name === "__Host-camherd_session" && cookies[0].secure && cookies[0].httpOnly && cookies[0].sameSite === "Strict",
		"signed in over TLS, with a cookie that is bound to it", JSON.stringify(cookies));
	const attacked = fs.readFileSync(WORLD, "utf8").trim().split("\n").map((l) => l.split(" "));
	const untouched = attacked.filter(([, n]) => n === "0").map(([column]) => column);
	ok(attacked.length > 60, `${attacked.length} columns of text, ${payloads.length} attacks`, `cannot hold any: ${untouched.join(" ")}`);
	ok(payloads.length >= 60, "sixty attacks and more");

	const found = rooms();
	ok(found.length >= 6, `the page's rooms: ${found.join(", ")}`);
	await walk("/");
	await walkBelow("/settings");
	for (const room of found) {
		await walk(`/${room}`);
		for (const name of ["2", encodeURIComponent(odd(pages))]) await walk(`/${room}/${name}`);
	}
	for (const n of [1, 3, 4]) await walk(`/jobs/${n}`);
	for (const n of [2, 6]) await walk(`/cam/cam-${n}`);
	for (const n of [2, 4]) await walk(`/bench/usb-${n}`);
	await walk("/cam/cam-2/edit");
	await walk("/bench/usb-3/write?dump=1001");
	await walkBelow("/dumps/1001");
	await walk("/dumps/bin");
	await walk(`/dumps?q=${encodeURIComponent(odd(9))}`);
	await walk(`/${encodeURIComponent(odd(4))}/${encodeURIComponent(odd(5))}`);

	// What is shown when somebody asks for it.
	await walk("/add");
	await page.getByRole("button", { name: "Search" }).click();
	await page.getByText(`${payloads.length} cameras answered.`).waitFor();
	await look("found cameras");
	await page.getByLabel("Name", { exact: true }).fill(odd(10));
	await page.getByLabel("Address", { exact: true }).fill(odd(11));
	await page.getByRole("button", { name: "Add", exact: true }).click();
	await look("a name that is refused");
	await walk("/bench/usb-3");
	await page.getByRole("button", { name: "Open the console" }).click();
	await page.locator(".console-line").nth(payloads.length - 1).waitFor();
	await look("console");
	await page.keyboard.press("Escape");

	is(await page.getByText("Connection lost").count(), 0, "the event stream over TLS is never lost");
	const missing = payloads.filter((p) => !texts.includes(p));
	ok(missing.length === 0, "every attack is there to be read as it is", ...missing);

	// Answers as pages of their own.
	for (const route of ["jobs/2/log", "cameras", "dumps/1001/strings", "users"]) {
		await page.goto(`${base}/api/v1/${route}`);
		await look(`api ${route}`);
	}
	for (const p of payloads) {
		const r = await page.request.get(`${base}/${encodeURIComponent(p).replace(/%(2F|5C|0.)/g, "-")}`);
		if (r.status() !== 404 && r.status() !== 400) loose.push(`${r.status()}: ${r.url()}`);
		if ((await r.text()).includes(p)) loose.push(`echoes the address: ${r.url()}`);
	}
	ok(seen.length === 0, `nothing ran, and no element came of a text, on ${pages} pages`, ...new Set(seen));
	ok(elsewhere.length === 0, "nothing was asked for elsewhere", ...elsewhere);
	ok(loose.length === 0 && answers > pages, `${answers} answers have a policy and may not be sniffed`, ...loose);
	ok(complaints.length === 0, "the page breaks no rule of its policy and throws nothing", ...complaints, ...thrown);
} catch (e) {
	ok(false, "the walk goes on to its end", e.stack, page.url(), await page.locator("body").innerText().catch(() => ""));
}
frames.close();
consoles.close();
await close();
process.exit(end());
