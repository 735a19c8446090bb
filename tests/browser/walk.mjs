// SPDX-License-Identifier: GPL-3.0-or-later
// One camera's whole way in a real browser, against the real daemons: setup, backup,
// restore, live picture; then sign-in by keyboard, and every page in both themes.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { album } from "./album.mjs";
import { base, complaints, desk, end, inspect, is, ok, open, phone, settled, visit } from "./browser.mjs";

const { SETUP_CODE, CAMERA_URL, TTY_A, TTY_B, TTY_C, FLASH_A, FLASH_B } = process.env;
const USER = "ola";
const PASSWORD = "correct horse battery";
const NEW_PASSWORD = "staple and battery";

const { context, page, close } = await open();

/** Nothing in the cache, nothing of another language: what comes over the wire. */
async function weight(language) {
	const cdp = await context.newCDPSession(page);
	await cdp.send("Network.enable");
	await cdp.send("Network.clearBrowserCache");
	let bytes = 0;
	const words = new Set();
	cdp.on("Network.loadingFinished", (ev) => {
		bytes += ev.encodedDataLength;
	});
	cdp.on("Network.requestWillBeSent", (ev) => {
		const name = /\/lang\/(.*)\.json$/.exec(ev.request.url)?.[1];
		if (name) words.add(name);
	});
	await page.goto(`${base}/`);
	await page.locator("h1").waitFor();
	await page.waitForLoadState("networkidle");
	await cdp.detach();
	ok(bytes > 40 * 1024 && bytes <= 80 * 1024, `${language}: first load takes ${Math.round(bytes / 1024)} KiB, at most 80`, `${bytes} bytes`);
	is([...words].join(), language, `${language}: it is the only language that is loaded`);
}

async function weights() {
	await weight("en");
	await page.evaluate(() => localStorage.setItem("camherd.language", "pl"));
	await page.goto("about:blank");
	await weight("pl");
	await page.evaluate(() => localStorage.removeItem("camherd.language"));
	await page.reload();
	await page.locator("h1").waitFor();
}

async function setup() {
	await inspect(page, "setup");
	await page.getByLabel("Setup code").fill("wrong123");
	await page.getByLabel("User name").fill(USER);
	await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
	await page.getByRole("button", { name: "Create the account" }).click();
	await page.getByRole("alert").waitFor();
	ok(/setup-code/.test(await page.getByRole("alert").innerText()), "a wrong setup code is refused and says what to do");
	await page.getByLabel("Setup code").fill(SETUP_CODE.toUpperCase());
	await page.getByRole("button", { name: "Create the account" }).click();
	await page.getByRole("heading", { name: "No cameras yet" }).waitFor();
	ok(true, "the setup code makes the first account and signs in");
	await inspect(page, "cameras, none yet");
}

async function addCamera(name, source) {
	await visit(page, "/add");
	await page.getByLabel("Name", { exact: true }).fill("Not A Name");
	await page.getByRole("button", { name: "Add" }).click();
	is(await page.locator(".field-error").count(), 1, "a name that is no slug is explained beside the field");
	await page.getByLabel("Name", { exact: true }).fill(name);
	await page.getByLabel("Address", { exact: true }).fill(source);
	await inspect(page, "add a camera");
	await page.getByRole("button", { name: "Add" }).click();
	await page.getByRole("heading", { level: 1, name }).waitFor();
}

