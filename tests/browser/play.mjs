// SPDX-License-Identifier: GPL-3.0-or-later
// What our streams look like in a real browser: H.264 as Home Assistant repacks it, played
// as a file and as its page does (Media Source), MJPEG shown picture by picture, and the
// note of a camera that got no encoder. The pictures carry simcam's blocks.
import fs from "node:fs";
import { DEADLINE, base, complaints, end, inspect, is, ok, open, visit } from "./browser.mjs";

const { COOKIE, FILES, SIMCAM, NOTE } = process.env;
const CELL = 16;

const { context, page, close } = await open();

/** Runs in the page: the darkest and brightest block, and the camera and counter they say. */
const READ_BLOCKS = `function readBlocks(source, width, height) {
	const sheet = document.createElement("canvas");
	sheet.width = width;
	sheet.height = height;
	const pen = sheet.getContext("2d", { willReadFrequently: true });
	pen.drawImage(source, 0, 0);
	const rows = [0, 0];
	let low = 255, high = 0;
	for (let row = 0; row < 2; row++)
		for (let col = 0; col < 16; col++) {
			const p = pen.getImageData(col * ${CELL} + ${CELL / 2}, row * ${CELL} + ${CELL / 2}, 1, 1).data;
			const v = (p[0] + p[1] + p[2]) / 3;
			low = Math.min(low, v);
			high = Math.max(high, v);
			rows[row] = rows[row] << 1 | (v > 127 ? 1 : 0);
		}
	const whole = (rows[0] >> 8 ^ 0xa5) === (rows[0] & 0xff);
	return { camera: whole ? rows[0] >> 8 : -1, counter: rows[1], low, high };
}`;

/** "avc1." and profile, constraints and level, as the file itself says. */
function codecOf(bytes) {
	const at = bytes.indexOf("avcC");
	return at < 0 ? "" : `avc1.${bytes.subarray(at + 5, at + 8).toString("hex")}`;
}

async function playFile(name, bytes, way) {
	const codec = codecOf(bytes);
	const tab = await context.newPage();
	const html = `<!doctype html><title>player</title><script>${READ_BLOCKS}</script><video muted playsinline></video>`;
	await tab.route("http://player.test/**", (route) => route.request().url().endsWith(".mp4")
		? route.fulfill({ contentType: "video/mp4", body: bytes })
		: route.fulfill({ contentType: "text/html", body: html }));
	await tab.goto("http://player.test/");
	const got = await tab.evaluate(async ({ codec, way, patience }) => {
		const video = document.querySelector("video");
		const seen = [];
		for (const what of ["canplaythrough", "ended", "error"]) video.addEventListener(what, () => seen.push(what));
		const until = async (what) => {
			const late = performance.now() + patience;
			while (!what() && !video.error && performance.now() < late) await new Promise((r) => setTimeout(r, 20));
		};
		if (way === "file") {
			video.src = "it.mp4";
		} else {
			const source = new MediaSource();
			video.src = URL.createObjectURL(source);
			await new Promise((r) => source.addEventListener("sourceopen", r, { once: true }));
			const buffer = source.addSourceBuffer(`video/mp4; codecs="${codec}"`);
			buffer.appendBuffer(await (await fetch("it.mp4")).arrayBuffer());
			await new Promise((r) => buffer.addEventListener("updateend", r, { once: true }));
			if (source.readyState === "open") source.endOfStream();
		}
		await until(() => video.readyState >= 3);
		// Not every such file begins at 0.
		if (video.buffered.length > 0 && video.currentTime < video.buffered.start(0))
			video.currentTime = video.buffered.start(0);
		const from = video.currentTime;
		await video.play().catch((e) => seen.push(String(e)));
		await until(() => video.ended || video.currentTime > from + 0.5);
		const q = video.getVideoPlaybackQuality();
		return {
			error: video.error ? `${video.error.code} ${video.error.message}` : null,
			seen, passed: video.currentTime - from, width: video.videoWidth, height: video.videoHeight,
			frames: q.totalVideoFrames, corrupted: q.corruptedVideoFrames,
			blocks: video.videoWidth > 0 ? readBlocks(video, video.videoWidth, video.videoHeight) : {},
		};
	}, { codec, way, patience: DEADLINE / 2 });
	await tab.close();
	const said = JSON.stringify(got);
	is(codec.slice(0, 9), "avc1.42c0", `${name}: constrained baseline (${codec})`);
	ok(got.error === null && got.seen.includes("canplaythrough"), `${name}, ${way}: chromium can play it through`, said);
	ok(got.passed >= 0.4 || got.seen.includes("ended"), `${name}, ${way}: its time passes`, said);
	is(`${got.width}x${got.height}`, "640x480", `${name}, ${way}: its size`);
	ok(got.frames > 0 && got.corrupted === 0, `${name}, ${way}: no picture is spoilt`, said);
	is(got.blocks.camera, 7, `${name}, ${way}: it is the camera's picture`);
	// Black and white are 16 and 235 of 255 in the JPEG. A wrong range shows 30 and 218.
	ok(got.blocks.low <= 24 && got.blocks.high >= 226, `${name}, ${way}: black and white are as the camera sends them`, said);
}

/** The picture that the page shows is the one that the camera sent last, although the
 * next one is half a second away. */
async function shownAtOnce() {
	await page.goto(`${base}/`);
	await page.evaluate(`window.readBlocks = ${READ_BLOCKS}; document.body.innerHTML = "<img id=live>"; document.getElementById("live").src = "cam/slow/stream.mjpeg";`);
	await page.waitForFunction(() => document.getElementById("live").naturalWidth > 0);
	const timely = new Set();
	const seen = [];
	const late = Date.now() + DEADLINE;
	// Looked at first, asked for then: what is late here can never look early.
	while (timely.size < 3 && Date.now() < late) {
		const shown = await page.evaluate(() => readBlocks(document.getElementById("live"), 640, 480));
		const { counter } = await (await fetch(`${SIMCAM}stats`)).json();
		if (shown.camera === 2 && shown.counter === counter % 32) timely.add(counter);
		if (seen.at(-1) !== `${shown.counter} of ${counter}`) seen.push(`${shown.counter} of ${counter}`);
		await new Promise((r) => setTimeout(r, 20));
	}
	ok(timely.size === 3, "MJPEG: each picture is shown before the next one is sent", seen.join(", "));
}

/** Why somebody got no H.264, on the camera's page, in both themes' words. */
async function note() {
	await visit(page, "/cam/slow");
	const text = page.getByText(/No H\.264 just now/);
	await text.waitFor();
	ok((await text.innerText()).includes(NOTE), "the camera's page says who has the encoders", await text.innerText());
	await inspect(page, "a camera without an encoder");
	if (process.env.LOOK) await page.screenshot({ path: process.env.LOOK, fullPage: true });
}

const [name, value] = COOKIE.split("=");
await context.addCookies([{ name, value, url: base }]);
await note();
await shownAtOnce();
for (const file of FILES.split(" ")) {
	const bytes = fs.readFileSync(file);
	const title = /live/.test(file) ? "LL-HLS" : "HLS";
	await playFile(title, bytes, "file");
	await playFile(title, bytes, "media source");
}
ok(complaints.length === 0, "the browser had nothing to complain about", ...complaints);
await close();
process.exit(end());
