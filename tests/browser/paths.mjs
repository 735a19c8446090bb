// SPDX-License-Identifier: GPL-3.0-or-later
// The other ways of the rescue: an image file from somebody, and the camera's own
// backup. The bad camera is rescued by the file, breaks again, and is rescued by the
// backup that was made in between.
import fs from "node:fs";
import { axeOn, complaints, end, is, ok, visit } from "./browser.mjs";
import { at, call, close, done, env, faults, inBootRom, look, next, page, photograph, rescue, signUp, tell, tick, until } from "./wizard.mjs";

async function begin(name, have) {
	await page.getByLabel("Name of the broken camera").fill(name);
	await page.getByRole("button", { name: "Begin" }).click();
	await at("happened", "What happened");
	await page.getByRole("radio", { name: /^It stopped half-way/ }).check();
	await page.getByRole("radio", { name: have }).check();
	await next();
}

/** Adapter and wires, as in the whole walk (rescue.mjs): here they are on the way only. */
async function connect() {
	await at("photos", "Photos");
	await photograph(/^XF16/);
	await next();
	await at("adapter", "Adapter");
	await page.getByRole("radio", { name: /tty-bad/ }).check();
	await tick("My adapter is set to 3.3 V");
	await next();
	await at("wire", "Two wires");
	await tick("Both wires are connected");
	await next();
	await at("power", "Off and on");
	tell("bad", "power-cycle");
	await until("the boot ROM runs", inBootRom);
	await next();
}

async function identifyAndSave() {
	await at("ways", "The way in");
	await tick("The third wire is connected");
	await page.getByRole("button", { name: "Ask the chip who it is" }).click();
	await done();
	await next();
	await at("identify", "Who it is");
	await page.getByText("The chip is what its marking says.").waitFor();
	await next();
	await at("save", "Save what is left");
	await page.getByRole("button", { name: "Save what is left" }).click();
	await done();
	await next();
}

async function writeIt(name) {
	await next();
	await at("image", "Image for this camera");
	await page.getByRole("heading", { name: "The image for this camera" }).waitFor();
	await next();
	await at("checks", "Checks");
	await tick("The supply is steady, and neither phone nor appliance will be unplugged");
	await page.getByText("All green.").waitFor();
	await next();
	await at("write", "Write");
	await page.getByLabel(`Type ${name} to confirm`).fill(name);
	await page.getByLabel("Type experimental to confirm").fill("experimental");
	await page.getByRole("button", { name: "Write to the camera" }).click();
	await done();
}

/** A job that found no way in leads here, with its port; so does the port's own page. */
async function fromAFailedJob() {
	const { job } = await call("POST", "jobs", { kind: "identify", port: env.TTY_BAD, wait: false });
	await until("the job has failed", async () => (await call("GET", `jobs/${job.id}`)).state === "failed");
	await visit(page, `/jobs/${job.id}`);
	const link = page.getByRole("link", { name: "Nothing helps? Begin a rescue" });
	await link.waitFor();
	await look("failed-job", true);
	await visit(page, `/bench/${encodeURIComponent(job.port)}`);
	await link.click();
	await page.getByRole("heading", { level: 1, name: "Rescue a camera" }).waitFor();
	ok(page.url().includes(encodeURIComponent(env.TTY_BAD)), "a failed job and its port lead into the rescue, and the port comes along", page.url());
}

/** A file that is none is refused with its reason; one that fits is taken in. */
async function byFile() {
	await begin("attic", /^A file from somebody/);
	await connect();
	await identifyAndSave();
	await at("donor", "What to write");
	const input = page.locator("#rescue-file");
	await input.setInputFiles({ name: "empty.bin", mimeType: "application/octet-stream", buffer: Buffer.alloc(0) });
	await page.getByText("A flash image has at least 1 byte").waitFor();
	ok(await page.locator(".rescue-go button.primary").isDisabled(), "an empty file is no image, and the page says so");
	await input.setInputFiles({ name: "from-a-forum.bin", mimeType: "application/octet-stream", buffer: fs.readFileSync(env.FLASH_GOOD) });
	await page.getByText("This will be used:").waitFor();
	ok((await rescue()).image !== null, "a file is taken into the library, and is what will be written");
	await look("file", true);
	await writeIt("attic");
	const written = fs.readFileSync(env.FLASH_BAD);
	ok(written.subarray(0, 4096).equals(fs.readFileSync(env.FLASH_GOOD).subarray(0, 4096)), "the camera holds the firmware of the file");
	ok(written.includes("old-meadow") && !written.includes("barn owl"), "and its own settings");
	await call("PATCH", "rescues/1", { state: "done" });
}

/** Its firmware is gone again; the backup that was made of it when it was whole is there. */
async function byBackup() {
	const path = (await rescue()).port;
	const whole = fs.readFileSync(env.FLASH_BAD);
	const { job } = await call("POST", "jobs", { kind: "backup", port: path, camera: "attic" });
	await until("the backup is made", async () => (await call("GET", `jobs/${job.id}`)).state === "done");
	const { result_dump: dump } = await call("GET", `jobs/${job.id}`);
	const broken = Buffer.from(whole);
	broken.fill(0xff, 0, 4096);
	fs.writeFileSync(`${env.TMPDIR}/broken-again.bin`, broken);
	tell("bad", `become ${env.TMPDIR}/broken-again.bin ${env.CHIP_BAD}`);
	await visit(page, "/rescue");
	await begin("attic", /^A backup of this camera/);
	await connect();
	await identifyAndSave();
	await at("donor", "What to write");
	const choice = page.locator("#rescue-image");
	const values = await choice.locator("option").evaluateAll((all) => all.map((o) => o.value));
	const saved = (await call("GET", `jobs/${(await rescue()).jobs.save}`)).result_dump;
	ok(values.includes(String(dump)), "the camera's own backup can be chosen", values);
	ok(!values.includes(String(saved)), "what was just saved of the broken one cannot", values);
	await choice.selectOption(String(dump));
	await page.getByText("This will be used:").waitFor();
	await look("backup", true);
	await writeIt("attic");
	ok(fs.readFileSync(`${env.TMPDIR}/broken-again.bin`).equals(whole), "the camera is as it was, byte by byte");
}

try {
	await signUp();
	await fromAFailedJob();
	await byFile();
	await byBackup();
	ok((await axeOn(page)).length === 0 && faults.length === 0, "axe finds nothing on the way, nothing is too wide", ...faults);
	is(complaints.length, 0, "the page breaks no rule of its policy and throws nothing");
} catch (e) {
	ok(false, "the rescue goes on to its end", e.stack, await page.locator("body").innerText().catch(() => ""));
	if (env.SHOT) await page.screenshot({ path: env.SHOT, fullPage: true });
}
await close();
process.exit(end());