/** Cameras that speak no HTTP: found, shown, added by a person, and asked for things. */
async function findAndControl() {
	await visit(page, "/add");
	await page.getByRole("button", { name: "Search" }).click();
	await page.getByText("2 cameras answered.").waitFor({ timeout: 60000 });
	await page.getByText("another program holds it").waitFor();
	ok(true, "a search says which camera another program holds");
	await inspect(page, "cameras found");
	await page.getByRole("button", { name: "Use it: the camera at 127.0.0.9" }).click();
	is(await page.getByLabel("Name", { exact: true }).inputValue(), "batc-31", "one tap fills in a name");
	ok(/^pppp:BATC-609531-EXLVS@127\.0\.0\.9:/.test(await page.getByLabel("Address", { exact: true }).inputValue()), "and the address; nothing is added by itself");
	await page.getByLabel("Name", { exact: true }).fill("porch");
	await page.getByRole("button", { name: "Add", exact: true }).click();
	await page.getByRole("heading", { level: 1, name: "porch" }).waitFor();
	await page.getByText("3.86 V").waitFor({ timeout: 60000 });
	ok(true, "a live camera tells its battery");
	const group = (name) => page.getByRole("group", { name });
	await group("Infrared").getByRole("button", { name: "On" }).click();
	await page.locator("[role=group][aria-label=Infrared] button[aria-pressed=true]", { hasText: "On" }).waitFor({ timeout: 60000 });
	ok(true, "infrared is switched and its state read back");
	is(await group("Lamp").getByRole("button").count(), 1, "a family that can only toggle its lamp gets one button");
	await group("Pan and tilt").getByRole("button", { name: "Left" }).click();
	await page.getByText("Done, says the camera.").waitFor({ timeout: 60000 });
	await group("Wi-Fi").getByRole("button", { name: "Networks it hears" }).click();
	await page.getByText("meadow").waitFor({ timeout: 60000 });
	ok(true, "the camera's networks are listed");
	await inspect(page, "a camera's controls");
	if (process.env.SHOTS) {
		for (const [label, size] of [["phone", phone], ["desk", desk]]) {
			await page.setViewportSize(size);
			await page.screenshot({ path: `${process.env.SHOTS}/controls-${label}.png`, fullPage: true });
		}
	}
	await visit(page, "/add");
	await page.getByRole("button", { name: "Search" }).click();
	ok(await page.getByRole("link", { name: "It is porch" }).waitFor({ timeout: 60000 }).then(() => true), "a camera that is known is said to be");
	if (process.env.SHOTS) {
		await page.setViewportSize(phone);
		await page.screenshot({ path: `${process.env.SHOTS}/find-phone.png`, fullPage: true });
		await page.setViewportSize(desk);
		await page.screenshot({ path: `${process.env.SHOTS}/find-desk.png`, fullPage: true });
	}
	await visit(page, "/cam/porch");
	await page.getByRole("button", { name: "Remove the camera" }).click();
	await page.getByRole("textbox").last().fill("porch");
	await page.getByRole("dialog").getByRole("button", { name: "Remove the camera" }).click();
	await page.getByRole("heading", { level: 1, name: "Cameras" }).waitFor();
}

/** A print of what the live image shows now; false while it is the same as before. */
function livePrint(before) {
	const img = document.querySelector(".live-picture img[alt^=Live]");
	if (!img || img.naturalWidth === 0) return false;
	const sheet = document.createElement("canvas");
	sheet.width = img.naturalWidth;
	sheet.height = img.naturalHeight;
	const pen = sheet.getContext("2d");
	pen.drawImage(img, 0, 0);
	const data = pen.getImageData(0, 0, sheet.width, sheet.height).data;
	let sum = 0;
	for (let i = 0; i < data.length; i += 4) sum = (sum * 31 + data[i] + data[i + 1] * 7) >>> 0;
	const now = `${sheet.width}x${sheet.height} ${sum}`;
	return now !== before && now;
}

async function livePicture(name) {
	await visit(page, `/cam/${name}`);
	await page.locator(".live-picture img[alt^=Live]:not(.unseen)").waitFor();
	const first = await (await page.waitForFunction(livePrint, "")).jsonValue();
	await page.waitForFunction(livePrint, first);
	ok(/^640x480 /.test(first), `the live picture of ${name} moves`, first);
	await page.getByText("Live", { exact: true }).first().waitFor();
	ok(true, "its state says Live");
	ok(/rtsp:\/\/127\.0\.0\.1:\d+\/garden$/.test(await page.locator("#output-rtsp .url").innerText()), "the H.264 address is there to copy");
	await inspect(page, "camera");
	await page.getByRole("button", { name: "Pause" }).click();
	await page.locator("img.live-still").waitFor();
	ok(true, "pause keeps the last picture on screen");
	await page.getByRole("button", { name: "Go on" }).click();
}

async function namePort(tty, name) {
	await visit(page, `/bench/${encodeURIComponent(tty)}`);
	await page.getByLabel("Name of the socket").fill(name);
	await page.getByRole("button", { name: "Save" }).click();
	await page.getByRole("heading", { level: 1, name }).waitFor();
}

/** An event that comes after a page was drawn and before anything that the browser puts
 * off for the next frame has run: what is typed there must stay. */
