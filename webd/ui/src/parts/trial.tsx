// SPDX-License-Identifier: GPL-3.0-or-later
// An address tried out by a real client: what it saw, or which step failed and what to do.
import { request } from "../lib/api";
import { maybe, number, t } from "../lib/i18n";
import { said } from "../lib/said";
import type { OutputName, TestReport } from "../lib/types";
import { Note } from "./basics";
import { Icon } from "./icon";

const LONG_MS = 40000;

export interface Login {
	host?: string;
	user?: string;
	password?: string;
}

export function tryOut(name: string, output: OutputName, login: Login = {}): Promise<TestReport> {
	return request<TestReport>("POST", `cameras/${encodeURIComponent(name)}/test`, { body: { output, ...login }, deadlineMs: LONG_MS });
}

function seen(r: TestReport): string {
	const s = r.seen;
	if (!s) return "";
	return [
		s.codec,
		s.width > 0 ? `${s.width} × ${s.height}` : "",
		s.fps === null ? "" : t("camera.fps", { n: number(s.fps, 1) }),
		t("test.first", { ms: number(s.first_ms) }),
	].filter(Boolean).join(", ");
}

export function Trial({ report }: { report: TestReport }) {
	return (
		<div class="trial" data-code={report.code ?? "ok"}>
			{report.ok
				? <Note tone="good"><p>{t("test.works", { seen: seen(report) })}</p></Note>
				: (
					<Note tone="bad">
						<p>{said(report.why ?? "", report.why_said)}</p>
						<p>{said(report.do ?? "", report.do_said)}</p>
						<p class="note-code">{report.code}</p>
					</Note>
				)}
			<details>
				<summary>{t("test.evidence")}</summary>
				<ol class="steps-seen">
					{report.steps.map((s, i) => (
						<li key={i}>
							<Icon name={s.ok ? "check" : "cross"} size={16} />
							<span><strong>{maybe(`test.step.${s.step}`) ?? s.step}</strong>{s.ok ? "" : ` (${t("test.failed")})`}: {said(s.text, s)}</span>
							<span class="muted">{number(s.ms)} ms</span>
						</li>
					))}
				</ol>
				<p class="muted"><code class="wrap">{report.url}</code></p>
			</details>
		</div>
	);
}
