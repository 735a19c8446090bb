// SPDX-License-Identifier: GPL-3.0-or-later
// A hundred cameras and a thousand backups on a phone's screen: how much of them is drawn,
// fetched and drawn anew, and both lists from end to end by keys. Facts are asserted; times
// are printed only, as "# figure", with the processor slowed down SLOWER times (bench: 4).
import { base, complaints, end, is, ok, open, phone, settled, visit } from "./browser.mjs";

const { SETUP_CODE } = process.env;
const CAMERAS = 100;
const DUMPS = 1000;
const PAGE = 100;
const slower = Number(process.env.SLOWER) || 1;
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

const asked = [];
page.on("request", (r) => asked.push(r.url().replace(/^.*\/api\/v1\//, "")));
const askedFor = (what) => asked.filter((url) => what.test(url)).length;

/** What the browser did while work() ran: tasks that kept it from answering a finger, and
 * the longest time between two frames. */
async function watch(name, work) {
	await page.evaluate(() => {
		globalThis.tasks = [];
		globalThis.frames = [];
		globalThis.taskWatcher = new PerformanceObserver((list) => {
			for (const task of list.getEntries()) globalThis.tasks.push(task.duration);
		});
		globalThis.taskWatcher.observe({ type: "longtask" });
		let last = performance.now();
		const frame = (now) => {
			globalThis.frames.push(now - last);
			last = now;
			globalThis.frameWatcher = requestAnimationFrame(frame);
		};
		globalThis.frameWatcher = requestAnimationFrame(frame);
	});
	await work();
	const seen = await page.evaluate(() => {
		cancelAnimationFrame(globalThis.frameWatcher);
		const rest = globalThis.taskWatcher.takeRecords().map((task) => task.duration);
		globalThis.taskWatcher.disconnect();
		return {
			tasks: [...globalThis.tasks, ...rest],
			frame: Math.max(0, ...globalThis.frames),
			nodes: document.querySelectorAll("*").length,
		};
	});
	const longest = Math.round(Math.max(0, ...seen.tasks));
	console.log(`# figure ${name}: ${seen.tasks.length} tasks over 50 ms, longest ${longest} ms; longest frame ${Math.round(seen.frame)} ms; ${seen.nodes} elements`);
	return seen;
}

/** To the page's end with a wheel, a screen at a time, as fast as frames come. */
async function scrollDown() {
	await page.mouse.move(phone.width / 2, phone.height / 2);
	await page.evaluate(() => scrollTo(0, 0));
	for (let last = -1; ;) {
		await page.mouse.wheel(0, phone.height);
		const now = await page.evaluate(() => new Promise((done) => {
			requestAnimationFrame(() => requestAnimationFrame(() => done(scrollY)));
		}));
		if (now === last) break;
		last = now;
	}
}

async function setup() {
	await page.goto(`${base}/`);
	await call("POST", "setup", { code: SETUP_CODE, user: "ola", password: "correct horse battery" });
	const cdp = await context.newCDPSession(page);
	await cdp.send("Emulation.setCPUThrottlingRate", { rate: slower });
}

async function fleet() {
	await page.goto(`${base}/#/`);
	await page.reload();
	asked.length = 0;
	const rows = page.locator(".fleet-table tbody tr");
	const drawn = await watch("cameras, first drawing", async () => {
		await visit(page, "/dumps/bin");
		await visit(page, "/");
		await rows.nth(CAMERAS - 1).waitFor();
		await settled(page);
	});
	is(await rows.count(), CAMERAS, "a row for each camera");
	ok(drawn.nodes < 30 * CAMERAS + 500, "with few elements each", drawn.nodes);
	ok(askedFor(/^cameras$/) <= 2, "one answer brings all of them", asked.join(" "));
	await watch("cameras, scrolling to the end", scrollDown);
	await watch("cameras, one of them changes", async () => {
		await page.evaluate(() => {
			globalThis.touched = new Set();
			globalThis.watcher = new MutationObserver((list) => {
				for (const m of list) {
					const row = (m.target instanceof Element ? m.target : m.target.parentElement)?.closest("tbody tr");
					if (row) globalThis.touched.add(row.querySelector("th").textContent);
				}
			});
			globalThis.watcher.observe(document.querySelector(".fleet-table"), { subtree: true, childList: true, characterData: true });
		});
		await call("PATCH", "cameras/herd-041", { tags: "quick" });
		await page.locator("tr", { hasText: "herd-041" }).getByText("quick").waitFor();
	});
	is(await page.evaluate(() => [...globalThis.touched].join()), "herd-041", "a change of one camera draws one row anew");
	await watch("cameras, typing a filter", async () => {
		await page.getByLabel("Search").pressSequentially("herd-05");
		await page.waitForFunction(() => document.querySelectorAll(".fleet-table tbody tr").length === 10);
		await page.getByLabel("Search").fill("");
		await rows.nth(CAMERAS - 1).waitFor();
	});
	await page.getByRole("button", { name: "Cards" }).click();
	await page.locator(".camera-card").nth(CAMERAS - 1).waitFor();
	await watch("cameras as cards, scrolling to the end", scrollDown);
	is(await page.locator(".camera-card").count(), CAMERAS, "and a card for each");
	await page.getByRole("button", { name: "Table" }).click();
	await rows.nth(CAMERAS - 1).waitFor();
}

const focused = () => page.evaluate(() => {
	const at = document.activeElement;
	const box = at.getBoundingClientRect();
	return { href: at.getAttribute("href"), seen: box.height > 0 && box.bottom > 0 && box.top < innerHeight };
});

/** j from the top to the end of the list of n, then k and Enter. */
async function walkList(n, what) {
	await page.evaluate(() => {
		document.activeElement?.blur();
		scrollTo(0, 0);
	});
	await page.keyboard.press("j");
	// The same key from within: a thousand by way of the browser's driver take a minute.
	const met = await page.evaluate((times) => {
		const all = new Set();
		let hidden = 0;
		for (let i = 0; i < times; i++) {
			if (i > 0) document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key: "j", bubbles: true }));
			const box = document.activeElement.getBoundingClientRect();
			hidden += box.height === 0 || box.bottom <= 0 || box.top >= innerHeight;
			all.add(document.activeElement.getAttribute("href"));
		}
		return { all: [...all], hidden };
	}, n);
	is(met.all.length, n, `j goes through all ${n} ${what}`);
	is(met.hidden, 0, "and what it is at is on the screen");
	const last = (await focused()).href;
	await page.keyboard.press("j");
	is((await focused()).href, last, "it stays at the last one");
	await page.keyboard.press("k");
	const before = (await focused()).href;
	ok(before !== last && met.all.includes(before), "k goes back");
	await page.keyboard.press("Enter");
	await page.waitForFunction((href) => location.hash === href, before);
	ok(true, "Enter opens it");
	await page.goBack();
}