async function typedTextStays() {
	await visit(page, "/bench");
	await page.getByRole("link", { name: "left" }).waitFor();
	// Not "networkidle": the event stream of a page that was loaded signed in never ends.
	await settled(page);
	await page.evaluate(async () => {
		const { requestAnimationFrame: frame, setTimeout: timer } = window;
		const held = [];
		window.requestAnimationFrame = (f) => -held.push(f);
		window.setTimeout = (f, ms, ...rest) => (ms > 500 ? timer(f, ms, ...rest) : -held.push(f));
		location.hash = "/bench/left";
		while (!document.querySelector("#port-name")) await new Promise((go) => timer(go, 10));
		const field = document.querySelector("#port-name");
		field.value = "half a na";
		field.dispatchEvent(new Event("input", { bubbles: true }));
		// A channel that is made last hears last: the page has the event then.
		const echo = new BroadcastChannel("camherd");
		const heard = new Promise((go) => { echo.onmessage = go; });
		const other = new BroadcastChannel("camherd");
		other.postMessage({ kind: "change", what: ["ports"] });
		await heard;
		echo.close();
		other.close();
		window.typedInto = field;
		window.requestAnimationFrame = frame;
		window.setTimeout = timer;
		for (const f of held) f(performance.now());
	});
	// What is asked for from now on comes one after the other: at the second answer the
	// page has drawn the first, and all before.
	const asked = new Set();
	let answers = 0;
	const ask = (r) => asked.add(r);
	const answer = (r) => {
		if (r.url().endsWith("/api/v1/ports") && asked.has(r.request())) answers++;
	};
	page.on("request", ask);
	page.on("response", answer);
	while (answers < 2) {
		await page.evaluate(() => {
			const other = new BroadcastChannel("camherd");
			other.postMessage({ kind: "change", what: ["ports"] });
			other.close();
		});
		await page.waitForTimeout(100);
	}
	page.off("request", ask);
	page.off("response", answer);
	is(await page.evaluate(() => `${window.typedInto.isConnected} ${window.typedInto.value}`), "true half a na", "an event between drawing and the next frame loses no typed text");
}

async function jobEnds(word) {
	await page.locator(".state-line .chip").filter({ hasText: /Done|Failed|Refused|Cancelled/ }).waitFor();
	const state = await page.locator(".state-line .chip").innerText();
	const text = await page.locator(".ending").innerText();
	is(state.trim(), word, `the job ends as ${word}`);
	return text;
}

async function backup() {
	await visit(page, "/bench");
	await page.getByRole("link", { name: "left" }).waitFor();
	await inspect(page, "USB ports");
	await visit(page, "/bench/left");
	await page.getByLabel("Camera on this port").selectOption("garden");
	await inspect(page, "USB port");
	await page.getByRole("button", { name: "Back up" }).click();
	await page.getByRole("heading", { level: 1, name: "Backup: garden" }).waitFor();
	await page.locator(".blocks canvas").waitFor();
	ok(true, "a running job shows its blocks");
	const text = await jobEnds("Done");
	ok(/all readings are equal/.test(text), "the last sentence says that the readings are equal", text);
	await settled(page);
	await inspect(page, "job");
}

async function library() {
	await visit(page, "/dumps");
	await page.getByRole("link", { name: /garden/ }).waitFor();
	await inspect(page, "backups");
	await page.getByRole("link", { name: /garden/ }).click();
	await page.getByRole("heading", { level: 1, name: /Backup \d+: garden/ }).waitFor();
	await page.getByRole("slider").waitFor();
	const before = await page.getByRole("slider").getAttribute("aria-valuetext");
	await page.getByRole("slider").press("ArrowRight");
	ok(before !== await page.getByRole("slider").getAttribute("aria-valuetext"), "arrow keys move through the map");
	ok(await page.getByRole("rowheader", { name: "boot", exact: true }).count() === 1, "the map names the boot section");
	await inspect(page, "backup");
	const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Download" }).click()]);
	const bytes = fs.readFileSync(await file.path());
	is(sha256(bytes), sha256(fs.readFileSync(FLASH_A)), "the downloaded backup has the bytes of the flash");
}

