// SPDX-License-Identifier: GPL-3.0-or-later
// A question in the middle of the page. The browser's own <dialog> keeps the keyboard
// inside, closes on Escape and gives the focus back.
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../lib/i18n";
import { Icon } from "./icon";

export function Dialog({ title, close, children }: {
	title: string;
	close: () => void;
	children: ComponentChildren;
}) {
	const dialog = useRef<HTMLDialogElement>(null);
	useEffect(() => {
		const d = dialog.current;
		if (!d) return;
		const from = document.activeElement;
		d.showModal();
		return () => {
			d.close();
			if (from instanceof HTMLElement) from.focus();
		};
	}, []);
	return (
		<dialog ref={dialog} aria-labelledby="dialog-title" onCancel={(ev) => {
			ev.preventDefault();
			close();
		}}>
			<div class="dialog-head">
				<h2 id="dialog-title">{title}</h2>
				<button type="button" class="button quiet square" aria-label={t("action.close")} onClick={close}>
					<Icon name="cross" />
				</button>
			</div>
			{children}
		</dialog>
	);
}
