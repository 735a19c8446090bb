// SPDX-License-Identifier: GPL-3.0-or-later
// Looks for PPPP cameras. What answers is only shown; one tap fills the form in.
import { useState } from "preact/hooks";
import { request } from "../lib/api";
import { useAction, useOnline } from "../lib/hooks";
import { maybe, plural, t } from "../lib/i18n";
import { link } from "../lib/router";
import { said } from "../lib/said";
import type { FoundCamera } from "../lib/types";
import { Card, ErrorNote, Field, Note } from "./basics";
import { Icon } from "./icon";

/** Letters and last digits: the whole id is what its maker's cloud takes for a proof. */
function short(id: string): string {
	const [prefix = "", serial = ""] = id.split("-");
	return `${prefix}…${serial.slice(-2)}`;
}

export function FindCameras({ choose }: { choose: (source: string, name: string) => void }) {
	const [found, setFound] = useState<FoundCamera[] | undefined>(undefined);
	const [taken, setTaken] = useState("");
	const [where, setWhere] = useState("");
	const action = useAction();
	const online = useOnline();
	const search = () =>
		void action.run(async () => {
			setFound(undefined);
			const answer = await request<{ cameras: FoundCamera[] }>("POST", "discover", where.trim() === "" ? {} : { body: { addresses: where.trim() } });
			setFound(answer.cameras);
		});
	return (
		<Card
			title={t("find.title")}
			actions={
				<button type="button" class="button small" disabled={action.busy || !online} onClick={search}>
					<Icon name="search" size={16} />
					{t(action.busy ? "find.busy" : found ? "find.again" : "find.go")}
				</button>
			}
		>
			<p class="muted">{t("find.text")}</p>
			<details>
				<summary>{t("find.elsewhere")}</summary>
				<form onSubmit={(ev) => { ev.preventDefault(); if (!action.busy && online) search(); }}>
					<Field id="find-where" label={t("find.where")} hint={t("find.where-hint")}>
						<input
							id="find-where"
							aria-describedby="find-where-hint"
							autoComplete="off"
							maxLength={400}
							value={where}
							onInput={(ev) => setWhere(ev.currentTarget.value)}
						/>
					</Field>
				</form>
			</details>
			<div aria-live="polite">
				{found && !action.busy && <p>{plural("find.count", found.length)}</p>}
				{taken !== "" && <p>{t("find.taken", { address: taken })}</p>}
			</div>
			{action.error && <ErrorNote error={action.error} />}
			{found?.length === 0 && !action.busy && <Note tone="calm"><p>{t("find.none")}</p></Note>}
			{found && found.length > 0 && (
				<ul class="found-list">
					{found.map((c) => (
						<li key={`${c.address}:${c.port}:${c.id}`}>
							<div>
								<strong>{c.id ? short(c.id) : c.address}</strong>
								<span class="muted">{[c.id ? c.address : "", maybe(`find.family.${c.family}`) ?? c.family].filter(Boolean).join(" · ")}</span>
								{c.missing !== "" && <span class="found-missing"><Icon name="warn" size={16} />{said(c.missing, c.missing_said)}</span>}
							</div>
							{c.camera !== "" && <a class="button small" href={link("cam", c.camera)}>{t("find.known", { name: c.camera })}</a>}
							{c.camera === "" && c.source !== "" && (
								<button
									type="button"
									class="button small primary"
									aria-label={t("find.use-of", { address: c.address })}
									onClick={() => {
										choose(c.source, short(c.id).toLowerCase().replace("…", "-"));
										setTaken(c.address);
									}}
								>
									{t("find.use")}
								</button>
							)}
						</li>
					))}
				</ul>
			)}
		</Card>
	);
}