async function liveConsole() {
	await visit(page, "/bench/left");
	await page.getByRole("button", { name: "Open the console" }).click();
	await page.getByText(/Looking for the rate|found by itself/).waitFor();
	is(await page.getByLabel("Line to send").count(), 0, "the console is read-only at first");
	ok(await page.locator(".console-lines").evaluate((e) => e === document.activeElement), "who opened the console stands in its lines");
	await page.getByRole("button", { name: "Type into it" }).press("Enter");
	await page.waitForFunction(() => document.activeElement?.getAttribute("aria-label") === "Line to send");
	ok(true, "who wants to type can type at once");
	await page.getByLabel("Line to send").fill("hello");
	await page.getByRole("button", { name: "Send", exact: true }).click();
	await page.locator(".console-sent").filter({ hasText: "> hello" }).waitFor();
	await page.locator(".console-line").filter({ hasText: "404 unknown command" }).first().waitFor();
	ok(true, "a typed line is shown, and the camera's answer");
	await page.getByText(/found by itself/).waitFor();
	await page.getByLabel("Show only lines with").fill("nothing like this");
	await page.getByText("No line holds that.").waitFor();
	await page.getByLabel("Show only lines with").fill("");
	await inspect(page, "USB port, console");
	const [file] = await Promise.all([
		page.waitForEvent("download"),
		page.locator("#console").getByRole("button", { name: "Save" }).click(),
	]);
	ok(/> hello/.test(fs.readFileSync(await file.path(), "utf8")), "the saved console holds the lines");
	await page.locator("#console").getByRole("button", { name: "Close" }).click();
	await page.locator(".state-line .chip").filter({ hasText: "Free" }).waitFor();
	ok(await page.getByRole("button", { name: "Open the console" }).evaluate((e) => e === document.activeElement), "who closed the console stands where it is opened");
	ok(true, "a closed console gives the port back");
}

/** A backup beside the camera at a port: read by a job, then compared as any two. */
async function compareWithPort() {
	const dump = page.url().replace(/^.*#/, "");
	await visit(page, `${dump}/compare`);
	await page.getByRole("heading", { name: "With the camera at a port" }).waitFor();
	await inspect(page, "compare, choose");
	await page.getByLabel("USB port").selectOption({ label: "right" });
	await page.getByRole("button", { name: "Read it and compare" }).click();
	await page.waitForURL(/compare\?(job|with)=\d+/);
	await page.getByText(/of 128 blocks differ/).waitFor();
	ok(/compare\?with=\d+$/.test(page.url()), "a backup is compared with the camera at a port, at an address of its own", page.url());
	await inspect(page, "compare with a port");
	await visit(page, dump);
	await page.getByRole("slider").waitFor();
}

/** A console that wants a login: the job says so, leads to it, and goes on in there. */
async function signInOnTheConsole() {
	await visit(page, `/bench/${encodeURIComponent(TTY_C)}`);
	await page.getByRole("button", { name: "Identify", exact: true }).click();
	const toConsole = page.getByRole("button", { name: "Cancel the job and open the console" });
	await toConsole.waitFor();
	await inspect(page, "job that waits for a login");
	ok(await page.locator(".banner").count() === 0, "the page of a job that waits needs no banner for it");
	await toConsole.click();
	const type = page.getByRole("button", { name: "Type into it" });
	await type.waitFor();
	ok(/console=1$/.test(page.url()), "the job leads to the live console, which is open");
	await type.click();
	// What the job sent may have been taken for a name: answer whatever it asks for.
	let last = "";
	for (let seen = 0; !/\$\s*$/.test(last);) {
		await page.getByLabel("Line to send").fill(/Password/.test(last) ? "camera" : "root");
		await page.getByRole("button", { name: "Send", exact: true }).click();
		const prompts = page.locator(".console-line").filter({ hasText: /(login:|Password:|\$)\s*$/ });
		await prompts.nth(seen).waitFor();
		seen = await prompts.count();
		last = await prompts.last().innerText();
	}
	await page.getByRole("button", { name: "Take over: back up" }).click();
	await jobEnds("Done");
	ok(true, "after the sign-in a backup takes over the open port");
}

function sha256(bytes) {
	return createHash("sha256").update(bytes).digest("hex");
}

/** From a backup's page to its restore onto the second camera, up to the last click. */
async function startRestore() {
	await page.getByLabel("USB port").selectOption({ label: "right" });
	await page.getByRole("link", { name: "Restore…" }).click();
	await page.getByRole("heading", { level: 1, name: "Restore" }).waitFor();
	await page.getByRole("heading", { name: "4. Start" }).waitFor();
	await page.getByRole("radio", { name: /^Exactly as it is/ }).check();
	await page.getByRole("heading", { name: "4. Start" }).waitFor();
	await page.getByLabel("Type right to confirm").fill("right");
	await page.getByLabel("Type experimental to confirm").fill("experimental");
}

const writeButton = () => page.getByRole("button", { name: "Write to the camera" });

/** Kill it, and go on when it is dead: gone, or a zombie that its parent will see. */
async function killed(pid) {
	process.kill(pid, "SIGKILL");
	for (;;) {
		let stat = "";
		try {
			stat = fs.readFileSync(`/proc/${pid}/stat`, "utf8");
		} catch {
			return;
		}
		if (/\) [ZX] /.test(stat)) return;
		await page.waitForTimeout(10);
	}
}

