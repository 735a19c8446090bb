// SPDX-License-Identifier: GPL-3.0-or-later
// The frame of the pages before sign-in. Theme and language can be chosen here too.
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { LanguageChoice, ThemeChoice } from "../parts/choices";
import { Mark } from "../parts/icon";

export function Gate({ title, lead, children }: { title: string; lead: string; children: ComponentChildren }) {
	useEffect(() => {
		document.title = `${title} · camherd`;
	}, [title]);
	return (
		<main class="gate" id="main">
			<div class="gate-box">
				<p class="gate-brand"><Mark size={40} /> camherd</p>
				<h1>{title}</h1>
				<p class="muted">{lead}</p>
				{children}
			</div>
			<div class="gate-foot">
				<ThemeChoice />
				<LanguageChoice />
			</div>
		</main>
	);
}
