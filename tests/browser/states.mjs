// SPDX-License-Identifier: GPL-3.0-or-later
// Every page of the herd while it loads, when an answer fails, when there is nothing, and
// when what it shows is old; then every page by keyboard alone: the order of Tab, a focus
// that is seen, dialogs that Escape closes and that give the focus back. Answers are held
// back, replaced and spoiled on their way to the browser. AXE=0 leaves axe out, SHOTS=folder
// keeps pictures.
import { base, complaints, desk, end, inspect, is, ok, open, phone, settled, visit } from "./browser.mjs";

const { SETUP_CODE, SHOTS } = process.env;
const AXE = process.env.AXE !== "0";
const PASSWORD = "correct horse battery";
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

async function shoot(on, name) {
	if (!SHOTS) return;
	for (const colorScheme of ["light", "dark"]) {
		for (const [size, label] of [[phone, "360"], [desk, "1280"]]) {
			await on.emulateMedia({ colorScheme });
			await on.setViewportSize(size);
			await on.screenshot({ path: `${SHOTS}/${name}-${colorScheme}-${label}.png` });
		}
	}
	await on.emulateMedia({ colorScheme: "light" });
	await on.setViewportSize(phone);
}

// Which answer a view hangs on, what shows that it is there, what it is without anything.
const views = [
	{ name: "cameras", route: "/", api: /\/api\/v1\/cameras$/, there: ".camera-card", none: { cameras: [] }, empty: "No cameras yet" },
	{ name: "camera", route: "/cam/garden", api: /\/api\/v1\/cameras$/, there: "text=Remove the camera", none: { cameras: [] }, empty: "There is no camera of this name." },
	{ name: "backups", route: "/dumps", api: /\/api\/v1\/dumps\?limit/, there: ".row", none: { dumps: [], more: false }, empty: "No backups yet" },
	{ name: "backup", route: "/dumps/1", api: /\/api\/v1\/dumps\/1$/, there: "text=SHA-256" },
	{ name: "bin", route: "/dumps/bin", api: /\/api\/v1\/bin$/, there: "text=The bin is empty", none: { bin: [], more: false }, empty: "The bin is empty" },
	{ name: "jobs", route: "/jobs", api: /\/api\/v1\/jobs\?limit/, there: ".row", none: { jobs: [] }, empty: "No jobs yet" },
	{ name: "job", route: "/jobs/1", api: /\/api\/v1\/jobs\/1$/, there: ".state-line" },
	{ name: "settings, people", route: "/settings", api: /\/api\/v1\/users$/, there: "text=Add a user" },
	{ name: "settings, general", route: "/settings/general", api: /\/api\/v1\/settings$/, there: "#appliance-name" },
	{ name: "settings, streams", route: "/settings/streams", api: /\/api\/v1\/settings$/, there: ".config-keys" },
	{ name: "settings, ports", route: "/settings/ports", api: /\/api\/v1\/ports$/, there: "text=No adapter is plugged in", none: { ports: [] }, empty: "No adapter is plugged in" },
	{ name: "settings, storage", route: "/settings/storage", api: /\/api\/v1\/storage$/, there: "meter" },
	{ name: "settings, archive", route: "/settings/archive", api: /\/api\/v1\/archive$/, there: "#archive-file" },
	{ name: "settings, doctor", route: "/settings/doctor", api: /\/api\/v1\/doctor$/, there: ".finding" },
];

async function setup() {
	await page.goto(`${base}/`);
	await call("POST", "setup", { code: SETUP_CODE, user: "ola", password: PASSWORD });
	await page.reload();
	await page.locator(".camera-card").first().waitFor();
}

/** Nothing of an earlier visit may stand in. */
async function fresh(on, route) {
	await on.goto("about:blank");
	await on.goto(`${base}/#${route}`);
	await on.locator("h1").waitFor();
}

