// SPDX-License-Identifier: GPL-3.0-or-later
// What happened to a camera, newest first.
import { useState } from "preact/hooks";
import { cameraHistory } from "../lib/data";
import { duration, moment, timeBeside } from "../lib/format";
import { maybe, number, t } from "../lib/i18n";
import { link } from "../lib/router";
import { said } from "../lib/said";
import type { HistoryEvent } from "../lib/types";
import { Card, Show } from "./basics";

const FIRST = 10;
const STEP = 50;
const MOST = 500;

export function History({ name }: { name: string }) {
	const [limit, setLimit] = useState(FIRST);
	return (
		<Card title={t("history.title")}>
			<Show of={cameraHistory(name, limit)}>
				{({ events, more, away }) => events.length === 0 && !away ? <p class="muted">{t("history.none")}</p> : (
					<>
						<ol class="history">
							{away && (
								<li>
									<p class="muted">{t("history.kind.outage")}</p>
									<p>{[t("history.away-now", { state: stateWord(away.state), from: timeBeside(away.since_s, Date.now() / 1000) }), said(away.reason)].filter(Boolean).join(". ")}</p>
								</li>
							)}
							{events.map((ev) => (
								<li key={ev.id}>
									<p class="muted">
										<time dateTime={new Date(ev.at_s * 1000).toISOString()}>{moment(ev.at_s)}</time>
										{" · "}
										{maybe(`history.kind.${ev.kind}`) ?? ev.kind}
										{ev.who !== "" && ` · ${ev.who}`}
									</p>
									<p>
										{told(ev)}
										{ev.job !== null && <>{" "}<a href={link("jobs", ev.job)}>{t("history.job", { id: ev.job })}</a></>}
									</p>
								</li>
							))}
						</ol>
						{more && limit < MOST && (
							<button type="button" class="button small" onClick={() => setLimit(limit === FIRST ? STEP : Math.min(MOST, limit * 2))}>{t("history.more")}</button>
						)}
					</>
				)}
			</Show>
		</Card>
	);
}

function stateWord(state: string): string {
	return maybe(`camera.state.${state}`) ?? state;
}

const TIME = "(\\d{4}-\\d\\d-\\d\\dT[\\d:]+Z)";
const outage = new RegExp(`^(.+?)(?: (\\d+) times)? (from|since) ${TIME}(?:,.* webd ended at| to) ${TIME}(?:, (\\d+) minutes in all)?(?:: ([^]*))?$`);

/** webd writes times that every zone can read; here they are this one's. */
function toldOutage(ev: HistoryEvent): string {
	const parts = outage.exec(ev.text);
	if (!parts) return said(ev.text);
	const [, state = "", times, how, from = "", to = "", minutes, reason = ""] = parts;
	const [begin, end] = [Date.parse(from) / 1000, Date.parse(to) / 1000];
	const words = {
		state: stateWord(state),
		from: timeBeside(begin, ev.at_s),
		to: timeBeside(end, begin),
	};
	const line = how === "since"
		? t("history.away-end", words)
		: times === undefined
			? t("history.away", { ...words, took: duration(end - begin) })
			: t("history.away-often", { ...words, n: number(Number(times)), took: duration(Number(minutes) * 60) });
	return [line, said(reason)].filter(Boolean).join(". ");
}

/** What a job's end says begins with its kind and what it was about. */
function told(ev: HistoryEvent): string {
	if (ev.kind === "outage") return toldOutage(ev);
	const parts = ev.kind === "job" ? /^([a-z]+)(?: of ([^:]*))?: ([a-z]+)(?:\. ([^]*))?$/.exec(ev.text) : null;
	if (!parts) return said(ev.text);
	const [, kind = "", what = "", state = "", more = ""] = parts;
	const begin = [maybe(`job.kind.${kind}`) ?? kind, what].filter(Boolean).join(", ");
	return [`${begin}: ${maybe(`job.state.${state}`) ?? state}`, said(more)].filter(Boolean).join(". ");
}
