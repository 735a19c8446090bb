// SPDX-License-Identifier: GPL-3.0-or-later
// What the pages say of a camera, and which of many somebody wants to see.
import { line } from "./events";
import type { Camera } from "./types";

/** The word for a camera's state; one without an address has only its flash. */
export function stateOf(c: Camera): string {
	if (c.job) return "bench";
	if (c.source === "") return "flash";
	if (!c.enabled) return "disabled";
	return c.state || "unknown";
}

export function tagsOf(c: Camera): string[] {
	return c.tags.split(/[\s,;]+/).filter(Boolean);
}

/** It sleeps while nobody watches: nothing that the page does by itself may wake it. */
export function onBattery(c: Camera): boolean {
	return c.state === "asleep" || tagsOf(c).some((tag) => tag.toLowerCase() === "battery");
}

/** Milliseconds since the last picture, now. */
export function frameAge(c: Camera, at: number, now: number): number | undefined {
	if (c.last_frame_ms === null || c.last_frame_ms === undefined || c.last_frame_ms < 0) return undefined;
	// Of a live camera newer pictures came since webd said so, as long as it can say so.
	if (stateOf(c) === "live" && line.value.state === "up") return c.last_frame_ms;
	return c.last_frame_ms + Math.max(0, now - at);
}

export const sorts = ["name", "state", "picture", "backup"] as const;
export type Sort = (typeof sorts)[number];

export interface Wish {
	q: string;
	state: string;
	tag: string;
	chip: string;
	bare: boolean;
	differs: boolean;
	sort: Sort;
	down: boolean;
}

/** From the address, so that a bookmark brings the same cameras back. */
export function wishOf(query: URLSearchParams): Wish {
	const sort = query.get("sort") ?? "";
	return {
		q: query.get("q") ?? "",
		state: query.get("state") ?? "",
		tag: query.get("tag") ?? "",
		chip: query.get("chip") ?? "",
		bare: query.get("bare") === "1",
		differs: query.get("differs") === "1",
		sort: (sorts as readonly string[]).includes(sort) ? (sort as Sort) : "name",
		down: query.get("down") === "1",
	};
}

export function addressOf(w: Wish): string {
	const query = new URLSearchParams();
	for (const key of ["q", "state", "tag", "chip"] as const) if (w[key] !== "") query.set(key, w[key]);
	for (const key of ["bare", "differs", "down"] as const) if (w[key]) query.set(key, "1");
	if (w.sort !== "name") query.set("sort", w.sort);
	const text = query.toString();
	return text === "" ? "#/" : `#/?${text}`;
}

export function isFiltered(w: Wish): boolean {
	return w.q !== "" || w.state !== "" || w.tag !== "" || w.chip !== "" || w.bare || w.differs;
}

// The worst first: that is what somebody looks for.
const order = ["unreachable", "unsupported", "stale", "held by another app", "connecting", "bench", "live", "idle", "asleep", "flash", "disabled"];

function rank(c: Camera): number {
	const at = order.indexOf(stateOf(c));
	return at < 0 ? order.length : at;
}

function compare(a: Camera, b: Camera, sort: Sort): number {
	switch (sort) {
	case "state":
		return rank(a) - rank(b);
	case "picture":
		return (a.last_frame_ms ?? Infinity) - (b.last_frame_ms ?? Infinity) || 0;
	case "backup":
		return (b.backup?.created_s ?? 0) - (a.backup?.created_s ?? 0);
	default:
		return 0;
	}
}

const collator = new Intl.Collator(undefined, { numeric: true });

export function choose(list: Camera[], w: Wish): Camera[] {
	const words = w.q.toLowerCase().split(/\s+/).filter(Boolean);
	const kept = list.filter((c) => {
		if (w.state !== "" && stateOf(c) !== w.state) return false;
		if (w.tag !== "" && !tagsOf(c).includes(w.tag)) return false;
		if (w.chip !== "" && c.chip !== w.chip) return false;
		if (w.bare && c.backup) return false;
		if (w.differs && !c.differs) return false;
		if (words.length === 0) return true;
		const text = [c.name, c.tags, c.notes, c.source, c.chip, c.firmware?.label, c.reason].join(" ").toLowerCase();
		return words.every((word) => text.includes(word));
	});
	const sign = w.down ? -1 : 1;
	return kept.sort((a, b) => sign * (compare(a, b, w.sort) || collator.compare(a.name, b.name)));
}
