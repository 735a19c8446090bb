// SPDX-License-Identifier: GPL-3.0-or-later
// One rescue from the empty fleet to a picture, on a phone: the page is loaded anew at
// every step, flashd is killed in each phase, webd and streamd once, and a second browser
// looks on and answers.
import { spawn } from "node:child_process";
import fs from "node:fs";
import { axeOn, base, complaints, end, is, ok, open, phone, settled, visit } from "./browser.mjs";

const env = process.env;
const PASSWORD = "correct horse battery";
const SHOTS = env.SHOTS;

const { page, close } = await open();

// ---- daemons and cameras ----

const pids = { flashd: Number(env.FLASHD_PID), webd: Number(env.WEBD_PID), streamd: Number(env.STREAMD_PID) };
const started = [];
process.on("exit", () => started.forEach((d) => d.kill("SIGTERM")));

function isGone(pid) {
	try {
		return /\) [ZX] /.test(fs.readFileSync(`/proc/${pid}/stat`, "utf8"));
	} catch {
		return true;
	}
}

async function until(what, test) {
	const last = Date.now() + 120000;
	for (;;) {
		if (await test()) return;
		if (Date.now() > last) throw new Error(`gave up waiting until ${what}`);
		await new Promise((done) => setTimeout(done, 20));
	}
}

async function kill(name) {
	process.kill(pids[name], "SIGKILL");
	await until(`${name} is gone`, () => isGone(pids[name]));
}

