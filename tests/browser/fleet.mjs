// SPDX-License-Identifier: GPL-3.0-or-later
// The herd as cards and as a table, with a hundred cameras; one camera's page: tests of its
// addresses by a real client, Home Assistant's block and checker, two live streams at most.
import { createRequire } from "node:module";
import fs from "node:fs";
import path from "node:path";
import { base, complaints, desk, end, inspect, is, ok, open, phone, settled, visit } from "./browser.mjs";

const yaml = createRequire(path.join(process.env.BROWSER_MODULES, "x.js"))("yaml");
const { SETUP_CODE, TTY_A, BATTERY_URL, FAR_URL } = process.env;
const { context, page, close } = await open();

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

/** Pictures at three sizes for who looks at them: SHOTS=folder. */
async function shoot(name) {
	if (!process.env.SHOTS) return;
	for (const size of [phone, { width: 768, height: 1024 }, desk]) {
		await page.setViewportSize(size);
		await settled(page);
		await page.screenshot({ path: `${process.env.SHOTS}/${name}-${size.width}.png`, fullPage: name !== "fleet-cards" });
	}
	await page.setViewportSize(phone);
}

const names = () => page.locator(".camera-link").evaluateAll((all) => all.map((a) => a.querySelector(".camera-card-name")?.textContent ?? a.textContent));

async function setup() {
	await page.goto(`${base}/`);
	await call("POST", "setup", { code: SETUP_CODE, user: "ola", password: "correct horse battery" });
	// So many that a phone's screen shows a few of them.
	for (let i = 0; i < 92; i++) await call("POST", "cameras", { name: `spare-${i}`, source: "", tags: i % 2 ? "odd" : "" });
	await page.reload();
	await page.getByRole("heading", { level: 1, name: "Cameras" }).waitFor();
}

const thumbs = [];
page.on("request", (r) => {
	const found = /\/cam\/([^/]+)\/(thumb|snapshot)\.jpg/.exec(r.url());
	if (found) thumbs.push(found[1]);
});

async function cards() {
	await page.locator("table.fleet-table").waitFor();
	ok(true, "a hundred cameras are a table by themselves");
	await page.getByRole("button", { name: "Cards" }).click();
	await page.locator(".camera-card", { hasText: "garden" }).evaluate((e) => e.scrollIntoView({ block: "center" }));
	await page.locator(".camera-card img[alt='Latest picture of garden']").waitFor();
	ok(await page.locator(".camera-card").count() === 100, "all are there as cards");
	ok(!thumbs.includes("zz-last"), "what is not on screen is not fetched");
	// Cards that were never drawn get their height when they come near: scroll until there.
	const show = (name) => page.waitForFunction((wanted) => {
		const card = [...document.querySelectorAll(".camera-card")].find((c) => c.textContent.includes(wanted));
		if (!card) return false;
		card.scrollIntoView({ block: "center" });
		const box = card.getBoundingClientRect();
		return box.top >= 0 && box.top < innerHeight / 2 ? card : false;
	}, name);
	await show("zz-last");
	await page.locator(".camera-card", { hasText: "zz-last" }).locator("img").waitFor();
	ok(thumbs.includes("zz-last"), "once it is, it is");
	const battery = page.locator(".camera-card", { hasText: "cellar" });
	await show("cellar");
	ok(/not woken/.test(await battery.innerText()), "a camera on a battery has no small picture, and says why");
	await show("refuses the connection");
	ok(true, "one that is away says why");
	await page.locator(".camera-card", { hasText: "shed-3" }).getByText("Not shed-1’s firmware").waitFor();
	is(await page.getByText("’s firmware").count(), 1, "one of three has another firmware, and names a sibling");
	await page.evaluate(() => scrollTo(0, 0));
	await shoot("fleet-cards");
	await page.reload();
	await page.locator("ul.camera-grid .camera-card-name").first().waitFor();
	ok(true, "the choice of cards is remembered");
}