/** By the button, or by an event that came first. */
async function goOn(on, v) {
	const retry = on.locator("main").getByRole("button", { name: "Try again" }).first();
	await on.locator(v.there).or(retry).first().waitFor();
	if (await retry.isVisible()) await retry.press("Enter", { timeout: 2000 }).catch(() => undefined);
	await retry.waitFor({ state: "detached" });
	await on.locator(v.there).first().waitFor();
}

/** An answer that does not come: a shape of the page, then words, then an end. The hands
 * of the page's clock are turned. */
async function loading() {
	const slow = await context.newPage();
	await slow.clock.install();
	await slow.setViewportSize(phone);
	for (const v of views) {
		await slow.route(v.api, () => undefined);
		await fresh(slow, v.route);
		const busy = slow.locator("main [aria-busy=true]").first();
		await busy.waitFor({ state: "attached" });
		await slow.clock.fastForward(200);
		await slow.locator("main [aria-busy=true]:not(.unseen)").first().waitFor();
		await slow.clock.fastForward(3000);
		await slow.locator("main").getByText(/Still waiting for an answer|Looking/).first().waitFor();
		await shoot(slow, `loading-${v.name}`);
		// The doctor may take a minute.
		await slow.clock.fastForward(v.name.endsWith("doctor") ? 70000 : 20000);
		const alert = slow.locator("main").getByRole("alert").first();
		await alert.waitFor();
		const said = await alert.innerText();
		await slow.unroute(v.api);
		await goOn(slow, v);
		ok(/did not answer within/.test(said), `${v.name}: loading has a shape, then words, then an end with a way on`, said);
	}
	await slow.close();
}

const BUSY = { status: 500, contentType: "application/json", body: JSON.stringify({ error: { code: "database-busy", message: "use the inventory: another program kept the database busy for too long; try again", template: "", params: [] } }) };

const gap = (on) => on.evaluate(() => {
	const other = new BroadcastChannel("camherd");
	other.postMessage({ kind: "gap" });
	other.close();
});

async function failing() {
	for (const v of views) {
		await page.route(v.api, (r) => r.fulfill(BUSY));
		await fresh(page, v.route);
		const alert = page.locator("main").getByRole("alert").first();
		await alert.waitFor();
		const said = await alert.innerText();
		ok(/in use for too long/.test(said) && /database-busy/.test(said), `${v.name}: a failure says what, and has its code`, said);
		await shoot(page, `error-${v.name}`);
		if (AXE && v.name === "cameras") await inspect(page, `${v.name}, failed`);
		await page.unroute(v.api);
		await goOn(page, v);
		if (v.name.endsWith("doctor")) continue;
		// What was there stays, with its age, when the next answer fails; a form keeps what
		// was typed.
		await page.route(v.api, (r) => r.fulfill(BUSY));
		await gap(page);
		const stale = page.locator(".stale-line").first();
		await stale.waitFor();
		ok(/^As of \d.*busy/.test((await stale.innerText()).trim()) && await page.locator(v.there).first().isVisible(), `${v.name}: old content stays and says how old`, await stale.innerText());
		await shoot(page, `stale-${v.name}`);
		if (AXE && v.name === "cameras") await inspect(page, `${v.name}, old`);
		await page.unroute(v.api);
		await gap(page);
		await stale.waitFor({ state: "detached" });
	}
}

async function nothing() {
	for (const v of views) {
		if (!v.none) continue;
		await page.route(v.api, (r) => r.fulfill({ contentType: "application/json", body: JSON.stringify(v.none) }));
		await fresh(page, v.route);
		await page.locator("main").getByRole("heading", { name: v.empty }).waitFor();
		const ways = await page.locator("main .empty a, main .empty button, .page-head a, .back, .tabs a").count();
		ok(ways > 0, `${v.name}: nothing there has words and a way on`);
		await shoot(page, `empty-${v.name}`);
		await page.unroute(v.api);
	}
}