/** Before a restore the image for the camera is shown; without one nothing starts. */
async function imageShown() {
	await page.getByLabel("USB port").selectOption({ label: "right" });
	await page.getByRole("link", { name: "Restore…" }).click();
	await page.getByText("Say which camera this is").waitFor();
	await page.getByLabel("Type right to confirm").fill("right");
	await page.getByLabel("Type experimental to confirm").fill("experimental");
	ok(await writeButton().isDisabled(), "nothing is written whose image was not shown");
	await page.getByLabel("Camera", { exact: true }).selectOption({ index: 1 });
	await page.getByRole("heading", { name: "The image for this camera" }).waitFor();
	await page.getByText("This is the camera's own backup.").waitFor();
	ok(true, "a camera's own backup is known as such");
	await page.getByRole("img", { name: /^Against the camera: / }).waitFor();
	ok(true, "the differences have words");
	await inspect(page, "restore, image");
}

/** The bricked camera gets the backup; flashd is killed while it writes, comes back,
 * and the page leads to the end of it. */
async function restoreCutOff() {
	const dump = page.url();
	await imageShown();
	await page.goto(dump);
	await startRestore();
	await inspect(page, "restore");
	await page.getByLabel("Type right to confirm").fill("left");
	ok(await writeButton().isDisabled(), "writing stays off while the typed name is wrong");
	await page.getByLabel("Type right to confirm").fill("right");
	await writeButton().click();
	await page.getByRole("heading", { level: 1, name: "Restore: right" }).waitFor();
	await page.locator(".pill").waitFor();
	ok(true, "the running job is in the page's head");
	await page.locator(".swatch-written").waitFor();
	await killed(Number(process.env.FLASHD_PID));
	const log = fs.openSync(`${process.env.TMPDIR}/flashd-again.log`, "w");
	const again = spawn(process.env.FLASHD, ["-c", process.env.CAMHERD_CONF], { stdio: ["ignore", log, log] });
	process.on("exit", () => again.kill("SIGTERM"));
	await visit(page, "/");
	await page.locator(".banner", { hasText: "cut off while writing" }).waitFor();
	ok(true, "a write that was cut off is a banner on every page");
	await inspect(page, "banner");
	await page.locator(".banner").getByRole("link", { name: "Open the job" }).click();
	await page.getByRole("button", { name: "Go on with it" }).waitFor();
	await inspect(page, "job that was cut off");
	await page.getByRole("button", { name: "Go on with it" }).click();
	await jobEnds("Done");
	is(sha256(fs.readFileSync(FLASH_B)), sha256(fs.readFileSync(FLASH_A)), "it goes on to its end: the second camera holds the backup");
	await page.locator(".banner").waitFor({ state: "detached" });
	await page.locator(".pill").waitFor({ state: "detached" });
	ok(true, "banner and pill go with the job");
	return dump;
}

async function restoreAgain(dump) {
	await page.goto(dump);
	await startRestore();
	await writeButton().click();
	await page.getByRole("heading", { level: 1, name: "Restore: right" }).waitFor();
	const text = await jobEnds("Done");
	ok(/^0 blocks written .* 128 were already equal/.test(text), "the same restore again writes nothing", text);
	await visit(page, "/jobs");
	await page.getByRole("link", { name: /Restore: right/ }).first().waitFor();
	await inspect(page, "jobs");
}

