// SPDX-License-Identifier: GPL-3.0-or-later
// The appliance's settings in a real browser, on a phone's screen and a desk's: every tab
// in both languages, the doctor, diagnostics, an archive out and in again. Then a herd of
// a hundred cameras and a thousand backups: what is on screen stays bounded.
import fs from "node:fs";
import { base, complaints, end, inspect, is, ok, open, phone, visit } from "./browser.mjs";

const { SETUP_CODE, LARGE, TMPDIR } = process.env;
const PASSWORD = "correct horse battery";
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

async function signIn() {
	await page.goto(`${base}/`);
	await call("POST", "session", { user: "ola", password: PASSWORD });
	await page.reload();
	await page.locator("h1").waitFor();
}

async function setup() {
	await page.goto(`${base}/`);
	await call("POST", "setup", { code: SETUP_CODE, user: "ola", password: PASSWORD });
	await call("POST", "cameras", { name: "garden", source: "" });
	await page.reload();
	await page.locator("h1").waitFor();
}

async function tabs() {
	const seen = [
		["general", "What this appliance is called"], ["streams", "How streams are made"], ["ports", "How flash chips"],
		["storage", "Logs of jobs, in days"], ["archive", "Load an archive"], ["doctor", "Diagnostics for others"],
	];
	for (const [tab, text] of seen) {
		await visit(page, `/settings/${tab}`);
		await page.getByText(text).first().waitFor();
		if (tab === "doctor") await page.locator(".finding").first().waitFor();
		await inspect(page, `settings, ${tab}`);
	}
}

async function polish() {
	await page.evaluate(() => localStorage.clear());
	await visit(page, "/settings");
	await page.getByLabel("Language").first().selectOption("pl");
	await page.getByRole("heading", { level: 1, name: "Ustawienia" }).waitFor();
	await visit(page, "/settings/doctor");
	await page.locator(".finding").first().waitFor();
	const text = await page.locator("main").innerText();
	ok(/działa, wersja/.test(text) && !/is running, version/.test(text), "the doctor speaks Polish");
	await inspect(page, "diagnosis in Polish");
	await visit(page, "/settings/archive");
	await inspect(page, "archive in Polish");
	await visit(page, "/settings");
	await page.getByLabel("Język").first().selectOption("en");
	await page.getByRole("heading", { level: 1, name: "Settings" }).waitFor();
}

async function naming() {
	await visit(page, "/settings/general");
	await page.getByLabel("What this appliance is called").fill("Barn");
	await page.getByRole("button", { name: "Save", exact: true }).click();
	await page.waitForFunction(() => document.title.endsWith("Barn"));
	ok(true, "the appliance has a name");
	const main = await page.locator("main").innerText();
	ok(/\[webd\]/.test(main) && /systemctl restart camherd-webd/.test(main), "what needs the file is shown with its section and what to do");
}

/** Days that things are kept for: judged in the form, saved, and the same in a terminal. */
async function keeping() {
	await visit(page, "/settings/storage");
	await page.getByLabel("History, in days").fill("0");
	await page.locator(".field-error").waitFor();
	ok(await page.getByRole("button", { name: "Save", exact: true }).isDisabled(), "no day at all is not offered");
	await page.getByLabel("History, in days").fill("30");
	await page.getByText("What is older goes within the hour").waitFor();
	await inspect(page, "how long things are kept");
	await page.getByLabel("Removed backups, in days").press("Enter");
	await page.getByText("Saved.").waitFor();
	const { keep } = await call("GET", "settings");
	is(JSON.stringify(keep), '{"logs_days":90,"history_days":30,"bin_days":30}', "history is kept for as long as was said");
}

