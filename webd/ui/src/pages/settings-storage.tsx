// SPDX-License-Identifier: GPL-3.0-or-later
// What takes room on the disk, how long things are kept, and reading every backup again.
import { useState } from "preact/hooks";
import { request } from "../lib/api";
import { settings, storage } from "../lib/data";
import { bytes } from "../lib/format";
import { useAction, useOnline } from "../lib/hooks";
import { maybe, number, plural, t } from "../lib/i18n";
import { link } from "../lib/router";
import type { Keep } from "../lib/types";
import { Card, ErrorNote, Facts, Field, Note, Show } from "../parts/basics";

function partName(name: string): string {
	if (name.startsWith("before-")) return t("storage.part.before");
	return maybe(`storage.part.${name}`) ?? name;
}

const kept = [
	["logs_days", 1, "storage.keep-logs"],
	["history_days", 1, "storage.keep-history"],
	["bin_days", 2, "storage.keep-bin"],
] as const;
const MOST = 3650;

/* The form is made anew when other numbers came; that they were saved is its page's to know. */
function Keeping({ keep, done, setDone }: { keep: Keep; done: boolean; setDone: (v: boolean) => void }) {
	const [typed, setTyped] = useState({ logs_days: String(keep.logs_days), history_days: String(keep.history_days), bin_days: String(keep.bin_days) });
	const action = useAction();
	const online = useOnline();
	const bad = (key: keyof Keep, min: number) => !/^\d+$/.test(typed[key].trim()) || Number(typed[key]) < min || Number(typed[key]) > MOST;
	const same = kept.every(([key]) => typed[key].trim() === String(keep[key]));
	const less = kept.some(([key, min]) => !bad(key, min) && Number(typed[key]) < keep[key]);
	return (
		<form onSubmit={(ev) => {
			ev.preventDefault();
			void action.run(async () => {
				await request("PATCH", "settings", { body: Object.fromEntries(kept.map(([key]) => [key, Number(typed[key])])) });
				setDone(true);
				settings().load();
				storage().load();
			});
		}}>
			<p class="muted">{t("storage.keep-text")}</p>
			<div class="two">
				{kept.map(([key, min, label]) => (
					<Field
						key={key}
						id={`keep-${key}`}
						label={t(label)}
						hint={t("storage.keep-range", { min: number(min), max: String(MOST) })}
						error={bad(key, min) ? t("storage.keep-range", { min: number(min), max: String(MOST) }) : undefined}
					>
						<input
							id={`keep-${key}`}
							inputMode="numeric"
							value={typed[key]}
							maxLength={4}
							autocomplete="off"
							aria-describedby={`keep-${key}-hint`}
							onInput={(ev) => setTyped({ ...typed, [key]: ev.currentTarget.value })}
						/>
					</Field>
				))}
			</div>
			{less && <Note tone="warn"><p role="status">{t("storage.keep-less")}</p></Note>}
			{action.error && <ErrorNote error={action.error} />}
			{done && same && <Note tone="good"><p role="status">{t("storage.keep-done")}</p></Note>}
			<div class="form-end">
				<button class="button" disabled={same || kept.some(([key, min]) => bad(key, min)) || action.busy || !online}>{t("action.save")}</button>
			</div>
		</form>
	);
}

export function Storage() {
	const [done, setDone] = useState(false);
	const action = useAction();
	return (
		<Show of={storage()}>
			{(s) => (
				<>
					<Card title={t("storage.disk")}>
						<meter min={0} max={s.disk.total} value={s.disk.total - s.disk.free} aria-label={t("storage.disk")} />
						<p>{t("storage.free", { free: bytes(s.disk.free), total: bytes(s.disk.total) })}</p>
						<Facts rows={s.parts.filter((p) => p.bytes > 0).map((p) => [partName(p.name), `${bytes(p.bytes)} · ${plural("storage.files", p.files)}`])} />
					</Card>
					<Card title={t("storage.cameras")}>
						<Facts rows={s.cameras.map((c) => [c.camera ?? t("storage.no-camera"), `${plural("storage.backups", c.dumps)} · ${bytes(c.bytes)}`])} />
						<p class="muted small">{t("storage.shared")}</p>
					</Card>
					<Card title={t("storage.keep")}>
						<Facts
							rows={[
								[t("storage.keep-backups"), t("storage.for-ever")],
								[t("storage.bin"), t("storage.bin-text", { n: number(s.bin.dumps), size: bytes(s.bin.bytes) })],
							]}
						/>
						<p><a class="button small" href={link("dumps", "bin")}>{t("storage.to-bin")}</a></p>
						<Show of={settings()}>{(now) => <Keeping key={JSON.stringify(now.keep)} keep={now.keep} done={done} setDone={setDone} />}</Show>
					</Card>
					<Card title={t("storage.read")}>
						<p class="muted">{t("storage.scrub-text")}</p>
						{action.error && <ErrorNote error={action.error} />}
						<button
							type="button"
							class="button small"
							disabled={action.busy}
							onClick={() => void action.run(async () => {
								const made = await request<{ id: number }>("POST", "jobs", { body: { kind: "scrub" } });
								location.hash = link("jobs", made.id);
							})}
						>
							{t("storage.scrub")}
						</button>
					</Card>
				</>
			)}
		</Show>
	);
}
