// SPDX-License-Identifier: GPL-3.0-or-later
// A part of the page that is loaded when somebody goes there.
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useLater } from "../lib/hooks";
import { roomWords, t } from "../lib/i18n";
import { Note } from "./basics";

const loaded = new Map<() => Promise<unknown>, unknown>();

/** A room whose words are not among the first. */
export async function withWords<M>(room: Promise<M>): Promise<M> {
	const [found] = await Promise.all([room, roomWords()]);
	return found;
}

export function Room<M>({ load, children }: { load: () => Promise<M>; children: (room: M) => ComponentChildren }) {
	const [room, setRoom] = useState(loaded.get(load) as M | undefined);
	const [failed, setFailed] = useState(false);
	const late = useLater(150, !room);
	useEffect(() => {
		if (room) return;
		load().then((m) => {
			loaded.set(load, m);
			setRoom(() => m);
		}, () => setFailed(true));
	}, [load]);
	if (room) return <>{children(room)}</>;
	if (failed) {
		return (
			<Note tone="bad">
				<p>{t("room.failed")}</p>
				<p><button type="button" class="button small" onClick={() => location.reload()}>{t("room.reload")}</button></p>
			</Note>
		);
	}
	return <div class={late ? "skeleton skeleton-block" : "skeleton skeleton-block unseen"} aria-busy="true" />;
}
