// SPDX-License-Identifier: GPL-3.0-or-later
// Keys: "g" and a letter goes to a page, "/" to its search, "j" and "k" through its list,
// "?" shows all of them. Nothing that changes anything has a key of its own.
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

/** To the next or the last entry of the page's list; Enter opens it as any link. */
function move(step: number): void {
	const links = [...document.querySelectorAll<HTMLElement>("main .camera-link, main a.row")];
	const now = links.findIndex((a) => a === document.activeElement);
	links[Math.min(links.length - 1, Math.max(0, now + step))]?.focus();
}

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
	const place = Date.now() - started <= WAIT_MS && places.find(([key]) => key === ev.key);
	started = 0;
	if (place) {
		ev.preventDefault();
		go(place[1]);
	} else if (ev.key === "/") {
		ev.preventDefault();
		document.querySelector<HTMLElement>("main input[type=search]")?.focus();
	} else if (ev.key === "j" || ev.key === "k") {
		move(ev.key === "j" ? 1 : -1);
	} else if (ev.key === "x") {
		document.activeElement?.closest("li, tr")?.querySelector<HTMLInputElement>(".camera-pick input")?.click();
	}
}

export function startKeys(): () => void {
	document.addEventListener("keydown", press);
	return () => document.removeEventListener("keydown", press);
}
