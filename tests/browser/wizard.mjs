// SPDX-License-Identifier: GPL-3.0-or-later
// Shared by the walks through the rescue: its browser, its daemons (killed and started
// again), its cameras' hands, and a step of it on screen.
import { spawn } from "node:child_process";
import fs from "node:fs";
import { axeOn, base, open, phone, settled } from "./browser.mjs";

export const env = process.env;
export const PASSWORD = "correct horse battery";
const SHOTS = env.SHOTS;
/** Each step loaded anew and looked at in both themes; else what fits `make check`. */
export const whole = env.RESCUE_WHOLE === "1" || SHOTS !== undefined;
if (SHOTS) fs.mkdirSync(SHOTS, { recursive: true });

export const { page, close } = await open();

// ---- daemons and cameras ----

export const pids = { flashd: Number(env.FLASHD_PID), webd: Number(env.WEBD_PID), streamd: Number(env.STREAMD_PID) };
const started = [];
process.on("exit", () => started.forEach((d) => d.kill("SIGTERM")));

export function isGone(pid) {
	try {
		return /\) [ZX] /.test(fs.readFileSync(`/proc/${pid}/stat`, "utf8"));
	} catch {
		return true;
	}
}

export async function until(what, test) {
	const last = Date.now() + 120000;
	for (;;) {
		if (await test()) return;
		if (Date.now() > last) throw new Error(`gave up waiting until ${what}`);
		await new Promise((done) => setTimeout(done, 20));
	}
}

export async function kill(name) {
	process.kill(pids[name], "SIGKILL");
	await until(`${name} is gone`, () => isGone(pids[name]));
}

/** The workers of flashd; they end by themselves when it does. */
export function workers() {
	return fs.readFileSync(`/proc/${pids.flashd}/task/${pids.flashd}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number);
}

export function startAgain(name) {
	const log = fs.openSync(`${env.TMPDIR}/${name}-again.log`, "a");
	const child = spawn(`${env.BUILD}/${name}/${name}`, ["-c", env.CAMHERD_CONF], { stdio: ["ignore", log, log] });
	started.push(child);
	pids[name] = child.pid;
}

export function tell(camera, ...lines) {
	for (const line of lines) fs.writeFileSync(camera === "bad" ? env.CTL_BAD : env.CTL_GOOD, `${line}\n`);
}

/** The bad camera runs its boot ROM by now: what is started next finds it there. */
export function inBootRom() {
	tell("bad", "state");
	try {
		return JSON.parse(fs.readFileSync(env.STATS_BAD, "utf8")).state === "rom";
	} catch {
		return false;
	}
}

// ---- the API, as the page that is open ----

export function call(method, path, body, on = page) {
	return on.evaluate(async ([m, p, b]) => {
		const state = await (await fetch("api/v1/state")).json();
		const answer = await fetch(`api/v1/${p}`, {
			method: m,
			headers: { "Content-Type": "application/json", "X-Camherd-CSRF": state.csrf ?? "" },
			body: b === undefined ? undefined : JSON.stringify(b),
		});
		const text = await answer.text();
		if (!answer.ok) throw new Error(`${m} ${p}: ${text}`);
		return text === "" ? undefined : JSON.parse(text);
	}, [method, path, body]);
}

export function rescue() {
	return call("GET", `rescues/${/rescue\/(\d+)/.exec(page.url())?.[1] ?? 1}`);
}

export async function task(name) {
	const id = (await rescue()).jobs[name];
	return id === null ? undefined : call("GET", `jobs/${id}`);
}

export const jobIs = (name, test) => until(`${name}: ${test}`, async () => {
	const job = await task(name);
	return job !== undefined && test(job);
});

// ---- the page ----

export const steps = [];

/** The step is on screen; nothing wrong with it in either theme; it outlives a reload. */
export async function at(step, title) {
	await page.getByRole("heading", { level: 1, name: title, exact: true }).waitFor();
	await page.waitForFunction((s) => location.hash.endsWith(`/${s}`), step);
	steps.push(step);
	if (whole) await page.reload();
	await page.getByRole("heading", { level: 1, name: title, exact: true }).waitFor();
	await page.locator(".rescue-body").waitFor();
}

export const faults = [];

/** The themes by turns; both where pictures are taken, too. */
export async function look(step, always = false) {
	if (!whole && !always) return;
	for (const colorScheme of SHOTS ? ["light", "dark"] : [steps.length % 2 ? "light" : "dark"]) {
		await page.emulateMedia({ colorScheme });
		await settled(page);
		const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
		if (wide > 0) faults.push(`${step} ${colorScheme}: ${wide} px wider than the screen`);
		for (const v of await axeOn(page)) faults.push(`${step} ${colorScheme}: ${v}`);
	}
	await page.emulateMedia({ colorScheme: "light" });
	if (!SHOTS) return;
	for (const width of [360, 768, 1280]) {
		await page.setViewportSize({ width, height: width === 360 ? 740 : 900 });
		for (const colorScheme of ["light", "dark"]) {
			await page.emulateMedia({ colorScheme });
			await settled(page);
			await page.screenshot({ path: `${SHOTS}/${String(steps.length).padStart(2, "0")}-${step}-${width}-${colorScheme}.png`, fullPage: true });
		}
	}
	await page.emulateMedia({ colorScheme: "light" });
	await page.setViewportSize(phone);
}

export const next = () => page.locator(".rescue-go button.primary").click();
export const tick = (name) => page.getByLabel(name, { exact: true }).check();
export const done = () => page.locator(".card .chip", { hasText: "Done" }).first().waitFor();

/** From the first start to the list of rescues. */
export async function signUp() {
	await page.goto(`${base}/`);
	await page.getByLabel("Setup code").fill(env.SETUP_CODE);
	await page.getByLabel("User name").fill("bartek");
	await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
	await page.getByRole("button", { name: "Create the account" }).click();
	await page.getByRole("link", { name: "I have a bricked camera" }).click();
	await page.getByRole("heading", { level: 1, name: "Rescue a camera" }).waitFor();
}

/** A photo of the board, drawn here, and what stands on the chip. */
export async function photograph(marking) {
	const jpeg = await page.evaluate(() => new Promise((give) => {
		const sheet = document.createElement("canvas");
		sheet.width = 320;
		sheet.height = 240;
		const pen = sheet.getContext("2d");
		pen.fillStyle = "#2a6";
		pen.fillRect(0, 0, 320, 240);
		sheet.toBlob((blob) => blob.arrayBuffer().then((b) => give([...new Uint8Array(b)])), "image/jpeg");
	}));
	await page.getByLabel("What it shows").selectOption("front");
	await page.locator("input[type=file][capture]").setInputFiles({ name: "board.jpg", mimeType: "image/jpeg", buffer: Buffer.from(jpeg) });
	await page.locator(".check-good", { hasText: "there" }).waitFor();
	await page.getByRole("radio", { name: marking }).check();
}
