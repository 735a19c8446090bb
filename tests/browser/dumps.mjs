// SPDX-License-Identifier: GPL-3.0-or-later
// The library in a real browser: import, filter, map, found things, text, bytes,
// comparison, cameras, a copy to share, the bin; by keyboard where it matters.
import fs from "node:fs";
import { base, complaints, end, inspect, is, ok, open, visit } from "./browser.mjs";

const { SETUP_CODE, FILE_A, FILE_B, FILE_BIG } = process.env;
const PASSPHRASE = "battery staple";
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

async function jobDone() {
	await page.locator(".state-line .chip").filter({ hasText: /Done|Failed|Refused|Cancelled/ }).waitFor();
	return (await page.locator(".state-line .chip").innerText()).trim();
}

async function setup() {
	await page.goto(`${base}/`);
	await call("POST", "setup", { code: SETUP_CODE, user: "ola", password: "correct horse battery" });
	for (const name of ["garden", "porch"]) await call("POST", "cameras", { name, source: "" });
	await page.reload();
	await page.locator("h1").waitFor();
}

async function importFile(file) {
	await visit(page, "/dumps");
	await page.getByRole("button", { name: "Import a file" }).waitFor();
	await page.locator("input[type=file]").setInputFiles(file);
	await page.getByRole("heading", { level: 1, name: /Import/ }).waitFor();
	is(await jobDone(), "Done", `${file.split("/").pop()} is imported`);
	const { dumps } = await call("GET", "dumps?limit=1");
	return dumps[0];
}

async function library(a, b) {
	await call("PATCH", `dumps/${b.id}`, { camera: "porch", note: "from the attic" });
	await visit(page, "/dumps");
	await page.locator(".row").nth(2).waitFor();
	await page.locator(".row", { hasText: "porch" }).locator(".map-thumb .flash-sysinfo").waitFor();
	ok(true, "each backup in the list shows its map, small");
	await page.getByLabel("Filter").fill("attic");
	await page.waitForFunction(() => document.querySelectorAll(".row").length === 1);
	ok(/porch/.test(await page.locator(".row").innerText()), "the filter finds a note");
	await page.getByLabel("Filter").fill("nowhere-at-all");
	await page.getByText("No backup matches").waitFor();
	ok(true, "and says when nothing matches");
	await page.getByLabel("Filter").fill(a.sha256.slice(0, 12));
	await page.waitForFunction(() => document.querySelectorAll(".row").length === 1);
	await page.locator(".row").click();
	await page.getByRole("heading", { level: 1, name: `Backup ${a.id}` }).waitFor();
}

async function map(a) {
	const { regions, size } = await call("GET", `dumps/${a.id}/map`);
	await page.locator(".flash-part").first().waitFor();
	const widths = await page.locator(".flash-part").evaluateAll((all) => all.map((e) => parseFloat(e.style.width)));
	ok(widths.length === regions.length && regions.every((r, i) => Math.abs(widths[i] - (100 * r.size) / size) < 0.01), "the bar is to scale");
	await page.getByText(/parts from start to end/).click();
	is(await page.getByRole("region", { name: "All parts of the flash" }).locator("tbody tr").count(), regions.length, "a table says the same");
	await page.getByRole("button", { name: "Check the file" }).click();
	await page.getByText("Whole: every byte fits").waitFor();
	ok(true, "the file is checked against its SHA-256");
}

async function found(b) {
	await visit(page, `/dumps/${b.id}/found`);
	await page.getByText("Wi-Fi password").first().waitFor();
	ok(!(await page.locator("main").innerText()).includes(PASSPHRASE), "found things are masked");
	await page.getByRole("button", { name: "Show all" }).click();
	await page.getByText(PASSPHRASE).first().waitFor();
	ok(true, "one click shows them");
	await page.getByRole("button", { name: "Hide" }).click();
	await page.getByText(PASSPHRASE).first().waitFor({ state: "detached" });
	ok(true, "and one hides them");
}

async function text(b) {
	await visit(page, `/dumps/${b.id}/text`);
	await page.locator(".strings li").first().waitFor();
	await page.getByLabel("Only text with").fill("BATTERY");
	await page.waitForFunction((word) => [...document.querySelectorAll(".strings li")].every((li) => li.innerText.includes(word)), PASSPHRASE);
	ok(true, "the text is filtered, in either case");
	await page.locator(".strings a").first().click();
	await page.locator(".hex mark").first().waitFor();
	await loaded();
	const marked = await page.locator(".hex-chars mark").allTextContents();
	ok(marked.join("").startsWith(PASSPHRASE), "a text leads to its bytes", marked.join("|"));
}

const loaded = () => page.waitForFunction(() => {
	const hex = document.querySelector(".hex-bytes");
	return hex && !document.querySelector(".hex").innerText.includes("··");
});