/** The workers of flashd; they end by themselves when it does. */
function workers() {
	return fs.readFileSync(`/proc/${pids.flashd}/task/${pids.flashd}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number);
}

function startAgain(name) {
	const log = fs.openSync(`${env.TMPDIR}/${name}-again.log`, "a");
	const child = spawn(`${env.BUILD}/${name}/${name}`, ["-c", env.CAMHERD_CONF], { stdio: ["ignore", log, log] });
	started.push(child);
	pids[name] = child.pid;
}

function tell(camera, ...lines) {
	for (const line of lines) fs.writeFileSync(camera === "bad" ? env.CTL_BAD : env.CTL_GOOD, `${line}\n`);
}

/** The bad camera runs its boot ROM by now: what is started next finds it there. */
function inBootRom() {
	tell("bad", "state");
	try {
		return JSON.parse(fs.readFileSync(env.STATS_BAD, "utf8")).state === "rom";
	} catch {
		return false;
	}
}

// ---- the API, as the page that is open ----

function call(method, path, body, on = page) {
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

const rescue = () => call("GET", "rescues/1");

async function task(name) {
	const id = (await rescue()).jobs[name];
	return id === null ? undefined : call("GET", `jobs/${id}`);
}

const jobIs = (name, test) => until(`${name}: ${test}`, async () => {
	const job = await task(name);
	return job !== undefined && test(job);
});

// ---- the page ----

const steps = [];

/** The step is on screen; nothing wrong with it in either theme; it outlives a reload. */
async function at(step, title) {
	await page.getByRole("heading", { level: 1, name: title, exact: true }).waitFor();
	await page.waitForFunction((s) => location.hash.endsWith(`/${s}`), step);
	steps.push(step);
	await page.reload();
	await page.getByRole("heading", { level: 1, name: title, exact: true }).waitFor();
	await page.locator(".rescue-body").waitFor();
}

const faults = [];

/** The themes by turns; both where pictures are taken, too. */
async function look(step) {
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

const next = () => page.locator(".rescue-go button.primary").click();
const tick = (name) => page.getByLabel(name, { exact: true }).check();
const done = () => page.locator(".card .chip", { hasText: "Done" }).first().waitFor();

async function begin() {
	await page.goto(`${base}/`);
	await page.getByLabel("Setup code").fill(env.SETUP_CODE);
	await page.getByLabel("User name").fill("bartek");
	await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
	await page.getByRole("button", { name: "Create the account" }).click();
	await page.getByRole("link", { name: "I have a bricked camera" }).click();
	await page.getByRole("heading", { level: 1, name: "Rescue a camera" }).waitFor();
	await page.getByLabel("Name of the broken camera").fill("garden");
	await look("list");
	await page.getByRole("button", { name: "Begin" }).click();
	await at("happened", "What happened");
	ok(await page.locator(".rescue-go button.primary").isDisabled(), "no step forward without an answer, and it says why");
	await page.getByRole("radio", { name: /^Wrong firmware/ }).check();
	await page.getByRole("radio", { name: /^None of these/ }).check();
	await page.getByText("All steps (1 of 10)").waitFor();
	ok(true, "with nothing to write the way is shorter");
	await page.getByRole("radio", { name: /^A second camera like it/ }).check();
	await page.getByText("All steps (1 of 16)").waitFor();
	await page.reload();
	await page.getByRole("radio", { name: /^A second camera like it/ }).waitFor();
	ok(await page.getByRole("radio", { name: /^A second camera like it/ }).isChecked(), "an answer outlives a reload");
	await look("happened");
	await next();
}

async function photosAndAdapter() {
	await at("photos", "Photos");
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
	ok(true, "a photo is sent, and one of the four is there");
	await page.getByRole("radio", { name: /^BK7252/ }).check();
	await look("photos");
	await next();
	await at("adapter", "Adapter");
	await page.getByRole("radio", { name: /tty-bad/ }).check();
	await tick("My adapter is set to 3.3 V");
	await look("adapter");
	await next();
}

/** A second person, another browser: sees the same rescue, and the first sees her answer. */
async function second() {
	await call("POST", "users", { name: "ola", password: PASSWORD, role: "admin", my_password: PASSWORD });
	const other = await open();
	await other.page.goto(`${base}/`);
	await other.page.getByLabel("User name").fill("ola");
	await other.page.getByLabel("Password", { exact: true }).fill(PASSWORD);
	await other.page.getByRole("button", { name: "Sign in" }).click();
	await other.page.getByRole("heading", { level: 1, name: "Cameras" }).waitFor();
	await visit(other.page, "/rescue/1");
	await other.page.getByRole("heading", { level: 1, name: "Two wires", exact: true }).waitFor();
	ok(true, "another browser comes to the step where the first one is");
	await other.page.getByLabel("Both wires are connected").check();
	await page.waitForFunction(() => document.querySelector(".rescue-tick input").checked);
	await page.getByText(/last changed by ola/).waitFor();
	ok(true, "what the other one says is seen here at once, with who said it");
	await visit(other.page, "/rescue/1/photos");
	await other.page.getByRole("radio", { name: /^BK7252/ }).waitFor();
	ok(await other.page.getByRole("radio", { name: /^BK7252/ }).isChecked(), "both may be at different steps");
	return other;
}

async function wires() {
	await at("wire", "Two wires");
	await page.getByText("listening").waitFor();
	await page.getByText(/Nothing has come at/).waitFor();
	const other = await second();
	await look("wire");
	await next();
	await at("power", "Off and on");
	tell("bad", "power-on");
	await until("silence was kept", async () => (await rescue()).seen.wire !== null);
	await page.getByText("Silence", { exact: true }).waitFor();
	await page.getByText(/^Seen: 0 bytes at/).waitFor();
	ok(true, "the verdict shows what it goes by");
	await look("power");
	return other;
}

/** flashd dies while it waits for a hand, and while it reads; both go on by themselves. */
async function findAndSave(other) {
	await next();
	await at("ways", "The way in");
	await tick("The third wire is connected");
	tell("bad", "power-off");
	await page.getByRole("button", { name: "Ask the chip who it is" }).click();
	await page.locator(".ask", { hasText: "Switch the camera off and on" }).waitFor();
	await look("ways");
	// The worker would see the camera start; nobody shall, before flashd is back.
	const last = workers();
	await kill("flashd");
	await until("its worker is gone", () => last.every(isGone));
	tell("bad", "power-on");
	await until("the boot ROM runs", inBootRom);
	startAgain("flashd");
	await page.reload();
	await done();
	ok(true, "identify: flashd was killed, the job begins anew by itself");
	await next();
	await at("identify", "Who it is");
	await page.getByText("The marking and the chip do not agree.").first().waitFor();
	ok(await page.locator(".rescue-go button.primary").isDisabled(), "another family than on the photo: no step forward");
	await look("identify");
	// The second person looks again and mends the answer.
	await other.page.getByRole("radio", { name: /^XF16/ }).check();
	await page.getByText("The chip is what its marking says.").waitFor();
	// Mostly the boot ROM at once; on a busy machine it may answer only to the next way.
	await page.getByText(/This is your brick|let us in|We came in/).first().waitFor();
	ok(true, "how we got in is said");
	await other.close();
	await next();
	await at("save", "Save what is left");
	tell("bad", "fault late:1a:0:60");
	await page.getByRole("button", { name: "Save what is left" }).click();
	await jobIs("save", (job) => /^read/.test(job.progress?.step ?? "") || job.state === "done");
	await kill("flashd");
	tell("bad", "no-faults");
	startAgain("flashd");
	await page.reload();
	await done();
	ok(true, "save: flashd was killed, the reading begins anew by itself");
	await page.getByText("This is why it does not start:").waitFor();
	ok(await page.locator(".note", { hasText: "XR809" }).count() > 0, "the image on it is named: for another chip", await page.locator(".rescue-body").innerText());
	await look("save");
	await next();
}

async function donor() {
	await at("donor", "What to write");
	await page.getByLabel("Name of the good camera").fill("barn");
	await page.getByRole("button", { name: "Keep the name" }).click();
	await page.getByText("barn is read twice").waitFor();
	await page.getByRole("radio", { name: /tty-good/ }).check();
	await page.getByRole("radio", { name: "No", exact: true }).check();
	tell("good", "fault late:1a:0:60");
	await page.getByRole("button", { name: "Back up the good camera" }).click();
	await jobIs("donor", (job) => /^read/.test(job.progress?.step ?? "") || job.state === "done");
	await kill("flashd");
	tell("good", "no-faults");
	startAgain("flashd");
	// webd goes, too: the page says so and comes back by itself.
	await kill("webd");
	startAgain("webd");
	await until("webd is back", () => {
		// Meanwhile somebody else's connection may have had the port: once more then.
		if (isGone(pids.webd)) startAgain("webd");
		return fetch(`${base}/healthz`).then((a) => a.ok, () => false);
	});
	await page.reload();
	await page.getByText("This will be used:").waitFor();
	ok(true, "donor: flashd and webd were killed, the reading goes on");
	await look("donor");
	await next();
	await at("image", "Image for this camera");
	await page.getByRole("heading", { name: "The image for this camera" }).waitFor();
	await look("image");
	await next();
	await at("checks", "Checks");
	await page.locator(".check-bad").first().waitFor();
	ok(await page.locator(".rescue-go button.primary").isDisabled(), "a check that is not green blocks the way");
	await tick("The supply is steady, and neither phone nor appliance will be unplugged");
	await page.getByText("All green.").waitFor();
	await look("checks");
	await next();
}

async function write() {
	await at("write", "Write");
	await page.getByLabel("Type garden to confirm").fill("garden");
	await page.getByLabel("Type experimental to confirm").fill("experimental");
	await look("write");
	tell("bad", "fault slow-erase:60");
	await page.getByRole("button", { name: "Write to the camera" }).click();
	await page.locator(".swatch-written").waitFor();
	await kill("flashd");
	tell("bad", "no-faults");
	startAgain("flashd");
	await page.reload();
	await page.getByRole("button", { name: "Go on with it" }).waitFor();
	await visit(page, "/");
	await page.locator(".banner", { hasText: "cut off while writing" }).waitFor();
	ok(true, "write: flashd was killed; a banner on every page says so");
	await visit(page, "/rescue/1");
	await at("write", "Write");
	await look("write-cut");
	await page.getByRole("button", { name: "Go on with it" }).click();
	await done();
	ok(true, "it goes on to its end");
	const written = fs.readFileSync(env.FLASH_BAD);
	const good = fs.readFileSync(env.FLASH_GOOD);
	ok(written.subarray(0, 4096).equals(good.subarray(0, 4096)), "the camera holds the firmware of the good one");
	ok(written.includes("old-meadow") && !written.includes("barn owl"), "and its own settings, not those of the good one");
	await look("written");
	await next();
}

async function boot() {
	await at("boot", "First boot");
	await page.getByText("listening").waitFor();
	await kill("flashd");
	startAgain("flashd");
	await page.reload();
	await page.getByText("listening").waitFor();
	tell("bad", "power-cycle");
	await page.getByText("It lives: the firmware started.").waitFor();
	ok(true, "first boot: flashd was killed; the console comes back and the firmware is known");
	await look("boot");
	await next();
}

async function home() {
	await at("network", "Into the network");
	await tick("The camera is in my network");
	await tick("Its way to the internet is closed");
	await page.getByLabel("Address", { exact: true }).fill(env.CAMERA_URL);
	await page.getByRole("button", { name: "Show its picture" }).click();
	await page.locator(".live-picture img[alt^=Live]:not(.unseen)").waitFor();
	ok(true, "the picture of the rescued camera");
	await kill("streamd");
	startAgain("streamd");
	await page.reload();
	await page.locator(".live-picture img[alt^=Live]:not(.unseen)").waitFor();
	ok(true, "streamd was killed, the picture comes back");
	await look("network");
	await next();
	await at("home", "Home Assistant");
	await page.locator(".url").first().waitFor();
	await look("home");
	await next();
	await at("give", "Give back");
	const report = await page.locator("pre.log").innerText();
	ok(/# Rescue of a camera/.test(report) && /xr872/.test(report), "a report is ready");
	ok(!/meadow|barn owl|33:44:55/.test(report), "without names, keys and addresses");
	await look("give");
	await page.getByRole("button", { name: "I am stuck" }).click();
	await page.getByRole("heading", { name: "Help for this step" }).waitFor();
	await look("stuck");
	await page.getByRole("button", { name: "The rescue is done" }).click();
	await page.getByRole("heading", { level: 1, name: "garden" }).waitFor();
	is((await rescue()).state, "done", "the rescue is over, the camera's page is there");
}

try {
	if (SHOTS) fs.mkdirSync(SHOTS, { recursive: true });
	await begin();
	await photosAndAdapter();
	await findAndSave(await wires());
	await donor();
	await write();
	await boot();
	await home();
	is(new Set(steps).size, 16, "sixteen steps, each with an address of its own");
	ok(faults.length === 0, "axe finds nothing on any of them in both themes, nothing is too wide", ...faults);
	ok(complaints.length === 0, "the page breaks no rule of its policy and throws nothing", ...complaints);
} catch (e) {
	ok(false, "the rescue goes on to its end", e.stack, await page.locator("body").innerText().catch(() => ""));
	if (env.SHOT) await page.screenshot({ path: env.SHOT, fullPage: true });
}
await close();
process.exit(end());
