// SPDX-License-Identifier: GPL-3.0-or-later
// A camera for other programs: each output with who it is for, what it costs, its address,
// and a test by a real client; Home Assistant; pieces for go2rtc and Frigate.
import { useState } from "preact/hooks";
import { connection } from "../lib/data";
import { onBattery } from "../lib/herd";
import { useAction, useAdmin, useOnline } from "../lib/hooks";
import { number, t } from "../lib/i18n";
import { said } from "../lib/said";
import type { Camera, Output, TestReport } from "../lib/types";
import { Card, Copy, ErrorNote, Note, Show } from "./basics";
import { HomeAssistant } from "./home-assistant";
import { Icon } from "./icon";
import { Secret, Snippet } from "./secret";
import { Trial, tryOut } from "./trial";

export function Connect({ camera }: { camera: Camera }) {
	return (
		<Show of={connection(camera.name)}>
			{(c) => (
				<>
					<Card title={t("connect.title")}>
						<p class="muted">{t("connect.lead")}</p>
						{onBattery(camera) && <Note tone="warn"><p>{t("connect.battery")}</p></Note>}
						<ul class="urls">
							{c.outputs.map((out) => <Row key={out.output} camera={camera} out={out} />)}
						</ul>
						{c.password === null ? <p class="muted">{t("connect.ask-admin")}</p> : <Credentials user={c.user} password={c.password} />}
					</Card>
					<HomeAssistant name={camera.name} connection={c} />
					<Card title={t("connect.snippets")}>
						<Snippet title="go2rtc" text={c.go2rtc} secret={c.password} />
						<Snippet title="Frigate" text={c.frigate} secret={c.password} />
					</Card>
				</>
			)}
		</Show>
	);
}

function cost(camera: Camera, out: Output): string {
	if (!out.encodes) return t("connect.cost-none", { codec: out.codec });
	if (out.load !== null) return t("connect.cost-now", { codec: out.codec, load: number(Math.round(out.load * 100)) });
	return t(camera.source.startsWith("rtsp:") ? "connect.cost-maybe" : "connect.cost-encoder", { codec: out.codec });
}

function Row({ camera, out }: { camera: Camera; out: Output }) {
	const admin = useAdmin();
	const online = useOnline();
	const action = useAction();
	const [report, setReport] = useState<TestReport | undefined>(undefined);
	const title = t(`connect.${out.output}`);
	const test = () =>
		void action.run(async () => {
			setReport(undefined);
			setReport(await tryOut(camera.name, out.output));
		});
	return (
		<li id={`output-${out.output}`}>
			<div class="urls-text">
				<strong>{title}</strong>
				<span class="muted">{t(`connect.${out.output}-for`)}</span>
				<span class="muted">{cost(camera, out)}</span>
				{out.note && (
					<span class={out.possible ? "muted" : "field-error"}>
						{out.possible ? t("connect.note", { note: said(out.note, out.note_said) }) : t("connect.jpeg-bad", { why: said(out.note, out.note_said) })}
					</span>
				)}
				<code class="url">{out.url}</code>
			</div>
			<div class="actions">
				<Copy text={out.url} what={title} />
				{admin && (
					<button type="button" class="button small" disabled={action.busy || !online} onClick={test} aria-label={t("test.go-what", { what: title })}>
						<Icon name="play" size={16} />
						{t(action.busy ? "test.busy" : "test.go")}
					</button>
				)}
			</div>
			<div class="urls-result" aria-live="polite">
				{action.error && <ErrorNote error={action.error} />}
				{report && !action.busy && <Trial report={report} />}
			</div>
		</li>
	);
}

export function Credentials({ user, password }: { user: string; password: string }) {
	return (
		<div class="credentials">
			<p>{t("connect.credentials")}</p>
			<dl class="facts">
				<div>
					<dt>{t("connect.user")}</dt>
					<dd><code>{user}</code> <Copy text={user} what={t("connect.user")} /></dd>
				</div>
				<div>
					<dt>{t("connect.password")}</dt>
					<dd><Secret text={password} what={t("connect.password")} /></dd>
				</div>
			</dl>
		</div>
	);
}
