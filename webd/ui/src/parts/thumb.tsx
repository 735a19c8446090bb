// SPDX-License-Identifier: GPL-3.0-or-later
// Stills of cameras. Only what is on screen is fetched, at most two at a time, so that
// the six connections of a browser stay free for the rest of the page.
import { useEffect, useRef, useState } from "preact/hooks";
import { useOnScreen } from "../lib/hooks";
import { t } from "../lib/i18n";
import { Icon, type IconName } from "./icon";

const EVERY_MS = 4000;
const FAILED_MS = 15000;
const AT_ONCE = 2;

let running = 0;
const queue: (() => void)[] = [];

function slot(): Promise<void> {
	if (running < AT_ONCE) {
		running++;
		return Promise.resolve();
	}
	return new Promise((resolve) => queue.push(resolve));
}

function release(): void {
	const next = queue.shift();
	if (next) next();
	else running--;
}

/** A still as an object URL, or undefined when there is none now. */
export async function fetchStill(name: string, signal: AbortSignal, file = "snapshot.jpg"): Promise<string | undefined> {
	await slot();
	try {
		if (signal.aborted) return undefined;
		const answer = await fetch(`cam/${name}/${file}`, { signal, cache: "no-store" });
		if (!answer.ok) return undefined;
		return URL.createObjectURL(await answer.blob());
	} catch {
		return undefined;
	} finally {
		release();
	}
}

export function Thumb({ name, on, old, icon, text = "" }: { name: string; on: boolean; old: boolean; icon: IconName; text?: string }) {
	const box = useRef<HTMLDivElement>(null);
	const seen = useOnScreen(box);
	const [picture, setPicture] = useState<string | undefined>(undefined);
	const shown = useRef<string | undefined>(undefined);

	useEffect(() => {
		if (!seen || !on) return;
		const stop = new AbortController();
		let timer: number | undefined;
		const turn = async () => {
			const url = await fetchStill(name, stop.signal, "thumb.jpg");
			if (stop.signal.aborted) {
				if (url) URL.revokeObjectURL(url);
				return;
			}
			if (url) {
				if (shown.current) URL.revokeObjectURL(shown.current);
				shown.current = url;
				setPicture(url);
			}
			timer = window.setTimeout(turn, url ? EVERY_MS : FAILED_MS);
		};
		void turn();
		return () => {
			stop.abort();
			clearTimeout(timer);
		};
	}, [name, seen, on]);
	useEffect(() => () => {
		if (shown.current) URL.revokeObjectURL(shown.current);
	}, []);

	return (
		<div ref={box} class={`thumb${old || !on ? " thumb-old" : ""}`}>
			{picture
				? <img src={picture} alt={t("camera.picture-of", { name })} />
				: <span class="thumb-none"><Icon name={icon} size={40} />{text !== "" && <span>{text}</span>}</span>}
		</div>
	);
}