/** What Tab must reach, in the order of the document; of radio buttons one of a group. */
function stops() {
	const all = [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")].filter((e) => {
		if (e.disabled || e.tabIndex < 0 || e.type === "hidden" || !e.checkVisibility({ visibilityProperty: true })) return false;
		return e.type !== "radio" || e.checked || !document.querySelector(`input[type=radio][name="${e.name}"]:checked`);
	});
	globalThis.stopsOfTab = all;
	return all.length;
}

/** Where the focus is now: its number, or what is wrong with it. */
function focused() {
	const e = document.activeElement;
	if (!e || e === document.body) return { at: -1 };
	const box = e.getBoundingClientRect();
	const look = getComputedStyle(e);
	const seen = box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
	const ring = look.outlineStyle !== "none" && parseFloat(look.outlineWidth) >= 2;
	const over = document.elementFromPoint(Math.min(innerWidth - 1, Math.max(0, box.left + box.width / 2)), Math.min(innerHeight - 1, Math.max(0, box.top + Math.min(box.height, 20) / 2)));
	const covered = seen && over && !e.contains(over) && !over.contains(e) && !over.closest("label")?.contains(e) && over.closest("label")?.control !== e;
	return { at: globalThis.stopsOfTab.indexOf(e), what: `${e.tagName} ${e.id} ${(e.getAttribute("aria-label") ?? e.textContent ?? "").trim().slice(0, 40)}`, seen, ring, covered };
}

async function tabThrough(name) {
	// The first of all is where Tab comes in from the browser.
	await page.evaluate(() => {
		scrollTo(0, 0);
		document.querySelector(".skip").focus();
	});
	const n = await page.evaluate(stops);
	const wrong = [];
	const reached = new Set();
	let last = -1;
	for (let i = 0; i < n + 20; i++) {
		if (i > 0) await page.keyboard.press("Tab");
		const now = await page.evaluate(focused);
		if (now.what === undefined) break;
		if (now.at >= 0 && reached.has(now.at)) break;
		reached.add(now.at);
		if (now.at >= 0 && now.at < last) wrong.push(`back from ${last} to ${now.at}: ${now.what}`);
		if (now.at >= 0) last = now.at;
		if (!now.seen) wrong.push(`not on screen: ${now.what}`);
		if (!now.ring) wrong.push(`no focus to be seen: ${now.what}`);
		if (now.covered) wrong.push(`covered: ${now.what}`);
	}
	const missed = await page.evaluate((have) => globalThis.stopsOfTab.filter((e, i) => !have.includes(i)).map((e) => `${e.tagName} ${e.id} ${e.textContent.trim().slice(0, 40)}`), [...reached]);
	for (const m of missed) wrong.push(`never reached: ${m}`);
	ok(n > 5 && wrong.length === 0, `${name}: Tab goes through all ${n} in order, and each is seen`, ...wrong);
}

async function keyboard() {
	const more = [["USB ports", "/bench", "h1"], ["add a camera", "/add", "h1"], ["backup, found", "/dumps/1/found", "main"], ["backup, bytes", "/dumps/1/bytes", "main"]];
	const pages = [...views.map((v) => [v.name, v.route, v.there]), ...more];
	for (const [name, route, there] of pages) {
		await page.setViewportSize(desk);
		await visit(page, route);
		await page.locator(there).first().waitFor();
		await settled(page);
		await tabThrough(name);
		if (AXE) await inspect(page, `${name}, by keyboard`);
	}
	await page.setViewportSize(phone);
	for (const [name, route, there] of [pages[0], pages[1], pages[7], pages[8]]) {
		await visit(page, route);
		await page.locator(there).first().waitFor();
		await settled(page);
		await tabThrough(`${name}, on a phone`);
	}
}