async function fleet() {
	await visit(page, "/");
	await page.locator(".camera-card img").waitFor();
	ok(true, "the card shows a picture");
	ok(/Verified backup/.test(await page.locator(".camera-card").innerText()), "the card shows the verified backup");
	await inspect(page, "cameras");
}

async function settings() {
	await visit(page, "/settings");
	await page.getByRole("button", { name: "Add a user" }).waitFor();
	await inspect(page, "settings");
	await page.getByRole("button", { name: "Add a user" }).click();
	await inspect(page, "dialog");
	await page.getByRole("dialog").getByLabel("User name").fill("bartek");
	await page.getByRole("dialog").getByLabel("Password", { exact: true }).fill("another long one");
	await page.getByRole("dialog").getByLabel("Your own password").fill("not mine");
	await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
	await page.getByRole("dialog").getByRole("alert").waitFor();
	ok(true, "a user is not added without the own password");
	await page.getByRole("dialog").getByLabel("Your own password").fill(PASSWORD);
	await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
	await page.getByText("bartek").waitFor();
	ok(true, "a user is added with it");
	await page.getByLabel("Your own password").fill(PASSWORD);
	await page.getByLabel("New password").fill(NEW_PASSWORD);
	await page.getByRole("button", { name: "Change the password" }).click();
	await page.getByText("The password is changed").waitFor();
	ok(true, "the own password is changed and this browser stays signed in");
	await page.keyboard.press("Shift+Slash");
	await page.getByRole("dialog", { name: "Keys" }).waitFor();
	await page.keyboard.press("Escape");
	await page.getByRole("dialog").waitFor({ state: "detached" });
	ok(true, "? shows the keys, Escape closes them");
}

const lang = path.join(process.env.top_srcdir ?? ".", "webd/ui/lang");
const texts = (name) => JSON.parse(fs.readFileSync(path.join(lang, `${name}.json`), "utf8"));

/** Texts of the page, or whole sentences of a daemon, that are still English. */
async function englishRests() {
	const own = new Set([...Object.values(texts("pl")), ...Object.values(texts("pl.messages"))]);
	const foreign = new Set([...Object.values(texts("en")), ...Object.keys(texts("pl.messages")).filter((text) => text.includes(" "))]);
	const seen = await page.evaluate(() => {
		const found = [];
		const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
		while (walker.nextNode()) if (!walker.currentNode.parentElement.closest("pre, code, [lang=en]")) found.push(walker.currentNode.data.trim());
		return found;
	});
	return seen.filter((text) => foreign.has(text) && !own.has(text));
}

async function polish() {
	await visit(page, "/settings");
	await page.getByLabel("Language").selectOption("pl");
	await page.getByRole("heading", { level: 1, name: "Ustawienia" }).waitFor();
	is(await page.evaluate(() => document.documentElement.lang), "pl", "Polish at once, and the document says so");
	for (const route of ["/settings", "/settings/doctor", "/", "/cam/garden", "/bench/left", "/jobs", "/dumps"]) {
		await visit(page, route);
		await inspect(page, `Polish, ${route}`);
		is((await englishRests()).join("; "), "", `Polish, ${route}: nothing is left in English`);
	}
	await visit(page, "/settings");
	await page.getByLabel("Język").selectOption("en");
	await page.getByRole("heading", { level: 1, name: "Settings" }).waitFor();
}

async function oneStream() {
	// Only those that began while we look: the end of an older one counts for nothing.
	const streams = new Set();
	const count = (p) => {
		p.on("request", (r) => { if (r.url().endsWith("/api/v1/events")) streams.add(r); });
		p.on("requestfailed", (r) => streams.delete(r));
		p.on("requestfinished", (r) => streams.delete(r));
	};
	count(page);
	await visit(page, "/jobs");
	await page.reload();
	await page.locator("h1").waitFor();
	const second = await context.newPage();
	count(second);
	await second.goto(`${base}/#/jobs`);
	await second.locator(".row").first().waitFor();
	await page.waitForFunction(() => (localStorage.getItem("camherd.leader") ?? "") !== "");
	for (let i = 0; i < 600 && streams.size !== 1; i++) await second.waitForTimeout(100);
	is(streams.size, 1, "two tabs share one event stream");
	await second.close();
}

