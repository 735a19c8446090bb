// SPDX-License-Identifier: GPL-3.0-or-later
// Typed confirmations: what cannot be undone asks for a name, not for a click.
import { useState } from "preact/hooks";
import { type Action, useOnline } from "../lib/hooks";
import { rich, t } from "../lib/i18n";
import { ErrorNote, Field } from "./basics";

export function TypedName({ id, word, value, set }: {
	id: string;
	word: string;
	value: string;
	set: (v: string) => void;
}) {
	return (
		<div class="field">
			<label for={id}>{rich("confirm.type", { word: <code key="w">{word}</code> })}</label>
			<input
				id={id}
				value={value}
				autocomplete="off"
				autocapitalize="none"
				spellcheck={false}
				onInput={(ev) => set(ev.currentTarget.value)}
			/>
		</div>
	);
}

export function DangerForm({ word, button, action, submit, password }: {
	word: string;
	button: string;
	action: Action;
	submit: (password: string, typed: string) => Promise<void>;
	password?: boolean;
}) {
	const [typed, setTyped] = useState("");
	const [secret, setSecret] = useState("");
	const online = useOnline();
	return (
		<form onSubmit={(ev) => {
			ev.preventDefault();
			void action.run(() => submit(secret, typed));
		}}>
			<TypedName id="danger-name" word={word} value={typed} set={setTyped} />
			{password && (
				<Field id="danger-password" label={t("people.my-password")}>
					<input
						id="danger-password"
						type="password"
						autocomplete="current-password"
						value={secret}
						onInput={(ev) => setSecret(ev.currentTarget.value)}
					/>
				</Field>
			)}
			{action.error && <ErrorNote error={action.error} />}
			<div class="form-end">
				<button
					class="button danger"
					disabled={typed !== word || (password && secret === "") || action.busy || !online}
				>
					{button}
				</button>
			</div>
		</form>
	);
}
