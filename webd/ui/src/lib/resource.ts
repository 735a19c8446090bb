// SPDX-License-Identifier: GPL-3.0-or-later
// Answers of the API, kept as long as somebody looks at them: loaded when a part of the
// page asks, loaded again when an event says that they changed. A failure keeps the old
// value, so that content stays with its age shown.
import { useEffect } from "preact/hooks";
import { ApiError, asApiError, request, session } from "./api";
import { Store, useStore } from "./store";

export interface Loaded<T> {
	value?: T;
	error?: ApiError;
	at: number;		/* when value came, ms of Date.now() */
	loading: boolean;
}

const GAP_MS = 400;		/* two loads of one resource start at least this far apart */

export class Resource<T> {
	readonly store = new Store<Loaded<T>>({ at: 0, loading: false });
	private again = false;
	private started = 0;
	private timer: number | undefined;

	constructor(
		readonly path: string,
		readonly topics: readonly string[],
		private readonly text = false,
	) {}

	load(): void {
		if (this.store.value.loading) {
			this.again = true;
			return;
		}
		const wait = this.started + GAP_MS - Date.now();
		if (wait > 0) {
			this.timer ??= window.setTimeout(() => {
				this.timer = undefined;
				this.load();
			}, wait);
			return;
		}
		void this.run();
	}

	/** Somebody begins to look: what is on its way already is new enough. */
	begin(): void {
		if (!this.store.value.loading) this.load();
	}

	private async run(): Promise<void> {
		this.started = Date.now();
		this.store.set({ ...this.store.value, loading: true });
		try {
			const value = await request<T>("GET", this.path, { text: this.text });
			this.store.set({ value, at: Date.now(), loading: false });
		} catch (e) {
			this.store.set({ ...this.store.value, error: asApiError(e), loading: false });
		}
		if (this.again) {
			this.again = false;
			this.load();
		}
	}

	/** Change the value in place, for what an event brought along. */
	patch(change: (old: T) => T): void {
		const now = this.store.value;
		if (now.value !== undefined) this.store.set({ ...now, value: change(now.value), at: Date.now() });
	}
}

const all = new Map<string, Resource<unknown>>();

export function resource<T>(path: string, topics: readonly string[] = [], text = false): Resource<T> {
	let found = all.get(path) as Resource<T> | undefined;
	if (!found) {
		found = new Resource<T>(path, topics, text);
		all.set(path, found as Resource<unknown>);
	}
	return found;
}

export function useResource<T>(res: Resource<T>): Loaded<T> {
	useEffect(() => {
		res.begin();
	}, [res]);
	return useStore(res.store);
}

const nothing = new Resource<never>("", []);

/** The same for what may not be there (yet). */
export function useMaybe<T>(res: Resource<T> | undefined): Loaded<T> {
	useEffect(() => {
		res?.begin();
	}, [res]);
	return useStore((res ?? (nothing as Resource<T>)).store);
}

/** What an event named changed: load again what is on screen, forget the rest. */
export function changed(topics: readonly string[]): void {
	for (const [path, res] of all) {
		if (!res.topics.some((topic) => topics.includes(topic))) continue;
		if (res.store.watched) res.load();
		else all.delete(path);
	}
}

export function reloadAll(): void {
	for (const [path, res] of all) {
		if (res.store.watched) res.load();
		else all.delete(path);
	}
}

/** Another person signs in: nothing of the last one stays. */
session.watch(() => {
	if (!session.value?.signed_in) all.clear();
});
