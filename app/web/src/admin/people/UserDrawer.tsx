import { useState } from "preact/hooks";
import { Banner, Button, confirm, Drawer, TextField, toast, toastError } from "../../design";
import { api } from "../../lib/api";
import { t } from "./messages";
import { namesIn, RoleBoxes } from "./parts";
import type { User } from "./Users";

interface UserDrawerProps {
  user: User;
  onClose: () => void;
  onChanged: () => void;
}

/** One account: who it is, what it may do, and how it ends. */
export function UserDrawer({ user, onClose, onChanged }: UserDrawerProps) {
  const [display, setDisplay] = useState(user.display_name);
  const [email, setEmail] = useState(user.email);
  const [roles, setRoles] = useState(user.roles);
  const [groups, setGroups] = useState(user.groups.join(", "));
  const [password, setPassword] = useState("");
  const isLocal = user.origin === "local";
  const path = `/v1/users/${encodeURIComponent(user.name)}`;
  const change = async (what: object, said: string) => {
    try {
      await api.patch(path, what);
      toast(said);
      setPassword("");
      onChanged();
    } catch (error) {
      toastError(error);
    }
  };
  const remove = async () => {
    const question = { title: t.removeUserTitle(user.name), text: t.removeUserText, action: t.remove, danger: true };
    if (!(await confirm(question))) return;
    try {
      await api.delete(path);
      toast(t.deleted(user.name));
      onClose();
      onChanged();
    } catch (error) {
      toastError(error);
    }
  };
  const signOut = async () => {
    const question = { title: t.signOutTitle(user.name), text: t.signOutText, action: t.signOut };
    if (!(await confirm(question))) return;
    try {
      await api.delete(`${path}/sessions`);
      toast(t.signedOut);
    } catch (error) {
      toastError(error);
    }
  };
  const deactivate = async () => {
    const question = {
      title: t.deactivateTitle(user.name),
      text: t.deactivateText,
      action: t.deactivate,
      danger: true,
    };
    if (await confirm(question)) await change({ active: false }, t.saved);
  };
  return (
    <Drawer open title={user.display_name || user.name} onClose={onClose}>
      <div class="f-stack">
        {!isLocal && <Banner>{t.foreign(user.origin)}</Banner>}
        {isLocal && (
          <form
            class="f-stack"
            onSubmit={(event) => {
              event.preventDefault();
              void change({ display_name: display, email, roles, groups: namesIn(groups) }, t.saved);
            }}
          >
            <TextField label={t.displayName} value={display} onChange={setDisplay} />
            <TextField label={t.email} type="email" value={email} onChange={setEmail} />
            <RoleBoxes label={t.roles} value={roles} onChange={setRoles} />
            <TextField label={t.groups} hint={t.groupsHint} value={groups} onChange={setGroups} />
            <div>
              <Button type="submit" look="primary">
                {t.save}
              </Button>
            </div>
          </form>
        )}
        {isLocal && (
          <form
            class="f-stack"
            onSubmit={(event) => {
              event.preventDefault();
              void change({ password }, t.passwordSet);
            }}
          >
            <TextField
              label={t.newPassword}
              hint={t.passwordHint}
              type="password"
              autocomplete="new-password"
              value={password}
              onChange={setPassword}
            />
            <div>
              <Button type="submit" disabled={!password}>
                {t.resetPassword}
              </Button>
            </div>
          </form>
        )}
        <div class="f-row f-row-wrap">
          <Button icon="sign-out" onClick={() => void signOut()}>
            {t.signOut}
          </Button>
          {user.active ? (
            <Button icon="lock" onClick={() => void deactivate()}>
              {t.deactivate}
            </Button>
          ) : (
            <Button icon="check" onClick={() => void change({ active: true }, t.saved)}>
              {t.activate}
            </Button>
          )}
          <Button look="danger" icon="trash" onClick={() => void remove()}>
            {t.remove}
          </Button>
        </div>
      </div>
    </Drawer>
  );
}
