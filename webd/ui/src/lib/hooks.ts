// SPDX-License-Identifier: GPL-3.0-or-later
// Small hooks that several pages share.
import type { RefObject } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError, asApiError, session } from "./api";
import { line } from "./events";
import { Store, useStore } from "./store";

/** The time, told again every so often, so that ages grow on screen. */
export function useNow(everyMs: number): number {
	const [now, setNow] = useState(Date.now());
	useEffect(() => {
		const timer = setInterval(() => setNow(Date.now()), everyMs);
		return () => clearInterval(timer);
	}, [everyMs]);
	return now;
}

// One for all that is watched: a list of a thousand entries has a thousand of them.
const watched = new WeakMap<Element, (seen: boolean) => void>();
const watcher = new IntersectionObserver((entries) => {
	for (const entry of entries) watched.get(entry.target)?.(entry.isIntersecting);
});
const inFront = new Store(!document.hidden);
document.addEventListener("visibilitychange", () => inFront.set(!document.hidden));

/** True while the element is on screen and the tab is in front. */
export function useOnScreen(ref: RefObject<Element>): boolean {
	const [seen, setSeen] = useState(false);
	const front = useStore(inFront);
	useEffect(() => {
		const at = ref.current;
		if (!at) return;
		watched.set(at, setSeen);
		watcher.observe(at);
		return () => {
			watched.delete(at);
			watcher.unobserve(at);
		};
	}, [ref]);
	return seen && front;
}

/** True after so many milliseconds: nothing flickers when an answer is quick. */
export function useLater(ms: number, on = true): boolean {
	const [late, setLate] = useState(false);
	useEffect(() => {
		setLate(false);
		if (!on) return;
		const timer = setTimeout(() => setLate(true), ms);
		return () => clearTimeout(timer);
	}, [ms, on]);
	return late;
}

export interface Action {
	busy: boolean;
	error: ApiError | undefined;
	run: (work: () => Promise<void>) => Promise<void>;
	clear: () => void;
}

/** Something that a button starts: one at a time, its failure kept for the page. */
export function useAction(): Action {
	const [busy, setBusy] = useState(false);
	const [error, setError] = useState<ApiError | undefined>(undefined);
	const alive = useRef(true);
	useEffect(() => () => {
		alive.current = false;
	}, []);
	return {
		busy,
		error,
		clear: () => setError(undefined),
		run: async (work) => {
			if (busy) return;
			setBusy(true);
			setError(undefined);
			try {
				await work();
			} catch (e) {
				if (alive.current) setError(asApiError(e));
			} finally {
				if (alive.current) setBusy(false);
			}
		},
	};
}

export function useAdmin(): boolean {
	return useStore(session)?.role === "admin";
}

/** False while webd cannot be reached: buttons that need it are off. */
export function useOnline(): boolean {
	return useStore(line).state !== "lost";
}

/** Keep the screen awake while on, where the browser allows it. */
export function useAwake(on: boolean): void {
	useEffect(() => {
		const lock = (navigator as { wakeLock?: { request(kind: string): Promise<{ release(): Promise<void> }> } }).wakeLock;
		if (!on || !lock) return;
		let held: { release(): Promise<void> } | undefined;
		let over = false;
		const take = () => {
			if (document.hidden || over) return;
			lock.request("screen").then((l) => {
				if (over) void l.release();
				else held = l;
			}, () => undefined);
		};
		take();
		document.addEventListener("visibilitychange", take);
		return () => {
			over = true;
			document.removeEventListener("visibilitychange", take);
			held?.release().catch(() => undefined);
		};
	}, [on]);
}
