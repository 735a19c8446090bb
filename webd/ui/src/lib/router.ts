// SPDX-License-Identifier: GPL-3.0-or-later
// Routes stand behind "#", so that every address works at any prefix of a proxy and a
// reload or a bookmark brings back the same page.
import { Store } from "./store";

export interface Route {
	path: string[];
	query: URLSearchParams;
	whole: string;
}

function parse(): Route {
	const whole = location.hash.replace(/^#\/?/, "");
	const [path = "", query = ""] = whole.split("?", 2);
	return {
		path: path.split("/").filter(Boolean).map(decode),
		query: new URLSearchParams(query),
		whole,
	};
}

function decode(part: string): string {
	try {
		return decodeURIComponent(part);
	} catch {
		return part;
	}
}

export const route = new Store<Route>(parse());
/** How many pages were opened by a click so far; 0 = the one that was loaded. */
export let moves = 0;

addEventListener("hashchange", () => {
	moves++;
	route.set(parse());
});

/** link("cam", name) → "#/cam/garden" */
export function link(...path: (string | number)[]): string {
	return `#/${path.map((p) => encodeURIComponent(p)).join("/")}`;
}

/** Another address for the page that is shown: no step back leads to the old one. */
export function replace(to: string): void {
	history.replaceState(history.state, "", to);
	route.set(parse());
}

export function go(to: string): void {
	location.hash = to.replace(/^#/, "");
}
