// SPDX-License-Identifier: GPL-3.0-or-later
// What happened to a camera, newest first.
import { useState } from "preact/hooks";
import { cameraHistory } from "../lib/data";
import { duration, moment, timeBeside } from "../lib/format";
import { maybe, number, t } from "../lib/i18n";
import { link } from "../lib/router";
import { said, saidParam } from "../lib/said";
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
									<p>{[t("history.away-now", { state: stateWord(away.state), from: timeBeside(away.since_s, Date.now() / 1000) }), said(away.reason, away.reason_said)].filter(Boolean).join(". ")}</p>
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

interface Outage {
	state: string;
	times?: string;
	open: boolean;
	from: string;
	to: string;
	minutes?: string;
	reason: string;
}

/** Which parameter of a line is what. Lines of older versions are only a text. */
function outageOf(ev: HistoryEvent): Outage | undefined {
	const [a = "", b = "", c = "", d = "", e = ""] = ev.params ?? [];
	switch (ev.template) {
	case "{0} since {1}, still so when webd ended at {2}{3}{4}":
		return { state: a, open: true, from: b, to: c, reason: saidParam(ev, 4) };
	case "{0} from {1} to {2}{3}{4}":
		return { state: a, open: false, from: b, to: c, reason: saidParam(ev, 4) };
	case "{0} {1} times from {2} to {3}, {4} minutes in all{5}{6}":
		return { state: a, times: b, open: false, from: c, to: d, minutes: e, reason: saidParam(ev, 6) };
	}
	const parts = outage.exec(ev.text);
	if (!parts) return undefined;
	const [, state = "", times, how, from = "", to = "", minutes, reason = ""] = parts;
	return { state, times, open: how === "since", from, to, minutes, reason: said(reason) };
}

/** webd writes times that every zone can read; here they are this one's. */
function toldOutage(ev: HistoryEvent): string {
	const o = outageOf(ev);
	if (!o) return said(ev.text, ev);
	const [begin, end] = [Date.parse(o.from) / 1000, Date.parse(o.to) / 1000];
	const words = {
		state: stateWord(o.state),
		from: timeBeside(begin, ev.at_s),
		to: timeBeside(end, begin),
	};
	const line = o.open
		? t("history.away-end", words)
		: o.times === undefined
			? t("history.away", { ...words, took: duration(end - begin) })
			: t("history.away-often", { ...words, n: number(Number(o.times)), took: duration(Number(o.minutes) * 60) });
	return [line, o.reason].filter(Boolean).join(". ");
}

/** What a job's end says: its kind, what it was about, its state and why. */
function jobEndOf(ev: HistoryEvent): readonly string[] | undefined {
	const [a = "", b = "", c = ""] = ev.params ?? [];
	if (ev.template === "{0} of {1}: {2}{3}{4}") return [a, b, c, saidParam(ev, 4)];
	if (ev.template === "{0}: {1}{2}{3}") return [a, "", b, saidParam(ev, 3)];
	const parts = /^([a-z]+)(?: of ([^:]*))?: ([a-z]+)(?:\. ([^]*))?$/.exec(ev.text);
	return parts ? [parts[1] ?? "", parts[2] ?? "", parts[3] ?? "", said(parts[4] ?? "")] : undefined;
}

function told(ev: HistoryEvent): string {
	if (ev.kind === "outage") return toldOutage(ev);
	const parts = ev.kind === "job" ? jobEndOf(ev) : undefined;
	if (!parts) return said(ev.text, ev);
	const [kind = "", what = "", state = "", more = ""] = parts;
	const begin = [maybe(`job.kind.${kind}`) ?? kind, what].filter(Boolean).join(", ");
	return [`${begin}: ${maybe(`job.state.${state}`) ?? state}`, more].filter(Boolean).join(". ");
}
