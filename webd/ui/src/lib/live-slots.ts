// SPDX-License-Identifier: GPL-3.0-or-later
// At most two live streams in one browser, however many tabs: a browser has six
// connections to one server, and a stream keeps one for good. Two leases in localStorage,
// renewed while they are held; who gets none shows stills and waits for one.
import { useEffect, useState } from "preact/hooks";
import { recall, remember } from "./store";

const SLOTS = 2;
const BEAT_MS = 2000;
const OLD_MS = 6000;
const SETTLE_MS = 150;		/* two tabs may write at once: the later one wins */

const key = (i: number) => `live.${i}`;

function owner(i: number): { id: string; fresh: boolean } {
	const [id = "", at = "0"] = (recall(key(i)) ?? "").split(" ");
	const age = Date.now() - Number(at);
	return { id, fresh: id !== "" && age < OLD_MS && age > -OLD_MS };
}

function take(i: number, me: string): void {
	remember(key(i), `${me} ${Date.now()}`);
}

class Lease {
	private readonly me = `${Date.now().toString(36)}${Math.random().toString(36).slice(2)}`;
	private slot: number | undefined;
	private tried: number | undefined;
	private settle: number | undefined;
	private readonly timer: number;

	constructor(private readonly told: (held: boolean) => void) {
		this.timer = window.setInterval(this.beat, BEAT_MS);
		addEventListener("storage", this.beat);
		addEventListener("pagehide", this.close);
		this.beat();
	}

	readonly close = (): void => {
		clearInterval(this.timer);
		clearTimeout(this.settle);
		removeEventListener("storage", this.beat);
		removeEventListener("pagehide", this.close);
		for (let i = 0; i < SLOTS; i++) if (owner(i).id === this.me) remember(key(i), null);
	};

	private readonly beat = (): void => {
		if (this.slot !== undefined) {
			if (owner(this.slot).id === this.me) {
				if (Date.now() - Number(recall(key(this.slot))?.split(" ")[1]) > BEAT_MS / 2) take(this.slot, this.me);
				return;
			}
			// A tab that was asleep for long has lost it.
			this.slot = undefined;
			this.told(false);
		}
		if (this.tried !== undefined) return;
		for (let i = 0; i < SLOTS; i++) {
			if (owner(i).fresh) continue;
			take(i, this.me);
			this.tried = i;
			this.settle = window.setTimeout(this.look, SETTLE_MS);
			return;
		}
	};

	private readonly look = (): void => {
		const i = this.tried!;
		this.tried = undefined;
		// Where nothing can be stored there is this tab alone.
		if (recall(key(i)) === null || owner(i).id === this.me) {
			this.slot = i;
			this.told(true);
		} else {
			this.beat();
		}
	};
}

/** True while this tab may show a live stream. */
export function useLiveSlot(wanted: boolean): boolean | undefined {
	const [held, setHeld] = useState<boolean | undefined>(undefined);
	useEffect(() => {
		if (!wanted) return;
		const lease = new Lease(setHeld);
		const late = setTimeout(() => setHeld((h) => h ?? false), 4 * SETTLE_MS);
		return () => {
			clearTimeout(late);
			lease.close();
			setHeld(undefined);
		};
	}, [wanted]);
	return held;
}
