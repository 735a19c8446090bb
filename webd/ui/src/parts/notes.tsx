// SPDX-License-Identifier: GPL-3.0-or-later
// What people write about a camera. Two who write at once lose nothing: the second is
// told, and sees what the first wrote before it is replaced.
import { useEffect, useState } from "preact/hooks";
import { request } from "../lib/api";
import { cameras } from "../lib/data";
import { useAction, useAdmin, useOnline } from "../lib/hooks";
import { t } from "../lib/i18n";
import type { Camera } from "../lib/types";
import { Card, ErrorNote, Note } from "./basics";

export function Notes({ camera }: { camera: Camera }) {
	const admin = useAdmin();
	const [editing, setEditing] = useState(false);
	return (
		<Card
			title={t("camera.notes")}
			actions={admin && !editing && <button type="button" class="button small" onClick={() => setEditing(true)}>{t("action.edit")}</button>}
		>
			{editing
				? <NotesForm camera={camera} close={() => setEditing(false)} />
				: camera.notes === "" ? <p class="muted">{t("notes.none")}</p> : <p class="pre-line">{camera.notes}</p>}
		</Card>
	);
}

function NotesForm({ camera, close }: { camera: Camera; close: () => void }) {
	const [base, setBase] = useState(camera.notes);
	const [text, setText] = useState(camera.notes);
	const action = useAction();
	const online = useOnline();
	const theirs = camera.notes !== base;
	useEffect(() => document.getElementById("camera-note")?.focus(), []);
	return (
		<form onSubmit={(ev) => {
			ev.preventDefault();
			void action.run(async () => {
				await request("PATCH", `cameras/${encodeURIComponent(camera.name)}`, { body: { notes: text, notes_were: base } });
				cameras().load();
				close();
			});
		}}>
			{theirs && (
				<Note tone="warn">
					<p>{t("notes.changed")}</p>
					<p class="pre-line">{camera.notes === "" ? t("notes.none") : camera.notes}</p>
					<button type="button" class="button small" onClick={() => {
						action.clear();
						setBase(camera.notes);
					}}>{t("notes.mine")}</button>
					<button type="button" class="button small" onClick={() => {
						action.clear();
						setBase(camera.notes);
						setText(camera.notes);
					}}>{t("notes.theirs")}</button>
				</Note>
			)}
			<textarea
				id="camera-note"
				rows={6}
				maxLength={4096}
				value={text}
				aria-label={t("camera.notes")}
				placeholder={t("notes.hint")}
				onInput={(ev) => setText(ev.currentTarget.value)}
			/>
			{action.error && <ErrorNote error={action.error} />}
			<div class="form-end">
				<button type="button" class="button" onClick={close}>{t("action.cancel")}</button>
				<button class="button primary" disabled={action.busy || !online || theirs}>{t("action.save")}</button>
			</div>
		</form>
	);
}
