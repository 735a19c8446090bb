// SPDX-License-Identifier: GPL-3.0-or-later
// Sign in. The address stays as it was, so that a bookmark leads where it should.
import { useEffect, useRef, useState } from "preact/hooks";
import { loadSession, request } from "../lib/api";
import { useAction } from "../lib/hooks";
import { rich, t } from "../lib/i18n";
import { ErrorNote, Field } from "../parts/basics";
import { Password } from "../parts/password";
import { Gate } from "./gate";

export function Login() {
	const [user, setUser] = useState("");
	const [password, setPassword] = useState("");
	const first = useRef<HTMLInputElement>(null);
	const action = useAction();
	useEffect(() => first.current?.focus(), []);
	const submit = (ev: Event) => {
		ev.preventDefault();
		void action.run(async () => {
			await request("POST", "session", { body: { user: user.trim(), password } });
			await loadSession();
		});
	};
	return (
		<Gate title={t("login.title")} lead={t("login.lead")}>
			<form onSubmit={submit}>
				<Field id="user" label={t("people.user")}>
					<input
						id="user"
						name="username"
						ref={first}
						value={user}
						required
						autocomplete="username"
						autocapitalize="none"
						spellcheck={false}
						onInput={(ev) => setUser(ev.currentTarget.value)}
					/>
				</Field>
				<Field id="password" label={t("people.password")}>
					<Password id="password" value={password} set={setPassword} required />
				</Field>
				{action.error && <ErrorNote error={action.error} />}
				<button class="button primary wide" disabled={action.busy}>{t("login.go")}</button>
			</form>
			<p class="muted small">
				{rich("login.forgot", { command: <code key="c">camherd user passwd</code> })}
			</p>
		</Gate>
	);
}
