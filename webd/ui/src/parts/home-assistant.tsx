// SPDX-License-Identifier: GPL-3.0-or-later
// Home Assistant: one question decides which integration; its fields in its own words; and
// when it shows nothing, the addresses fetched as it would, one after the other.
import { useState } from "preact/hooks";
import { useAction, useAdmin, useOnline } from "../lib/hooks";
import { number, t } from "../lib/i18n";
import { said } from "../lib/said";
import { recall, remember } from "../lib/store";
import type { Connection, ConnectWay, OutputName, Said, TestReport } from "../lib/types";
import { Card, Copy, ErrorNote, Field, Note } from "./basics";
import { Icon } from "./icon";
import { Secret } from "./secret";
import { type Login, Trial, tryOut } from "./trial";

type Way = "see" | "all";

export function HomeAssistant({ name, connection }: { name: string; connection: Connection }) {
	const [way, setWay] = useState<Way>(recall("ha-way") === "all" ? "all" : "see");
	const take = (w: Way) => {
		remember("ha-way", w);
		setWay(w);
	};
	return (
		<Card title="Home Assistant" id="home-assistant">
			<fieldset class="ha-way">
				<legend>{t("ha.question")}</legend>
				{(["see", "all"] as const).map((w) => (
					<label key={w}>
						<input type="radio" name="ha-way" checked={way === w} onChange={() => take(w)} />
						<span><strong>{t(`ha.${w}`)}</strong> <span class="muted">{t(`ha.${w}-text`)}</span></span>
					</label>
				))}
			</fieldset>
			<Fields way={connection[way]} />
			<Checker name={name} connection={connection} />
		</Card>
	);
}

/** What is typed in; a word of advice in its place is in the page's language. */
function FieldValue({ label, value, advice, secret }: { label: string; value: string; advice: Said | null; secret: boolean }) {
	if (secret) return <Secret text={value} what={label} />;
	if (advice) return <span lang="">{said(value, advice)}</span>;
	return <><code class="wrap">{value}</code> <Copy text={value} what={label} /></>;
}

function Fields({ way }: { way: ConnectWay }) {
	return (
		<>
			<div class="actions">
				<a class="button primary" href={way.link} target="_blank" rel="noreferrer">
					<Icon name="link" size={18} />
					{t("ha.open", { integration: way.integration })}
				</a>
			</div>
			<p class="muted">{t("ha.or", { integration: way.integration })}</p>
			<dl class="facts ha-fields" lang="en">
				{way.fields.map((f) => (
					<div key={f.label}>
						<dt>{f.label}</dt>
						<dd>
							{f.value === null && <span lang="">{t("ha.ask-admin")}</span>}
							{f.value !== null && <FieldValue label={f.label} value={f.value} advice={f.value_said} secret={f.secret} />}
						</dd>
					</div>
				))}
			</dl>
		</>
	);
}

const asked: OutputName[] = ["snapshot", "mjpeg", "rtsp"];

function Checker({ name, connection }: { name: string; connection: Connection }) {
	const admin = useAdmin();
	const online = useOnline();
	const action = useAction();
	const [host, setHost] = useState(connection.hosts[0] ?? "");
	const [own, setOwn] = useState(false);
	const [user, setUser] = useState(connection.user);
	const [password, setPassword] = useState("");
	const [reports, setReports] = useState<TestReport[]>([]);
	const [done, setDone] = useState(false);
	if (!admin) return null;
	const check = () =>
		void action.run(async () => {
			setReports([]);
			setDone(false);
			const login: Login = own ? { host, user, password } : { host };
			for (const output of asked) {
				const report = await tryOut(name, output, login);
				setReports((all) => [...all, report]);
			}
			setDone(true);
		});
	const next = asked[reports.length];
	return (
		<details class="ha-check" id="ha-check">
			<summary>{t("ha.check")}</summary>
			<form
				onSubmit={(ev) => {
					ev.preventDefault();
					check();
				}}
			>
				<p>{t("ha.check-text")}</p>
				<Field label={t("ha.host")} hint={t("ha.host-hint")} id="ha-host">
					<input id="ha-host" list="ha-hosts" value={host} maxLength={255} spellcheck={false} autocapitalize="off" autocomplete="off" aria-describedby="ha-host-hint" onInput={(ev) => setHost(ev.currentTarget.value.trim())} />
					<datalist id="ha-hosts">{connection.hosts.map((h) => <option key={h} value={h} />)}</datalist>
				</Field>
				<label class="fleet-check">
					<input type="checkbox" checked={own} onChange={(ev) => setOwn(ev.currentTarget.checked)} />
					{t("ha.own-login")}
				</label>
				{own && (
					<div class="ha-login">
						<Field label={t("connect.user")} id="ha-user">
							<input id="ha-user" value={user} maxLength={64} autocomplete="off" required onInput={(ev) => setUser(ev.currentTarget.value)} />
						</Field>
						<Field label={t("connect.password")} id="ha-password">
							<input id="ha-password" type="password" value={password} maxLength={128} autocomplete="off" required onInput={(ev) => setPassword(ev.currentTarget.value)} />
						</Field>
					</div>
				)}
				<button type="submit" class="button" disabled={action.busy || !online || host === ""}>
					<Icon name="search" size={16} />
					{t(action.busy ? "test.busy" : "ha.check-go")}
				</button>
			</form>
			<div aria-live="polite" class="ha-verdict">
				{action.busy && next && <p class="muted">{t("ha.checking", { what: t(`connect.${next}`), n: number(reports.length + 1), of: number(asked.length) })}</p>}
				{done && <Verdict reports={reports} connection={connection} host={host} />}
			</div>
			{action.error && <ErrorNote error={action.error} />}
			<ul class="urls">
				{reports.map((r) => (
					<li key={r.output} id={`check-${r.output}`}>
						<strong>{t(`connect.${r.output}`)}</strong>
						<div class="urls-result"><Trial report={r} /></div>
					</li>
				))}
			</ul>
		</details>
	);
}

/** What the three together say. */
function Verdict({ reports, connection, host }: { reports: TestReport[]; connection: Connection; host: string }) {
	const bad = reports.filter((r) => !r.ok);
	const first = bad[0];
	const noted = reports.find((r) => r.note);
	const note = noted?.note && said(noted.note, noted.note_said);
	const still = reports.find((r) => r.output === "snapshot");
	if (!first) {
		return (
			<>
				<Note tone="good"><p>{t("ha.all-well", { host })}</p></Note>
				{note && <Note tone="warn"><p>{note}</p></Note>}
				{still && (
					<p>
						{t("ha.from-there")} <code class="wrap">{`curl -sS -o still.jpg -w "%{http_code}\\n" -u ${connection.user} ${still.url}`}</code>
					</p>
				)}
			</>
		);
	}
	const why = said(first.why ?? "", first.why_said);
	const same = bad.length === reports.length && bad.every((r) => r.code === first.code);
	return (
		<>
			<Note tone="bad">
				<p>
					{same
						? t("ha.all-fail", { why })
						: t("ha.some-fail", { what: bad.map((r) => t(`connect.${r.output}`)).join(", "), why })}
				</p>
				<p>{said(first.do ?? "", first.do_said)}</p>
			</Note>
			{note && <Note tone="warn"><p>{note}</p></Note>}
		</>
	);
}
