// SPDX-License-Identifier: GPL-3.0-or-later
// This browser's choices, the own account, and for administrators: people, tokens, the
// streams' password. About.
import { useState } from "preact/hooks";
import { changeMyPassword, loadSession, request, session } from "../lib/api";
import { sessions, status, streamPassword } from "../lib/data";
import { useAction, useAdmin } from "../lib/hooks";
import { t } from "../lib/i18n";
import { changed } from "../lib/resource";
import { link } from "../lib/router";
import { useStore } from "../lib/store";
import { Card, Chip, ErrorNote, Facts, Field, Note, Page, Show } from "../parts/basics";
import { LanguageChoice, ThemeChoice } from "../parts/choices";
import { Dialog } from "../parts/dialog";
import { Password } from "../parts/password";
import { Room, withWords } from "../parts/room";
import { Tabs } from "../parts/tabs";
import { TlsFacts } from "../parts/tls";
import { Credentials } from "../parts/urls";
import { Tokens, Users } from "./people";
import { Sessions } from "./sessions";
import { PASSWORD_MIN } from "./setup";

const machineRoom = () => withWords(import("../rooms/tools"));
const machineTabs = ["general", "streams", "ports", "storage", "archive", "doctor"] as const;

export function Settings({ tab }: { tab?: string }) {
	const admin = useAdmin();
	const now = admin ? machineTabs.find((name) => name === tab) : undefined;
	return (
		<Page title={t("settings.title")}>
			{admin && (
				<Tabs
					label={t("settings.title")}
					now={now ?? "people"}
					tabs={[
						{ key: "people", href: link("settings"), text: t("settings.tab.people") },
						...machineTabs.map((name) => ({ key: name, href: link("settings", name), text: t(`settings.tab.${name}`) })),
					]}
				/>
			)}
			{now ? <Machine tab={now} /> : <People admin={admin} />}
		</Page>
	);
}

function Machine({ tab }: { tab: (typeof machineTabs)[number] }) {
	return (
		<Room load={machineRoom}>
			{(room) => {
				switch (tab) {
				case "general":
					return <room.General />;
				case "streams":
					return <><Streams /><room.Configured sections={["streamd", "mqtt"]} title={t("machine.streams")} /></>;
				case "ports":
					return <room.UsbPorts />;
				case "storage":
					return <room.Storage />;
				case "archive":
					return <room.Archive />;
				case "doctor":
					return <room.Doctor />;
				}
			}}
		</Room>
	);
}

function People({ admin }: { admin: boolean }) {
	return (
		<div class="columns">
			<div class="column-wide">
				<Account />
				<Sessions />
				{admin && <Users />}
				{admin && <Tokens />}
			</div>
			<div class="column">
				<Card title={t("settings.look")}>
					<div class="choices"><ThemeChoice /><LanguageChoice /></div>
					<p class="muted small">{t("settings.look-text")}</p>
				</Card>
				{admin && <Streams />}
				<About />
			</div>
		</div>
	);
}

function Account() {
	const me = useStore(session);
	const [old, setOld] = useState("");
	const [fresh, setFresh] = useState("");
	const [done, setDone] = useState(false);
	const action = useAction();
	const leave = useAction();
	const name = me?.user ?? "";
	const short = fresh !== "" && fresh.length < PASSWORD_MIN;
	return (
		<Card
			title={t("settings.account")}
			actions={(
				<button
					type="button"
					class="button small"
					disabled={leave.busy}
					onClick={() => void leave.run(async () => {
						await request("DELETE", "session");
						await loadSession();
					})}
				>
					{t("settings.sign-out")}
				</button>
			)}
		>
			{leave.error && <ErrorNote error={leave.error} />}
			<p>{t("settings.signed-in", { user: name, role: t(`people.role.${me?.role === "admin" ? "admin" : "viewer"}`) })}</p>
			<form onSubmit={(ev) => {
				ev.preventDefault();
				setDone(false);
				void action.run(async () => {
					await changeMyPassword(old, fresh);
					sessions().load();
					setOld("");
					setFresh("");
					setDone(true);
				});
			}}>
				<input class="off-screen" type="text" autocomplete="username" value={name} readOnly tabIndex={-1} aria-hidden="true" />
				<div class="two">
					<Field id="old-password" label={t("people.my-password")}>
						<Password id="old-password" value={old} set={setOld} required />
					</Field>
					<Field
						id="new-password"
						label={t("people.new-password")}
						hint={t("people.password-hint", { n: PASSWORD_MIN })}
						error={short ? t("people.password-short", { n: PASSWORD_MIN }) : undefined}
					>
						<Password id="new-password" value={fresh} set={setFresh} fresh required described="new-password-hint" />
					</Field>
				</div>
				{action.error && <ErrorNote error={action.error} />}
				{done && <Note tone="good"><p role="status">{t("settings.password-done")}</p></Note>}
				<div class="form-end">
					<button class="button" disabled={old === "" || fresh.length < PASSWORD_MIN || action.busy}>{t("settings.password-go")}</button>
				</div>
			</form>
		</Card>
	);
}

function Streams() {
	const [asking, setAsking] = useState(false);
	return (
		<Card title={t("settings.streams")}>
			<p class="muted">{t("settings.streams-text")}</p>
			<Show of={streamPassword()}>{(s) => <Credentials user={s.user} password={s.password} />}</Show>
			<button type="button" class="button small" onClick={() => setAsking(true)}>{t("settings.stream-new")}</button>
			{asking && <NewStreamPassword close={() => setAsking(false)} />}
		</Card>
	);
}

function NewStreamPassword({ close }: { close: () => void }) {
	const action = useAction();
	return (
		<Dialog title={t("settings.stream-new")} close={close}>
			<p>{t("settings.stream-new-text")}</p>
			{action.error && <ErrorNote error={action.error} />}
			<div class="form-end">
				<button type="button" class="button" onClick={close}>{t("action.cancel")}</button>
				<button
					type="button"
					class="button danger"
					disabled={action.busy}
					onClick={() => void action.run(async () => {
						await request("POST", "stream-password");
						changed(["stream-password", "cameras"]);
						close();
					})}
				>
					{t("settings.stream-new-go")}
				</button>
			</div>
		</Dialog>
	);
}

function About() {
	const me = useStore(session);
	const [open, setOpen] = useState(false);
	return (
		<Card title={t("settings.about")}>
			<Facts rows={[[t("settings.version"), me?.version ?? ""], [t("settings.licence"), "GPL-3.0-or-later"]]} />
			<Show of={status()}>
				{(s) => (
					<>
					<TlsFacts tls={s.tls} />
					<ul class="daemons">
						{Object.entries(s.daemons).map(([name, d]) => (
							<li key={name}>
								<code>{name}</code>
								{d.version && <span class="muted small">{d.version}</span>}
								{d.up
									? <Chip tone="good" icon="check">{t("settings.up")}</Chip>
									: <Chip tone="bad" icon="cross">{t("settings.down")}</Chip>}
							</li>
						))}
					</ul>
					</>
				)}
			</Show>
			<p class="muted small">{t("settings.about-text")}</p>
			<button type="button" class="button small" aria-expanded={open} onClick={() => setOpen(!open)}>{t("about.open")}</button>
			{open && <Room load={machineRoom}>{(room) => <room.Licences />}</Room>}
		</Card>
	);
}
