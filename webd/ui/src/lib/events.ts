// SPDX-License-Identifier: GPL-3.0-or-later
// One event stream for the whole browser: a browser opens six connections to one server
// at most, so of all open tabs only one, the leader, listens to webd and tells the
// others over a BroadcastChannel. The leader keeps a time stamp in localStorage; when it
// gets old, or a tab comes to the front, another one takes over.
import { loadSession, sessionError } from "./api";
import { jobs, openJobs, job as jobOf } from "./data";
import { changed, reloadAll } from "./resource";
import { recall, remember, Store } from "./store";
import type { Job } from "./types";

export interface Line {
	state: "connecting" | "up" | "lost";
	since: number;		/* ms of Date.now() when it became so */
}

export const line = new Store<Line>({ state: "connecting", since: Date.now() });

type Message =
	| { kind: "line"; state: Line["state"]; since: number }
	| { kind: "change"; what: string[] }
	| { kind: "gap" }
	| { kind: "job"; job: Job };

const me = `${Date.now().toString(36)}${Math.random().toString(36).slice(2)}`;
const BEAT_MS = 2000;
const OLD_MS = 6000;
const SILENT_MS = 30000;	/* after so long without an event, ask whether webd is there */

let channel: BroadcastChannel | undefined;
let stream: EventSource | undefined;
let heard = 0;
let retryMs = 1000;
let retryTimer: number | undefined;
let beatTimer: number | undefined;
let running = false;

export function startEvents(): void {
	if (running) return;
	running = true;
	if ("BroadcastChannel" in window) {
		channel = new BroadcastChannel("camherd");
		channel.onmessage = (ev) => take(ev.data as Message);
	}
	beatTimer = window.setInterval(beat, BEAT_MS);
	addEventListener("pagehide", leave);
	document.addEventListener("visibilitychange", front);
	addEventListener("offline", again);
	addEventListener("online", reconnectNow);
	if (leaderIsOld() || !document.hidden) lead();
}

export function stopEvents(): void {
	if (!running) return;
	running = false;
	clearInterval(beatTimer);
	leave();
	removeEventListener("pagehide", leave);
	document.removeEventListener("visibilitychange", front);
	removeEventListener("offline", again);
	removeEventListener("online", reconnectNow);
	channel?.close();
	channel = undefined;
}

/** The user does not want to wait for the next attempt. */
export function reconnectNow(): void {
	retryMs = 1000;
	lead();
	void loadSession();
}

function leader(): { id: string; at: number } {
	const [id = "", at = "0"] = (recall("leader") ?? "").split(" ");
	return { id, at: Number(at) };
}

function leaderIsOld(): boolean {
	const age = Date.now() - leader().at;
	return age > OLD_MS || age < -OLD_MS;
}

function beat(): void {
	const now = leader();
	if (stream || retryTimer !== undefined) {
		if (now.id !== me && !leaderIsOld()) {
			drop();
			return;
		}
		remember("leader", `${me} ${Date.now()}`);
		if (stream && Date.now() - heard > SILENT_MS) void probe();
	} else if (now.id === me || leaderIsOld()) {
		lead();
	}
}

function front(): void {
	if (!document.hidden && !stream) lead();
}

function leave(): void {
	const mine = stream !== undefined || retryTimer !== undefined;
	drop();
	if (mine && leader().id === me) remember("leader", null);
}

function drop(): void {
	stream?.close();
	stream = undefined;
	clearTimeout(retryTimer);
	retryTimer = undefined;
}

function lead(): void {
	drop();
	remember("leader", `${me} ${Date.now()}`);
	heard = Date.now();
	const source = new EventSource("api/v1/events");
	stream = source;
	source.onopen = () => {
		heard = Date.now();
		retryMs = 1000;
		tell({ kind: "line", state: "up", since: Date.now() });
		// Between the last leader's end and now nobody listened, for any tab.
		tell({ kind: "gap" });
	};
	source.onerror = () => {
		if (stream === source) again();
	};
	source.addEventListener("change", (ev) => {
		heard = Date.now();
		const data = parse<{ what: string[] }>(ev);
		if (data) tell({ kind: "change", what: data.what });
	});
	source.addEventListener("job", (ev) => {
		heard = Date.now();
		const data = parse<Job>(ev);
		if (data) tell({ kind: "job", job: data });
	});
}

/** A dead network does not end a stream by itself. */
async function probe(): Promise<void> {
	heard = Date.now();
	await loadSession();
	if (sessionError.value && stream) again();
}

function again(): void {
	drop();
	if (line.value.state !== "lost") tell({ kind: "line", state: "lost", since: Date.now() });
	retryTimer = window.setTimeout(() => {
		retryTimer = undefined;
		void loadSession();
		lead();
	}, retryMs);
	retryMs = Math.min(retryMs * 2, 15000);
}

function parse<T>(ev: Event): T | undefined {
	try {
		return JSON.parse((ev as MessageEvent<string>).data) as T;
	} catch {
		return undefined;
	}
}

function tell(message: Message): void {
	channel?.postMessage(message);
	take(message);
}

function take(message: Message): void {
	switch (message.kind) {
	case "line":
		line.set({ state: message.state, since: message.since });
		break;
	case "change":
		changed(message.what);
		break;
	case "gap":
		reloadAll();
		break;
	case "job":
		takeJob(message.job);
		break;
	}
}

function takeJob(fresh: Job): void {
	const swap = (old: { jobs: Job[] }) => ({
		jobs: old.jobs.map((j) => (j.id === fresh.id ? fresh : j)),
	});
	jobs().patch(swap);
	openJobs().patch(swap);
	jobOf(fresh.id).patch(() => fresh);
}
