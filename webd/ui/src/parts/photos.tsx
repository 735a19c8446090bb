// SPDX-License-Identifier: GPL-3.0-or-later
// Photos of a camera, or of what will become one: taken with the phone at hand, looked
// at, named, removed. webd keeps nothing of a photo but its pixels.
import { useRef, useState } from "preact/hooks";
import { request, send } from "../lib/api";
import { photos, type PhotosOf } from "../lib/data";
import { useAction, useAdmin, useOnline } from "../lib/hooks";
import { t } from "../lib/i18n";
import { asJpeg } from "../lib/jpeg";
import { moment } from "../lib/format";
import type { Photo, PhotoAbout } from "../lib/types";
import { Card, ErrorNote, Field, Show } from "./basics";
import { Dialog } from "./dialog";
import { Icon } from "./icon";

const abouts: readonly PhotoAbout[] = ["", "front", "back", "label", "lens", "other"];

export function Photos({ of }: { of: PhotosOf }) {
	const admin = useAdmin();
	const [open, setOpen] = useState<number | undefined>(undefined);
	return (
		<Card title={t("photos.title")}>
			<Show of={photos(of)}>
				{({ photos: list }) => {
					const shown = list.find((p) => p.id === open);
					return (
						<>
							{list.length === 0 && <p class="muted">{t(admin ? "photos.none-admin" : "photos.none")}</p>}
							{list.length > 0 && (
								<ul class="photo-grid">
									{list.map((p) => (
										<li key={p.id}>
											<button type="button" class="photo" onClick={() => setOpen(p.id)}>
												<img src={`api/v1/photos/${p.id}/thumb`} alt="" loading="lazy" width={160} height={120} />
												<span>{name(p)}</span>
											</button>
										</li>
									))}
								</ul>
							)}
							{admin && <AddPhotos of={of} />}
							{shown && <PhotoDialog key={shown.id} photo={shown} of={of} admin={admin} close={() => setOpen(undefined)} />}
						</>
					);
				}}
			</Show>
		</Card>
	);
}

function name(p: Photo): string {
	return p.caption || (p.about === "" ? t("photos.number", { n: p.id }) : t(`photos.about.${p.about}`));
}

function aboutText(about: PhotoAbout): string {
	return about === "" ? t("photos.about.none") : t(`photos.about.${about}`);
}

/** One after the other: webd takes one upload at a time. */
export function AddPhotos({ of, about: fixed }: { of: PhotosOf; about?: PhotoAbout }) {
	const [about, setAbout] = useState<PhotoAbout>(fixed ?? "");
	const [share, setShare] = useState<number | undefined>(undefined);
	const camera = useRef<HTMLInputElement>(null);
	const files = useRef<HTMLInputElement>(null);
	const action = useAction();
	const online = useOnline();
	const id = `photo-about-${Object.values(of)[0]}`;
	const add = (input: HTMLInputElement) => {
		const chosen = [...(input.files ?? [])];
		input.value = "";
		if (chosen.length === 0) return;
		void action.run(async () => {
			try {
				for (const [i, file] of chosen.entries()) {
					const body = await asJpeg(file);
					await send("photos", { ...of, ...(about === "" ? {} : { about }) }, "image/jpeg", body, (part) => setShare((i + part) / chosen.length));
					photos(of).load();
				}
			} finally {
				setShare(undefined);
			}
		});
	};
	return (
		<div class="photo-add">
			{fixed === undefined && (
				<Field id={id} label={t("photos.shows")}>
					<select id={id} value={about} onChange={(ev) => setAbout(ev.currentTarget.value as PhotoAbout)}>
						{abouts.map((word) => <option key={word} value={word}>{aboutText(word)}</option>)}
					</select>
				</Field>
			)}
			<div class="photo-buttons">
				<button type="button" class="button primary" disabled={action.busy || !online} onClick={() => camera.current?.click()}>
					<Icon name="camera" size={18} />
					{t("photos.take")}
				</button>
				<button type="button" class="button" disabled={action.busy || !online} onClick={() => files.current?.click()}>
					<Icon name="upload" size={18} />
					{t("photos.choose")}
				</button>
			</div>
			<input ref={camera} type="file" accept="image/jpeg" capture="environment" hidden aria-label={t("photos.take")} onChange={(ev) => add(ev.currentTarget)} />
			<input ref={files} type="file" accept="image/jpeg,image/png,image/webp" multiple hidden aria-label={t("photos.choose")} onChange={(ev) => add(ev.currentTarget)} />
			{share !== undefined && (
				<div class="photo-sending" role="status">
					<progress max={1} value={share} aria-label={t("photos.sending")} />
					<span>{t("photos.sending")}</span>
				</div>
			)}
			<p class="muted">{t("photos.private")}</p>
			{action.error && <ErrorNote error={action.error} />}
		</div>
	);
}

function PhotoDialog({ photo, of, admin, close }: { photo: Photo; of: PhotosOf; admin: boolean; close: () => void }) {
	const [caption, setCaption] = useState(photo.caption);
	const [about, setAbout] = useState(photo.about);
	const [sure, setSure] = useState(false);
	const action = useAction();
	const online = useOnline();
	const path = `photos/${photo.id}`;
	const act = (work: () => Promise<unknown>) => void action.run(async () => {
		await work();
		photos(of).load();
		close();
	});
	return (
		<Dialog title={name(photo)} close={close}>
			<img class="photo-large" src={`api/v1/photos/${photo.id}/file`} alt={name(photo)} width={photo.width} height={photo.height} />
			<p class="muted">{t("photos.facts", { when: moment(photo.created_s), who: photo.who, width: photo.width, height: photo.height })}</p>
			{admin && (
				<form onSubmit={(ev) => {
					ev.preventDefault();
					act(() => request("PATCH", path, { body: { caption, about } }));
				}}>
					<Field id="photo-caption" label={t("photos.caption")}>
						<input id="photo-caption" value={caption} maxLength={120} autocomplete="off" onInput={(ev) => setCaption(ev.currentTarget.value)} />
					</Field>
					<Field id="photo-shows" label={t("photos.shows")}>
						<select id="photo-shows" value={about} onChange={(ev) => setAbout(ev.currentTarget.value as PhotoAbout)}>
							{abouts.map((word) => <option key={word} value={word}>{aboutText(word)}</option>)}
						</select>
					</Field>
					{action.error && <ErrorNote error={action.error} />}
					<div class="form-end">
						{sure
							? <button type="button" class="button danger" disabled={action.busy || !online} onClick={() => act(() => request("DELETE", path))}>{t("photos.remove-sure")}</button>
							: <button type="button" class="button danger-quiet" onClick={() => setSure(true)}>{t("action.remove")}</button>}
						<button class="button primary" disabled={action.busy || !online}>{t("action.save")}</button>
					</div>
				</form>
			)}
		</Dialog>
	);
}
