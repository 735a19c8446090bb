// SPDX-License-Identifier: GPL-3.0-or-later
// A value that parts of the page can watch.
import { useLayoutEffect, useState } from "preact/hooks";

export class Store<T> {
	private watchers = new Set<() => void>();

	constructor(private current: T) {}

	get value(): T {
		return this.current;
	}

	set(next: T): void {
		if (Object.is(next, this.current)) return;
		this.current = next;
		for (const tell of [...this.watchers]) tell();
	}

	get watched(): boolean {
		return this.watchers.size > 0;
	}

	watch(tell: () => void): () => void {
		this.watchers.add(tell);
		return () => {
			this.watchers.delete(tell);
		};
	}
}

export function useStore<T>(store: Store<T>): T {
	const [, redraw] = useState(0);
	// Before the next event, not after the next frame: what nobody watches is forgotten, and
	// a page that takes over a value from the one before would lose it and start anew.
	useLayoutEffect(() => {
		const seen = store.value;
		const end = store.watch(() => redraw((n) => n + 1));
		if (!Object.is(seen, store.value)) redraw((n) => n + 1);
		return end;
	}, [store]);
	return store.value;
}

export function remember(key: string, value: string | null): void {
	try {
		if (value === null) localStorage.removeItem(`camherd.${key}`);
		else localStorage.setItem(`camherd.${key}`, value);
	} catch {
		// Storage is off: the choice holds until the page is closed.
	}
}

export function recall(key: string): string | null {
	try {
		return localStorage.getItem(`camherd.${key}`);
	} catch {
		return null;
	}
}
