// SPDX-License-Identifier: GPL-3.0-or-later
// Users and tokens. Each change asks for the own password in the same request.
import { useState } from "preact/hooks";
import { request, session } from "../lib/api";
import { tokens, users } from "../lib/data";
import { moment, since } from "../lib/format";
import { useAction } from "../lib/hooks";
import { t } from "../lib/i18n";
import { useStore } from "../lib/store";
import type { Role, Token } from "../lib/types";
import { Card, Chip, Copy, ErrorNote, Field, Note, Show } from "../parts/basics";
import { DangerForm } from "../parts/confirm";
import { Dialog } from "../parts/dialog";
import { Icon } from "../parts/icon";
import { Password } from "../parts/password";
import { PASSWORD_MIN } from "./setup";

function RoleChoice({ id, role, set }: { id: string; role: Role; set: (r: Role) => void }) {
	return (
		<Field id={id} label={t("people.role")} hint={t(`people.role.${role}-text`)}>
			<select id={id} value={role} aria-describedby={`${id}-hint`} onChange={(ev) => set(ev.currentTarget.value as Role)}>
				<option value="viewer">{t("people.role.viewer")}</option>
				<option value="admin">{t("people.role.admin")}</option>
			</select>
		</Field>
	);
}

export function Users() {
	const me = useStore(session)?.user;
	const [adding, setAdding] = useState(false);
	const [changing, setChanging] = useState<{ name: string; role: Role } | undefined>(undefined);
	const [removing, setRemoving] = useState<string | undefined>(undefined);
	return (
		<Card
			title={t("people.users")}
			actions={<button type="button" class="button small" onClick={() => setAdding(true)}><Icon name="plus" size={16} />{t("people.user-add")}</button>}
		>
			<Show of={users()}>
				{({ users: list }) => (
					<ul class="rows">
						{list.map((u) => (
							<li key={u.name} class="row row-flat">
								<span class="row-main"><strong>{u.name}</strong>{u.name === me && <span class="muted">{t("people.you")}</span>}</span>
								<Chip tone={u.role === "admin" ? "busy" : "calm"} icon="user">{t(`people.role.${u.role}`)}</Chip>
								{u.name !== me && (
									<span class="row-side">
										<button type="button" class="button small" aria-label={t("people.change-of", { name: u.name })} onClick={() => setChanging(u)}>{t("action.change")}</button>
										<button type="button" class="button small" aria-label={t("people.remove-of", { name: u.name })} onClick={() => setRemoving(u.name)}>{t("action.remove")}</button>
									</span>
								)}
							</li>
						))}
					</ul>
				)}
			</Show>
			{adding && <UserDialog close={() => setAdding(false)} />}
			{changing && <UserDialog user={changing} close={() => setChanging(undefined)} />}
			{removing && <RemoveDialog path={`users/${encodeURIComponent(removing)}`} name={removing} reload={() => users().load()} close={() => setRemoving(undefined)} />}
		</Card>
	);
}

function UserDialog({ user, close }: { user?: { name: string; role: Role }; close: () => void }) {
	const [name, setName] = useState(user?.name ?? "");
	const [role, setRole] = useState<Role>(user?.role ?? "viewer");
	const [password, setPassword] = useState("");
	const [mine, setMine] = useState("");
	const action = useAction();
	const short = password.length < PASSWORD_MIN && !(user && password === "");
	return (
		<Dialog title={user ? t("people.change-of", { name: user.name }) : t("people.user-add")} close={close}>
			<form onSubmit={(ev) => {
				ev.preventDefault();
				void action.run(async () => {
					const body: Record<string, string> = { role, my_password: mine };
					if (password !== "") body.password = password;
					if (user) await request("PATCH", `users/${encodeURIComponent(user.name)}`, { body });
					else await request("POST", "users", { body: { ...body, name: name.trim() } });
					users().load();
					close();
				});
			}}>
				{!user && (
					<Field id="user-name" label={t("people.user")}>
						<input id="user-name" value={name} required maxLength={64} autocomplete="off" autocapitalize="none" spellcheck={false} onInput={(ev) => setName(ev.currentTarget.value)} />
					</Field>
				)}
				<RoleChoice id="user-role" role={role} set={setRole} />
				<Field id="user-password" label={t(user ? "people.new-password" : "people.password")} hint={t(user ? "people.password-leave" : "people.password-hint", { n: PASSWORD_MIN })}>
					<Password id="user-password" value={password} set={setPassword} fresh required={!user} described="user-password-hint" />
				</Field>
				<Field id="user-mine" label={t("people.my-password")}>
					<Password id="user-mine" value={mine} set={setMine} required />
				</Field>
				{action.error && <ErrorNote error={action.error} />}
				<div class="form-end">
					<button type="button" class="button" onClick={close}>{t("action.cancel")}</button>
					<button class="button primary" disabled={short || name.trim() === "" || mine === "" || action.busy}>{t("action.save")}</button>
				</div>
			</form>
		</Dialog>
	);
}

