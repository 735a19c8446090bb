// SPDX-License-Identifier: GPL-3.0-or-later
// Takes the pictures of docs/img/: sets the herd up over the API, then visits the pages.
import fs from "node:fs";
import path from "node:path";
import { base, desk, open, phone, settled, tablet, visit } from "./browser.mjs";

const out = process.argv[2];
const env = process.env;
const { page, close } = await open();

async function call(method, route, body) {
	return page.evaluate(async ([m, r, b]) => {
		const state = await (await fetch("api/v1/state")).json();
		const answer = await fetch(`api/v1/${r}`, {
			method: m,
			headers: { "Content-Type": "application/json", "X-Camherd-CSRF": state.csrf ?? "" },
			body: b === undefined ? undefined : JSON.stringify(b),
		});
		const text = await answer.text();
		if (!answer.ok) throw new Error(`${m} ${r}: ${text}`);
		return text === "" ? undefined : JSON.parse(text);
	}, [method, route, body]);
}

async function ended(id) {
	for (;;) {
		const job = await call("GET", `jobs/${id}`);
		if (!["queued", "running", "waiting"].includes(job.state)) return job;
		await page.waitForTimeout(250);
	}
}

async function prepare() {
	await page.goto(`${base}/`);
	await call("POST", "setup", { code: env.SETUP_CODE, user: "ola", password: "correct horse battery" });
	await call("POST", "cameras", { name: "garden-west", source: env.CAMERA_URL, tags: "outside", notes: "Under the eaves, 3.3 V from the shed." });
	await call("POST", "cameras", { name: "front-door", source: env.CAMERA_URL_2, tags: "outside" });
	await call("POST", "cameras", { name: "workshop", source: env.CAMERA_URL_3 });
	await call("POST", "cameras", { name: "spare-xf16", source: "" });
	await call("PATCH", "ports", { path: env.TTY_A, name: "hub1-left" });
	await call("PATCH", "ports", { path: env.TTY_B, name: "hub1-right" });
	await ended((await call("POST", "jobs", { kind: "identify", port: env.TTY_B })).job.id);
	const { job } = await call("POST", "jobs", { kind: "backup", port: env.TTY_A, camera: "garden-west" });
	const done = await ended(job.id);
	await call("PATCH", `dumps/${done.result_dump}`, { note: "Before the first change" });
	return done.result_dump;
}

async function shoot(name, ready) {
	for (const size of [desk, tablet, phone]) {
		for (const theme of ["light", "dark"]) {
			await page.setViewportSize(size);
			await page.emulateMedia({ colorScheme: theme });
			await ready?.();
			await settled(page);
			await page.screenshot({ path: path.join(out, `${name}-${theme}-${size.width}.png`), scale: "css" });
		}
	}
}

async function pictures() {
	await page.waitForFunction(() => {
		const all = [...document.querySelectorAll(".camera-card .thumb")];
		const seen = all.filter((t) => t.getBoundingClientRect().top < innerHeight - 80);
		return seen.length > 0 && seen.every((t) => t.querySelector("img") || t.closest("li").innerText.includes("Flash only"));
	});
}

/** The first seconds of a stream have no true rate yet. */
async function rates(n) {
	await page.waitForFunction((wanted) => (document.body.innerText.match(/(?<![.\d])([6-9]|1\d)(\.\d)? fps/g) ?? []).length >= wanted, n);
}

fs.mkdirSync(out, { recursive: true });
const dump = await prepare();
await visit(page, "/");
await page.setViewportSize(desk);
await page.reload();
await shoot("fleet", pictures);
await visit(page, "/cam/garden-west");
await rates(1);
await shoot("camera", () => page.locator(".live-picture img[alt^=Live]:not(.unseen)").waitFor());
await visit(page, `/dumps/${dump}`);
await page.getByRole("slider").waitFor();
await page.getByRole("slider").press("ArrowRight");
await page.evaluate(() => document.activeElement?.blur());
await shoot("backup");
await visit(page, "/dumps");
await shoot("dumps");
const { job } = await call("POST", "jobs", { kind: "backup", port: env.TTY_A, camera: "garden-west" });
await visit(page, `/jobs/${job.id}`);
await page.locator(".swatch-verified").waitFor();
await shoot("job");
await visit(page, "/bench");
await shoot("ports");
// The second camera is bricked; its rescue is as far as the wires.
const rescue = await call("POST", "rescues", { camera: "spare-xf16", port: env.TTY_B });
await call("PATCH", `rescues/${rescue.id}`, { happened: "wrong-firmware", have: "donor", chip: "xf16", jumper: "yes" });
await visit(page, `/rescue/${rescue.id}/wire`);
await shoot("rescue", () => page.getByText("listening").waitFor());
await visit(page, "/settings");
await shoot("settings", () => page.getByRole("main").locator("input").first().waitFor());
await close();
