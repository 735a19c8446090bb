// SPDX-License-Identifier: GPL-3.0-or-later
// The whole appliance in one file: save it, and load one. A file goes up in pieces, so that
// it fits through every proxy; what it would change is shown before anything does.
import { useState } from "preact/hooks";
import { request, send } from "../lib/api";
import { archiveState } from "../lib/data";
import { bytes, moment } from "../lib/format";
import { useAction } from "../lib/hooks";
import { number, t } from "../lib/i18n";
import { saidError } from "../lib/said";
import type { ArchivePlan, ArchiveSide, ArchiveState } from "../lib/types";
import { Card, ErrorNote, Facts, Field, Note, Show } from "../parts/basics";
import { DangerForm } from "../parts/confirm";
import { Icon } from "../parts/icon";
import { Password } from "../parts/password";

const PIECE = 4 << 20;
const SLOW_MS = 600000;
const PASSPHRASE_MIN = 8;

export function Archive() {
	return (
		<>
			<Save />
			<Load />
		</>
	);
}

function Save() {
	const [passphrase, setPassphrase] = useState("");
	const [mine, setMine] = useState("");
	const [done, setDone] = useState("");
	const action = useAction();
	const short = passphrase !== "" && passphrase.length < PASSPHRASE_MIN;
	return (
		<Card title={t("archive.save")}>
			<p>{t("archive.save-text")}</p>
			<Note tone="warn"><p>{t("archive.secrets")}</p></Note>
			<form onSubmit={(ev) => {
				ev.preventDefault();
				void action.run(async () => {
					const body: Record<string, string> = { my_password: mine };
					if (passphrase !== "") body.passphrase = passphrase;
					const made = await request<{ ticket: string; file: string; bytes: number; files: number }>("POST", "archive/save", { body, deadlineMs: SLOW_MS });
					const a = document.createElement("a");
					a.href = `api/v1/archive/save/${made.ticket}`;
					a.download = made.file;
					a.click();
					setMine("");
					setDone(t("archive.saving", { file: made.file, size: bytes(made.bytes), n: number(made.files) }));
				});
			}}>
				<Field id="archive-pass" label={t("archive.passphrase")} hint={t("archive.passphrase-hint", { n: PASSPHRASE_MIN })} error={short ? t("archive.passphrase-short", { n: PASSPHRASE_MIN }) : undefined}>
					<Password id="archive-pass" value={passphrase} set={setPassphrase} fresh described="archive-pass-hint" />
				</Field>
				<Field id="archive-mine" label={t("people.my-password")}>
					<Password id="archive-mine" value={mine} set={setMine} required />
				</Field>
				{action.error && <ErrorNote error={action.error} />}
				{done !== "" && <Note tone="good"><p role="status">{done}</p></Note>}
				<div class="form-end">
					<button class="button primary" disabled={short || mine === "" || action.busy}><Icon name="download" size={18} />{t("archive.save-go")}</button>
				</div>
			</form>
		</Card>
	);
}

async function sendAll(file: File, passphrase: string, told: (share: number) => void): Promise<ArchivePlan> {
	const { id } = await request<{ id: string }>("POST", "archive/load", { body: passphrase === "" ? {} : { passphrase } });
	for (let at = 0; at < file.size; at += PIECE) {
		const piece = file.slice(at, at + PIECE);
		await send(`archive/load/${id}`, { at }, "application/octet-stream", piece, (share) => told((at + share * piece.size) / file.size));
	}
	return request<ArchivePlan>("POST", "archive/plan", { body: { id }, deadlineMs: SLOW_MS });
}