async function lostAndFound() {
	await visit(page, "/jobs");
	await context.setOffline(true);
	await page.getByText("Connection lost").waitFor();
	await page.locator(".row").first().waitFor();
	ok(true, "without a connection an amber bar shows and the content stays");
	await inspect(page, "connection lost");
	await context.setOffline(false);
	await page.getByText("Connection lost").waitFor({ state: "detached" });
	ok(true, "the bar goes when the connection is back");
}

async function keyboardOnly() {
	await visit(page, "/settings");
	await page.getByRole("button", { name: "Sign out", exact: true }).click();
	await page.getByRole("heading", { name: "Sign in" }).waitFor();
	await inspect(page, "sign-in");
	await visit(page, "/jobs");
	await page.reload();
	await page.getByRole("heading", { name: "Sign in" }).waitFor();
	await page.waitForFunction(() => document.activeElement?.id === "user");
	ok(true, "the sign-in page starts in its first field");
	await page.keyboard.type(USER);
	await page.keyboard.press("Tab");
	await page.keyboard.type("wrong wrong");
	await page.keyboard.press("Enter");
	await page.getByRole("alert").waitFor();
	ok(true, "a wrong password is told");
	await page.keyboard.press("Control+A");
	await page.keyboard.type(NEW_PASSWORD);
	await page.keyboard.press("Enter");
	await page.getByRole("heading", { level: 1, name: "Jobs" }).waitFor();
	ok(true, "signed in by keyboard alone, at the address that was asked for");
	await page.keyboard.press("Tab");
	const ring = await page.evaluate(() => getComputedStyle(document.activeElement).outlineWidth);
	is(ring, "3px", "what has the focus shows it");
	await page.keyboard.press("g");
	await page.keyboard.press("d");
	await page.getByRole("heading", { level: 1, name: "Backups" }).waitFor();
	await page.waitForFunction(() => document.activeElement?.tagName === "H1");
	ok(true, "g d goes to the backups; the focus is on the new page's title");
}

async function viewer() {
	await visit(page, "/settings");
	await page.getByRole("button", { name: "Sign out", exact: true }).click();
	await page.getByLabel("User name").fill("bartek");
	await page.getByLabel("Password", { exact: true }).fill("another long one");
	await page.getByRole("button", { name: "Sign in" }).click();
	await page.getByRole("heading", { level: 1, name: "Settings" }).waitFor();
	is(await page.getByRole("button", { name: "Add a user" }).count(), 0, "a viewer sees no users");
	await visit(page, "/cam/garden");
	await page.getByText("an administrator can see them").waitFor();
	is(await page.getByRole("button", { name: "Remove the camera" }).count(), 0, "a viewer cannot remove a camera");
	await visit(page, "/bench/left");
	await page.getByRole("heading", { name: "This port", exact: true }).waitFor();
	is(await page.getByRole("button", { name: "Back up" }).count(), 0, "a viewer starts no jobs");
	await inspect(page, "USB port, viewer");
}

async function sizes() {
	await page.setViewportSize(desk);
	await visit(page, "/cam/garden");
	await page.locator(".live-picture img[alt^=Live]:not(.unseen)").waitFor();
	ok(await page.locator(".head-nav").isVisible() && !await page.locator(".bottom").isVisible(), "1280: pages in the head");
	await page.setViewportSize(phone);
	ok(!await page.locator(".head-nav").isVisible() && await page.locator(".bottom").isVisible(), "360: pages in a bar at the bottom");
}

try {
	await weights();
	await setup();
	await addCamera("garden", CAMERA_URL);
	await livePicture("garden");
	await album(page, "garden");
	await findAndControl();
	await namePort(TTY_A, "left");
	await namePort(TTY_B, "right");
	await typedTextStays();
	await liveConsole();
	await signInOnTheConsole();
	await backup();
	await library();
	await compareWithPort();
	await restoreAgain(await restoreCutOff());
	await fleet();
	await settings();
	await polish();
	await oneStream();
	await lostAndFound();
	await keyboardOnly();
	await sizes();
	await viewer();
	ok(complaints.length === 0, "the page breaks no rule of its policy and throws nothing", ...complaints);
} catch (e) {
	ok(false, "the walk goes on to its end", e.stack, await page.locator("body").innerText().catch(() => ""));
	if (process.env.SHOT) await page.screenshot({ path: process.env.SHOT, fullPage: true });
}
await close();
process.exit(end());