async function bytes(big) {
	const all = fs.readFileSync(FILE_BIG);
	await visit(page, `/dumps/${big.id}/bytes`);
	await loaded();
	const view = page.getByRole("region", { name: /^Bytes/ });
	await view.press("End");
	await page.waitForFunction((last) => [...document.querySelectorAll(".hex-at")].some((e) => e.textContent === last), (all.length - 8).toString(16));
	await loaded();
	const last = await page.locator(".hex-row").last().innerText();
	ok(last.replace(/\s+/g, " ").includes([...all.subarray(-8)].map((b) => b.toString(16).padStart(2, "0")).join(" ")), "End shows the last bytes of 8 MiB", last);
	ok(await page.locator(".hex-row").count() < 100, "only the rows on screen exist");
	await page.getByLabel("Go to offset").fill("0x123450");
	await page.getByLabel("Go to offset").press("Enter");
	await page.waitForFunction(() => document.querySelector(".hex-at")?.textContent === "123450");
	await loaded();
	const row = (await page.locator(".hex-row").first().innerText()).replace(/\s+/g, " ");
	ok(row.startsWith(`123450 ${[...all.subarray(0x123450, 0x123458)].map((b) => b.toString(16).padStart(2, "0")).join(" ")}`), "an offset is gone to", row);
	await page.getByLabel("Go to offset").fill("0x99999999");
	await page.getByLabel("Go to offset").press("Enter");
	ok(/0x7fffff/.test(await page.locator(".field-error").innerText()), "an offset behind the end is refused with the last one");
	await page.getByLabel("Search", { exact: true }).fill("eight mebi");
	await page.getByLabel("Search", { exact: true }).press("Enter");
	await page.locator("mark.hex-now").first().waitFor();
	const where = all.indexOf("eight mebi");
	ok(Math.abs(parseInt(await page.locator(".hex-at").first().innerText(), 16) - where) < 64 || /1 of/.test(await page.locator(".hex-search").innerText()), "a search goes to the first place");
	await inspect(page, "bytes");
}

async function compare(a, b) {
	await visit(page, `/dumps/${a.id}/compare`);
	await page.getByLabel("With").selectOption(String(b.id));
	await page.getByText(/blocks differ.*all in settings/).waitFor();
	ok(true, "two cameras with one firmware differ in settings only");
	await page.locator(".hex-pairs mark").first().waitFor();
	await page.getByRole("button", { name: "Compare the text" }).click();
	await page.getByText(PASSPHRASE).first().waitFor();
	ok(true, "the text that only one has is named");
	await inspect(page, "comparison");
}

async function cameras(a, b) {
	await visit(page, `/dumps/${a.id}/cameras`);
	await page.locator(".fits li").nth(1).waitFor();
	ok(/Nobody has identified/.test(await page.locator(".fits").innerText()), "a camera nobody identified is said to be unknown, and what to do");
	await page.getByLabel("Backup of the camera that gets it").selectOption(String(b.id));
	await page.getByText("It differs from this backup in").waitFor();
	const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Download the image" }).click()]);
	const image = fs.readFileSync(await file.path());
	ok(image.includes(PASSPHRASE) && !image.includes("correct horse"), "the image has the other camera's settings");
}

async function share(b) {
	await visit(page, `/dumps/${b.id}`);
	await page.getByRole("button", { name: "Share…" }).click();
	const dialog = page.getByRole("dialog", { name: "A copy to share" });
	await dialog.getByText(/secrets will be blanked/).waitFor();
	ok(/cannot check|Nobody can check/.test(await dialog.innerText()), "the preview says what cannot be checked");
	await inspect(page, "share");
	// The table beside the words shows the same places.
	ok(await dialog.locator("tbody tr").count() > 5, "and lists what is blanked");
	const [file] = await Promise.all([page.waitForEvent("download"), dialog.getByRole("link", { name: "Download the copy" }).click()]);
	const copy = fs.readFileSync(await file.path());
	ok(copy.length === b.size && !copy.includes(PASSPHRASE) && !copy.includes("home-porch"), "the copy has neither name nor password");
	await page.keyboard.press("Escape");
	await dialog.waitFor({ state: "detached" });
}

async function remove(a) {
	await visit(page, `/dumps/${a.id}`);
	await page.getByRole("button", { name: "Remove this backup…" }).click();
	const dialog = page.getByRole("dialog", { name: `Remove backup ${a.id}` });
	const go = dialog.getByRole("button", { name: "Put it into the bin" });
	await dialog.getByLabel(/Type/).fill("something");
	ok(await go.isDisabled(), "a wrong word removes nothing");
	await dialog.getByLabel(/Type/).fill(String(a.id));
	await go.click();
	await page.getByRole("heading", { level: 1, name: /Remove/ }).waitFor();
	is(await jobDone(), "Done", "the typed number does");
	await page.getByText("It lies in the bin").waitFor();
	is(await page.locator("h1").innerText(), `Remove: Backup ${a.id}`, "the job says what was removed when that is gone");
	is((await call("GET", `dumps?q=${a.sha256}`)).dumps.length, 0, "the library has it no more");
	await visit(page, "/dumps/bin");
	await page.getByRole("button", { name: /^Take it back/ }).click();
	await page.getByRole("heading", { level: 1 }).filter({ hasNotText: "Bin" }).waitFor();
	is(await jobDone(), "Done", "the bin gives it back");
	is((await call("GET", `dumps?q=${a.sha256}`)).dumps.length, 1, "the library has it again");
}

try {
	await setup();
	const a = await importFile(FILE_A);
	const b = await importFile(FILE_B);
	const big = await importFile(FILE_BIG);
	await library(a, b);
	await map(a);
	await found(b);
	await text(b);
	await bytes(big);
	await compare(a, b);
	await cameras(a, b);
	await share(b);
	await remove(a);
	is(complaints.length, 0, "the page breaks no rule of its policy and throws nothing");
	for (const c of complaints) console.log(`# ${c}`);
} catch (e) {
	ok(false, "the walk through the library", e.stack, `at ${page.url()}`, await page.locator("body").innerText().catch(() => ""));
}
process.exitCode = end();
await close();