/** From the button by Enter or Space into the dialog, round in it, out by Escape. */
async function dialog(name, route, button, key) {
	await visit(page, route);
	const opener = button ? page.locator("main").getByRole("button", button).first() : page.locator("h1");
	await opener.focus();
	await page.keyboard.press(key);
	await page.getByRole("dialog").waitFor();
	const wrong = [];
	const inside = () => page.evaluate(() => {
		const d = document.querySelector("dialog[open]");
		const e = document.activeElement;
		return !e || e === document.body || d.contains(e);
	});
	if (!await page.evaluate(() => document.querySelector("dialog[open]").contains(document.activeElement))) wrong.push("the focus is not in it");
	const n = await page.locator("dialog[open]").locator("a[href], button:enabled, input, select, textarea").count();
	for (let i = 0; i < n + 2; i++) {
		await page.keyboard.press("Tab");
		if (!await inside()) wrong.push(`Tab leaves it: ${await page.evaluate(() => document.activeElement.outerHTML.slice(0, 80))}`);
	}
	if (AXE) await inspect(page, `${name}, dialog`);
	await page.keyboard.press("Escape");
	await page.getByRole("dialog").waitFor({ state: "detached" });
	if (!await opener.evaluate((e) => e === document.activeElement)) wrong.push(`the focus is lost: ${await page.evaluate(() => document.activeElement.outerHTML.slice(0, 80))}`);
	ok(wrong.length === 0, `${name}: by keyboard in, round, and out with the focus where it was`, ...wrong);
}

async function dialogs() {
	await page.setViewportSize(phone);
	await dialog("a new user", "/settings", { name: "Add a user" }, "Enter");
	await dialog("a new token", "/settings", { name: "Make a token" }, "Space");
	await dialog("a new stream password", "/settings", { name: "Make a new password" }, "Enter");
	await dialog("removing a camera", "/cam/garden", { name: "Remove the camera" }, "Space");
	await dialog("sharing a backup", "/dumps/1", { name: "Share" }, "Enter");
	await dialog("the keys", "/jobs", undefined, "?");
}

/** Space and Enter do what a click does. */
async function byKey() {
	await visit(page, "/settings");
	await page.locator(".tabs a").nth(1).press("Enter");
	await page.locator("#appliance-name").waitFor();
	ok(true, "Enter opens a tab of the settings");
	await page.locator("#appliance-name").fill("Shed");
	await page.keyboard.press("Enter");
	await page.waitForFunction(() => document.title.endsWith("Shed"));
	ok(true, "Enter saves a form");
	await page.setViewportSize(desk);
	await visit(page, "/");
	await page.getByLabel("no backup").focus();
	await page.keyboard.press("Space");
	await page.waitForFunction(() => location.hash.includes("bare=1"));
	ok(true, "Space turns a filter on");
	await page.keyboard.press("Space");
	await page.waitForFunction(() => !location.hash.includes("bare=1"));
}

// The smallest picture that a browser takes for one: 8 x 8, grey.
const JPEG = Buffer.from("/9j/4AAQSkZJRgABAQEAYABgAAD/2wBDAAgGBgcGBQgHBwcJCQgKDBQNDAsLDBkSEw8UHRofHh0aHBwgJC4nICIsIxwcKDcpLDAxNDQ0Hyc5PTgyPC4zNDL/wAALCAABAAEBAREA/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/9oACAEBAAA/APn+v//Z", "base64");

/** Sixty live cameras: pictures only of those that a phone shows, two at a time, and none
 * of those that were scrolled away. */