function Load() {
	const [file, setFile] = useState<File | undefined>(undefined);
	const [passphrase, setPassphrase] = useState("");
	const [share, setShare] = useState(0);
	const [plan, setPlan] = useState<ArchivePlan | undefined>(undefined);
	const action = useAction();
	return (
		<Card title={t("archive.load")}>
			<p>{t("archive.load-text")}</p>
			<Show of={archiveState()}>{(s) => <Last under={s.under_way} result={s.result} />}</Show>
			{!plan && (
				<form onSubmit={(ev) => {
					ev.preventDefault();
					if (file) void action.run(async () => setPlan(await sendAll(file, passphrase, setShare)));
				}}>
					<Field id="archive-file" label={t("archive.file")}>
						<input id="archive-file" type="file" onChange={(ev) => setFile(ev.currentTarget.files?.[0])} />
					</Field>
					<Field id="archive-open" label={t("archive.passphrase")} hint={t("archive.open-hint")}>
						<Password id="archive-open" value={passphrase} set={setPassphrase} described="archive-open-hint" />
					</Field>
					{action.busy && <progress max={1} value={share} aria-label={t("archive.sending")} />}
					{action.error && <ErrorNote error={action.error} />}
					<div class="form-end">
						<button class="button" disabled={!file || action.busy}><Icon name="upload" size={18} />{t("archive.check")}</button>
					</div>
				</form>
			)}
			{plan && <Plan plan={plan} close={() => setPlan(undefined)} />}
		</Card>
	);
}

function Last({ under, result }: { under: boolean; result: ArchiveState["result"] }) {
	if (under) return <Note tone="calm"><p role="status">{t("archive.under-way")}</p></Note>;
	if (!result) return null;
	return (
		<Note tone={result.ok ? "good" : "bad"}>
			<p>{result.ok ? t("archive.loaded", { before: result.before, n: number(result.dumps) }) : saidError(result)}</p>
			{result.left.length > 0 && <p>{t("archive.left", { names: result.left.join(", ") })}</p>}
		</Note>
	);
}

function side(s: ArchiveSide): string {
	const words = [t("archive.side", { archive: number(s.archive), here: number(s.here) })];
	if (s.only_here.length > 0) words.push(t("archive.only-here", { names: s.only_here.join(", ") }));
	if (s.changed.length > 0) words.push(t("archive.changed", { names: s.changed.join(", ") }));
	return words.join(" ");
}

function Plan({ plan, close }: { plan: ArchivePlan; close: () => void }) {
	const action = useAction();
	const other = plan.config.filter((c) => !c.same);
	return (
		<>
			<Note tone="good"><p>{t("archive.sound", { when: moment(plan.archive.created_s), version: plan.archive.camherd, n: number(plan.archive.files) })}</p></Note>
			<Facts
				rows={[
					[t("archive.cameras"), side(plan.cameras)],
					[t("archive.users"), side(plan.users)],
					[t("archive.tokens"), side(plan.tokens)],
					[t("archive.dumps"), t("archive.dumps-text", { archive: number(plan.dumps.archive), fresh: number(plan.dumps.new), stay: number(plan.dumps.only_here) })],
					[t("archive.replaced"), plan.replaced.length > 0 ? plan.replaced.join(", ") : t("archive.nothing")],
					[t("archive.config"), other.length > 0 ? other.map((c) => c.place).join(", ") : ""],
				]}
			/>
			{other.length > 0 && <p class="muted small">{t("archive.config-text")}</p>}
			{plan.blocked && <Note tone="warn"><p>{plan.blocked}</p></Note>}
			{!plan.blocked && (
				<>
					<p>{t("archive.commit-text")}</p>
					<DangerForm
						word="load"
						button={t("archive.commit")}
						action={action}
						password
						submit={async (mine) => {
							await request("POST", "archive/commit", { body: { id: plan.id, confirm: "load", my_password: mine } });
							archiveState().load();
							close();
						}}
					/>
				</>
			)}
			<button
				type="button"
				class="button"
				disabled={action.busy}
				onClick={() => void action.run(async () => {
					await request("DELETE", `archive/load/${plan.id}`);
					close();
				})}
			>
				{t("action.cancel")}
			</button>
		</>
	);
}