async function filters() {
	is(await page.getByLabel("Tags").isVisible(), false, "on a phone the filters wait behind a button");
	await page.getByRole("button", { name: "Filter and order" }).click();
	await page.getByLabel("firmware differs from its siblings").check();
	is((await names()).join(), "shed-3", "firmware differs from its siblings");
	ok(page.url().endsWith("#/?differs=1"), "the address says what is shown", page.url());
	await page.reload();
	await page.getByLabel("firmware differs from its siblings").waitFor();
	is((await names()).join(), "shed-3", "and brings it back");
	await inspect(page, "cameras, filtered");
	await page.getByLabel("firmware differs from its siblings").uncheck();
	await page.getByLabel("Tags").selectOption("outside");
	is((await names()).join(), "garden,gone", "by tag");
	await page.getByLabel(/^State/).selectOption("unreachable");
	is((await names()).join(), "gone", "and by state");
	await page.getByLabel(/^State/).selectOption("");
	await page.getByLabel("Tags").selectOption("");
	await page.getByLabel("Search").fill("SDK shed-2");
	is((await names()).join(), "shed-2", "by words");
	await page.getByLabel("Search").fill("nothing like this");
	await page.getByText("No camera matches").waitFor();
	await page.getByRole("button", { name: "Show all" }).click();
	is((await names()).length, 100, "and back to all");
	await page.getByLabel("no backup").check();
	await page.getByText("100 of 100 cameras").waitFor();
	ok(true, "an imported file is no backup of ours");
	await page.getByLabel("no backup").uncheck();
}

async function table() {
	await page.getByRole("button", { name: "Table" }).click();
	await page.setViewportSize(desk);
	await page.getByRole("button", { name: "Camera", exact: true }).click();
	is((await names())[0], "zz-last", "a click on a column turns its order round");
	await page.getByRole("button", { name: "State", exact: true }).click();
	is((await names())[0], "gone", "by state: the worst first");
	is(await page.locator("th[aria-sort=ascending]").innerText().then((s) => s.replace(/[^\w]/g, "")), "State", "the column says so");
	await page.reload();
	await page.locator(".fleet-table").waitFor();
	is((await names())[0], "gone", "view and order are remembered");
	await shoot("fleet-table");
	await page.getByLabel("Search").fill("shed");
	await inspect(page, "cameras, table");
}

/** An event redraws what changed and nothing else. */
async function fluid() {
	await page.setViewportSize(desk);
	await visit(page, "/?tag=odd");
	await page.locator(".fleet-table tbody tr").first().waitFor();
	await settled(page);
	await page.evaluate(() => {
		globalThis.touched = new Set();
		globalThis.watcher = new MutationObserver((list) => {
			for (const m of list) {
				const row = (m.target instanceof Element ? m.target : m.target.parentElement)?.closest("tbody tr");
				if (row) globalThis.touched.add(row.querySelector("th").textContent);
			}
		});
		globalThis.watcher.observe(document.querySelector(".fleet-table"), { subtree: true, childList: true, characterData: true, attributes: true });
	});
	await call("PATCH", "cameras/spare-41", { tags: "odd quick" });
	await page.locator("tr", { hasText: "spare-41" }).getByText("quick").waitFor();
	is(await page.evaluate(() => [...globalThis.touched].join()), "spare-41", "a change of one camera draws one row of a long list");
	await page.evaluate(() => globalThis.watcher.disconnect());
}

async function keys() {
	await visit(page, "/?tag=outside");
	await page.locator(".camera-link").first().waitFor();
	await page.keyboard.press("/");
	is(await page.evaluate(() => document.activeElement?.id), "fleet-search", "/ goes to the search");
	await page.evaluate(() => document.activeElement.blur());
	await page.keyboard.press("j");
	await page.keyboard.press("j");
	await page.keyboard.press("k");
	await page.keyboard.press("Enter");
	await page.getByRole("heading", { level: 1, name: "garden" }).waitFor();
	ok(true, "j, k and Enter open a camera");
	await page.setViewportSize(phone);
}