async function fleetByKeys() {
	await visit(page, "/");
	await page.locator(".camera-link").nth(CAMERAS - 1).waitFor();
	await walkList(CAMERAS, "cameras");
	await page.locator(".camera-link").nth(CAMERAS - 1).waitFor();
	// The same with Tab alone, from the search field.
	await page.keyboard.press("/");
	is(await page.evaluate(() => document.activeElement?.id), "fleet-search", "/ goes to the search");
	const met = new Set();
	for (let i = 0; i < CAMERAS + 20 && met.size < CAMERAS; i++) {
		await page.keyboard.press("Tab");
		const { href } = await focused();
		if (href?.startsWith("#/cam/")) met.add(href);
	}
	is(met.size, CAMERAS, "Tab reaches each camera too");
}

const lists = /^dumps\?/;

async function dumps() {
	asked.length = 0;
	const rows = page.locator("a.row");
	const more = page.getByRole("button", { name: "Show more" });
	await watch("backups, the first hundred", async () => {
		await visit(page, "/dumps");
		await rows.nth(PAGE - 1).waitFor();
		await settled(page);
	});
	is(await rows.count(), PAGE, "a page of the library at first");
	ok(askedFor(/^dumps\/\d+\/map/) < 40, "maps are fetched only of what is on the screen", askedFor(/\/map/));
	const drawn = await watch("backups, page by page to the thousandth", async () => {
		for (let n = 2 * PAGE; n <= DUMPS; n += PAGE) {
			await more.focus();
			await page.keyboard.press("Enter");
			await rows.nth(n - 1).waitFor();
		}
		await settled(page);
	});
	is(await rows.count(), DUMPS, "all of them, a page at a time");
	is(askedFor(lists), DUMPS / PAGE, "each page was fetched once");
	is(await more.count(), 0, "and then there is no more");
	ok(drawn.nodes < 20 * DUMPS + 500, "with few elements each", drawn.nodes);
	await page.waitForFunction((n) => document.activeElement === document.querySelectorAll("a.row")[n], DUMPS - PAGE);
	ok(true, "who goes by keys goes on at the first new one");
	await watch("a thousand backups, scrolling to the end", scrollDown);
	await walkList(DUMPS, "backups");
	await watch("backups, typing a filter", async () => {
		await page.keyboard.press("/");
		await page.keyboard.type("number 77");
		await page.waitForFunction(() => document.querySelectorAll("a.row").length === 11);
	});
	ok(true, "a filter finds eleven of a thousand");
}

try {
	await setup();
	await fleet();
	await fleetByKeys();
	await dumps();
	ok(complaints.length === 0, "the page breaks no rule of its policy and throws nothing", ...complaints);
} catch (e) {
	ok(false, "the walk goes on to its end", e.stack, await page.locator("body").innerText().catch(() => ""));
}
await close();
process.exit(end());