function RemoveDialog({ path, name, reload, close }: { path: string; name: string; reload: () => void; close: () => void }) {
	const action = useAction();
	return (
		<Dialog title={t("people.remove-of", { name })} close={close}>
			<p>{t("people.remove-text")}</p>
			<DangerForm
				word={name}
				button={t("action.remove")}
				action={action}
				password
				submit={async (mine) => {
					await request("DELETE", path, { body: { my_password: mine, confirm: name } });
					reload();
					close();
				}}
			/>
		</Dialog>
	);
}

function lifeOf(k: Token): string {
	const used = k.used_s ? t("people.token-used", { when: since(k.used_s) }) : t("people.token-unused");
	if (!k.expires_s) return used;
	const ended = k.expires_s * 1000 <= Date.now();
	return `${used} · ${t(ended ? "people.token-ended" : "people.token-ends", { when: moment(k.expires_s) })}`;
}

const LIVES = [30, 90, 365];

export function Tokens() {
	const [adding, setAdding] = useState(false);
	const [removing, setRemoving] = useState<string | undefined>(undefined);
	return (
		<Card
			title={t("people.tokens")}
			actions={<button type="button" class="button small" onClick={() => setAdding(true)}><Icon name="plus" size={16} />{t("people.token-add")}</button>}
		>
			<p class="muted">{t("people.tokens-text")}</p>
			<Show of={tokens()}>
				{({ tokens: list }) => list.length === 0
					? <p class="muted">{t("people.no-tokens")}</p>
					: (
						<ul class="rows">
							{list.map((k) => (
								<li key={k.name} class="row row-flat">
									<span class="row-main"><strong>{k.name}</strong><span class="muted">{lifeOf(k)}</span></span>
									<Chip tone={k.role === "admin" ? "busy" : "calm"} icon="user">{t(`people.role.${k.role}`)}</Chip>
									<span class="row-side">
										<button type="button" class="button small" aria-label={t("people.remove-of", { name: k.name })} onClick={() => setRemoving(k.name)}>{t("action.remove")}</button>
									</span>
								</li>
							))}
						</ul>
					)}
			</Show>
			{adding && <TokenDialog close={() => setAdding(false)} />}
			{removing && <RemoveDialog path={`tokens/${encodeURIComponent(removing)}`} name={removing} reload={() => tokens().load()} close={() => setRemoving(undefined)} />}
		</Card>
	);
}

function TokenDialog({ close }: { close: () => void }) {
	const [name, setName] = useState("");
	const [role, setRole] = useState<Role>("viewer");
	const [days, setDays] = useState(0);
	const [mine, setMine] = useState("");
	const [made, setMade] = useState<string | undefined>(undefined);
	const action = useAction();
	if (made) {
		return (
			<Dialog title={t("people.token-made")} close={close}>
				<p>{t("people.token-made-text")}</p>
				<p><code class="wrap">{made}</code> <Copy text={made} what={t("people.token")} /></p>
				<Note tone="warn"><p>{t("people.token-once")}</p></Note>
				<div class="form-end"><button type="button" class="button primary" onClick={close}>{t("action.done")}</button></div>
			</Dialog>
		);
	}
	return (
		<Dialog title={t("people.token-add")} close={close}>
			<form onSubmit={(ev) => {
				ev.preventDefault();
				void action.run(async () => {
					const answer = await request<{ token: string }>("POST", "tokens", {
						body: { name: name.trim(), role, my_password: mine, ...(days > 0 ? { days } : {}) },
					});
					tokens().load();
					setMade(answer.token);
				});
			}}>
				<Field id="token-name" label={t("people.token-name")} hint={t("people.token-name-hint")}>
					<input id="token-name" value={name} required maxLength={64} autocomplete="off" autocapitalize="none" spellcheck={false} aria-describedby="token-name-hint" onInput={(ev) => setName(ev.currentTarget.value)} />
				</Field>
				<RoleChoice id="token-role" role={role} set={setRole} />
				<Field id="token-days" label={t("people.token-days")}>
					<select id="token-days" value={days} onChange={(ev) => setDays(Number(ev.currentTarget.value))}>
						<option value={0}>{t("people.token-forever")}</option>
						{LIVES.map((n) => <option key={n} value={n}>{t("people.token-n-days", { n })}</option>)}
					</select>
				</Field>
				<Field id="token-mine" label={t("people.my-password")}>
					<Password id="token-mine" value={mine} set={setMine} required />
				</Field>
				{action.error && <ErrorNote error={action.error} />}
				<div class="form-end">
					<button type="button" class="button" onClick={close}>{t("action.cancel")}</button>
					<button class="button primary" disabled={name.trim() === "" || mine === "" || action.busy}>{t("people.token-go")}</button>
				</div>
			</form>
		</Dialog>
	);
}