/** Many at once: chosen by a click, by all that are shown, by x. */
async function bulk() {
	await page.setViewportSize(phone);
	await visit(page, "/?q=shed");
	await page.getByRole("button", { name: "Select", exact: true }).click();
	const group = page.getByRole("group", { name: "Select", exact: true });
	await group.getByText("0 cameras selected").waitFor();
	await page.getByLabel("Select shed-1", { exact: true }).check();
	await group.getByText("1 camera selected").waitFor();
	await page.locator(".camera-link", { hasText: "shed-2" }).focus();
	await page.keyboard.press("x");
	await group.getByText("2 cameras selected").waitFor();
	ok(true, "cameras are chosen by a click and by x");
	await inspect(page, "cameras, selected");
	await page.getByLabel("Tag", { exact: true }).fill("shelf");
	await group.getByRole("button", { name: "Add the tag" }).click();
	await group.locator(".bulk-results li").nth(1).waitFor();
	const tags = (await call("GET", "cameras")).cameras.filter((c) => c.tags.split(" ").includes("shelf")).map((c) => c.name);
	is(tags.join(), "shed-1,shed-2", "both have the tag, the third has not");
	await group.getByRole("button", { name: "All that are shown" }).click();
	await group.getByText("3 cameras selected").waitFor();
	const coming = page.waitForEvent("download");
	await group.getByRole("button", { name: "List as CSV" }).click();
	const rows = fs.readFileSync(await (await coming).path(), "utf8").trim().split("\r\n");
	ok(rows.length === 4 && rows[1].startsWith('"shed-1","flash"'), "a list of them can be taken away", rows.join("\n"));
	await group.getByRole("button", { name: "Back up" }).click();
	await group.getByText("it was never backed up at a port").first().waitFor();
	ok(true, "who was never at a port is told so; nothing is guessed");
	await page.getByRole("button", { name: "Select", exact: true }).click();
	await group.waitFor({ state: "detached" });
}

const output = (name) => page.locator(`#output-${name}`);

async function tests() {
	await visit(page, "/cam/garden");
	await output("rtsp").getByRole("button", { name: /^Test/ }).focus();
	await page.keyboard.press("Enter");
	await output("rtsp").getByText(/It works: H\.264, 640 × 480, [\d.]+ fps, first picture after/).waitFor();
	ok(true, "Test plays H.264 and says what it saw");
	await output("rtsp").getByText("What was seen, step by step").click();
	ok(/decoded/.test(await output("rtsp").locator(".steps-seen").innerText()), "with the evidence");
	const secret = (await call("GET", "stream-password")).password;
	const shown = () => page.locator("main").innerText();
	ok(!(await shown()).includes(secret), "the password is nowhere on the page until asked for");
	await page.getByRole("button", { name: "Show Password" }).first().click();
	ok((await shown()).includes(secret), "and there when it is");
	await page.getByRole("button", { name: "Show Password" }).first().click();
	await visit(page, "/cam/gone");
	await output("snapshot").getByRole("button", { name: /^Test/ }).click();
	await output("snapshot").locator("[data-code=camera-refused]").waitFor();
	ok(/is it switched on/.test(await output("snapshot").locator(".note-bad").innerText()), "a test that fails says which step, why, and what to do");
}

async function homeAssistant() {
	await visit(page, "/cam/garden");
	const block = page.locator("#home-assistant");
	await block.getByLabel("Just see it").check();
	is((await block.locator("dt").allInnerTexts()).join(), "Name,MJPEG URL,Still Image URL,Username,Password", "MJPEG IP Camera, in Home Assistant's words");
	is(await block.getByRole("link", { name: /MJPEG IP Camera/ }).getAttribute("href"), "https://my.home-assistant.io/redirect/config_flow_start/?domain=mjpeg", "a link opens its dialog there");
	await block.getByLabel("Record, cast").check();
	ok((await block.locator("dt").allInnerTexts()).includes("Stream source URL (e.g. rtsp://...)"), "Generic Camera, in Home Assistant's words");
	ok((await block.getByRole("link", { name: /Generic Camera/ }).getAttribute("href")).endsWith("?domain=generic"), "and its link");
	// Both are YAML, for a camera whose name would be something else in it.
	const on = await call("GET", "cameras/on/connect");
	const go2rtc = yaml.parse(on.go2rtc, { version: "1.1" });
	const frigate = yaml.parse(on.frigate, { version: "1.1" });
	ok(/^rtsp:\/\/camherd:[a-z0-9]+@127\.0\.0\.1:\d+\/on$/.test(go2rtc.streams?.on?.[0]), "go2rtc's piece is YAML", on.go2rtc);
	is(frigate.cameras?.on?.ffmpeg?.inputs?.[0]?.roles?.join(), "detect,record", "Frigate's piece is YAML");
}

async function check(host, login) {
	const form = page.locator("#ha-check");
	await form.getByLabel("Name or address").fill(host);
	await form.getByLabel("Try user and password").setChecked(login !== undefined);
	if (login) {
		await form.getByLabel("User", { exact: true }).fill(login.user);
		await form.getByLabel("Password", { exact: true }).fill(login.password);
	}
	await form.getByRole("button", { name: "Check" }).click();
	await form.locator(".ha-verdict .note").first().waitFor();
	return form.locator(".ha-verdict").innerText();
}

