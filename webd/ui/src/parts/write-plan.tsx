// SPDX-License-Identifier: GPL-3.0-or-later
// What a write would keep, change and take, as webd says it; and whose identity it writes.
import { maybe, t } from "../lib/i18n";
import { said } from "../lib/said";
import type { Identity, Plan, PlanLine } from "../lib/types";
import { Note } from "./basics";

const IDENTITIES: readonly Identity[] = ["keep", "donor", "blank"];

export function WhoseIdentity({ identity, set }: { identity: Identity; set: (i: Identity) => void }) {
	return (
		<fieldset class="options">
			<legend>{t("write.identity")}</legend>
			{IDENTITIES.map((i) => (
				<label key={i} class="option">
					<input type="radio" name="identity" checked={identity === i} onChange={() => set(i)} />
					<span><strong>{t(`write.identity-${i}`)}</strong><span class="muted">{t(`write.identity-${i}-text`)}</span></span>
				</label>
			))}
		</fieldset>
	);
}

/** The sentence of a plan that says that the camera's identity is lost already. */
export function goneLine(plan: Plan): PlanLine | undefined {
	return plan.lines[0]?.what === "gone" ? plan.lines[0] : undefined;
}

export function PlanLines({ plan }: { plan: Plan }) {
	return (
		<>
			<dl class="plan">
				{plan.lines.filter((line) => line.what !== "gone").map((line, i) => (
					<div key={i}>
						<dt>{maybe(`plan.${line.what}`) ?? line.what}</dt>
						<dd>{said(line.text, line)}</dd>
					</div>
				))}
			</dl>
			{plan.warning !== "" && <Note tone="warn"><p>{said(plan.warning, plan.warning_said)}</p></Note>}
		</>
	);
}

/** The camera's identity was lost before us: said before anything else. */
export function Gone({ line, choose }: { line: PlanLine; choose: ((i: Identity) => void) | undefined }) {
	return (
		<Note tone="bad">
			<p><strong>{t("write.gone")}</strong></p>
			<p>{said(line.text, line)}</p>
			{choose && (
				<div class="form-end">
					<button type="button" class="button" onClick={() => choose("blank")}>{t("write.identity-blank")}</button>
					<button type="button" class="button" onClick={() => choose("donor")}>{t("write.identity-donor")}</button>
				</div>
			)}
		</Note>
	);
}