async function saveAndLoad() {
	await visit(page, "/settings/archive");
	await page.locator("#archive-pass").fill("sealed with this");
	await page.locator("#archive-mine").fill(PASSWORD);
	const coming = page.waitForEvent("download");
	await page.getByRole("button", { name: "Save the archive" }).click();
	const file = `${TMPDIR}/appliance.sealed`;
	await (await coming).saveAs(file);
	is(fs.readFileSync(file).subarray(0, 16).toString(), "camherd-sealed-1", "the archive comes sealed");
	await call("POST", "cameras", { name: "later", source: "" });
	await visit(page, "/settings/doctor");
	await visit(page, "/settings/archive");
	await page.locator("#archive-file").setInputFiles(file);
	await page.getByRole("button", { name: "Check it" }).click();
	await page.getByText("This archive is sealed").waitFor();
	ok(true, "a sealed archive asks for its passphrase");
	await page.locator("#archive-open").fill("sealed with this");
	await page.getByRole("button", { name: "Check it" }).click();
	await page.getByText("The archive is whole").waitFor();
	ok(/Only here[^]*later/.test(await page.locator("main").innerText()), "it says what is only here");
	await inspect(page, "what an archive would change");
	await page.locator("#danger-name").fill("load");
	await page.locator("#danger-password").fill(PASSWORD);
	await page.getByRole("button", { name: "Load the archive" }).click();
	// Signed out by it: nobody's session is in an archive. An answer that is a failure, as
	// when the inventory is busy, does not say so; who signs in before is signed out again.
	await page.waitForFunction(async () => {
		const answer = await fetch("api/v1/state");
		return answer.ok && (await answer.json()).signed_in === false;
	});
	await signIn();
	// What became of it is told last.
	await page.waitForFunction(async () => {
		const answer = await fetch("api/v1/archive");
		return answer.ok && (await answer.json()).result !== null;
	});
	const { result } = await call("GET", "archive");
	ok(result.ok && /^before-/.test(result.before), "flashd took it in and kept what was here", JSON.stringify(result));
	const { cameras } = await call("GET", "cameras");
	is(cameras.map((c) => c.name).join(), "garden", "the cameras are the archive's");
}

/** Nodes of the document, and rows drawn anew by one event. */
async function largeHerd() {
	fs.writeFileSync(`${LARGE}.go`, "");
	await page.waitForFunction(async () => (await (await fetch("api/v1/dumps?limit=1&skip=999")).json()).dumps?.length === 1);
	await page.setViewportSize(phone);
	await visit(page, "/dumps");
	await page.locator(".row").nth(5).waitFor();
	const nodes = () => page.evaluate(() => document.getElementsByTagName("*").length);
	const rows = await page.locator(".row").count();
	ok(rows > 5 && rows <= 120, `of 1,000 backups ${rows} rows are drawn`);
	ok(await nodes() < 4000, `the library has ${await nodes()} elements`);
	await page.getByLabel("Filter").fill("large-0999");
	await page.waitForFunction(() => document.querySelectorAll(".row").length === 1);
	ok(true, "the filter finds one of a thousand");
	await inspect(page, "a library of a thousand");
	await visit(page, "/");
	await page.waitForFunction(() => document.querySelectorAll("main li, main article, main tr").length > 20);
	const count = await nodes();
	ok(count < 6000, `a herd of a hundred has ${count} elements on a phone`);
	// One camera changes: only its own card may be drawn anew.
	await page.evaluate(() => {
		globalThis.touched = new Set();
		new MutationObserver((all) => {
			for (const m of all) {
				const part = (m.target.nodeType === 1 ? m.target : m.target.parentElement)?.closest("li, article, tr");
				if (part) globalThis.touched.add(part);
				for (const added of m.addedNodes) if (added.nodeType === 1) globalThis.touched.add(added);
			}
		}).observe(document.querySelector("main"), { subtree: true, childList: true, characterData: true, attributes: true });
	});
	await call("PATCH", "cameras/herd-001", { name: "herd-001-renamed" });
	await page.getByText("herd-001-renamed").first().waitFor();
	const touched = await page.evaluate(() => globalThis.touched.size);
	ok(touched <= 10, `one change draws ${touched} cards anew`);
}

await setup();
await tabs();
await polish();
await naming();
await keeping();
await saveAndLoad();
await largeHerd();
is(complaints.join("\n"), "", "no breach of the page's policy, no exception");
await close();
process.exit(end());
