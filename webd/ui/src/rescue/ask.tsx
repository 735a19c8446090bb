// SPDX-License-Identifier: GPL-3.0-or-later
// Questions of a rescue: every answer is kept at once, so that another browser sees it.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { useAction, useAdmin, useOnline } from "../lib/hooks";
import { maybe, t } from "../lib/i18n";
import type { Rescue, RescueQuestion } from "../lib/types";
import { ErrorNote } from "../parts/basics";
import { say } from "./steps";

/** An answer shows at once; what webd refuses goes back to what it was. */
export function useSay(r: Rescue, key: string, kept: string) {
	const [said, setSaid] = useState<string | undefined>(undefined);
	const action = useAction();
	const online = useOnline();
	const admin = useAdmin();
	return {
		value: said ?? kept,
		off: !online || !admin || r.state !== "open",
		error: action.error,
		say: (value: string) => {
			if (action.busy) return;
			setSaid(value);
			void action.run(() => say(r, { [key]: value })).finally(() => setSaid(undefined));
		},
	};
}

/** One of several. Each option may carry a drawing. */
export function Choose({ rescue, question, options, drawing }: {
	rescue: Rescue;
	question: RescueQuestion;
	options: readonly string[];
	drawing?: (option: string) => ComponentChildren;
}) {
	const it = useSay(rescue, question, rescue.answers[question]);
	return (
		<>
			<fieldset class="options" disabled={it.off}>
				<legend>{t(`rescue.ask.${question}` as "rescue.ask.have")}</legend>
				{options.map((option) => (
					<label key={option} class="option">
						<input
							type="radio"
							name={`rescue-${question}`}
							checked={it.value === option}
							onChange={() => it.say(option)}
						/>
						<span>
							{drawing?.(option)}
							<strong>{t(`rescue.ask.${question}.${option}` as "rescue.ask.have.donor")}</strong>
							<span class="muted">{maybe(`rescue.ask.${question}.${option}-text`)}</span>
						</span>
					</label>
				))}
			</fieldset>
			{it.error && <ErrorNote error={it.error} />}
		</>
	);
}

/** Something that a person did. */
export function Tick({ rescue, question }: { rescue: Rescue; question: RescueQuestion }) {
	const it = useSay(rescue, question, rescue.answers[question]);
	return (
		<>
			<label class="check rescue-tick">
				<input
					type="checkbox"
					checked={it.value === "yes"}
					disabled={it.off}
					onChange={(ev) => it.say(ev.currentTarget.checked ? "yes" : "")}
				/>
				{t(`rescue.ask.${question}` as "rescue.ask.jumper")}
			</label>
			{it.error && <ErrorNote error={it.error} />}
		</>
	);
}
