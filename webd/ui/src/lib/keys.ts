// SPDX-License-Identifier: GPL-3.0-or-later
// Keys: "g" and a letter goes to a page, "?" shows this list. Nothing that changes
// anything has a key of its own.
import { go } from "./router";
import { Store } from "./store";

export const places = [
	["f", "#/", "nav.fleet"],
	["b", "#/bench", "nav.bench"],
	["r", "#/rescue", "nav.rescue"],
	["d", "#/dumps", "nav.dumps"],
	["j", "#/jobs", "nav.jobs"],
	["s", "#/settings", "nav.settings"],
] as const;

export const helpOpen = new Store(false);

const WAIT_MS = 1500;
let started = 0;

function press(ev: KeyboardEvent): void {
	if (ev.ctrlKey || ev.metaKey || ev.altKey || ev.defaultPrevented) return;
	const at = ev.target;
	if (at instanceof HTMLElement && (at.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName))) return;
	if (document.querySelector("dialog[open]")) return;
	if (ev.key === "?") {
		helpOpen.set(true);
		ev.preventDefault();
		return;
	}
	if (ev.key === "g") {
		started = Date.now();
		return;
	}
	if (Date.now() - started > WAIT_MS) return;
	started = 0;
	const place = places.find(([key]) => key === ev.key);
	if (place) {
		ev.preventDefault();
		go(place[1]);
	}
}

export function startKeys(): () => void {
	document.addEventListener("keydown", press);
	return () => document.removeEventListener("keydown", press);
}