async function onlyOnScreen() {
	const tab = await context.newPage();
	await tab.setViewportSize(phone);
	const { cameras: [one] } = await call("GET", "cameras");
	const many = Array.from({ length: 60 }, (_, i) => ({ ...one, name: `live-${String(i).padStart(2, "0")}`, source: "http://192.0.2.1/", state: "live", enabled: true, fps: 12, last_frame_ms: 40, tags: "", firmware: null, differs: null, backup: null }));
	await tab.route(/\/api\/v1\/cameras$/, (r) => r.fulfill({ contentType: "application/json", body: JSON.stringify({ cameras: many }) }));
	let asked = [];
	let open = 0;
	let most = 0;
	await tab.route(/\/cam\/[^/]+\/thumb\.jpg/, async (r) => {
		asked.push(/live-\d\d/.exec(r.request().url())[0]);
		most = Math.max(most, ++open);
		await new Promise((go) => setTimeout(go, 20));
		open--;
		await r.fulfill({ contentType: "image/jpeg", body: JPEG }).catch(() => undefined);
	});
	await tab.goto(`${base}/`);
	await tab.evaluate(() => localStorage.setItem("camherd.fleet-view", "cards"));
	asked = [];
	await tab.reload();
	await tab.clock.install();
	const pictures = () => tab.locator(".camera-card img").count();
	await tab.locator(".camera-card img").first().waitFor();
	const near = () => tab.evaluate(() => [...document.querySelectorAll(".camera-card")].filter((c) => {
		const box = c.getBoundingClientRect();
		return box.bottom > -10 && box.top < innerHeight + 10;
	}).length);
	for (let last = -1; last !== await pictures();) {
		last = await pictures();
		await tab.waitForTimeout(200);
	}
	const first = new Set(asked);
	ok(first.size > 0 && first.size <= await near() + 1, `of sixty cameras the ${first.size} on screen are asked for a picture`, [...first].join());
	ok(most <= 2, `never more than two at once: ${most}`);
	await tab.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
	await tab.locator(".camera-card", { hasText: "live-59" }).scrollIntoViewIfNeeded();
	await tab.locator(".camera-card", { hasText: "live-59" }).locator("img").waitFor();
	asked = [];
	await tab.clock.fastForward(5000);
	for (let i = 0; i < 300 && asked.length === 0; i++) await tab.waitForTimeout(100);
	ok(asked.length > 0 && !asked.some((name) => first.has(name)), "what was scrolled away is not asked any more", asked.join());
	ok(!asked.includes("live-30"), "nor what was only passed");
	await tab.close();
}

/** An old picture never goes without its age. */
async function oldPicture() {
	const { cameras: list } = await call("GET", "cameras");
	const old = list.map((c) => ({ ...c, source: "http://192.0.2.1/", state: "stale", reason: "no picture for 12 s", enabled: true, last_frame_ms: 12000 }));
	await page.route(/\/api\/v1\/cameras$/, (r) => r.fulfill({ contentType: "application/json", body: JSON.stringify({ cameras: old }) }));
	await page.route(/\/cam\/[^/]+\/(stream\.mjpeg|snapshot\.jpg|thumb\.jpg)/, (r) => r.fulfill({ contentType: "image/jpeg", body: JPEG }));
	await fresh(page, "/cam/garden");
	await page.locator(".live-picture img[alt^=Live]:not(.unseen)").waitFor();
	const words = page.locator(".live-picture .live-old").first();
	await words.waitFor();
	const seconds = () => words.innerText().then((text) => Number(/(\d+) sec/.exec(text)?.[1] ?? 0));
	const before = await seconds();
	ok(before >= 12 && before < 90, "an old picture has its age over it", await words.innerText());
	await page.waitForFunction((n) => Number(/(\d+) sec/.exec(document.querySelector(".live-old")?.textContent ?? "")?.[1] ?? 0) > n, before);
	ok(true, "and the age grows");
	ok(/No new picture/.test(await page.locator(".state-line").innerText()), "its state has the word for it");
	await shoot(page, "stale-picture");
	await fresh(page, "/");
	await page.locator(".camera-card .thumb-old img").first().waitFor();
	ok(true, "in the herd it is greyed");
	await page.unroute(/\/api\/v1\/cameras$/);
	await page.unroute(/\/cam\/[^/]+\/(stream\.mjpeg|snapshot\.jpg|thumb\.jpg)/);
}

try {
	await setup();
	await onlyOnScreen();
	await oldPicture();
	await loading();
	await failing();
	await nothing();
	await keyboard();
	await dialogs();
	await byKey();
	is(complaints.join("\n"), "", "no breach of the page's policy, no exception");
} catch (e) {
	ok(false, "the walk goes on to its end", e.stack, await page.locator("body").innerText().catch(() => ""));
	if (process.env.SHOT) await page.screenshot({ path: process.env.SHOT, fullPage: true });
}
await close();
process.exit(end());
