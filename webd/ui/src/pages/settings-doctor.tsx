// SPDX-License-Identifier: GPL-3.0-or-later
// What is wrong, why, and what to do; and diagnostics to give to others.
import { useEffect, useState } from "preact/hooks";
import { request } from "../lib/api";
import { moment } from "../lib/format";
import { useAction } from "../lib/hooks";
import { language, maybe, number, t, type Params } from "../lib/i18n";
import { said } from "../lib/said";
import type { Findings } from "../lib/types";
import { Card, Chip, ErrorNote } from "../parts/basics";
import { Icon } from "../parts/icon";

const SLOW_MS = 60000;
const order = ["bad", "warning", "ok"] as const;
const looks = { bad: ["bad", "cross"], warning: ["warn", "warn"], ok: ["good", "check"] } as const;

/** What a daemon told, a state, a time and a size, as this language says them. */
function inWords(params: Params): Params {
	const words = { ...params };
	for (const [name, value] of Object.entries(params)) {
		if (typeof value !== "string") continue;
		const size = /^(\d+)(?:\.(\d+))? (B|[KMGT]iB)$/.exec(value);
		if (name === "state") words[name] = (maybe(`camera.state.${value}`) ?? value).toLocaleLowerCase(language.value);
		else if (name === "when") words[name] = Number.isNaN(Date.parse(value)) ? value : moment(Date.parse(value) / 1000);
		else if (name === "room" && size) words[name] = `${number(Number(value.split(" ")[0]), size[2]?.length ?? 0)} ${size[3]}`;
		else if (name === "why" || name === "holder") words[name] = said(value);
	}
	return words;
}

export function Doctor() {
	const [found, setFound] = useState<Findings | undefined>(undefined);
	const action = useAction();
	const look = () => void action.run(async () => setFound(await request<Findings>("GET", "doctor", { deadlineMs: SLOW_MS })));
	useEffect(look, []);
	return (
		<>
			<Card
				title={t("doctor.title")}
				actions={<button type="button" class="button small" disabled={action.busy} onClick={look}>{t("doctor.again")}</button>}
			>
				<p role="status">{action.busy ? t("doctor.looking") : found ? t("doctor.summary", { bad: found.bad, warnings: found.warnings, ok: found.ok }) : ""}</p>
				{action.error && <ErrorNote error={action.error} retry={look} />}
				{action.busy && !found && <div class="skeleton skeleton-block" aria-busy="true" />}
				{found && (
					<ul class="findings">
						{order.flatMap((state) => found.findings.filter((f) => f.state === state)).map((f, i) => {
							const params = inWords(f.params);
							const next = f.do === "" ? "" : maybe(`doctor.do.${f.code}`, params) ?? f.do;
							const [tone, icon] = looks[f.state];
							return (
								<li key={`${f.code}${i}`} class="finding">
									<Chip tone={tone} icon={icon}>{t(`doctor.state.${f.state}`)}</Chip>
									<div>
										<p>{maybe(`doctor.code.${f.code}`, params) ?? f.text}</p>
										{next !== "" && <p class="muted">{next}</p>}
									</div>
								</li>
							);
						})}
					</ul>
				)}
			</Card>
			<Card title={t("doctor.report")}>
				<p>{t("doctor.report-text")}</p>
				<a class="button" href="api/v1/doctor/report" download="camherd-diagnostics.txt"><Icon name="download" size={18} />{t("doctor.report-get")}</a>
			</Card>
		</>
	);
}
