// SPDX-License-Identifier: GPL-3.0-or-later
// One rescue from the empty fleet to a picture, on a phone. In `make check` it begins
// with nothing to write, until a good camera turns up; flashd is killed while it writes
// and at the first boot. With RESCUE_WHOLE=1 the page is loaded anew at every step,
// flashd is killed in each phase, webd and streamd once, and a second browser looks on
// and answers.
import fs from "node:fs";
import { base, complaints, end, is, ok, open, visit } from "./browser.mjs";
import {
	at, call, close, done, env, faults, inBootRom, isGone, jobIs, kill, look, next, page, PASSWORD, photograph, pids, rescue,
	signUp, startAgain, steps, tell, tick, until, whole, workers,
} from "./wizard.mjs";

async function begin() {
	await signUp();
	await page.getByLabel("Name of the broken camera").fill("garden");
	await look("list");
	await page.getByRole("button", { name: "Begin" }).click();
	await at("happened", "What happened");
	ok(await page.locator(".rescue-go button.primary").isDisabled(), "no step forward without an answer, and it says why");
	await page.getByRole("radio", { name: /^Wrong firmware/ }).check();
	await page.getByRole("radio", { name: /^None of these/ }).check();
	await page.getByText("All steps (1 of 10)").waitFor();
	ok(true, "with nothing to write the way is shorter");
	const have = whole ? /^A second camera like it/ : /^None of these/;
	await page.getByRole("radio", { name: have }).check();
	await page.getByText(whole ? "All steps (1 of 16)" : "All steps (1 of 10)").waitFor();
	await page.reload();
	await page.getByRole("radio", { name: have }).waitFor();
	ok(await page.getByRole("radio", { name: have }).isChecked(), "an answer outlives a reload");
	await look("happened");
	await next();
}