async function checker() {
	const codes = () => page.locator("#ha-check .trial").evaluateAll((all) => all.map((e) => e.dataset.code).join());
	await page.locator("#ha-check > summary").click();
	let verdict = await check("127.0.0.1");
	is(await codes(), "ok,ok,ok", "all is well: still, MJPEG and H.264 are fetched");
	ok(/does not reach this one/.test(verdict) && /this very machine/.test(verdict) && /curl/.test(verdict), "and what could still stand between", verdict);
	await shoot("camera");
	await inspect(page, "camera, checked");
	verdict = await check("nowhere.invalid");
	is(await codes(), "host-unknown,host-unknown,host-unknown", "a wrong host name");
	ok(/None of the three works/.test(verdict) && /nowhere\.invalid/.test(verdict), "in one sentence", verdict);
	await check("127.0.0.2");
	is(await codes(), "listens-elsewhere,listens-elsewhere,listens-elsewhere", "an address where nothing listens");
	await check("127.0.0.1", { user: "camherd", password: "the old one" });
	is(await codes(), "password,password,password", "an old password");
	await call("PATCH", "cameras/garden", { enabled: false });
	verdict = await check("127.0.0.1");
	is(await codes(), "camera-disabled,camera-disabled,camera-disabled", "a camera that is switched off", verdict);
	await call("PATCH", "cameras/garden", { enabled: true });
}

/** Three tabs on one camera: two streams, and stills for the third until one goes. */
async function twoLive() {
	await visit(page, "/");
	const tabs = [];
	const live = (tab) => tab.locator(".live-picture img[alt^=Live]:not(.unseen)");
	for (let i = 0; i < 2; i++) {
		tabs.push(await context.newPage());
		await tabs[i].goto(`${base}/#/cam/garden`);
		// A browser paints only the tab in front; to the page both are.
		await tabs[i].bringToFront();
		await live(tabs[i]).waitFor();
	}
	tabs.push(await context.newPage());
	await tabs[2].goto(`${base}/#/cam/garden`);
	await tabs[2].getByText("Two live pictures are open").waitFor();
	await tabs[2].locator("img.live-still").waitFor();
	is(await live(tabs[2]).count(), 0, "a third tab gets stills, and says why");
	await tabs[0].close();
	await live(tabs[2]).waitFor();
	ok(true, "and the live picture when another tab is closed");
	await tabs[1].close();
	await tabs[2].close();
}

async function backUpNow() {
	await call("PATCH", "ports", { path: TTY_A, name: "left" });
	const { job } = await call("POST", "jobs", { kind: "backup", port: TTY_A, camera: "spare-1" });
	await visit(page, `/jobs/${job.id}`);
	await page.locator(".state-line .chip").filter({ hasText: "Done" }).waitFor();
	await visit(page, "/cam/spare-1");
	await page.getByRole("button", { name: "Back up now on left" }).click();
	await page.getByRole("heading", { level: 1, name: "Backup: spare-1" }).waitFor();
	ok(true, "a camera whose port is known is backed up by one click");
	await page.locator(".state-line .chip").filter({ hasText: "Done" }).waitFor();
	await visit(page, "/cam/spare-1");
	await page.getByText("Last verified").waitFor();
	ok(true, "the page says when it was last verified");
}

try {
	await setup();
	await cards();
	await filters();
	await table();
	await fluid();
	await keys();
	await bulk();
	const opened = async (url) => (await (await fetch(url.replace("/stream", "/stats"))).json()).requests;
	const far = await opened(FAR_URL);
	ok(far > 0, "the simulated camera counts its requests", far);
	const battery = await (await fetch(BATTERY_URL.replace("/stream", "/stats"))).json();
	is(battery.pictures ?? 0, 0, "nothing of all this woke the camera on a battery");
	await tests();
	await homeAssistant();
	await checker();
	await twoLive();
	await backUpNow();
	ok(complaints.length === 0, "the page breaks no rule of its policy and throws nothing", ...complaints);
} catch (e) {
	const cookies = (await context.cookies().catch(() => [])).map((c) => `${c.name} until ${c.expires}`);
	ok(false, "the walk goes on to its end", e.stack, `cookies: ${cookies.join(", ")}`, await page.locator("body").innerText().catch(() => ""));
	if (process.env.SHOT) await page.screenshot({ path: process.env.SHOT, fullPage: true });
}
await close();
process.exit(end());
