// SPDX-License-Identifier: GPL-3.0-or-later
// What happened to a camera, newest first.
import { useState } from "preact/hooks";
import { cameraHistory } from "../lib/data";
import { moment } from "../lib/format";
import { maybe, t } from "../lib/i18n";
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
				{({ events, more }) => events.length === 0 ? <p class="muted">{t("history.none")}</p> : (
					<>
						<ol class="history">
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

/** What a job's end says begins with its kind and what it was about. */
function told(ev: HistoryEvent): string {
	const parts = ev.kind === "job" ? /^([a-z]+)(?: of ([^:]*))?: ([a-z]+)(?:\. ([^]*))?$/.exec(ev.text) : null;
	if (!parts) return said(ev.text);
	const [, kind = "", what = "", state = "", more = ""] = parts;
	const begin = [maybe(`job.kind.${kind}`) ?? kind, what].filter(Boolean).join(", ");
	return [`${begin}: ${maybe(`job.state.${state}`) ?? state}`, said(more)].filter(Boolean).join(". ");
}