async function photosAndAdapter() {
	await at("photos", "Photos");
	await photograph(whole ? /^BK7252/ : /^XF16/);
	ok(true, "a photo is sent, and one of the four is there");
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
	const other = whole ? await second() : await page.getByLabel("Both wires are connected").check();
	await look("wire", true);
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
	if (!whole) {
		tell("bad", "power-on");
		await done();
		await next();
		await at("identify", "Who it is");
		await page.getByText("The chip is what its marking says.").waitFor();
		await next();
		await at("save", "Save what is left");
		await page.getByRole("button", { name: "Save what is left" }).click();
		await done();
		await page.locator(".note", { hasText: "XR809" }).waitFor();
		await next();
		return;
	}
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

/** Said as it is; what turns up later is taken. */
async function nothing() {
	await at("donor", "What to write");
	await page.getByText("There is no image to write.").waitFor();
	const link = page.getByRole("link", { name: "openshwprojects/FlashDumps" });
	is(await link.getAttribute("href"), "https://github.com/openshwprojects/FlashDumps", "with nothing to write the public collection is linked");
	const said = await page.locator(".rescue-body").innerText();
	ok(/IoT\/XF16/.test(said), "with the folder of this family");
	ok(/photos of both sides/.test(said) && /flash id/.test(said), "and what to post is listed", said);
	ok(await page.locator(".rescue-go button.primary").isEnabled(), "the way to its end is open");
	await look("nothing", true);
	// The question goes with its answer: what is behind it is waited for, not its tick.
	await page.getByRole("radio", { name: /^A second camera like it/ }).click();
	await page.getByRole("heading", { name: "Now the good camera" }).waitFor();
	ok(true, "something turned up: the rescue goes on from here");
}

async function donor() {
	await at("donor", "What to write");
	await page.getByLabel("Name of the good camera").fill("barn");
	await page.getByRole("button", { name: "Keep the name" }).click();
	await page.getByText("barn is read twice").waitFor();
	await page.getByRole("radio", { name: /tty-good/ }).check();
	await page.getByRole("radio", { name: "No", exact: true }).check();
	if (whole) tell("good", "fault late:1a:0:60");
	await page.getByRole("button", { name: "Back up the good camera" }).click();
	if (whole) await killWhileItReads();
	await page.getByText("This will be used:").waitFor();
	await look("donor");
	await next();
	await image();
}

async function killWhileItReads() {
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
}

async function image() {
	await at("image", "Image for this camera");
	await page.getByRole("heading", { name: "The image for this camera" }).waitFor();
	await look("image");
	if (whole) await partByPart();
	await next();
	await at("checks", "Checks");
	await page.locator(".check-bad").first().waitFor();
	ok(await page.locator(".rescue-go button.primary").isDisabled(), "a check that is not green blocks the way");
	await tick("The supply is steady, and neither phone nor appliance will be unplugged");
	await page.getByText("All green.").waitFor();
	await look("checks");
	await next();
}

/** Another choice makes an image of its own; the usual one is a click away. */
async function partByPart() {
	await page.getByText("Choose part by part").click();
	const settings = page.getByLabel(/^Settings, Wi-Fi/);
	const make = page.getByRole("button", { name: "Make this image" });
	await settings.waitFor();
	is(await settings.inputValue(), "target", "parts: the settings are the camera's own, as usual");
	ok(await make.isDisabled(), "parts: as usual nothing is made");
	const { image } = await rescue();
	await settings.selectOption("donor");
	await look("parts");
	await make.click();
	await page.getByText("This image was made part by part").waitFor();
	const made = await rescue();
	ok(made.image !== image && made.identity === "donor", "parts: what was made is written as it is", JSON.stringify(made));
	await page.reload();
	await page.getByText("This image was made part by part").waitFor();
	await page.getByRole("heading", { name: "The image for this camera" }).waitFor();
	await look("parts-made");
	await page.getByRole("button", { name: "Back to the image as usual" }).click();
	await page.getByText("An image was made part by part earlier").waitFor();
	const back = await rescue();
	ok(back.image === image && back.identity === "keep", "parts: and back as usual", JSON.stringify(back));
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
	const listening = page.locator(".chip", { hasText: "listening" });
	const gone = page.getByText("The connection to the console is gone");
	await listening.waitFor();
	await kill("flashd");
	await gone.waitFor();
	is(await listening.count(), 0, "without flashd nothing is said to listen");
	startAgain("flashd");
	await gone.waitFor({ state: "detached" });
	await listening.waitFor();
	tell("bad", "power-cycle");
	await page.getByText("It lives: the firmware started.").waitFor();
	ok(true, "first boot: flashd was killed; the console comes back by itself and the firmware is known");
	await page.reload();
	await page.getByText("It lives: the firmware started.").waitFor();
	await listening.waitFor();
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
	if (whole) {
		await kill("streamd");
		startAgain("streamd");
		await page.reload();
		await page.locator(".live-picture img[alt^=Live]:not(.unseen)").waitFor();
		ok(true, "streamd was killed, the picture comes back");
	}
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
	const zip = Buffer.from(await page.evaluate(async () => {
		const link = document.querySelector("a[download$='.zip']");
		return [...new Uint8Array(await (await fetch(link.href)).arrayBuffer())];
	}));
	const held = ["report.txt", "broken-redacted.bin", "broken-map.txt", "good-redacted.bin", "photo-01-front.jpg"].filter((name) => !zip.includes(name));
	ok(zip.subarray(0, 2).toString() === "PK" && held.length === 0, "all of it comes as one archive", `lacking: ${held}`);
	ok(!/meadow|barn owl/.test(zip.toString("latin1")), "without names and keys as well");
	await look("give");
	await page.getByRole("button", { name: "I am stuck" }).click();
	await page.getByRole("heading", { name: "Help for this step" }).waitFor();
	await look("stuck");
	await page.getByRole("button", { name: "The rescue is done" }).click();
	await page.getByRole("heading", { level: 1, name: "garden" }).waitFor();
	is((await rescue()).state, "done", "the rescue is over, the camera's page is there");
}

try {
	await begin();
	await photosAndAdapter();
	await findAndSave(await wires());
	if (!whole) await nothing();
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
