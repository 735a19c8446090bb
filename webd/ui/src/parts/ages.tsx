// SPDX-License-Identifier: GPL-3.0-or-later
// Ages that grow on screen: one clock for all of them, so that a long list is not drawn
// anew each second.
import { line } from "../lib/events";
import { ago } from "../lib/format";
import { Store, useStore } from "../lib/store";

const clock = new Store(Date.now());
let timer: number | undefined;

/** The time in ms, told each second while somebody looks. */
export function useClock(): number {
	timer ??= window.setInterval(() => {
		if (clock.watched) {
			clock.set(Date.now());
		} else {
			clearInterval(timer);
			timer = undefined;
		}
	}, 1000);
	return useStore(clock);
}

/** How long ago something was that webd said, at `at`, to be age_ms old. */
export function Age({ age_ms, at, still }: { age_ms: number; at: number; still?: boolean }) {
	const now = useClock();
	// Of what goes on newer news would come, as long as they can.
	const fresh = still !== true && line.value.state === "up" ? 0 : Math.max(0, now - at);
	return <>{ago((age_ms + fresh) / 1000)}</>;
}
