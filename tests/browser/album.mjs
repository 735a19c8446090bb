// SPDX-License-Identifier: GPL-3.0-or-later
// A camera's photos, notes and history, part of the walk: a photo of a phone is sent and
// keeps no place, a note is changed by two at once, and all of it is in the history.
import { inspect, is, ok, visit } from "./browser.mjs";

async function photos(page) {
	const card = page.locator(".card").filter({ has: page.getByRole("heading", { name: "Photos" }) });
	await card.getByLabel("What it shows").selectOption("back");
	await card.locator("input[capture]").setInputFiles(process.env.PHOTO);
	const small = card.locator(".photo img");
	await small.scrollIntoViewIfNeeded();	/* what is out of sight is not loaded */
	await page.waitForFunction(() => document.querySelector(".photo img")?.naturalWidth > 0);
	is(await small.evaluate((img) => `${img.naturalWidth}x${img.naturalHeight}`), "213x320", "a photo is sent, turned upright, and has a small one");
	await inspect(page, "a camera with a photo");
	await card.getByRole("button", { name: "Board, back" }).click();
	const dialog = page.getByRole("dialog");
	await dialog.getByLabel("Caption").fill("XF16 beside the flash");
	await inspect(page, "a photo");
	await dialog.getByRole("button", { name: "Save" }).click();
	await card.getByRole("button", { name: "XF16 beside the flash" }).waitFor();
	ok(true, "its caption is kept");
	// What is no JPEG is made one by the browser; what is no picture is refused in words.
	const png = await page.evaluate(() => {
		const canvas = document.createElement("canvas");
		canvas.width = canvas.height = 64;
		return canvas.toDataURL("image/png").split(",")[1];
	});
	await card.locator("input[multiple]").setInputFiles([
		{ name: "a.png", mimeType: "image/png", buffer: Buffer.from(png, "base64") },
		{ name: "b.jpg", mimeType: "image/jpeg", buffer: Buffer.from("not a picture") },
	]);
	await card.getByRole("alert").getByText("is no JPEG").waitFor();
	await page.waitForFunction(() => document.querySelectorAll(".photo").length === 2);
	ok(true, "a PNG becomes a photo, a text file does not");
	await card.locator(".photo").nth(1).click();
	await dialog.getByRole("button", { name: "Remove" }).click();
	await dialog.getByRole("button", { name: "Delete for good" }).click();
	await dialog.waitFor({ state: "detached" });
	await page.waitForFunction(() => document.querySelectorAll(".photo").length === 1);
	ok(true, "a photo is removed after a second click");
}

async function notes(page, name) {
	const card = page.locator(".card").filter({ has: page.getByRole("heading", { name: "Notes" }) });
	await card.getByRole("button", { name: "Edit" }).click();
	await card.getByRole("textbox").fill("mine");
	await page.evaluate(async (camera) => {
		const { csrf } = await (await fetch("api/v1/state")).json();
		await fetch(`api/v1/cameras/${camera}`, {
			method: "PATCH",
			headers: { "Content-Type": "application/json", "X-Camherd-CSRF": csrf },
			body: JSON.stringify({ notes: "theirs" }),
		});
	}, name);
	await card.getByText("Somebody else changed the notes meanwhile.").waitFor();
	await card.getByText("theirs", { exact: true }).waitFor();
	ok(true, "who writes second is shown what the first wrote");
	is(await card.getByRole("button", { name: "Save" }).isDisabled(), true, "… and cannot replace it unseen");
	await card.getByRole("button", { name: "Replace them with mine" }).click();
	await card.getByRole("button", { name: "Save" }).click();
	await card.getByText("mine", { exact: true }).waitFor();
	ok(true, "the notes are saved");
}

async function history(page, name) {
	const list = page.locator(".history");
	await list.getByText(`${name} was changed: notes`).first().waitFor();
	ok(/a photo was added/.test(await list.innerText()), "the history tells of photos and notes");
}

async function choose(page, label, language) {
	await visit(page, "/settings");
	await page.getByLabel(label).selectOption(language);
	await page.waitForFunction((name) => document.documentElement.lang === name, language);
}

/** The daemons' own sentences, in the language of the page. */
async function polish(page, name) {
	await choose(page, "Language", "pl");
	await visit(page, `/cam/${name}`);
	await page.locator(".history").getByText(`zmieniono ${name}: notatki`).first().waitFor();
	await page.locator(".history").getByText("dodano zdjęcie").first().waitFor();
	ok(true, "what webd wrote into the history is shown in Polish");
	await page.locator("input[multiple]").setInputFiles([{ name: "b.jpg", mimeType: "image/jpeg", buffer: Buffer.from("not a picture") }]);
	await page.getByRole("alert").getByText("Ten plik nie jest JPEG-iem").waitFor();
	ok(true, "… and why it refuses a file");
	await inspect(page, "a camera in Polish");
	await choose(page, "Język", "en");
}

export async function album(page, name) {
	await visit(page, `/cam/${name}`);
	await photos(page);
	await notes(page, name);
	await history(page, name);
	await polish(page, name);
}
