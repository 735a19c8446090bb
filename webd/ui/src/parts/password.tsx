// SPDX-License-Identifier: GPL-3.0-or-later
// A password field with a button that shows what was typed.
import { useState } from "preact/hooks";
import { t } from "../lib/i18n";
import { Icon } from "./icon";

export function Password({ id, value, set, fresh, required, described }: {
	id: string;
	value: string;
	set: (v: string) => void;
	fresh?: boolean;
	required?: boolean;
	described?: string;
}) {
	const [shown, setShown] = useState(false);
	return (
		<div class="with-button">
			<input
				id={id}
				name={id}
				type={shown ? "text" : "password"}
				value={value}
				required={required}
				autocomplete={fresh ? "new-password" : "current-password"}
				autocapitalize="none"
				spellcheck={false}
				aria-describedby={described}
				onInput={(ev) => set(ev.currentTarget.value)}
			/>
			<button
				type="button"
				class="button quiet square"
				aria-pressed={shown}
				aria-label={t("action.show-password")}
				onClick={() => setShown(!shown)}
			>
				<Icon name="eye" />
			</button>
		</div>
	);
}
